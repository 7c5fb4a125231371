"""Accuracy against speed: networks of several widths, measured side by side on the same pages.

That half of the channels give about twice the speed for slightly less accuracy is the claim of "Software 2.0"
(Karpathy, 2017) about nets as programs; here it is measured.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from learner.errors import StateError
from learner.network.inference import Inference, page_arrays
from learner.network.scorer import load_scorer, one_thread
from learner.training.episodes import Library
from learner.training.evaluation import evaluate, exemplars_of, fields_of, tasks
from learner.training.recorded import PreparedPage

_TIMED: Final = 60
"""Pages on which the speed is measured."""
_ROUNDS: Final = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one network: right places with one example page (0..1, mean of the sets), and the time of a page."""

    width: float
    parameters: int
    same: float
    redesign: float
    milliseconds: float  # median of the pages; candidates and features, which are the same for all, not counted


def measure(folders: Sequence[Path], pages: Sequence[PreparedPage]) -> list[Measured]:
    """The networks with weights in ``folders``, narrowest first, on pages that none of them saw.

    Speed is measured page by page in turns. Raises StateError when there are no pages to measure on.
    """
    if not pages:
        raise StateError("no page to measure on; none of the corpus' sites is held out", hint="add a --corpus")
    inferences = sorted((load_scorer(folder).inference for folder in folders), key=lambda one: one.settings.width)
    library = Library(pages)
    with one_thread():
        times = _times(inferences, library)
    return [
        Measured(
            inference.settings.width,
            inference.parameters,
            _mean_of_sets(inference, library, "same"),
            _mean_of_sets(inference, library, "redesign"),
            1000 * seconds,
        )
        for inference, seconds in zip(inferences, times, strict=True)
    ]


def _mean_of_sets(inference: Inference, library: Library, task: str) -> float:
    return statistics.fmean(figure.macro for figure in evaluate(inference, library, task))


def _times(inferences: Sequence[Inference], library: Library) -> list[float]:
    """Seconds of a page, for each the median of the pages, of each page the best of some rounds."""
    best: list[list[float]] = [[] for _ in inferences]
    for support, query in islice(_pairs(library), _TIMED):
        shown = [exemplars_of(inference, support, fields_of(support)) for inference in inferences]
        asked = page_arrays(query.features)
        shortest = [float("inf")] * len(inferences)
        for _ in range(_ROUNDS):
            for number, inference in enumerate(inferences):
                began = time.perf_counter()
                inference.logits(shown[number], asked)
                shortest[number] = min(shortest[number], time.perf_counter() - began)
        for times, seconds in zip(best, shortest, strict=True):
            times.append(seconds)
    return [statistics.median(times) for times in best]


def _pairs(library: Library) -> Iterator[tuple[list[PreparedPage], PreparedPage]]:
    """Example page, one alone, and page to read, one pair of each design."""
    for set_name, site in sorted(library.versions):
        for support, queries in tasks(library, set_name, site, "same", 1, 1):
            if fields_of(support):
                yield support, queries[0]


def table(measured: Sequence[Measured]) -> str:
    """The figures as lines for a person; speed as a ratio to the widest."""
    lines = [f"{'width':>6} {'parameters':>11} {'same':>6} {'redesign':>9} {'ms':>6} {'speed':>6}"]
    for one in measured:
        lines.append(
            f"{one.width:6g} {one.parameters:11,} {one.same:6.3f} {one.redesign:9.3f} {one.milliseconds:6.1f}"
            f" {measured[-1].milliseconds / one.milliseconds:6.2f}"
        )
    return "\n".join(lines)


def plot(measured: Sequence[Measured], path: Path) -> bool:
    """Draw accuracy over time of a page; False when matplotlib isn't installed."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        return False
    drawing = Figure(figsize=(7, 4.2), layout="constrained")
    FigureCanvasAgg(drawing)
    axes = drawing.add_subplot()
    times = [one.milliseconds for one in measured]
    for task, marker in (("same", "o"), ("redesign", "s")):
        values = [float(getattr(one, task)) for one in measured]
        axes.plot(times, values, marker=marker, label={"same": "same design", "redesign": "redesigned"}[task])
    for one in measured:
        axes.annotate(f"width {one.width:g}", (one.milliseconds, one.same), xytext=(4, 6), textcoords="offset points")
    axes.set_xlabel("network's time of a page, milliseconds (median)")
    axes.set_ylabel("right places, held-out sites")
    axes.margins(0.12)
    axes.grid(alpha=0.3)
    axes.legend()
    drawing.savefig(path, dpi=110)
    return True
