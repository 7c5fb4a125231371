"""Learned extractors as page objects of web-poet, for callbacks of any spider in a project with scrapy-poet.

    ADDONS = {"scrapy_poet.Addon": 300, "crawler.addon.Evergreen": 500}

    class ProductPage(LearnedPage[Product]):      # without [Product] the item is a dict
        site, template = "shop", "product"

    async def parse_product(self, response, page: ProductPage):
        yield await page.to_item()

What is live when the crawl begins answers. What it says is recorded and watched for drift like in any
crawl, under the name of the page's site: ``scrapy retrain`` heals it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy_poet.page_input_providers import PageObjectInputProvider
from web_poet import ItemPage
from web_poet.pages import ItemT
from web_poet.utils import cached_method

from crawler.extension import Evergreen
from crawler.names import unknown
from crawler.options import Options
from crawler.reading.live import LiveSite
from crawler.reading.teaching import ITEMS, nothing_learned
from crawler.responses import LEARNED, unreadable
from learner.errors import EvergreenError
from learner.extractor import Extraction

logger = logging.getLogger(__name__)


class LearnedProvider(PageObjectInputProvider):
    """Provides ``Learned``. The add-on puts it into SCRAPY_POET_PROVIDERS."""

    name = "evergreen"

    def __init__(self, injector: Any) -> None:
        super().__init__(injector)  # type: ignore[no-untyped-call]
        self._crawler: Crawler = injector.crawler
        self._options = Options.read(self._crawler.settings)
        self._sites: dict[str, LiveSite] = {}
        self._crawler.signals.connect(self._close, signal=signals.spider_closed)

    def __call__(self, to_provide: set[Callable[..., Any]], response: Response) -> Sequence[Any]:
        response.flags.append(LEARNED)
        return [Learned(self, response)]

    def site(self, name: str) -> LiveSite:
        """What is learned of a site, opened once for the crawl. Raises EvergreenError or OSError."""
        extension = self._crawler.get_extension(Evergreen)
        if extension is not None and extension.site is not None and extension.site.site == name:
            return extension.site
        if name not in self._sites:
            self._sites[name] = LiveSite(name, self._options, self.count)
        return self._sites[name]

    def count(self, name: str, count: int = 1) -> None:
        """Add to a statistic."""
        if self._crawler.stats is not None:
            self._crawler.stats.inc_value(f"evergreen/{name}", count)

    async def _close(self, spider: Spider) -> None:
        for site in self._sites.values():
            await site.close()
            try:
                self.count("drift_pending", len(site.store.drifts.pending(site.site)))
            except (EvergreenError, OSError) as error:
                logger.warning("What is pending can't be read: %s", error)
            site.store.close()


class Learned:
    """A response, and the learned code of all sites that may read it."""

    def __init__(self, provider: LearnedProvider, response: Response) -> None:
        self._provider = provider
        self._response = response

    async def extract(self, name: str, template: str) -> Extraction:
        """The values of the page, recorded and watched. Raises UnknownName where nothing is learned."""
        site = self._provider.site(name)
        live = site.get(template)
        if live is None:
            templates = site.store.templates(name)
            if templates and template not in templates:
                raise unknown("template", template, templates, where=f"site {name}")
            raise nothing_learned(name, template)
        self._provider.count("pages")
        self._provider.count(f"pages/{template}")
        reason, fetched_at = unreadable(self._response), datetime.now(UTC)
        extraction = Extraction(reason=reason)
        if not reason:
            read = await site.extract(self._response, live)
            extraction = read.extraction
            outcome = site.watch(read, template, fetched_at)
            site.record(
                self._response,
                template,
                fetched_at,
                extraction.item,
                extraction.items,
                outcome=outcome,
                version=read.version,
                confidence=extraction.confidence,
            )
        if extraction.reason:
            self._provider.count("refused")
            self._provider.count(f"refused/{extraction.reason}")
        return extraction


LearnedProvider.provided_classes = {Learned}


class LearnedPage(ItemPage[ItemT]):
    """Base of page objects that the live version of ``template`` of ``site`` answers.

    The item has the fields that are vouched for; those of a list page stand under ``items``. An item class other than
    dict is made with them as keyword arguments, so it needs a default for each.
    """

    site: ClassVar[str]
    template: ClassVar[str]

    def __init__(self, learned: Learned) -> None:
        self._learned = learned

    @cached_method
    async def extraction(self) -> Extraction:
        """What was read, with its confidence, and why what is not there is not. Raises UnknownName."""
        return await self._learned.extract(self.site, self.template)

    async def to_item(self) -> ItemT:
        """The item. Raises UnknownName where nothing is learned."""
        read = await self.extraction()
        values: dict[str, Any] = {**read.item, **({ITEMS: read.items} if read.items else {})}
        item: ItemT = self.item_cls(**values)
        return item
