"""What pages still show of what was known of them, where a crawl's items have it no more.

A page that gave items before, answers as ever, and gives none, is lost, be it one of a hundred: a site that tries
another design on few of its visitors looks like that. That the page is still the same thing is told by the values that
are known of it and of no other page, and which it still shows; one that was withdrawn shows few of them. What the
spider says of a page that it reads as ever is believed.
"""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from scrapy.http import Response

from crawler.callbacks.matching import PageMatch
from crawler.reading.live import LiveSite, Read
from crawler.reading.remembered import Remembered
from crawler.standby.substitutes import absent, unfound
from learner.errors import EvergreenError
from learner.pages.values import same, scalars
from learner.programs.doubts import UNLIKELY, chance
from learner.programs.examples import TELLING, Known
from learner.state.records import Item

if TYPE_CHECKING:
    from crawler.standby.watching import Visit

logger = logging.getLogger(__name__)

_KEPT: Final = 100
"""Pages of a template that are kept until it is known what the crawl gave of them."""
_FEWEST: Final = 3
"""Pages that still show what is known of a field, from which on it is no chance."""
_OTHERS: Final = 5
"""Values that other pages have in a field, of which it is asked whether the page shows them, too: then it shows the
known one by chance."""


@dataclass(frozen=True, slots=True)
class _Unread:
    """A page that the spider can't read, with what is known of it, and the fields of that which it should have."""

    response: Response
    known: Known
    names: frozenset[str]


@dataclass(slots=True)
class Lost:
    """Of one template. ``pages`` that give no item any more; ``fields`` that items of others lack, on how many pages;
    ``url`` of one of all these."""

    pages: list[str] = field(default_factory=list)
    fields: Counter[str] = field(default_factory=Counter)
    url: str = ""


class Remains:
    """Of one crawl. ``had`` tells which fields the items have that it gave of a page (template, URL), if it gave any;
    None where that is not known, for they wait."""

    def __init__(
        self, site: LiveSite, remembered: Remembered, had: Callable[[str, str], Collection[str] | None]
    ) -> None:
        self._site = site
        self._remembered = remembered
        self._had = had
        self._pages: dict[str, dict[str, _Unread]] = {}
        self._kept: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._ended: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def observe(
        self, template: str, visit: Visit, given: Sequence[Any], read: Read | None, but: Collection[str] = ()
    ) -> None:
        """A page of the template's callback, and what the spider gave there. Fields that are gone (``but``) are not
        missed."""
        told, pages = self._site.told(template), self._pages.setdefault(template, {})
        address = next((url for url in self._remembered.addresses(visit.response) if url in told), "")
        if not address:
            return
        url, names, live = visit.response.url, _names(told[address]).difference(but), self._site.get(template)
        if live is not None:
            names &= live.fields  # of others, as the page's own address, nobody can say whether items lack them
        unread = all(2 * len(unfound(item, names, url)) > len(names) for item in given)
        left_out = not (given or visit.failed or read is None) and 2 * len(names & read.extraction.confidence.keys())
        if given and not unread:
            ended = names.intersection(*(absent(item, names, url) for item in given))
            self._ended[template].update(ended)
            self._kept[template].update(names - ended)
        elif unread and left_out <= len(names) and len(pages) < _KEPT:
            pages[url] = _Unread(visit.response, told[address], frozenset(names))

    def reads(self, template: str) -> bool:
        """Whether the spider can read all known pages of the template that the crawl has come to."""
        return not self._pages.get(template)

    def lost(self) -> dict[str, Lost]:
        """By template, what of the crawl's pages is lost."""
        found: dict[str, Lost] = {}
        for template, pages in self._pages.items():
            values = _Values(self._site.told(template)) if pages else None
            answers = self._answers(template) if pages else {}
            lost, lacked, had_before = Lost(), defaultdict[str, list[_Shown]](list), Counter[str]()
            for url, page in pages.items():
                had, known = self._had(template, url), page.known
                if had is None or values is None:
                    continue
                lacking, match = page.names.difference(had), PageMatch(page.response, {})
                if 2 * len(lacking) <= len(page.names):
                    had_before.update(page.names)
                    for name in lacking:
                        lacked[name].append(values.shown(known, name, match, answers.get(url, {})))
                elif values.is_same(known, match):
                    lost.url = lost.url or url
                    lost.fields.update(lacking if had else ())
                    lost.pages += [] if had else [url]
            for name, pages_without in lacked.items():
                if count := self._proved(template, name, pages_without, had_before[name]):
                    lost.fields[name] += count
                    lost.url = lost.url or pages_without[0].url
            if lost.url:
                found[template] = lost
        return found

    def _answers(self, template: str) -> dict[str, Item]:
        """What learned code said last of the template's pages, by their addresses."""
        try:
            answers = self._site.store.extractions.answers(self._site.site, template)
        except (EvergreenError, OSError) as error:
            logger.warning("What learned code said of pages can't be read: %s", error)
            return {}
        return {one.url: one.item for one in answers}

    def _proved(self, template: str, name: str, lacked: Sequence[_Shown], had: int) -> int:
        """On how many of the pages ``lacked`` a field is certainly lost, of those that had it before: they still show
        what was known, and not what others have; or it has not ended on pages that the spider reads."""
        ended, kept = self._ended[template][name], self._kept[template][name]
        if len(lacked) >= _FEWEST and chance(len(lacked), had, ended, ended + kept) < UNLIKELY:
            return len(lacked)
        still = sum(one.known for one in lacked)
        others, tried = sum(one.others for one in lacked), sum(one.tried for one in lacked)
        return still if still >= _FEWEST and chance(still, len(lacked), others, tried) < UNLIKELY else 0


