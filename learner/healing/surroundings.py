"""How like a slot is to a field of the examples: in what it holds, in what stands around it, and in its place.

The text before a value, or after it, is often its label; what is above it, its heading. Both outlive redesigns.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from lxml import etree

from learner.forms.declarations import Declarations
from learner.healing.groups import Column, Row
from learner.healing.resemblance import Look, likenesses, roles, words_around, words_of
from learner.network.features import KINDS
from learner.network.scorer import Scores
from learner.pages.candidates import SHOWN
from learner.pages.page import squash
from learner.pages.values import Scalar, normal
from learner.programs.examples import LabelledPage
from learner.programs.program import FieldProgram

LABEL: Final = 40
"""Characters of a text that may be the label of what is beside it."""
OFTEN: Final = 0.3
"""Share of a field's places that have a word or a label around them which goes with the field."""
LOOKED_AT: Final = 6
"""Places of a slot whose elements are looked at."""
INSIDE: Final = 6
"""Levels down to which what stands in an element is looked for."""
LINKS: Final = frozenset(
    "href src data-src content meta data srcset data-srcset poster data-lazy-src data-original".split()
)
TEXTS: Final = frozenset(("", "meta", "data", "datetime", "content", "title", "alt"))
_HEADINGS: Final = frozenset("h1 h2 h3 h4 h5 h6 dt th legend caption summary strong b".split())


class Surroundings:
    """What stands around each candidate of a page, by its number: the text before and after it, and its heading."""

    def __init__(self, page: LabelledPage) -> None:
        self._page = page
        shown = [n for n, candidate in enumerate(page.candidates) if candidate.kind not in ("meta", "data")]
        self.before = [candidate.name for candidate in page.candidates]
        self.after = [""] * len(page.candidates)
        self.headings = [""] * len(page.candidates)
        self._look(shown)

    def _look(self, shown: Sequence[int]) -> None:
        found = self._page.candidates
        last: int | None = None
        heading = ""
        for number in shown:
            candidate = found[number]
            if candidate.kind == "node" and candidate.node:
                # Bare texts come before the elements beside them.
                self.before[number] = _label_of(candidate.element[candidate.node - 1])
            elif last is None:
                self.before[number] = ""
            else:
                inside = _is_in(candidate.element, found[last].element)
                self.before[number] = self.before[last] if inside else _label(found[last].value)
            self.headings[number] = heading
            if candidate.kind in SHOWN:
                last = number
                if candidate.element.tag in _HEADINGS and (label := _label(candidate.value)):
                    heading = label
        following: int | None = None
        for number in reversed(shown):
            candidate = found[number]
            if candidate.kind == "node" and candidate.node < len(candidate.element):
                self.after[number] = _label_of(candidate.element[candidate.node])
            elif following is not None:
                inside = _is_in(found[following].element, candidate.element)
                self.after[number] = self.after[following] if inside else _label(found[following].value)
            if candidate.kind in SHOWN:
                following = number

    @cached_property
    def declared(self) -> frozenset[str]:
        """What the page declares for machines, in normal form."""
        return Declarations(self._page).texts


def _is_in(inner: etree._Element, outer: etree._Element) -> bool:
    """Whether an element is another, or in it, a few levels down."""
    around: etree._Element | None = inner
    for _ in range(INSIDE):
        if around is None or around is outer:
            break
        around = around.getparent()
    return around is outer


def _label_of(element: etree._Element) -> str:
    return _label("".join(map(str, element.itertext())))


def _label(text: str) -> str:
    return normal(squash(text)).strip(" :") if len(text) <= LABEL else ""


@dataclass(frozen=True)
class Position:
    """Where the values of a field or a slot stand: labels before and after them and headings (each with the share of
    the values that have it), kinds of candidates, how far into the page (0..1), how many are declared (0..1)."""

    before: Mapping[str, float]
    after: Mapping[str, float]
    headings: Mapping[str, float]
    kinds: tuple[float, ...]
    roles: tuple[float, ...]
    words: frozenset[str]
    attributes: frozenset[str]
    share: float
    declared: float

    @staticmethod
    def of(
        numbers: Mapping[Row, int],
        made: Mapping[Row, Scalar],
        pages: Sequence[LabelledPage],
        around: Sequence[Surroundings],
    ) -> Position:
        """The position of the values ``made``, which candidates of these numbers give."""
        if not made:
            return NOWHERE
        total = len(made)
        before, after, headings, kinds, words = (Counter[str]() for _ in range(5))
        attributes = set()
        share = declared = 0.0
        shown: list[tuple[float, ...]] = []
        for row, value in made.items():
            at, number = row[0], numbers[row]
            near, candidate = around[at], pages[at].candidates[number]
            before[near.before[number]] += 1
            after[near.after[number]] += 1
            headings[near.headings[number]] += 1
            kinds[candidate.kind] += 1
            if candidate.kind == "attribute":
                attributes.add(candidate.name)
            if len(shown) < LOOKED_AT:
                words.update(words_around(candidate.element, None))
                shown.append(roles(candidate.element))
            share += number / len(pages[at].candidates)
            declared += normal(str(value)) in near.declared
        return Position(
            _shares(before, total),
            _shares(after, total),
            _shares(headings, total),
            tuple(kinds[kind] / total for kind in KINDS),
            tuple(sum(one) / len(shown) for one in zip(*shown, strict=True)),
            frozenset(word for word, count in words.items() if count >= OFTEN * len(shown)),
            frozenset(attributes),
            share / total,
            declared / total,
        )

    @cached_property
    def labels(self) -> frozenset[str]:
        """The words of the labels that half of the values have before or after them."""
        told = [*self.before.items(), *self.after.items()]
        return frozenset(word for label, share in told if share >= 0.5 for word in words_of(label))


