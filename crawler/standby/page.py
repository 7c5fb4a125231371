"""A visited page while it is settled what it gives."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from scrapy import Request

from crawler.callbacks.matching import PageMatch
from crawler.callbacks.shapes import LINK, links_template
from crawler.reading.live import Read
from learner.pages.values import scalars
from learner.state.records import Item

if TYPE_CHECKING:
    from crawler.standby.watching import Visit


class SettledPage:
    """A visit while it is settled: ``new`` is what is given in addition, ``kept`` what is not given as it was held;
    ``read`` what learned code says of the page, by template."""

    def __init__(self, visit: Visit, match: PageMatch, read: Mapping[str, Read]) -> None:
        self.visit = visit
        self.match = match
        self._read = read
        self.new: list[Any] = []
        self.kept: list[Any] = []

    def link(self, request: Request) -> str | None:
        """The page's link that the request follows."""
        return self.match.link(request.url) if request.method == "GET" else None

    def kinds(self, known: Collection[str]) -> list[set[str]]:
        """The links that are known of the page and that it still shows, by their kinds."""
        return self.match.kinds(known)

    def likely(self, target: str) -> list[Item]:
        """The links of one kind that learned code does not vouch for, though they lead where such links do."""
        read = self._read.get(links_template(self.visit.callback))
        likely = () if read is None else read.extraction.likely
        return [{LINK: str(link)} for record in likely for link in scalars(record.get(target))]

    def links(self, target: str) -> list[Item]:
        """The links of one kind that learned code vouches for."""
        read = self._read.get(links_template(self.visit.callback))
        links = [] if read is None else scalars(read.extraction.item.get(target))
        return [{LINK: str(link)} for link in links]
