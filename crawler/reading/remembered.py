"""What was known of pages before a crawl came to them."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urljoin

from w3lib.url import safe_url_string

from crawler.callbacks.shapes import LINK, Shape, shapes_of
from crawler.reading.live import LiveSite
from learner.drift.consistency import exchanged
from learner.errors import EvergreenError
from learner.pages.values import scalars
from learner.state.records import COMPLETE, FAILED, PARTIAL, REPAIRED, Item

logger = logging.getLogger(__name__)

VISITS: Final = 5
"""Visits after which a page is taken at its word: what it gave on none of so many is no longer known of it."""
_AGREES = 0.5
"""Share of a page's known values that the spider's must repeat to be believed on a page that has just changed."""


class Remembered:
    def __init__(self, site: LiveSite) -> None:
        self._site = site
        self._shapes: dict[str, Shape] | None = None

    def links(self, template: str, url: str, target: str) -> list[Item]:
        """The links of one kind that the page had when it was last read, with what was handed over with them by path,
        as far as that can't be out of date: what did not stand on the page, or what the link itself says."""
        known = self._site.known(template).get(url)
        links = scalars(known.item.get(target)) if known is not None and known.item is not None else []
        return [{LINK: str(link), **self._handed(template, target, urljoin(url, str(link)))} for link in links]

    def repeats(self, template: str, url: str, told: Sequence[Item]) -> bool:
        """Whether what the spider says of a page that has just changed is what was known of it."""
        known = self._site.known(template).get(url)
        if known is None:
            return False
        records = list(known.items) if known.items else [known.item or {}]
        before = Counter(str(one) for values in records for value in values.values() for one in scalars(value))
        now = Counter(str(one) for values in told for value in values.values() for one in scalars(value))
        return (before & now).total() >= _AGREES * now.total()

    def exchanges(self, template: str, url: str, told: Item) -> bool:
        """Whether values that the spider gives of a page have changed places since it was last read."""
        known = self._site.known(template).get(url)
        return known is not None and bool(exchanged(told, known.item or {}))

    def _handed(self, template: str, target: str, link: str) -> dict[str, Any]:
        shapes = self._shapes_of_the_site()
        shape, handed = shapes.get(template), shapes.get(f"{template}-{target}")
        if shape is None or target not in shape.recipes:
            return {}
        read = frozenset() if handed is None else handed.fields
        values = shape.recipes[target].remembered(safe_url_string(link))
        return {path: value for path, value in values.items() if path not in read or _says(link, value)}

    def _shapes_of_the_site(self) -> dict[str, Shape]:
        if self._shapes is None:
            self._shapes = {}
            try:
                self._shapes = shapes_of(self._site.store, self._site.site)
            except (EvergreenError, OSError) as error:
                logger.warning("What was handed over with known links can't be read: %s", error)
        return self._shapes


def _says(link: str, value: Any) -> bool:
    """Whether the value stands in the address, such as the number of a page."""
    return re.search(rf"(?<![^\W_]){re.escape(str(value))}(?![^\W_])", unquote(link)) is not None


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
