"""Records that pages show, held against those that are read: lost, taken apart, or gone."""

from __future__ import annotations

from typing import Any

import pytest

from learner.pages.values import normal
from learner.programs.tally import Tally

ROOMS: list[dict[str, Any]] = [
    {"course": "Chemistry", "section": "001", "crn": 72049, "room": "Ridge 235", "open": True, "seats": 4},
    {"course": "Chemistry", "section": "002", "crn": 73310, "room": "Mill 12", "open": True, "seats": 4},
    {"course": "Chemistry", "section": "003", "crn": 75821, "room": "Ridge 118", "open": False, "seats": 4},
    {"course": "Chemistry", "section": "004", "crn": 71120, "room": "Annex 3", "open": True, "seats": 4},
]
TEXT = normal("Chemistry 001 72049 Ridge 235 4 002 73310 Mill 12 003 75821 Ridge 118 004 71120 Annex 3")
PIECES = [{name: row[name] for name in names} for row in ROOMS for names in (("section",), ("crn", "seats"), ("room",))]


@pytest.mark.parametrize(
    ("given", "text", "least", "why"),
    [
        (ROOMS, TEXT, 0, ""),
        (ROOMS[:3], TEXT, 0, "gives 6 of 8 records that the pages show"),
        (ROOMS[:1], TEXT, 0, "gives 2 of 8 records that the pages show"),
        ([{**ROOMS[0], "room": "Annex 3"}], TEXT, 0, "gives 2 of 8 records that the pages show"),
        (PIECES, TEXT, 0, "takes 8 of 8 records apart"),
        ([], TEXT, 0, "gives none of 8 records that the pages show"),
        # Half of the list has gone, or is on the next page now.
        (ROOMS[:2], normal("Chemistry 001 72049 Ridge 235 002 73310 Mill 12"), 0, ""),
        # All is new: the labels tell how many there are.
        ([{"crn": 10001}], normal("Physics 10001 10002 10003"), 0, ""),
        ([{"crn": 10001}], normal("Physics 10001 10002 10003"), 3, "gives 2 of 6 records that the pages show"),
        ([*ROOMS, {"crn": 79999, "room": "Ridge 235"}], TEXT, 0, ""),
    ],
    ids=["all", "one less", "one", "mixed", "pieces", "none", "gone", "new", "labelled", "one more"],
)
def test_records_of_two_pages(given: list[dict[str, Any]], text: str, least: int, why: str) -> None:
    tally = Tally()
    for _ in range(2):
        tally.count(ROOMS, given, text, least)
    assert tally.why == why


def test_a_page_that_gives_nothing_may_be_of_another_design() -> None:
    tally = Tally()
    tally.count(ROOMS, [], TEXT)
    tally.count(ROOMS, ROOMS, TEXT)
    assert tally.why == ""


@pytest.mark.parametrize(
    ("before", "after", "pages", "others", "why"),
    [
        ([{"crn": 79999, "seats": 4}], [], 5, 1, "gives one more before the known records of 5 of 6 pages"),
        ([{"crn": 79999, "seats": 4}], [], 4, 0, ""),
        ([{"crn": 79999, "seats": 4}], [], 5, 3, ""),
        ([], [{"crn": 79999, "seats": 4}], 5, 0, ""),
        ([{"crn": 79999}, {"crn": 79998}], [], 5, 0, ""),
        ([{"crn": 79999, "room": "Ridge 235"}], [], 5, 0, ""),
    ],
    ids=["first", "few pages", "few of them", "last", "several", "known"],
)
def test_something_before_the_records_of_each_page(
    before: list[dict[str, Any]], after: list[dict[str, Any]], pages: int, others: int, why: str
) -> None:
    """Last comes what used to be on the next page."""
    tally = Tally()
    for number in range(pages + others):
        tally.count(ROOMS, [*before, *ROOMS, *after] if number < pages else ROOMS, TEXT)
    assert tally.why == why
