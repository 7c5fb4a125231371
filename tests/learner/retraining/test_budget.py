"""Heals are counted, and wait after failures, until a person helps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from store_tools import Notes, new_page

from learner.retraining.budget import HEALING, Budget
from learner.retraining.retraining import retrain
from learner.state.records import NewExample
from learner.state.store import Store


@pytest.mark.parametrize(
    ("heals", "begun", "hours", "refused"),
    [
        (0, 0, 1, True),
        (None, 50, 0, False),
        (3, 2, 0, False),
        (3, 3, 0, True),
        (3, 3, 23, True),
        (3, 3, 25, False),
        (1, 1, 1, True),
    ],
)
def test_heals_of_a_day(store: Store, heals: int | None, begun: int, hours: int, refused: bool) -> None:
    for number in range(begun):
        store.events.add("shop", f"template{number}", HEALING)
        store.events.add("other", "product", HEALING)
    later = datetime.now(UTC) + timedelta(hours=hours)
    assert bool(Budget(heals).refused(store, "shop", "product", later)) == refused


@pytest.mark.parametrize(
    ("events", "minutes", "refused"),
    [
        (["not_healed"], 0, False),
        (["not_healed"] * 2, 14, True),
        (["not_healed"] * 2, 16, False),
        (["not_healed"] * 3, 29, True),
        (["not_healed", "error", "not_healed"], 31, False),
        (["not_healed"] * 50, 23 * 60, True),
        (["not_healed"] * 50, 25 * 60, False),
        (["not_healed", "not_healed", "promoted"], 0, False),
        (["not_healed", "promoted", "not_healed", "postponed"], 0, False),
    ],
)
def test_the_pause_doubles_with_each_failure(store: Store, events: list[str], minutes: int, refused: bool) -> None:
    for kind in events:
        store.events.add("shop", "product", kind)
        store.events.add("shop", "list", "not_healed")
    later = datetime.now(UTC) + timedelta(minutes=minutes)
    assert bool(Budget().refused(store, "shop", "product", later)) == refused


@pytest.mark.parametrize(("failed", "whole", "refused"), [
    (True, True, True), (True, False, True), (False, False, True), (False, True, False),
])  # fmt: skip
def test_a_redesign_is_not_postponed_for_single_fields(store: Store, failed: bool, whole: bool, refused: bool) -> None:
    for _ in range(2):
        store.events.add("shop", "product", "not_healed", {"whole": failed})
    assert bool(Budget().refused(store, "shop", "product", whole=whole)) == refused


def drifting(store: Store) -> None:
    """A template whose live version fails on a page."""
    version = store.versions.add("shop", "product", Notes())
    store.versions.promote(version.id)
    store.drifts.record("shop", "product", {"whole": True})
    fail(store, 1)


def fail(store: Store, number: int) -> None:
    from learner.state.records import FAILED, NewExtraction

    live = store.versions.live("shop", "product")
    assert live is not None
    [page] = store.pages.add([new_page(number)])
    store.extractions.add([NewExtraction(page, live.id, {}, outcome=FAILED)])


def test_a_spent_budget_asks_for_a_person_and_leaves_the_drift(store: Store) -> None:
    drifting(store)
    store.events.add("shop", "list", HEALING)
    for _ in range(2):
        report = retrain(store, "shop", budget=Budget(1))
        assert [(entry.action, report.exit_code) for entry in report.templates] == [("postponed", 3)]
    assert [event.kind for event in store.events.newest("shop", "product")].count("postponed") == 1


def test_an_example_is_tried_at_once(store: Store) -> None:
    drifting(store)
    for _ in range(3):
        store.events.add("shop", "product", "not_healed", {"state": {"page": 0, "example": 0}})
    assert retrain(store, "shop").templates[0].action == "postponed"
    [page] = store.pages.add([new_page(2)])
    store.examples.add([NewExample(page, {"title": "page"}, source="person")])
    report = retrain(store, "shop")
    # The version is none that can be loaded: it was tried, and failed.
    assert report.templates[0].action == "error"
