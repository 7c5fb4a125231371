"""Which fields have other values at nearly every visit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest

from learner import Known
from learner.retraining.turnover import turnover

PAGES = 6
Of = Callable[[int, int], Any]
"""A value by the number of the page and that of the visit."""


def visits(of: Mapping[str, Of], count: int = 3, pages: int = PAGES) -> dict[str, list[Known]]:
    def known(page: int, visit: int) -> Known:
        item = {name: value for name, own in of.items() if (value := own(page, visit)) is not None}
        return Known(f"https://x.test/{page}", item)

    return {f"https://x.test/{page}": [known(page, visit) for visit in range(count)] for page in range(pages)}


@pytest.mark.parametrize(("of", "found"), [
    pytest.param(lambda page, visit: 100 + page, set(), id="stays"),
    pytest.param(lambda page, visit: f"{100 + page}.{visit}0", {"value"}, id="changes each time"),
    pytest.param(lambda page, visit: 100 + page + (visit if page < 2 else 0), set(), id="changes on a third"),
    pytest.param(lambda page, visit: 100 + page + (visit if page < 4 else 0), {"value"}, id="changes on two thirds"),
    pytest.param(lambda page, visit: 100 + page + visit // 2, set(), id="changes at every other visit"),
    pytest.param(lambda page, visit: f"€{page}.50" if visit else f"{page}.50 EUR", set(), id="other words"),
    pytest.param(lambda page, visit: date(2026, 1, 1 + page) if visit else f"{1 + page} Jan 2026", set(), id="one day"),
    pytest.param(lambda page, visit: f"https://x.test/{page}/{visit}", set(), id="links"),
    pytest.param(lambda page, visit: visit if visit == page else None, set(), id="never two"),
    pytest.param(lambda page, visit: [f"a{page}", f"b{page}", f"c{visit}"], set(), id="most of a list stays"),
    pytest.param(lambda page, visit: [f"a{visit}", f"b{visit}", "c"], {"value"}, id="most of a list is new"),
])  # fmt: skip
def test_fields_that_are_others_at_most_visits_are_fleeting(of: Of, found: set[str]) -> None:
    assert turnover(visits({"name": lambda page, visit: f"Fund {page}", "value": of})).fleeting == found


@pytest.mark.parametrize(("count", "pages"), [(1, PAGES), (2, 2)])
def test_few_visits_tell_nothing(count: int, pages: int) -> None:
    assert turnover(visits({"price": lambda page, visit: 10.5 + visit + page}, count, pages)).fleeting == set()


@pytest.mark.parametrize(("of", "count", "stays"), [
    pytest.param(lambda page, visit: 100 + page + (visit if page < 2 else 0), 3, {"value": (4, 6)}, id="a third"),
    pytest.param(lambda page, visit: 100 + page + visit // 2, 3, {"value": (6, 6)}, id="a day on which none changed"),
    pytest.param(lambda page, visit: 100 + page, 3, {}, id="never"),
    pytest.param(lambda page, visit: 100 + page + visit, 3, {}, id="always"),
])  # fmt: skip
def test_of_fields_that_change_at_times_it_is_told_how_many_stayed_when_most_did(
    of: Of, count: int, stays: dict[str, tuple[int, int]]
) -> None:
    assert turnover(visits({"name": lambda page, visit: f"Fund {page}", "value": of}, count)).stays == stays


def lists(record: Callable[[int, int, int], dict[str, Any]]) -> dict[str, list[Known]]:
    return {
        (url := f"https://x.test/{page}"): [
            Known(url, items=[record(page, visit, row) for row in range(8)]) for visit in range(2)
        ]
        for page in range(4)
    }


@pytest.mark.parametrize(("record", "found"), [
    pytest.param(
        lambda page, visit, row: {"name": f"Stock {page}-{row}", "price": f"{page}{row}.{visit}1", "market": "X"},
        {"price"}, id="stocks: names stay",
    ),
    pytest.param(
        lambda page, visit, row: {
            "station": f"Station {page}", "time": f"{8 + page}:{row}{visit}", "to": "ABCDEFGH"[(row * 3 + visit) % 8],
            "track": str((row * (visit + 2) + page) % 5), "state": "late" if row == visit else "on time",
        },
        {"time", "to", "track", "state"}, id="departures: only what all of a page share stays",
    ),
    pytest.param(
        lambda page, visit, row: {"title": f"Story {8 * page + row - visit}", "place": f"{8 * page + row - visit}"},
        set(), id="news: records move on, to the next page too",
    ),
    pytest.param(
        lambda page, visit, row: {
            "code": f"C{(n := (8 * page + row + 5 * visit) % 32)}", "rate": f"{n}.{visit}{n:02}",
        },
        {"rate"}, id="rates: names stay, on any page",
    ),
])  # fmt: skip
def test_records_that_are_others_as_a_whole_are_fleeting(
    record: Callable[[int, int, int], dict[str, Any]], found: set[str]
) -> None:
    assert turnover(lists(record)).fleeting == found


def test_what_lasts_is_known_without_what_is_fleeting() -> None:
    fact = Known("u", {"name": "A", "price": 2}, fleeting=frozenset({"price"}))
    assert (fact.lasting.item, fact.lasting.fleeting) == ({"name": "A"}, frozenset({"price"}))
    assert Known("u", items=[{"price": 2}, {"name": "B"}], fleeting=frozenset({"price"})).lasting.items == [
        {"name": "B"}
    ]
