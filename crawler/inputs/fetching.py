"""Single pages for commands, fetched as politely as a crawl would."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy.settings import Settings

from learner.errors import InvalidExample


def fetch(urls: Sequence[str], settings: Settings) -> dict[str, bytes]:
    """The page of each URL, under the project's settings. Once per process: Scrapy's reactor does not start again.

    Raises InvalidExample for one that does not come.
    """
    got: dict[str, bytes | str] = {}
    process = CrawlerProcess(settings)
    process.crawl(_Fetch, start_urls=list(dict.fromkeys(urls)), got=got)
    process.start()
    pages = {}
    for url in urls:
        page = got.get(url, "no answer (is the server up, and does its robots.txt allow the page?)")
        if isinstance(page, str):
            raise InvalidExample(f"{url} could not be fetched: {page}", hint="save the page, and name it as html")
        pages[url] = page
    return pages


class _Fetch(Spider):
    name = "evergreen-fetch"
    custom_settings = {"EVERGREEN_ENABLED": False, "LOG_ENABLED": False}  # noqa: RUF012 - Scrapy's own way
    got: dict[str, bytes | str]

    async def start(self) -> AsyncIterator[Any]:
        for url in self.start_urls:
            yield Request(
                url,
                errback=self.failed,
                dont_filter=True,
                meta={"handle_httpstatus_list": list(range(400, 600))},
                cb_kwargs={"asked": url},
            )

    def parse(self, response: Response, asked: str = "") -> None:
        self.got[asked] = response.body if response.status == 200 else f"status {response.status}"

    def failed(self, failure: Any) -> None:
        self.got[failure.request.cb_kwargs["asked"]] = failure.getErrorMessage() or failure.type.__name__
