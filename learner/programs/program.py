"""The generated code: per field several diverse rules, run on a page, their votes weighed.

A program is data. Running it reads a page through selectors and named transforms and evaluates nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Any, Final

from lxml import etree

from learner.pages.digits import MINUSES
from learner.pages.page import Document
from learner.pages.values import Scalar, Value, kind_of, normal, scalars
from learner.programs import transforms as t
from learner.programs.captions import NO_CAPTIONS, Captions, caption, headings, is_unlike, namesakes
from learner.programs.markings import marking
from learner.programs.onward import Onward
from learner.programs.orders import Bonds
from learner.programs.parts import NAMED_PARTS, PARTS, parts_of
from learner.programs.persons import PERSONS, persons
from learner.programs.selectors import Index, Selector, wording
from learner.programs.showings import first_showing
from learner.programs.sought import Sought
from learner.programs.transforms import KINDS, Transform

FORMAT: Final = 1
POOR: Final = 0.5
"""Weight below which a rule is more often wrong than right."""
ALWAYS: Final = 0.999
"""Share of the examples that have a field which every page has."""
SILENT: Final = -1
MISLED: Final = -2
"""Of a rule whose place is another thing's: it says nothing, neither for a value nor that there is none."""
ODDNESS: Final = 5
"""Where among a vote's figures that of the value's form stands."""
LONGEST_DATE: Final = 60
"""Characters of a date with its time and what else belongs to it."""
# A day in any language: 5. Mai 2020, 5 de mayo de 2020.
_ANY_MONTH: Final = re.compile(r"\b\d{1,2}(?:\.|º|er)?\s(?:de\s)?[^\W\d_]{3,12}\.?,?\s(?:de\s)?\d{4}\b")
FORMS: Final = frozenset(("amount", "date", "number", "percent", "phone", "picture", "time"))
"""Kinds of text that all values of a field are as a whole, or none."""
_SIGNED: Final = frozenset(("amount", "number", "percent"))
_SIGN: Final = re.compile(rf"^[+±{MINUSES}]\s?")
_PICTURE: Final = re.compile(r"\S+\.(?:avif|gif|jpe?g|png|svg|webp)(?:[?#]\S*)?", re.IGNORECASE)
FIRM: Final = FORMS | {"letter"}
"""Traits that no value of a list lacks, wherever it stands: the others may be chance ("salt" among amounts)."""
NEARLY: Final = 0.8
MAX_VOTES: Final = 1_000
"""Ways in which a field's votes ended that are remembered."""


