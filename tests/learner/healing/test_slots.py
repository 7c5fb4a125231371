"""Slots of a template: what stands in one place of each page, and which field it is, where nothing is known."""

from __future__ import annotations

import random

import numpy as np
import pytest

from learner import Example, Page, heal, learn
from learner.healing.groups import Cell, Column
from learner.healing.judge import Fit, Likeness
from learner.healing.labelling import Witness
from learner.healing.slots import slots_of
from learner.healing.surroundings import Surroundings
from learner.pages.values import Scalar, Value
from learner.programs.examples import LabelledPage

WORDS = "lake stone paper north river glass summer field winter bridge garden harbour copper silver cedar".split()


def opened(body: str) -> LabelledPage:
    return LabelledPage(Example("https://x.test/1", f"<html><body>{body}</body></html>", {}))


@pytest.mark.parametrize(("body", "text", "around"), [
    ("<h2>Facts</h2><p>One</p><p>Two</p><p>Three</p>", "Two", ("one", "three", "facts")),
    ("<tr><th>Size</th><td><span>9 m</span></td><tr><th>Age</th><td>3</td>", "9 m", ("size", "age3", "size")),
    ("<p><b>Size:</b> 9 m<br><b>Age:</b> 3</p>", "9 m", ("size", "", "")),
    ("<div><span>9</span><span> beds</span></div><p>Sold</p>", "9", ("", "beds", "")),
    ("<div><i>Lot</i></div><div><a href=/x><b>Oak</b></a></div>", "Oak", ("lot", "", "")),
])  # fmt: skip
def test_surroundings(body: str, text: str, around: tuple[str, str, str]) -> None:
    page = opened(f"<table>{body}</table>" if body.startswith("<tr>") else body)
    near = Surroundings(page)
    numbers = [number for number, candidate in enumerate(page.candidates) if candidate.value == text]
    assert numbers
    assert {(near.before[number], near.after[number], near.headings[number]) for number in numbers} == {around}


def test_what_is_declared_is_around_under_its_name() -> None:
    page = LabelledPage(
        Example("https://x.test/1", "<head><meta property='og:title' content='Oak'></head><p>Oak</p>", {})
    )
    near = Surroundings(page)
    assert near.declared == {"oak"}
    assert near.before[0] == "og:title"


FACTS = "<main><h1>{0}</h1><dl>{1}<dt>Weight</dt><dd>{2} kg</dd></dl><ul>{3}</ul></main>"


def facts() -> list[LabelledPage]:
    """Three pages, of which one has a row more, before the others."""
    more = ("", "<dt>Colour</dt><dd>red</dd>", "")
    lists = ("<li>a<li>b", "<li>c", "<li>d<li>e<li>f")
    return [opened(FACTS.format(f"Lamp {n}", more[n], 3 + n, lists[n])) for n in range(3)]


def slots(many: bool) -> list[list[str]]:
    pages = facts()
    found = slots_of(pages, [Surroundings(page) for page in pages])[many]
    return [[cell.value for _, cell in sorted(slot.cells.items(), key=lambda entry: entry[0])] for slot in found]


@pytest.mark.parametrize(("values", "many"), [
    (["Lamp 0", "Lamp 1", "Lamp 2"], False),
    (["3 kg", "4 kg", "5 kg"], False),  # by the text before it, whatever row it is
    (["a", "c", "d"], False),
    (["a", "b", "c", "d", "e", "f"], True),
])  # fmt: skip
def test_what_stands_in_one_place_of_each_page_is_a_slot(values: list[str], many: bool) -> None:
    assert values in slots(many)


def test_what_one_of_three_pages_has_is_no_slot() -> None:
    assert ["red"] not in slots(many=False)


def test_slots_that_say_the_same_count_together() -> None:
    likeness: Likeness = Likeness.shipped("slots")
    page = opened("<p>a</p>")
    column = Column("", "", page.candidates[0].element, None, {(0, 0): Cell("a", 0, 0.0)})

    def probability(contents: list[str]) -> float:
        fits = [Fit(column, {(0, 0): one}, np.zeros(1), one) for one in contents]
        return likeness.probability(np.array([2.0] * len(fits)), fits, 0)

    assert probability(["a", "b"]) < probability(["a"]) < probability(["a", "a"])


@pytest.mark.parametrize(("past", "belied"), [
    pytest.param({}, False, id="nothing is known"),
    pytest.param({0: None, 1: None}, True, id="two pages lack it"),
    pytest.param({0: None}, False, id="one page lacks it"),
    pytest.param({0: "C", 1: None}, True, id="one has another, one lacks it"),
    pytest.param({0: None, 1: None, 2: "c", 3: "D"}, False, id="as often right"),
    pytest.param({7: None, 8: None}, False, id="pages that it is not on"),
])  # fmt: skip
def test_a_slot_may_have_what_pages_are_known_to_lack(past: dict[int, Scalar | None], belied: bool) -> None:
    page = opened("<p>a</p>")
    values = dict(enumerate("ABCD"))
    column = Column("", "", page.candidates[0].element, None, {(n, 0): Cell(v, 0, 0.0) for n, v in values.items()})
    assert Fit(column, {(n, 0): v for n, v in values.items()}, np.zeros(1)).belies(past) is belied


