"""Episodes, of which the base network learns: some pages of a design with their gold, and a page to read.

An episode is one to three pages of a design with their gold (the support) and one page to find the fields on:
another page of the design, a page of the site's next or former design, or of a simulated one. What is easily learned
by heart is hidden at random. Every episode follows from the seed that it is drawn with.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from learner.network.features import BAGS
from learner.network.network import Exemplars, Network, PageTensors, exemplars_of, page_tensors
from learner.training.recorded import PreparedPage

Design = tuple[str, str, str]  # set, site, version

_PLACES_IN_TRAINING: Final = 700
_MANY_POSITIVES: Final = 60
_FIELDS: Final = 6
_BAG_HIDDEN: Final = {  # by learner.network.features.BAGS; what is easily learned by heart is hidden often
    "own": 0.12,
    "near": 0.12,
    "far": 0.12,
    "semantic": 0.1,
    "label": 0.15,
    "heading": 0.15,
    "next": 0.15,
    "text": 0.3,
}
_NO_CLASSES: Final = 0.1  # no class words at all


class Library:
    """Prepared pages by set, site, version and variant."""

    def __init__(self, pages: Iterable[PreparedPage]) -> None:
        self.designs: dict[Design, dict[int, list[PreparedPage]]] = defaultdict(lambda: defaultdict(list))
        self.versions: dict[tuple[str, str], list[str]] = defaultdict(list)
        for page in pages:
            if not any(any(rows) for values in page.gold.values() for rows in values):
                continue
            self.designs[page.set, page.site, page.version][page.variant].append(page)
            if page.version not in self.versions[page.set, page.site]:
                self.versions[page.set, page.site].append(page.version)
        self.sites: dict[str, list[str]] = defaultdict(list)
        for set_name, site in self.versions:
            self.sites[set_name].append(site)

    def __len__(self) -> int:
        return len(self.versions)

    def weight(self, set_name: str, site: str) -> float:
        """How often a site is drawn against others of its set."""
        versions = self.versions[set_name, site]
        pages = sum(len(self.designs[set_name, site, version].get(0, ())) for version in versions)
        return 0.25 if pages <= 1 else 1.0


@dataclass(frozen=True, slots=True)
class Episode:
    """Support pages, the page to read, and how: what is hidden from the network to keep it honest."""

    support: tuple[PreparedPage, ...]
    query: PreparedPage
    kind: str


def draw_episode(library: Library, chance: random.Random) -> Episode:
    """One episode; sets are drawn by the root of their number of sites, so that no set drowns the others.

    A site with a single page tells least and is drawn a quarter as often.
    """
    names = sorted(library.sites)
    set_name = chance.choices(names, [math.sqrt(len(library.sites[name])) for name in names])[0]
    sites = library.sites[set_name]
    site = chance.choices(sites, [library.weight(set_name, site) for site in sites])[0]
    versions = library.versions[set_name, site]
    number = chance.randrange(len(versions))
    design = library.designs[set_name, site, versions[number]]
    variants = sorted(design)
    other = None
    lonely = len(design[min(design)]) == 1  # then only another version shows other pages
    if len(versions) > 1 and chance.random() < (0.8 if lonely else 0.5):
        neighbour = number + 1 if number + 1 < len(versions) and (number == 0 or chance.random() < 0.5) else number - 1
        other = library.designs[set_name, site, versions[neighbour]]
    support_variant = chance.choice(variants) if chance.random() < 0.35 else 0
    pages = design.get(support_variant) or design[variants[0]]
    pages = chance.sample(pages, min(len(pages), chance.choice((1, 1, 1, 2, 3))))
    if other is not None:
        query_variant = chance.choice(sorted(other)) if chance.random() < 0.3 else 0
        return Episode(tuple(pages), chance.choice(other.get(query_variant) or other[min(other)]), "redesign")
    same = chance.random() < 0.55
    query_variant = support_variant if same else chance.choice([v for v in variants if v != support_variant] or [0])
    used = {page.name for page in pages}
    rest = [page for page in design.get(query_variant, []) if page.name not in used]
    if rest:
        return Episode(tuple(pages), chance.choice(rest), "same" if same else "simulated")
    if len(pages) > 1 and len(design.get(query_variant, [])) > 1:
        query = next(page for page in design[query_variant] if page.name == pages[-1].name)
        return Episode(tuple(pages[:-1]), query, "same" if same else "simulated")
    # A design with a single page: the page itself, redesigned.
    query_variant = chance.choice([v for v in variants if v != support_variant] or [support_variant])
    return Episode(tuple(pages[:1]), chance.choice(design[query_variant]), "itself")


def _cut(page: PreparedPage, chance: random.Random) -> PreparedPage:
    """A long page without some stretches that hold no gold."""
    count = len(page.features.rows)
    if count <= _PLACES_IN_TRAINING:
        return page
    keep = np.ones(count, dtype=bool)
    gold = sorted({row for values in page.gold.values() for rows in values for row in rows})
    guarded = np.zeros(count, dtype=bool)
    guarded[gold] = True
    stretch = max(20, count // 16)
    for _ in range(64):
        excess = int(keep.sum()) - _PLACES_IN_TRAINING
        if excess <= 0:
            break
        start = chance.randrange(count)
        stop = start + min(stretch, excess)
        keep[start:stop] &= guarded[start:stop]
    return _only(page, keep)


def _only(page: PreparedPage, keep: NDArray[np.bool_]) -> PreparedPage:
    """The page with some of its places."""
    place = np.cumsum(keep) - 1
    names = type(page.features).__dataclass_fields__
    cut = type(page.features)(*(getattr(page.features, name)[keep] for name in names))
    gold = {
        field: tuple(tuple(int(place[row]) for row in rows if keep[row]) for rows in values)
        for field, values in page.gold.items()
    }
    return replace(page, features=cut, gold=gold)


def _without(page: PreparedPage, field: str) -> PreparedPage:
    """The page as if it did not show the field."""
    rows = gold_rows(page, field)
    keep = np.ones(len(page.features.rows), dtype=bool)
    keep[rows] = False
    cut = _only(page, keep)
    return replace(cut, gold={name: values for name, values in cut.gold.items() if name != field})


def gold_rows(page: PreparedPage, field: str) -> list[int]:
    """The rows of the page's features that hold a value of the field."""
    return sorted({row for rows in page.gold.get(field, ()) for row in rows})


