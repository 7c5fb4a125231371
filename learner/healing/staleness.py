"""Healed fields whose values change from visit to visit, held against what they were at the last one: those that give
yesterday's value again are another thing ("Previous close"), and so are those that give what goes with another field.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from learner.extractor import Extraction, Extractor
from learner.forms import amounts
from learner.forms.clocks import clock
from learner.healing.consensus import OVERLAP, alike
from learner.healing.memory import values_of
from learner.pages.values import Value, read_number
from learner.programs.doubts import chance
from learner.programs.examples import Known, LabelledPage
from learner.programs.program import key
from learner.programs.recordlist import matched

FEW: Final = 2
"""Pages, or records, that tell that a field which always changes has not."""
FEWEST: Final = 5
"""The same of two fields of which each may be the other."""
MOSTLY: Final = 0.8
"""The share of these that must tell so."""
SELDOM: Final = 0.2
"""The share of them on which two fields may have been the same before, if they are the same now by mistake."""
UNLIKELY: Final = 0.01
"""The chance of as many pages that kept a value, below which it is not the one that changed: what is refuted is
missing, and not wrong."""
LONGEST: Final = 40
"""Characters of a text that is a number."""

Record = Mapping[str, Value]


class Row(NamedTuple):
    """What was known of a page, or of a record, at the last visit, and what is given of it now."""

    known: Record
    given: Record


def stale(
    extractor: Extractor,
    pages: Iterable[LabelledPage],
    past_of: Callable[[LabelledPage], Known | None],
) -> frozenset[str]:
    """The fields that an extractor gives wrongly, as far as that is told by what was known at the last visits;
    ``past_of`` tells it of each page."""
    rows: list[Row] = []
    facts: list[Known] = []
    for page in pages:
        past = past_of(page)
        if past is not None and (past.fleeting or past.stays):
            facts.append(past)
            rows += _rows(past, extractor.read(page.example.html, page.example.url), extractor.is_list)
    if not facts:
        return frozenset()
    fleeting, stays = facts[0].fleeting, facts[0].stays
    wrong = {name for name in {*fleeting, *stays} if _is_kept(name, rows, stays.get(name), name in fleeting)}
    if extractor.is_list and wrong & fleeting:
        wrong |= fleeting  # what stands beside them is of the same records
    return frozenset(wrong | {name for name in fleeting if _is_unlike(name, rows)})


def _rows(past: Known, read: Extraction, is_list: bool) -> Iterator[Row]:
    """A page, or its records, as far as they are known again by what lasts; of others their columns."""
    if not is_list:
        yield Row(past.item or {}, read.item)
    elif past.lasting.items:
        for known, given in matched(read.items, past.items or ()):
            yield Row(known, given)
    else:
        yield Row(values_of(past), values_of(Known(past.url, items=read.items)))


def _is_kept(name: str, rows: Sequence[Row], stays: tuple[int, int] | None, fleeting: bool) -> bool:
    """Whether a field is what it was on more of the pages than it ever was at two visits in turn. What is known of
    other pages as well, as words that come again, tells nothing."""
    both = [(row.known[name], row.given[name]) for row in rows if name in row.known and name in row.given]
    others = [known for known, _ in (*both[1:], *both[:1])]
    told = [(*pair, other) for pair, other in zip(both, others, strict=True) if alike(pair[0], other) <= OVERLAP]
    kept = sum(alike(given, known) > OVERLAP >= alike(given, other) for known, given, other in told)
    return is_unrenewed(kept, len(told), stays, always=fleeting)


def is_unrenewed(kept: int, told: int, stays: tuple[int, int] | None, *, always: bool) -> bool:
    """Whether a field is ``kept`` as it was on more of the pages than may be, of as many ``told``: one that changes
    ``always``, or that ``stays`` on so many of all, when most do."""
    if always:
        return kept >= FEW and 2 * kept > told
    return stays is not None and kept >= FEWEST and chance(kept, told, *stays) < UNLIKELY


def _is_unlike(name: str, rows: Sequence[Row]) -> bool:
    """Whether what is given of a field has nothing to do with what it was, or has more to do with another one."""
    told = [row for row in rows if name in row.known and name in row.given]
    if _is_unrelated([(_number(row.known[name]), _number(row.given[name])) for row in told]):
        return True
    others = {other for row in told for other in row.known.keys() & row.given.keys()} - {name}
    return any(_is_nearer(name, other, told) or _is_same(name, other, told) for other in others)


def _is_unrelated(numbers: Sequence[tuple[float | None, float | None]]) -> bool:
    """Whether numbers are not what most of them became of those that were known, about as much of each."""
    logs = [math.log(now / was) for was, now in numbers if was and now and was * now > 0]
    if len(logs) < FEWEST:
        return False
    usual = statistics.median(logs)
    return abs(usual) > amounts.CHANGED or 2 * sum(abs(one - usual) <= amounts.FAR for one in logs) < len(logs)


def _is_nearer(name: str, other: str, rows: Sequence[Row]) -> bool:
    """Whether numbers, or times, are nearer to what another field was than to what their own was: the two have changed
    places."""
    told = [(_measure(row.given[name]), _measure(row.known[name]), _measure(row.known.get(other))) for row in rows]
    both = [(now, own, its) for now, own, its in told if now is not None and own is not None and its is not None]
    apart = [(abs(now - own), abs(now - its)) for now, own, its in both if own != its]
    nearer = sum(its < own for own, its in apart)
    return len(apart) >= FEWEST and nearer >= MOSTLY * len(apart)


def _is_same(name: str, other: str, rows: Sequence[Row]) -> bool:
    """Whether two fields are given the same, which they hardly ever were."""
    both = [row for row in rows if other in row.known and other in row.given]
    now, before = (
        sum(_form(record[name]) == _form(record[other]) for record in records)
        for records in ([row.given for row in both], [row.known for row in both])
    )
    return len(both) >= FEWEST and now >= MOSTLY * len(both) and before <= SELDOM * len(both)


def _form(value: Value) -> object:
    return [*map(key, value)] if isinstance(value, list) else key(value)


def _measure(value: Value | None) -> float | None:
    """A number, or the minutes of a time."""
    time = clock(value) if isinstance(value, str) else None
    return _number(value) if time is None else 60 * time[0] + time[1]


def _number(value: Value | None) -> float | None:
    """A number, or the one in a short text."""
    if isinstance(value, (int, float)):
        return None if isinstance(value, bool) else float(value)
    read = read_number(value) if isinstance(value, str) and len(value) <= LONGEST else None
    return None if read is None else float(read)
