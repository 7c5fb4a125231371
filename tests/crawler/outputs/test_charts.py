"""Figures as shapes: what stands where."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from crawler.outputs.charts import COLUMNS, SPARK, SQUARE, columns, marks, reliability, spark, wilson
from learner.retraining.figures import Bin, Point

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def point(hour: int, version: int = 1, **outcomes: int) -> Point:
    since = NOON + timedelta(hours=hour)
    return Point(since, since + timedelta(minutes=30), version, sum(outcomes.values()), 1, outcomes, {}, {})


@pytest.mark.parametrize(
    ("outcomes", "parts"),
    [
        ({"complete": 4}, [("complete", 0, COLUMNS)]),
        ({"complete": 1, "failed": 3}, [("complete", 0.75 * COLUMNS, COLUMNS / 4), ("failed", 0, 0.75 * COLUMNS)]),
        ({"empty": 1, "too_large": 1}, [("other", 0, COLUMNS)]),
    ],
)
def test_a_column_is_all_its_pages(outcomes: dict[str, int], parts: list[tuple[str, float, float]]) -> None:
    (column,) = columns([point(0, **outcomes)])
    assert list(column.parts) == parts
    assert all(f"{count} {name}" in column.title for name, count in outcomes.items())


@pytest.mark.parametrize("number", [0, 1, 7, 60])
def test_columns_fill_the_width(number: int) -> None:
    found = columns([point(hour, complete=1) for hour in range(number)])
    assert len(found) == number
    assert all(left.x + left.width < right.x for left, right in pairwise(found))
    assert not found or found[-1].x + found[-1].width < 100


def test_marks_stand_where_it_happened() -> None:
    points = [point(hour, 1 + (hour > 1), complete=1) for hour in range(4)]
    found = marks(points, [NOON + timedelta(minutes=50), NOON + timedelta(days=9)])
    assert [(mark.x, mark.kind, mark.label) for mark in found] == [(25, "drift", "drift"), (50, "version", "v2")]


@pytest.mark.parametrize(
    ("values", "low", "line"),
    [
        ([], 0.0, ""),
        ([1.0], 0.0, "M0 1.0H1"),
        ([0.0], 0.0, f"M0 {SPARK - 1.0}H1"),
        ([1.0, None, 0.5], 0.0, f"M0 1.0H1M2 {SPARK / 2}H3"),
        ([1.0, 0.5], 0.0, f"M0 1.0H1L1 {SPARK / 2}H2"),
        ([0.75], 0.5, f"M0 {SPARK / 2}H1"),
        ([0.2], 0.5, f"M0 {SPARK - 1.0}H1"),
    ],
    ids=["none", "top", "bottom", "a gap", "a step", "from the half", "below the bottom"],
)
def test_a_curve_goes_in_steps(values: list[float | None], low: float, line: str) -> None:
    assert spark(values, low)[0] == line
    assert spark(values, low)[1].count("Z") == sum(value is not None for value in values)


@pytest.mark.parametrize(
    ("right", "values", "low", "high"),
    # Agresti and Coull (1998), and the limits 0 and 1.
    [(10, 10, 0.7225, 1.0), (0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (950, 1000, 0.9346, 0.9619)],
)
def test_the_interval_is_wilsons(right: int, values: int, low: float, high: float) -> None:
    assert wilson(right, values) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    "bins", [[], [Bin(0.95, 0.98, 10, 10, 0.96)], [Bin(0.7, 0.75, 9, 0, 0.7), Bin(0.98, 1.0, 900, 900, 1.0)]]
)
def test_the_reliability_curve_stays_in_its_square(bins: list[Bin]) -> None:
    left, top, width, height = SQUARE
    drawn = reliability(bins)
    assert len(drawn.dots) == len(bins)
    for dot in drawn.dots:
        assert left <= dot.x <= left + width
        assert top <= dot.high <= dot.y + 0.1
        assert dot.y - 0.1 <= dot.low <= top + height
    assert [place for place, _ in drawn.up] == sorted((place for place, _ in drawn.up), reverse=True)
    assert drawn.up[-1] == (top, "100%")
