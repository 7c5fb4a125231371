"""A spider that knows nothing of Evergreen, watched: what its callbacks are given and what they yield.

The middleware stands nearest to the spider. What a callback yields goes on at once and as it is; only what lacks a
value that was always there waits for the end of the callback, where the learned code that stands by fills it in.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

from itemadapter import ItemAdapter
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, NotConfigured
from scrapy.http import Response

from crawler.callbacks.callbacks import callback_name, carried, target_name
from crawler.callbacks.shapes import items_template
from crawler.extension import Evergreen
from crawler.reading.delivery import DELIVERY
from crawler.responses import LEARNED
from crawler.spider import EvergreenSpider
from crawler.standby.standby import Standby

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Visit:
    """One response and what its callback yielded.

    ``handed``: what the request handed over, by path, before the callback touched it; ``items``: by template;
    ``links``: requests by their kind; ``in_turn``: the templates of which all that follows waits, so
    that it keeps its order; ``held``: what waits for the end of the callback; ``blank``: it gave items of
    which nothing is known, that do not go on.
    """

    response: Response
    callback: str
    handed: dict[str, Any]
    fetched_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    items: dict[str, list[Any]] = field(default_factory=dict)
    links: dict[str, list[Request]] = field(default_factory=dict)
    in_turn: set[str] = field(default_factory=set)
    held: list[Any] = field(default_factory=list)
    watched: bool = False
    failed: bool = False
    blank: bool = False


class WatchMiddleware:
    """Spider middleware. It switches itself off for spiders made of templates, which ask for their values."""

    def __init__(self, crawler: Crawler) -> None:
        """Raises NotConfigured where there is nothing to watch."""
        if not crawler.settings.getbool("EVERGREEN_ENABLED", True):
            raise NotConfigured
        if crawler.spidercls is not None and issubclass(crawler.spidercls, EvergreenSpider):
            raise NotConfigured
        self._crawler = crawler
        self._visits: WeakKeyDictionary[Response, Visit] = WeakKeyDictionary()
        self._warned = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> WatchMiddleware:
        return cls(crawler)

    def process_spider_input(self, response: Response, spider: Spider | None = None) -> None:
        """Note what the request hands over; what comes here reaches the callback."""
        standby = self._standby
        request = response.request
        if standby is None or request is None or DELIVERY in request.meta or LEARNED in response.flags:
            return
        callback = callback_name(request, standby.spider)
        if callback and standby.watches(response, callback):
            self._visits[response] = Visit(response, callback, carried(request)[0])

    def process_spider_output(
        self, response: Response, result: Iterable[Any], spider: Spider | None = None
    ) -> Iterator[Any]:
        visit, standby = self._visits.get(response), self._standby
        if visit is None or standby is None:
            for value in result:
                self._leads(response, value)
                yield value
            return
        visit.watched = True
        failure: Exception | None = None
        try:
            for value in result:
                if self._passes(visit, value, standby):
                    yield value
        except Exception as error:
            failure = error
        visit.failed = failure is not None
        if not isinstance(failure, CloseSpider):
            try:
                rest = standby.settle(visit, standby.read_now(visit))
            except Exception as error:
                rest = self._broken(visit, error)
            yield from rest
        if failure is not None:
            raise failure

    async def process_spider_output_async(
        self, response: Response, result: AsyncIterator[Any], spider: Spider | None = None
    ) -> AsyncIterator[Any]:
        visit, standby = self._visits.get(response), self._standby
        if visit is None or standby is None:
            async for value in result:
                self._leads(response, value)
                yield value
            return
        visit.watched = True
        failure: Exception | None = None
        try:
            async for value in result:
                if self._passes(visit, value, standby):
                    yield value
        except Exception as error:
            failure = error
        visit.failed = failure is not None
        if not isinstance(failure, CloseSpider):
            try:
                rest = standby.settle(visit, await standby.read(visit))
            except Exception as error:
                rest = self._broken(visit, error)
            for value in rest:
                yield value
        if failure is not None:
            raise failure

    def process_spider_exception(self, response: Response, exception: Exception, spider: Spider | None = None) -> None:
        """A callback raised before it yielded anything: Scrapy tells of it as ever, what is known comes on its own."""
        visit, standby = self._visits.get(response), self._standby
        if visit is None or standby is None or visit.watched or isinstance(exception, CloseSpider):
            return
        visit.watched = visit.failed = True
        try:
            standby.bring(response.url, standby.settle(visit, standby.read_now(visit)))
        except Exception as error:
            self._broken(visit, error)

    def _leads(self, response: Response, value: Any) -> None:
        """Note a request that came of what is no page."""
        standby = self._standby
        if standby is not None and isinstance(value, Request):
            try:
                standby.sources.led(response, value)
            except Exception as error:
                self._untold(f"{response.url} goes on as it is: {error!r}", error)

    def _passes(self, visit: Visit, value: Any, standby: Standby) -> bool:
        """Note what was yielded; whether it may go on at once."""
        try:
            if isinstance(value, Request):
                target = target_name(value, standby.spider)
                visit.links.setdefault(target, []).append(value)
                if standby.is_blank_request(visit, target, value):
                    return False
                waits = standby.lacks_handed(visit.callback, target, value)
            elif ItemAdapter.is_item(value):
                template = items_template(visit.callback, type(value))
                visit.items.setdefault(template, []).append(value)
                if standby.is_blank(visit, template, value):
                    visit.blank = True
                    return False
                waits = standby.lacks_values(template, value, visit)
            else:
                return True
        except Exception as error:
            self._broken(visit, error)
            return True
        if waits:
            visit.held.append(value)
        return not waits

    def _broken(self, visit: Visit, error: Exception) -> list[Any]:
        """Whatever goes wrong here is not the crawl's trouble: said once, and what was held of the page goes on as it
        is. Other pages are helped as ever."""
        self._untold(f"{visit.callback} of {visit.response.url} goes on as it is: {error!r}", error)
        return visit.held

    def _untold(self, sentence: str, error: Exception) -> None:
        """Count what went wrong here, and tell of the first."""
        self._crawler.stats.inc_value("evergreen/not_watched/error") if self._crawler.stats else None
        if not self._warned:
            self._warned = True
            logger.warning("%s", sentence, exc_info=error)

    @property
    def _standby(self) -> Standby | None:
        extension = self._crawler.get_extension(Evergreen)
        return None if extension is None else extension.standby
