"""Known records of list pages, held against those that are read there: whether some are lost, or taken apart, or
something that is no record comes before them.

Lists change: records go, new ones come, and a new design may show more of them on a page, or fewer. So only records
count that the page still shows, by values which no other record known of it has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from learner.pages.values import Value, normal, scalars

TELLING: Final = 3
"""Characters of a value from which on it may tell a record from those beside it."""
HALF: Final = 0.5
"""The share of such values that a page must show for it to show the record."""
SEVERAL: Final = 2
"""Records that are lost or taken apart, and"""
SOME: Final = 0.2
"""their share of those that are shown, from which on a program parts pages wrongly."""
PAGES: Final = 5
"""Pages that give one record more than is known, before the others, and"""
NEARLY: Final = 0.8
"""their share of those that show all that are known, from which on it is none: a question before its answers. Records
that are new come to a few pages, or several at once."""

Record = Mapping[str, Value]


@dataclass(slots=True)
class Tally:
    """Of the pages that gave any record: how many of the known ones they have (``shown``), how many of these were
    ``lost``, for fewer were read, and how many ``torn``: their values stand in several of the records that were read.
    ``silent``: those that are shown by pages which gave none, which may be of another design. ``full``: pages that show
    all their records, if these are several; ``led``: those of them with one more before these, and no other."""

    shown: int = 0
    silent: int = 0
    lost: int = 0
    torn: int = 0
    full: int = 0
    led: int = 0

    def count(self, known: Sequence[Record], given: Sequence[Record], text: str, least: int = 0) -> None:
        """Add a page with this ``text``, in normal form, and at ``least`` so many records."""
        here = [own for own in _own(known) if own and _stands(own, text)]
        size = max(len(here), least)
        if not given:
            self.silent += size
            return
        self.shown += size
        self.lost += max(0, size - len(given))
        values = [_forms(record) for record in given]
        self.torn += sum(_is_torn(own, values) for own in here)
        if len(here) == len(known) > 1:
            self.full += 1
            self.led += len(given) == len(known) + 1 and not values[0] & frozenset[tuple[str, str]]().union(*here)

    @property
    def why(self) -> str:
        """Why the program that read the pages must not go live; "" when it may."""
        if self.silent and not self.shown:
            return f"gives none of {self.silent} records that the pages show"
        least = max(SEVERAL, SOME * self.shown)
        if self.lost >= least:
            return f"gives {self.shown - self.lost} of {self.shown} records that the pages show"
        if self.torn >= least:
            return f"takes {self.torn} of {self.shown} records apart"
        if self.led >= max(PAGES, NEARLY * self.full):
            return f"gives one more before the known records of {self.led} of {self.full} pages"
        return ""


def _forms(record: Record) -> frozenset[tuple[str, str]]:
    """A record's values in their normal form, by field."""
    values = [(name, one) for name, value in record.items() for one in scalars(value) if not isinstance(one, bool)]
    return frozenset((name, form) for name, one in values if len(form := normal(str(one))) >= TELLING)


def _own(records: Sequence[Record]) -> list[frozenset[tuple[str, str]]]:
    """Of each record the values that no other one has."""
    forms = [_forms(record) for record in records]
    owners = Counter(form for own in forms for form in {form for _, form in own})
    return [frozenset(pair for pair in own if owners[pair[1]] == 1) for own in forms]


def _stands(own: frozenset[tuple[str, str]], text: str) -> bool:
    return sum(form in text for _, form in own) >= HALF * len(own)


def _is_torn(own: frozenset[tuple[str, str]], given: Sequence[frozenset[tuple[str, str]]]) -> bool:
    """Whether no record that was read has most of what all of them have of a known one."""
    found = [own & one for one in given]
    return 3 * max(map(len, found), default=0) < 2 * len(frozenset[tuple[str, str]]().union(*found))
