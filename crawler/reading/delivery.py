"""A way into the running crawl for items that no download brings: repaired ones, and those held back.

Scrapy takes items from callbacks alone. A delivery is a request that this middleware answers with an empty page at
once, without the network; its callback yields the items.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scrapy import Request, Spider
from scrapy.http import HtmlResponse, Response

DELIVERY = "evergreen_delivery"
"""Request meta: the request brings items, not a page."""


def delivery(url: str, callback: Callable[[Response], Any]) -> Request:
    """A request whose callback is called without a download."""
    return Request(url, callback=callback, meta={DELIVERY: True}, dont_filter=True, priority=100)


class DeliveryMiddleware:
    """Downloader middleware that answers deliveries; all other requests go on to the network."""

    def process_request(self, request: Request, spider: Spider | None = None) -> Response | None:
        return HtmlResponse(request.url, request=request) if DELIVERY in request.meta else None
