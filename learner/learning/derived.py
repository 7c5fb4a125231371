"""Derived fields: their values stand nowhere, and are told by what does: yes or no, stars in the name of a class.

Two things tell them. A text in one place, or a class, goes with the value ("Sold out": no); of yes and no, that
something is there at all: a badge, an old price. What tells by chance is told from what doesn't by counting: of ``n``
examples of which ``k`` have a value there are (n over k) ways to choose as many, and a thing that has nothing to do
with the field hits on one of them; or on one of more, if it may be wrong on some. What is named like the field needs
fewer examples; a "yes" or "no" beside its name just one.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from lxml import etree

from learner.forms.consent import counterparts, spoken
from learner.learning import reliability
from learner.learning.scopes import Mark, Scope, marks, slots
from learner.pages.values import Scalar, normal
from learner.programs.examples import LabelledPage
from learner.programs.program import FieldProfile, FieldProgram, Records, Rule, key
from learner.programs.selectors import (
    Selector,
    Step,
    generate,
    generate_labelled,
    generated,
    label_form,
    labels_before,
)
from learner.programs.sought import Sought
from learner.programs.transforms import worded

MAX_SCOPES: Final = 240
MAX_MARKS: Final = 24
MAX_SLOTS: Final = 12
"""Things, and places, that go with the values, of which it is tried how to lead to them."""
MAX_PLACES: Final = 400
ANCHORS_TRIED: Final = 2
MAX_RULES: Final = 6
TRIED: Final = 40
"""Things of a page that are there as often by chance, about: one of so many may go with a field's values. Of fields
with values drawn by chance a fifth found one among 8 pages, one in twenty among 12, none among 24."""
RELATED: Final = 16
"""How many times likelier than others it is that what is named like the field tells its values: it is one of few."""
SURE: Final = 20
"""How many times more the ways must be to choose the examples than there are things to hit on one of them, for a text
that was seen once to be believed."""
SPOKEN: Final = 8
"""How many times likelier than others it is that a text which says yes or no tells the field's values: few do."""
RARE: Final = 2
"""Examples with each value that it takes for what is there or not: one has any number of things that no other has."""
ENOUGH: Final = 0.7
"""The probability from which on a rule is learned."""
MOST: Final = 0.8
"""Share of the examples that a rule must tell."""
EACH: Final = 4
"""Examples for each text more than there are values, of a place that is not named like the field: many texts may fit
by chance."""
SLIPS: Final = 0.02
"""Share of the examples with which a rule may be at odds: as much as people and spiders err."""
CHANGED: Final = 0.25
"""The same of texts that say yes or no, and of values that were known some time ago: as many may have changed since."""
_TAKES: Final = {"text": 0, "tag": 2}
"""Of things that are sought those that are tried first."""
_NUMBERED: Final = re.compile(r"\d")
_AUXILIARY: Final = frozenset(("i", "is", "ha", "has", "was", "wa", "can", "are"))
"""Words of a name that tell nothing, without their s."""
_PARTICLES: Final = frozenset("a an at by for from in of off on out the to up with am an auf im zu de en".split())
"""Words that tell nothing by themselves: "On loan" is not "On display", nor is "Oil on canvas"; but "For sale" is not
"On sale"."""


def are_booleans(pages: Sequence[LabelledPage], name: str) -> bool:
    """Whether the field's values are yes and no."""
    values = [page.values[name] for page in pages if name in page.values]
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return bool(flat) and all(isinstance(one, bool) for one in flat)


