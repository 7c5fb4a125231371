"""Which of the spider's own selectors still find something in this crawl, and how sure learned code has to be where it
speaks in their place."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from itemadapter import ItemAdapter

from crawler.callbacks.filling import is_zero
from crawler.standby.substitutes import Answer, absent, is_guess, unfound
from crawler.standby.witness import Witness
from learner.extractor import DOUBTFUL, Extraction
from learner.programs.doubts import chance
from learner.state.records import Item

DEAD: Final = 3
"""Pages that lacked a field which no page of the crawl had, from which on the spider's selector counts as dead."""
CHANCE: Final = 0.001
"""Chance at which all pages of a crawl have 0 in a field, by how many had it when they were learned from; and at which
none has what only some have."""
CAREFUL: Final = 0.9
"""Confidence that is asked for where it is not known yet whether the spider's selector works, or where the page is of
another design: of what old code says there, 95% is right from here on, 80% just above what is vouched for."""
SURE: Final = 0.95
"""The same where the spider's selector works on other pages: the page may rightly have no such value."""


def is_strange(said: Extraction, given: Sequence[Any], url: str) -> bool:
    """Whether the spider's selectors find the page to be of another design: its items lack more than half of what
    learned code vouches for."""
    return all(2 * len(unfound(item, said.confidence, url)) > len(said.confidence) for item in given)


def is_unread(said: Extraction, given: Sequence[Any], url: str) -> bool:
    """Whether neither learned code nor the spider's selectors read the page's design: it vouches for too little, maybe
    for nothing, and the items lack more than half of that and of what such pages always have. Of one field nothing is
    told."""
    names = said.expected | said.confidence.keys()
    return said.failed and all(2 * len(unfound(item, names, url)) > len(names) > 1 for item in given)