@pytest.mark.parametrize(("equal", "said"), [(1, False), (4, True)], ids=["one record by chance", "most records"])
def test_two_fields_are_one_place_where_they_are_mostly_the_same(equal: int, said: bool) -> None:
    """Two letters: what the page shows once is one of them."""
    letters = "ABCDE"
    items = [{"grade": letters[n], "band": letters[n if n < equal else n - 1]} for n in range(5)]
    pages = [f"<dl><dt>Grade</dt><dd>{i['grade']}</dd><dt>Band</dt><dd>{i['band']}</dd></dl>" for i in items]
    extractor = learn(
        Example(f"https://x.test/{n}", html, i) for n, (html, i) in enumerate(zip(pages, items, strict=True))
    )
    judge = Witness(extractor, {})._judge
    assert (("grade", "band") in judge._equal) is said


def things(seed: int) -> dict[str, Value]:
    """A walk: some have no guide."""
    draw = random.Random(seed)
    names = [word.title() for word in draw.sample(WORDS, 6)]
    walk: dict[str, Value] = {
        "title": f"The {names[0]} {names[1]} walk",
        "price": f"${draw.randrange(20, 900)}.{draw.randrange(10, 99)}",
        "distance": f"{draw.randrange(3, 40)} km",
        "start": f"{names[2]} {names[3]}",
        "reference": f"W-{draw.randrange(10_000, 99_999)}",
        "published": f"{draw.randrange(1, 28)} May {draw.randrange(2010, 2024)}",
    }
    return walk | ({"guide": f"Ms {names[4]} {names[5]}"} if seed % 3 else {})


LABELS = {"distance": "Distance", "start": "Starting point", "reference": "Reference", "guide": "Your guide"}


def before(walk: dict[str, Value]) -> str:
    rows = "".join(f"<tr><th>{label}<td>{walk[name]}" for name, label in LABELS.items() if name in walk)
    return (
        f"<html><body><nav><a href=/>Home</a></nav><h1 class=title>{walk['title']}</h1>"
        f"<p class=price>{walk['price']}</p>"
        f"<p class=date>Published: <span>{walk['published']}</span></p><table class=facts>{rows}</table></body></html>"
    )


def after(walk: dict[str, Value], other: dict[str, Value]) -> str:
    rows = "".join(
        f"<div class=css-2f><div class=css-9a>{label}</div><div class=css-1c>{walk[name]}</div></div>"
        for name, label in reversed(LABELS.items())
        if name in walk
    )
    return (
        f"<html><body><header><a href=/>Home</a><a href=/all>All walks</a></header><div class=css-7e>"
        f"<h1>{walk['title']}</h1>"
        f"<section class=css-3d>{rows}</section><div class=css-5b><span>{walk['price']}</span></div>"
        f"<footer class=css-6c><span>Published</span> <time>{walk['published']}</time></footer></div>"
        f"<aside><h3>More walks</h3><a href=/o>{other['title']}</a><span>{other['price']}</span></aside></body></html>"
    )


@pytest.fixture(scope="module")
def healed() -> list[tuple[dict[str, Value], dict[str, Value]]]:
    extractor = learn([Example(f"https://x.test/{n}", before(things(n)), things(n)) for n in (1, 2)])
    pages = [Page(f"https://x.test/new/{n}", after(things(n), things(n + 50))) for n in range(10, 16)]
    better = heal(extractor, pages).extractor
    out = []
    for n in (12, 20, 31):
        found = better.extract(after(things(n), things(n + 50)), f"https://x.test/new/{n}")
        out.append((things(n), dict(found.item)))
    return out


@pytest.mark.parametrize("field", ["title", "price", "distance", "start", "reference", "published"])
def test_pages_of_which_nothing_is_known_are_healed_by_their_slots(
    healed: list[tuple[dict[str, Value], dict[str, Value]]], field: str
) -> None:
    assert [found.get(field) for _, found in healed] == [gold[field] for gold, _ in healed]


def test_what_is_told_is_right_or_left_out(healed: list[tuple[dict[str, Value], dict[str, Value]]]) -> None:
    for gold, found in healed:
        assert {name: value for name, value in found.items() if value is not None}.items() <= gold.items()


def test_a_list_that_pages_show_twice_is_told_once() -> None:
    def listed(number: int, page: str) -> tuple[str, dict[str, Value]]:
        draw = random.Random(number)
        tools: list[str] = [f"{draw.randrange(2, 90)} {word} nails" for word in draw.sample(WORDS, 4)]
        shown = "".join(f"<li class=tool>{tool}</li>" for tool in tools)
        return page.format(number, shown), {"title": f"Shed {number}", "tools": tools}

    old = "<html><body><h1>Shed {0}</h1><h2>Tools</h2><ul class=tools>{1}</ul></body></html>"
    new = (
        "<html><body><header>Sheds</header><h1>Shed {0}</h1><section><h3>Tools</h3><div><ol>{1}</ol></div></section>"
        "<section><h3>Tools</h3><div><ol>{1}</ol></div></section></body></html>"
    )
    extractor = learn([
        Example(f"https://x.test/{n}", html, item) for n in (1, 2) for html, item in (listed(n, old),)
    ])  # fmt: skip
    pages = [LabelledPage(Example(f"https://x.test/new/{n}", listed(n, new)[0], {})) for n in (3, 4, 5)]
    witness = Witness(extractor, {})
    said = witness.reconsidered(pages, [witness.said(page) for page in pages])
    told = [next(one.value for one in own["tools"] if one.source == "slot") for own in said]
    assert told == [listed(n, new)[1]["tools"] for n in (3, 4, 5)]
