from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from learner import Example, learn
from learner.drift.drift import ALARMS, REMOVED, DriftDetector
from learner.programs.examples import shares_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALWAYS = dict.fromkeys(("title", "price", "sku", "author", "text", "image"), 1.0)


@dataclass(frozen=True, slots=True)
class Answer:
    item: Mapping[str, Any] = field(default_factory=dict)
    items: Sequence[Mapping[str, Any]] = ()
    reason: str = ""


def page(names: Iterable[str]) -> Answer:
    return Answer(dict.fromkeys(names, 1))


def after_healthy(presence: Mapping[str, float], examples: int, pages: int) -> DriftDetector:
    """A detector that has seen so many pages, on which each field is missing as regularly as its presence says."""
    detector = DriftDetector(presence, examples=examples)
    for n in range(pages):
        here = [name for name, share in presence.items() if (n * 7 % 10) < 10 * share]
        assert detector.observe(page(here)) is None
    return detector


def pages_until_raised(detector: DriftDetector, names: Iterable[str], limit: int = 200) -> int:
    names = list(names)
    return next((n for n in range(1, limit + 1) if detector.observe(page(names))), 0)


# How fast


@pytest.mark.parametrize("examples", [1, 3, 20])
@pytest.mark.parametrize(("healthy", "pages"), [(0, 4), (10, 4), (100, 3), (1_000, 3)])
def test_a_redesign_that_breaks_everything_is_raised_within_five_pages(examples: int, healthy: int, pages: int) -> None:
    detector = after_healthy(ALWAYS, examples, healthy)
    assert pages_until_raised(detector, []) == pages
    assert detector.raised is not None
    assert detector.raised.whole
    assert detector.raised.fields == tuple(sorted(ALWAYS))
    assert detector.raised.pages == pages


@pytest.mark.parametrize(("fields", "pages"), [(1, 4), (2, 4), (20, 4), (60, 4)])
def test_whatever_the_number_of_fields(fields: int, pages: int) -> None:
    assert pages_until_raised(DriftDetector({f"f{n}": 1.0 for n in range(fields)}), []) == pages


@pytest.mark.parametrize(
    ("presence", "examples", "healthy", "pages"),
    [
        (1.0, 1, 0, 28),
        (1.0, 3, 0, 19),
        (1.0, 20, 0, 7),
        (1.0, 50, 0, 5),
        (1.0, 3, 50, 6),
        (1.0, 3, 100, 4),
        (1.0, 3, 400, 3),
        (0.6, 20, 100, 20),
        (0.6, 20, 400, 18),
    ],
)
def test_one_field_takes_the_longer_the_less_is_known_of_it(
    presence: float, examples: int, healthy: int, pages: int
) -> None:
    fields = {**ALWAYS, "price": presence}
    detector = after_healthy(fields, examples, healthy)
    assert pages_until_raised(detector, ALWAYS.keys() - {"price"}) == pages
    assert detector.raised is not None
    assert (detector.raised.whole, detector.raised.fields) == (False, ("price",))


def test_a_second_field_is_added_to_the_first() -> None:
    detector = after_healthy(ALWAYS, 20, 100)
    assert pages_until_raised(detector, ALWAYS.keys() - {"price"})
    assert pages_until_raised(detector, ALWAYS.keys() - {"price", "sku"})
    assert detector.raised is not None
    assert detector.raised.fields == ("price", "sku")


@pytest.mark.parametrize("presence", [{"a": 1.0}, {"a": 0.0}, ALWAYS, {}, {"a": 0.3, "b": 0.5}])
@pytest.mark.parametrize("healthy", [0, 1_000])
def test_never_on_one_page(presence: dict[str, float], healthy: int) -> None:
    detector = after_healthy(presence, 20, healthy)
    assert detector.observe(page([])) is None


def test_since_is_when_the_first_drifted_page_was_fetched() -> None:
    detector = DriftDetector(ALWAYS, examples=20)
    drift = None
    for n in range(200):
        names = ALWAYS if n < 60 and n != 30 else []
        drift = drift or detector.observe(page(names), fetched_at=NOON + timedelta(minutes=n))
    assert drift is not None
    assert drift.since == NOON + timedelta(minutes=60)
    assert drift.to_dict()["since"] == "2026-03-01T13:00:00+00:00"
    assert "the whole page" in str(drift)


def test_half_of_a_rollout_is_raised() -> None:
    generator = np.random.default_rng(5)
    taken = []
    for _ in range(50):
        detector = after_healthy(ALWAYS, 20, 100)
        taken.append(
            next(n for n in range(1, 500) if detector.observe(page(ALWAYS if generator.random() < 0.5 else [])))
        )
    assert np.median(taken) <= 15
    assert max(taken) <= 60


# What is not drift