class Vitality:
    """Of one crawl: how many pages had each field by the spider's own code, and how many lacked it. ``witness``: what
    learned code says of fields that only some pages have."""

    def __init__(self) -> None:
        self.witness = Witness()
        self._some: dict[str, frozenset[str]] = {}
        self._doubted: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._repaired: defaultdict[str, dict[str, frozenset[str]]] = defaultdict(dict)
        self._had: Counter[tuple[str, str]] = Counter()
        self._lacked: Counter[tuple[str, str]] = Counter()
        self._lost: Counter[tuple[str, str]] = Counter()
        self._zeros: Counter[tuple[str, str]] = Counter()
        self._by_chance: defaultdict[tuple[str, str], float] = defaultdict(lambda: 1.0)
        self._optional: dict[tuple[str, str], tuple[int, int]] = {}
        self._found: Counter[tuple[str, str]] = Counter()
        self._found_beside: set[tuple[str, int, str]] = set()

    def observe(
        self,
        template: str,
        fields: Collection[str],
        items: Sequence[Any],
        url: str,
        own: Collection[str] = (),
        share_of_zeros: Callable[[str], float] = lambda _: 1.0,
        optional: Mapping[str, tuple[int, int]] = MappingProxyType({}),
        some: Collection[str] = (),
    ) -> None:
        """A page of the template with what the spider gave there: which of the ``fields`` that it should have, and of
        its ``own``, which it alone gives. That it says 0, or no, tells neither, until all pages together do.
        ``optional`` are those of its own that only some items have: how many had each, and of how many; ``some``, those
        that only some have by learned code, too."""
        self._some[template] = frozenset(some)
        self._optional.update({(template, name): counts for name, counts in optional.items()})
        for name in self._some[template].difference(fields) if items else ():
            self._had[template, name] += any(not absent(item, [name], url) for item in items)
        lacks = [{*unfound(item, fields, url), *absent(item, {*own, *optional}, url)} for item in items]
        for name in {*fields, *own, *optional} if items else ():
            if all(name in lacking for lacking in lacks):
                self._lacked[template, name] += 1
            elif all(
                name in lacking or _says_nothing(ItemAdapter(item).get(name), name in own)
                for item, lacking in zip(items, lacks, strict=True)
            ):
                self._zeros[template, name] += 1
                self._by_chance[template, name] *= share_of_zeros(name)
            else:
                self._had[template, name] += 1

    def misses(
        self,
        template: str,
        fields: Collection[str],
        items: Sequence[Any],
        url: str,
        known: Item = MappingProxyType({}),
    ) -> None:
        """A page of another design: that the spider found the ``fields``, which it alone gives, on pages of the known
        one says nothing of it. Those that its items lack are lost, and so is a yes that was ``known`` of the page."""
        was = {name for name, value in known.items() if value is True}
        values = [(item, ItemAdapter(item)) for item in items]
        lacks = [
            {n for n in fields if is_zero(has.get(n)) or (n in was and has.get(n) is False) or absent(item, [n], url)}
            for item, has in values
        ]
        self._lost.update((template, name) for name in fields if all(name in lacking for lacking in lacks))
        self._found.update((template, name) for name in fields if not all(name in lacking for lacking in lacks))

    def lost(self, template: str, fields: Collection[str]) -> None:
        """A page of which the crawl's items have none of the fields, for they were built without the spider."""
        self._lost.update((template, name) for name in fields)
        self._lacked.update((template, name) for name in fields)

    def works(self, template: str, name: str) -> bool:
        """Whether the spider has found the field somewhere in this crawl; 0 is found where pages often have that."""
        zeros = self._zeros[template, name] > 0 and self._by_chance[template, name] >= CHANCE
        return self._had[template, name] > 0 or zeros

    def decided(self, template: str, names: Collection[str]) -> bool:
        """Whether it is known of each field that its selector works, or that it does not; and of what only some pages
        have, whether learned code is believed instead."""
        return all(
            self.works(template, name)
            or (self._is_told if name in self._some.get(template, ()) else self._is_dead)(template, name)
            for name in names
        )

    def _is_told(self, template: str, name: str) -> bool:
        return self.witness.is_refused(template, name) or self.witness.is_believed(template, name)

    def may_lack(self, template: str, names: Collection[str]) -> set[str]:
        """Which of the fields that only some pages have the spider has found nowhere in this crawl."""
        return {name for name in names if not self.works(template, name)}

    def doubt(self, template: str, items: Sequence[Any], said: Extraction, url: str) -> None:
        """The crawl gives these items of a page, without values of fields that only some pages have and learned code
        finds there."""
        self.doubt_each(template, items, said.records, self._some.get(template, frozenset()), url)

    def doubt_each(
        self, template: str, items: Sequence[Any], records: Sequence[Item], names: Iterable[str], url: str = ""
    ) -> None:
        """The same of these ``names``, and of what a page hands over in place of items."""
        for name in names:
            having = sum(not absent(item, [name], url) for item in items)
            self._doubted[template, name][url] += max(0, sum(name in record for record in records) - having)

    def doubtful(self, template: str, items: Sequence[Any], said: Extraction, url: str) -> None:
        """The spider gave these items of a page of the known design: take note of what only some pages have and learned
        code finds there without being sure of it."""
        for name in self._some.get(template, ()):
            if said.abstained.get(name) == DOUBTFUL:
                self._doubted[template, name][url] += sum(bool(absent(item, [name], url)) for item in items)

    def repaired(self, template: str, items: Sequence[Any], url: str) -> None:
        """The crawl gives these items of a page that a new version has repaired."""
        some = self._some.get(template, frozenset())
        self._repaired[template][url] = some.difference(*(absent(item, some, url) for item in items))

    def reads_beside(self, template: str, version: int, items: Sequence[Any], url: str) -> None:
        """The spider gave these items of a page of another design, which the ``version`` reads: what only some pages
        have and it found there, its selectors find in that design, too."""
        for name in self._some.get(template, ()):
            if any(not is_guess(ItemAdapter(one).get(name)) and not absent(one, [name], url) for one in items):
                self._found_beside.add((template, version, name))

    def lost_beside(self, template: str, answer: Answer) -> Answer:
        """The answer for a page of another design without what only some pages have and the spider finds on others of
        that design. What it finds on pages of its own says nothing here."""
        said = answer.extraction.confidence.keys()
        return answer.only({n for n in said if (template, answer.version, n) not in self._found_beside})

    def lost_alone(self, template: str, answer: Answer) -> Answer:
        """The answer without what only some pages have and the spider finds on others of this crawl: this page has no
        such values."""
        said = answer.extraction.confidence.keys()
        return answer.only({n for n in said if n not in self._some.get(template, ()) or not self.works(template, n)})

    def believed_of_some(self, template: str, names: Iterable[str]) -> set[str]:
        """Of which of the fields that only some pages have learned code is believed in the spider's place."""
        return {n for n in names if not self.works(template, n) and self.witness.is_believed(template, n)}

    def doubted(self) -> dict[str, dict[str, int]]:
        """By template the fields that only some pages have, that the spider found nowhere, and that learned code finds
        on pages enough to tell; how many items lack the value for it is not believed."""
        found: dict[str, dict[str, int]] = {}
        for (template, name), pages in sorted(self._doubted.items()):
            items = self._unsettled(template, name, pages) if self._is_dead(template, name) else 0
            if items:
                found.setdefault(template, {})[name] = items
        return found

    def _unsettled(self, template: str, name: str, pages: Mapping[str, int]) -> int:
        """How many items of the doubted pages a repair has not settled: it gives the field there, or it does so on as
        many others, and is believed that these have none."""
        repaired = self._repaired[template]
        having = sum(name in names for names in repaired.values())
        without = {url for url in pages if url in repaired and name not in repaired[url]}
        settled = pages.keys() & repaired.keys() - (without if having < len(without) else set())
        return sum(count for url, count in pages.items() if url not in settled)

    def believed(self, template: str, lacking: Collection[str], fields: Collection[str]) -> bool:
        """Whether an item that lacks these of the ``fields`` is taken as it is: its page has no such values. Where
        more than half are lacking, the page is of another design."""
        return 2 * len(lacking) <= len(fields) and all(self.works(template, name) for name in lacking)

    def sure(self, template: str, answer: Answer, given: Sequence[Any], url: str) -> Answer:
        """Of what learned code says of a page what may stand in for what the spider did not find there; all of it, if
        the page is of the known design and the spider gave nothing; but for what is doubted of it."""
        said = answer.extraction
        if not given and not said.failed:
            return answer.only(said.confidence.keys() - answer.doubted)
        strange = is_strange(said, given, url)
        least = {name: self._least(template, name, said, strange) for name in said.confidence}
        sure = {name for name, confidence in said.confidence.items() if confidence >= least[name]}
        return answer.only(sure - answer.doubted)

    def dead(self) -> dict[str, dict[str, int]]:
        """By template the fields whose selectors found nothing in this crawl, with the number of pages."""
        found: dict[str, dict[str, int]] = {}
        for template, name in sorted((self._lacked | self._zeros).keys() - self._optional.keys()):
            if self._is_dead(template, name):
                # What the spider said of a page of which the crawl has an item without it was counted before.
                zeros = max(0, self._zeros[template, name] - self._lost[template, name])
                found.setdefault(template, {})[name] = self._lacked[template, name] + zeros
        return found

    def missed(self) -> dict[str, dict[str, int]]:
        """By template the fields that items lack for certain, of pages enough to tell, with the number of pages."""
        found: dict[str, dict[str, int]] = {}
        for (template, name), pages in sorted(self._lost.items()):
            if pages >= DEAD and (template, name) not in self._optional:
                found.setdefault(template, {})[name] = pages
        return found

    def ended(self) -> dict[str, dict[str, int]]:
        """By template the fields that only some pages have, and that none of so many had in this crawl, or none of
        those of another design, which is no chance; with the number of pages."""
        found: dict[str, dict[str, int]] = {}
        for template, name in sorted(self._optional):
            key = template, name
            nowhere = 0 if self._had[key] else self._lacked[key] + self._zeros[key]
            pages = max(nowhere, 0 if self._found[key] else self._lost[key])
            if pages >= DEAD and self._chance(key, pages) < CHANCE:
                found.setdefault(template, {})[name] = pages
        return found

    def came(self, template: str) -> dict[str, tuple[int, int]]:
        """How many pages of the crawl had each field that only some have, and of how many; of those that have not
        ended."""
        ended = self.ended().get(template, {})
        return {
            name: (self._had[key], self._had[key] + self._lacked[key] + self._zeros[key])
            for key in self._optional
            for of, name in [key]
            if of == template and name not in ended
        }

    def _chance(self, key: tuple[str, str], pages: int) -> float:
        """The probability that none of so many pages has what only some have."""
        had, of = self._optional[key]
        return chance(pages, pages, of - had, of) if of else 1.0

    def is_optional(self, template: str, name: str) -> bool:
        """Whether only some items have the field, by the spider's code alone."""
        return (template, name) in self._optional

    def _is_dead(self, template: str, name: str) -> bool:
        zeros = self._zeros[template, name] if self._by_chance[template, name] < CHANCE else 0
        return self._lacked[template, name] + zeros >= DEAD and not self.works(template, name)

    def _least(self, template: str, name: str, said: Extraction, strange: bool) -> float:
        """``strange``: the spider finds the page to be of another design than its own, as where a site has two at once,
        and that its selectors work elsewhere, or not, says nothing here."""
        if strange and not said.failed and not said.unproven:
            return 0.0
        if name in self._some.get(template, ()) and not strange:
            return self._least_of_some(template, name, said)
        if self.works(template, name):
            return CAREFUL if strange else SURE
        return 0.0 if self._is_dead(template, name) and not said.failed else CAREFUL

    def _least_of_some(self, template: str, name: str, said: Extraction) -> float:
        """The same of what only some pages have: where the spider's selector works, the page has no such value, and
        where nobody knows that, learned code has to prove first that it is right."""
        if self.works(template, name) or not self.witness.is_believed(template, name):
            return math.inf
        return 0.0 if self.witness.is_proved(template, name) and not said.failed else CAREFUL


def _says_nothing(value: Any, own: bool) -> bool:
    """Whether the value may be what is said where nothing is found: 0, and no where nobody else says it."""
    return is_zero(value) or (own and value is False)