def _hide(page: PageTensors, generator: torch.Generator, hidden: Hidden) -> PageTensors:
    """Words, signatures and shapes dropped at random, so that no single one is relied on."""
    words = page.words
    dropped = torch.rand(words.shape, generator=generator) < hidden.words
    start = 0
    for (_, slots), lost in zip(BAGS, hidden.bags, strict=True):
        if lost:
            dropped[:, start : start + slots] = True
        start += slots
    numbers = page.numbers
    if hidden.shapes:
        noise = torch.randn(numbers.shape[0], 6, generator=generator) * 0.08
        numbers = numbers.clone()
        numbers[:, :6] += noise
    signatures = page.signatures
    if any(hidden.signatures):
        signatures = signatures.masked_fill(torch.tensor(hidden.signatures), 0)
    return replace(page, words=words.masked_fill(dropped, 0), numbers=numbers, signatures=signatures)


@dataclass(frozen=True, slots=True)
class Hidden:
    """What an episode hides, on both sides alike."""

    words: float
    bags: tuple[bool, ...]
    shapes: bool
    signatures: tuple[bool, ...]


def _hidden(chance: random.Random, episode: Episode) -> Hidden:
    names = [name for name, _ in BAGS]
    bags = [chance.random() < _BAG_HIDDEN[name] for name in names]
    if chance.random() < _NO_CLASSES:
        bags = [lost or name in ("own", "near", "far") for name, lost in zip(names, bags, strict=True)]
    if episode.kind == "itself" or _same_article(episode):
        bags[names.index("text")] = True
    signatures = tuple(chance.random() < 0.12 for _ in range(6))
    return Hidden(0.12, tuple(bags), episode.kind != "same", signatures)