@dataclass(frozen=True, slots=True)
class _Shown:
    """Whether a page (``url``) shows the value ``known`` of it, which is neither yes nor no; how many of the ``tried``
    values of other pages it shows, too (``others``)."""

    url: str
    known: bool
    others: int
    tried: int


class _Values:
    """What is known of all pages of a template."""

    def __init__(self, told: Mapping[str, Known]) -> None:
        self._pages = Counter(pair for known in told.values() for pair in {(n, repr(v)) for n, v in _values(known)})
        self._by_name: dict[str, dict[str, Any]] = {}
        for known in told.values():
            for name, value in _values(known):
                self._by_name.setdefault(name, {}).setdefault(repr(value), value)

    def is_same(self, known: Known, match: PageMatch) -> bool:
        """Whether the page shows at least half of what is known of it alone."""
        own = {(n, repr(v)): v for n, v in _values(known) if self._pages[n, repr(v)] == 1}
        shown = sum(match.holds(value) if _is_long(value) else match.shows(value) for value in own.values())
        return shown > 1 and 2 * shown >= len(own)

    def shown(self, known: Known, name: str, match: PageMatch, said: Item) -> _Shown:
        """Whether the page shows what is known of a field. What is ``said`` of it to be another one's value tells
        nothing: once a discount ends, the old price is the price."""
        values = {repr(value): value for of, value in _values(known) if of == name}
        if not values:
            return _Shown(known.url, known=False, others=0, tried=0)
        others = [value for text, value in self._by_name[name].items() if text not in values][:_OTHERS]
        others_now = [value for other, value in said.items() if other != name]
        left = [one for one in values.values() if not any(same(one, value) for value in others_now)]
        still = 2 * sum(map(match.holds, left)) >= len(values)
        return _Shown(known.url, still, sum(map(match.holds, others)), len(others))


def _records(known: Known) -> list[Item]:
    return [*known.items] if known.items else [known.item or {}]


def _names(known: Known) -> set[str]:
    return {name for record in _records(known) for name in record}


def _values(known: Known) -> Iterator[tuple[str, Any]]:
    """But for yes and no, which no page shows as such."""
    for record in _records(known):
        yield from ((name, value) for name, value in record.items() if not isinstance(value, bool))


def _is_long(value: Any) -> bool:
    """Whether the value is too long to be part of a text by chance."""
    return all(len(str(one)) >= TELLING for one in scalars(value))
