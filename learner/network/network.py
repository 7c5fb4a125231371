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
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from learner.network.features import (
    BAGS,
    NUMBERS,
    SIGNATURES,
    TAG_COUNT,
    TAG_SLOTS,
    VOCABULARY,
    Features,
    name_words,
    ordinals,
    page_rarity,
)
from learner.network.inference import (
    BODY,
    EXEMPLARS,
    LONG_TEXT,
    QUANTILE,
    SAME_ARTICLE,
    Inference,
    Settings,
    lay_out,
)

_PARTS: Final = ("words", "tags", "numbers", "signatures", "ordinals", "texts")


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

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__()
        settings = settings or Settings()
        self.settings = settings
        word, tag, hidden, vector = (settings.channels(size) for size in (24, 8, 128, 96))
        pair, head = settings.channels(64), settings.channels(64)
        heads = settings.heads
        self.words = nn.Embedding(settings.vocabulary, word, padding_idx=0)
        self.tags = nn.Embedding((TAG_COUNT + 1) * TAG_SLOTS, tag)
        self.enter = nn.Sequential(
            nn.Linear(len(BAGS) * word + TAG_SLOTS * tag + NUMBERS, hidden), nn.LayerNorm(hidden), nn.GELU("tanh")
        )
        self.layers = nn.ModuleList(_Layer(hidden, 2**depth) for depth in range(settings.layers))
        self.leave = nn.Linear(hidden, vector)
        self.name = nn.Linear(word, vector)
        # cosines per head; overlap of each bag, plain and by rarity; tags; signatures; differences of numbers
        compared = heads + 2 * len(BAGS) + TAG_SLOTS + 4 * SIGNATURES + NUMBERS
        self.compare = nn.Sequential(nn.Linear(compared, pair), nn.GELU("tanh"), nn.Linear(pair, pair), nn.GELU("tanh"))
        self.join_pairs = nn.Linear(2 * pair, head)
        self.join_place = nn.Linear(vector, head)
        self.join_field = nn.Linear(vector + 3, head)
        self.join_name = nn.Linear(heads + 2, head)
        self.first = nn.Sequential(nn.GELU("tanh"), nn.Linear(head, head), nn.GELU("tanh"))
        self.first_logit = nn.Linear(head, 1)
        self.neighbour = nn.Sequential(nn.Linear(8, 16), nn.GELU("tanh"), nn.Linear(16, 16))
        self.second = nn.Sequential(nn.Linear(head + 35, head), nn.GELU("tanh"), nn.Linear(head, 1))
        self.none = nn.Sequential(nn.Linear(7, 16), nn.GELU("tanh"), nn.Linear(16, 1))
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
        long = (page.numbers[:, 0] > LONG_TEXT) & (page.numbers[:, BODY] > 0)
        same = (seen & long).sum() > SAME_ARTICLE * long.sum()
        places = exemplars.places
        own = ((places.texts[:, :, None] == page.texts) & places.mask[:, :, None]).any(1)  # F x N
        told = (seen & ~own).float() * (~same).float()  # F x N
        return torch.stack([told, same.float().expand_as(told)], dim=2)

    def _order(self, exemplars: Exemplars, page: PageTensors, first: Tensor) -> Tensor:
        """Where each place is to the places where the other fields seem to be, against the examples (F x N x 35)."""
        body = page.numbers[:, BODY] > 0
        attention = torch.softmax(first.masked_fill(~body, -30.0), dim=1)  # F x N
        position = page.numbers[:, QUANTILE : QUANTILE + 2]  # N x 2
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
        inner = functional.gelu(self.convolve(torch.cat(around, dim=1)), approximate="tanh")  # N x C
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


def exemplars_of(
    network: Network,
    pages: Sequence[tuple[PageTensors, Mapping[str, Sequence[int]]]],
    fields: Sequence[str],
    many: Sequence[bool],
    nameless: Sequence[bool] | None = None,
) -> Exemplars:
    """The exemplars of ``fields`` from example pages (rows that hold each field's value); gradients flow."""
    reach = sum(2**depth for depth in range(network.settings.layers))
    layout = lay_out([(page.signatures.numpy(), golds) for page, golds in pages], fields, reach)
    mask, index = torch.from_numpy(layout.mask), torch.from_numpy(layout.index)
    names = torch.from_numpy(np.stack([name_words(field) for field in fields]))
    if nameless is not None:
        names = names.masked_fill(torch.tensor(list(nameless))[:, None], 0)
    several = torch.tensor(list(many), dtype=torch.bool)
    if not pages:
        return _no_exemplars(network, names, several)
    # Only what the layers reach from an exemplar is embedded: the result is the same as with whole pages.
    join = [page.take(torch.from_numpy(rows)) for (page, _), rows in zip(pages, layout.taken, strict=True)]
    vectors = torch.cat([network.embed(page) for page in join])  # all places x D
    chosen_places = [torch.cat([getattr(page, part) for page in join])[index] for part in _PARTS]
    gathered = Places(**dict(zip(_PARTS, chosen_places, strict=True)), mask=mask)
    body = (gathered.numbers[..., BODY] > 0) & mask  # F x E
    count = body.sum(1)
    position = gathered.numbers[..., QUANTILE : QUANTILE + 2] * body[..., None]
    return Exemplars(
        gathered,
        vectors[index] * mask[..., None],
        names,
        several,
        torch.unique(torch.cat([page.texts for page, _ in pages])),
        position.sum(1) / count.clamp(min=1)[:, None],
        count > 0,
    )


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


def inference_of(network: Network) -> Inference:
    """The network as it is now, to run without torch."""
    return Inference({name: tensor.detach().numpy() for name, tensor in network.state_dict().items()}, network.settings)


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
