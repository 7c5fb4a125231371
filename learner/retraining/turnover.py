"""Fields whose values are others at nearly every visit: quotes of stocks, times of departures.

What was known of them yesterday tells that a page has one, and nothing of where it stands on a new design: what shows
yesterday's value there is "Previous close".
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from learner.forms.amounts import amount_of
from learner.healing.consensus import alike
from learner.pages.values import Value, scalars
from learner.programs.examples import Example, Known
from learner.programs.program import key

FEWEST: Final = 3
"""Pages whose value must have changed."""
MOSTLY: Final = 0.5
"""The share of the visits at which it must be another than at the visit before, and of a list's values that are left
for it to be the same."""
OWN: Final = 0.9
"""The share of records that have a value of their own in the field that names them."""

Record = Mapping[str, Value]


def fleeting(visits: Mapping[str, Sequence[Known]]) -> frozenset[str]:
    """The fields that had other values at most visits, by what was known of pages at some ``visits`` to each, in their
    order. Links are none: where they lead is told by more than their page.

    Records of lists are compared with those of the same name, on whatever page. Where none has a name that stays, as of
    departures, all fields are fleeting in which the records of a page differ: the same platform is another train's.
    """
    turnover = _Turnover()
    for url, own in visits.items():
        for earlier, later in itertools.pairwise(own):
            if not earlier.items:
                turnover.compare(url, _columns(earlier), _columns(later))
    pools = list(_pools(visits))
    named = [(*pool, name) for pool in pools if (name := _name_of(*pool))]
    for before, now, name in named:
        was, left = _by(name, before), _by(name, now)
        for value in was.keys() & left.keys():
            turnover.compare(value, was[value], left[value])
    return turnover.found | (_unnamed(visits) if pools and not named else frozenset())


class _Turnover:
    """How often each field was told at two visits in turn, and how often it was another then."""

    def __init__(self) -> None:
        self._told: Counter[str] = Counter()
        self._others: Counter[str] = Counter()
        self._places: dict[str, set[str]] = {}

    def compare(self, place: str, before: Mapping[str, Value], now: Mapping[str, Value]) -> None:
        """Count what is known of one ``place``, a page or a record, at two visits."""
        for name in before.keys() & now.keys():
            if any(_is_link(one) for one in scalars(before[name])):
                continue
            self._told[name] += 1
            if not _stays(before[name], now[name]):
                self._others[name] += 1
                self._places.setdefault(name, set()).add(place)

    @property
    def found(self) -> frozenset[str]:
        """The fields that were others more often than not."""
        often = (name for name, count in self._others.items() if count > MOSTLY * self._told[name])
        return frozenset(name for name in often if len(self._places[name]) >= FEWEST)


def _pools(visits: Mapping[str, Sequence[Known]]) -> Iterator[tuple[list[Record], list[Record]]]:
    """The records of all list pages at two visits in turn."""
    for back in range(1, max(map(len, visits.values()), default=0)):
        both = [own for own in visits.values() if len(own) > back]
        before, now = ([record for own in both for record in own[at].items or ()] for at in (-back - 1, -back))
        if len(before) >= FEWEST and now:
            yield before, now


def _name_of(before: Sequence[Record], now: Sequence[Record]) -> str:
    """The field by which most records are known again: each has a value of its own, and most of these are still there;
    empty if there is none."""
    best, most = "", MOSTLY
    for name in sorted({name for record in before for name in record}):
        was, left = _by(name, before), _by(name, now)
        stays = len(was.keys() & left.keys()) / len(before)
        if len(was) >= OWN * len(before) and stays > most:
            best, most = name, stays
    return best


def _by(name: str, records: Sequence[Record]) -> dict[str, Record]:
    """The records by what they have in a field, if it is one value."""
    return {
        key(value): record
        for record in records
        if (value := record.get(name)) is not None and not isinstance(value, list)
    }


def _unnamed(visits: Mapping[str, Sequence[Known]]) -> frozenset[str]:
    """The fields in which the records of a page differ, where their columns are others at most visits."""
    turnover = _Turnover()
    for url, own in visits.items():
        for before, now in itertools.pairwise(own):
            turnover.compare(url, _columns(before), _columns(now))
    lists = [fact.items for own in visits.values() for fact in own[-2:-1] if fact.items] if turnover.found else []
    return frozenset(name for records in lists for record in records for name in record if _differ(name, records))


def _differ(name: str, records: Sequence[Record]) -> bool:
    return len({repr(record[name]) for record in records if name in record}) > 1


def _columns(fact: Known) -> Record:
    return Example(fact.url, "", fact.item, fact.items).values


def _is_link(value: object) -> bool:
    return isinstance(value, str) and ("://" in value or value.startswith("/"))


def _stays(before: Value, now: Value) -> bool:
    """Whether a value is what it was, in whatever form; of many, whether most of them are still there."""
    if not isinstance(before, list) and not isinstance(now, list):
        return alike(now, before) > 0 or _is_same_amount(before, now)
    was, left = set(map(key, scalars(before))), set(map(key, scalars(now)))
    return len(was & left) >= MOSTLY * len(was)


def _is_same_amount(before: Value, now: Value) -> bool:
    one, other = (None if isinstance(value, list) else amount_of(value) for value in (before, now))
    return one is not None and other is not None and one[1] == other[1]