def compiled(
    name: str, scopes: Sequence[Scope], profile: FieldProfile, records: Records | None = None, slips: float = SLIPS
) -> FieldProgram | None:
    """The rules that tell the field's values, the most trusted first; None where nothing tells them for certain enough.
    ``slips`` is the share of the values that may be wrong; of values of long ago (more than ``SLIPS``) more are, where
    a text says so."""
    search = _Search(name, list(scopes)[:MAX_SCOPES], records, slips)
    found = dict.fromkeys(rule for rule in search.rules() if rule.weight >= ENOUGH)
    rules = sorted(found, key=lambda rule: -rule.weight * rule.reach)
    # What is counted from the top is another thing when something is inserted.
    rules = [rule for rule in rules if not _counts(rule)] or rules
    # A text that is always there tells more than what is there or not, for one that nobody knows says neither; unless
    # it is wrong where this is right.
    best = max((rule.weight for rule in rules if rule.sought is not None), default=0.0)
    rules = [rule for rule in rules if rule.sought is None and rule.weight >= best] or [
        rule for rule in rules if rule.weight >= best
    ]
    chosen: list[Rule] = []
    families: Counter[str] = Counter()
    for rule in rules:
        if families[rule.family] < 2 and len(chosen) < MAX_RULES:
            families[rule.family] += 1
            chosen.append(rule)
    if not chosen:
        return None
    return FieldProgram(profile, tuple(chosen), column=records is not None)


def _counts(rule: Rule) -> bool:
    """Whether it leads to an element by its number."""
    return any(step.position for selector in rule.selectors for step in selector.steps)


