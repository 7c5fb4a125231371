"""What was known of pages before a crawl came to them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence

from crawler.live import LiveSite
from crawler.shapes import LINK
from learner.errors import EvergreenError
from learner.examples import Known
from learner.records import Item
from learner.values import scalars

logger = logging.getLogger(__name__)

_AGREES = 0.5
"""Share of a page's known values that the spider's must repeat to be believed on a page that has just changed."""


class Remembered:
    """Reads of each template once what is known; ``limit``: of so many pages."""

    def __init__(self, site: LiveSite, limit: int) -> None:
        self._site = site
        self._limit = limit
        self._known: dict[str, dict[str, Known]] = {}

    def links(self, template: str, url: str, target: str) -> list[Item]:
        """The links of one kind that the page had when it was last read."""
        known = self._at(template).get(url)
        links = scalars(known.item.get(target)) if known is not None and known.item is not None else []
        return [{LINK: str(link)} for link in links]

    def repeats(self, template: str, url: str, told: Sequence[Item]) -> bool:
        """Whether what the spider says of a page that has just changed is what was known of it."""
        known = self._at(template).get(url)
        if known is None:
            return False
        records = list(known.items) if known.items else [known.item or {}]
        before = Counter(str(one) for values in records for value in values.values() for one in scalars(value))
        now = Counter(str(one) for values in told for value in values.values() for one in scalars(value))
        return (before & now).total() >= _AGREES * now.total()

    def _at(self, template: str) -> dict[str, Known]:
        if template not in self._known:
            self._known[template] = {}
            try:
                known = self._site.store.examples.known(self._site.site, template, limit=self._limit)
            except (EvergreenError, OSError) as error:
                logger.warning("What is known of %s can't be read: %s", template, error)
            else:
                self._known[template] = {one.url: one for one in known}
        return self._known[template]
