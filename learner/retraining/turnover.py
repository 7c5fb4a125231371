"""How values change from visit to visit: quotes of stocks and times of departures at each, prices at some.

What was known of them yesterday tells that a page has one, and nothing of where it stands on a new design: what shows
yesterday's value there is "Previous close".
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class Turnover:
    """``fleeting`` are the fields that had other values at most visits; of those that had at some, ``stays`` tells how
    many pages or records had what they had before, of how many, at the visit when most had."""

    fleeting: frozenset[str] = frozenset()
    stays: Mapping[str, tuple[int, int]] = field(default_factory=dict)


def turnover(visits: Mapping[str, Sequence[Known]]) -> Turnover:
    """How fields change, by what was known of pages at some ``visits`` to each, in their order. Links are left out:
    where they lead is told by more than their page.

    Records of lists are compared with those of the same name, on whatever page. Where none has a name that stays, as of
    departures, all fields are fleeting in which the records of a page differ: the same platform is another train's.
    """
    account = _Account()
    for url, own in visits.items():
        for back, (later, earlier) in enumerate(itertools.pairwise(reversed(own))):
            if not earlier.items:
                account.compare(url, back, _columns(earlier), _columns(later))
    pools = list(_pools(visits))
    named = [(back, *pool, name) for back, pool in enumerate(pools) if (name := _name_of(*pool))]
    for back, before, now, name in named:
        was, left = _by(name, before), _by(name, now)
        for value in was.keys() & left.keys():
            account.compare(value, back, was[value], left[value])
    unnamed = _unnamed(visits) if pools and not named else frozenset[str]()
    return Turnover(account.fleeting | unnamed, account.stays)


class _Account:
    """How often each field was told at two visits in turn, and how often it was another then."""

    def __init__(self) -> None:
        self._told: Counter[tuple[str, int]] = Counter()
        self._others: Counter[tuple[str, int]] = Counter()
        self._places: dict[str, set[str]] = {}

    def compare(self, place: str, back: int, before: Record, now: Record) -> None:
        """Count what is known of one ``place``, a page or a record, at a visit and at the one before; ``back`` tells
        how many came after it."""
        for name in before.keys() & now.keys():
            if any(map(_is_link, scalars(before[name]))):
                continue
            self._told[name, back] += 1
            if not _stays(before[name], now[name]):
                self._others[name, back] += 1
                self._places.setdefault(name, set()).add(place)

    @property
    def fleeting(self) -> frozenset[str]:
        """The fields that were others more often than not."""
        told, others = (_by_name(count) for count in (self._told, self._others))
        often = (name for name, count in others.items() if count > MOSTLY * told[name])
        return frozenset(name for name in often if len(self._places[name]) >= FEWEST)

    @property
    def stays(self) -> dict[str, tuple[int, int]]:
        """Of the other fields that changed, when most were what they had been: those kept, of all."""
        found: dict[str, tuple[int, int]] = {}
        at_times = self._places.keys() - self.fleeting
        for (name, back), told in self._told.items():
            if name not in at_times or told < FEWEST:
                continue
            kept = told - self._others[name, back]
            best = found.get(name, (0, told))
            found[name] = (kept, told) if kept * best[1] >= best[0] * told else best
        return found


def _by_name(counts: Counter[tuple[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for (name, _), count in counts.items():
        total[name] += count
    return total


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
    account = _Account()
    for url, own in visits.items():
        for earlier, later in itertools.pairwise(own):
            account.compare(url, 0, _columns(earlier), _columns(later))
    lists = [fact.items for own in visits.values() for fact in own[-2:-1] if fact.items] if account.fleeting else []
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
