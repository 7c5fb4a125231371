"""What a spider gives where it finds nothing, if that is not nothing: "n/a", or 0 for a number that it did not find.

Such a value is told by what was known before. It is one and the same on all pages of the crawl so far, few pages or
none had it, and the page had another one, also by the spider's own code; and learned code vouches for another one
still. It is taken off then, as if the spider had given nothing, and put back where learned code is not believed either.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from itemadapter import ItemAdapter

from crawler.callbacks.filling import filled, is_zero, learnable
from crawler.reading.live import LiveSite, Read
from crawler.reading.reading import Item
from crawler.standby.comparison import Comparison
from learner.pages.values import same
from learner.programs.examples import Known

SELDOM: Final = 0.2
"""Share of the known pages that have a value, up to which it is not what pages usually have."""
SEVERAL: Final = 3
"""Different values that the known pages have, from which on one and the same is strange."""

PAGES: Final = 3
"""Pages that had another value, from which on it is no other with pages of which nothing is known."""


class Defaults:
    """Of one crawl. What changed code says is what it means."""

    def __init__(self, site: LiveSite, comparison: Comparison) -> None:
        self._site = site
        self._comparison = comparison
        self._only: dict[tuple[str, str], Any] = {}
        self._several: set[tuple[str, str]] = set()
        self._pages: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._counts: dict[tuple[str, str], Counter[str]] = {}
        self._taken: dict[int, tuple[Any, dict[str, Any]]] = {}

    def suspects(self, template: str, item: Any, names: Iterable[str], url: str) -> set[str]:
        """Which of the fields have what may be a default. Takes note of what the item has."""
        if self._comparison.is_new(template):
            return set()
        before, adapter, found = self._before(template, url), ItemAdapter(item), set[str]()
        own = _values(self._site.told(template).get(url))
        for name in names:
            value, key = adapter.get(name), (template, name)
            if isinstance(value, bool) or not isinstance(value, (str, int, float)):
                continue
            if self._only.setdefault(key, value) != value:
                self._several.add(key)
            proved = len(self._pages[key]) >= PAGES
            if key in self._several or (same(before[name], value) if name in before else not proved):
                continue
            if name in own and same(own[name], value):
                continue
            counts = self._known(template, name)
            if len(counts) >= SEVERAL and counts[repr(value)] <= SELDOM * counts.total():
                found.add(name)
                self._pages[key].add(url)
        return found

    def take(self, template: str, item: Any, read: Read, url: str) -> set[str]:
        """Take off what seems to stand for nothing, and what learned code says something else of; of which fields."""
        names = self.suspects(template, item, read.live.fields, url)
        values, said = ItemAdapter(item), read.extraction.item
        other = {n: values[n] for n in names if n in said and not _says(said[n], values[n])}
        other = {n: v for n, v in other.items() if self._is_strange(template, n, v, read, url)}
        if not other or filled(item, dict.fromkeys(other)) is not item:
            return set()
        self._taken[id(item)] = item, other
        return set(other)

    def _is_strange(self, template: str, name: str, value: Any, read: Read, url: str) -> bool:
        """Whether the value is no other one of the field: 0, a text of another form, or words that no page
        is known to have in place of a text that was known before. All prices may be one and the same."""
        if not isinstance(value, str):
            return is_zero(value)
        profiles = [one.extractor.fields[name] for one in read.live.versions if name in one.extractor.fields]
        if not any(profile.admits(value) for profile in profiles):
            return True
        before, said = self._before(template, url), read.extraction.item[name]
        counts = self._known(template, name)
        known = same(before[name], said) if name in before else repr(said) in counts
        return known and repr(value) not in counts and not any(map(str.isdigit, value))

    def _before(self, template: str, url: str) -> Item:
        """What was known of the page."""
        return _values(self._site.known(template).get(url))

    def put_back(self, item: Any, fill: Mapping[str, Any]) -> dict[str, Any]:
        """What was taken off the item and nothing is filled in for, to be put back."""
        _, values = self._taken.pop(id(item), (None, {}))
        return {name: value for name, value in values.items() if name not in fill}

    def _known(self, template: str, name: str) -> Counter[str]:
        """On how many of the known pages each value was."""
        key = template, name
        if key not in self._counts:
            facts = self._site.known(template).values()
            self._counts[key] = Counter(repr(one.item[name]) for one in facts if one.item and name in one.item)
        return self._counts[key]


def _values(fact: Known | None) -> Item:
    return (fact.item if fact is not None else None) or {}


def _says(found: Any, value: Any) -> bool:
    plain = learnable(value)
    return plain is not None and same(found, plain)
