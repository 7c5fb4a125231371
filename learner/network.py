"""The neural extractor: which place of a page shows a field, given a few places that showed it elsewhere.

A trunk embeds every candidate of a page (words, tags, numbers, neighbours in document order). Each field is a
handful of exemplars, places that held its value on example pages, and its name. A head compares every exemplar
with every candidate, once by the embeddings and once by what is equal outright; a second pass looks at where
the other fields seem to be. One set of weights serves all sites; no class name or text of a site is needed to
be known beforehand. All loops run over fixed settings, never over what is on the page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional

from learner.candidates import Candidate
from learner.errors import StateError
from learner.features import (
    BAGS,
    DEPTH,
    FEATURES_VERSION,
    KINDS,
    NUMBERS,
    SIGNATURES,
    TAG_COUNT,
    TAG_SLOTS,
    VOCABULARY,
    Features,
    features,
    name_words,
    ordinals,
    page_rarity,
)
from learner.page import Document

SHIPPED: Final = Path(__file__).parent / "model"
EXEMPLARS: Final = 4
_EXEMPLARS_OF_PAGE: Final = 3
_LONG_TEXT: Final = 0.5  # of the first number of a candidate: about 64 characters
_SAME_ARTICLE: Final = 0.3
_PARTS: Final = ("words", "tags", "numbers", "signatures", "ordinals", "texts")
# A long list is told with less certainty than a single place: see docs/network.md.
_POSSIBLE: Final = 0.2
_LIKELY: Final = 0.5
_BODY: Final = NUMBERS - 1
_QUANTILE: Final = NUMBERS - 4

# (field, candidates that hold its value)
Support = tuple[Document, Sequence[Candidate], Mapping[str, Sequence[int]]]


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
class PageTensors:
    """One page as the network takes it; N places."""

    words: Tensor  # N x SLOTS, rows of the vocabulary
    rarity: Tensor  # N x SLOTS
    tags: Tensor  # N x TAG_SLOTS
    numbers: Tensor  # N x NUMBERS
    signatures: Tensor  # N x SIGNATURES
    ordinals: Tensor  # N x SIGNATURES x 2
    texts: Tensor  # N

    @property
    def places(self) -> int:
        return self.words.shape[0]

    def take(self, rows: Tensor) -> PageTensors:
        """Some of the places, as they stood on the whole page."""
        return PageTensors(*(getattr(self, name)[rows] for name in self.__slots__))


def page_tensors(page: Features) -> PageTensors:
    """The arrays of a page as tensors, with what is derived from the page as a whole."""
    return PageTensors(
        torch.from_numpy(page.words.astype(np.int64)),
        torch.from_numpy(page_rarity(page.words)),
        torch.from_numpy(page.tags.astype(np.int64)),
        torch.from_numpy(page.numbers.astype(np.float32)),
        torch.from_numpy(page.signatures.astype(np.int64)),
        torch.from_numpy(ordinals(page.signatures)),
        torch.from_numpy(page.texts.astype(np.int64)),
    )


@dataclass(frozen=True, slots=True)
class Places:
    """Chosen places of several pages beside each other: F fields x E exemplars, ``mask`` says which exist."""

    words: Tensor  # F x E x SLOTS
    tags: Tensor  # F x E x TAG_SLOTS
    numbers: Tensor  # F x E x NUMBERS
    signatures: Tensor  # F x E x SIGNATURES
    ordinals: Tensor  # F x E x SIGNATURES x 2
    texts: Tensor  # F x E
    mask: Tensor  # F x E


@dataclass(frozen=True, slots=True)
class Exemplars:
    """What a set of example pages says about F fields."""

    places: Places
    vectors: Tensor  # F x E x D, the trunk's embeddings of the places
    names: Tensor  # F x 4, rows of the vocabulary
    many: Tensor  # F, whether a field may have several values
    texts: Tensor  # all texts of the example pages, sorted
    positions: Tensor  # F x 2: mean share of the document and log distance, of the exemplars in the body
    placed: Tensor  # F, whether there is such an exemplar


class Network(nn.Module):
    """Logits of every field at every candidate of a page."""

    def __init__(self, settings: Settings = Settings()) -> None:
        super().__init__()
        self.settings = settings
        word, tag, hidden, vector = (settings.channels(size) for size in (24, 8, 128, 96))
        pair, head = settings.channels(64), settings.channels(64)
        heads = settings.heads
        self.words = nn.Embedding(settings.vocabulary, word, padding_idx=0)
        self.tags = nn.Embedding((TAG_COUNT + 1) * TAG_SLOTS, tag)
        self.enter = nn.Sequential(
            nn.Linear(len(BAGS) * word + TAG_SLOTS * tag + NUMBERS, hidden), nn.LayerNorm(hidden), nn.GELU()
        )
        self.layers = nn.ModuleList(_Layer(hidden, 2**depth) for depth in range(settings.layers))
        self.leave = nn.Linear(hidden, vector)
        self.name = nn.Linear(word, vector)
        # cosines per head; overlap of each bag, plain and by rarity; tags; signatures; differences of numbers
        compared = heads + 2 * len(BAGS) + TAG_SLOTS + 4 * SIGNATURES + NUMBERS
        self.compare = nn.Sequential(nn.Linear(compared, pair), nn.GELU(), nn.Linear(pair, pair), nn.GELU())
        self.join_pairs = nn.Linear(2 * pair, head)
        self.join_place = nn.Linear(vector, head)
        self.join_field = nn.Linear(vector + 3, head)
        self.join_name = nn.Linear(heads + 2, head)
        self.first = nn.Sequential(nn.GELU(), nn.Linear(head, head), nn.GELU())
        self.first_logit = nn.Linear(head, 1)
        self.neighbour = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 16))
        self.second = nn.Sequential(nn.Linear(head + 35, head), nn.GELU(), nn.Linear(head, 1))
        self.none = nn.Sequential(nn.Linear(7, 16), nn.GELU(), nn.Linear(16, 1))
        self.dropout = nn.Dropout(0.1)
        nn.init.normal_(self.words.weight, std=0.3)
        with torch.no_grad():
            self.words.weight[0] = 0
            self.first_logit.bias.fill_(-3.0)  # most places hold nothing of a field

    def embed(self, page: PageTensors) -> Tensor:
        """The page's places as vectors (N x D)."""
        bags = []
        start = 0
        for _, slots in BAGS:
            rows = page.words[:, start : start + slots]  # N x slots
            count = (rows > 0).sum(1, keepdim=True).clamp(min=1)
            bags.append(self._bag(rows) / count.sqrt())  # N x word
            start += slots
        offsets = torch.arange(TAG_SLOTS) * (TAG_COUNT + 1)
        tags = self.tags(page.tags + offsets).flatten(1)  # N x TAG_SLOTS*tag
        hidden = self.enter(torch.cat([*bags, tags, page.numbers], dim=1))  # N x hidden
        hidden = self.dropout(hidden)
        for layer in self.layers:
            hidden = layer(hidden)
        return self.leave(hidden)  # type: ignore[no-any-return]

    def forward(self, exemplars: Exemplars, page: PageTensors) -> tuple[Tensor, Tensor, Tensor]:
        """First logits and final logits (F x N), and the logit of "nowhere" (F)."""
        vectors = self.embed(page)  # N x D
        pairs = self._compare(exemplars, page, vectors)  # F x N x 2*pair
        names = self.name(self._name(exemplars.names))  # F x D
        affinity = self._cosines(names.unsqueeze(1), vectors)[:, 0]  # F x N x heads
        seen = self._seen(exemplars, page)  # F x N x 2
        mask = exemplars.places.mask.float()  # F x E
        about = torch.stack([exemplars.many.float(), mask.sum(1) / EXEMPLARS, mask.amax(1)], dim=1)  # F x 3
        joined = (
            self.join_pairs(pairs)
            + self.join_place(vectors)
            + self.join_field(torch.cat([names, about], dim=1)).unsqueeze(1)
            + self.join_name(torch.cat([affinity, seen], dim=2))
        )  # F x N x head
        hidden = self.first(joined)
        first = self.first_logit(hidden).squeeze(2)  # F x N
        order = self._order(exemplars, page, first)  # F x N x 35
        final = first + self.second(torch.cat([hidden, order], dim=2)).squeeze(2)  # F x N
        peak = final.amax(1)
        summary = torch.stack(
            [
                peak / 8,
                torch.logsumexp(final, 1) / 8,
                final.topk(min(5, final.shape[1]), dim=1).values.mean(1) / 8,
                about[:, 0],
                about[:, 1],
                about[:, 2],
                seen[:, 0, 1],
            ],
            dim=1,
        )
        return first, final, self.none(summary).squeeze(1)

    def _name(self, names: Tensor) -> Tensor:
        count = (names > 0).sum(1, keepdim=True).clamp(min=1)
        return self._bag(names) / count.sqrt()

    def _bag(self, rows: Tensor) -> Tensor:
        """Sums of the rows' words; row 0 is no word."""
        return functional.embedding_bag(rows, self.words.weight, mode="sum", padding_idx=0)

    def _cosines(self, vectors: Tensor, places: Tensor) -> Tensor:
        """Of F x E x D with N x D, per head (F x E x N x heads)."""
        heads = self.settings.heads
        one = functional.normalize(vectors.reshape(*vectors.shape[:2], heads, -1), dim=3)  # F x E x heads x d
        other = functional.normalize(places.reshape(places.shape[0], heads, -1), dim=2)  # N x heads x d
        return torch.einsum("fehd,nhd->fenh", one, other)

    def _compare(self, exemplars: Exemplars, page: PageTensors, vectors: Tensor) -> Tensor:
        """Mean and best comparison with the exemplars (F x N x 2*pair)."""
        cosines = self._cosines(exemplars.vectors, vectors)
        with torch.no_grad():
            equal = _equalities(exemplars.places, page)
        compared = self.compare(torch.cat([cosines, *equal], dim=3))  # F x E x N x pair
        mask = exemplars.places.mask.float()[:, :, None, None]  # F x E x 1 x 1
        compared = compared * mask
        mean = compared.sum(1) / mask.sum(1).clamp(min=1)
        best = compared.amax(1) if compared.shape[1] else mean
        return torch.cat([mean, best], dim=2)

    @staticmethod
    def _seen(exemplars: Exemplars, page: PageTensors) -> Tensor:
        """Whether a text stood on an example page too (not as the field's value), and whether that tells nothing.

        On the same article in another design everything was seen before, so nothing is said.
        """
        known = exemplars.texts
        fields = exemplars.many.shape[0]
        if not len(known):
            return torch.zeros(fields, page.places, 2)
        found = torch.searchsorted(known, page.texts).clamp(max=len(known) - 1)
        seen = known[found] == page.texts  # N
        long = (page.numbers[:, 0] > _LONG_TEXT) & (page.numbers[:, _BODY] > 0)
        same = (seen & long).sum() > _SAME_ARTICLE * long.sum()
        places = exemplars.places
        own = ((places.texts[:, :, None] == page.texts) & places.mask[:, :, None]).any(1)  # F x N
        told = (seen & ~own).float() * (~same).float()  # F x N
        return torch.stack([told, same.float().expand_as(told)], dim=2)

    def _order(self, exemplars: Exemplars, page: PageTensors, first: Tensor) -> Tensor:
        """Where each place is to the places where the other fields seem to be, against the examples (F x N x 35)."""
        body = page.numbers[:, _BODY] > 0
        attention = torch.softmax(first.masked_fill(~body, -30.0), dim=1)  # F x N
        position = page.numbers[:, _QUANTILE : _QUANTILE + 2]  # N x 2
        centre = attention @ position  # F x 2
        spread = (attention @ position.square() - centre.square()).clamp(min=0).sum(1).add(1e-6).sqrt()  # F
        here = position[None, :, None] - centre[None, None]  # 1 x N x G x 2
        there = (exemplars.positions[:, None] - exemplars.positions[None])[:, None]  # F x 1 x G x 2
        peak = first.amax(1)
        fields, places = first.shape
        shape = (fields, places, fields)
        relation = torch.stack(
            [
                (here[..., 0] - there[..., 0]).abs().expand(shape),
                (here[..., 1] - there[..., 1]).abs().expand(shape),
                torch.tanh(here[..., 0] * 50).expand(shape) * torch.tanh(there[..., 0] * 50).expand(shape),
                torch.tanh(here[..., 0] * 50).expand(shape),
                torch.tanh(there[..., 0] * 50).expand(shape),
                spread.expand(shape),
                torch.sigmoid(peak).expand(shape),
                exemplars.many.float().expand(shape),
            ],
            dim=3,
        )  # F x N x G x 8
        other = ~torch.eye(fields, dtype=torch.bool) & exemplars.placed[None] & exemplars.placed[:, None]  # F x G
        weight = other[:, None, :, None].float() * body[None, :, None, None].float()
        related = self.neighbour(relation) * weight
        mean = related.sum(2) / weight.sum(2).clamp(min=1)
        best = related.amax(2)
        standing = torch.stack([first / 8, (first - peak[:, None]) / 8, attention], dim=2)  # F x N x 3
        return torch.cat([mean, best, standing], dim=2)


