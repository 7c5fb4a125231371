"""Identifiers: values of one shape, such as case numbers, ISBNs and SKUs.

A redesign moves them and puts other words around them, but keeps their shape: where a page holds exactly one text of
that shape for each of its records, these are the values.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from learner.pages.candidates import SHOWN, markups
from learner.pages.digits import is_below_zero
from learner.pages.values import Scalar
from learner.programs.examples import LabelledPage
from learner.programs.transforms import KINDS, WHOLE

FEWEST: Final = 3
"""Values of a list, and of the examples, from which on their number, or their shape, tells something."""
MOSTLY: Final = 0.8
"""The share of the examples that have the shape."""
EVEN: Final = 0.1
"""How far the number of the values may be from that of the records."""
DIGITS: Final = 4
"""Digits from which few other texts have the shape."""
LONGEST: Final = 600
"""Characters of a text in which an identifier is looked for."""
_RUN: Final = re.compile(r"\d+|[A-Za-z]+|\s+|[^\sA-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Identifier:
    """The shape of a field's values. ``pattern`` is one of learner.programs.transforms, which knows no lengths between
    two."""

    pattern: str
    regex: re.Pattern[str]
    telling: bool
    """Whether few other texts have the shape."""

    def within(self, text: str) -> list[str]:
        """The parts of the text that have the shape. A part of a date is none ("1 oktober 1885" has no
        "12 meter"), nor a number without its sign."""
        found = self.regex.finditer(text) if len(text) <= LONGEST else ()
        runs = [run for run in found if not is_below_zero(text, run.start())]
        days = [day.span() for day in KINDS["date"].finditer(text)] if runs else []
        return [
            run.group()
            for run in runs
            if not any(day[0] <= run.start() and run.end() <= day[1] and run.span() != day for day in days)
        ]

    def listed(self, page: LabelledPage, number: int) -> list[str] | None:
        """The page's ``number`` identifiers, in document order.

        None where so many do not stand in places that are alike, each alone, or where several such lists do.
        """
        if not self.telling or number < FEWEST:
            return None
        lists = {tuple(values) for values in self._lists(page) if is_even(len(values), number)}
        return list(lists.pop()) if len(lists) == 1 else None

    def _lists(self, page: LabelledPage) -> list[list[str]]:
        """What has the shape, by the kind of place: nothing of a kind that holds several, or that is around another."""
        held = [(c, found) for c in page.candidates if c.kind in SHOWN and (found := self.within(c.value))]
        around = {ancestor for candidate, _ in held for ancestor in candidate.element.iterancestors()}
        kinds: dict[tuple[Any, ...], list[list[str]]] = defaultdict(list)
        for candidate, found in held:
            if candidate.kind == "node" or candidate.element not in around:
                kinds[candidate.kind, *markups(candidate.element)].append(found)
        return [[found[0] for found in group] for group in kinds.values() if all(len(found) == 1 for found in group)]


def is_even(values: int, records: int) -> bool:
    """Whether there are about as many values as records."""
    return abs(values - records) <= EVEN * records


def identifier_of(values: Sequence[Scalar]) -> Identifier | None:
    """The shape that nearly all of a field's values have; None where they are words, or of another kind."""
    texts = list(dict.fromkeys(value for value in values if isinstance(value, str)))
    if len(texts) < FEWEST or any(sum(bool(KINDS[k].fullmatch(t)) for t in texts) > len(texts) / 2 for k in WHOLE):
        return None
    alike: dict[tuple[str, ...], list[list[str]]] = defaultdict(list)
    for text in texts:
        runs = _RUN.findall(text)
        alike[tuple(map(_kind, runs))].append(runs)
    kinds, rows = max(alike.items(), key=lambda entry: len(entry[1]))
    if len(rows) < MOSTLY * len(texts) or "digit" not in kinds or len(kinds) > 14:
        return None
    pattern = bounded = ""
    digits = 0
    for kind, column in zip(kinds, zip(*rows, strict=True), strict=True):
        lengths = {len(run) for run in column}
        same = len(set(column)) == 1
        if kind == "digit":
            digits += min(lengths)
            pattern += rf"\d{{{min(lengths)}}}" if len(lengths) == 1 else r"\d+"
            bounded += rf"\d{{{min(lengths)},{max(lengths)}}}"
        elif kind == "letter" and not same:
            if "space" in kinds:
                return None
            pattern += "[A-Za-z]+"
            bounded += rf"[A-Za-z]{{{min(lengths)},{max(lengths)}}}"
        else:
            shown = " " if kind == "space" else re.escape(column[0])
            pattern, bounded = pattern + shown, bounded + shown
    regex = re.compile(rf"(?<![A-Za-z0-9])(?<![A-Za-z0-9][-/_.,]){bounded}(?![A-Za-z0-9]|[-/_.,][A-Za-z0-9])")
    return Identifier(pattern, regex, digits >= DIGITS)


def _kind(run: str) -> str:
    if run.isdigit():
        return "digit"
    return "letter" if run.isalpha() else "space" if run.isspace() else run