@pytest.mark.parametrize("reason", ["empty", "not_html", "login", "captcha", "soft_404"])
@pytest.mark.parametrize("told", [True, False])
def test_pages_set_aside_are_counted_and_prove_nothing(reason: str, told: bool) -> None:
    detector = DriftDetector(ALWAYS)
    for _ in range(100):
        seen = detector.observe(Answer(), reason=reason) if told else detector.observe(Answer(reason=reason))
        assert seen is None
    assert detector.set_aside == {reason: 100}
    assert detector.pages == 0


def test_an_optional_field_that_is_absent_is_not_drift() -> None:
    after_healthy({**ALWAYS, "old_price": 0.4, "note": 0.1}, 20, 2_000)


# Lists


@pytest.mark.parametrize(
    ("records", "raised"),
    [
        ([{"title": 1, "judge": 1}, {"title": 1}], False),
        ([{"title": 1}, {"title": 1}], True),
        ([{"judge": 1}] * 5, True),
        ([], True),
    ],
)
def test_fields_of_records(records: list[dict[str, int]], raised: bool) -> None:
    detector = DriftDetector({"title": 1.0, "judge": 0.7}, examples=20, is_list=True)
    seen = [detector.observe(Answer(items=records)) for _ in range(60)]
    assert any(seen) == raised


@pytest.mark.parametrize(("having", "raised"), [(1, False), (0, True)])
def test_a_field_of_few_records_that_every_page_has(having: int, raised: bool) -> None:
    records = [{"title": 1}] * (5 - having) + [{"title": 1, "badge": 1}] * having
    examples = [Example(f"http://a.example/{n}", "", items=[*records, {"title": 1, "badge": 1}]) for n in range(6)]
    fields = {"title": 1.0, "badge": 1.0}
    detector = DriftDetector(fields, examples=6, is_list=True, shares=shares_of(examples))
    detector = DriftDetector.from_dict(json.loads(json.dumps(detector.to_dict())))
    assert any(detector.observe(Answer(items=records)) for _ in range(60)) == raised


# State


@pytest.mark.parametrize(
    ("given", "pages"),
    [(0, 2), (1, 3), (3, 3), (10, 3), (20, 4)],
)
def test_a_field_that_pages_should_still_have_is_lost_on_few_pages(given: int, pages: int) -> None:
    """``given``: pages that give the field before each that has lost it."""
    detector = DriftDetector({"products": 1.0, "next": 0.7}, examples=6)
    raised = []
    for _ in range(pages):
        for _ in range(given):
            assert detector.observe(page(["products", "next"])) is None
        assert detector.observe(page(["products"])) is None
        drift = detector.lose("next", fetched_at=NOON)
        raised.append(drift is not None)
    assert raised == [False] * (pages - 1) + [True]
    assert drift is not None
    assert (drift.fields, drift.whole, drift.since) == (("next",), False, NOON)


def test_what_was_lost_before_counts_in_the_next_crawl() -> None:
    detector = DriftDetector({"products": 1.0, "next": 0.7}, examples=6)
    assert detector.lose("next") is None
    again = DriftDetector.from_dict(json.loads(json.dumps(detector.to_dict())))
    assert again.lose("next") is not None


def test_a_field_that_is_lost_now_and_then_is_not_drift() -> None:
    detector = DriftDetector({"products": 1.0, "next": 0.7}, examples=6)
    for number in range(2_000):
        assert detector.observe(page(["products", "next"])) is None
        if number % 200 == 199:
            assert detector.lose("next") is None


def test_what_all_pages_have_is_never_lost() -> None:
    detector = DriftDetector({"products": 1.0, "next": 0.7}, examples=6)
    assert [detector.lose("products") for _ in range(9)] == [None] * 9


@pytest.mark.parametrize(
    ("names", "whole", "fields"), [((), True, ("next", "products")), (("next",), False, ("next",))]
)
def test_a_crawl_as_a_whole_raises_drift(names: tuple[str, ...], whole: bool, fields: tuple[str, ...]) -> None:
    detector = DriftDetector({"products": 1.0, "next": 0.7}, examples=6)
    assert detector.observe(page([])) is None
    drift = detector.conclude(*names)
    assert drift is not None
    assert (drift.whole, drift.fields) == (whole, fields)
    assert detector.conclude(*names) is None, "it is known"


def test_the_state_continues_through_json() -> None:
    generator = np.random.default_rng(7)
    one = DriftDetector({**ALWAYS, "note": 0.5}, examples=7)
    other = DriftDetector({**ALWAYS, "note": 0.5}, examples=7)
    for n in range(400):
        names = [name for name in one.fields if generator.random() < (0.95 if n < 300 else 0.2)]
        seen = page(names) if n % 20 else Answer(reason="login")
        drift = one.observe(seen, fetched_at=NOON)
        other = DriftDetector.from_dict(json.loads(json.dumps(other.to_dict())))
        assert other.observe(seen, fetched_at=NOON) == drift
        assert other.to_dict() == one.to_dict()
    assert one.raised is not None


