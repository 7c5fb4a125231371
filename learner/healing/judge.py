"""Which of many places is which field: two small networks that compare what places have with what the examples had.

The first says how likely a place is a field's by what stands there and around it, the second also by how it stands to
the places that the first is sure of (learner.healing.resemblance). Both are trained on redesigns of recorded sites.
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from learner.healing.groups import Column, Row
from learner.healing.resemblance import Relation, Spots, relation, relations
from learner.network.opinion import Opinion
from learner.network.scorer import Scores
from learner.pages.values import Scalar, Value, same
from learner.programs.examples import LabelledPage
from learner.programs.program import key, overlap

MODELS: Final = Path(__file__).parents[1] / "model"
BEST_GROUPS: Final = 3
"""Groups that are looked at again, by how the columns stand to each other."""
ANCHOR: Final = 0.5
"""Probability from which on a column tells something of those beside it."""
SETTLED: Final = 8.0
"""What it adds to a column's score that it has the values that are known of a page."""
ENOUGH: Final = 0.5
"""Share of a column's cells that must give a value of the field's form."""
FEW: Final = 2
"""Pages that are known to have something else from which on a column is not the field's."""
AGREED: Final = 0.8
"""F1 of a column's values of a page and those known of it from which on they are the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A column that a field may have, the values that it gives in the field's form, and how like the two are.

    Columns of equal ``content`` say the same; without one a column says something of its own.
    """

    column: Column
    values: Mapping[Row, Scalar]
    features: NDArray[Any]
    content: Hashable = None

    def gives(self, known: Mapping[int, Sequence[Scalar]]) -> bool:
        """Whether the column gives what is known of the pages with these numbers."""
        shares = []
        for number, values in known.items():
            own = Counter(key(value) for (page, _), value in self.values.items() if page == number)
            shares.append(overlap(own, Counter(map(key, values))))
        return bool(shares) and sum(shares) >= AGREED * len(shares)

    def belies(self, past: Mapping[int, Scalar | None]) -> bool:
        """Whether the column has on several pages what they are known not to have, and more often than what they have:
        of pages by number what is known, None where it is that there is nothing."""
        said = [(past[page], value) for (page, _), value in self.values.items() if page in past]
        right = sum(known is not None and same(known, value) for known, value in said)
        return len(said) - right >= FEW and len(said) - right > right