@dataclass(frozen=True)  # no slots: its text is made once
class Rule:
    """One way to a field's value: a selector, what is made of each text found, and how far it is trusted.

    ``explode`` is a mark that parts one text into several values, or PERSONS, PARTS or both. ``weight`` is the
    probability, learned from other sites and this site's examples, that what the rule gives on a new page is right;
    ``reach`` is the probability that it gives anything on a page that has the field. ``beside`` leads to the rest of a
    list whose values stand in two places of their own. Of links it gives those that lead ``onward``, if that is known.
    What is ``sought`` within the elements that the selector leads to tells yes from no: their texts don't matter then.
    """

    selector: Selector
    transforms: tuple[Transform, ...] = ()
    explode: str = ""
    last: bool = False
    weight: float = 0.5
    reach: float = 1.0
    beside: Rule | None = None
    onward: Onward | None = None
    sought: Sought | None = None

    @cached_property
    def reading(self) -> tuple[object, ...]:
        """All but the places: what is read there and what is made of it."""
        return (
            self.selector.data,
            self.selector.take,
            self.transforms,
            self.explode,
            self.last,
            self.beside,
            self.onward,
            self.sought,
        )

    @property
    def parts(self) -> tuple[Rule, ...]:
        """The rule, and that beside it."""
        return (self,) if self.beside is None else (self, self.beside)

    @property
    def is_derived(self) -> bool:
        """Whether it tells constants by what stands on the page: yes or no."""
        return self.sought is not None or any(step[0] == "map" for step in self.transforms)

    @property
    def selectors(self) -> tuple[Selector, ...]:
        """All that is looked for on a page."""
        own = (self.selector,) if self.sought is None else (self.selector, self.sought.selector)
        return own if self.beside is None else (*own, self.beside.selector)

    @property
    def family(self) -> str:
        """The kind of evidence that the rule relies on."""
        return self.selector.family if self.sought is None else self.sought.selector.family

    @property
    def is_link(self) -> bool:
        """Whether it leads to where links lead, whatever they say."""
        return self.selector.take == "@href" and self.selector.family != "meta" and self.onward is None

    @property
    def is_headed(self) -> bool:
        """Whether it leads to elements that may have a heading over them."""
        shown = self.selector.take == "text" or self.selector.take.startswith("@")
        return shown and not self.selector.data and self.selector.family != "meta" and self.beside is None

    @property
    def is_shown(self) -> bool:
        """Whether it leads to a text that people see."""
        selector = self.selector
        return not selector.data and not selector.take.startswith("@") and selector.family != "meta"

    def values(self, index: Index, window: tuple[int, int] | None = None) -> list[Scalar]:
        """What the rule gives on the page (between two places of document order), in document order."""
        if window is None:
            return [value for _, value in self.found(index)]
        return [value for place, value in self.places(index) if window[0] <= place < window[1]]

    def places(self, index: Index) -> list[tuple[int, Scalar]]:
        """Pairs of place in document order and value."""
        order = index.order
        return [(order.get(element, 0), value) for element, value in self.found(index)]

    def found(self, index: Index) -> Iterator[tuple[etree._Element, Scalar]]:
        """Pairs of element and value, one by one: nothing is read beyond what the reader takes."""
        if self.onward is not None:
            return self.onward.leading(self._own(index), index.document, index.document.root.iter("a"), index.text)
        if self.beside is None:
            return self._own(index)
        both = [*self._own(index), *self.beside.found(index)]
        return iter(sorted(both, key=lambda pair: index.order.get(pair[0], 0)))

    def picked(self, index: Index) -> tuple[etree._Element, Scalar] | None:
        """Of what it finds the one that is the value of a field with one: the first, or the last."""
        if self.last:
            return next(iter([*self.found(index)][-1:]), None)
        return next(self.found(index), None)

    def made(self, text: str, index: Index) -> Scalar | None:
        """What the rule makes of a text that has one value; None for nothing."""
        value = t.apply(self.transforms, text, index.document) if self.transforms else text
        return None if value == "" else value

    def _own(self, index: Index) -> Iterator[tuple[etree._Element, Scalar]]:
        """What the rule finds itself."""
        if self.sought is not None:
            yield from self.sought.told(index, self.selector)
            return
        transforms, document = self.transforms, index.document
        named, parted = self.explode in (PERSONS, NAMED_PARTS), self.explode in (PARTS, NAMED_PARTS)
        mark = "" if named or parted else self.explode
        for element, text in index.places(self.selector):
            several = parts_of(element, index.text) if parted else text.split(mark) if mark else ()
            for part in map(str.strip, several) if several else (text,):
                value = t.apply(transforms, part, document) if transforms else part
                if value is None or value == "":
                    continue
                if named and isinstance(value, str):
                    yield from ((element, person) for person in persons(value))
                else:
                    yield element, value

    def to_json(self) -> dict[str, Any]:
        """The rule as plain JSON."""
        out: dict[str, Any] = {
            "selector": self.selector.to_json(),
            "weight": round(self.weight, 4),
            "reach": round(self.reach, 4),
        }
        if self.transforms:
            out["transforms"] = [list(step) for step in self.transforms]
        if self.explode:
            out["explode"] = self.explode
        if self.last:
            out["last"] = True
        if self.beside is not None:
            out["beside"] = self.beside.to_json()
        if self.onward is not None:
            out["onward"] = self.onward.to_json()
        if self.sought is not None:
            out["sought"] = self.sought.to_json()
        return out

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Rule:
        """The inverse of ``to_json``; raises ValueError for what is not of the closed language."""
        weight, reach = float(data["weight"]), float(data.get("reach", 1.0))
        if not 0 < weight < 1 or not 0 < reach <= 1:
            raise ValueError(f"a rule's weight and reach are probabilities, not {weight} and {reach}")
        return Rule(
            Selector.from_json(data["selector"]),
            tuple(t.check(tuple(step)) for step in data.get("transforms", ())),
            str(data.get("explode", "")),
            bool(data.get("last", False)),
            weight,
            reach,
            Rule.from_json({**data["beside"], "beside": None}) if data.get("beside") else None,
            Onward.from_json(data["onward"]) if data.get("onward") else None,
            Sought.from_json(data["sought"]) if data.get("sought") else None,
        )

    def __str__(self) -> str:
        return self._shown

    @cached_property
    def _shown(self) -> str:
        steps = [" ".join([step[0], *map(repr, step[1:])]) for step in self.transforms]
        if self.explode:
            steps.insert(0, f"explode {self.explode!r}")
        if self.sought is not None:
            steps.append(str(self.sought))
        shown = " | ".join([str(self.selector), *steps])
        return shown if self.beside is None else f"{shown}, and beside it {self.beside}"


