"""A spider that is only watched, page by page: its callbacks, the middleware, a real store, learning; no network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, Response
from scrapy.settings import Settings
from scrapy.statscollectors import MemoryStatsCollector

from crawler.callbacks.shapes import wanted
from crawler.extension import Evergreen
from crawler.reading.live import LiveSite
from crawler.standby.watching import WatchMiddleware
from learner.retraining.retraining import retrain
from learner.state.reports import RetrainReport

HOST = "http://shop.example"
TEAS = ("Assam", "Ceylon", "Dragon Well", "Earl Grey", "Gyokuro", "Keemun", "Lapsang", "Matcha", "Oolong", "Sencha")


class Watched:
    """One crawl of a spider. ``requests`` are those that Evergreen has handed to the engine."""

    def __init__(self, spider: type[Spider], state: Path, **settings: Any) -> None:
        self.crawler = Crawler(spider, Settings({"EVERGREEN_STATE": str(state), **settings}))
        self.crawler.stats = MemoryStatsCollector(self.crawler)
        self.spider = spider.from_crawler(self.crawler)
        self.crawler.spider = self.spider
        self.requests: list[Request] = []
        self.crawler.engine = self  # type: ignore[assignment]
        self.extension = Evergreen.from_crawler(self.crawler)
        self.extension.spider_opened(self.spider)
        self.crawler.get_extension = lambda cls: self.extension  # type: ignore[assignment,return-value]
        self.middleware = WatchMiddleware.from_crawler(self.crawler)

    def crawl(self, request: Request) -> None:
        """What the engine would do with a request."""
        self.requests.append(request)

    def response(self, path: str, html: str, request: Request | None = None) -> HtmlResponse:
        url = request.url if request is not None else HOST + path
        return HtmlResponse(url, body=html.encode(), encoding="utf-8", request=request or Request(url))

    def visit(self, path: str, html: str, request: Request | None = None) -> list[Any]:
        """What comes out of the middleware for one page. Raises what the callback raises."""
        return list(self.output(self.response(path, html, request)))

    def output(self, response: Response) -> Iterable[Any]:
        """As Scrapy calls the parts of a spider middleware around a callback."""
        self.middleware.process_spider_input(response)
        assert response.request is not None
        callback = response.request.callback or self.spider._parse
        try:
            result = callback(response, **response.request.cb_kwargs)
        except Exception as error:
            self.middleware.process_spider_exception(response, error)
            raise
        return self.middleware.process_spider_output(response, result)

    def deliveries(self) -> list[Any]:
        """What the requests for the engine bring, those that bring items."""
        out: list[Any] = []
        for request in self.requests:
            assert request.callback is not None
            out += request.callback(HtmlResponse(request.url, request=request))
        self.requests = []
        return out

    @property
    def site(self) -> LiveSite:
        assert self.extension._site is not None
        return self.extension._site

    def close(self, reason: str = "finished") -> dict[str, Any]:
        """End the crawl; its statistics."""
        asyncio.run(self.extension.spider_closed(self.spider, reason))
        self.extension.engine_stopped()
        assert self.crawler.stats is not None
        stats = self.crawler.stats.get_stats()
        return {name.removeprefix("evergreen/"): n for name, n in stats.items() if name.startswith("evergreen/")}

    def retrain(self) -> RetrainReport:
        """What the process at the end of a crawl does."""
        assert self.extension.standby is not None
        self.site.run(self.extension.standby.save)
        self.site.flush()
        self.site.failures_are_seen()
        site = self.site
        return retrain(site.store, site.site, wanted=wanted(site.store, site.site, self.extension.options.examples))


def learned(spider: type[Spider], state: Path, pages: Mapping[str, str], **settings: Any) -> None:
    """Crawl the pages once, and learn."""
    first = Watched(spider, state, **settings)
    for path, html in pages.items():
        first.visit(path, html)
    report = first.retrain()
    assert all(one.action == "learned" for one in report.templates), report.summary
    first.close()


def tea(
    name: str, number: int, design: str = "<h1 class=t>{name}</h1><p class=p>{price}</p><i>from {place}</i>"
) -> str:
    """The page of a tea."""
    place = ("Darjeeling", "Uji", "Fujian")[number % 3]
    body = design.format(name=name, price=f"£{number + 3}.{number}0", place=place)
    return f"<html><body><nav><a href=/>Teas</a></nav>{body}<p>Brew it for {number + 1} minutes.</p></body></html>"


def teas(make: Callable[[str, int], str] = tea) -> dict[str, str]:
    """All pages of teas by their paths."""
    return {f"/tea/{number}": make(name, number) for number, name in enumerate(TEAS)}
