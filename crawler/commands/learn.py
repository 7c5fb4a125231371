"""``scrapy learn NAME --examples FILE``: a person shows what is wanted; learned code answers from then on."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy.spiderloader import get_spider_loader

from crawler.command import FINE, EvergreenCommand
from crawler.examples import Given, check_names, check_values, read_examples
from crawler.spider import EvergreenSpider
from learner.errors import InvalidExample, UnknownName
from learner.examples import Example
from learner.extractor import Extractor
from learner.records import NewExample, NewPage
from learner.store import Store


class Command(EvergreenCommand):
    names = "NAME"
    about = "Learn from examples that a person gives"
    example = "scrapy learn shop --examples examples.jsonl --template product"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--examples", metavar="FILE", type=Path, help='JSON lines: {"url", "template", "item" or "items", "html"}'
        )
        parser.add_argument("--template", metavar="TEMPLATE", default="", help="of lines that name none")
        parser.add_argument("--seed", type=int, default=0)

    def work(self, args: list[str], opts: argparse.Namespace) -> int:
        if opts.examples is None:
            raise UnknownName(
                "Nothing to learn from was given.",
                hint=f"add --examples FILE.jsonl; scrapy retrain {args[0]} learns from recorded pairs",
            )
        given = read_examples(opts.examples, opts.template)
        with self.open_store() as store:
            site = self.check_site(args[0], store)
            self._check_names(site, given)
            pages = self._pages(given)
            examples = [check_values(one, pages[one.url]) for one in given]
            learned = {
                name: _learn(store, site, name, _of(given, examples, name), opts.seed)
                for name in dict.fromkeys(one.template for one in given)
            }
            _record(store, site, given, pages)
            for template, extractor in learned.items():
                _put_in_charge(store, site, template, extractor, opts.seed)
        return FINE

    def _check_names(self, site: str, given: Sequence[Given]) -> None:
        assert self.settings is not None
        loader = get_spider_loader(self.settings)
        spider = loader.load(site) if site in loader.list() else None
        if spider is None or not issubclass(spider, EvergreenSpider) or not spider.templates:
            return
        parts = [part for name, spec in spider.templates.items() if not spec.fixed for part in spec.parts(name)]
        check_names(given, {part.name: part.fields for part in parts})

    def _pages(self, given: Sequence[Given]) -> dict[str, bytes]:
        """The page of each URL: saved, or fetched as politely as a crawl would. Raises InvalidExample."""
        pages = {one.url: one.html for one in given if one.html is not None}
        missing = list(dict.fromkeys(one.url for one in given if one.url not in pages))
        if missing:
            assert self.settings is not None
            got: dict[str, bytes | str] = {}
            process = CrawlerProcess(self.settings)
            process.crawl(_Fetch, start_urls=missing, got=got)
            process.start()
            for url in missing:
                body = got.get(url, "no answer (is the server up, and does its robots.txt allow the page?)")
                if isinstance(body, str):
                    raise InvalidExample(
                        f"{url} could not be fetched: {body}", hint="save the page, and name it as html"
                    )
                pages[url] = body
        return pages


class _Fetch(Spider):
    """Fetches the pages of examples under the project's settings."""

    name = "evergreen-learn"
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


def _of(given: Sequence[Given], examples: Sequence[Example], template: str) -> list[Example]:
    return [example for one, example in zip(given, examples, strict=True) if one.template == template]


def _learn(store: Store, site: str, template: str, new: Sequence[Example], seed: int) -> Extractor:
    from learner import learn

    urls = {example.url for example in new}
    before = [example for example in store.examples(site, template, source="person") if example.url not in urls]
    return learn([*new, *before], seed=seed)


def _record(store: Store, site: str, given: Sequence[Given], pages: dict[str, bytes]) -> None:
    now = datetime.now(UTC)
    numbers = store.add_pages(
        [NewPage(site, one.template, one.url, pages[one.url], "text/html", 200, now) for one in given]
    )
    store.add_examples(
        [NewExample(number, one.item, one.items, "person") for number, one in zip(numbers, given, strict=True)]
    )


def _put_in_charge(store: Store, site: str, template: str, extractor: Extractor, seed: int) -> None:
    live = store.live(site, template)
    version = store.add_version(
        site,
        template,
        extractor,
        parent=live.id if live else None,
        metrics={"examples": len(extractor.examples)},
        seed=seed,
    )
    store.promote(version.id)
    store.add_event(site, template, "learned", {"version": version.number, "fields": sorted(extractor.fields)})
    print(f"{site}/{template}: version {version.number} is live, it answers {', '.join(sorted(extractor.fields))}")
    for warning in extractor.warnings:
        print(f"  left out: {warning}")
