"""Known pages are asked for where what lists addresses, as a sitemap does, leads to them no more."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response, TextResponse, XmlResponse
from scrapy.spiders import SitemapSpider
from watch_tools import HOST, Watched, tea

NEVER = {"EVERGREEN_RETRAIN": "never"}
TEAS, CUPS, SHOPS = ([f"{HOST}/{kind}/{number}" for number in range(6)] for kind in ("tea", "cup", "shop"))


class Mapped(SitemapSpider):
    """A spider of a sitemap, which leads to teas and to shops."""

    name = "mapped"
    sitemap_urls = (f"{HOST}/sitemap.xml",)
    sitemap_rules = (("/tea/", "parse_tea"), ("/shop/", "parse_shop"))
    seen: tuple[str, ...] = ()

    def sitemap_filter(self, entries: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
        return (entry for entry in entries if entry["loc"] not in self.seen)

    def parse_tea(self, response: Response) -> Iterator[Any]:
        yield {"name": response.css("h1::text").get(), "price": response.css("p::text").get()}

    def parse_shop(self, response: Response) -> Iterator[Any]:
        yield {"place": response.css("h1::text").get()}


class Feed(Mapped):
    """The same of a list in JSON."""

    def _parse_sitemap(self, response: Response) -> Iterator[Any]:
        for url in response.json():  # type: ignore[attr-defined]
            if "/tea/" in url:
                yield Request(url, self.parse_tea, cb_kwargs={})


def xml(urls: list[str]) -> Response:
    head = '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    body = f"{head}{''.join(f'<url><loc>{url}</loc></url>' for url in urls)}</urlset>".encode()
    return XmlResponse(f"{HOST}/sitemap.xml", body=body)


def packed(urls: list[str]) -> Response:
    return Response(f"{HOST}/sitemap.xml.gz", body=gzip.compress(xml(urls).body))


def written(urls: list[str]) -> Response:
    body = json.dumps(urls).replace("/", "\\/").encode()
    return TextResponse(f"{HOST}/teas.json", body=body, headers={"Content-Type": "application/json"})


def listed(crawl: Watched, response: Response) -> list[Request]:
    """What comes of a list of addresses."""
    callback = crawl.spider._parse_sitemap  # type: ignore[attr-defined]
    response.request = Request(response.url, callback=callback)
    return list(crawl.output(response))


def visited(crawl: Watched, requests: Iterable[Request], moved: str = "/tea/") -> None:
    """All of the pages, at the addresses to which they have moved."""
    for request in requests:
        new = request.url.replace("/tea/", moved)
        meta = {"redirect_urls": [request.url], "redirect_reasons": [301]} if new != request.url else {}
        html = tea(request.url.rpartition("/")[2], 1)
        crawl.visit("", html, request.replace(url=new, meta=meta))


def asked(crawl: Watched) -> list[Request]:
    """What is asked for once the crawl is idle."""
    assert crawl.extension.standby is not None
    return sorted(crawl.extension.standby.by_memory(), key=lambda request: request.url)


@pytest.mark.parametrize(
    ("spider", "source", "now", "seen", "known"),
    [
        (Mapped, xml, CUPS + SHOPS, (), TEAS),
        (Mapped, packed, CUPS, (), TEAS),
        (Feed, written, [*CUPS, "http://[tea"], (), TEAS),
        (Mapped, xml, [*CUPS, TEAS[0]], (), []),  # some are still found
        (Mapped, xml, TEAS + CUPS, TEAS, []),  # the spider leaves out what it has seen
        (Mapped, xml, SHOPS, (), []),  # nothing else is listed
        (Mapped, xml, CUPS[:1], (), []),
        (Feed, written, [], (), []),
    ],
)
def test_known_pages_are_asked_for_where_addresses_have_moved(
    spider: type[Spider], source: Any, now: list[str], seen: list[str], known: list[str], tmp_path: Path
) -> None:
    first = Watched(spider, tmp_path, **NEVER)
    requests = listed(first, source(TEAS + SHOPS))
    visited(first, (request for request in requests if "/tea/" in request.url))
    assert asked(first) == []
    first.close()
    for number in range(2):
        crawl = Watched(type(spider.__name__, (spider,), {"seen": tuple(seen)}), tmp_path, **NEVER)
        found = listed(crawl, source(now))
        requests = asked(crawl)
        # From the second crawl on they are known by their new addresses.
        assert [request.url for request in requests] == (known if number == 0 else [CUPS[n] for n in range(len(known))])
        assert {request.callback for request in requests} <= {crawl.spider.parse_tea}  # type: ignore[attr-defined]
        assert not {request.url for request in found} & set(known)
        visited(crawl, requests, "/cup/")
        assert asked(crawl) == []
        counted = crawl.close()
        assert (counted.get("known_links/parse_tea", 0), counted.get("not_listed/parse_tea", 0)) == (len(known),) * 2
        assert counted.get("recalled", 0) == len(known)


def test_that_known_pages_are_gone_is_told_otherwise(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = Watched(Mapped, tmp_path, **NEVER)
    visited(first, listed(first, xml(TEAS)))
    first.close()
    crawl = Watched(Mapped, tmp_path, **NEVER)
    assert listed(crawl, xml(CUPS)) == []
    assert len(asked(crawl)) == len(TEAS)
    counted = crawl.close()
    assert {name: n for name, n in counted.items() if name.startswith(("not_listed", "unfollowed"))} == {
        "unfollowed/parse_tea": len(CUPS)
    }
    assert f"nothing follows them, such as {CUPS[0]}; none leads to parse_tea any more" in caplog.text
