"""learn(): from one example, from several, from bad ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from core_tools import TEMPLATES, example, fixture_example, fixture_pages, listing

from learner import Example, InvalidExample, Known, NothingLearned, Page, heal, learn
from learner.pages.values import Value, same
from learner.programs.program import Program


def page(title: str, price: str, day: str = "3 May 2024", tags: str = "<li>a<li>b") -> str:
    return f"""<html><head><title>{title} | Shop</title></head><body><div class=top><h1 class=title>{title}</h1></div>
    <p class=price>Price: {price}</p><table class=facts><tr><th>Added<td class=day>{day}<tr><th>Stock<td>In stock
    </table><ul class=tags>{tags}</ul><a class=more href="/more/{price[1:3]}">more</a><p>About this shop</p>
    </body></html>"""


@pytest.mark.parametrize(
    "hiding", ["hidden", 'aria-hidden="true"', 'style="display:none"', 'class="tab" style="visibility: hidden"']
)
def test_a_value_that_stands_only_in_a_tab_or_a_fold_is_learned_too(hiding: str) -> None:
    def folded(title: str, maker: str) -> str:
        return page(title, "$1").replace("<p>About", f"<div {hiding}><p class=maker>{maker}</p></div><p>About")

    extractor = learn([example(folded("Red chair", "Ann & Sons"), title="Red chair", maker="Ann & Sons")])
    assert extractor.warnings == ()
    later = folded("Blue lamp", "Hill Ltd.")
    url = "http://site.test/things/2"
    assert extractor.extract(later, url).item == {"title": "Blue lamp", "maker": "Hill Ltd."}
    assert Program.from_json(extractor.program.to_json()).reveals
    assert extractor.program.reveals
    moved = later.replace("class=maker", "class=producer")
    assert heal(extractor, [Page(url, moved)]).extractor.extract(moved, url).item["title"] == "Blue lamp"


def test_what_is_shown_is_not_looked_for_in_what_is_hidden() -> None:
    decoy = page("Red chair", "$1").replace("<p>About", "<h1 class=title hidden>Red chair</h1><p>About")
    assert not learn([example(decoy, title="Red chair")]).program.reveals
    assert not learn([example(decoy, title="Red chair", maker="nobody")]).program.reveals


def test_one_example_is_enough() -> None:
    extractor = learn([example(page("Red chair", "$12.50"), title="Red chair", price=12.5, day=date(2024, 5, 3),
                               tags=["a", "b"], more="http://site.test/more/12")])  # fmt: skip
    assert extractor.warnings == ()
    result = extractor.extract(
        page("Blue lamp", "$99.95", "14 June 2025", "<li>x<li>y<li>z"), "http://site.test/things/2"
    )
    assert result.item == {
        "title": "Blue lamp",
        "price": 99.95,
        "day": date(2025, 6, 14),
        "tags": ["x", "y", "z"],
        "more": "http://site.test/more/99",
    }
    assert {name: profile.kind for name, profile in extractor.fields.items()} == {
        "title": "text", "price": "number", "day": "date", "tags": "text", "more": "link",
    }  # fmt: skip
    assert not result.failed


@pytest.mark.parametrize(("examples", "error", "words"), [
    ([], InvalidExample, "empty"), ([example("", title="x")], InvalidExample, "empty"),
    ([example("%PDF-1.4", title="x"), example("{}", 2, title="x")], InvalidExample, "not HTML"),
    ([example(page("A", "$1"))], NothingLearned, "no values"),
    ([example(page("A", "$1"), title=None, tags=[])], NothingLearned, "no values"),
    ([example(page("Abc", "$1"), title="is nowhere")], NothingLearned, "stands nowhere"),
    ([Example("http://x.test/", page("Abc", "$1"), items=[])], NothingLearned, "no values"),
])  # fmt: skip
def test_what_nothing_can_be_learned_from(examples: list[Example], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        learn(examples)
    assert getattr(caught.value, "hint", "")


def test_a_value_that_is_nowhere_is_named_and_the_rest_learned() -> None:
    extractor = learn([example(page("Red chair", "$12.50"), title="Red chair", color="ultramarine")])
    assert list(extractor.fields) == ["title"]
    (warning,) = extractor.warnings
    for part in ("color", "ultramarine", "http://site.test/things/1"):
        assert part in warning


def test_a_page_that_can_not_be_read_is_named_and_the_rest_learned() -> None:
    extractor = learn([example("", 7, title="x"), example(page("Red chair", "$12.50"), title="Red chair")])
    assert any("things/7" in warning for warning in extractor.warnings)
    assert extractor.extract(page("Blue lamp", "$1"), "http://site.test/things/2").item == {"title": "Blue lamp"}


def test_examples_that_contradict_each_other_are_not_vouched_for() -> None:
    """Each page has another place said to be the title."""
    html = [page(f"Thing {word}", "$12.50") for word in ("red", "blue", "green", "grey")]
    titles = ("Thing red", "About this shop", "In stock", "Price: $12.50")
    examples = [example(h, number, title=title) for number, (h, title) in enumerate(zip(html, titles, strict=True))]
    with pytest.raises(NothingLearned, match="title"):
        learn(examples)


def test_a_place_that_one_of_three_examples_contradicts_is_doubted_more() -> None:
    html = [page(f"Thing {word}", "$12.50") for word in ("red", "blue", "green")]
    agreeing = [
        example(h, n, title=f"Thing {word}")
        for n, (h, word) in enumerate(zip(html, ("red", "blue", "green"), strict=True))
    ]
    contradicting = [*agreeing[:2], example(html[2], 2, title="About this shop")]
    unseen = page("Thing pink", "$3")
    sure = learn(agreeing).extract(unseen, "http://site.test/9")
    unsure = learn(contradicting).extract(unseen, "http://site.test/9")
    assert sure.item == {"title": "Thing pink"}
    assert unsure.confidence.get("title", 0.0) < sure.confidence["title"]


def optional(title: str, day: str = "") -> str:
    row = f"<tr><th>Added<td class=day>{day}" if day else ""
    return f"<html><body><h1>{title}</h1><table>{row}<tr><th>Stock<td class=stock>In stock</table></body></html>"


def test_an_optional_field_is_absent_where_it_is_absent() -> None:
    examples = [
        example(optional(f"Thing {n}", f"{n} May 2024"), n, title=f"Thing {n}", day=f"{n} May 2024") for n in (1, 2)
    ]
    extractor = learn([*examples, example(optional("Thing 3"), 3, title="Thing 3")])
    assert extractor.fields["day"].presence == pytest.approx(2 / 3)
    result = extractor.extract(optional("Thing 5"), "http://site.test/things/5")
    assert result.item == {"title": "Thing 5"}
    assert not result.failed


@pytest.mark.parametrize("examples", [1, 2, 4])
def test_a_link_to_the_next_page_is_no_link_of_every_page(examples: int) -> None:
    others = fixture_pages("articles", "list")[:examples]
    extractor = learn([fixture_example(page) for page in others])
    assert extractor.expected == {"articles"}
    assert 0.5 < extractor.fields["next"].presence < 0.8


@pytest.mark.parametrize("site", ["shop", "articles"])
@pytest.mark.parametrize("design", [1, 2, 3])
@pytest.mark.parametrize("shown", [0, 1, 2])
def test_one_page_is_enough_to_tell_the_link_on_from_the_link_back(site: str, design: int, shown: int) -> None:
    pages = fixture_pages(site, "list", design)
    extractor = learn([fixture_example(pages[shown])])
    assert Program.from_json(extractor.program.to_json()).fields["next"].rules[0].onward is not None
    for page in pages:
        example = fixture_example(page)
        assert extractor.read(page.html, example.url).item.get("next") == example.values.get("next")


@pytest.mark.parametrize("site", ["shop", "articles"])
@pytest.mark.parametrize("design", [1, 2, 3])
def test_the_last_page_of_a_list_has_no_next_one(site: str, design: int) -> None:
    """Where the link to the next page is not, the one before it in the pager is not taken instead."""
    *others, last = fixture_pages(site, "list", design)
    extractor = learn([fixture_example(page) for page in (*others[-3:], last)])
    for page in (*others, last):
        gold = fixture_example(page)
        found = extractor.read(page.html, gold.url).item
        assert found.get("next") == gold.values.get("next")


@pytest.mark.parametrize(("people", "found"), [(["Ann", "Bob"], ["Cid"]), (["Ann", "Bob", "Ann"], ["Cid", "Cid"])])
def test_lists_are_given_once_unless_examples_repeat_values(people: list[str], found: list[str]) -> None:
    shown = [
        f"<body><ul>{''.join(f'<li>{who}</li>' for who in names)}</ul>{more}</body>"
        for names, more in ((people, ""), (["Cid"], "<div><ul><li>Cid</li></ul></div>"))
    ]
    extractor = learn([Example("http://x.test/1", shown[0], {"people": people})])
    assert extractor.read(shown[1], "http://x.test/2").item == {"people": found}
    code = extractor.source_code()
    assert ("once=True" in code) is (found == ["Cid"])


def test_equal_values_in_rows_of_their_own_are_as_many() -> None:
    """Three copies of a book, all on loan."""

    def copies(*states: str) -> str:
        rows = "".join(f"<tr><td>No. {n}</td><td class=state>{state}</td></tr>" for n, state in enumerate(states))
        return f"<body><h1>A book</h1><table>{rows}</table></body>"

    extractor = learn(
        [Example("http://x.test/1", copies("On loan", "Lost", "There"), {"states": ["On loan", "Lost", "There"]})]
    )
    for states in (["On loan"] * 3, ["On loan", "On loan"], ["Lost", "There"] * 2, ["On loan"]):
        assert extractor.read(copies(*states), "http://x.test/2").item == {"states": states}


@pytest.mark.parametrize(("html", "many"), [
    ("<table><tr><th>Taught by</th><td>{}</td></tr></table>", "{}<br>{}<br>{}"),
    ("<dl><dt>Taught by</dt><dd><ul><li>{}</li></ul></dd></dl>", "{}</li><li>{}</li><li>{}"),
    ("<p class=by><a href=/who>{}</a></p>", "{}</a> <a href=/who>{}</a> <a href=/who>{}"),
    ("<div class=by><div><b class=pill>{}</b></div></div>", "{}</b><b class=pill>{}</b><b class=pill>{}"),
    ("<p class=by>{}</p>", "<a>{}</a>, <a>{}</a> and <a>{}</a>"),
])  # fmt: skip
@pytest.mark.parametrize("names", [("Dr Ann Lee", "Bo van Ek", "Cy Fox"), ("music", "long read", "food")])
def test_a_list_of_one_is_learned_as_a_list(html: str, many: str, names: tuple[str, ...]) -> None:
    """Its element has several on the next page, in lines or in elements of their own: they are no one value."""
    first = f"<body><h1>One</h1>{html.format('Prof. Di Ito')}<p>Other text</p></body>"
    extractor = learn([Example("http://x.test/1", first, {"who": ["Prof. Di Ito"]})])
    second = f"<body><h1>Two</h1>{html.format(many.format(*names))}<p>Another text</p></body>"
    assert extractor.read(second, "http://x.test/2").item == {"who": list(names)}
    assert extractor.read(first, "http://x.test/1").item == {"who": ["Prof. Di Ito"]}


def test_dates_whose_order_is_not_settled_are_not_read() -> None:
    settled = learn([example(page("A thing", "$1", "13/04/2024"), day=date(2024, 4, 13))])
    open_ = learn([example(page("A thing", "$1", "05/05/2024"), day=date(2024, 5, 5))])
    unseen = page("B thing", "$2", "03/04/2024")
    assert settled.extract(unseen, "http://site.test/2").item == {"day": date(2024, 4, 3)}
    assert open_.extract(unseen, "http://site.test/2").item == {}


def test_the_same_examples_give_the_same_program() -> None:
    examples = [fixture_example(p) for p in fixture_pages("shop", "product")[:2]]
    assert learn(examples, seed=1).program.to_json() == learn(examples, seed=1).program.to_json()


def test_lists_with_and_without_items() -> None:
    html = (
        "<html><body><ul>"
        + "".join(f"<li><b>Name {n}</b> <i>{n} kg</i></li>" for n in range(6))
        + "</ul></body></html>"
    )
    items: list[dict[str, Any]] = [{"name": f"Name {n}", "weight": n} for n in range(6)]
    extractor = learn([listing(html, items), listing("<html><body><p>None today</p></body></html>", [], 2)])
    assert extractor.extract(html, "http://site.test/list/3").items == items
    assert extractor.extract("<html><body><p>None today</p></body></html>", "http://site.test/list/4").items == []


@pytest.mark.parametrize(("site", "template"), TEMPLATES)
@pytest.mark.parametrize("design", [1, 2, 3])
def test_fixture_sites_from_two_pages(site: str, template: str, design: int) -> None:
    pages = fixture_pages(site, template, design)
    started = time.process_time()
    extractor = learn([fixture_example(p) for p in pages[:2]])
    assert time.process_time() - started < 5
    right = wrong = total = 0
    for fixture in pages[2:10]:
        gold = fixture_example(fixture)
        if gold.item is None:
            continue
        item = extractor.extract(fixture.html, gold.url).item
        total += len(gold.values)
        right += sum(name in item and same(item[name], value) for name, value in gold.values.items())
        wrong += sum(name not in gold.values or not same(value, gold.values[name]) for name, value in item.items())
    if (site, template) == ("articles", "list"):
        pytest.xfail("a link to the next page is mistaken on the last page, of which there was no example")
    assert right >= 0.85 * total
    assert wrong <= 0.06 * total


def other(title: str, price: str) -> str:
    """A page of another template with the same fields."""
    return f"<html><body><main><section><b>{title}</b></section><em>{price}</em><i>6 June 2024</i></main></body></html>"


@pytest.mark.parametrize(
    ("odd", "price", "told"),
    [
        (other("Odd thing", "$7"), "$7", "1 of 5 examples seem to be of another template"),
        (page("Odd thing", "$7", "6 June 2024", "<li>Odd text"), "Odd text", "price: 1 of 5 examples contradict"),
    ],
    ids=["another template", "a contradiction"],
)
def test_examples_that_do_not_fit_are_named(odd: str, price: str, told: str) -> None:
    titles = ("Blue lamp", "Red chair", "Oak table", "Tin box")
    fitting = [
        Example(
            f"http://site.test/{n}", page(title, f"${n}1"), {"title": title, "price": f"${n}1", "day": "3 May 2024"}
        )
        for n, title in enumerate(titles, 1)
    ]
    extractor = learn(
        [*fitting, Example("http://site.test/odd", odd, {"title": "Odd thing", "price": price, "day": "6 June 2024"})]
    )
    (warning,) = extractor.warnings
    assert warning.startswith(told)
    assert warning.endswith("http://site.test/odd")
    assert learn(fitting).warnings == ()


LINES = "<form><select><option>Appeal<option>Divorce<option>Probate<option>Lee, Ann<option>Orr, Bo</select></form>"


def docket(*rows: str) -> str:
    """Records of labelled lines in one paragraph each, under a form that offers what lines may say."""
    records = (f'<tr><td><p><a href="/d">{row.replace("|", "<br>")}<br><span>view</span></p>' for row in rows)
    return f"<body>{LINES}<table class=table>{''.join(records)}</table><p>Court: of appeals</p></body>"


def test_lines_are_told_by_their_labels_wherever_they_stand() -> None:
    taught = docket(
        "A v. B</a>|Docket No.: 101|Filed: 2/1/2019|Case Type: Appeal|Author: Lee, Ann",
        "C v. D</a>|Docket No.: 102|Filed: 2/2/2019|Case Type: Divorce|Author: Orr, Bo",
        "E v. F</a>|Docket No.: 103|Filed: 2/3/2019|Case Type: Probate|Author: Lee, Ann",
        "G v. H</a>|Docket No.: 104|Filed: 2/4/2019|Case Type: Appeal|Author: Orr, Bo",
    )
    names = ("name", "type", "author")
    items: list[dict[str, Value]] = [
        dict(zip(names, row, strict=True))
        for row in (("A v. B", "Appeal", "Lee, Ann"), ("C v. D", "Divorce", "Orr, Bo"),
                    ("E v. F", "Probate", "Lee, Ann"), ("G v. H", "Appeal", "Orr, Bo"))
    ]  # fmt: skip
    extractor = learn([Example("http://x.test/1", taught, items=items)])
    assert extractor.warnings == ()
    # Lines are missing, or stand in another order.
    later = docket(
        "I v. J</a>|Docket No.: 201|Case Type: Divorce|Author: Roe, Cy",
        "K v. L</a>|Case Type: Eviction|Docket No.: 202|Author: Lee, Ann",
        "M v. N</a>|Case Type: Probate|Author: Roe, Cy",
    )
    assert extractor.read(later, "http://x.test/2").items == [
        {"name": "I v. J", "type": "Divorce", "author": "Roe, Cy"},
        {"name": "K v. L", "type": "Eviction", "author": "Lee, Ann"},
        {"name": "M v. N", "type": "Probate", "author": "Roe, Cy"},
    ]


@pytest.mark.parametrize("tag", ["ul", "ol", "table"])
def test_a_list_of_one_is_a_list(tag: str) -> None:
    """Where the example's list has one value, the element that holds it has the same text."""
    row = "<tr><td>{}</td></tr>" if tag == "table" else "<li>{}</li>"

    def page(*features: str) -> str:
        rows = "".join(map(row.format, features))
        return f"<html><body><h1>A clock</h1><{tag} class=features>{rows}</{tag}><p>Made in Triberg</p></body></html>"

    extractor = learn([Example("http://clocks.test/1", page("Two melodies"), {"features": ["Two melodies"]})])
    several = ["Bone hands", "Height 34 cm", "Chain of brass"]
    assert extractor.read(page(*several), "http://clocks.test/2").item == {"features": several}