@dataclass(frozen=True, slots=True)
class FieldProfile:
    """What the examples tell of a field: its type, how often it is there, how its values look.

    ``presence`` is the share of the examples that have it (0..1); lengths are in characters; ``fewest`` and
    ``most`` count the values on one page; ``repeats`` tells that a page may have a value several times. ``fillers`` are
    the first words of texts that stand in the place of a value where examples have none: "TV:" in a column of venues.
    Of a field whose item has one text for its many values, ``joint`` is what joins them (see learner.programs.joints).
    """

    name: str
    kind: str
    many: bool
    presence: float = 1.0
    shortest: int = 0
    longest: int = 0
    constants: tuple[str, ...] = ()
    traits: frozenset[str] = frozenset()
    fewest: int = 0
    most: int = 0
    repeats: bool = True
    fillers: frozenset[str] = frozenset()
    joint: str = ""

    def admits(self, value: Scalar) -> bool:
        """Whether the value has the traits that all values of the examples have, and is none that fills a gap."""
        if not isinstance(value, str) or (self.fillers and opening(value) in self.fillers):
            return not isinstance(value, str)
        return not self.traits or self.traits <= traits_of(value)

    def allows(self, value: Scalar) -> bool:
        """Whether it may stand among values that are admitted: it lacks no trait but those that may be chance."""
        return not isinstance(value, str) or self.traits & FIRM <= traits_of(value)

    def fits(self, value: Scalar) -> bool:
        """Whether the value is of the kind that all of the examples' are as a whole: an amount, a time, a number..."""
        return not isinstance(value, str) or not self.traits & FORMS or self.traits & FORMS <= traits_of(value)

    def to_json(self) -> dict[str, Any]:
        """The profile as plain JSON."""
        return {
            "kind": self.kind,
            "many": self.many,
            "presence": round(self.presence, 4),
            "shortest": self.shortest,
            "longest": self.longest,
            "constants": list(self.constants),
            "traits": sorted(self.traits),
            "fewest": self.fewest,
            "most": self.most,
            "repeats": self.repeats,
            **({"fillers": sorted(self.fillers)} if self.fillers else {}),
            **({"joint": self.joint} if self.joint else {}),
        }

    @staticmethod
    def from_json(name: str, data: Mapping[str, Any]) -> FieldProfile:
        """The inverse of ``to_json``."""
        return FieldProfile(
            name,
            str(data["kind"]),
            bool(data["many"]),
            float(data["presence"]),
            int(data["shortest"]),
            int(data["longest"]),
            tuple(map(str, data.get("constants", ()))),
            frozenset(map(str, data.get("traits", ()))),
            int(data.get("fewest", 0)),
            int(data.get("most", 0)),
            bool(data.get("repeats", True)),
            frozenset(map(str, data.get("fillers", ()))),
            str(data.get("joint", "")),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """A field's answer on one page before it is judged: the value, who voted for it, and the evidence."""

    value: Value
    confidence: float
    rule: Rule
    votes: int
    rules: int


@dataclass(frozen=True, slots=True)
class Vote:
    """How a vote ended: the number of the first rule that gave the winning answer, how many gave it, and the vote's
    figures but for that of the value's form. ``outvoted``: pages may lack the field, and poor rules alone find
    something, against better ones that find nothing."""

    winner: int
    votes: int
    figures: tuple[float, ...]
    outvoted: bool


# Coefficients of the calibration, fitted on training sites (see docs/experiments.md).
@dataclass(frozen=True, slots=True)
class Calibration:
    """Logistic regression from the vote's figures to the probability that the answer is right."""

    coefficients: tuple[float, ...] = (-1.2, 2.4, 2.2, 0.6, -1.5, -0.4, -0.5, 0.0, 0.0)

    def confidence(self, figures: Sequence[float]) -> float:
        """Probability that the answer is right."""
        z = sum(c * f for c, f in zip(self.coefficients, (1.0, *figures), strict=False))
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, z))))