NOWHERE: Final = Position(
    {}, {}, {}, (1 / len(KINDS),) * len(KINDS), (0.5,) * 5, frozenset(), frozenset(), share=0.5, declared=0.5
)


def _shares(counts: Counter[str], total: int) -> dict[str, float]:
    return {text: count / total for text, count in counts.items() if text}


@dataclass(frozen=True, slots=True)
class Usual:
    """A field as the examples show it: the share of the pages that have it, and how many values these have."""

    name: str
    many: bool
    link: bool
    look: Look
    presence: float
    size: float
    words: frozenset[str]
    position: Position

    @staticmethod
    def of(entry: FieldProgram, look: Look, presence: float, size: float, position: Position) -> Usual:
        """A field with values of this look, at this position on the examples."""
        words = words_of(entry.profile.name) | position.words | position.labels
        is_link = entry.profile.kind == "link"
        return Usual(entry.profile.name, entry.many, is_link, look, presence, size, words, position)

    def may_stand(self, slot: Column) -> bool:
        """Whether the field's values can be what the slot has: links are read from links, texts from texts."""
        return slot.attribute in (LINKS if self.link else TEXTS) or slot.attribute in self.position.attributes


def features(
    usual: Usual,
    slot: Column,
    made: Mapping[Row, Scalar],
    pages: Sequence[LabelledPage],
    position: Position,
    seen: Sequence[Scores | None],
) -> list[float]:
    """How like the slot, whose cells give the values ``made`` at ``position``, is to the field; ``seen`` is what the
    network makes of the pages. (45,)"""
    then, total = usual.position, len(made)
    having = len({at for at, _ in made})
    presence = having / len(pages)
    words = position.words | position.labels | {slot.attribute}
    names = words_of(usual.name)
    return [
        abs(presence - usual.presence),
        max(0.0, usual.presence - presence),
        1 - total / len(slot.cells),
        *likenesses(Look.of(list(made.values())), usual.look),
        min(2, len(words & usual.words)) / 2,
        float(not words.isdisjoint(names)),
        *(abs(one - other) for one, other in zip(position.roles[:3], then.roles[:3], strict=True)),
        abs(position.share - then.share),
        *_sights(usual.name, slot, made, seen),
        float(bool(slot.attribute)),
        abs(math.log((total / having + 1) / (usual.size + 1))),
        _shared(position.before, then.before),
        _shared(position.after, then.after),
        _shared(position.headings, then.headings),
        max(then.before.values(), default=0.0),
        len(position.labels & then.labels) / max(1, len(then.labels)),
        float(not position.labels.isdisjoint(names)),
        max(position.before.values(), default=0.0),
        max(position.after.values(), default=0.0),
        sum(one * other for one, other in zip(position.kinds, then.kinds, strict=True)),
        *position.kinds,
        position.declared,
        abs(position.declared - then.declared),
        math.log(len(pages)),
        float(usual.many),
        float(usual.link),
    ]


def _shared(now: Mapping[str, float], then: Mapping[str, float]) -> float:
    """The share of the values that have a label which the field often had."""
    return sum(share for text, share in now.items() if then.get(text, 0.0) >= OFTEN)


def _sights(
    name: str, slot: Column, made: Mapping[Row, Scalar], seen: Sequence[Scores | None]
) -> tuple[float, float, float, float, float]:
    """The network's mean probability of the slot's texts, its logarithm, the highest, the share of the texts that it
    would answer with, and the logarithm of how many places it finds likelier."""
    held, ranks = [], []
    answers = 0
    for row in made:
        scores, number = seen[row[0]], slot.cells[row].number
        if scores is not None and name in scores:
            held.append(float(scores[name][number]))
            ranks.append(int((scores.places[name] > scores.places[name][number]).sum()))
            answers += number in scores.answers[name]
    if not held:
        return 0.0, math.log(1e-3), 0.0, 0.0, 6.0
    mean = sum(held) / len(held)
    return mean, math.log(mean + 1e-3), max(held), answers / len(made), math.log1p(sum(ranks) / len(ranks))
