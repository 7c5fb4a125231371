"""Orders between two fields, learned from examples: a price is not above the old price, a beginning not after its end.

They hold on every page by itself. Where a page says otherwise, the values of both fields are withheld: one of them is
wrong, and nobody knows which.

*Companions* are fields of one kind of which the first never comes without the second, and never is the same: an old
price is beside a price. A page that shows the first alone, or the second twice, shows something else in its place.
"""

from __future__ import annotations

import itertools
import math
import re
import statistics
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from learner.pages.digits import MARKS
from learner.pages.values import Value, kind_of, read_number, scalars
from learner.programs.examples import Example, records_of

ENOUGH: Final = 5  # records that show an order before it is believed
ENOUGH_OF_A_NAME: Final = 3  # where one name is in the other: price and old_price
ENOUGH_OF_NUMBERS: Final = 6  # where nothing but their sizes says that they are of one kind
SPREAD: Final = 0.2  # of their logarithms, as a standard deviation
FAR: Final = math.log(3)  # how far one is from the other
MANY: Final = 100  # a number that is no count of a few things
_AMOUNT = re.compile(rf"[-+]?\d[\d.,'{MARKS}\u00a0\u202f ]*")
_WORD: Final = re.compile(r"[a-z]+|\d+")

Record = Mapping[str, Value]
Orders = Mapping[tuple[str, str], int]
"""Pairs of fields of which the first was never above the second, and how many records had both."""
Companions = Mapping[tuple[str, str], int]
"""Pairs of fields of which the first was never without the second, nor the same, and how many records had both."""


