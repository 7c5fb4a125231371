"""Crawls that a limit closes before they are idle: they learn, judge and tell all the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from watch_tools import HOST, Watched, learned, teas

from crawler import extension
from crawler.reading.delivery import DeliveryMiddleware, delivery
from crawler.verdict import DRIFT, verdict

DEAD = ("<h1 class=t>", "<p class=p>", "<i>")


class Shop(Spider):
    """It reads the pages of teas."""

    name = "shop"
    selectors = ("h1.t", "p.p", "i")

    def parse(self, response: Response) -> Any:
        name, price, place = (response.css(f"{one}::text").get() for one in self.selectors)
        yield {"name": name, "price": price, "place": place}


class Blind(Shop):
    """The same after a redesign."""

    selectors = ("h5.t", "p.q", "b.i")


def redesigned(html: str) -> str:
    """The page in another design."""
    for number, tag in enumerate(DEAD):
        html = html.replace(tag, f"<div class=new{number}><span>")
    for tag in ("</h1>", "</i>"):
        html = html.replace(tag, "</span></div>")
    return html


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[Watched]:
    """The retrain of a crawl in its own process; the crawl is put into the list."""
    crawls: list[Watched] = []

    class Beside:
        running = False

        def __init__(self, site: str, settings: Any, options: Any, done: Callable[[int], None]) -> None:
            self._done = done

        def start(self) -> None:
            crawls[-1].retrain()
            self._done(0)

        async def ended(self) -> None:
            """It has."""

        def stop(self) -> None:
            """It has ended."""

    monkeypatch.setattr(extension, "Retrainer", Beside)
    return crawls


@pytest.mark.parametrize(
    ("reason", "learns"),
    [
        ("closespider_timeout", 1),
        ("closespider_itemcount", 1),
        ("enough", 1),
        ("shutdown", 0),
        ("memusage_exceeded", 0),
        ("finished", 0),  # an idle crawl has learned before
    ],
)
def test_a_crawl_that_a_limit_closes_learns(reason: str, learns: int, at_once: list[Watched], tmp_path: Path) -> None:
    crawl = Watched(Shop, tmp_path)
    at_once.append(crawl)
    for path, html in teas().items():
        crawl.visit(path, html)
    assert crawl.close(reason).get("first_versions", 0) == learns


def test_what_waits_when_a_limit_closes_the_crawl_is_healed_told_and_kept(
    at_once: list[Watched], tmp_path: Path
) -> None:
    learned(Shop, tmp_path, teas())
    crawl = Watched(Blind, tmp_path)
    at_once.append(crawl)
    for path, html in teas().items():
        assert not crawl.visit(path, redesigned(html))
    counted = crawl.close("closespider_timeout")
    assert (counted["healed"], counted["cut_off/parse.dict"]) == (1, 10)
    assert not crawl.requests
    said: list[str] = []
    assert crawl.crawler.stats is not None
    crawl.crawler.stats.set_value("response_received_count", 10)
    assert verdict(crawl.crawler, said.append) == DRIFT
    assert "10 item(s) waited for a repair when a limit closed the crawl" in said[0]
    assert "Next: scrapy retrain shop" in said[0]
    assert "teach" not in said[0]
    later = Watched(Shop, tmp_path)
    assert len(later.site.store.repairs.take("shop")) == 10
    later.close()


@pytest.mark.parametrize(
    ("more", "full"), [({}, True), ({"JOBDIR": "job"}, False), ({"CLOSESPIDER_ITEMCOUNT": 4}, False)]
)
def test_no_page_is_asked_for_once_as_many_items_wait_as_a_limit_allows(
    more: dict[str, Any], full: bool, tmp_path: Path
) -> None:
    learned(Shop, tmp_path, teas())
    crawl = Watched(Blind, tmp_path, **{"CLOSESPIDER_ITEMCOUNT": 3, **more})
    middleware = DeliveryMiddleware.from_crawler(crawl.crawler)
    for path, html in [*teas().items()][:3]:
        assert middleware.process_request(Request(HOST + path)) is None
        crawl.visit(path, redesigned(html))
    assert crawl.extension.full() == full
    assert middleware.process_request(delivery(HOST, crawl.spider.parse)) is not None
    if full:
        with pytest.raises(IgnoreRequest):
            middleware.process_request(Request(f"{HOST}/tea/9"))
    crawl.close()
