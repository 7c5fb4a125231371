"""From the public web no way leads into a private network."""

from __future__ import annotations

import asyncio

import pytest
from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.utils.test import get_crawler

from crawler.addresses import PrivateAddressMiddleware, is_http, is_private


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("192.168.0.1", True),
        ("172.16.9.9", True),
        ("169.254.169.254", True),
        ("0.0.0.0", True),
        ("100.64.0.1", True),
        ("224.0.0.1", True),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("fd00::1", True),
        ("::ffff:127.0.0.1", True),
        ("93.184.216.34", False),
        ("2606:2800:220:1::1", False),
    ],
)
def test_private_addresses(address: str, private: bool) -> None:
    assert is_private(address) is private


@pytest.mark.parametrize(
    ("url", "http"),
    [
        ("http://a.example/", True),
        ("https://a.example", True),
        ("file:///etc/passwd", False),
        ("ftp://a.example/", False),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//a.example/", False),
        ("http://", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_http_urls(url: str, http: bool) -> None:
    assert is_http(url) is http


@pytest.mark.parametrize(
    ("start", "url", "refused"),
    [
        ("http://93.184.216.34/", "http://127.0.0.1:8080/admin", True),
        ("http://93.184.216.34/", "http://169.254.169.254/latest/meta-data/", True),
        ("http://93.184.216.34/", "http://[::1]/", True),
        ("http://93.184.216.34/", "http://2130706433/", True),
        ("http://93.184.216.34/", "http://localhost/", True),
        ("http://93.184.216.34/", "http://93.184.216.35/", False),
        ("http://127.0.0.1/", "http://10.0.0.1/", False),
    ],
)
def test_requests_from_a_public_start(start: str, url: str, refused: bool) -> None:
    crawler = get_crawler(Spider)
    middleware = PrivateAddressMiddleware.from_crawler(crawler)
    spider = Spider("any")
    spider.start_urls = [start]

    async def crawl() -> None:
        await middleware.spider_opened(spider)
        await middleware.process_request(Request(url))

    if refused:
        with pytest.raises(IgnoreRequest):
            asyncio.run(crawl())
        assert crawler.stats.get_value("evergreen/private_address_refused") == 1
    else:
        asyncio.run(crawl())


def test_a_spider_without_start_urls_begins_with_its_first_request() -> None:
    middleware = PrivateAddressMiddleware.from_crawler(get_crawler(Spider))

    async def crawl(*urls: str) -> None:
        await middleware.spider_opened(Spider("any"))
        for url in urls:
            await middleware.process_request(Request(url))

    asyncio.run(crawl("http://127.0.0.1/", "http://10.0.0.1/"))
    with pytest.raises(IgnoreRequest):
        asyncio.run(crawl("http://93.184.216.34/", "http://10.0.0.1/"))
