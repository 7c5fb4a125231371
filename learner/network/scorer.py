"""Where fields are on a page, told by the trained network from places that showed them on example pages."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file
from threadpoolctl import ThreadpoolController

from learner.errors import StateError
from learner.network.features import (
    DEPTH,
    FEATURES_VERSION,
    KINDS,
    TAG_SLOTS,
    VOCABULARY,
    Features,
    features,
    name_words,
)
from learner.network.inference import Exemplars, Inference, Settings, page_arrays
from learner.pages.candidates import Candidate
from learner.pages.page import Document

SHIPPED: Final = Path(__file__).parents[1] / "model"
NETWORKS: Final = ("full", "half")
"""Folders of weights that come with the package."""
VARIABLE: Final = "EVERGREEN_NETWORK"
# A long list is told with less certainty than a single place: see docs/network.md.
_POSSIBLE: Final = 0.2
_LIKELY: Final = 0.5

# (page, its candidates, numbers of the candidates that hold each field's value)
Support = tuple[Document, Sequence[Candidate], Mapping[str, Sequence[int]]]


class Scores(dict[str, NDArray[np.float64]]):
    """For each field one probability per candidate (0 for candidates that were not looked at).

    Of a one-valued field it is the probability that the candidate's text is the value, shared by all places that
    hold the same text; ``none[field]`` is that of "not on this page", ``places[field]`` tells the places of one
    text apart. Of a many-valued field it is the probability that the place holds one of the values.
    ``answers[field]`` names the candidates that the network would answer with: the likeliest place of one value,
    the places of one coherent list of many, none when the field is likelier absent.
    """

    none: dict[str, float]
    places: dict[str, NDArray[np.float64]]
    answers: dict[str, list[int]]

    def __init__(self) -> None:
        super().__init__()
        self.none = {}
        self.places = {}
        self.answers = {}


@dataclass(frozen=True, slots=True)
class SupportSet:
    """What example pages say, embedded once and used for many pages."""

    fields: tuple[str, ...]
    exemplars: Exemplars


class Scorer:
    """A trained network, ready to tell where fields are. Deterministic; holds no state between calls."""

    def __init__(self, inference: Inference, card: Mapping[str, Any]) -> None:
        self.inference = inference
        self.card = card
        self._known_words = frozenset(card.get("name_words", ()))

    def support(
        self,
        pages: Sequence[Support],
        *,
        fields: Sequence[str] = (),
        many: Mapping[str, bool] | None = None,
    ) -> SupportSet:
        """Embed example pages: (document, its candidates, {field: numbers of the candidates that hold its value}).

        ``fields`` adds fields that no page shows, known by their name alone; no pages at all is allowed.
        ``many`` says which fields may have several values; by default those with several texts on one page.
        """
        names = tuple(dict.fromkeys([*(field for _, _, golds in pages for field in golds), *fields]))
        several = {field: _has_several(field, pages) for field in names} | dict(many or {})
        read = []
        for document, found, golds in pages:
            arrays = features(document, found)
            row_of = {int(number): row for row, number in enumerate(arrays.rows)}
            rows = {field: [row_of[n] for n in numbers if n in row_of] for field, numbers in golds.items()}
            read.append((page_arrays(arrays), rows))
        unknown = [not set(name_words(field).tolist()) - {0} <= self._known_words for field in names]
        with one_thread():
            exemplars = self.inference.exemplars(read, names, [several[field] for field in names], unknown)
        return SupportSet(names, exemplars)

    def score(self, support: SupportSet, document: Document, candidates: Sequence[Candidate]) -> Scores:
        """Probabilities of every candidate of a page for every field of the support."""
        scores = Scores()
        arrays = features(document, candidates)
        if not len(arrays.rows) or not support.fields:
            for field in support.fields:
                scores[field] = scores.places[field] = np.zeros(len(candidates))
                scores.none[field] = 1.0
                scores.answers[field] = []
            return scores
        with one_thread():
            logits, none = self.inference.logits(support.exemplars, page_arrays(arrays))
        ends = covers(arrays)
        for row, field in enumerate(support.fields):
            many = bool(support.exemplars.many[row])
            one, place, absent = probabilities(logits[row].astype(np.float64), float(none[row]), arrays.texts, many)
            chosen = column(one, arrays, ends) if many else [_best(one, place)] if one.max() > absent else []
            scores[field] = np.zeros(len(candidates))
            scores[field][arrays.rows] = one
            scores.places[field] = np.zeros(len(candidates))
            scores.places[field][arrays.rows] = place
            scores.none[field] = absent
            scores.answers[field] = [int(arrays.rows[place]) for place in chosen]
        return scores


def probabilities(
    logits: NDArray[np.float64], none: float, texts: NDArray[np.uint32], many: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Of one field: the probability of each place's text, that of the place itself, that of "nowhere"."""
    if many:
        single = 1 / (1 + np.exp(-np.clip(logits, -60, 60)))
        return single, single, float(1 - single.max())
    joined = np.append(logits, none)
    joined = np.exp(joined - joined.max())
    joined /= joined.sum()
    place = joined[:-1]
    _, group = np.unique(texts, return_inverse=True)
    text = np.minimum(np.bincount(group, weights=place)[group], 1.0)
    return text, place, float(joined[-1])


