"""Yes and no, and other values that stand nowhere: what tells them, and what does so by chance."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from core_tools import run

from learner import Example, NothingLearned, learn, load
from learner.learning.derived import compiled, unlikely
from learner.learning.learning import profile_of
from learner.learning.scopes import scopes_of
from learner.programs.examples import LabelledPage
from learner.programs.program import Calibration

HOST = "http://teas.test"
WORDS = "assam bancha ceylon darjeeling earl fujian gyokuro hojicha irish jasmine keemun lapsang".split()
STARS = "Zero One Two Three Four Five".split()
Thing = Mapping[str, Any]


def thing(number: int) -> dict[str, Any]:
    """A tea: each of its properties goes with its number in a way of its own."""
    return {
        "name": f"{WORDS[number % 12].title()} {number}",
        "price": 3.5 + number,
        "in_stock": number % 3 != 1,
        "sale": number % 4 == 1,
        "new": number % 5 in (0, 3),
        "vegan": number % 7 in (0, 1, 4),
        "stars": 1 + number * 3 % 5,
    }


def card(tea: Thing) -> str:
    sale = f"<s class=was>€{tea['price'] + 2:.2f}</s>" if tea["sale"] else ""
    new = "<span class='badge new'>New</span>" if tea["new"] else ""
    stock = "In stock" if tea["in_stock"] else "Sold out"
    return (
        f"<li class=card><a href=/tea>{tea['name']}</a>{new}<b class=price>€{tea['price']:.2f}</b>{sale}"
        f"<i class='rating {STARS[tea['stars']]}'></i><p class=stock>{stock}</p></li>"
    )


def page(number: int) -> str:
    """Beside the tea, others are shown with the same markup."""
    tea = thing(number)
    others = "".join(card(thing(number + step)) for step in (1, 2, 4))
    stock = f"In stock ({number % 6 + 1} left)" if tea["in_stock"] else "Sold out"
    return f"""<html><head><title>{tea["name"]}</title></head><body><div class=tea><h1>{tea["name"]}</h1>
{"<p class=was>€9.99</p>" if tea["sale"] else ""}<p class=price>€{tea["price"]:.2f}</p>
{"<span class=badge>New</span>" if tea["new"] else ""}<i class='rating {STARS[tea["stars"]]}'></i>
<table><tr><th>Weight<td>{number + 40} g<tr><th>Vegan<td>{"Yes" if tea["vegan"] else "No"}</table>
<p class=stock>{stock}</p></div><ul>{others}</ul></body></html>"""


def listing(numbers: Sequence[int]) -> str:
    return f"<html><body><h1>Teas</h1><ul>{''.join(card(thing(number)) for number in numbers)}</ul></body></html>"


def item(number: int, *fields: str) -> dict[str, Any]:
    return {name: value for name, value in thing(number).items() if not fields or name in fields}


def examples(count: int, *fields: str) -> list[Example]:
    return [Example(f"{HOST}/{n}", page(n), item(n, *fields)) for n in range(count)]


UNSEEN = range(30, 60)
KINDS = ("in_stock", "sale", "new", "vegan", "stars")


@pytest.mark.parametrize("field", KINDS)
def test_each_kind_is_told_on_pages_that_were_not_seen(field: str) -> None:
    extractor = learn(examples(24, "name", "price", field))
    assert not extractor.warnings
    assert all(rule.is_derived for rule in extractor.program.fields[field].rules)
    for number in UNSEEN:
        read = extractor.extract(page(number), f"{HOST}/{number}")
        assert read.item[field] == thing(number)[field]
        assert type(read.item[field]) is type(thing(number)[field])


def test_all_at_once_and_in_records(tmp_path: Any) -> None:
    extractor = learn(examples(24))
    extractor.save(tmp_path / "one")
    for one in (extractor, load(tmp_path / "one")):
        assert [one.read(page(n), HOST).item for n in UNSEEN] == [thing(n) for n in UNSEEN]
    assert [run(extractor.source_code(), page(n), HOST) for n in list(UNSEEN)[:6]] == [
        thing(n) for n in list(UNSEEN)[:6]
    ]
    fields = [name for name in thing(0) if name != "vegan"]
    lists = [(0, 9), (9, 20)]
    shown = [
        Example(f"{HOST}/l{a}", listing(range(a, b)), None, [item(n, *fields) for n in range(a, b)]) for a, b in lists
    ]
    columns = learn(shown)
    assert not columns.warnings
    found = columns.extract(listing(UNSEEN), f"{HOST}/l").items
    assert found == [item(n, *fields) for n in UNSEEN]
    assert run(columns.source_code(), listing(UNSEEN), HOST) == {"items": found}


@pytest.mark.parametrize("field", ["sale", "new"])
def test_where_every_name_is_made_by_a_build(field: str) -> None:
    """Others are shown with badges, too: these stand in another box."""

    def hashed(number: int) -> str:
        tea, others = thing(number), "".join(card(thing(number + step)) for step in (1, 2, 4))
        badges = f"{'<em>Less than ever</em>' if tea['sale'] else ''}{'<u>Just in</u>' if tea['new'] else ''}"
        own = f"<div class=x3f9a1c><h1>{tea['name']}</h1><b>€{tea['price']:.2f}</b>{badges}</div>"
        more = others.replace("<s ", "<em ").replace("</s>", "</em>")
        return f"<html><body><section class=x77be04>{own}</section><ul class=x5d0e62>{more}</ul></body></html>"

    given = [Example(f"{HOST}/{n}", hashed(n), item(n, "name", "price", field)) for n in range(20)]
    extractor = learn(given)
    read = {n: extractor.read(hashed(n), f"{HOST}/{n}").item.get(field) for n in UNSEEN}
    assert read == {n: thing(n)[field] for n in UNSEEN}


@pytest.mark.parametrize(("field", "count", "told"), [
    ("vegan", 1, True), ("vegan", 3, True),  # a word that says no, beside the field's name
    ("in_stock", 1, False), ("sale", 1, False), ("new", 1, False),  # one page tells nothing
    ("in_stock", 6, True), ("new", 4, True),  # named like the field
    ("stars", 6, False), ("stars", 20, True),  # too few have each number of stars
])  # fmt: skip
def test_how_many_examples_it_takes(field: str, count: int, told: bool) -> None:
    extractor = learn(examples(count, "name", "price", field))
    assert (field in extractor.fields) is told
    assert bool([warning for warning in extractor.warnings if warning.startswith(f"{field}: ")]) is not told


@pytest.mark.parametrize(("values", "told"), [
    ([True] * 12, "yes in 12 of 12 examples"),  # what would say no is not known
    ([n in (2, 3, 5, 7, 8) for n in range(12)], "yes in 5 of 12 examples"),  # nothing goes with it
])  # fmt: skip
def test_what_nothing_tells_is_not_learned(values: list[bool], told: str) -> None:
    shown = [Example(f"{HOST}/{n}", page(n), {**item(n, "name"), "odd": value}) for n, value in enumerate(values)]
    extractor = learn(shown)
    assert extractor.fields.keys() == {"name"}
    assert extractor.warnings == (f"odd: nothing on the pages tells its values for certain, which are {told}",)


def test_nothing_but_yes_and_no() -> None:
    with pytest.raises(NothingLearned, match="odd: nothing on the pages tells"):
        learn([Example(f"{HOST}/{n}", page(n), {"odd": n > 1}) for n in range(3)])


CHANGES: dict[str, tuple[str, Callable[[str], str], Any]] = {
    "a wording that was never seen": (
        "in_stock",
        lambda html: html.replace("Sold out</p></div>", "On order</p></div>"),
        None,
    ),
    "the element is gone": ("in_stock", lambda html: html.replace("<p class=stock>Sold out</p></div>", "</div>"), None),
    "the box has another name": ("sale", lambda html: html.replace("class=tea", "class=box"), None),
    "a page without anything": ("sale", lambda html: "<html><body><h1>Sign in</h1></body></html>", None),
    "a badge of another": (
        "new",
        lambda html: html.replace("<ul>", "<ul><li><span class=badge>New</span></li>"),
        False,
    ),
    "hidden": ("new", lambda html: html.replace("<h1>", "<span hidden class=badge>New</span><h1>"), False),
}


@pytest.mark.parametrize("case", CHANGES)
def test_what_is_not_known_is_neither_yes_nor_no(case: str) -> None:
    field, change, value = CHANGES[case]
    extractor = learn(examples(24, "name", "price", field))
    assert thing(31)[field] is False
    html = change(page(31))
    assert html != page(31)
    assert extractor.extract(html, f"{HOST}/31").item.get(field) is value
    assert run(extractor.source_code(), html, HOST).get(field) is value


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_slip_among_many_examples(wrong: int) -> None:
    shown = [
        Example(f"{HOST}/{n}", page(n), {**item(n, "name"), "in_stock": thing(n)["in_stock"] is not (n < wrong)})
        for n in range(52)
    ]
    extractor = learn(shown)
    assert all(extractor.extract(page(n), HOST).item["in_stock"] is thing(n)["in_stock"] for n in UNSEEN)


@pytest.mark.parametrize(("shown", "unseen", "value"), [
    ("Ja", "Nein", False), ("Oui", "non", False), ("No", "Yes", True), ("✓", "✗", False), ("Yes", "Perhaps", None),
    ("https://schema.org/InStock", "https://schema.org/OutOfStock", False),
])  # fmt: skip
def test_words_for_yes_and_no(shown: str, unseen: str, value: bool | None) -> None:
    html = "<html><body><h1>Tea</h1><dl><dt>Stock<dd>{}<dt>Weight<dd>4 g</dl></body></html>".format
    yes = shown != "No"
    extractor = learn([Example(HOST, html(shown), {"title": "Tea", "stock": yes})])
    assert extractor.extract(html(shown), HOST).item == {"title": "Tea", "stock": yes}
    assert extractor.extract(html(unseen), HOST).item.get("stock") is value


@pytest.mark.parametrize(("field", "label", "said", "other"), [
    ("on_display", "On display", True, False), ("in_stock", "In stock", True, False),
    ("for_sale", "For sale", True, False), ("currently_shown", "Currently shown", True, False),
    ("on_show", "Currently on show", True, False), ("is_sold", "Sold", True, False),
    ("on_display", "On loan", None, None), ("on_sale", "For sale", None, None),  # a word in common says nothing
    ("on_display", "Oil on canvas", None, None),
])  # fmt: skip
def test_a_label_of_several_words_takes_one_page(field: str, label: str, said: bool | None, other: bool | None) -> None:
    html = (
        f"<html><body><h1>Tea</h1><table><tr><th>{label}</th><td>{{}}</td></tr><tr><th>No.<td>A.7</table></body></html>"
    )
    extractor = learn([Example(HOST, html.format("Yes"), {"title": "Tea", "no": "A.7", field: True})])
    assert extractor.extract(html.format("Yes"), HOST).item.get(field) is said
    assert extractor.extract(html.format("No"), HOST).item.get(field) is other


@pytest.mark.parametrize(("values", "wrong", "ways"), [
    ("YYNN", 0, 6), ("YNNNNN", 0, 6), ("YYYYNNNN", 1, 70 / 9), ("YYYYYYYYNN", 2, 45 / 56), ("NNNN", 0, 1),
])  # fmt: skip
def test_what_is_wrong_on_some_pages_is_found_by_chance_more_often(values: str, wrong: int, ways: float) -> None:
    assert unlikely(Counter(values), wrong) == pytest.approx(ways)


@pytest.mark.parametrize("yes", [1, 2])
def test_what_one_page_alone_has_tells_nothing(yes: int) -> None:
    body = "<html><body><div class=facts><h1>Tea {n}</h1><p class=medium>{medium}</p></div></body></html>"
    shown = [
        Example(
            f"{HOST}/{n}",
            body.format(n=n, medium="Display card" if n < yes else WORDS[n]),
            {"title": f"Tea {n}", "on_display": n < yes},
        )
        for n in range(6)
    ]
    assert ("on_display" in learn(shown).fields) is (yes == 2)


def test_a_label_tells_what_stands_at_no_fixed_number() -> None:
    def shown(n: int) -> str:
        makers = "".join(f"<dd>Maker {k}" for k in range(n % 4 + 1))
        size = "<dt>Size<dd>4 cm" if n % 3 else ""
        return (
            f"<html><body><h1>Tea {n}</h1><dl><dt>By{makers}{size}<dt>Shown now<dd>{'No' if n % 5 < 2 else 'Yes'}</dl>"
        )

    taught = [Example(f"{HOST}/{n}", shown(n), {"title": f"Tea {n}", "public": n % 5 > 1}) for n in range(12)]
    extractor = learn(taught)
    assert [extractor.extract(shown(n), HOST).item["public"] for n in range(20, 30)] == [
        n % 5 > 1 for n in range(20, 30)
    ]


def test_texts_that_are_the_values_are_read_as_they_are() -> None:
    def opened(n: int) -> LabelledPage:
        html = f"<html><body><h1>Gig {n}</h1><dl><dt>Doors<dd>{17 + n % 4}:30<dt>Hall<dd>{n % 3}</dl>"
        return LabelledPage(Example(f"{HOST}/{n}", html, {"doors": f"{17 + n % 4}:30"}))

    pages = [opened(n) for n in range(12)]
    made = compiled("doors", scopes_of(pages, "doors"), profile_of("doors", pages, False))
    assert made is not None
    assert not made.is_derived
    late = opened(0).example.html.replace(">17:30", ">22:30")
    answer = made.run(LabelledPage(Example(HOST, late, {})).index, Calibration())
    assert answer is not None
    assert answer.value == "22:30"


def test_what_it_is_told_by_can_be_read() -> None:
    extractor = learn(examples(24, "name", "sale", "in_stock"))
    said = extractor.explain(page(31), HOST)
    assert "div.tea | has .was" in said
    assert json.dumps({"instock(#left)": True, "soldout": False})[1:-1] in said
    assert 'has=css(".was"' in extractor.source_code()
