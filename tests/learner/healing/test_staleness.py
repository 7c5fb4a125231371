"""Healed fields that change from visit to visit, held against what they were at the last one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from learner import Example, Extractor, Known, learn
from learner.healing.staleness import stale
from learner.programs.examples import LabelledPage

PAGES = 12
URL = "https://x.test/{}".format
NAMES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper", "Katsura", "Larch")


def html(item: Mapping[str, Any]) -> str:
    return f"<h1>{item['name']}</h1><table>" + "".join(
        f"<tr class=r-{name}><th>{name}<td>{value}</tr>" for name, value in item.items() if name != "name"
    )


def rate(number: int, day: int, share: float = 1.0) -> str:
    return f"{((37 * number) % 90 + 11 + day * (number % 5 + 1) / 10) * share:.2f}"


def quotes(day: int, **others: Any) -> list[dict[str, Any]]:
    """What pages say on a day; ``others`` say a field by the number of the page."""
    items = [{"name": NAMES[n], "buy": rate(n, day), "sell": rate(n, day, 1.03)} for n in range(PAGES)]
    return [{**item, **{name: of(n) for name, of in others.items()}} for n, item in enumerate(items)]


def extractor(items: list[dict[str, Any]]) -> Extractor:
    return learn([Example(URL(n), html(item), item) for n, item in enumerate(items[:4])])


def told(
    before: list[dict[str, Any]], now: list[dict[str, Any]], fleeting: set[str], stays: Mapping[str, tuple[int, int]]
) -> set[str]:
    facts = {URL(n): Known(URL(n), item, fleeting=frozenset(fleeting), stays=stays) for n, item in enumerate(before)}
    pages = [LabelledPage(Example(URL(n), html(item), {})) for n, item in enumerate(now)]
    return set(stale(extractor(now), pages, lambda page: facts.get(page.example.url)))


BOTH = {"buy", "sell"}


@pytest.mark.parametrize(("now", "fleeting", "found"), [
    pytest.param(quotes(2), BOTH, set(), id="as ever"),
    pytest.param(quotes(2), set(), set(), id="nothing changes"),
    pytest.param(quotes(2, buy=lambda n: rate(n, 1)), BOTH, {"buy"}, id="yesterday's"),
    pytest.param(quotes(1), set(), set(), id="all are what they were, as they ever are"),
    pytest.param(quotes(2, buy=lambda n: rate(n, 2, 1.03), sell=lambda n: rate(n, 2)), BOTH, BOTH, id="swapped"),
    pytest.param(quotes(2, sell=lambda n: rate(n, 2)), BOTH, {"sell"}, id="the same in both"),
    pytest.param(quotes(2, buy=lambda n: f"{(n * 7919 + 3) % 2000}.50"), BOTH, {"buy"}, id="other numbers"),
])  # fmt: skip
def test_what_is_given_of_a_changing_field_is_neither_yesterdays_nor_another_fields(
    now: list[dict[str, Any]], fleeting: set[str], found: set[str]
) -> None:
    assert told(quotes(1), now, fleeting, {}) >= found
    assert told(quotes(1), now, fleeting, {}) <= (found and BOTH)


@pytest.mark.parametrize(("changed", "stays", "found"), [
    (0, (7, 12), {"buy"}), (0, (11, 12), set()), (5, (7, 12), set()), (0, (2, 3), set()),
])  # fmt: skip
def test_a_field_that_changes_at_times_does_not_stay_on_all_pages(
    changed: int, stays: tuple[int, int], found: set[str]
) -> None:
    now = quotes(1, buy=lambda n: rate(n, 2 if n < changed else 1))
    assert told(quotes(1), now, set(), {"buy": stays}) == found


def test_nothing_known_tells_nothing() -> None:
    now = quotes(2)
    pages = [LabelledPage(Example(URL(n), html(item), {})) for n, item in enumerate(now)]
    assert stale(extractor(now), pages, lambda page: None) == set()
