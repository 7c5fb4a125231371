"""A way into the running crawl for items that no download brings: repaired ones, and those held back.

Scrapy takes items from callbacks alone. A delivery is a request that this middleware answers with an empty page at
once, without the network; its callback yields the items.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Response

DELIVERY = "evergreen_delivery"
"""Request meta: the request brings items, not a page."""


def delivery(url: str, callback: Callable[[Response], Any]) -> Request:
    """A request whose callback is called without a download."""
    return Request(url, callback=callback, meta={DELIVERY: True}, dont_filter=True, priority=100)


class DeliveryMiddleware:
    """Downloader middleware that answers deliveries; all other requests go on to the network, as long as the crawl has
    not enough items that wait to be delivered."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DeliveryMiddleware:
        return cls(crawler)

    def process_request(self, request: Request, spider: Spider | None = None) -> Response | None:
        """Raises IgnoreRequest for a page that is one too many."""
        from crawler.extension import Evergreen  # which imports this module

        if DELIVERY in request.meta:
            return HtmlResponse(request.url, request=request)
        extension = self._crawler.get_extension(Evergreen)
        if extension is not None and extension.full():
            raise IgnoreRequest("as many items as a limit allows have come, or wait for a repair")
        return None
