"""The items of a site over time: each once, the newest of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crawler.outputs.history import History, moment
from crawler.templates import Template
from learner import Example, UnknownName, learn
from learner.state.records import FAILED, PARTIAL, NewExample, NewExtraction, NewPage, Repair
from learner.state.store import Store

FIRST = datetime(2026, 11, 1, tzinfo=UTC)
KEYED = {"product": Template(fields=("sku", "price"), key="sku")}
PLAIN = {"product": Template(fields=("sku", "price"))}
MANY = {"product": Template(fields=("sku", "price"), many=True)}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        yield opened


def page(store: Store, url: str, day: int, template: str = "product", asked: str = "") -> int:
    new = NewPage("shop", template, f"https://s.example/{url}", b"<p>x", "text/html", 200, FIRST + timedelta(days=day))
    return store.pages.add([replace(new, asked_url=asked and f"https://s.example/{asked}")])[0]


def said(store: Store, url: str, day: int, *items: dict[str, Any], asked: str = "") -> None:
    number = page(store, url, day, asked=asked)
    example = NewExample(number, items=list(items)) if len(items) != 1 else NewExample(number, item=items[0])
    store.examples.add([example])


def shown(store: Store, templates: dict[str, Template] = KEYED, **more: Any) -> list[str]:
    history = History(store, "shop", ["product"], templates, None, **more)
    return [f"{item.get('sku', '?')}={item['price']}" for item in history]


@pytest.mark.parametrize(
    ("templates", "expected"),
    [(KEYED, ["b=3", "a=4", "?=5"]), (PLAIN, ["b=3", "a=4", "?=5", " a=2"])],
    ids=["by key", "by url"],
)
def test_the_newest_of_an_item_stands_for_it(store: Store, templates: dict[str, Template], expected: list[str]) -> None:
    said(store, "1", 1, {"sku": "a", "price": "1"})
    said(store, "2", 1, {"sku": "b", "price": "3"})
    said(store, "1", 3, {"sku": "a", "price": "4"})
    said(store, "3", 3, {"price": "5"})
    # Recorded later, fetched before: it came from elsewhere.
    said(store, "4", 2, {"sku": " a", "price": "2"})
    assert shown(store, templates) == expected


def test_a_page_of_records_is_replaced_whole_unless_they_have_keys(store: Store) -> None:
    said(store, "1", 1, {"sku": "a", "price": "1"}, {"sku": "b", "price": "2"}, {"sku": "b", "price": "3"})
    said(store, "1", 2, {"sku": "b", "price": "4"}, {"sku": "c", "price": "5"})
    assert shown(store, MANY) == ["b=4", "c=5"]
    assert shown(store, {"product": Template(fields=("sku", "price"), many=True, key="sku")}) == ["a=1", "b=4", "c=5"]


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        # Each as where it is now, day and price: the first day tells the pages 1 and 2.
        ([("1", "new/1", "3")], {"new/1": "3", "2": "2"}),
        ([("1", "new/1", "3"), ("new/1", "newer/1", "4")], {"newer/1": "4", "2": "2"}),
        ([("1", "new/1", "3"), ("new/1", "1", "4")], {"1": "4", "2": "2"}),
        # What is gone is sent to the first page: none of them has moved there.
        ([("1", "", "3"), ("2", "", "4")], {"1": "1", "2": "2", "": "4"}),
        # Nothing was read under the new address.
        ([("1", "new/1", None)], {"new/1": "1", "2": "2"}),
    ],
    ids=["moved", "twice", "and back", "gone", "not read"],
)
def test_a_page_that_has_moved_is_one(
    store: Store, moves: list[tuple[str, str, str | None]], expected: dict[str, str]
) -> None:
    said(store, "1", 1, {"price": "1"})
    said(store, "2", 1, {"price": "2"})
    for day, (asked, url, price) in enumerate(moves, 2):
        if price is None:
            page(store, url, day, asked=asked)
        else:
            said(store, url, day, {"price": price}, asked=asked)
    history = list(History(store, "shop", ["product"], PLAIN, "url"))
    assert len(history) == len(expected)
    assert {item["url"].removeprefix("https://s.example/"): item["price"] for item in history} == expected


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-11-02", None, ["a=2", "a=3"]),
        (None, "2026-11-02", ["a=1", "a=2"]),
        (None, "2026-11-02T00:00", ["a=1"]),
        ("2026-11-02", "2026-11-02", ["a=2"]),
        ("2026-11-04", None, []),
    ],
)
def test_only_a_stretch_of_time(store: Store, since: str | None, until: str | None, expected: list[str]) -> None:
    for day in range(3):
        said(store, str(day), day, {"sku": "a", "price": str(day + 1)})
    times = {"since": since and moment(since), "until": until and moment(until, end=True)}
    assert shown(store, PLAIN, **times) == expected
    assert shown(store, KEYED, **times) == expected[-1:]


def test_a_repaired_item_replaces_the_failed_one(store: Store) -> None:
    extractor = learn([Example("https://s.example/1", "<h1>a</h1><p>1", {"sku": "a", "price": "1"})])
    version = store.versions.add("shop", "product", extractor)
    store.versions.promote(version.id)
    partial, failed, lost = (page(store, url, 1) for url in ("1", "2", "3"))
    store.extractions.add(
        [
            NewExtraction(partial, version.id, {"sku": "a"}, outcome=PARTIAL),
            NewExtraction(failed, version.id, {}, outcome=FAILED),
            NewExtraction(lost, version.id, {}, outcome=FAILED),
        ]
    )
    store.repairs.add(
        [
            Repair(partial, version.id, {"sku": "a", "price": "1"}),
            Repair(failed, version.id, {"sku": "b", "price": "2"}, (), {"price": 0.9}),
        ]
    )
    assert shown(store) == ["a=1", "b=2"]
    last = list(History(store, "shop", ["product"], KEYED, "url", provenance=True))[-1]
    assert last["url"] == "https://s.example/2"
    assert last["_evergreen"]["version"] == 1
    assert last["_evergreen"]["confidence"] == {"price": 0.9}
    assert last["_evergreen"]["fetched_at"].startswith("2026-11-02")


def test_what_a_spider_said_beside_a_version_is_filled_up(store: Store) -> None:
    extractor = learn([Example("https://s.example/1", "<h1>a</h1><p>1", {"sku": "a", "price": "1"})])
    version = store.versions.add("shop", "product", extractor)
    both, repaired = page(store, "1", 1), page(store, "2", 1)
    store.examples.add([NewExample(both, item={"price": "2"}), NewExample(repaired, item={"price": "2"})])
    read = {"sku": "b", "price": "3"}
    store.extractions.add([NewExtraction(number, version.id, read) for number in (both, repaired)])
    store.repairs.add([Repair(repaired, version.id, {"sku": "c", "price": "4"})])
    assert shown(store) == ["b=2", "c=4"]


def test_more_pages_than_are_read_at_once(store: Store) -> None:
    new = [NewPage("shop", "product", f"https://s.example/{n}", b"x", "text/html", 200, FIRST) for n in range(1_203)]
    store.examples.add(
        [
            NewExample(number, item={"sku": str(n % 1_201), "price": "1"})
            for n, number in enumerate(store.pages.add(new))
        ]
    )
    history = History(store, "shop", ["product"], KEYED)
    assert history.scraped == 1_203
    assert history.fields == ["sku", "price", "url"]
    assert len(list(history)) == 1_201


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "7", "7y", "99999999999w", "2026-11-24T25:00"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(UnknownName, match="is no moment"):
        moment(text)


@pytest.mark.parametrize(("text", "hours"), [("12h", 12), ("7d", 168), ("2w", 336)])
def test_a_span_back_from_now(text: str, hours: int) -> None:
    assert abs(datetime.now(UTC) - timedelta(hours=hours) - moment(text)) < timedelta(minutes=1)
