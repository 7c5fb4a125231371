"""What waits for a repair in a crawl, and how it is delivered: repaired, or as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.http import Response

from crawler.callbacks.shapes import LINK, Kind, Shape, links_template
from crawler.reading.delivery import delivery
from crawler.reading.live import Count, LiveSite
from crawler.reading.remembered import Remembered
from crawler.standby.links import Links
from crawler.standby.substitutes import Answer, Substitutes
from learner.extractor import Extraction
from learner.pages.values import scalars
from learner.state.records import RepairedItem

if TYPE_CHECKING:
    from crawler.standby.watching import Visit


@dataclass(slots=True)
class Held:
    """What waits for a repair: items that lack values (none, if the callback gave none), requests that lack arguments,
    or kinds of links that are lost. Of which page, what its own request had handed over, and which fields learned code
    vouched for there."""

    url: str
    handed: Mapping[str, Any]
    vouched: frozenset[str] = frozenset()
    items: list[Any] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)


class Waiting:
    """Of one crawl. ``delivered`` takes note of repaired items that are on their way."""

    def __init__(
        self,
        site: LiveSite,
        shapes: Mapping[str, Shape],
        substitutes: Substitutes,
        links: Links,
        remembered: Remembered,
        count: Count,
        delivered: Callable[[Sequence[RepairedItem]], None],
    ) -> None:
        self._count = count
        self._site = site
        self._shapes = shapes
        self._substitutes = substitutes
        self._links = links
        self._remembered = remembered
        self._delivered = delivered
        self._held: dict[tuple[str, str], Held] = {}
        self._gave: set[tuple[str, str]] = set()
        self.repaired: list[RepairedItem] = []

    def hold(self, template: str, visit: Visit, extraction: Extraction) -> Held:
        """Where what the page lacks is put until the repair."""
        key = (template, visit.response.url)
        if key not in self._held:
            self._count(f"held/{template}")
            self._held[key] = Held(visit.response.url, visit.handed, frozenset(extraction.confidence))
        return self._held[key]

    def gave(self, template: str, url: str) -> None:
        """The spider gave items of the page: a repair of it alone brings none."""
        self._gave.add((template, url))

    def deliveries(self) -> Sequence[Request]:
        """A request that brings what waits to be delivered, if something does."""
        for held in self._held.values():
            return [delivery(held.url, self._deliver)]
        for item in self.repaired:
            return [delivery(item.url, self._deliver)]
        return ()

    def _deliver(self, response: Response) -> Iterator[Any]:
        """Callback of the delivery: what was repaired, then what was held and could not be."""
        repaired, self.repaired = self.repaired, []
        held, self._held = self._held, {}
        self._delivered(repaired)
        for item in repaired:
            key = (item.template, item.url)
            shape = self._shapes.get(item.template)
            if shape is None:
                continue
            waiting = held.pop(key, None)
            if waiting is not None:
                self._site.coverage.repaired(item.template, waiting.vouched, item.confidence)
            if shape.kind is Kind.ITEMS:
                if waiting is not None or key not in self._gave:
                    yield from self._delivered_items(item, shape, waiting or Held(item.url, {}))
            elif waiting is not None:
                yield from self._delivered_links(item, shape, waiting, response)
        for (template, url), waiting in held.items():
            yield from waiting.items
            yield from waiting.requests
            yield from self._last_resort(template, url, waiting, response)

    def _delivered_items(self, item: RepairedItem, shape: Shape, held: Held) -> Iterator[Any]:
        answer = Answer(item.item, item.items, item.confidence, item.version, item.fetched_at)
        yield from self._substitutes.items(item.template, shape, answer, held.items, item.url, held.handed)

    def _delivered_links(self, item: RepairedItem, shape: Shape, held: Held, response: Response) -> Iterator[Any]:
        links = self._shapes.get(links_template(shape.callback))
        if links is None:
            return
        if shape.kind is Kind.LINKS:
            for target in sorted(held.lost):
                found = [{LINK: str(link)} for link in scalars(item.item.get(target))]
                yield from self._links.follow(links, target, found, response)
            return
        yield from self._links.handed_over(item.items, held.requests, held.requests, response)
        if held.lost:
            yield from self._links.follow(links, shape.target, item.items, response)

    def _last_resort(self, template: str, url: str, held: Held, response: Response) -> Iterator[Any]:
        """Links that the page had when it was last read, without what was to be handed over with them."""
        shape = self._shapes[template]
        links = self._shapes.get(links_template(shape.callback))
        if shape.kind is Kind.HANDED and held.lost and links is not None:
            known = self._remembered.links(links_template(shape.callback), url, shape.target)
            yield from self._links.follow(links, shape.target, known, response, "known_links")
