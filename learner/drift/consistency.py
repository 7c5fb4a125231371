"""What the values of a template have in common, so that values which are wrong, but found all the same, are noticed.

What one page shows by itself is asked there (``learner.programs.doubts``), and the values are withheld. *Forms*,
*repetition*, *news* and *mixture* show only over many pages: that a field's values are of another kind or length than
any before, that they are those of another field, that they no longer differ from page to page, that values which used
to come again are all new, or have another field's value in them. The drift detector counts these.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from learner.pages.values import Item, Value, kind_of, normal, same, scalars
from learner.programs.doubts import Doubts
from learner.programs.examples import Example, records_of
from learner.programs.orders import Bonds, quantity

if TYPE_CHECKING:
    from learner.extractor import Extraction

TELLING: Final = 6  # characters from which on a value is not the same on two pages by chance
TOLD_APART: Final = 3  # characters from which on two values of a page do not change places by chance
VALUES: Final = 4_000  # values that are remembered at most


@dataclass(frozen=True, slots=True)
class Consistency:
    """``doubts``: what one page can be held against; ``forms``: field -> the forms its values had; ``distinct``: fields
    that tell pages apart; ``owners``: a value, in its normal form -> the fields that had it."""

    doubts: Doubts = field(default_factory=Doubts)
    forms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    distinct: frozenset[str] = frozenset()
    owners: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, examples: Sequence[Example], before: Bonds | None = None) -> Consistency:
        """What all the examples have in common, and former ones had ``before``."""
        records = records_of(examples)
        owners: dict[str, set[str]] = defaultdict(set)
        for name, one in itertools.islice(_texts(records), VALUES):
            owners[normal(one)].add(name)
        known = {value: frozenset(names) for value, names in owners.items()}
        forms: dict[str, list[str]] = defaultdict(list)
        for record in records:
            for name, value in record.items():
                if value not in (None, "", []):
                    forms[name].append(form_of(value))
        return cls(
            Doubts.of(examples, before),
            {name: tuple(seen) for name, seen in forms.items()},
            _distinct([example.values for example in examples]),
            known,
        )

    def checked(self, extraction: Extraction) -> Extraction:
        """The extraction without values that contradict each other or the examples."""
        return extraction.without(self.doubts.doubted(extraction.records))

    def form(self, name: str, value: Value) -> str:
        """The form of a field's value; a value that only other fields ever had has theirs."""
        for one in scalars(value)[:3]:
            if isinstance(one, str) and len(one) >= 3:
                owners = self.owners.get(normal(one))
                if owners is not None and name not in owners:
                    return f"of {min(owners)}"
        return form_of(value)


def exchanged(now: Item, before: Item) -> set[str]:
    """The fields of a page each of which has the value that another one had there ``before``: they have changed
    places, or their rules have. Small numbers may do so by chance.

    Where any have, so may others have, such as the link of a name: words and links that are not what they were."""
    changed = [name for name in now if name in before and _tells(now[name]) and not same(now[name], before[name])]
    found = {
        name
        for one, other in itertools.combinations(changed, 2)
        if same(now[one], before[other]) and same(now[other], before[one])
        for name in (one, other)
    }
    return found | {name for name in changed if _stays(now[name])} if found else found


def _stays(value: Value) -> bool:
    """Whether the value is of a kind that seldom changes: words or a link, not an amount or a day."""
    return isinstance(value, str) and (kind_of(value) == "link" or not any(map(str.isdigit, value)))


def _tells(value: Value) -> bool:
    return not isinstance(value, (list, bool)) and len(str(value)) >= TOLD_APART


def form_of(value: Value) -> str:
    """The coarse form of a value: its kind, what it is made of, and its length or size in powers of four."""
    values = scalars(value)
    if isinstance(value, list):
        inner = form_of(values[0]) if values else ""
        return f"list {inner}"
    one = values[0]
    kind = kind_of(one)
    if isinstance(one, bool):
        return kind
    if isinstance(one, (int, float)):
        return f"{kind}{'-' if one < 0 else ''} {_scale(abs(one) / 16)}"
    if isinstance(one, (date, datetime)):
        return kind
    marks = [("a", str.isalpha), ("9", str.isdigit)]
    made = "".join(mark for mark, is_mark in marks if any(map(is_mark, one)))
    made += "$" if any(not character.isalnum() and character in "$€£¥₹%°" for character in one) else ""
    return f"{kind} {made} {'' if kind == 'link' else _scale(len(one))}".rstrip()


def is_near(form: str, seen: Container[str]) -> bool:
    """Whether a form was seen, or one that differs by one step in length or size: December is longer than May."""
    base, _, scale = form.rpartition(" ")
    if not scale.isdigit():
        return form in seen
    return any(f"{base} {int(scale) + step}" in seen for step in (0, -1, 1))


def _scale(size: float) -> int:
    return math.floor(math.log(size, 4)) if size >= 1 else 0


def _texts(records: Sequence[Item]) -> Iterator[tuple[str, str]]:
    for record in records:
        for name, value in record.items():
            for one in scalars(value):
                if isinstance(one, str) and len(one) >= 3:
                    yield name, one


def _distinct(items: Sequence[Mapping[str, Value]]) -> frozenset[str]:
    """Fields whose values are texts that no two examples share."""
    columns: dict[str, list[str]] = defaultdict(list)
    short: set[str] = set()
    for item in items:
        for name, value in item.items():
            form = key_of(value)
            columns[name].append(form)
            if len(form) < TELLING or quantity(value) is not None:
                short.add(name)
    return frozenset(
        name for name, forms in columns.items() if name not in short and len(set(forms)) == len(forms) >= 3
    )


def key_of(value: Value) -> str:
    """A form under which equal values are equal."""
    return " ".join(normal(one) if isinstance(one, str) else repr(one) for one in scalars(value))
