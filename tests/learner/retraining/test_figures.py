"""The figures of a site for reports."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from store_tools import NOON, new_page
from test_change import NEW, OLD, learned

from learner.programs.examples import Known
from learner.retraining.figures import POINTS, Bin, Curve, curve, episodes, figures, points
from learner.state.records import COMPLETE, FAILED, REPAIRED, Event, NewExample, NewExtraction, PageAnswer
from learner.state.store import Store


def answer(number: int, *, version: int = 1, outcome: str = COMPLETE, **confidence: float) -> PageAnswer:
    url = f"http://shop.example/{number}"
    item = {name: f"{name} {number}" for name in confidence}
    return PageAnswer(url, NOON + timedelta(minutes=number), version, item, [], confidence, outcome)


# Points over time


def test_points_hold_coverage_and_confidence() -> None:
    (point,) = points([answer(0, title=0.9, price=0.8)])
    assert (point.pages, point.version, point.outcomes) == (1, 1, {COMPLETE: 1})
    assert point.coverage == {"title": 1.0, "price": 1.0}
    assert point.confidence == {"title": 0.9, "price": 0.8}


def test_pages_of_another_kind_are_no_gap_in_the_coverage() -> None:
    good = [answer(2 * number, title=0.9) for number in range(POINTS)]
    found = points([*good, *(answer(2 * number + 1, outcome="login") for number in range(POINTS))])
    assert {(point.pages, point.read, point.coverage["title"]) for point in found} == {(2, 1, 1.0)}
    (point,) = points([answer(1, outcome="login")])
    assert (point.read, point.coverage) == (0, {})


@pytest.mark.parametrize(("pages", "expected"), [(0, 0), (1, 1), (POINTS, POINTS), (POINTS + 1, 25), (1000, 48)])
def test_there_are_never_many_points(pages: int, expected: int) -> None:
    found = points([answer(number, title=1.0) for number in range(pages)])
    assert len(found) == expected
    assert sum(point.pages for point in found) == pages


def test_another_version_begins_another_point() -> None:
    answers = [answer(number, version=1 + (number >= 130), title=1.0) for number in range(200)]
    found = points(answers[::-1])
    assert [point.since for point in found] == sorted(point.since for point in found)
    assert {point.version for point in found} == {1, 2}
    assert sum(point.pages for point in found if point.version == 1) == 130


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (lambda n: 1 + n % 2, [2] * 40),  # two designs at once: points hold pages of both
        (lambda n: 1 + (n >= 100), [1] * 20 + [2] * 20),
        (lambda n: 1 + (60 <= n < 140), [1] * 12 + [2] * 16 + [1] * 12),  # rolled back
        (lambda n: 1 + (n >= 100 and n % 4 == 0), [1] * 20 + [2] * 20),  # a rollout
    ],
)
def test_versions_that_are_live_at_once_share_points(version: Callable[[int], int], expected: list[int]) -> None:
    found = points([answer(number, version=version(number), title=1.0) for number in range(200)])
    assert [point.version for point in found] == expected


# Drift


def event(number: int, kind: str, **detail: Any) -> Event:
    return Event(number, "shop", "product", kind, detail, NOON + timedelta(hours=number))


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ([], []),
        ([event(1, "promoted", version=1)], []),
        ([event(1, "drift", whole=True, fields=["a"])], [(1, 1, None, None, "")]),
        (
            [event(1, "drift", fields=["a"]), event(3, "promoted", version=2, reason="healed")],
            [(1, 1, 3, 2, "healed")],
        ),
        ([event(1, "drift"), event(2, "rolled_back", version=1)], [(1, 1, 2, 1, "rolled back")]),
        (
            [
                event(1, "drift"),
                event(2, "not_healed", reason="no"),
                event(3, "promoted", version=2),
                event(4, "drift", since=(NOON + timedelta(hours=3)).isoformat()),
            ],
            [(4, 3, None, None, ""), (1, 1, 3, 2, "promoted")],
        ),
        ([event(1, "drift", since="yesterday")], [(1, 1, None, None, "")]),
    ],
    ids=["nothing", "no drift", "pending", "healed", "rolled back", "two, newest first", "a time that is none"],
)
def test_drift_and_what_ended_it(happened: list[Event], expected: list[tuple[Any, ...]]) -> None:
    def hour(moment: Any) -> float | None:
        return None if moment is None else (moment - NOON).total_seconds() / 3600

    found = episodes(happened[::-1])
    assert [(hour(e.raised_at), hour(e.since), hour(e.ended_at), e.ended_by, e.ended_how) for e in found] == expected


# Reliability

TOLD = {
    f"http://shop.example/{number}": Known(f"http://shop.example/{number}", {"title": f"title {number}"})
    for number in range(9)
}


@pytest.mark.parametrize(
    ("answers", "learned_from", "expected"),
    [
        ([], (), ()),
        ([answer(1, title=0.96), answer(2, title=0.96)], (), (Bin(0.95, 0.98, 2, 2, 0.96),)),
        ([answer(1, title=0.96), answer(2, title=0.96)], ("http://shop.example/1",), (Bin(0.95, 0.98, 1, 1, 0.96),)),
        ([answer(99, title=0.96)], (), ()),
        ([answer(1, price=0.96)], (), ()),
        ([answer(1, outcome=REPAIRED, title=0.72)], (), (Bin(0.7, 0.75, 1, 1, 0.72),)),
        ([answer(1, title=0.5), answer(2, title=1.0)], (), (Bin(0.7, 0.75, 1, 1, 0.5), Bin(0.98, 1.0, 1, 1, 1.0))),
        (
            [PageAnswer("http://shop.example/1", NOON, 1, {"title": "other"}, [], {"title": 0.8}, COMPLETE)],
            (),
            (Bin(0.8, 0.85, 1, 0, 0.8),),
        ),
    ],
    ids=["nothing", "right", "learned from", "not told", "another field", "repaired", "at the ends", "wrong"],
)
def test_confidence_against_being_right(
    answers: list[PageAnswer], learned_from: tuple[str, ...], expected: tuple[Bin, ...]
) -> None:
    assert curve(answers, TOLD, frozenset(learned_from)) == Curve(expected)


# The whole


def healed(store: Store) -> None:
    """A template that was told, learned, redesigned and healed."""
    bodies = [OLD.format("Emma", "Jane Austen", "9780100"), NEW.format("Emma", "Jane Austen", "")]
    told, before, after = store.pages.add(
        [
            new_page(1, body=bodies[0].encode()),
            new_page(1, body=bodies[1].encode()),
            new_page(1, body=bodies[1].encode()),
        ]
    )
    store.examples.add([NewExample(told, {"title": "Emma", "author": "Jane Austen"})])
    validation = {"pages": 2, "vouched": 0.9, "agreement": 1.0, "compared": 6}
    first = store.versions.add(
        "shop", "product", learned(OLD, isbn=True), metrics={"examples": 3, "validation": validation}
    )
    store.versions.promote(first.id)
    store.extractions.add([NewExtraction(before, first.id, {}, outcome=FAILED)])
    store.drifts.record("shop", "product", {"whole": True, "fields": ["title"]}, version_ids=[first.id])
    metrics = {"heal": {"pages": 3}, "labels": 3, "validation": {"before": {"vouched": 0.1}, "after": validation}}
    second = store.versions.add("shop", "product", learned(NEW, isbn=False), first.id, metrics)
    store.versions.promote(second.id, {"reason": "healed"})
    sure = {"title": 0.96, "author": 0.9}
    store.extractions.add([NewExtraction(after, second.id, {"title": "Emma", "author": "Jane Austen"}, (), sure)])


def test_all_of_a_site(store: Store) -> None:
    healed(store)
    found = figures(store, "shop")
    (template,) = found.templates
    assert (template.name, template.live) == ("product", 2)
    assert [field.name for field in template.fields] == ["author", "title"]
    assert [(point.version, point.outcomes) for point in template.points] == [(1, {FAILED: 1}), (2, {COMPLETE: 1})]
    assert [(scores.number, scores.parent, scores.origin) for scores in template.versions] == [
        (1, None, "learned"),
        (2, 1, "healed"),
    ]
    assert (template.versions[1].vouched_before, template.versions[1].right) == (0.1, 1.0)
    assert [episode.ended_by for episode in template.episodes] == [2]
    assert template.curve.values == 2
    assert template.heal is not None
    assert (template.heal.parent, template.heal.version) == (1, 2)
    assert "class LearnedPage" in template.code


def test_a_version_that_is_damaged_is_left_out(store: Store) -> None:
    healed(store)
    shutil.rmtree(store.versions.all("shop", "product")[0].folder)
    (template,) = figures(store, "shop").templates
    assert template.heal is None
    assert len(template.versions) == 2


def test_a_site_of_which_nothing_is_learned(store: Store) -> None:
    store.pages.add([new_page()])
    (template,) = figures(store, "shop").templates
    assert (template.live, template.points, template.code) == (None, (), "")
    assert figures(store, "nowhere").templates == ()