@pytest.mark.parametrize(("shown", "later", "found"), [
    # Of floats without a fraction, and of ints that a page writes with one: numbers are equal by value.
    ([("99.863 km", 99863.0)], "101.200 km", 101200.0), ([("99.863 km", 99863)], "101.200 km", 101200),
    ([("$1,299.00", 1299.0)], "$1,500", 1500.0), ([("$1,299.00", 1299)], "$1,500.00", 1500),
    ([("$1,299.00", 1299)], "$12.50", 12.5), ([("4 stars", 4.0)], "5 stars", 5.0),
    ([("4 stars", 4), ("4.5 stars", 4.5)], "3.0 stars", 3), ([("4.5 stars", 4.5), ("4 stars", 4)], "3.0 stars", 3),
    ([("4.5 stars", 4.5), ("4 stars", 4.0)], "3 stars", 3.0),
])  # fmt: skip
def test_numbers_keep_the_type_of_the_examples(shown: list[tuple[str, float]], later: str, found: float) -> None:
    examples = [example(page("Red chair", text), number, it=value) for number, (text, value) in enumerate(shown)]
    extractor = learn(examples)
    assert extractor.warnings == ()
    (given,) = extractor.extract(page("Blue lamp", later), "http://site.test/things/9").item.values()
    assert (type(given), given) == (type(found), found)
    row = "<li><b>{}</b></li>".format
    taught = listing("".join(row(text) for text, _ in shown * 2), [{"it": value} for _, value in shown * 2])
    (record, *_) = learn([taught]).read(row(later) * 2, "http://site.test/list/2").items
    assert (type(record["it"]), record["it"]) == (type(found), found)


