"""Fields whose values are others at nearly every visit: quotes of stocks, times of departures.

What was known of them yesterday tells that a page has one, and nothing of where it stands on a new design: what shows
yesterday's value there is "Previous close".
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
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


def fleeting(visits: Mapping[str, Sequence[Known]]) -> frozenset[str]:
    """The fields that had other values at most visits, by what was known of pages at some ``visits`` to each, in their
    order. Links are none: where they lead is told by more than their page. Where the records of lists are others as a
    whole, all their fields are: the same platform is another train's."""
    told: Counter[str] = Counter()
    others: Counter[str] = Counter()
    pages: dict[str, set[str]] = {}
    for url, own in visits.items():
        for before, now in itertools.pairwise(map(_columns, own)):
            for name in before.keys() & now.keys():
                told[name] += 1
                if not _stays(before[name], now[name]):
                    others[name] += 1
                    pages.setdefault(name, set()).add(url)
    found = frozenset(n for n, changed in others.items() if changed > MOSTLY * told[n] and len(pages[n]) >= FEWEST)
    return found | _of_records(visits, found) if found else found


def _of_records(visits: Mapping[str, Sequence[Known]], fleeting: frozenset[str]) -> frozenset[str]:
    """All fields in which the records of a page differ, where most of them are on none at the last visit, by what is
    not ``fleeting``; none where they are."""
    last = {_identity(record, fleeting) for own in visits.values() for record in own[-1].items or ()}
    pages = [fact.items for own in visits.values() for fact in own[-2:-1] if fact.items]
    left = [_identity(record, fleeting) in last for records in pages for record in records]
    if 2 * sum(left) >= len(left):
        return frozenset()
    return frozenset(name for records in pages for record in records for name in record if _differ(name, records))


def _differ(name: str, records: Sequence[Mapping[str, Value]]) -> bool:
    return len({repr(record[name]) for record in records if name in record}) > 1


def _identity(record: Mapping[str, Value], fleeting: frozenset[str]) -> str:
    return repr(sorted((name, value) for name, value in record.items() if name not in fleeting))


def _columns(fact: Known) -> Mapping[str, Value]:
    values = Example(fact.url, "", fact.item, fact.items).values
    return {name: value for name, value in values.items() if not any(_is_link(one) for one in scalars(value))}


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
