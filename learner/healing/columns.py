"""The columns of a new design's records, each told by how like it is to a field of the examples.

Where the pages of a new design repeat something, a column of it is looked for each field of the records. Two small
networks say how likely one is another: the first by what stands in the column and around it, the second also by how it
stands to the columns that the first is sure of (learner.healing.resemblance). Both are trained on redesigns of recorded
sites (learner.training.column_training).
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from learner.extractor import Extractor
from learner.healing.groups import Column, Group, Row, groups_of
from learner.healing.resemblance import Relation, Spot, Spots, Usual, features, relation, relations
from learner.network.opinion import Opinion
from learner.network.scorer import Scores
from learner.pages.values import Scalar, scalars
from learner.programs.examples import LabelledPage, records_of
from learner.programs.program import key, overlap
from learner.programs.recordlist import windows

MODEL: Final = Path(__file__).parents[1] / "model" / "columns.safetensors"
BEST_GROUPS: Final = 3
"""Groups that are looked at again, by how the columns stand to each other."""
BEST_COLUMNS: Final = 8
"""Columns of a field that are looked at again."""
ANCHOR: Final = 0.5
"""Probability from which on a column tells something of those beside it."""
SETTLED: Final = 8.0
"""What it adds to a column's score that it has the values that are known of a page."""
AGREED: Final = 0.8
"""F1 of a column's values of a page and those known of it from which on they are the same."""
ENOUGH: Final = 0.5
"""Share of a column's cells that must give a value of the field's form."""
LEAST: Final = 3
"""Values of a column."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A column that a field may have, the values that it gives in the field's form, and how like the two are."""

    column: Column
    values: Mapping[Row, Scalar]
    features: tuple[float, ...]

    def gives(self, known: Mapping[int, Sequence[Scalar]]) -> bool:
        """Whether the column gives what is known of the pages with these numbers."""
        shares = []
        for number, values in known.items():
            own = Counter(key(value) for (page, _), value in self.values.items() if page == number)
            shares.append(overlap(own, Counter(map(key, values))))
        return bool(shares) and sum(shares) >= AGREED * len(shares)


Known = Mapping[str, Mapping[int, Sequence[Scalar]]]
"""Values of fields that are known, by the number of their page."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of a field: its values, by record, and the probability that they are right."""

    values: Mapping[Row, Scalar]
    probability: float

    def by_page(self) -> dict[int, list[Scalar]]:
        """The values of each page, by its number, in document order."""
        pages: dict[int, list[Scalar]] = {}
        for number, place in sorted(self.values):
            pages.setdefault(number, []).append(self.values[number, place])
        return pages


