"""Slips of the pen in examples: told, without a word on right ones."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.inputs.slips import differing, slips
from learner.programs.examples import Example

TEAS = [("Assam", "£4.50", "1815"), ("Ceylon", "£5.10", "1853"), ("Sencha", "£6.00", "1849")]


def shown(number: int, **changes: Any) -> Example:
    title, price, year = TEAS[number]
    notes = ["malty", "dark red", f"since {year}", "strong"]
    rows = "".join(f"<li>{note}</li>" for note in notes)
    html = f"<h1>{title}</h1><b>{price}</b><p>{year}</p><ul>{rows}<li></li></ul><ul><li>Home</li></ul>"
    item = {"title": title, "price": price, "year": year, "notes": notes, **changes}
    return Example(f"https://t.example/{number}", html, {name: value for name, value in item.items() if value})


PAGE = "on https://t.example/"


@pytest.mark.parametrize(
    ("new", "before", "told"),
    [
        ([shown(0)], [], ""),
        ([shown(0), shown(1)], [shown(2)], ""),
        ([shown(0, titel="Assam", title=None)], [shown(1)], f"titel is a new field {PAGE}0: is title meant?"),
        ([shown(0, titel="Assam", title=None), shown(1), shown(2)], [], "is title meant?"),
        ([shown(0, old_price="£4.50", price=None)], [shown(1)], ""),
        ([shown(0, titles="Tea", old_price="£5")], [shown(1)], ""),
        ([shown(0, year=1815), shown(1)], [], f"year is a number {PAGE}0, and a text {PAGE}1: write them alike"),
        ([shown(0, year=1815)], [shown(1)], f"year is a number {PAGE}0, and a text {PAGE}1: write them alike"),
        ([shown(0, title="£4.50"), shown(1)], [], f"price and title are both '£4.50' {PAGE}0: is that so?"),
        ([shown(0, name="Assam"), shown(1, name="Ceylon")], [], ""),
        (
            [shown(0, notes=["malty", "dark red", "strong"])],
            [],
            "",
        ),
        (
            [shown(0, notes=["malty", "since 1815", "strong"])],
            [],
            f"notes: the page shows 4 in this place, the label has 3, without 'dark red', {PAGE}0",
        ),
        ([shown(0, notes=["malty", "strong"])], [], ""),
    ],
    ids=[
        "right",
        "several",
        "misspelt",
        "misspelt once",
        "another field",
        "beside the other",
        "a number",
        "a number after texts",
        "another's value",
        "two names of one",
        "longer than all",
        "one missing",
        "few",
    ],
)
def test_what_is_odd_is_told(new: list[Example], before: list[Example], told: str) -> None:
    notes = slips(new, before)
    assert len(notes) == bool(told), notes
    assert all(told in note for note in notes)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (["b", "a", "c"], "tags stands in another order"),
        (["a", "c"], "tags: the page shows 3 in this place, the label has 2, without 'b',"),
        (["A"], "tags: the page shows 3 in this place, the label has 1, without 'b' and 1 more,"),
        (["a", "x"], ""),
        (["a", "a", "b", "c"], ""),
    ],
)
def test_how_a_list_differs(given: list[str], told: str) -> None:
    assert differing("tags", ["a", "b", "c"], given) == told


def numbered(number: int, value: str, page: str = "<h1>{}</h1><p>{}</p>") -> Example:
    return Example(f"https://t.example/{number}", page.format(f"Tea {number}", value), {"number": value})


@pytest.mark.parametrize(
    ("shown", "before", "told"),
    [
        ("episode 182", ["180", "181", "7"], True),
        ("182", ["episode 180", "episode 181", "episode 7"], True),
        ("182", ["180", "181", "7"], False),
        ("episode 182", ["180", "181"], False),  # too few to tell
        ("episode 182", ["180", "episode 181", "7"], False),
        ("£5", ["£4.50", "£3.20", "£6.10"], False),
        ("from £5.10", ["£4.50", "£3.20", "£6.10"], True),
        ("Tea 5", ["Assam", "Ceylon", "Keemun"], False),
        ("1,182", ["180", "181", "7"], False),
    ],
)
def test_a_number_in_other_words_than_before_is_told(shown: str, before: list[str], told: bool) -> None:
    notes = slips([numbered(9, shown)], [numbered(number, value) for number, value in enumerate(before)])
    assert [
        f"number is '{shown}' {PAGE}9, and '{min(before)}' or the like on all pages before" in n for n in notes
    ] == ([True] if told else [])


ROW = "<tr><td>{}<td>{}"
LIST = f"<h1>Teas</h1><table>{''.join(ROW.format(title, price) for title, price, _ in TEAS * 2)}</table>"
ALONE = (
    "<main><h1>{}</h1><b>{}</b></main><div class=card><b>Milk</b><i>£1.20</i></div><div class=card><b>Cups</b></div>"
)


@pytest.mark.parametrize(
    ("page", "before", "told"),
    [
        (LIST, [], True),
        (LIST, [ALONE], True),
        (LIST, [LIST], False),  # pages of this template are like that
        (ALONE.format(*TEAS[0]), [], False),
    ],
)
def test_one_of_many_records_is_told(page: str, before: list[str], told: bool) -> None:
    title, price, _ = TEAS[0]
    item = {"title": title, "price": price}
    former = [Example(f"https://t.example/{n}", html.format(*TEAS[0]), item) for n, html in enumerate(before)]
    notes = slips([Example("https://t.example/9", page, item, source="person")], former)
    assert ["stands in one of several records that are made alike" in note for note in notes] == [True] * told