@dataclass(frozen=True)  # no slots: how votes end is remembered
class FieldProgram:
    """A field's rules, most trusted first. A ``column`` has a value in every record of a list page.

    ``trust`` is how far the labels that the rules were made from are trusted (1: a person's or a spider's); places
    that the ``captions`` contradict, or that are marked up as ``strangers`` are, are not the field's.
    """

    profile: FieldProfile
    rules: tuple[Rule, ...]
    column: bool = False
    trust: float = 1.0
    captions: Captions = NO_CAPTIONS
    strangers: frozenset[str] = frozenset()

    @property
    def many(self) -> bool:
        """Whether a page has many values of the field."""
        return self.column or self.profile.many

    @property
    def is_derived(self) -> bool:
        """Whether its values are told by what stands on the page, and don't stand there themselves."""
        return any(rule.is_derived for rule in self.rules)

    def run(self, index: Index, calibration: Calibration, window: tuple[int, int] | None = None) -> Answer | None:
        """The answer that the rules agree on most; None when none of them finds anything."""
        if window is None:
            vote = self.elect(self.given(index))
        else:
            vote = self.elect([(rule, self.read(rule, index, window)) for rule in self.rules])
        if vote is None:
            return None
        rule, values, votes, figures = vote
        value: Value = values if self.many else values[0]
        confidence = min(self.trust, calibration.confidence(figures))
        if self.trust < 1 and figures[0] < POOR and not self.many:
            # Of labels that nobody showed, rules that are more often wrong are worth no more than the best of them.
            confidence = min(confidence, figures[0])
        return Answer(value, confidence, rule, votes, len(self.rules))

    def given(self, index: Index) -> list[tuple[Rule, list[Scalar] | None]]:
        """What each rule says, None of one that is misled. Most rules lead to the same elements: what they read alike
        there is read once."""
        given: list[tuple[Rule, list[Scalar] | None]] = []
        known: list[tuple[list[etree._Element], tuple[object, ...], list[Scalar] | None]] = []
        for rule in self.rules:
            elements, reading = index.elements_of(rule.selector), rule.reading
            for others, other, read in known:
                if elements == others and reading == other:
                    given.append((rule, read))
                    break
            else:
                values = self.heard(rule, index)
                known.append((elements, reading, values))
                given.append((rule, values))
        return given

    def elect(
        self, given: Sequence[tuple[Rule, list[Scalar] | None]]
    ) -> tuple[Rule, list[Scalar], int, tuple[float, ...]] | None:
        """Of what each of the field's rules gave: the rule most agreed with, its values, its votes and the figures
        that the calibration judges by: trust, agreement, opposition, silence, and the value's form."""
        # Rules that read alike share one list of values.
        numbers: dict[int, int] = {}
        distinct: list[tuple[str, ...]] = []
        for _, values in given:
            if values is not None and id(values) not in numbers:
                form = tuple(map(key, values))
                if form and form not in distinct:
                    distinct.append(form)
                numbers[id(values)] = distinct.index(form) if form else SILENT
        if not distinct:
            return None
        sides = tuple([MISLED if values is None else numbers[id(values)] for _, values in given])
        if len(distinct) == 1 or all(len(form) == 1 for form in distinct):
            # Answers are equal or have nothing in common: how the vote ends depends on who gives the same alone.
            vote = self._votes.get(sides)
            if vote is None:
                if len(self._votes) >= MAX_VOTES:
                    self._votes.clear()
                shares = [[float(one == other) for other in distinct] for one in distinct]
                vote = self._votes[sides] = self.count(sides, shares)
        else:
            bags = list(map(Counter, distinct))
            vote = self.count(sides, [[overlap(bag, other) for other in bags] for bag in bags])
        if vote.outvoted:
            return None
        rule, winning = given[vote.winner]
        values = winning or []
        before, after = vote.figures[:ODDNESS], vote.figures[ODDNESS:]
        return rule, values, vote.votes, (*before, self.oddness(values), *after)

    @cached_property
    def _votes(self) -> dict[tuple[int, ...], Vote]:
        return {}

    def count(self, sides: Sequence[int], shares: Sequence[Sequence[float]]) -> Vote:
        """The vote, where ``sides`` tells each rule's answer (SILENT: none, or MISLED) by its number, in order of
        appearance, and ``shares`` how much two answers have in common."""
        voters = [(rule, side) for rule, side in zip(self.rules, sides, strict=True) if side >= 0]
        best, best_score = 0, -1.0
        for number, common in enumerate(shares):
            score = _backing((rule, common[side]) for rule, side in voters)
            if score > best_score + 1e-9:
                best, best_score = number, score
        common = shares[best]
        supporters = [rule for rule, side in voters if common[side] > 0.999]
        # That a rule of little reach is silent tells little.
        silent = sum(r.weight * r.reach for r, side in zip(self.rules, sides, strict=True) if side == SILENT)
        total = sum(rule.weight for rule, _ in voters) + silent or 1.0
        figures = (
            max((rule.weight for rule in supporters), default=0.0),
            sum(rule.weight * common[side] for rule, side in voters) / total,
            min(len({rule.family for rule in supporters}), 4) / 4,
            max((rule.weight * (1 - common[side]) for rule, side in voters), default=0.0),
            silent / total,
            1.0 if self.many else 0.0,
            min(len(self.rules), 6) / 6,
        )
        mute = _backing((r, r.reach) for r, side in zip(self.rules, sides, strict=True) if side == SILENT)
        poor = max((rule.weight for rule in supporters), default=0.0) < POOR
        outvoted = self.profile.presence < ALWAYS and not self.column and poor and mute > best_score
        return Vote(sides.index(best), len(supporters), figures, outvoted)

    def ranking(self, index: Index) -> list[tuple[list[Scalar], float]]:
        """The different answers of the rules, the one that wins first, each with its backing: the log-odds of the rules
        behind it, of each family the most trusted."""
        given = [(rule, values) for rule, values in self.given(index) if values]
        bags = [Counter(map(key, values)) for _, values in given]
        ranked: dict[tuple[str, ...], tuple[list[Scalar], float]] = {}
        for bag, (_, values) in zip(bags, given, strict=True):
            backing = _backing((rule, overlap(bag, other)) for other, (rule, _) in zip(bags, given, strict=True))
            ranked.setdefault(tuple(map(key, values)), (values, backing))
        return sorted(ranked.values(), key=lambda entry: -entry[1])

    def read(self, rule: Rule, index: Index, window: tuple[int, int] | None = None) -> list[Scalar]:
        """What one rule says of the field: all values, or the one it picks."""
        if self.column and window is None:
            return [value for _, value in self.located(rule, index)]
        if self.many:
            if window is not None:
                return [value for value in rule.values(index, window) if self.profile.admits(value)]
            return [value for _, value in self.listed(rule, index)]
        if window is None:
            return self._fitting(rule.picked(index))
        values = rule.values(index, window)
        values = values[-1:] if rule.last else values[:1]
        return [value for value in values if self.profile.fits(value)]

    def located(self, rule: Rule, index: Index) -> list[tuple[int, Scalar]]:
        """The values of a column that one rule finds and whose captions are not those of other things, with their
        places in document order."""
        found = ((element, value) for element, value in rule.found(index) if self.profile.admits(value))
        if self.captions.own and rule.is_shown:
            take = rule.selector.take
            found = ((one, value) for one, value in found if not self.is_elsewhere(one, take, index))
        return [(index.order.get(element, 0), value) for element, value in found]

    def listed(self, rule: Rule, index: Index) -> list[tuple[etree._Element, Scalar]]:
        """The elements of a list that one rule finds, with their values."""
        found = admitted(list(rule.found(index)), self.profile.admits, self.profile.allows)
        return found if self.profile.repeats else once(found)

    def _fitting(self, picked: tuple[etree._Element, Scalar] | None) -> list[Scalar]:
        return [] if picked is None or not self.profile.fits(picked[1]) else [picked[1]]

    def heard(self, rule: Rule, index: Index) -> list[Scalar] | None:
        """What one rule says of the field, as ``read`` does; None if its caption or markup is that of another thing.
        Where the field's own caption stands in one of the rows made alike, it is the value there."""
        captions = self.captions
        if self.many:
            if self.column or not captions.own or not rule.is_headed:
                return self.read(rule, index)
            listed = self.listed(rule, index)
            elements = [element for element, _ in listed]
            misled = elements and captions.contradict_headings(headings(elements, index.text))
            return None if misled else [value for _, value in listed]
        picked, take = rule.picked(index), rule.selector.take
        if picked is None:
            return []
        if self.strangers and marking(picked[0]) in self.strangers:
            return None
        if rule.is_link and captions.is_known:
            return None if self.is_elsewhere(picked[0], take, index) else self._fitting(picked)
        if not captions.own or not rule.is_shown:
            return self._fitting(picked)
        found = caption(picked[0], take, index.text)
        if not found or found in self.captions.own:
            return self._fitting(picked)
        named = namesakes(picked[0], take, index.text, self.captions.own)
        values = [(place, rule.made(index.shown(place, take), index)) for place in named]
        moved = {key(value): (place, value) for place, value in values if value is not None}
        if len(moved) == 1:
            return self._fitting(*moved.values())
        return None if self.is_elsewhere(picked[0], take, index) else self._fitting(picked)

    def is_elsewhere(self, element: etree._Element, take: str, index: Index) -> bool:
        """Whether the caption of what ``take`` reads at the element, or what that link says, shows it to be another
        thing."""
        captions = self.captions
        if self.many and not self.column:
            return bool(captions.own) and captions.contradict_headings(headings([element], index.text))
        if take == "@href":
            if element.tag != "a":
                return False
            if captions.says and captions.contradict_link(wording(index.text(element))):
                return True
            take = "text"
        own = captions.own
        found = caption(element, take, index.text) if own else ""
        if not found or found in own:
            return False
        unlike = is_unlike(element, take, index.text, found, captions.beside)
        return captions.contradict(found) or unlike or bool(namesakes(element, take, index.text, own))

    def oddness(self, values: Sequence[Scalar], firm: bool = False) -> float:
        """How far the values' form is from the examples' (0: alike, 1 and more: another kind of thing); with ``firm``,
        what the examples may have by chance does not count: how short they are, and traits such as a digit."""
        profile = self.profile
        admits = profile.allows if firm else profile.admits
        odd = 0.0
        for value in values[:20]:
            if kind_of(value) != profile.kind or not admits(value):
                odd += 1.0
            elif isinstance(value, str):
                length = len(value)
                if profile.longest and length > 4 * profile.longest + 20:
                    odd += 1.0
                elif not firm and profile.shortest and 4 * length < profile.shortest - 8:
                    odd += 0.7
        return odd / max(1, min(len(values), 20))