@dataclass(frozen=True, slots=True)
class Bonds:
    """What pairs of fields have to do with each other."""

    orders: Orders = field(default_factory=dict)
    companions: Companions = field(default_factory=dict)

    @classmethod
    def of(cls, examples: Collection[Example], before: Bonds | None = None) -> Bonds:
        """What the examples show, and what others showed ``before`` them, unless these contradict it: a few that a
        person shows of a new design are too few to show anything again."""
        orders, companions = orders_of(examples), companions_of(examples)
        if before is not None and (before.orders or before.companions):
            records = records_of(examples)
            told = _told(examples)
            held = {
                pair: count
                for pair, count in before.orders.items()
                if not any(a > b for a, b in _pairs(records, *pair))
            }
            beside = {
                (one, other): count
                for (one, other), count in before.companions.items()
                if all(_beside(record, one, other) for record in told if _given(record, one))
            }
            orders, companions = held | orders, beside | companions
        return cls(orders, companions)

    @classmethod
    def united(cls, bonds: Iterable[Bonds]) -> Bonds:
        """All of them together."""
        orders: dict[tuple[str, str], int] = {}
        companions: dict[tuple[str, str], int] = {}
        for one in bonds:
            orders |= one.orders
            companions |= one.companions
        return cls(orders, companions)

    def only(self, names: Collection[str]) -> Bonds:
        """Those between these fields."""
        orders, companions = (
            {pair: count for pair, count in pairs.items() if set(pair) <= set(names)}
            for pairs in (self.orders, self.companions)
        )
        return Bonds(orders, companions)

    def to_json(self) -> dict[str, list[list[str | int]]]:
        """As plain JSON."""
        return {
            "orders": [[*pair, count] for pair, count in self.orders.items()],
            "companions": [[*pair, count] for pair, count in self.companions.items()],
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Bonds:
        """The inverse of ``to_json``; raises ValueError or TypeError for what is none."""
        orders, companions = (
            {(str(one), str(other)): int(count) for one, other, count in data.get(what, ())}
            for what in ("orders", "companions")
        )
        return Bonds(orders, companions)


def orders_of(examples: Iterable[Example]) -> dict[tuple[str, str], int]:
    """The orders that no record of the examples contradicts, and enough of them show."""
    records = records_of(examples)
    found = {}
    for one, other in of_one_kind(records):
        pairs = list(_pairs(records, one, other))
        if sum(a != b for a, b in pairs) >= _enough(one, other):
            if all(a <= b for a, b in pairs):
                found[one, other] = len(pairs)
            elif all(a >= b for a, b in pairs):
                found[other, one] = len(pairs)
    return found


def _told(examples: Iterable[Example]) -> list[Mapping[str, Value]]:
    """The records of examples that say all that their pages have: a person may name a single field, and what healing
    did not label may be there."""
    examples = list(examples)
    names = {name for one in examples for name in one.values}
    return records_of(one for one in examples if one.source != "network" and one.is_whole(names))


def companions_of(examples: Iterable[Example]) -> dict[tuple[str, str], int]:
    """The pairs of fields of one kind of which no record has the first without the second or the same in both, and some
    the second without the first.

    Where all records have both, a page with one of them is something new, and does not say which it has."""
    examples = list(examples)
    records, told = records_of(examples), _told(examples)
    found = {}
    for pair in of_one_kind(records):
        for one, other in (pair, pair[::-1]):
            both = sum(_given(record, one) and _given(record, other) for record in records)
            same = any(
                _given(record, one) and _given(record, other) and not _beside(record, one, other) for record in records
            )
            alone = same or any(_given(record, one) and not _given(record, other) for record in told)
            without = sum(_given(record, other) and not _given(record, one) for record in records)
            if not alone and without and both >= _enough(one, other):
                found[one, other] = both
    return found


def offshoots_of(examples: Iterable[Example]) -> dict[str, str]:
    """The fields with sums that are named like another with a word more, and that came with it on all of a few
    examples: old_price with price. A page may have the one that goes without saying alone, not the other."""
    records = _told(examples)
    found = {}
    for pair in of_one_kind(records):
        for one, other in (pair, pair[::-1]):
            both = [record for record in records if _given(record, one)]
            named = _words(other) < _words(one) and both and all(_beside(record, one, other) for record in both)
            if named and all(_is_sum(record[name]) for record in both for name in pair):
                found[one] = other
    return found


def _is_sum(value: Value) -> bool:
    """Whether it is no count of a few things, nor a day."""
    if isinstance(value, str):
        return _is_amount(value) and any(map(str.isdigit, value)) and _AMOUNT.sub("", value).strip() != ""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and (abs(float(value)) >= MANY or not float(value).is_integer())  # type: ignore[arg-type]


def of_one_kind(records: Sequence[Record]) -> Iterator[tuple[str, str]]:
    """Pairs of fields whose quantities can be compared."""
    names = sorted({name for record in records for name in record})
    units = {name: unit for name in names if (unit := _unit(name, records))}
    common = _common_path(names)
    for one, other in itertools.combinations(units, 2):
        shared = _words(one.removeprefix(common)) & _words(other.removeprefix(common))
        bare = not units[one].strip()
        akin = (
            not bare
            or (shared and _counts(one, records) == _counts(other, records))
            or _go_together(one, other, records)
        )
        if akin and units[one] == units[other]:
            yield one, other


def _go_together(one: str, other: str, records: Sequence[Record]) -> bool:
    """Whether of two numbers without a unit one is always the greater, by about as much of the other: price and was."""
    pairs = [(a, b) for a, b in _pairs(records, one, other) if a > 0 and b > 0]
    ratios = [math.log(b / a) for a, b in pairs]
    if len(pairs) < ENOUGH_OF_NUMBERS or not (min(ratios) > 0 or max(ratios) < 0):
        return False
    differ = statistics.pstdev(math.log(a) for a, _ in pairs)
    return differ >= SPREAD and statistics.pstdev(ratios) <= differ / 2 and max(map(abs, ratios)) <= FAR


def _common_path(names: Sequence[str]) -> str:
    """What stands before the names of most fields, and is no name of theirs: where what all of them are in was handed
    over."""
    paths = Counter(name[: name.rfind(".") + 1] for name in names)
    path, count = paths.most_common(1)[0] if paths else ("", 0)
    return path if 2 * count > len(names) else ""


def _enough(one: str, other: str) -> int:
    """Records of two fields that show what they have to do with each other."""
    shared = _words(one) & _words(other)
    akin = bool(shared) and shared in (_words(one), _words(other))
    return ENOUGH_OF_A_NAME if akin else ENOUGH


def _given(record: Record, name: str) -> bool:
    return record.get(name) not in (None, "", [])


def _beside(record: Record, name: str, companion: str) -> bool:
    """Whether a record has a field's companion, and that is something else."""
    own = quantity(record[name])
    return _given(record, companion) and (own is None or own != quantity(record[companion]))


def contradicted(records: Sequence[Mapping[str, Any]], orders: Iterable[tuple[str, str]]) -> set[str]:
    """The fields whose values contradict each other on a page, in most of its records that have both."""
    found: set[str] = set()
    for lower, upper in orders:
        above = [low > high for low, high in _pairs(records, lower, upper)]
        if 2 * sum(above) > len(above):
            found |= {lower, upper}
    return found


def alone(records: Sequence[Mapping[str, Any]], companions: Iterable[tuple[str, str]]) -> set[str]:
    """The fields that a page shows without their companion, or as the same, in most of the records that have them."""
    found: set[str] = set()
    for name, companion in companions:
        without = [not _beside(record, name, companion) for record in records if name in record]
        if 2 * sum(without) > len(without):
            found.add(name)
    return found


def _pairs(records: Sequence[Mapping[str, Any]], one: str, other: str) -> Iterator[tuple[float, float]]:
    """What two fields say in the records that have both, as numbers."""
    for record in records:
        if one in record and other in record:
            left, right = quantity(record[one]), quantity(record[other])
            if left is not None and right is not None:
                yield left, right


def quantity(value: Any) -> float | None:
    """The value as a number that can be compared; None when it is not one quantity."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).timestamp()
    if isinstance(value, date):
        return float(value.toordinal())
    if not isinstance(value, str) or not _is_amount(value):
        return None
    number = read_number(value)
    return None if number is None else float(number)


def _is_amount(text: str) -> bool:
    return len(text) <= 24 and len(_AMOUNT.findall(text)) == 1


def _unit(name: str, records: Iterable[Record]) -> str:
    """What stands around the field's numbers on all pages ("£", "kg"), a space where nothing does; empty when the field
    is none of one quantity."""
    found = ""
    for record in records:
        if record.get(name) not in (None, "", []):
            unit = _unit_of(record[name])
            if not unit or found not in ("", unit):
                return ""
            found = unit
    return found


def _unit_of(value: Value) -> str:
    if isinstance(value, str):
        # Also of a number that could be read in two ways.
        return _AMOUNT.sub(" ", value) if _is_amount(value) else ""
    if quantity(value) is None:
        return ""
    kind = kind_of(scalars(value)[0])
    return " " if kind == "number" else f" {kind}"


def _counts(name: str, records: Iterable[Record]) -> bool:
    """Whether all of the field's numbers are whole: how many ratings there are is not compared with their mean."""
    values = [record[name] for record in records if record.get(name) not in (None, "", [])]
    numbers = [read_number(one) if isinstance(one, str) else one for one in values]
    return all(isinstance(number, int) for number in numbers if number is not None)


def _words(name: str) -> frozenset[str]:
    return frozenset(_WORD.findall(name.lower()))