Fits = Mapping[str, Sequence[Fit]]
"""The columns of a group that each field may have."""
Known = Mapping[str, Mapping[int, Sequence[Scalar]]]
"""Values of fields that are known, by the number of their page."""
Past = Mapping[str, Mapping[int, Scalar | None]]
"""What is known of fields whose values stay as they are, by the number of the page; None where the page has none."""


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

    @staticmethod
    @cache
    def shipped(name: str) -> Likeness:
        """The networks of this name that come with the package."""
        from safetensors.numpy import load_file

        return Likeness(load_file(MODELS / f"{name}.safetensors"))

    def score(self, stage: str, rows: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
        """How likely each column is the field's, as a logit against its not being there."""
        w = self._weights
        x = (np.asarray(rows, dtype=np.float64) - w[f"{stage}.mean"]) / w[f"{stage}.scale"]
        x = np.maximum(x @ w[f"{stage}.hidden.weight"].T + w[f"{stage}.hidden.bias"], 0)
        scores: NDArray[np.float64] = (x @ w[f"{stage}.out.weight"].T + w[f"{stage}.out.bias"])[:, 0] - w[
            f"{stage}.none"
        ]
        return scores

    def probability(self, scores: NDArray[np.float64], fits: Sequence[Fit], best: int) -> float:
        """How likely what the best one says is right, where these are all that there are; calibrated."""
        level, slope = self._weights["calibration"]
        highest = max(0.0, float(scores.max()))
        shares = np.exp(scores - highest)
        content = fits[best].content
        own = [best] if content is None else [n for n, fit in enumerate(fits) if fit.content == content]
        share = float(shares[own].sum()) / (math.exp(-highest) + float(shares.sum()))
        share = min(max(share, 1e-3), 1 - 1e-3)
        return float(1 / (1 + math.exp(-(level + slope * math.log(share / (1 - share))))))


class Judge(ABC):
    """Tells the fields of an extractor among groups of what other pages have."""

    name: str
    """That of its networks."""
    source: str
    """What its labels say they come from."""
    widest: int
    """Columns of a field that are looked at again."""

    def __init__(self, opinion: Opinion, records: Iterable[Mapping[str, Value]], placed: Mapping[str, Spots]) -> None:
        """``records`` are those of the examples, ``placed`` tells where the fields stand in them."""
        self._opinion = opinion
        # Two fields may be one place where most records have the same value in both: letters may be equal by chance.
        both: Counter[tuple[str, str]] = Counter()
        equal: Counter[tuple[str, str]] = Counter()
        for record in records:
            pairs = list(itertools.permutations(record, 2))
            both.update(pairs)
            equal.update(pair for pair in pairs if record[pair[0]] == record[pair[1]])
        self._equal = {pair for pair, count in equal.items() if 2 * count > both[pair]}
        self._relations: dict[tuple[str, str], Relation] = {}
        for one in placed:
            for other in placed:
                if one != other and (found := relation(placed[one], placed[other])) is not None:
                    self._relations[one, other] = found

    def groups(
        self, pages: Sequence[LabelledPage], seen: Sequence[Scores | None] | None = None
    ) -> Iterator[dict[str, list[Fit]]]:
        """Of each group of what may be records on the pages the columns that each field may have there. ``seen``: what
        the network makes of the pages, if that is known."""
        if seen is None:
            seen = [self._opinion.scores(page.document, page.candidates) for page in pages]
        for group in self._groups(pages, seen):
            fits = {name: found for name, found in group.items() if found}
            if fits:
                yield fits

    @abstractmethod
    def _groups(self, pages: Sequence[LabelledPage], seen: Sequence[Scores | None]) -> Iterator[dict[str, list[Fit]]]:
        """The same, with fields that may have no column."""

    def _formed(self, name: str, column: Column, pages: Sequence[LabelledPage], least: int) -> dict[Row, Scalar] | None:
        """What a column's cells are in the form of a field; None if too few of them have one."""
        rows = list(column.cells)
        texts = [(column.cells[row].value, pages[row[0]].document) for row in rows]
        formed = self._opinion.formed(name, texts)
        return {rows[at]: value for at, value in formed} if len(formed) >= max(least, ENOUGH * len(rows)) else None

    @abstractmethod
    def spots(self, fit: Fit, pages: Sequence[LabelledPage]) -> Spots:
        """Where a column's values stand."""

    @abstractmethod
    def is_same(self, one: Fit, other: Fit) -> bool:
        """Whether two fields would be the same thing."""

    def told(
        self,
        pages: Sequence[LabelledPage],
        known: Known = MappingProxyType({}),
        seen: Sequence[Scores | None] | None = None,
        past: Past = MappingProxyType({}),
    ) -> dict[str, Told]:
        """What the columns of the pages say of each field, of the group that says most. A column of values that are
        ``known`` is its field's, and tells of those beside it; one that belies the ``past`` is not; ``seen`` as for
        ``groups``."""
        groups = [
            {
                name: left
                for name, fits in group.items()
                if (left := [fit for fit in fits if not fit.belies(past.get(name, {}))])
            }
            for group in self.groups(pages, seen)
        ]
        return self.best(Likeness.shipped(self.name), pages, groups, known)

    def best(
        self,
        network: Likeness,
        pages: Sequence[LabelledPage],
        groups: Sequence[Fits],
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

    def standing(self, network: Likeness, fits: Fits, known: Known = MappingProxyType({})) -> float:
        """How much a group says of all fields: the logits of their best columns, if they are better than none."""
        return _total(_alone(network, found, known.get(name, {})) for name, found in fits.items())

    def related(
        self,
        network: Likeness,
        pages: Sequence[LabelledPage],
        fits: Fits,
        known: Known = MappingProxyType({}),
    ) -> dict[str, tuple[list[Fit], list[NDArray[Any]]]]:
        """The best columns of each field, and their features with those of how they stand to the columns of other
        fields."""
        scores = {name: _alone(network, found, known.get(name, {})) for name, found in fits.items()}
        best = {name: int(own.argmax()) for name, own in scores.items()}
        anchors = {
            name: self.spots(fits[name][best[name]], pages)
            for name, own in scores.items()
            if network.probability(own, fits[name], best[name]) >= ANCHOR
        }
        out = {}
        for name, found in fits.items():
            order = np.argsort(-scores[name], kind="stable")[: self.widest]
            chosen = [found[int(number)] for number in order]
            rows = []
            for fit in chosen:
                spots = self.spots(fit, pages)
                pairs = [
                    (self._relations[name, other], now)
                    for other, places in anchors.items()
                    if (name, other) in self._relations and (now := relation(spots, places)) is not None
                ]
                rows.append(np.concatenate([fit.features, relations(pairs)]))
            out[name] = (chosen, rows)
        return out

    def _judged(
        self, network: Likeness, pages: Sequence[LabelledPage], fits: Fits, known: Known
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
        sure = {name: network.probability(own, related[name][0], int(own.argmax())) for name, own in scores.items()}
        for name in sorted(scores, key=lambda name: -sure[name]):
            chosen = related[name][0]
            for number in map(int, np.argsort(-scores[name], kind="stable")):
                fit = chosen[number]
                if not any(self.is_same(fit, other) for of, other in taken.items() if (name, of) not in self._equal):
                    taken[name] = fit
                    told[name] = Told(fit.values, network.probability(scores[name], chosen, number))
                    break
        return standing, told


def _total(scores: Iterable[NDArray[np.float64]]) -> float:
    """What the best columns of all fields say together, as far as they are better than none."""
    return sum(math.log1p(math.exp(min(float(own.max()), 30.0))) for own in scores)


def _alone(network: Likeness, fits: Sequence[Fit], known: Mapping[int, Sequence[Scalar]]) -> NDArray[np.float64]:
    return network.score("alone", [fit.features for fit in fits]) + _settled(fits, known)


def _settled(fits: Sequence[Fit], known: Mapping[int, Sequence[Scalar]]) -> NDArray[np.float64]:
    """What being known adds to each column's score."""
    if not known:
        return np.zeros(len(fits))
    return SETTLED * np.array([fit.gives(known) for fit in fits], dtype=np.float64)