def _backing(agreed: Iterable[tuple[Rule, float]]) -> float:
    """What rules count together, each by the share of its answer that agrees.

    Rules of one family err together: only the most trusted of a family counts.
    """
    backing: dict[str, float] = {}
    for rule, share in agreed:
        family = rule.family
        backing[family] = max(backing.get(family, 0.0), _odds(rule.weight) * share)
    return sum(backing.values())


def _odds(weight: float) -> float:
    """What a rule's vote counts: the logarithm of its odds, never nothing and never all."""
    return max(0.1, math.log(weight / (1 - weight)) if weight < 0.995 else 5.3)


def opening(text: str) -> str:
    """The first word of a text, in the form in which such words are compared."""
    return next(iter(text.casefold().split()), "")


@lru_cache(maxsize=4_096)
def traits_of(text: str) -> frozenset[str]:
    """Traits of a text that hold for all values of some fields: what it is made of, and what it is as a whole."""
    traits = set()
    if re.search(r"[\d¼-¾⅐-⅞]", text):
        traits.add("digit")
    if any(map(str.isalpha, text)):
        traits.add("letter")
    if len(text) >= 4:
        traits.add("length 4")
    says_day = "date" in KINDS and "digit" in traits and len(text) <= LONGEST_DATE
    date = KINDS["date"].search(text) or _ANY_MONTH.search(text) if says_day else None
    if date is not None and len(date.group()) >= 0.4 * len(text):
        # A month may be a word or a number.
        traits = {*traits - {"letter"}, "date"}
    if "digit" in traits and len(text) <= 40:
        # A rise and a fall are of one kind: "+0.60%", "-0.96%".
        bare = _SIGN.sub("", text)
        traits.update(name for name in _SIGNED & KINDS.keys() if KINDS[name].fullmatch(bare))
        traits.update(name for name in FORMS & KINDS.keys() - {"date"} if KINDS[name].fullmatch(text))
    if "." in text and _PICTURE.fullmatch(text):
        traits.add("picture")
    return frozenset(traits)