class _Search:
    """Of one field: what goes with its values, and the rules made of it."""

    def __init__(self, name: str, scopes: Sequence[Scope], records: Records | None, slips: float) -> None:
        self.scopes = scopes
        self.records = records
        words = frozenset(reliability.words_of(name))
        self.joined = "".join(reliability.words_of(name))
        self.particles = words & _PARTICLES
        telling = {word.rstrip("s") for word in words - _PARTICLES} - _AUXILIARY
        # A field may be named with these words alone.
        self.words = telling or {word.rstrip("s") for word in words}
        self.keys = [key(scope.value) for scope in scopes]
        self.value_of = {key(scope.value): scope.value for scope in scopes}
        self.is_boolean = all(isinstance(scope.value, bool) for scope in scopes)
        self.slips = int(slips * len(scopes))
        self.changed = int(CHANGED * len(scopes)) if slips > SLIPS else self.slips

    def rules(self) -> Iterator[Rule]:
        """Rules that tell the values of the examples."""
        if len(self.value_of) < 2 and not self.is_boolean:
            return  # what goes with one value alone tells nothing
        yield from self._mapped()
        if self.is_boolean and len(self.value_of) > 1:
            yield from self._soughts()

    def _is_related(self, number: int, element: etree._Element, take: str, *more: str) -> bool:
        """Whether what is read at an element of a scope is named like the field: there, by the element or a label."""
        index = self.scopes[number].page.index
        said = index.text(element) if take == "text" else str(element.get(take[1:], "")) if take[:1] == "@" else ""
        labels = (index.text(label) for label, _ in labels_before(element, index))
        own = (element.get("class"), element.get("id"), element.get("itemprop"), element.get("name"))
        return any(self._names(text) for text in (said, *filter(None, own), *labels, *more))

    def _names(self, text: str) -> bool:
        """Whether the text has the words of the field's name in it, or half of them."""
        words = frozenset(reliability.words_of(text))
        if self.joined in words:
            return True
        if self.particles and words & _PARTICLES and not self.particles & words:
            return False
        found = {word.rstrip("s") for word in words}
        return bool(self.words) and 2 * len(self.words & found) >= len(self.words)

    # Texts that go with values

    def _mapped(self) -> Iterator[Rule]:
        """Rules that lead to a text that goes with the values, of the places where these do so best."""
        said: dict[tuple[object, ...], dict[int, tuple[str, etree._Element]]] = defaultdict(dict)
        for number, scope in enumerate(self.scopes):
            for slot, form, element in slots(scope):
                said[slot].setdefault(number, (form, element))
        likely: list[tuple[int, int, tuple[object, ...]]] = []
        for slot, there in said.items():
            for alike in (worded, normal):
                known = self._known((alike(form), number) for number, (form, _) in there.items())
                hits = sum(counts.most_common(1)[0][1] for counts in known.values())
                says = self.is_boolean and any(spoken(form) is not None for form in known)
                slips = self.changed if says else self.slips
                if len(there) - hits <= slips:
                    break
            if len(there) >= MOST * len(self.scopes) and len(there) - hits <= slips and len(known) < max(2, hits):
                beside = says and self._is_related(*self._first(there), str(slot[0]))
                likely.append((len(known) - hits - len(self.scopes) * beside, len(likely), slot))
        for _, _, slot in sorted(likely)[:MAX_SLOTS]:
            number, element = self._first(said[slot])
            named = self._is_related(number, element, str(slot[0]))
            for selector in self._selectors(slot, number, element):
                texts = [self._text(selector, scope) for scope in self.scopes]
                if None in texts:
                    continue
                related = named or any(map(self._names, selector.literals()))
                for alike in (worded, normal):
                    rules = list(self._told(selector, [alike(text or "") for text in texts], related))
                    yield from rules
                    if rules:
                        break

    @staticmethod
    def _first(there: Mapping[int, tuple[str, etree._Element]]) -> tuple[int, etree._Element]:
        number, (_, element) = next(iter(there.items()))
        return number, element

    def _selectors(self, slot: tuple[object, ...], number: int, element: etree._Element) -> Iterator[Selector]:
        take = str(slot[0])
        if take == "data":
            yield Selector(data=tuple(map(str, slot[1:])))
            return
        index = self.scopes[number].page.index
        yield from dict.fromkeys([*generate(element, take, index), *generate_labelled(element, take, index)])

    def _text(self, selector: Selector, scope: Scope) -> str | None:
        """What the scope has there; empty for nothing, None for several things."""
        index = scope.page.index
        found = [
            text
            for element, text in itertools.islice(index.places(selector), MAX_PLACES)
            if scope.window is None or scope.window[0] <= index.order.get(element, 0) < scope.window[1]
        ]
        if len(set(found)) > 1 and not selector.data:
            return None
        return found[0] if found else ""

    def _known(self, texts: Iterable[tuple[str, int]]) -> dict[str, Counter[str]]:
        """How often each text stands with each value."""
        known: dict[str, Counter[str]] = defaultdict(Counter)
        for text, number in texts:
            if text:
                known[text][self.keys[number]] += 1
        return known

    def _told(self, selector: Selector, texts: Sequence[str], related: bool) -> Iterator[Rule]:
        """The rule that the texts of a place make, if they tell the values."""
        known = self._known(zip(texts, itertools.count()))
        words = {text: said for text in known if self.is_boolean and (said := spoken(text)) is not None}
        constants = {
            text: counts.most_common(1)[0][0]
            for text, counts in known.items()
            if counts.total() >= 2 or related or text in words
        }
        right = Counter(value for text, value in zip(texts, self.keys, strict=True) if constants.get(text) == value)
        wrong = sum(text in constants for text in texts) - right.total()
        values = {text: self.value_of[value] for text, value in constants.items()}
        says = bool(words) and all(values[text] is said for text, said in words.items())
        slips = self.changed if says and len(words) == len(constants) else self.slips
        if wrong > slips or right.total() + wrong < MOST * len(texts):
            return
        if not (related or words) and right.total() < EACH * (len(constants) - len(right)):
            return
        told = Counter(value for text, value in zip(texts, self.keys, strict=True) if text in constants)
        odds = unlikely(told, wrong) / 2.0 ** max(0, len(constants) - len(right))
        if says and (related or len(right) > 1):
            odds *= SPOKEN
        elif len(right) < 2:
            return
        if says and related:
            values = {**counterparts(words), **values}
        if odds > SURE * TRIED:
            # A place that tells the field tells a value, too, that was shown once, if no other text there does.
            once = {text: value for text, counts in known.items() if text not in constants for value in counts}
            values |= {text: self.value_of[value] for text, value in once.items() if value not in right}
        # Texts that are the values themselves say those, too, that were never shown.
        plain = all(isinstance(value, str) and normal(value) == text for text, value in values.items())
        made = () if plain else (("map", json.dumps(dict(sorted(values.items())), ensure_ascii=False)),)
        # What a text says is right, where what was known of some pages has changed since.
        wrong = 0 if slips > self.slips else wrong
        yield self._weighed(Rule(selector, made), odds, related, right.total(), wrong)

    # Things that are there or not

    def _soughts(self) -> Iterator[Rule]:
        """Rules that say yes where something is there, or where it is not."""
        masks: dict[tuple[Selector, Mark], int] = defaultdict(int)
        first: dict[tuple[Selector, Mark], tuple[int, etree._Element]] = {}
        for number, scope in enumerate(self.scopes):
            for mark, element, anchors in marks(scope, self.records):
                for anchor in anchors:
                    masks[anchor, mark] |= 1 << number
                    first.setdefault((anchor, mark), (number, element))
        yes = sum(1 << number for number, scope in enumerate(self.scopes) if scope.value)
        no = (1 << len(self.scopes)) - 1 - yes
        likely: dict[Mark, list[Selector]] = defaultdict(list)
        for (anchor, mark), mask in masks.items():
            astray = min((mask ^ yes).bit_count(), (mask ^ no).bit_count())
            # Another thing may have a no, too.
            if astray <= self.slips and spoken(mark.form) is None and len(likely[mark]) < ANCHORS_TRIED:
                likely[mark].append(anchor)
        order = sorted(likely, key=lambda mark: (_TAKES.get(mark.take, 1), len(mark.form)))
        for anchor, mark in [(around, one) for one in order[:MAX_MARKS] for around in likely[one]]:
            number, element = first[anchor, mark]
            if (selector := self._sought(mark, number, element)) is None:
                continue
            says = (masks[anchor, mark] ^ yes).bit_count() <= self.slips
            rule = Rule(anchor, sought=Sought(selector, says))
            said = [self._answer(rule, one) for one in self.scopes]
            right = Counter(str(t) for t, one in zip(said, self.scopes, strict=True) if t is one.value)
            told = Counter(str(one.value) for t, one in zip(said, self.scopes, strict=True) if t is not None)
            wrong = told.total() - right.total()
            if (
                wrong <= self.slips
                and right.total() >= MOST * len(said)
                and len(right) > 1
                and min(right.values()) >= RARE
            ):
                related = self._is_related(number, element, mark.take, mark.form)
                yield self._weighed(rule, unlikely(told, wrong), related, right.total(), wrong)

    def _sought(self, mark: Mark, number: int, element: etree._Element) -> Selector | None:
        """What leads to the mark on any page."""
        index = self.scopes[number].page.index
        take = "text" if index.text(element) else "@class"
        if mark.take == "text":
            form = label_form(index.text(element))
            return Selector(label=form) if form and not _NUMBERED.search(form) else None
        if mark.take == "class":
            return None if generated(mark.form) else Selector((Step("", (mark.form,)),), take=take)
        if mark.take == "tag":
            return Selector((Step(mark.form),), take=take) if take == "text" or element.get("class") else None
        name = mark.take.removeprefix("@")
        return Selector((Step(str(element.tag), (), (name, "=", element.get(name) or "")),), take=mark.take)

    @staticmethod
    def _answer(rule: Rule, scope: Scope) -> Scalar | None:
        found = rule.values(scope.page.index, scope.window)
        return found[0] if found else None

    def _weighed(self, rule: Rule, odds: float, related: bool, right: int, wrong: int) -> Rule:
        """The rule with its weight: how likely it is that it goes with the values for a reason, and the share of the
        examples that it is right on; and its reach, the share that it says anything on. Of two that are as good the one
        that is named like the field has more."""
        odds *= RELATED if related else 1
        weight = odds / (TRIED + odds) * (right + 1) / (right + wrong + 1)
        reach = (right + wrong + 1) / (len(self.scopes) + 1)
        return replace(rule, weight=min(0.97 if related else 0.96, max(0.02, weight)), reach=min(1.0, max(0.02, reach)))


def unlikely(told: Counter[str], wrong: int = 0) -> float:
    """In how many ways as many examples can have the values that are ``told`` of them, for each way of being ``wrong``
    on as many of them or fewer."""
    ways, left = 1.0, told.total()
    for count in told.values():
        ways *= math.comb(left, count)
        left -= count
    return ways / sum(math.comb(told.total(), slips) for slips in range(wrong + 1))
