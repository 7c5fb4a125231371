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
