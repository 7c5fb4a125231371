"""Where a crawl may go: http(s) only, and not from the public web into a private network.

A public page can redirect or link to ``http://127.0.0.1/`` or to a cloud's metadata address. Requests to private
addresses are refused unless a start URL itself is private (an intranet, a test server).
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

logger = logging.getLogger(__name__)


def is_http(url: str) -> bool:
    """Whether ``url`` is an absolute http or https URL with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def is_private(address: str) -> bool:
    """Whether an IP address is not of the public internet (private, loopback, link-local, reserved...).

    Raises ValueError if ``address`` is no IP address.
    """
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return not ip.is_global or ip.is_multicast


class PrivateAddressMiddleware:
    """Downloader middleware that refuses requests to private addresses, start URLs apart.

    Names are resolved once per crawl. Where a proxy resolves names, only literal addresses can be judged.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._enabled = True
        self._begun = False
        self._judged: dict[str, bool] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> PrivateAddressMiddleware:
        middleware = cls(crawler)
        crawler.signals.connect(middleware.spider_opened, signal=signals.spider_opened)
        return middleware

    async def spider_opened(self, spider: Spider) -> None:
        hosts = {urlsplit(url).hostname or "" for url in _start_urls(spider)}
        verdicts = [await self._is_private(host) for host in hosts if host]
        self._enabled = not any(verdicts)
        self._begun = bool(hosts)

    async def process_request(self, request: Request, spider: Spider | None = None) -> None:
        """Raises IgnoreRequest for a private address."""
        if not self._enabled:
            return
        host = urlsplit(request.url).hostname or ""
        begun, self._begun = self._begun, True
        private = await self._is_private(host)
        if private and not begun:
            # A spider may make its first requests itself: wherever the first one goes, the crawl begins there.
            self._enabled = False
        elif private:
            if self._crawler.stats is not None:
                self._crawler.stats.inc_value("evergreen/private_address_refused")
            logger.warning("Refused %s: the crawl began on the public web and this address is private.", request.url)
            raise IgnoreRequest(f"{host} is a private address")

    async def _is_private(self, host: str) -> bool:
        if host not in self._judged:
            self._judged[host] = any(map(is_private, await _resolve(host)))
        return self._judged[host]


def _start_urls(spider: Spider) -> Iterable[str]:
    return [url for url in getattr(spider, "start_urls", ()) if isinstance(url, str) and is_http(url)]


async def _resolve(host: str) -> list[str]:
    """All addresses of a host; none if it can't be resolved here (the download will say so)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return [host]
    try:
        # Another reactor than asyncio's has no running loop; it waits for this once per host.
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
        return [str(entry[4][0]) for entry in await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError):
        return []