def column(probabilities: NDArray[np.float64], page: Features, ends: NDArray[np.int64] | None = None) -> list[int]:
    """Rows of a page that together are the values of a many-valued field, in document order.

    A list is shown by places that are alike, and often twice (as text and as embedded data, in slightly other
    words): the likeliest group of like places is taken whole, and then further likely groups beside it, never
    inside it, around it, or of the other kind. Empty when no place is likely. ``ends`` is covers(page), where known.
    """
    if not len(probabilities) or probabilities.max() < _POSSIBLE:
        return []
    groups: dict[int, list[int]] = {}
    for row in np.flatnonzero(probabilities >= _POSSIBLE / 4).tolist():
        groups.setdefault(int(page.signatures[row, 1]), []).append(row)
    gain = {key: float((probabilities[rows] - _POSSIBLE).clip(-0.3).sum()) for key, rows in groups.items()}
    order = sorted(groups, key=lambda key: (-gain[key], groups[key][0]))
    ends = covers(page) if ends is None else ends
    taken: list[int] = []
    for key in order:
        rows = [row for row in groups[key] if probabilities[row] >= _POSSIBLE]
        if not rows:
            continue
        if taken:
            if float(probabilities[rows].mean()) < _LIKELY or _source(page, rows[0]) != _source(page, taken[0]):
                continue
            others = np.array(taken)
            rows = [row for row in rows if not _touches(row, others, ends)]
        taken.extend(rows)
    return sorted(taken)


def _source(page: Features, row: int) -> int:
    """Whether a place is text, an attribute, meta or data."""
    return max(int(page.tags[row, TAG_SLOTS - 1]) - 1, KINDS.index("node"))


def covers(page: Features) -> NDArray[np.int64]:
    """For each place the first row after it that is not inside its element."""
    count = len(page.rows)
    depth = np.round(page.numbers[:, DEPTH].astype(np.float64) * 20).astype(np.int64) * 2
    kind = page.tags[:, TAG_SLOTS - 1]
    # Bare text nodes and attributes follow their element, before its children.
    depth += np.isin(kind, (1 + KINDS.index("node"), 1 + KINDS.index("attribute")))
    after = np.full(count, count, dtype=np.int64)
    open_rows: list[int] = []
    for row, level in enumerate(depth.tolist()):
        while open_rows and depth[open_rows[-1]] >= level:
            after[open_rows.pop()] = row
        open_rows.append(row)
    return after


def _touches(row: int, others: NDArray[np.int64], ends: NDArray[np.int64]) -> bool:
    """Whether the place is inside or around one of the others."""
    inside = (others <= row) & (row < ends[others])
    around = (row <= others) & (others < ends[row])
    return bool((inside | around).any())


def _best(texts: NDArray[np.float64], places: NDArray[np.float64]) -> int:
    """The likeliest place of the likeliest text."""
    return int(np.where(texts >= texts.max() - 1e-12, places, -1).argmax())


def _has_several(field: str, pages: Sequence[Support]) -> bool:
    return any(len({found[number].value for number in golds.get(field, ())}) > 1 for _, found, golds in pages)


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Keeps numpy to one thread: where a core is busy, small products on several take ten times as long."""
    limited: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limited


def load_scorer(folder: Path | None = None) -> Scorer:
    """The scorer with the weights in ``folder``, read once; by default those that come with the package.

    Which of them is said by the environment variable EVERGREEN_NETWORK: ``full``, ``half``, or a folder. Raises
    StateError when there are no weights, or when they are another program's or another release's.
    """
    if folder is None:
        chosen = os.environ.get(VARIABLE) or NETWORKS[0]
        folder = SHIPPED / chosen if chosen in NETWORKS else Path(chosen)
    return _load(folder)


@lru_cache(maxsize=4)
def _load(folder: Path) -> Scorer:
    weights, settings, card = read_weights(folder)
    return Scorer(Inference(weights, settings), card)


def read_weights(folder: Path) -> tuple[dict[str, NDArray[np.float32]], Settings, dict[str, Any]]:
    """Weights, settings and card of one network in a folder; raises StateError."""
    hint = "python -m learner pretrain --corpus FOLDER --out FOLDER"
    try:
        card = json.loads((folder / "card.json").read_text("utf-8"))
        if not isinstance(card, dict) or card.get("format") != "evergreen-network":
            raise StateError(f"{folder}: card.json does not describe weights of this network", hint=hint)
        settings = Settings(**card["settings"])
        if settings.features != FEATURES_VERSION or settings.vocabulary != VOCABULARY:
            raise StateError(
                f"{folder}: weights for features {settings.features}, this release reads {FEATURES_VERSION}", hint=hint
            )
        read = load_file(folder / "network.safetensors")
        weights = {name: array.astype(np.float32) for name, array in read.items()}
        if weights["words.weight"].shape != (settings.vocabulary, settings.channels(24)):
            raise StateError(f"{folder}: the weights do not have the sizes that card.json tells", hint=hint)
    except FileNotFoundError as error:
        raise StateError(f"{folder}: no weights ({error})", hint=hint) from error
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise StateError(f"{folder}: the weights can't be read ({error})", hint=hint) from error
    return weights, settings, card
