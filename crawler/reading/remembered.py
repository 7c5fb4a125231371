"""What was known of pages before a crawl came to them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from scrapy.http import Response

from crawler.reading.live import LiveSite
from crawler.responses import asked_url, body_asked
from learner.drift.condition import SOFT_404
from learner.drift.consistency import exchanged
from learner.errors import EvergreenError
from learner.pages.values import same, scalars
from learner.state.records import COMPLETE, FAILED, PARTIAL, REPAIRED, VISITS, Item

logger = logging.getLogger(__name__)

_AGREES = 0.5
"""Share of a page's known values that the spider's must repeat to be believed on a page that has just changed."""


class Remembered:
    """What is known of pages of the site, under whatever address."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site
        self._moved: dict[str, str] | None = None
        self._outcomes: dict[str, dict[str, list[str]]] = {}

    def address(self, template: str, response: Response) -> str:
        """The address by which a page is known: its own, or the one from which it has moved for good."""
        known = self._site.known(template)
        return next((url for url in self.addresses(response) if url in known), response.url)

    def addresses(self, response: Response) -> list[str]:
        """Those by which a page may be known: its own, and the one from which it has moved for good. None where what
        was sent with the request decides what the page shows."""
        if body_asked(response):
            return []
        former = (asked_url(response), self.former.get(response.url, ""))
        return list(dict.fromkeys((response.url, *filter(None, former))))

    def gave(self, template: str, response: Response) -> bool:
        """Whether the page is known to have had something of the template."""
        known = self._site.known(template)
        return any(url in known for url in self.addresses(response))

    def has(self, template: str, url: str) -> bool:
        """Whether the address is known as that of a page of the template."""
        return url in self._site.known(template)

    def is_gone(self, template: str, url: str) -> bool:
        """Whether the page said on each of its last visits that it does not exist: nobody misses it any more."""
        if template not in self._outcomes:
            visits = self._outcomes[template] = {}
            try:
                for answer in self._site.store.extractions.answers(self._site.site, template):
                    visits.setdefault(answer.url, []).append(answer.outcome)
            except (EvergreenError, OSError) as error:
                logger.warning("What pages of %s were before can't be read: %s", template, error)
        last = self._outcomes[template].get(url, [])[-VISITS:]
        return len(last) == VISITS and set(last) == {SOFT_404}

    def links(self, template: str, addresses: Sequence[str], target: str) -> list[str]:
        """The links of one kind that the page of these addresses had when it was last read: what is known by its own
        may be of a new design alone, in which they were never found."""
        at = self._site.known(template)
        known = [at[url].item or {} for url in addresses if url in at]
        return next(([str(link) for link in scalars(item[target])] for item in known if target in item), [])

    def links_elsewhere(self, template: str, but: Collection[str], target: str, pages: int) -> list[str]:
        """The links of one kind that other pages of the template had when they were last read, ``but`` those of these
        addresses: of so many pages, the newest."""
        known = [fact for url, fact in self._site.known(template).items() if url not in but]
        having = [(fact.item or {})[target] for fact in known if target in (fact.item or {})]
        return list(dict.fromkeys(str(link) for links in having[:pages] for link in scalars(links)))

    def repeats(self, template: str, url: str, told: Sequence[Item]) -> bool:
        """Whether what the spider says of a page that has just changed is what was known of it by this address."""
        known = self._site.known(template).get(url)
        if known is None:
            return False
        records = list(known.items) if known.items else [known.item or {}]
        before = Counter(str(one) for values in records for value in values.values() for one in scalars(value))
        now = Counter(str(one) for values in told for value in values.values() for one in scalars(value))
        return (before & now).total() >= _AGREES * now.total()

    def confirmed(self, template: str, url: str, told: Item) -> set[str]:
        """The fields of which the spider says what was known of the page by this address."""
        known = self._site.known(template).get(url)
        item = known.item or {} if known is not None else {}
        return {name for name, value in told.items() if name in item and same(item[name], value)}

    def exchanges(self, template: str, url: str, told: Item) -> bool:
        """Whether values that the spider gives of a page have changed places since it was last read."""
        known = self._site.known(template).get(url)
        return known is not None and bool(exchanged(told, known.item or {}))

    @property
    def former(self) -> dict[str, str]:
        """New address -> the one from which it has moved for good, as earlier crawls have seen it."""
        if self._moved is None:
            self._moved = {}
            try:
                self._moved = {new: old for old, new in self._site.store.pages.moves(self._site.site).items()}
            except (EvergreenError, OSError) as error:
                logger.warning("Which addresses have moved can't be read: %s", error)
        return self._moved


@dataclass(slots=True)
class _Page:
    """``given``: of each field how many visits ago the page last gave it, and its value if it is to be kept."""

    given: dict[str, tuple[int, Any]] = field(default_factory=dict)
    visits: int = 0


class Visits:
    """What pages gave on their last visits, to learned code or to the spider. Reads of each template once, when it is
    first asked for; ``limit``: of so many pages. The values of ``links`` are kept, of other fields that they were
    there."""

    def __init__(self, site: LiveSite, links: Collection[str], limit: int) -> None:
        self._site = site
        self._links = links
        self._limit = limit
        self._pages: dict[str, dict[str, _Page]] = {}

    def gave(self, template: str, url: str, name: str) -> bool:
        """Whether the page had the field on one of its last visits."""
        page = self._of(template).get(url)
        return page is not None and name in page.given and page.given[name][0] < VISITS

    def lacked(self, template: str, url: str, name: str) -> bool:
        """Whether the page, of one thing, was read before this crawl, and had the field on none of its last visits."""
        known = self._site.known(template).get(url)
        return known is not None and not known.items and not self.gave(template, url, name)

    def links(self, template: str, url: str, name: str) -> list[str]:
        """Where links of this name led when the page last had them; none if that is too long ago."""
        if not self.gave(template, url, name):
            return []
        return [str(link) for link in scalars(self._pages[template][url].given[name][1])]

    def _of(self, template: str) -> dict[str, _Page]:
        if template not in self._pages:
            pages = self._pages[template] = {}
            store, site = self._site.store, self._site.site
            self._site.flush()
            try:
                answers = store.extractions.answers(site, template, limit=VISITS * self._limit)
                told = store.examples.told(site, template, limit=self._limit)
            except (EvergreenError, OSError) as error:
                logger.warning("What pages of %s gave before can't be read: %s", template, error)
                return pages
            for answer in reversed(answers):
                if answer.outcome in (COMPLETE, PARTIAL, FAILED, REPAIRED):
                    self._add(pages, answer.url, answer.item, answer.items)
            for url, known in told.items():
                self._add(pages, url, known.item or {}, known.items or ())
        return self._pages[template]

    def _add(self, pages: dict[str, _Page], url: str, item: Item, items: Sequence[Item]) -> None:
        """The next visit back in time."""
        page = pages.setdefault(url, _Page())
        for values in (item, *items):
            for name, value in values.items():
                page.given.setdefault(name, (page.visits, value if name in self._links else None))
        page.visits += 1
