"""The network's forward pass in numpy: the same weights and the same numbers as network.py, without torch.

network.py is what training differentiates and what tells the idea; this is what runs where values are needed.
A test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from learner.network.features import (
    BAGS,
    FEATURES_VERSION,
    NUMBERS,
    SIGNATURES,
    SLOTS,
    TAG_COUNT,
    TAG_SLOTS,
    VOCABULARY,
    Features,
    name_words,
    ordinals,
    page_rarity,
)

Array = NDArray[np.float32]
EXEMPLARS: Final = 4
EXEMPLARS_OF_PAGE: Final = 3
LONG_TEXT: Final = 0.5  # of the first number of a candidate: about 64 characters
SAME_ARTICLE: Final = 0.3
BODY: Final = NUMBERS - 1
QUANTILE: Final = NUMBERS - 4
_PARTS: Final = ("words", "tags", "numbers", "signatures", "ordinals", "texts")


@dataclass(frozen=True, slots=True)
class Settings:
    """Sizes of a network. ``width`` scales the channels: 0.5 is about twice as fast, slightly less accurate."""

    width: float = 1.0
    vocabulary: int = VOCABULARY
    features: int = FEATURES_VERSION
    heads: int = 8
    layers: int = 3

    def channels(self, number: int) -> int:
        """``number`` channels of full width at this width, a multiple of 8."""
        return max(8, round(number * self.width / 8) * 8)


@dataclass(frozen=True, slots=True)
class PageArrays:
    """One page as the network takes it; N places."""

    words: NDArray[np.int64]  # N x SLOTS, rows of the vocabulary
    rarity: Array  # N x SLOTS
    tags: NDArray[np.int64]  # N x TAG_SLOTS
    numbers: Array  # N x NUMBERS
    signatures: NDArray[np.int64]  # N x SIGNATURES
    ordinals: NDArray[np.int32]  # N x SIGNATURES x 2
    texts: NDArray[np.int64]  # N

    @property
    def places(self) -> int:
        return int(self.words.shape[0])

    def take(self, rows: NDArray[np.int64]) -> PageArrays:
        """Some of the places, as they stood on the whole page."""
        return PageArrays(*(getattr(self, part.name)[rows] for part in fields(self)))


def page_arrays(page: Features) -> PageArrays:
    """The arrays of a page, with what is derived from the page as a whole."""
    return PageArrays(
        page.words.astype(np.int64),
        page_rarity(page.words),
        page.tags.astype(np.int64),
        page.numbers.astype(np.float32),
        page.signatures.astype(np.int64),
        ordinals(page.signatures),
        page.texts.astype(np.int64),
    )


@dataclass(frozen=True, slots=True)
class Exemplars:
    """What a set of example pages says about F fields, by E places each; ``mask`` says which of them exist."""

    words: NDArray[np.int64]  # F x E x SLOTS
    tags: NDArray[np.int64]  # F x E x TAG_SLOTS
    numbers: Array  # F x E x NUMBERS
    signatures: NDArray[np.int64]  # F x E x SIGNATURES
    ordinals: NDArray[np.int32]  # F x E x SIGNATURES x 2
    texts: NDArray[np.int64]  # F x E
    mask: NDArray[np.bool_]  # F x E
    vectors: Array  # F x E x D, the trunk's embeddings of the places
    names: NDArray[np.int64]  # F x 4, rows of the vocabulary
    many: NDArray[np.bool_]  # F, whether a field may have several values
    seen: NDArray[np.int64]  # all texts of the example pages, sorted
    positions: Array  # F x 2: mean share of the document and log distance, of the exemplars in the body
    placed: NDArray[np.bool_]  # F, whether there is such an exemplar


def choose_exemplars(signatures: NDArray[Any], rows: Sequence[int], limit: int = EXEMPLARS_OF_PAGE) -> list[int]:
    """Few of the rows that hold a field's value: one of each structure first, spread over the document.

    ``signatures`` are the page's (places x SIGNATURES).
    """
    groups: dict[int, list[int]] = {}
    for row in rows:
        groups.setdefault(int(signatures[row, 1]), []).append(row)
    ordered = sorted(groups.values(), key=lambda group: (-len(group), group[0]))
    chosen: list[int] = []
    depth = 0
    while len(chosen) < min(limit, len(rows)):
        for group in ordered:
            if depth < len(group) and len(chosen) < limit:
                step = (depth * 7) % len(group) if len(group) > 8 else depth
                if group[step] not in chosen:
                    chosen.append(group[step])
        depth += 1
        if depth > 8:
            break
    return chosen


@dataclass(frozen=True, slots=True)
class Layout:
    """Which places of example pages are exemplars of F fields, at most E of each; ``index`` counts over ``taken``."""

    mask: NDArray[np.bool_]  # F x E
    index: NDArray[np.int64]  # F x E
    taken: list[NDArray[np.int64]]  # of each page the places to embed


def lay_out(
    pages: Sequence[tuple[NDArray[Any], Mapping[str, Sequence[int]]]], names: Sequence[str], reach: int
) -> Layout:
    """Choose exemplars on pages (signatures, rows that hold each field's value), with what layers reach from them."""
    places: list[list[tuple[int, int]]] = [[] for _ in names]
    for number, (signatures, golds) in enumerate(pages):
        limit = max(1, min(EXEMPLARS_OF_PAGE, EXEMPLARS // len(pages)))
        for field, chosen in zip(names, places, strict=True):
            chosen.extend((number, row) for row in choose_exemplars(signatures, golds.get(field, ()), limit))
    width = max(1, max((len(chosen) for chosen in places), default=1))
    mask = np.zeros((len(names), width), dtype=bool)
    index = np.zeros((len(names), width), dtype=np.int64)
    taken = [
        _around(len(signatures), [place for chosen in places for of, place in chosen if of == number], reach)
        for number, (signatures, _) in enumerate(pages)
    ]
    for row, chosen in enumerate(places):
        for column, (number, place) in enumerate(chosen):
            mask[row, column] = True
            before = sum(len(rows) for rows in taken[:number])
            index[row, column] = before + int(np.searchsorted(taken[number], place))
    return Layout(mask, index, taken)


def _around(places: int, chosen: Sequence[int], reach: int) -> NDArray[np.int64]:
    """The chosen of so many places and those within reach of them, in order."""
    keep = np.zeros(places, dtype=bool)
    for place in chosen:
        keep[max(0, place - reach) : place + reach + 1] = True
    return np.flatnonzero(keep)


class Inference:
    """The trained network: embeds places and tells the logits of fields at places."""

    def __init__(self, weights: Mapping[str, Array], settings: Settings) -> None:
        self.settings = settings
        self._weights = {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in weights.items()}

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""
        return sum(value.size for value in self._weights.values())

    # Layers

    def _linear(self, name: str, x: Array) -> Array:
        out: Array = x @ self._weights[name + ".weight"].T
        out += self._weights[name + ".bias"]
        return out

    def _norm(self, name: str, x: Array) -> Array:
        centred = x - x.mean(-1, keepdims=True)
        scaled: Array = centred / np.sqrt(np.square(centred).mean(-1, keepdims=True) + np.float32(1e-5))
        return scaled * self._weights[name + ".weight"] + self._weights[name + ".bias"]

    def _bags(self, rows: NDArray[np.int64]) -> Array:
        """Sums of the rows' words over the root of their number; row 0 is no word."""
        count = np.maximum((rows > 0).sum(1, keepdims=True), 1).astype(np.float32)
        total: Array = self._weights["words.weight"][rows].sum(1) / np.sqrt(count)
        return total

    def embed(self, page: PageArrays) -> Array:
        """The page's places as vectors (N x D)."""
        parts = []
        start = 0
        for _, slots in BAGS:
            parts.append(self._bags(page.words[:, start : start + slots]))
            start += slots
        offsets = np.arange(TAG_SLOTS) * (TAG_COUNT + 1)
        parts.append(self._weights["tags.weight"][page.tags + offsets].reshape(page.places, -1))
        parts.append(page.numbers)
        hidden = _gelu(self._norm("enter.1", self._linear("enter.0", np.concatenate(parts, axis=1))))
        for layer in range(self.settings.layers):
            name, dilation = f"layers.{layer}", 2**layer
            inner = self._norm(f"{name}.norm", hidden)
            padded = np.pad(inner, ((dilation, dilation), (0, 0)))
            near = np.concatenate([padded[: page.places], inner, padded[2 * dilation :]], axis=1)
            hidden = hidden + self._linear(f"{name}.mix", _gelu(self._linear(f"{name}.convolve", near)))
        return self._linear("leave", hidden)

    # Exemplars

    def exemplars(
        self,
        pages: Sequence[tuple[PageArrays, Mapping[str, Sequence[int]]]],
        names: Sequence[str],
        many: Sequence[bool],
        nameless: Sequence[bool],
    ) -> Exemplars:
        """The exemplars of the fields called ``names`` from example pages (rows that hold each field's value)."""
        words = np.stack([name_words(field) for field in names])
        words[np.array(nameless, dtype=bool)] = 0
        several = np.array(many, dtype=bool)
        if not pages:
            return self._no_exemplars(words, several)
        reach = sum(2**depth for depth in range(self.settings.layers))
        layout = lay_out([(page.signatures, golds) for page, golds in pages], names, reach)
        mask, index = layout.mask, layout.index
        # Only what the layers reach from an exemplar is embedded: the result is the same as with whole pages.
        join = [page.take(rows) for (page, _), rows in zip(pages, layout.taken, strict=True) if len(rows)]
        seen = np.unique(np.concatenate([page.texts for page, _ in pages]))
        if not join:
            return replace(self._no_exemplars(words, several), seen=seen)
        vectors = np.concatenate([self.embed(page) for page in join])
        parts = {part: np.concatenate([getattr(page, part) for page in join])[index] for part in _PARTS}
        body = (parts["numbers"][..., BODY] > 0) & mask  # F x E
        count = body.sum(1)
        position = parts["numbers"][..., QUANTILE : QUANTILE + 2] * body[..., None]
        return Exemplars(
            **parts,
            mask=mask,
            vectors=vectors[index] * mask[..., None],
            names=words,
            many=several,
            seen=seen,
            positions=(position.sum(1) / np.maximum(count, 1)[:, None]).astype(np.float32),
            placed=count > 0,
        )

    def _no_exemplars(self, names: NDArray[np.int64], many: NDArray[np.bool_]) -> Exemplars:
        count = len(names)
        return Exemplars(
            np.zeros((count, 1, SLOTS), np.int64),
            np.zeros((count, 1, TAG_SLOTS), np.int64),
            np.zeros((count, 1, NUMBERS), np.float32),
            np.zeros((count, 1, SIGNATURES), np.int64),
            np.zeros((count, 1, SIGNATURES, 2), np.int32),
            np.zeros((count, 1), np.int64),
            np.zeros((count, 1), bool),
            np.zeros((count, 1, len(self._weights["leave.bias"])), np.float32),
            names,
            many,
            np.zeros(0, np.int64),
            np.zeros((count, 2), np.float32),
            np.zeros(count, bool),
        )

    # Logits

    def logits(self, exemplars: Exemplars, page: PageArrays) -> tuple[Array, Array]:
        """The logits of each field at each place (F x N) and of "nowhere" (F)."""
        vectors = self.embed(page)  # N x D
        names = self._linear("name", self._bags(exemplars.names))  # F x D
        seen = _seen(exemplars, page)  # F x N x 2
        mask = exemplars.mask.astype(np.float32)
        about = np.stack([exemplars.many.astype(np.float32), mask.sum(1) / EXEMPLARS, mask.max(1)], axis=1)  # F x 3
        affinity = self._cosines(names, vectors)  # F x N x heads
        place = self._linear("join_place", vectors)  # N x head
        field = self._linear("join_field", np.concatenate([names, about], axis=1))  # F x head
        hidden = np.empty((len(names), page.places, field.shape[1]), np.float32)
        # Field by field: all at once would take hundreds of megabytes on a big page.
        for row in range(len(names)):
            joined = self._linear("join_pairs", self._compare(exemplars, row, page, vectors))
            joined += place + field[row]
            joined += self._linear("join_name", np.concatenate([affinity[row], seen[row]], axis=1))
            hidden[row] = _gelu(self._linear("first.1", _gelu(joined)))
        first = self._linear("first_logit", hidden)[..., 0]  # F x N
        final = first.copy()
        for row, order in enumerate(self._order(exemplars, page, first)):
            told = np.concatenate([hidden[row], order], axis=1)
            final[row] += self._linear("second.2", _gelu(self._linear("second.0", told)))[:, 0]
        peak = final.max(1)
        top = np.sort(final, axis=1)[:, -5:].mean(1)
        total = peak + np.log(np.exp(final - peak[:, None]).sum(1))
        summary = np.concatenate([np.stack([peak / 8, total / 8, top / 8], axis=1), about, seen[:, :1, 1]], axis=1)
        none = self._linear("none.2", _gelu(self._linear("none.0", summary.astype(np.float32))))[:, 0]
        return final, none

    def _cosines(self, vectors: Array, places: Array) -> Array:
        """Of M x D with N x D, per head (M x N x heads)."""
        heads = self.settings.heads
        one = _unit(vectors.reshape(len(vectors), heads, -1)).transpose(1, 0, 2)  # heads x M x d
        other = _unit(places.reshape(len(places), heads, -1)).transpose(1, 2, 0)  # heads x d x N
        return np.ascontiguousarray((one @ other).transpose(1, 2, 0))

    def _compare(self, exemplars: Exemplars, row: int, page: PageArrays, vectors: Array) -> Array:
        """Mean and best comparison with one field's exemplars (N x 2*pair)."""
        mask = exemplars.mask[row]
        pair = len(self._weights["compare.2.bias"])
        if not mask.any():
            return np.zeros((page.places, 2 * pair), np.float32)
        cosines = self._cosines(exemplars.vectors[row][mask], vectors)  # E x N x heads
        equal = _equalities(exemplars, row, page)
        compared = _gelu(self._linear("compare.0", np.concatenate([cosines, *equal], axis=2)))
        compared = _gelu(self._linear("compare.2", compared))  # E x N x pair
        best = compared.max(0)
        if not mask.all():  # absent exemplars count as zeros
            best = np.maximum(best, 0)
        return np.concatenate([compared.mean(0), best], axis=1)

    def _order(self, exemplars: Exemplars, page: PageArrays, first: Array) -> list[Array]:
        """Where each place is to the places where the other fields seem to be, against the examples (F of N x 35)."""
        body = page.numbers[:, BODY] > 0
        masked = np.where(body, first, np.float32(-30))
        attention = np.exp(masked - masked.max(1, keepdims=True))
        attention /= attention.sum(1, keepdims=True)  # F x N
        position = page.numbers[:, QUANTILE : QUANTILE + 2]  # N x 2
        centre = attention @ position  # F x 2
        spread = np.sqrt(np.maximum(attention @ np.square(position) - np.square(centre), 0).sum(1) + np.float32(1e-6))
        peak = first.max(1)
        count = len(first)
        here = position[:, None] - centre[None]  # N x G x 2
        shape = here.shape[:2]
        there = exemplars.positions[:, None] - exemplars.positions[None]  # F x G x 2
        moved = np.tanh(here[..., 0] * 50)
        constant = [spread, 1 / (1 + np.exp(-peak)), exemplars.many.astype(np.float32)]
        out = []
        for row in range(count):
            was = np.tanh(there[row, :, 0] * 50)  # G
            relation = np.stack(
                [
                    np.abs(here[..., 0] - there[row, :, 0]),
                    np.abs(here[..., 1] - there[row, :, 1]),
                    moved * was,
                    moved,
                    np.broadcast_to(was, shape),
                    *(np.broadcast_to(value, shape) for value in constant),
                ],
                axis=2,
            ).astype(np.float32)  # N x G x 8
            other = exemplars.placed & exemplars.placed[row]
            other[row] = False
            weight = (body[:, None] & other[None]).astype(np.float32)[..., None]  # N x G x 1
            related = self._linear("neighbour.2", _gelu(self._linear("neighbour.0", relation))) * weight
            mean = related.sum(1) / np.maximum(weight.sum(1), 1)
            standing = np.stack([first[row] / 8, (first[row] - peak[row]) / 8, attention[row]], axis=1)
            out.append(np.concatenate([mean, related.max(1), standing], axis=1).astype(np.float32))
        return out


def _gelu(x: Array) -> Array:
    """x times the normal distribution's share below x, by its tanh form (as in network.py)."""
    inner: Array = np.float32(0.7978845608) * (x + np.float32(0.044715) * x * x * x)
    np.tanh(inner, out=inner)
    inner += 1
    inner *= x
    inner *= np.float32(0.5)
    return inner


def _unit(vectors: Array) -> Array:
    """Vectors of length 1 along the last axis."""
    length = np.sqrt(np.square(vectors).sum(-1, keepdims=True))
    unit: Array = vectors / np.maximum(length, np.float32(1e-12))
    return unit


def _equalities(exemplars: Exemplars, row: int, page: PageArrays) -> list[Array]:
    """What one field's exemplars and places have in common, without any learned part (each E x N x something)."""
    mask = exemplars.mask[row]
    parts = []
    start = 0
    for _, slots in BAGS:
        theirs = exemplars.words[row, mask, start : start + slots]  # E x slots
        ours = page.words[:, start : start + slots]  # N x slots
        held = np.zeros((len(theirs), VOCABULARY), np.float32)
        held[np.arange(len(theirs))[:, None], theirs] = 1
        held[:, 0] = 0
        shared = held[:, ours]  # E x N x slots
        common = shared.sum(2)
        whole = (theirs > 0).sum(1)[:, None] + (ours > 0).sum(1)[None] - common
        parts.append(common / np.maximum(whole, 1))
        parts.append((shared * page.rarity[:, start : start + slots]).max(2))
        start += slots
    bags = np.stack(parts, axis=2).astype(np.float32)
    tags = (exemplars.tags[row, mask][:, None] == page.tags).astype(np.float32)
    same = (exemplars.signatures[row, mask][:, None] == page.signatures) & (page.signatures != 0)
    order = exemplars.ordinals[row, mask][:, None] == page.ordinals  # E x N x SIGNATURES x 2
    alone = same / np.sqrt(page.ordinals.sum(2) + 1)
    at = (same[..., None] & order).reshape(*same.shape[:2], -1)
    signatures = np.concatenate([same.astype(np.float32), at.astype(np.float32), alone.astype(np.float32)], axis=2)
    numbers = np.abs(exemplars.numbers[row, mask][:, None] - page.numbers)
    return [bags, tags, signatures, numbers]


def _seen(exemplars: Exemplars, page: PageArrays) -> Array:
    """Whether a text stood on an example page too (not as the field's value), and whether that tells nothing.

    On the same article in another design everything was seen before, so nothing is said.
    """
    known = exemplars.seen
    fields_ = len(exemplars.many)
    if not len(known):
        return np.zeros((fields_, page.places, 2), np.float32)
    found = np.minimum(np.searchsorted(known, page.texts), len(known) - 1)
    seen = known[found] == page.texts  # N
    long = (page.numbers[:, 0] > LONG_TEXT) & (page.numbers[:, BODY] > 0)
    same = bool((seen & long).sum() > SAME_ARTICLE * long.sum())
    own = ((exemplars.texts[:, :, None] == page.texts) & exemplars.mask[:, :, None]).any(1)  # F x N
    told = (seen & ~own) & (not same)
    return np.stack([told, np.full_like(told, same)], axis=2).astype(np.float32)
