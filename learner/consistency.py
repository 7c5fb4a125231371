"""What the values of a template have in common, so that values which are wrong, but found all the same, are noticed.

Two things are learned from the examples. *Orders* hold on every page by itself: a price is not above the old price,
a beginning not after its end. Where a page contradicts one, both values are withheld. *Forms* and *repetition* show
only over many pages: that a field's values are of another kind or length than any before, that they are those of
another field, or that they no longer differ from page to page. The drift detector counts these.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from learner.examples import Example
from learner.values import Value, kind_of, normal, read_number, scalars

if TYPE_CHECKING:
    from learner.extractor import Extraction, Extractor

ENOUGH: Final = 5  # records that show an order before it is believed
ENOUGH_OF_A_NAME: Final = 3  # of fields whose names have a word in common: price and old_price
TELLING: Final = 6  # characters from which on a value is not the same on two pages by chance
VALUES: Final = 4_000  # values that are remembered at most
_AMOUNT: Final = re.compile(r"[-+]?\d[\d.,'\u00a0\u202f ]*")
_WORD: Final = re.compile(r"[a-z]+|\d+")

Record = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Order:
    """``lower`` was never above ``upper`` in any of the ``records`` that had both."""

    lower: str
    upper: str
    records: int

    def __str__(self) -> str:
        return f"{self.lower} <= {self.upper}"


@dataclass(frozen=True, slots=True)
class Consistency:
    """``orders`` between fields; ``forms``: field -> the forms its values had; ``distinct``: fields that tell pages
    apart; ``owners``: a value, in its normal form -> the fields that had it."""

    orders: tuple[Order, ...] = ()
    forms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    distinct: frozenset[str] = frozenset()
    owners: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Consistency:
        """What all the examples have in common."""
        records = [
            record for example in examples for record in ([example.item] if example.item else example.items or ())
        ]
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
            _orders(records),
            {name: tuple(seen) for name, seen in forms.items()},
            _distinct([example.values for example in examples]),
            known,
        )

    def contradicted(self, extraction: Extraction) -> frozenset[str]:
        """The fields whose values contradict each other on the page (of a list: in most of its records)."""
        records = extraction.items or [extraction.item]
        found: set[str] = set()
        for order in self.orders:
            pairs = list(_pairs(records, order.lower, order.upper))
            if pairs and 2 * sum(low > high for low, high in pairs) > len(pairs):
                found |= {order.lower, order.upper}
        return frozenset(found)

    def checked(self, extraction: Extraction) -> Extraction:
        """The extraction without values that contradict each other."""
        found = self.contradicted(extraction) if self.orders and not extraction.reason else frozenset()
        return withheld(extraction, found) if found else extraction

    def form(self, name: str, value: Value) -> str:
        """The form of a field's value; a value that only other fields ever had has theirs."""
        for one in scalars(value)[:3]:
            if isinstance(one, str) and len(one) >= 3:
                owners = self.owners.get(normal(one))
                if owners is not None and name not in owners:
                    return f"of {min(owners)}"
        return form_of(value)


class Checked:
    """An extractor whose values are checked as a crawl checks them; the ``doubted`` fields are always withheld."""

    def __init__(self, extractor: Extractor, doubted: frozenset[str] = frozenset()) -> None:
        self.extractor = extractor
        self.consistency = Consistency.of(extractor.examples)
        self.doubted = doubted

    @property
    def fields(self) -> Mapping[str, Any]:
        """What is known of each field."""
        return self.extractor.fields

    def read(self, html: bytes | str, url: str) -> Extraction:
        """What the program says of the page, where it contradicts nothing."""
        return withheld(self.consistency.checked(self.extractor.read(html, url)), self.doubted)


def withheld(extraction: Extraction, fields: frozenset[str]) -> Extraction:
    """The extraction without these fields, which become ``doubtful``."""
    if not fields:
        return extraction

    def kept(values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name not in fields}

    given = fields & {*extraction.item, *(name for record in extraction.items for name in record)}
    return replace(
        extraction,
        item=kept(extraction.item),
        items=[kept(record) for record in extraction.items],
        confidence=kept(extraction.confidence),
        evidence=kept(extraction.evidence),
        abstained={**extraction.abstained, **dict.fromkeys(sorted(given), "doubtful")},
    )


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


def _texts(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
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


def _orders(records: Sequence[Record]) -> tuple[Order, ...]:
    names = sorted({name for record in records for name in record})
    units = {name: _unit(name, records) for name in names}
    found = []
    for one, other in itertools.combinations([name for name in names if units[name]], 2):
        akin = _share_a_word(one, other)
        if units[one] != units[other] or not (units[one].strip() or akin):
            continue
        pairs = list(_pairs(records, one, other))
        if sum(a != b for a, b in pairs) >= (ENOUGH_OF_A_NAME if akin else ENOUGH):
            if all(a <= b for a, b in pairs):
                found.append(Order(one, other, len(pairs)))
            elif all(a >= b for a, b in pairs):
                found.append(Order(other, one, len(pairs)))
    return tuple(found)


def _unit(name: str, records: Sequence[Record]) -> str:
    """What stands around the field's numbers on all pages ("£", "kg"), a space where nothing does; empty when the field
    is none of one quantity."""
    units = {_unit_of(record[name]) for record in records if record.get(name) not in (None, "", [])}
    return units.pop() if len(units) == 1 else ""


def _unit_of(value: Value) -> str:
    if quantity(value) is None:
        return ""
    if isinstance(value, str):
        return _AMOUNT.sub(" ", value)
    kind = kind_of(scalars(value)[0])
    return " " if kind == "number" else f" {kind}"


def quantity(value: Value) -> float | None:
    """The value as a number that can be compared; None when it is not one quantity."""
    if isinstance(value, (bool, list)):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, date):
        return float(value.toordinal())
    if len(value) > 24 or len(_AMOUNT.findall(value)) != 1:
        return None
    number = read_number(value)
    return None if number is None else float(number)


def _pairs(records: Sequence[Record], one: str, other: str) -> Iterator[tuple[float, float]]:
    for record in records:
        if one in record and other in record:
            left, right = quantity(record[one]), quantity(record[other])
            if left is not None and right is not None:
                yield left, right


def _share_a_word(one: str, other: str) -> bool:
    return bool(set(_WORD.findall(one.lower())) & set(_WORD.findall(other.lower())))