def admitted(
    found: Sequence[tuple[etree._Element, Scalar]], admits: Callable[[Scalar], bool], allows: Callable[[Scalar], bool]
) -> list[tuple[etree._Element, Scalar]]:
    """Of a list's values those that the profile ``admits``, and those that it ``allows`` and that are marked up as
    these are: "salt" among ingredients with an amount, but not the heading "Sauce" between them."""
    sure = [admits(value) for _, value in found]
    if all(sure) or not any(sure):
        return [pair for pair, one in zip(found, sure, strict=True) if one]
    shapes = [_markup(element) for element, _ in found]
    known = {part for shape, one in zip(shapes, sure, strict=True) if one for part in shape}
    return [
        pair
        for pair, shape, one in zip(found, shapes, sure, strict=True)
        if one or (allows(pair[1]) and known.issuperset(shape))
    ]


def once(found: Sequence[tuple[etree._Element, Scalar]]) -> list[tuple[etree._Element, Scalar]]:
    """A list that a page shows twice or more, once."""
    kept = first_showing([element for element, _ in found], [key(value) for _, value in found])
    return [found[number] for number in kept]


def _markup(element: etree._Element) -> set[tuple[object, ...]]:
    """The element's own kind with that of each child (or of none): what it is made of."""
    own = element.tag, element.get("class")
    return {(*own, child.tag, child.get("class")) for child in element.iterchildren(etree.Element)} or {own}


