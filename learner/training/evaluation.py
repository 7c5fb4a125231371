"""What the base network can do on sites that it never saw: right places with one to a few example pages."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from learner.network.inference import Exemplars, Inference, page_arrays
from learner.network.scorer import column, one_thread, probabilities
from learner.training.episodes import Library, gold_rows
from learner.training.recorded import PreparedPage


@dataclass(frozen=True, slots=True)
class Figure:
    """Of one set: share of one-valued fields whose first choice is right, mean F1 of many-valued ones."""

    set: str
    task: str
    one: float
    ones: int
    many: float
    manies: int
    macro: float  # mean of one and many by number of fields
    absent: float  # share of absent one-valued fields that are said to be absent
    trusted: float  # share of one-valued answers given with probability above 0.9
    right: float  # of these, the share that is right
    milliseconds: float  # per page, without candidates and features


def evaluate(inference: Inference, library: Library, task: str, shots: int = 1, limit: int = 5) -> list[Figure]:
    """Figures per set. ``task``: same (other pages of the design), redesign (the next version), simulated."""
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    with one_thread():
        for set_name, site in sorted(library.versions):
            for support, queries in tasks(library, set_name, site, task, shots, limit):
                tallies[set_name].add(inference, support, queries)
    return [tally.figure(name, task) for name, tally in sorted(tallies.items())]


def tasks(
    library: Library, set_name: str, site: str, task: str, shots: int, limit: int
) -> Iterable[tuple[list[PreparedPage], list[PreparedPage]]]:
    """The site's (example pages, at most ``limit`` pages to read); ``task`` as for evaluate."""
    versions = library.versions[set_name, site]
    designs = [library.designs[set_name, site, version] for version in versions]
    if task == "same":
        for design in designs:
            if len(design[0]) > shots:
                yield design[0][:shots], design[0][shots : shots + limit]
    elif task == "simulated":
        for design in designs:
            names = {page.name for page in design[0][:shots]}
            queries = [page for page in design.get(1, []) if page.name not in names][:limit]
            if design[0] and queries:
                yield design[0][:shots], queries
    else:
        for old, new in pairwise(designs):
            if old[0] and new[0]:
                yield old[0][: max(shots, 1)], new[0][:limit]


def fields_of(support: Sequence[PreparedPage]) -> list[str]:
    """The fields that the example pages show, by name."""
    return sorted({field for page in support for field in page.gold if gold_rows(page, field)})


def exemplars_of(inference: Inference, support: Sequence[PreparedPage], fields: Sequence[str]) -> Exemplars:
    """What the example pages show the network of these fields."""
    many = [any(field in page.many for page in support) for field in fields]
    taught = [(page_arrays(page.features), {field: gold_rows(page, field) for field in fields}) for page in support]
    return inference.exemplars(taught, fields, many, [False] * len(fields))


class _Tally:
    def __init__(self) -> None:
        self.one: list[float] = []
        self.many: list[float] = []
        self.absent: list[float] = []
        self.sure: list[bool] = []
        self.sure_right: list[float] = []
        self.seconds = 0.0
        self.pages = 0

    def add(self, inference: Inference, support: list[PreparedPage], queries: list[PreparedPage]) -> None:
        fields = fields_of(support)
        if not fields:
            return
        shown = exemplars_of(inference, support, fields)
        for query in queries:
            asked = page_arrays(query.features)
            began = time.perf_counter()
            logits, none = inference.logits(shown, asked)
            self.seconds += time.perf_counter() - began
            self.pages += 1
            for row, field in enumerate(fields):
                self._field(query, field, logits[row].astype(np.float64), float(none[row]), bool(shown.many[row]))

    def _field(self, query: PreparedPage, field: str, logits: NDArray[np.float64], none: float, many: bool) -> None:
        rows = gold_rows(query, field)
        values, _, absent = probabilities(logits, none, query.features.texts, many)
        if many:
            if rows:
                self.many.append(_f1(query, field, values))
            return
        best = int(values.argmax())
        if not query.gold.get(field):
            self.absent.append(float(absent > values[best]))
            return
        right = float(best in rows)
        self.one.append(right)
        self.sure.append(bool(values[best] > 0.9))
        if values[best] > 0.9:
            self.sure_right.append(right)

    def figure(self, name: str, task: str) -> Figure:
        return Figure(
            name,
            task,
            _mean(self.one),
            len(self.one),
            _mean(self.many),
            len(self.many),
            _mean(self.one + self.many),
            _mean(self.absent),
            _mean([float(sure) for sure in self.sure]),
            _mean(self.sure_right),
            1000 * self.seconds / max(self.pages, 1),
        )


def _f1(query: PreparedPage, field: str, values: NDArray[np.float64]) -> float:
    """F1 over texts: a value shown in two places counts once."""
    texts = query.features.texts
    found = {int(texts[row]) for row in column(values, query.features)}
    gold = [{int(texts[row]) for row in rows} for rows in query.gold[field] if rows]
    lost = sum(not rows for rows in query.gold[field])
    hit = sum(bool(group & found) for group in gold)
    extra = len(found - set().union(*gold))
    return 2 * hit / (hit + extra + len(gold) + lost) if hit else 0.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else float("nan")


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines for a person."""
    lines = [
        f"{'task':10} {'set':10} {'one':>6} {'n':>5} {'many':>6} {'n':>5} {'all':>6} {'none':>6}"
        f" {'>.9':>6} {'right':>6}"
        f" {'ms':>6}"
    ]
    for f in figures:
        lines.append(
            f"{f.task:10} {f.set:10} {f.one:6.3f} {f.ones:5} {f.many:6.3f} {f.manies:5} {f.macro:6.3f} {f.absent:6.3f}"
            f" {f.trusted:6.3f} {f.right:6.3f} {f.milliseconds:6.1f}"
        )
    for task in dict.fromkeys(f.task for f in figures):
        rows = [f.macro for f in figures if f.task == task]
        lines.append(f"{task:10} {'macro':10} {'':26}{_mean(rows):6.3f}")
    return "\n".join(lines)