class _Layer(nn.Module):
    """A residual convolution along document order."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.dilation = dilation
        self.convolve = nn.Linear(3 * channels, channels)
        self.mix = nn.Linear(channels, channels)
        self.dropout = nn.Dropout(0.1)

    def forward(self, hidden: Tensor) -> Tensor:
        inner = self.norm(hidden)  # N x C
        padded = functional.pad(inner, (0, 0, self.dilation, self.dilation))  # N + 2 * dilation x C
        places = inner.shape[0]
        around = [padded[:places], inner, padded[2 * self.dilation :]]
        inner = functional.gelu(self.convolve(torch.cat(around, dim=1)))  # N x C
        return hidden + self.dropout(self.mix(inner))  # type: ignore[no-any-return]


def _equalities(exemplars: Places, page: PageTensors) -> list[Tensor]:
    """What exemplars and places have in common, without any learned part (each F x E x N x something)."""
    fields, count, _ = exemplars.words.shape
    flat = fields * count
    parts = []
    start = 0
    for _, slots in BAGS:
        theirs = exemplars.words[..., start : start + slots].reshape(flat, slots)
        ours = page.words[:, start : start + slots]  # N x slots
        held = torch.zeros(flat, VOCABULARY).scatter_(1, theirs, 1.0)
        held[:, 0] = 0
        shared = held[:, ours.reshape(-1)].reshape(flat, -1, slots)  # FE x N x slots
        common = shared.sum(2)
        whole = (theirs > 0).sum(1)[:, None] + (ours > 0).sum(1)[None] - common
        rare = (shared * page.rarity[:, start : start + slots]).amax(2)
        parts.append(torch.stack([common / whole.clamp(min=1), rare], dim=2))
        start += slots
    bags = torch.cat(parts, dim=2).reshape(fields, count, page.places, -1)
    tags = (exemplars.tags[:, :, None] == page.tags).float()  # F x E x N x TAG_SLOTS
    same = (exemplars.signatures[:, :, None] == page.signatures) & (page.signatures != 0)  # F x E x N x SIGNATURES
    order = exemplars.ordinals[:, :, None] == page.ordinals  # F x E x N x SIGNATURES x 2
    alone = same / (page.ordinals.sum(2) + 1).sqrt()
    signatures = torch.cat([same.float(), (same[..., None] & order).flatten(3).float(), alone], dim=3)
    numbers = (exemplars.numbers[:, :, None] - page.numbers).abs()
    return [bags, tags, signatures, numbers]


def choose_exemplars(page: PageTensors, rows: Sequence[int], limit: int = _EXEMPLARS_OF_PAGE) -> list[int]:
    """Few of the rows that hold a field's value: one of each structure first, spread over the document."""
    groups: dict[int, list[int]] = {}
    for row in rows:
        groups.setdefault(int(page.signatures[row, 1]), []).append(row)
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


