"""Decimal marks: whether "1.357" is a thousand or a fraction, where the example that a rule comes from does not tell.

What other examples show at the rule's place settles it, or numbers there that can be read in one way only ("1.041,50");
else, of amounts of money, what the pages show of others, and else what the former design had. Where nothing does, the
rule has no mark, and refuses what could be read in two ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import Final

from learner.pages.candidates import SHOWN
from learner.pages.values import DECIMAL_MARKS, Scalar, read_number, scalars
from learner.programs.examples import LabelledPage
from learner.programs.program import Rule
from learner.programs.transforms import KINDS, NUMBERS, apply

MAX_PAGES: Final = 24
MAX_TEXTS: Final = 60
"""Texts of a place that are looked at, on each page."""
LONGEST: Final = 120
"""Characters of a text in which amounts of money are looked for."""


class Marks:
    """The decimal marks of a field's rules; ``former`` is the mark that the field had on a former design, or empty."""

    def __init__(self, pages: Sequence[LabelledPage], name: str, *, many: bool, former: str = "") -> None:
        self._pages = sorted(pages, key=lambda page: name not in page.values)[:MAX_PAGES]
        self._name = name
        self._many = many
        self._former = former
        self._known: dict[tuple[object, ...], str] = {}

    def settle(self, rule: Rule) -> Rule:
        """The rule, if it reads numbers, with the mark that is settled; with none where examples contradict it."""
        *inner, last = rule.transforms or ((),)
        if not last or last[0] not in NUMBERS:
            return rule
        place = rule.selector, rule.last, rule.transforms[:-1]
        if place not in self._known:
            self._known[place] = self._mark(rule)
        return replace(rule, transforms=(*inner, (last[0], self._known[place])))

    def _mark(self, rule: Rule) -> str:
        texts = {page: self._texts(rule, page) for page in self._pages}
        parts = {page: [self._part(rule, text) for text in texts[page]] for page in self._pages}
        golds = {page: scalars(page.values.get(self._name)) for page in self._pages}
        labelled = {mark for page, gold in golds.items() for part in parts[page] for mark in _settled(part, gold)}
        if labelled:
            return _only(labelled)
        if others := {mark for own in parts.values() for part in own for mark in _marks(part)}:
            return _only(others)
        if rule.selector.data or rule.selector.take.startswith("@"):
            # What is written for machines has nothing to do with what is shown.
            return ""
        money = any(_is_money(text) for own in (*texts.values(), *parts.values()) for text in own)
        return (_only(self._money) if money else "") or self._former

    def _texts(self, rule: Rule, page: LabelledPage) -> list[str]:
        """The texts at the rule's place: all of them, or the one that is read."""
        texts = [text for _, text in islice(page.index.places(rule.selector), MAX_TEXTS)]
        return texts if self._many else texts[-1:] if rule.last else texts[:1]

    @staticmethod
    def _part(rule: Rule, text: str) -> str:
        """What the rule reads a number in."""
        part = apply(rule.transforms[:-1], text)
        return part if isinstance(part, str) else ""

    @cached_property
    def _money(self) -> frozenset[str]:
        """The decimal marks of amounts of money that the pages show."""
        shown = (c.value for page in self._pages for c in page.candidates if c.kind in SHOWN)
        texts = dict.fromkeys(text for text in shown if len(text) <= LONGEST)
        runs = (run.group() for text in texts for run in KINDS["amount"].finditer(text))
        return frozenset(mark for run in runs for mark in _marks(run))


def _is_money(text: str) -> bool:
    """Whether the first number of the text is an amount of money."""
    run = KINDS["amount"].search(text)
    return run is not None and not any(map(str.isdigit, text[: run.start()]))


def _marks(text: str) -> dict[str, float]:
    """The decimal marks with which the text's number can be read, and what it is then; none if it is so with both."""
    read = {mark: number for mark in DECIMAL_MARKS if mark and (number := read_number(text, mark)) is not None}
    return read if len(read) == 1 else {}


def _settled(text: str, values: Sequence[Scalar]) -> str:
    """The one decimal mark with which the text's number is one of the values; empty where it is so with both."""
    read = {mark: read_number(text, mark) for mark in DECIMAL_MARKS if mark}
    return _only(mark for mark, number in read.items() if number is not None and number in values)


def _only(marks: Iterable[str]) -> str:
    found = set(marks)
    return found.pop() if len(found) == 1 else ""


def mark_of(rules: Iterable[Rule]) -> str:
    """The decimal mark with which a field's rules read what is shown; empty where they know none, or several."""
    shown = (r for rule in rules for r in rule.parts if not r.selector.data and not r.selector.take.startswith("@"))
    return _only(step[1] for rule in shown for step in rule.transforms if step[0] in NUMBERS and step[1])
