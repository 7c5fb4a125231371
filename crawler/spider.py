"""A site described by its templates: which fields its pages show, and which links lead on.

    class Shop(EvergreenSpider):
        name = "shop"
        start_urls = ["https://shop.example/"]
        start_template = "list"
        templates = {
            "list": Template(follow={"products": "product", "next": "list"}),
            "product": Template(fields=("title", "price"), key="sku"),
        }

        def teach_product(self, response):      # optional: hand-written selectors, as a teacher
            return {"title": response.css("h1::text").get(), ...}

While a template has no learned version, its teacher answers and what it says is recorded. When there is enough of it, a
crawl learns from it at its end; from then on the learned code answers, and the teacher is asked for those fields alone
of which nothing could be learned (``-a mode=teacher`` asks it for all the same).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, ClassVar, Self, cast
from urllib.parse import urljoin, urlsplit

from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object

from crawler.addresses import is_http
from crawler.extension import Evergreen
from crawler.names import safe_name, unknown
from crawler.reading.reading import Reading, exported
from crawler.templates import Part, Template
from learner.errors import EvergreenError, UnknownName

__all__ = ["EvergreenSpider", "Template"]

MODES = ("auto", "teacher", "learned")

Teacher = Callable[[Response], Mapping[str, Any]]


class EvergreenSpider(Spider):
    """Base of spiders whose extraction code is learned and repaired. See the module's text for an example.

    Arguments (``-a NAME=VALUE``): ``mode`` auto, teacher or learned; ``start`` a URL, or several separated by spaces,
    in place of ``start_urls``; and what a subclass names in ``arguments``.
    """

    templates: ClassVar[Mapping[str, Template]] = {}
    start_template: ClassVar[str] = ""
    arguments: ClassVar[tuple[str, ...]] = ()
    url_field: ClassVar[str | None] = "url"
    """The page's URL stands in each item under this name; None leaves it out."""

    def __init__(self, name: str | None = None, *, mode: str = "auto", start: str = "", **kwargs: Any) -> None:
        """Raises UnknownName for an argument, mode, URL or template that can't be."""
        super().__init__(name)
        if safe_name(self.name) != self.name:
            raise UnknownName(f"{self.name!r} is no name for a spider: letters, digits, '.', '_' and '-' are wanted.")
        for argument in kwargs:
            if argument.startswith("_"):  # a scheduler's own, as scrapyd's _job
                setattr(self, argument, kwargs[argument])
            elif argument not in self.arguments:
                raise unknown("argument", argument, ("mode", "start", *self.arguments), where=f"spider {self.name}")
        if mode not in MODES:
            raise unknown("mode", mode, MODES)
        self.mode = mode
        for argument in self.arguments:
            setattr(self, argument, kwargs.get(argument, ""))
        self.pages: Mapping[str, Template] = dict(self.describe())
        if start:
            self.start_urls = start.split()
        self.failure: EvergreenError | None = None
        self._check()
        if not getattr(self, "allowed_domains", None):
            self.allowed_domains = sorted({urlsplit(url).hostname or "" for url in self.start_urls})

    def describe(self) -> Mapping[str, Template]:
        """The templates of the site; a subclass may make them from its arguments."""
        return self.templates

    @classmethod
    def prepared(cls, settings: BaseSettings, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of the spider, with what a subclass adds from the settings. Raises EvergreenError."""
        return dict(arguments)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        return super().from_crawler(crawler, *args, **cls.prepared(crawler.settings, kwargs))

    def teacher(self, template: str) -> Teacher | None:
        """The hand-written selectors of a template, if there are any."""
        return cast("Teacher | None", getattr(self, f"teach_{template}", None))

    async def start(self) -> AsyncIterator[Any]:
        for url in self.start_urls:
            yield Request(url, callback=self.parse, cb_kwargs={"template": self.start_template}, dont_filter=True)

    async def parse(self, response: Response, template: str = "") -> AsyncIterator[Any]:
        """Items and further requests of one page."""
        try:
            reading = await self._evergreen().answers.read(response, template or self.start_template)
        except EvergreenError as error:
            self.failure = error
            raise CloseSpider(f"evergreen: {type(error).__name__}") from error
        if reading.evidence:
            return
        if not reading.reason:
            for request in self._links(reading):
                yield request
        for request in self._evergreen().answers.instead_of_lost_links(reading):
            yield request
        if not reading.held and not reading.reason:
            for item in self.items(reading):
                yield item

    def items(self, reading: Reading) -> Iterator[dict[str, Any]]:
        """The items of a reading as they are exported."""
        provenance = self._evergreen().options.provenance
        if reading.scant and self.crawler.stats is not None:
            self.crawler.stats.inc_value(f"evergreen/scant/{reading.template}")
            self.crawler.stats.set_value(f"evergreen/scant_page/{reading.template}", reading.url)
        return exported(reading, self.pages[reading.template], url_field=self.url_field, provenance=provenance)

    def parse_delivery(self, response: Response) -> Iterator[Any]:
        """Repaired items with the links of repaired pages, and items held back for a repair that did not come."""
        evergreen = self._evergreen()
        readings, repaired = evergreen.answers.take()
        evergreen.delivered(repaired)
        for reading in readings:
            yield from self._links(reading)
            yield from self.items(reading)

    def _links(self, reading: Reading) -> Iterator[Request]:
        for link, target in self.pages[reading.template].follow.items():
            urls = reading.item.get(link) or []
            for url in [urls] if isinstance(urls, str) else urls:
                absolute = urljoin(reading.url, str(url))
                if is_http(absolute):
                    yield self.request(absolute, target)

    def request(self, url: str, template: str) -> Request:
        """The request for a page of a template."""
        return Request(url, callback=self.parse, cb_kwargs={"template": template})

    def _evergreen(self) -> Evergreen:
        extension = self.crawler.get_extension(Evergreen)
        if extension is None:
            raise EvergreenError(
                f"Spider {self.name} needs the extension crawler.extension.Evergreen, which is switched off.",
                hint='put ADDONS = {"crawler.addon.Evergreen": 500} into the settings',
            )
        return extension

    def _check(self) -> None:
        if not self.start_urls:
            raise UnknownName(f"Spider {self.name} has no URL to begin with.", hint="add -a start=https://...")
        for url in self.start_urls:
            if not is_http(url):
                raise UnknownName(f"{url!r} is no http(s) URL.", hint="add -a start=https://...")
        if self.start_template not in self.pages:
            raise unknown("template", self.start_template, self.pages, where=f"start_template of spider {self.name}")
        for name, spec in self.pages.items():
            for target in spec.follow.values():
                if target not in self.pages:
                    raise unknown("template", target, self.pages, where=f"follow of template {name}")
        for attribute in dir(type(self)):
            name = attribute.removeprefix("teach_")
            if name != attribute and name not in self.pages:
                raise unknown("template", name, self.pages, where=f"method {attribute} of spider {self.name}")


def spider_loader(settings: BaseSettings) -> Any:
    """What knows the project's spiders. Scrapy's own function for it is younger than the oldest that is supported."""
    return load_object(settings["SPIDER_LOADER_CLASS"]).from_settings(settings.frozencopy())


def described(site: str, settings: BaseSettings) -> tuple[dict[str, Template], str | None]:
    """The site's templates by the names of their parts, if its spider tells them, and its name for the page's URL."""
    templates, url_field = _told(site, settings)
    return {part.name: spec for name, spec in templates.items() for part in spec.parts(name)}, url_field


def learnable(site: str, settings: BaseSettings) -> dict[str, Part]:
    """What can be learned of a site, by the names of the parts, as far as its spider tells; empty if it does not."""
    templates, _ = _told(site, settings)
    return {part.name: part for name, spec in templates.items() for part in spec.parts(name) if not spec.fixed}


def taught(site: str, settings: BaseSettings) -> dict[str, Part]:
    """Of this what the spider has teachers for."""
    spider, (templates, _) = _spider(site, settings), _told(site, settings)
    specs = [(name, spec) for name, spec in templates.items() if hasattr(spider, f"teach_{name}") and not spec.fixed]
    return {part.name: part for name, spec in specs for part in spec.parts(name)}


def _told(site: str, settings: BaseSettings) -> tuple[Mapping[str, Template], str | None]:
    spider = _spider(site, settings)
    return ({}, EvergreenSpider.url_field) if spider is None else (spider.templates, spider.url_field)


def _spider(site: str, settings: BaseSettings) -> type[EvergreenSpider] | None:
    """The spider of the site, if it is made of templates."""
    loader = spider_loader(settings)
    spider = loader.load(site) if site in loader.list() else None
    return spider if spider is not None and issubclass(spider, EvergreenSpider) else None
