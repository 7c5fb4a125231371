"""Figures as shapes for inline SVG: where each column, curve, mark and point stands.

Horizontal places are percentages of the width, so that a chart fits a phone and a desk without distorting its text;
vertical places are pixels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from learner.retraining.figures import Bin, Point

COLUMNS: Final = 96  # pixels
SPARK: Final = 26
OUTCOMES: Final = ("complete", "partial", "failed", "other")
Z: Final = 1.96
SQUARE: Final = (44, 12, 300, 240)
"""Of the reliability curve: left, top, width, height of its area, in units of its drawing."""


@dataclass(frozen=True, slots=True)
class Column:
    """Pages of one point: ``parts`` are (outcome, y, height), ``title`` what they are in words."""

    x: float
    width: float
    parts: tuple[tuple[str, float, float], ...]
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line at ``x`` for something that happened: ``kind`` drift or version."""

    x: float
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of the reliability curve with its 95% interval (vertical) and its radius."""

    x: float
    y: float
    radius: float
    low: float
    high: float
    title: str


@dataclass(frozen=True, slots=True)
class Reliability:
    """The dots, the diagonal of perfect confidence, and ticks as (place, text)."""

    dots: tuple[Dot, ...]
    diagonal: tuple[float, float, float, float]
    across: tuple[tuple[float, str], ...]
    up: tuple[tuple[float, str], ...]


def columns(points: Sequence[Point]) -> tuple[Column, ...]:
    """A stacked column per point."""
    width = 100 / len(points) if points else 0.0
    made = []
    for number, point in enumerate(points):
        counts = _by_kind(point.outcomes)
        parts, below = [], float(COLUMNS)
        for name in OUTCOMES:
            height = COLUMNS * counts[name] / point.pages
            below -= height
            if height:
                parts.append((name, round(below, 2), round(height, 2)))
        said = ", ".join(f"{count} {name}" for name, count in point.outcomes.items())
        title = f"{point.since:%Y-%m-%d %H:%M}, version {point.version}: {said}"
        made.append(Column(round(number * width, 3), round(width * 0.88, 3), tuple(parts), title))
    return tuple(made)


def marks(points: Sequence[Point], drift: Sequence[datetime]) -> tuple[Mark, ...]:
    """Where drift began and where another version took over."""
    found = []
    for moment in sorted(drift):
        at = next((number for number, point in enumerate(points) if point.until >= moment), None)
        if at is not None:
            found.append(Mark(_edge(at, points), "drift", "drift"))
    for number in range(1, len(points)):
        if points[number].version != points[number - 1].version:
            found.append(Mark(_edge(number, points), "version", f"v{points[number].version}"))
    return tuple(found)


def spark(values: Sequence[float | None], low: float = 0.0) -> tuple[str, str]:
    """A curve in steps as SVG paths, the line and the area below it, in a box of ``len(values)`` by ``SPARK``.

    ``low`` is the value at the bottom, 1 is at the top; None leaves a gap.
    """
    line, area = [], []
    open_ = False
    for number, value in enumerate(values):
        if value is None:
            open_ = False
            continue
        y = round(1 + (SPARK - 2) * (1 - max(0.0, (value - low) / (1 - low))), 2)
        line.append(f"{'L' if open_ else 'M'}{number} {y}H{number + 1}")
        area.append(f"M{number} {SPARK}V{y}H{number + 1}V{SPARK}Z")
        open_ = True
    return "".join(line), "".join(area)


def reliability(bins: Sequence[Bin]) -> Reliability:
    """Share of right values (up) by confidence (across)."""
    left, top, width, height = SQUARE
    floor = min([0.5, *(math.floor(10 * wilson(one.right, one.values)[0]) / 10 for one in bins)])
    start = 0.7

    def x(confidence: float) -> float:
        return round(left + width * (confidence - start) / (1 - start), 1)

    def y(share: float) -> float:
        return round(top + height * (1 - (share - floor) / (1 - floor)), 1)

    most = max((one.values for one in bins), default=1)
    dots = []
    for one in bins:
        low, high = wilson(one.right, one.values)
        radius = round(3.5 + 5 * math.sqrt(one.values / most), 1)
        title = f"{one.values} values with a confidence of {one.confidence:.2f}: {one.right} right"
        dots.append(Dot(x(one.confidence), y(one.right / one.values), radius, y(low), y(high), title))
    across = tuple((x(tick), f"{tick:.2f}") for tick in (0.7, 0.8, 0.9, 1.0))
    step = 0.1 if floor >= 0.5 else 0.25
    ticks = [floor + number * step for number in range(int((1 - floor) / step + 1e-9) + 1)]
    return Reliability(
        tuple(dots), (x(start), y(start), x(1), y(1)), across, tuple((y(tick), f"{tick:.0%}") for tick in ticks)
    )


def wilson(right: int, values: int) -> tuple[float, float]:
    """The 95% interval of a share."""
    share, z = right / values, Z
    middle = (share + z * z / (2 * values)) / (1 + z * z / values)
    half = z * math.sqrt(share * (1 - share) / values + z * z / (4 * values * values)) / (1 + z * z / values)
    return max(0.0, middle - half), min(1.0, middle + half)


def _by_kind(outcomes: Mapping[str, int]) -> dict[str, int]:
    counts = {name: outcomes.get(name, 0) for name in OUTCOMES}
    counts["other"] = sum(count for name, count in outcomes.items() if name not in OUTCOMES)
    return counts


def _edge(number: int, points: Sequence[Point]) -> float:
    return round(100 * number / len(points), 3)