class Likeness:
    """The two networks: (n, features) -> (n,) scores, against ``none``, that of a field that is not there."""

    def __init__(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        self._weights = weights

    def score(self, stage: str, rows: Sequence[Sequence[float]]) -> NDArray[np.float64]:
        """How likely each column is the field's, as a logit against its not being there."""
        w = self._weights
        x = (np.asarray(rows, dtype=np.float64) - w[f"{stage}.mean"]) / w[f"{stage}.scale"]
        x = np.maximum(x @ w[f"{stage}.hidden.weight"].T + w[f"{stage}.hidden.bias"], 0)
        scores: NDArray[np.float64] = (x @ w[f"{stage}.out.weight"].T + w[f"{stage}.out.bias"])[:, 0] - w[
            f"{stage}.none"
        ]
        return scores

    def probability(self, scores: NDArray[np.float64], best: int) -> float:
        """How likely the best one is right, where these are all that there are; calibrated."""
        level, slope = self._weights["calibration"]
        highest = max(0.0, float(scores.max()))
        share = math.exp(float(scores[best]) - highest) / (math.exp(-highest) + float(np.exp(scores - highest).sum()))
        share = min(max(share, 1e-3), 1 - 1e-3)
        return float(1 / (1 + math.exp(-(level + slope * math.log(share / (1 - share))))))


@lru_cache(maxsize=1)
def shipped() -> Likeness:
    """The networks that come with the package."""
    from safetensors.numpy import load_file

    return Likeness(load_file(MODEL))


class Columns:
    """The fields of an extractor's records, looked for among the columns of other pages."""

    def __init__(self, extractor: Extractor, opinion: Opinion, pages: Sequence[LabelledPage]) -> None:
        """``pages`` are some of the examples, opened."""
        self._opinion = opinion
        entries = extractor.program.fields
        placed = _placed(extractor, pages)
        records = list(records_of(extractor.examples))
        self._usually = len(records) / max(1, len(extractor.examples))
        self._usual = {
            name: Usual.of(entry, values, len(records), placed.get(name, {}))
            for name, entry in entries.items()
            if entry.column
            and (values := [one for record in records for one in scalars(record.get(name)) if one != ""])
        }
        self._equal = {
            (one, other)
            for record in records
            for one, other in itertools.permutations(record, 2)
            if record[one] == record[other]
        }
        self._relations: dict[tuple[str, str], Relation] = {}
        for one in placed:
            for other in placed:
                if one != other and (found := relation(placed[one], placed[other])) is not None:
                    self._relations[one, other] = found

    def told(
        self,
        pages: Sequence[LabelledPage],
        known: Known = MappingProxyType({}),
        seen: Sequence[Scores | None] | None = None,
    ) -> dict[str, Told]:
        """What the columns of the pages say of each field, of the group that says most. A column of values that are
        ``known`` is its field's, and tells of those beside it; ``seen`` as for ``groups``."""
        return self.best(shipped(), pages, list(self.groups(pages, seen)), known)

    def best(
        self,
        network: Likeness,
        pages: Sequence[LabelledPage],
        groups: Sequence[Mapping[str, Sequence[Fit]]],
        known: Known = MappingProxyType({}),
    ) -> dict[str, Told]:
        """The same of these groups, by this network."""
        best: dict[str, Told] = {}
        most = 0.0
        for fits in sorted(groups, key=lambda fits: -self.standing(network, fits, known))[:BEST_GROUPS]:
            standing, told = self._judged(network, pages, fits, known)
            if standing > most:
                best, most = told, standing
        return best

    def groups(
        self, pages: Sequence[LabelledPage], seen: Sequence[Scores | None] | None = None
    ) -> Iterator[dict[str, list[Fit]]]:
        """Of each group of what may be records on the pages the columns that each field may have there. ``seen``: what
        the network makes of the pages, if that is known."""
        if seen is None:
            seen = [self._opinion.scores(page.document, page.candidates) for page in pages]
        for group in groups_of(pages):
            fits = {name: self._fits(usual, group, pages, seen) for name, usual in self._usual.items()}
            fits = {name: found for name, found in fits.items() if found}
            if fits:
                yield fits

    def _fits(
        self, usual: Usual, group: Group, pages: Sequence[LabelledPage], seen: Sequence[Scores | None]
    ) -> list[Fit]:
        out = []
        for column in group.columns:
            if not usual.may_stand(column):
                continue
            rows = list(column.cells)
            texts = [(column.cells[row].value, pages[row[0]].document) for row in rows]
            formed = self._opinion.formed(usual.name, texts)
            values = {rows[number]: value for number, value in formed}
            if len(values) < max(LEAST, ENOUGH * len(rows)):
                continue
            held = [
                float(scores[usual.name][column.cells[row].number])
                for row in values
                if (scores := seen[row[0]]) is not None
            ]
            mean = sum(held) / len(held) if held else 0.0
            told = features(usual, column, values, group, self._usually, mean)
            out.append(Fit(column, values, tuple(told)))
        return out

    def standing(
        self, network: Likeness, fits: Mapping[str, Sequence[Fit]], known: Known = MappingProxyType({})
    ) -> float:
        """How much a group says of all fields: the logits of their best columns, if they are better than none."""
        return _total(_alone(network, found, known.get(name, {})) for name, found in fits.items())

    def related(
        self,
        network: Likeness,
        pages: Sequence[LabelledPage],
        fits: Mapping[str, Sequence[Fit]],
        known: Known = MappingProxyType({}),
    ) -> dict[str, tuple[list[Fit], list[list[float]]]]:
        """The best columns of each field, and their features with those of how they stand to the columns of other
        fields."""
        scores = {name: _alone(network, found, known.get(name, {})) for name, found in fits.items()}
        anchors = {
            name: spots_of(fits[name][int(own.argmax())], pages)
            for name, own in scores.items()
            if network.probability(own, int(own.argmax())) >= ANCHOR
        }
        out = {}
        for name, found in fits.items():
            order = np.argsort(-scores[name], kind="stable")[:BEST_COLUMNS]
            chosen = [found[int(number)] for number in order]
            rows = []
            for fit in chosen:
                spots = spots_of(fit, pages)
                pairs = [
                    (self._relations[name, other], now)
                    for other, places in anchors.items()
                    if (name, other) in self._relations and (now := relation(spots, places)) is not None
                ]
                rows.append([*fit.features, *relations(pairs)])
            out[name] = (chosen, rows)
        return out

    def _judged(
        self, network: Likeness, pages: Sequence[LabelledPage], fits: Mapping[str, Sequence[Fit]], known: Known
    ) -> tuple[float, dict[str, Told]]:
        """How much a group says of all fields, and what. The surest come first: a column is not that of two fields,
        unless a record of the examples has the same in both."""
        related = self.related(network, pages, fits, known)
        scores = {
            name: network.score("beside", rows) + _settled(chosen, known.get(name, {}))
            for name, (chosen, rows) in related.items()
        }
        standing = _total(scores.values())
        told: dict[str, Told] = {}
        taken: dict[str, Fit] = {}
        for name in sorted(scores, key=lambda name: -network.probability(scores[name], int(scores[name].argmax()))):
            for number in map(int, np.argsort(-scores[name], kind="stable")):
                fit = related[name][0][number]
                if not any(_is_same(fit, other) for of, other in taken.items() if (name, of) not in self._equal):
                    taken[name] = fit
                    told[name] = Told(fit.values, network.probability(scores[name], number))
                    break
        return standing, told


def _total(scores: Iterable[NDArray[np.float64]]) -> float:
    """What the best columns of all fields say together, as far as they are better than none."""
    return sum(math.log1p(math.exp(min(float(own.max()), 30.0))) for own in scores)


def _alone(network: Likeness, fits: Sequence[Fit], known: Mapping[int, Sequence[Scalar]]) -> NDArray[np.float64]:
    return network.score("alone", [fit.features for fit in fits]) + _settled(fits, known)


def _settled(fits: Sequence[Fit], known: Mapping[int, Sequence[Scalar]]) -> NDArray[np.float64]:
    """What being known adds to each column's score."""
    return SETTLED * np.array([fit.gives(known) for fit in fits], dtype=np.float64)


def _is_same(one: Fit, other: Fit) -> bool:
    """Whether two fields would have mostly the same values in the same records."""
    equal = sum(other.values.get(row) == value for row, value in one.values.items())
    return 2 * equal > min(len(one.values), len(other.values))


def spots_of(fit: Fit, pages: Sequence[LabelledPage]) -> Spots:
    """Where a column's values stand."""
    out = {}
    for row in fit.values:
        cell, page = fit.column.cells[row], pages[row[0]]
        element = page.candidates[cell.number].element
        out[row] = Spot(element, page.index.order[element], cell.share)
    return out


def _placed(extractor: Extractor, pages: Sequence[LabelledPage]) -> dict[str, dict[Row, Spot]]:
    """Where the fields stand in the records of the examples, the first of each record."""
    out: dict[str, dict[Row, Spot]] = {}
    parting = extractor.program.records
    for number, page in enumerate(pages if parting is not None else ()):
        assert parting is not None
        order = page.index.order
        starts = sorted({order[element] for element in page.index.elements_of(parting.starts[0])})
        reach = windows(starts, parting.inside, page.index)
        for name, entry in extractor.program.fields.items():
            answer = entry.run(page.index, extractor.program.calibration)
            if answer is None or answer.rule.selector.data:
                continue
            found = [(order[element], element) for element, _ in answer.rule.found(page.index) if element in order]
            own = out.setdefault(name, {})
            at = 0
            for start, end in reach:
                while at < len(found) and found[at][0] < start:
                    at += 1
                if at < len(found) and found[at][0] < end:
                    place, element = found[at]
                    own[number, start] = Spot(element, place, (place - start) / max(1, end - start))
    return out