def _same_article(episode: Episode) -> bool:
    """Whether query and support show the same values: then texts must not give them away."""
    known = {
        int(page.features.texts[row])
        for page in episode.support
        for field in page.gold
        for row in gold_rows(page, field)
    }
    rows = [row for field in episode.query.gold for row in gold_rows(episode.query, field)]
    return sum(int(episode.query.features.texts[row]) in known for row in rows) > 0.4 * len(rows)


def episode_loss(network: Network, episode: Episode, chance: random.Random) -> Tensor | None:
    """The loss of one episode; None when it asks for nothing."""
    generator = torch.Generator().manual_seed(chance.getrandbits(60))
    support = episode.support
    fields = [
        field
        for field in sorted({f for page in support for f in page.gold})
        if any(gold_rows(p, field) for p in support)
    ]
    if not fields:
        return None
    chance.shuffle(fields)
    fields = fields[:_FIELDS]
    query = _cut(episode.query, chance)
    lost = chance.choice(fields)
    if chance.random() < 0.25 and 0 < len(gold_rows(query, lost)) < _MANY_POSITIVES:
        query = _without(query, lost)
    hidden = _hidden(chance, episode)
    taught = []
    for page in support:
        page = _cut(page, chance)
        taught.append(
            (_hide(page_tensors(page.features), generator, hidden), {field: gold_rows(page, field) for field in fields})
        )
    asked = _hide(page_tensors(query.features), generator, hidden)
    many = [any(field in page.many for page in support) for field in fields]
    blind = chance.random() < 0.12
    nameless = [not blind and chance.random() < 0.35 for _ in fields]
    exemplars = exemplars_of(network, [] if blind else taught, fields, many, nameless)
    if chance.random() < 0.15 and len(exemplars.texts):
        exemplars = replace(exemplars, texts=exemplars.texts[:0])
    first, final, none = network(exemplars, asked)
    return field_losses(exemplars, query, fields, final, none) + 0.3 * field_losses(
        exemplars, query, fields, first, none
    )


def field_losses(
    exemplars: Exemplars, query: PreparedPage, fields: Sequence[str], logits: Tensor, none: Tensor
) -> Tensor:
    """Mean over fields: one value, minus log of the probability of all its places; many, cross-entropy of each."""
    losses = []
    for row, field in enumerate(fields):
        rows = gold_rows(query, field)
        if query.gold.get(field) and not rows:
            continue  # its value is on the page in a form that no candidate has: nothing to teach
        if bool(exemplars.many[row]) and len(query.gold.get(field, ())) != 1:
            target = torch.zeros(logits.shape[1])
            target[rows] = 1
            each = functional.binary_cross_entropy_with_logits(logits[row], target, reduction="none")
            weight = 1.0 / (min(len(rows), _MANY_POSITIVES) + 2)
            losses.append(each.sum() * weight * (_MANY_POSITIVES / max(len(rows), _MANY_POSITIVES)))
            continue
        if bool(exemplars.many[row]):
            target = torch.zeros(logits.shape[1])
            target[rows] = 1
            losses.append(
                functional.binary_cross_entropy_with_logits(logits[row], target, reduction="sum") / (len(rows) + 2)
            )
            continue
        joined = functional.log_softmax(torch.cat([logits[row], none[row : row + 1]]), dim=0)
        losses.append(-torch.logsumexp(joined[rows], 0) if rows else -joined[-1])
    return torch.stack(losses).mean() if losses else (logits.sum() + none.sum()) * 0
