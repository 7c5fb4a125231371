"""What learned code says in one crawl of fields that only some pages have, held against what is known of them.

A page without such a field fails nothing, so that a spider whose selector is broken looks as one does whose pages have
no such values. Learned code is believed in its place where it says what was known: the same values of the same pages,
amounts that go with the known ones, or, where pages are new, or values of lists change, of as many as ever.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from learner.extractor import Extraction
from learner.forms.amounts import go_together
from learner.pages.values import Value, same
from learner.programs.doubts import chance

if TYPE_CHECKING:
    from crawler.reading.live import Live

ENOUGH: Final = 3
"""Pages of which values are known, and read again, from which on these tell whether learned code is right."""
MANY: Final = 20
"""Pages, or records of lists, from which on it tells something of how many learned code finds values."""
_UNLIKELY: Final = 0.01
"""Chance of so few, or so many, values at which they are not as many as ever."""
_NONE: Final = 0.001
"""Chance at which no page of a crawl has what some of the known ones have."""
_MOST: Final = 500
"""Records beyond which more tell nothing."""
_PAIRS: Final = 50
"""The same of values with what was known in their place."""

Key = tuple[str, str]
"""A template, and a field of it."""


class Witness:
    """Of one crawl."""

    def __init__(self) -> None:
        self._pages: Counter[str] = Counter()
        self._read: Counter[Key] = Counter()
        self._compared: Counter[Key] = Counter()
        self._same: Counter[Key] = Counter()
        self._pairs: defaultdict[Key, list[tuple[Value, Value]]] = defaultdict(list)
        self._seen: dict[str, Mapping[str, tuple[int, int]]] = {}
        self._lists: set[str] = set()
        self._healed: set[str] = set()

    def observe(
        self,
        template: str,
        live: Live,
        extraction: Extraction,
        url: str,
        names: Collection[str],
        seen: Mapping[str, tuple[int, int]],
        *,
        healed: bool = False,
    ) -> None:
        """A page of the known design, of which learned code says this: of the fields ``names``, which only some have.
        What it says of a page that has failed is no evidence. ``seen``: in how many items the spider had each, and of
        how many, when it was learned from. ``healed``: it was not learned from what the spider gave, and may take the
        price before a sale for a price that is gone."""
        if extraction.failed or extraction.reason:
            return
        self._seen[template] = seen
        if healed:
            self._healed.add(template)
        if live.is_list:
            self._lists.add(template)
        # Learned code may be mistaken day after day: only what the spider said is known.
        fact = live.told().get(url) if extraction.confidence.keys() & set(names) else None
        known = None if fact is None else ([fact.item] if fact.item is not None else fact.items)
        before = known[0] if known and len(known) == len(extraction.records) == 1 else None
        for record in extraction.records:
            self._pages[template] += 1
            for name in record.keys() & set(names):
                self._read[template, name] += 1
                if before is not None:
                    self._compared[template, name] += 1
                    self._same[template, name] += name in before and same(before[name], record[name])
                    if len(pairs := self._pairs[template, name]) < _PAIRS:
                        others = any(same(record[name], value) for other, value in record.items() if other != name)
                        pairs.append(("" if others else before.get(name, ""), record[name]))

    def is_believed(self, template: str, name: str) -> bool:
        """Whether values of the field may stand in, as far as the crawl has come."""
        key = template, name
        if self._compared[key] >= ENOUGH:
            unchanged = self._same[key] >= ENOUGH and 2 * self._same[key] >= self._compared[key]
            return unchanged or go_together(self._pairs[key], spread=template in self._healed) is True
        return self._is_as_ever(key)

    def is_refused(self, template: str, name: str) -> bool:
        """Whether what learned code says of the field is something else than what was known of the same pages: its
        values change from day to day, or it takes something else for them."""
        key = template, name
        if self._compared[key] < 2 * ENOUGH or self.is_believed(template, name):
            return False
        return go_together(self._pairs[key]) is False or self._compared[key] >= _PAIRS

    def is_proved(self, template: str, name: str) -> bool:
        """Whether single values need be no surer than others: they are those of known pages, or stand in lists as they
        ever did."""
        return self._compared[template, name] >= ENOUGH or template in self._lists

    def _is_as_ever(self, key: Key) -> bool:
        """Whether learned code finds values on as many pages as had some, so that it is no chance that the spider has
        found none."""
        template, name = key
        pages, read = self._pages[template], self._read[key]
        had, of = self._seen.get(template, {}).get(name, (0, 0))
        if pages < MANY or read < ENOUGH or not had:
            return False
        if pages > _MOST:
            pages, read = _MOST, read * _MOST // pages
        if of > _MOST:
            had, of = had * _MOST // of, _MOST
        none = chance(pages, pages, of - had, of)
        fewer, more = chance(pages - read, pages, of - had, of), chance(read, pages, had, of)
        return none < _NONE and min(fewer, more) >= _UNLIKELY