@pytest.mark.parametrize(
    "state", [{}, {"format": 99}, {"format": 1}, {"format": 1, "fields": {"a": 1.0}, "examples": "x"}]
)
def test_a_state_that_is_none(state: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"drift"):
        DriftDetector.from_dict(state)


def test_watching_an_extractor() -> None:
    html = "<html><body><h1>Blue chair</h1><p class='price'>12.50</p></body></html>"
    extractor = learn([Example("http://shop.example/1", html, {"title": "Blue chair", "price": "12.50"})])
    detector = DriftDetector.watching(extractor)
    assert detector.fields == {"title": 1.0, "price": 1.0}
    assert all(detector.observe(extractor.read(html, "http://shop.example/1")) is None for _ in range(50))
    assert pages_until_raised(detector, []) == 3


# Rates, measured


def false_alarms(
    true: Mapping[str, float], examples: int, abstains: float, trouble: float, runs: int
) -> tuple[int, int]:
    """Alarms and pages: each run draws its examples, then healthy pages, until an alarm or 1,500 pages.

    ``abstains``: share of the values there are that are not vouched for; ``trouble``: share of pages that fail
    altogether.
    """
    generator = np.random.default_rng(11)
    names = np.array(list(true))
    share = np.array(list(true.values()))
    alarms = pages = 0
    for _ in range(runs):
        presence = (generator.random((examples, len(share))) < share).mean(axis=0)
        detector = DriftDetector({n: float(p) for n, p in zip(names, presence, strict=True) if p}, examples=examples)
        has = generator.random((1_500, len(share))) < share * (1 - abstains)
        has[generator.random(1_500) < trouble] = False
        for row in has:
            pages += 1
            if detector.observe(page(names[row])):
                alarms += 1
                break
    return alarms, pages


MIXED = {"a": 1.0, "b": 1.0, "c": 0.6, "d": 0.9, "e": 0.97, "f": 0.4}


@pytest.mark.parametrize(
    ("true", "examples", "abstains", "trouble"),
    [
        (ALWAYS, 20, 0.01, 0.005),
        (ALWAYS, 3, 0.03, 0.01),
        (MIXED, 1, 0.01, 0.005),
        (MIXED, 3, 0.01, 0.005),
        (MIXED, 20, 0.02, 0.02),
        ({f"f{n}": 0.5 + n / 30 for n in range(15)}, 10, 0.01, 0.005),
    ],
)
def test_false_alarms_stay_below_one_in_ten_thousand_pages(
    true: dict[str, float], examples: int, abstains: float, trouble: float
) -> None:
    alarms, pages = false_alarms(true, examples, abstains, trouble, runs=30)
    expected = ALARMS * pages
    # Three standard deviations above what the stated rate would give.
    assert alarms <= expected + 3 * math.sqrt(expected)


def test_the_bound_holds_for_an_independent_implementation() -> None:
    """CUSUMs of 6 fields and the page, run side by side in numpy at exactly the rate they are made for."""
    generator = np.random.default_rng(3)
    runs, pages, usual = 400, 2_000, 0.1
    removed = np.array(REMOVED)[:, None, None]
    drifted = usual + removed * (1 - usual)
    failed, fine = np.log(drifted / usual), np.log((1 - drifted) / (1 - usual))
    sums = np.zeros((3, 7, runs))
    threshold = np.full((1, 7, 1), math.log(8 * 6 / ALARMS))
    threshold[0, 0] = math.log(6.9 / ALARMS)
    alarms = 0
    for _ in range(pages):
        sums = np.maximum(0, sums + np.where(generator.random((7, runs)) < usual, failed, fine))
        raised = (sums >= threshold).any(axis=(0, 1))
        alarms += int(raised.sum())
        sums[:, :, raised] = 0
    assert alarms <= ALARMS * runs * pages


@pytest.mark.parametrize("examples", [1, 20])
@pytest.mark.parametrize("healthy", [5, 60])
@pytest.mark.parametrize("left", [0.0, 0.1])
def test_redesigns_are_raised_within_five_pages_in_99_of_100_cases(examples: int, healthy: int, left: float) -> None:
    """``left``: share of the values that are vouched for on the new design all the same."""
    generator = np.random.default_rng(13)
    names = np.array(list(ALWAYS))
    in_time = 0
    for _ in range(200):
        detector = after_healthy(ALWAYS, examples, healthy)
        drifted = generator.random((5, len(names))) < left
        in_time += any(detector.observe(page(names[row])) for row in drifted)
    assert in_time >= 0.99 * 200