def key(value: Scalar) -> str:
    """A form of the value under which equal values are equal."""
    if isinstance(value, str):
        return normal(value)
    return repr(int(value) if isinstance(value, float) and value.is_integer() else value)


def overlap(left: Counter[str], right: Counter[str]) -> float:
    """F1 of two bags of values: 1 for equal bags, 0 for nothing in common."""
    size = left.total() + right.total()
    return 2.0 * (left & right).total() / size if size else 1.0


def nearly_same(left: Value, right: Value) -> bool:
    """Whether two answers say the same, or, of many values, nearly the same."""
    return overlap(Counter(map(key, scalars(left))), Counter(map(key, scalars(right)))) > NEARLY


@dataclass(frozen=True, slots=True)
class Records:
    """How a list page parts into records.

    ``starts`` gives the elements at which a record begins; a record reaches to the element's end
    (``inside``) or to the next start. ``carried`` fields stand over a group of records and hold until
    the next one; ``required`` fields make a record one (a header row has none of them).
    """

    starts: tuple[Selector, ...]
    inside: bool
    carried: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """The records' program as plain JSON."""
        return {
            "starts": [selector.to_json() for selector in self.starts],
            "inside": self.inside,
            "carried": sorted(self.carried),
            "required": sorted(self.required),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Records:
        """The inverse of ``to_json``; raises ValueError for starts that are no elements."""
        starts = tuple(Selector.from_json(selector) for selector in data["starts"])
        if not all(selector.steps for selector in starts):
            raise ValueError("records start at elements found by steps")
        return Records(
            starts,
            bool(data["inside"]),
            frozenset(map(str, data.get("carried", ()))),
            frozenset(map(str, data.get("required", ()))),
        )


@dataclass(frozen=True, slots=True)
class Program:
    """What was learned of a template: a program per field and, for list pages, how records are parted.

    ``reveals`` tells that values stand in what the pages hide (see learner.pages.page.reveal); ``bonds`` are what
    examples of former code showed of pairs of fields.
    """

    fields: Mapping[str, FieldProgram]
    records: Records | None = None
    calibration: Calibration = field(default_factory=Calibration)
    reveals: bool = False
    bonds: Bonds = field(default_factory=Bonds)

    def run(self, document: Document) -> dict[str, Answer]:
        """Each field's answer on the page; a field that no rule finds is absent."""
        index = Index(document)
        answers = {name: program.run(index, self.calibration) for name, program in self.fields.items()}
        return {name: answer for name, answer in answers.items() if answer is not None}

    @property
    def joints(self) -> dict[str, str]:
        """By field of which items have one text for its many values, what joins them."""
        return {name: joint for name, entry in self.fields.items() if (joint := entry.profile.joint)}

    def with_joints(self, joints: Mapping[str, str]) -> Program:
        """The program whose items have one text for the values of these fields, and of no others."""
        if joints == self.joints:
            return self
        fields = {
            name: replace(entry, profile=replace(entry.profile, joint=joints.get(name, "")))
            for name, entry in self.fields.items()
        }
        return replace(self, fields=fields)

    def to_json(self) -> dict[str, Any]:
        """The program as plain JSON."""
        return {
            "format": FORMAT,
            "fields": {
                name: {
                    "profile": program.profile.to_json(),
                    "column": program.column,
                    "trust": round(program.trust, 4),
                    "rules": [rule.to_json() for rule in program.rules],
                    **({"captions": program.captions.to_json()} if program.captions.is_known else {}),
                    **({"strangers": sorted(program.strangers)} if program.strangers else {}),
                }
                for name, program in self.fields.items()
            },
            "records": self.records.to_json() if self.records else None,
            "calibration": list(self.calibration.coefficients),
            "reveals": self.reveals,
            **({"bonds": self.bonds.to_json()} if self.bonds != Bonds() else {}),
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Program:
        """The inverse of ``to_json``; raises ValueError or KeyError for what is not a program."""
        if data.get("format") != FORMAT:
            raise ValueError(f"a program of format {data.get('format')!r}; this release reads {FORMAT}")
        fields = {
            str(name): FieldProgram(
                FieldProfile.from_json(str(name), entry["profile"]),
                tuple(map(Rule.from_json, entry["rules"])),
                bool(entry.get("column", False)),
                float(entry.get("trust", 1.0)),
                Captions.from_json(entry.get("captions", {})),
                frozenset(map(str, entry.get("strangers", ()))),
            )
            for name, entry in data["fields"].items()
        }
        records = Records.from_json(data["records"]) if data.get("records") else None
        calibration = Calibration(tuple(map(float, data["calibration"])))
        bonds = Bonds.from_json(data.get("bonds", {}))
        return Program(fields, records, calibration, bool(data.get("reveals", False)), bonds)