def test_fields_that_one_of_two_examples_has_swapped_are_not_vouched_for() -> None:
    def shop(maker: str, seller: str) -> str:
        rows = f"<dt>Maker</dt><dd>{maker}</dd><dt>Offered by</dt><dd>{seller}</dd>"
        return f"<html><body><h1>A clock</h1><ol><li>Home</li><li>{maker}</li></ol><dl>{rows}</dl></body></html>"

    right = Example("http://clocks.test/1", shop("Rombach", "Li Wei"), {"maker": "Rombach", "seller": "Li Wei"})
    swapped = Example("http://clocks.test/2", shop("Hekas", "Odile Brun"), {"maker": "Odile Brun", "seller": "Hekas"})
    extractor = learn([right, swapped])
    assert {warning.partition(":")[0] for warning in extractor.warnings} == {"maker", "seller"}
    assert extractor.read(shop("August Schwer", "Magda Ruf"), "http://clocks.test/3").item == {}


WAYS: dict[str, tuple[str, str]] = {
    "label": ("Posted: {0:%-d %B %Y}", "<p>Online since {0:%d.%m.%Y}</p>"),
    "words": ("{0:%-d %B %Y}", "<p>EUR 159.00</p><p>Marta B. from Hamburg put this online on {0:%b %-d, %Y}.</p>"),
    "figures": ("{0:%d/%m/%Y}", "<p>Listed: <b>{0:%-d %b %Y}</b></p>"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", [None, "%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
def test_dates_among_words_are_learned_and_healed_in_the_form_of_the_examples(way: str, form: str | None) -> None:
    """A spider may give a date, or a text of its own making, whatever the page's words."""
    shown, later = WAYS[way]
    days = [date(2026, 10, 3 + 2 * n) for n in range(8)]
    values = [day.strftime(form) if form else day for day in days]
    url = "http://site.test/{}".format
    names = ["Aral", "Brio", "Cord", "Dune", "Echo", "Fjord", "Gale", "Hub"]
    old = f"<body><h1>{{1}}</h1><p><i>No. 7{{1}}</i> <span class=date>{shown}</span> <i>66 views</i></p></body>"
    new = f"<body><nav>Ads</nav><h2 class=t>{{1}}</h2><div class=box>{later}</div><p>Phones</p></body>"
    olds = [old.format(day, name) for day, name in zip(days, names, strict=True)]
    news = [new.format(day, name) for day, name in zip(days, names, strict=True)]
    examples = [
        Example(url(n), html, {"title": name, "posted": value})
        for n, (html, name, value) in enumerate(zip(olds, names, values, strict=True))
    ]
    extractor = learn(examples[:4])
    assert extractor.warnings == ()
    assert [extractor.extract(html, url(n)).item["posted"] for n, html in enumerate(olds)] == values
    known = [Known(example.url, example.item) for example in examples]
    repair = heal(extractor, [Page(url(n), html) for n, html in enumerate(news)], known=known)
    assert repair.promoted
    assert [repair.extractor.extract(html, url(n)).item.get("posted") for n, html in enumerate(news)] == values
    moved = repair.extractor.extract(new.format(date(2026, 12, 24), "Ion"), url(20)).item["posted"]
    assert moved == (date(2026, 12, 24).strftime(form) if form else date(2026, 12, 24))


FACTS = {"Ref": "K-7", "Brand": "Hill", "Model": "Swift", "Colour": "red", "Closes": "May 2024", "Year": "2021"}
TABLE = {"ref": "Ref", "brand": "Brand", "model": "Model", "colour": "Colour", "closes": "Closes"}


def facts_page(number: int, fields: Sequence[str], lacking: str = "") -> Example:
    """A page of a table, of which a person named some fields."""
    facts = {name: f"{value[:-1]}{number}" for name, value in FACTS.items() if name != lacking}
    shown = "".join(f"<tr><td>{name}:<td>{value}" for name, value in facts.items())
    html = f"<html><body><h1>No. {number}</h1><table class=facts>{shown}</table></body></html>"
    item = {name: facts[TABLE[name]] for name in fields}
    return Example(f"http://site.test/{number}", html, item, source="person")


@pytest.mark.parametrize(("partly", "lacking", "presence"), [
    pytest.param(["ref"], "", 1.0, id="one of five, of which nothing else is told"),
    pytest.param(["ref"], "Closes", 1.0, id="one of five, on a page that lacks another"),
    pytest.param(["ref", "brand", "model", "colour"], "", 1.0, id="most, and the rest is there all the same"),
    pytest.param(["ref", "brand", "model", "colour"], "Closes", 0.5, id="all that is there"),
])  # fmt: skip
def test_fields_that_a_person_did_not_name_are_not_said_to_be_absent(
    partly: list[str], lacking: str, presence: float
) -> None:
    extractor = learn([facts_page(2, partly, lacking), facts_page(1, list(TABLE))])
    assert extractor.warnings == ()
    assert extractor.fields["closes"].presence == presence
    assert {name for name, entry in extractor.program.fields.items() if entry.trust < 1} == set()
    third = facts_page(3, list(TABLE))
    assert extractor.read(third.html, third.url).item == third.item
    without = facts_page(4, list(TABLE)[:-1], "Closes")
    assert extractor.read(without.html, without.url).item == without.item


@pytest.mark.parametrize(("source", "said", "unproven"), [
    ("spider", ["ref"], False), ("person", ["ref"], True), ("person", list(TABLE), False),
])  # fmt: skip
def test_examples_of_a_few_fields_do_not_prove_what_pages_always_have(
    source: str, said: list[str], unproven: bool
) -> None:
    partly = [replace(facts_page(number, said), source=source) for number in (2, 3)]
    assert learn([facts_page(1, list(TABLE)), *partly]).unproven == unproven


EXTRAS = ("Heater", "Sunroof", "Radio", "Tow bar", "Alarm", "Camera", "Cruise control", "Roof rack")
GROUPS = {
    "dl": ("<dl><dt>Extras</dt>", "<dd>{}</dd>", "<dt>Contact</dt><dd>{}</dd></dl>"),
    "dl, behind another": ("<dl><dt>Contact</dt><dd>Hill</dd><dt>Extras</dt>", "<dd>{}</dd>",
                           "<dt>More</dt><dd>{}</dd></dl>"),
    "links in dl": ("<dl><dt>Extras</dt>", "<dd><a href=/e>{}</a></dd>", "<dt>Contact</dt><dd><a>{}</a></dd></dl>"),
    "headings": ("<div><h3>Extras</h3>", "<p>{}</p>", "<h3>Contact</h3><p>{}</p></div>"),
    "lines": ("<div><p><b>Extras</b></p>", "<span>{}</span><br>", "<p><b>Contact</b></p><span>{}</span></div>"),
}  # fmt: skip
BESIDE: dict[str, Callable[[int], str]] = {
    "phone": lambda n: f"Tel. 076 / {917963 + n}-49",
    "one place": lambda n: "Hill",
    "places": lambda n: ("Hill", "Dale", "Ford")[n % 3],
    "amounts": lambda n: f"only {9 + n}.500 EUR",
}


def extras(number: int) -> list[str]:
    return [EXTRAS[(number + k) % 8] for k in range(2 + number % 4)]


def car(number: int, group: str, beside: str) -> Example:
    start, each, end = GROUPS[group]
    rows = "".join(map(each.format, extras(number)))
    html = f"<h1>Car {number}</h1>{start}{rows}{end.format(BESIDE[beside](number))}"
    return example(html, number, title=f"Car {number}", extras=extras(number))


@pytest.mark.parametrize("count", [1, 6])
@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("group", GROUPS)
def test_a_list_ends_where_the_next_label_stands(group: str, beside: str, count: int) -> None:
    extractor = learn([car(n, group, beside) for n in range(count)])
    for n in range(10, 20):
        unseen = car(n, group, beside)
        assert extractor.extract(unseen.html, unseen.url).item == unseen.item


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("group", GROUPS)
def test_a_healed_list_ends_where_the_next_label_stands(group: str, beside: str) -> None:
    before = [
        replace(car(n, group, beside), html=f"<h2>Car {n}</h2><ul class=x><li>{'<li>'.join(extras(n))}</ul>")
        for n in range(12)
    ]
    now = [car(n, group, beside) for n in range(12)]
    repair = heal(learn(before), [Page(one.url, one.html) for one in now])
    for one in now:
        assert repair.extractor.extract(one.html, one.url).item == one.item


def copies(states: list[str]) -> str:
    rows = "".join(f"<div class=copy><b>Branch {n}</b><i>{state}</i></div>" for n, state in enumerate(states))
    return f"<h3>Copies</h3>{rows}"


def codes(some: list[str]) -> str:
    return f"<dl><dt>Language</dt><dd>English</dd><dt>ISBN</dt><dd>{' '.join(some)}</dd></dl>" if some else ""


@pytest.mark.parametrize(("shows", "examples", "later", "found"), [
    pytest.param(
        copies,
        [["Lost", "On loan until 2 May"], ["In transit", "Lost"], ["On loan until 9 June", "On loan until 3 May"]],
        ["In repair", "On loan until 8 July", "Lost"], ["In repair", "On loan", "Lost"],
        id="some values stand before what is said of them",
    ),
    pytest.param(
        codes, [["9780316125581"], ["9780316125598", "9780141439518"], [], ["9781402894626"]],
        ["9783161484100", "9780306406157", "9781861972712"], ["9783161484100", "9780306406157", "9781861972712"],
        id="codes stand apart by spaces",
    ),
])  # fmt: skip
def test_lists_whose_values_are_parts_of_their_texts(
    shows: Callable[[list[str]], str], examples: list[list[str]], later: list[str], found: list[str]
) -> None:
    def page(number: int, some: list[str]) -> str:
        return f"<html><body><h1>Book {number}</h1>{shows(some)}<p>Book {number} of many.</p></body></html>"

    shown = [
        Example(
            f"http://b.test/{n}", page(n, some),
            {"title": f"Book {n}", **({"them": [one.partition(" until")[0] for one in some]} if some else {})},
        )
        for n, some in enumerate(examples)
    ]  # fmt: skip
    extractor = learn(shown)
    assert extractor.read(page(9, later), "http://b.test/9").item["them"] == found
