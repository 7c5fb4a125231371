"""Numbers that are near each other in every record, as the last, the highest and the lowest price of a day: which
column of a new design is whose, no column tells by itself.

Only all of them together do: as many columns as there are such fields, one above the other as their examples were. One
that is shown in another way, or not at all, would else be taken for the other. What is known stays, whatever it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from learner.healing.consensus import Label
from learner.learning.induction import agreement
from learner.pages.values import Scalar, Value, scalars
from learner.programs.orders import Orders

ENOUGH: Final = 10
"""Records with both numbers from which on two fields are known to be near each other."""
NEAR: Final = 0.2
"""How far apart two numbers of a record are, at most, as a share of the larger."""
NEARLY_ALL: Final = 0.9
"""Share of the records in which they are."""
MUCH: Final = 1.25
"""How many times as many values as a page has records a column has, at most: a record has one."""
SAME: Final = 0.5
"""How far two columns are the same from which on they are one."""

Record = Mapping[str, Value]


class Peers:
    """The fields of records whose numbers are near each other."""

    def __init__(self, records: Sequence[Record], orders: Orders) -> None:
        """``records`` are those of the examples, ``orders`` the pairs of fields of which one is never above the
        other."""
        self._orders = orders
        self._single = {name for record in records for name in record} - {
            name for record in records for name, value in record.items() if isinstance(value, list)
        }
        both, near = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for record in records:
            numbers = {
                name: value for name, value in record.items() if isinstance(value, (int, float)) and value is not True
            }
            pairs = [(one, other) for one in numbers for other in numbers if one < other]
            both.update(pairs)
            near.update(pair for pair in pairs if _are_near(numbers[pair[0]], numbers[pair[1]]))
        self.sets: list[frozenset[str]] = []
        for pair, count in both.items():
            if count >= ENOUGH and near[pair] >= NEARLY_ALL * count:
                joined = [one for one in self.sets if not one.isdisjoint(pair)]
                self.sets = [one for one in self.sets if one not in joined]
                self.sets.append(frozenset(pair).union(*joined))

    def told(self, given: Mapping[str, Label]) -> dict[str, Label]:
        """The labels of a page without those of fields that are not told from each other."""
        out = dict(given)
        for names in self.sets:
            told = {name: scalars(given[name].value) for name in names if name in given}
            open_ = {name for name in told if not _is_sure(given[name])}
            if open_ and not (len(told) == len(names) and self._are_apart(told)):
                out = {name: label for name, label in out.items() if name not in open_}
        return out

    def _are_apart(self, told: Mapping[str, Sequence[Scalar]]) -> bool:
        """Whether columns are different ones of one length, whose order is that of the examples."""
        if len({len(values) for values in told.values()}) != 1:
            return False
        for one, values in told.items():
            for other, its in told.items():
                if one == other:
                    continue
                if (one, other) in self._orders:
                    if any(_is_above(a, b) for a, b in zip(values, its, strict=True)):
                        return False
                elif (other, one) not in self._orders:
                    return False  # nothing tells which of the two is which
                if agreement(values, its, column=True) >= SAME:
                    return False
        return True

    def single(self, said: Mapping[str, Sequence[Label]], known: int) -> dict[str, list[Label]]:
        """What is said of a page of which so many records are ``known``, without what sees more values than there are
        records, by what is known of them and by the columns of what repeats: it takes several columns for one."""
        sizes = Counter(len(scalars(one.value)) for own in said.values() for one in own if one.source == "column")
        most = max([known, *sizes]) if sizes else 0
        return {
            name: [
                one
                for one in own
                if one.source != "network" or name not in self._single or not 0 < MUCH * most < len(scalars(one.value))
            ]
            for name, own in said.items()
        }


def _is_sure(label: Label) -> bool:
    """Whether a label is known, or the old rules give what others see."""
    sources = label.source.split("+")
    return "known" in sources or ("old" in sources and len(sources) > 1)


def _are_near(one: float, other: float) -> bool:
    return abs(one - other) <= NEAR * max(abs(one), abs(other)) and max(abs(one), abs(other)) > 0


def _is_above(one: Scalar, other: Scalar) -> bool:
    return isinstance(one, (int, float)) and isinstance(other, (int, float)) and one > other