def exemplars_of(
    network: Network,
    pages: Sequence[tuple[PageTensors, Mapping[str, Sequence[int]]]],
    fields: Sequence[str],
    many: Sequence[bool],
    nameless: Sequence[bool] | None = None,
) -> Exemplars:
    """The exemplars of ``fields`` from example pages (rows that hold each field's value); gradients flow."""
    places: list[list[tuple[int, int]]] = [[] for _ in fields]
    for number, (page, golds) in enumerate(pages):
        limit = max(1, min(_EXEMPLARS_OF_PAGE, EXEMPLARS // len(pages)))
        for field, chosen in zip(fields, places, strict=True):
            chosen.extend((number, row) for row in choose_exemplars(page, golds.get(field, ()), limit))
    width = max(1, max((len(chosen) for chosen in places), default=1))
    reach = sum(2**depth for depth in range(network.settings.layers))
    mask = torch.zeros(len(fields), width, dtype=torch.bool)
    index = torch.zeros(len(fields), width, dtype=torch.long)
    taken = [
        _around(page, [place for chosen in places for of, place in chosen if of == number], reach)
        for number, (page, _) in enumerate(pages)
    ]
    for row, chosen in enumerate(places):
        for column, (number, place) in enumerate(chosen):
            mask[row, column] = True
            before = sum(len(rows) for rows in taken[:number])
            index[row, column] = before + int(np.searchsorted(taken[number], place))
    names = torch.from_numpy(np.stack([name_words(field) for field in fields]))
    if nameless is not None:
        names = names.masked_fill(torch.tensor(list(nameless))[:, None], 0)
    several = torch.tensor(list(many), dtype=torch.bool)
    if not pages:
        return _no_exemplars(network, names, several)
    # Only what the layers reach from an exemplar is embedded: the result is the same as with whole pages.
    join = [page.take(torch.from_numpy(rows)) for (page, _), rows in zip(pages, taken, strict=True)]
    vectors = torch.cat([network.embed(page) for page in join])  # all places x D
    chosen_places = [torch.cat([getattr(page, part) for page in join])[index] for part in _PARTS]
    gathered = Places(**dict(zip(_PARTS, chosen_places, strict=True)), mask=mask)
    body = (gathered.numbers[..., _BODY] > 0) & mask  # F x E
    count = body.sum(1)
    position = gathered.numbers[..., _QUANTILE : _QUANTILE + 2] * body[..., None]
    return Exemplars(
        gathered,
        vectors[index] * mask[..., None],
        names,
        several,
        torch.unique(torch.cat([page.texts for page, _ in pages])),
        position.sum(1) / count.clamp(min=1)[:, None],
        count > 0,
    )


def _around(page: PageTensors, places: Sequence[int], reach: int) -> NDArray[np.int64]:
    """The places and those within reach of them, in order."""
    keep = np.zeros(page.places, dtype=bool)
    for place in places:
        keep[max(0, place - reach) : place + reach + 1] = True
    return np.flatnonzero(keep)


def _no_exemplars(network: Network, names: Tensor, many: Tensor) -> Exemplars:
    count = names.shape[0]
    slots = sum(slots for _, slots in BAGS)
    places = Places(
        torch.zeros(count, 1, slots, dtype=torch.long),
        torch.zeros(count, 1, TAG_SLOTS, dtype=torch.long),
        torch.zeros(count, 1, NUMBERS),
        torch.zeros(count, 1, SIGNATURES, dtype=torch.long),
        torch.zeros(count, 1, SIGNATURES, 2, dtype=torch.int32),
        torch.zeros(count, 1, dtype=torch.long),
        torch.zeros(count, 1, dtype=torch.bool),
    )
    vectors = torch.zeros(count, 1, network.leave.out_features)
    empty = torch.zeros(0, dtype=torch.long)
    return Exemplars(places, vectors, names, many, empty, torch.zeros(count, 2), torch.zeros(count, dtype=torch.bool))


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

    def __init__(self, network: Network, card: Mapping[str, Any]) -> None:
        self.network = network.eval()
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
            read.append((page_tensors(arrays), rows))
        unknown = [not set(name_words(field).tolist()) - {0} <= self._known_words for field in names]
        with torch.inference_mode():
            exemplars = exemplars_of(self.network, read, names, [several[field] for field in names], unknown)
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
        with torch.inference_mode():
            _, logits, none = self.network(support.exemplars, page_tensors(arrays))
        ends = covers(arrays)
        for row, field in enumerate(support.fields):
            many = bool(support.exemplars.many[row])
            one, place, absent = probabilities(logits[row].double().numpy(), float(none[row]), arrays.texts, many)
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


def save_network(network: Network, folder: Path, card: Mapping[str, Any]) -> None:
    """Write weights (half precision) and card.json into ``folder``, each under a temporary name first."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.detach().half().contiguous() for name, tensor in network.state_dict().items()}
    temporary = folder / "network.safetensors.tmp"
    save_file(weights, temporary)
    temporary.replace(folder / "network.safetensors")
    described = {"format": "evergreen-network", "settings": asdict(network.settings), **card}
    temporary = folder / "card.json.tmp"
    temporary.write_text(json.dumps(described, indent=1, sort_keys=True) + "\n", "utf-8")
    temporary.replace(folder / "card.json")


def load_scorer(path: Path | None = None) -> Scorer:
    """The scorer with the weights in ``path``, by default those that come with the package.

    Raises StateError when there are none, or when they are another program's or another release's.
    """
    folder = SHIPPED if path is None else path
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
        network = Network(settings)
        weights = load_file(folder / "network.safetensors")
        network.load_state_dict({name: tensor.float() for name, tensor in weights.items()})
    except FileNotFoundError as error:
        raise StateError(f"{folder}: no weights ({error})", hint=hint) from error
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise StateError(f"{folder}: the weights can't be read ({error})", hint=hint) from error
    return Scorer(network, card)
