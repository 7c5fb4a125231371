"""Extractors: answers, abstentions, evidence; saved and loaded."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from core_tools import TEMPLATES, URL, example, fixture_example, fixture_pages, listing, swapped

from fixtures.site import FixturePage
from learner import Example, Extraction, Extractor, StateError, StateTooNew, learn, load
from learner.extractor import Evidence, _Told
from learner.programs.program import Rule
from learner.programs.selectors import Index, Selector, Step

SHOP = "http://site.test"


@pytest.fixture(scope="module")
def shop() -> Extractor:
    return learn([fixture_example(page) for page in fixture_pages("shop", "product")[:2]])


@pytest.mark.parametrize(("site", "template"), TEMPLATES)
def test_saved_and_loaded_is_the_same(site: str, template: str, tmp_path: Path) -> None:
    pages = fixture_pages(site, template)
    extractor = learn([fixture_example(page) for page in pages[:2]])
    extractor.save(tmp_path / "one")
    loaded = load(tmp_path / "one")
    assert loaded.examples == extractor.examples
    assert loaded.warnings == extractor.warnings
    assert loaded.fields.keys() == extractor.fields.keys()
    loaded.save(tmp_path / "two")
    for name in ("program.json", "examples.jsonl", "page.py"):
        assert (tmp_path / "two" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()
    for page in pages[2:6]:
        url = "http://site.test" + page.path
        left, right = extractor.extract(page.html, url), loaded.extract(page.html, url)
        assert (left.item, left.items, left.abstained) == (right.item, right.items, right.abstained)


@pytest.mark.parametrize("item", [
    {"date": "3 May 2024"}, {"datetime": "3 May 2024"}, {"date": date(2024, 5, 3)}, {"$date": "3 May 2024"},
    {"when": datetime(2024, 5, 3, 0, 0, tzinfo=UTC)}, {"many": ["3 May 2024"]}, {"n": 3, "ok": True},
])  # fmt: skip
def test_values_of_examples_are_saved_without_loss(item: dict[str, Any], tmp_path: Path) -> None:
    extractor = learn([example("<html><body><h1>A title</h1><p>3 May 2024</p></body></html>", title="A title")])
    examples = [Example(URL, "<p>\u2028 x \n y</p>", item), Example(URL, b"<p>x</p>", items=[item, item])]
    Extractor(extractor.program, examples).save(tmp_path)
    loaded = load(tmp_path)
    assert loaded.examples[0] == examples[0]
    assert loaded.examples[1].items == [item, item]


@pytest.mark.parametrize(("html", "reason"), [
    ("", "empty"), (b"", "empty"), ("%PDF-1.7", "not_html"), ("{}", "not_html"), ("x" * 7_000_000, "too_large"),
    ("<i></i>" * 130_000, "too_many_nodes"),
])  # fmt: skip
def test_a_page_that_is_none_is_named(shop: Extractor, html: str | bytes, reason: str) -> None:
    result = shop.extract(html, URL)
    assert result.reason == reason
    assert result.failed
    assert result.item == {}
    assert result.abstained.keys() == shop.fields.keys()
    assert shop.explain(html, URL)


def test_answers_tell_where_they_are_from(shop: Extractor) -> None:
    page = fixture_pages("shop", "product")[4]
    result = shop.extract(page.html, URL)
    assert result.confidence.keys() == result.item.keys() == result.evidence.keys()
    assert all(shop.threshold <= confidence <= 1 for confidence in result.confidence.values())
    for evidence in result.evidence.values():
        assert 1 <= evidence.votes <= evidence.rules
        assert evidence.path in evidence.rule
    assert not result.item.keys() & result.abstained.keys()
    assert result.item.keys() | result.abstained.keys() == shop.fields.keys()
    told = shop.explain(page.html, URL)
    for name, value in result.item.items():
        line = next(line for line in told.split("\n") if line.startswith(f"{name}:"))
        assert repr(value)[:40] in line


@pytest.mark.parametrize(("abstained", "reason", "expected", "failed"), [
    ({}, "", {"a"}, False), ({"a": "absent"}, "", {"a"}, True), ({"b": "absent"}, "", {"a"}, False),
    ({"b": "doubtful"}, "", {"a"}, False), ({}, "empty", set(), True), ({"a": "doubtful"}, "", {"a"}, True),
])  # fmt: skip
def test_what_counts_as_failed(abstained: dict[str, str], reason: str, expected: set[str], failed: bool) -> None:
    assert Extraction(abstained=abstained, reason=reason, expected=frozenset(expected)).failed is failed


@pytest.mark.parametrize(("found", "unproven", "scant"), [
    ("ab", False, True), ("abc", False, False), ("ab", True, False), ("a", True, True), ("", True, True),
])  # fmt: skip
def test_too_little_for_an_item(found: str, unproven: bool, scant: bool) -> None:
    confidence = dict.fromkeys(found, 0.9)
    read = Extraction(confidence=confidence, expected=frozenset("abcdef"), unproven=unproven)
    assert (read.scant, replace(read, abstained={"f": "absent"}).failed) == (scant, len(found) < 3 or not unproven)


def test_doubtful_answers_are_kept_back(shop: Extractor) -> None:
    page = fixture_pages("shop", "product")[4]
    strict = Extractor(shop.program, shop.examples, threshold=1.0)
    result = strict.extract(page.html, URL)
    assert result.item == {}
    assert "doubtful" in result.abstained.values()
    assert result.failed
    assert "not vouched for" in strict.explain(page.html, URL)


@pytest.mark.parametrize(("change", "error"), [
    ({"format": 99}, StateTooNew), ({"format": "x"}, StateError), ({"fields": 3}, StateError),
    ({"fields": None}, StateError), ({"calibration": ["x"]}, StateError), ({"threshold": None}, StateError),
    ({"records": {"starts": [{}]}}, StateError),
])  # fmt: skip
def test_a_folder_that_can_not_be_read(
    shop: Extractor, change: dict[str, Any], error: type[Exception], tmp_path: Path
) -> None:
    shop.save(tmp_path)
    path = tmp_path / "program.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(error) as caught:
        load(tmp_path)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("name", ["program.json", "examples.jsonl"])
@pytest.mark.parametrize("content", [None, b"", b"[]", b"{", b"\xff\xfe\x00", b"null"])
def test_broken_files(shop: Extractor, name: str, content: bytes | None, tmp_path: Path) -> None:
    shop.save(tmp_path)
    if content is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(content)
    if name == "examples.jsonl" and content == b"":
        assert load(tmp_path).examples == ()
        return
    with pytest.raises(StateError):
        load(tmp_path)


def test_it_is_told_which_answer_won_by_how_much_and_what_came_second() -> None:
    shown = '<body><h1 class="title">{0}</h1><p class="name">{1}</p><div id="info"><b>Made by</b> <i>{2}</i></div>'
    extractor = learn(
        [Example(f"{URL}{n}", shown.format(f"Thing {n}", f"Thing {n}", "Us"), {"title": f"Thing {n}"}) for n in (1, 2)]
    )
    told = extractor.explain(shown.format("Blue lamp", "Lamp, blue", "Us"), URL)
    assert told.startswith("title: 'Blue lamp'  confidence 0.")
    backing = re.search(r"won with a backing of (\S+), second 'Lamp, blue' with (\S+)\n", told)
    assert backing is not None
    won, second = backing.groups()
    assert float(won) > float(second) > 0
    assert re.search(r"network [01]\.\d\d  /html/body/(h1|p)  ->  '(Blue lamp|Lamp, blue)'", told)
    alone = extractor.explain(shown.format("Blue lamp", "Blue lamp", "Us"), URL)
    assert "nothing else was said" in alone


@pytest.fixture(scope="module")
def reduced() -> tuple[Extractor, list[FixturePage]]:
    """Learned from five pages with an old price; the others that have one."""
    pages = [page for page in fixture_pages("shop", "product") if page.item is not None and "old_price" in page.item]
    return learn([fixture_example(page) for page in pages[:5]]), pages[5:15]


def test_swapped_prices_are_both_left_out(reduced: tuple[Extractor, list[FixturePage]], tmp_path: Path) -> None:
    extractor, pages = reduced
    extractor.save(tmp_path)
    loaded = load(tmp_path)
    for page in pages:
        assert page.item is not None
        html = swapped(page.html, page.item["price"], page.item["old_price"])
        for read in (extractor.extract, extractor.read, loaded.extract, loaded.read):
            healthy, wrong = read(page.html, URL), read(html, URL)
            assert not healthy.failed
            assert {"price", "old_price"} <= healthy.item.keys()
            assert wrong.item.keys() == wrong.confidence.keys() == healthy.item.keys() - {"price", "old_price"}
            assert wrong.abstained == {**healthy.abstained, "price": "doubtful", "old_price": "doubtful"}
            assert wrong.failed
        told = extractor.explain(html, URL).split("\n")
        assert sum(line.endswith(" - not vouched for: contradicts old_price") for line in told) == 1
        assert sum(line.endswith(" - not vouched for: contradicts price") for line in told) == 1


def test_what_the_network_says_is_checked_too(reduced: tuple[Extractor, list[FixturePage]]) -> None:
    extractor, pages = reduced
    fields = dict(extractor.program.fields)
    fields["old_price"] = replace(fields["old_price"], rules=())
    silent = Extractor(replace(extractor.program, fields=fields), extractor.examples)
    told = 0
    for page in pages:
        assert page.item is not None
        healthy = silent.extract(page.html, URL)
        wrong = silent.extract(swapped(page.html, page.item["price"], page.item["old_price"]), URL)
        told += "old_price" in healthy.opinions
        assert "old_price" not in wrong.item
        if "old_price" in healthy.opinions:
            assert "price" not in wrong.item
            assert not wrong.opinions
    assert told


@pytest.mark.parametrize("wrong", [0, 1, 2, 3, 5])
def test_records_are_withheld_where_most_contradict_an_order(wrong: int) -> None:
    def page(rows: list[tuple[str, int, int]]) -> str:
        row = "<li><h2>{}</h2><b class=now>${:,}.00</b> <s class=was>${:,}.00</s></li>"
        return f"<html><body><ul>{''.join(row.format(*one) for one in rows)}</ul></body></html>"

    rows = [(f"Thing {n}", 900 + 40 * n, 1100 + 50 * n) for n in range(5)]
    records = [{"title": title, "price": f"${low:,}.00", "old_price": f"${high:,}.00"} for title, low, high in rows]
    extractor = learn([listing(page(rows), records)])
    shown = [(title, high, low) if n < wrong else (title, low, high) for n, (title, low, high) in enumerate(rows)]
    read = extractor.read(page(shown), URL)
    assert [set(record) for record in read.items] == [{"title", *([] if wrong > 2 else ["price", "old_price"])}] * 5
    assert read.failed is (wrong > 2)


def test_what_is_withheld_is_named() -> None:
    extraction = Extraction(
        {"a": 1, "b": 2}, [{"a": 1, "c": 3}], {"a": 0.9, "c": 0.8}, abstained={"d": "absent"}, opinions=frozenset("ac")
    )
    left = extraction.without(frozenset(("a", "d")))
    assert (left.item, left.items, left.confidence) == ({"b": 2}, [{"c": 3}], {"c": 0.8})
    assert left.abstained == {"a": "doubtful", "d": "absent"}
    assert left.opinions == {"c"}
    assert extraction.without(frozenset()) is extraction


def clock(price: str, was: str = "", row: str = "") -> str:
    old = f"<s>{was}</s> " if was else ""
    return (
        f"<html><body><h1>A clock</h1><div class=p>{old}<b>{price}</b></div>{row}<p>Open on Mondays.</p></body></html>"
    )


TIMES = "<p>Open: <i>{}</i></p><p>Close: <em>{}</em></p>"


@pytest.mark.parametrize("how", ["extract", "read"])
@pytest.mark.parametrize(
    ("page", "item"),
    [
        pytest.param(clock("€ 60.00", "€ 75.00"), {"price": "€ 60.00", "was": "€ 75.00"}, id="both"),
        pytest.param(clock("€ 60.00"), {"price": "€ 60.00"}, id="one place is not two prices"),
        pytest.param(clock("€ 60.00", row=TIMES.format("9:00", "9:00")), {"price": "€ 60.00", "open": "9:00",
                     "close": "9:00"}, id="two places may say the same"),
    ],
)  # fmt: skip
def test_one_place_is_not_two_fields_that_were_never_the_same(how: str, page: str, item: dict[str, str]) -> None:
    values = {"price": "€ 95.25", "was": "€ 120.00", "open": "8:30", "close": "17:15"}
    shown = clock("€ 95.25", "€ 120.00", TIMES.format("8:30", "17:15"))
    extractor = learn([Example("http://clocks.test/1", shown, values)])
    # The rules for the old price of which all but one say nothing here: what they read is the price.
    assert getattr(extractor, how)(page, "http://clocks.test/2").item == item


def test_what_is_found_of_a_field_where_another_stands_is_no_sign_of_it() -> None:
    def page(n: int, stars: int | None, issues: int) -> str:
        shown = "" if stars is None else f"<p class=gh><b class=stars>{stars}</b> stars"
        return (
            f"<html><body><div class=main><h1>Tool {n}</h1>{shown} <b class=iss>{issues}</b> open issues"
            "<div class=readme><p>Fast.</p></div></div></body></html>"
        )

    counts = [(4142, 237), (8172, 118)]
    items = [{"name": f"Tool {n}", "stars": stars, "issues": left} for n, (stars, left) in enumerate(counts)]
    extractor = learn([Example(f"{URL}{n}", page(n, *counts[n]), items[n]) for n in range(2)])
    read = extractor.read(page(7, None, 31), URL)
    assert (read.item["issues"], read.abstained["stars"]) == (31, "absent")


def test_what_rules_vouch_for_has_the_place_before_what_the_network_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"price": "€ 95.25", "was": "€ 120.00"}
    taught = learn([Example("http://clocks.test/1", clock("€ 95.25", "€ 120.00"), values)])
    fields = dict(taught.program.fields)
    fields["was"] = replace(fields["was"], rules=())
    extractor = Extractor(replace(taught.program, fields=fields), taught.examples)

    def sees(extractor: Extractor, index: Index, unsure: object) -> dict[str, _Told]:
        (spot,) = index.document.root.iter("b")
        return {"was": _Told("€ 60.00", 0.99, Evidence("opinion of the network", "b", 0, 0), (), spot)}

    monkeypatch.setattr(Extractor, "_opinions", sees)
    read = extractor.extract(clock("€ 60.00"), "http://clocks.test/2")
    assert read.item == {"price": "€ 60.00"}
    assert read.confidence["price"] < 0.99


RECIPE = "<html><body><h1>{}</h1><ul class=facts>{}</ul><p>Serve it warm.</p></body></html>"
ROW = "<li><strong>{}:</strong> {}</li>"


def test_the_field_whose_label_is_there_has_the_place() -> None:
    item = {"title": "Plum tart", "prep": "10 mins", "cook": "45 mins", "serves": "8"}
    rows = ROW.format("Prep", "10 mins") + ROW.format("Cook", "45 mins") + ROW.format("Serves", "8")
    extractor = learn([Example("http://tarts.test/1", RECIPE.format("Plum tart", rows), item)])
    fewer = ROW.format("Prep", "30 mins") + ROW.format("Serves", "6")
    read = extractor.read(RECIPE.format("Pear tart", fewer), "http://tarts.test/2").item
    assert read == {"title": "Pear tart", "prep": "30 mins", "serves": "6"}


@pytest.mark.parametrize(
    ("examples", "absent", "failed"),
    [(1, "was", False), (2, "was", False), (3, "was", True), (1, "", False), (3, "", False), (1, "all", True)],
)
def test_what_one_or_two_examples_have_need_not_be_always_there(examples: int, absent: str, failed: bool) -> None:
    shown = [
        Example(f"http://clocks.test/{n}", clock(f"€ {60 + n}.00", f"€ {75 + n}.00"),
                {"name": "A clock", "price": f"€ {60 + n}.00", "was": f"€ {75 + n}.00"})
        for n in range(examples)
    ]  # fmt: skip
    extractor = learn(shown)
    page = (
        "<html><body><em>Closed</em></body></html>"
        if absent == "all"
        else clock("€ 99.00", "" if absent else "€ 120.00")
    )
    assert extractor.read(page, "http://clocks.test/9").failed is failed


@pytest.mark.parametrize(
    ("records", "having", "failed"),
    [(2, "name was", False), (2, "name", False), (12, "name", True), (2, "", True)],
    ids=["all", "few records", "many records", "what all have is gone"],
)
def test_a_short_list_may_lack_what_only_some_records_have(records: int, having: str, failed: bool) -> None:
    def shelf(first: int, count: int, having: str) -> tuple[str, list[dict[str, str]]]:
        """A list of clocks, of which every other one is reduced, and its records."""
        items = [
            {"name": f"Clock No. {n}"} | ({} if n % 2 else {"was": f"€ {n}.00"}) for n in range(first, first + count)
        ]
        tags = {"name": "b", "was": "s"}
        rows = ("".join(f"<{tags[n]}>{one[n]}</{tags[n]}>" for n in one if n in having) for one in items)
        shown = "".join(f"<li>{row}<i>buy</i></li>" for row in rows)
        return f"<html><body><h1>Clocks</h1><ul>{shown}</ul></body></html>", items

    pages = [(f"http://clocks.test/{n}", *shelf(70 + 8 * n, 8, "name was")) for n in range(4)]
    extractor = learn([Example(url, html, items=items) for url, html, items in pages])
    assert extractor.expected == {"name", "was"}
    assert extractor.read(shelf(200, records, having)[0], "http://clocks.test/9").failed is failed


def shelf(number: int, design: int, teas: int = 4) -> str:
    """A list page of teas with a link to the next, in one of two designs."""
    paths = [f"/tea/{number}{n}-{'abcdefgh'[n]}" for n in range(teas)]
    more = f"/shelf?p={number + 1}"
    if design == 1:
        rows = "".join(f"<li class=tea><h3><a class=name href={path}>{path}</a></h3></li>" for path in paths)
        body = (
            f"<div class=top><a href=/>Home</a></div><ul class=teas>{rows}</ul><p class=pager><a href={more}>more</a>"
        )
    else:
        rows = "".join(f"<div class=x><a class=y href={path}>{path}</a></div>" for path in paths)
        body = f"<div class=z><a href=/>Home</a></div>{rows}<div class=q><a href={more}>more</a></div>"
    return f"<html><body>{body}</body></html>"


def shelf_rule(weight: float, *tags: str, attribute: tuple[str, str, str] = ("", "", "")) -> Rule:
    steps = [Step(tag, child=number > 0) for number, tag in enumerate(tags)]
    steps[-1] = steps[-1]._replace(attribute=attribute)
    return Rule(Selector(tuple(steps), take="@href"), (("absolute",),), weight=weight)


@pytest.mark.parametrize(("left", "teas", "given", "likely"), [
    (shelf_rule(0.99, "div", "a"), 4, 0, 0),  # with the pages' other links
    (shelf_rule(0.99, "a", attribute=("href", "*=", "/tea/")), 4, 4, 0),
    (shelf_rule(0.9, "a", attribute=("href", "*=", "/tea/")), 1, 0, 1),
    (shelf_rule(0.9, "div", "a"), 1, 0, 0),
])  # fmt: skip
def test_what_is_left_of_a_lists_rules_counts_where_it_leads_to_such_links(
    left: Rule, teas: int, given: int, likely: int
) -> None:
    examples = [
        Example(
            f"{SHOP}/shelf?p={n}",
            shelf(n, 1),
            {"teas": [f"{SHOP}/tea/{n}{k}-{'abcd'[k]}" for k in range(4)], "more": f"{SHOP}/shelf?p={n + 1}"},
        )
        for n in range(1, 5)
    ]
    learned = learn(examples)
    entry = learned.program.fields["teas"]
    dead = [shelf_rule(0.6 if left.weight > 0.95 else 0.97, "ul", "li", "h3", "a")] * 2
    program = replace(learned.program, fields={"teas": replace(entry, rules=(*dead, left))})
    read = Extractor(program, examples).read(shelf(7, 2, teas), f"{SHOP}/shelf?p=7")
    assert len(read.item.get("teas", [])) == given
    assert [len(one["teas"]) for one in read.likely] == [likely] * bool(likely)
    assert ("teas" in read.abstained) is not given
