"""Which of the values that a callback yielded stand on its page, and which came from elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urldefrag, urljoin

from scrapy.http import Response, TextResponse
from w3lib.html import strip_html5_whitespace
from w3lib.url import safe_url_string

from crawler.callbacks.filling import learnable, missing
from crawler.callbacks.shapes import Origin
from crawler.responses import page_of
from learner.errors import PageRejected
from learner.forms.links import kinds_on
from learner.pages.values import Scalar, scalars
from learner.programs.examples import Example, LabelledPage
from learner.programs.joints import joint_of


class PageMatch:
    """A page that values are looked for on. ``handed``: what its request handed over, by path."""

    def __init__(self, response: Response, handed: Mapping[str, Any]) -> None:
        self._response = response
        self._handed = handed

    @cached_property
    def _page(self) -> LabelledPage | None:
        return self._opened(revealed=False)

    @cached_property
    def _revealed(self) -> LabelledPage | None:
        return self._opened(revealed=True)

    def _opened(self, *, revealed: bool) -> LabelledPage | None:
        try:
            return LabelledPage(Example(self._response.url, page_of(self._response), {}), revealed=revealed)
        except PageRejected:
            return None

    def origin(self, value: Any) -> tuple[Origin, str]:
        """Where the value comes from, with the path in the request where it was handed over."""
        addresses = {self._response.url, getattr(self._response.request, "url", None)}
        if isinstance(value, str) and value in addresses:
            return Origin.URL, ""
        for path, given in self._handed.items():
            if type(given) is type(value) and given == value and not isinstance(value, bool):
                return Origin.REQUEST, path
        if isinstance(value, bool):
            return Origin.PART, ""  # a page shows words, of which one that is always true or false tells nothing
        plain = learnable(value)
        shown = {self._shown(one) for one in scalars(plain)} if plain is not None else {Origin.ELSEWHERE}
        return next(origin for origin in (Origin.ELSEWHERE, Origin.PART, Origin.PAGE) if origin in shown), ""

    def shows(self, value: Any) -> bool:
        """Whether the page shows the value as it is, wherever else it may come from. A link back to the page that led
        here shows nothing: pages of another design have none."""
        plain = None if isinstance(value, bool) or value == self._referrer else learnable(value)
        return plain is not None and {self._shown(one) for one in scalars(plain)} == {Origin.PAGE}

    def holds(self, value: Any) -> bool:
        """Whether the page shows the value, if only in longer texts."""
        return all(self._shown(one) is not Origin.ELSEWHERE for one in scalars(value))

    @cached_property
    def _referrer(self) -> str:
        """The address of the page that led here; empty if that is not known."""
        request = self._response.request
        told = None if request is None else request.headers.get("Referer")
        return told.decode("latin-1") if told else ""

    def hands_over(self, path: str) -> bool:
        """Whether the request handed over a value of this path."""
        return not missing(self._handed.get(path))

    def _shown(self, value: Scalar) -> Origin:
        places = self._page.places(value, 1) if self._page is not None else []
        if not places and self._revealed is not None:
            places = self._revealed.places(value, 1)
        if places:
            return Origin.PAGE if places[0].exact else Origin.PART
        joined = isinstance(value, str) and self._page is not None and joint_of(value, self._page)
        return Origin.PART if joined else Origin.ELSEWHERE

    def kinds(self, known: Collection[str]) -> list[set[str]]:
        """Which of the links that are ``known`` of the page it shows, by their kinds (``learner.forms.links``)."""
        return kinds_on(self._page, set(known)) if self._page is not None and known else []

    @cached_property
    def _links(self) -> dict[str, str]:
        return links_of(self._response)

    def link(self, url: str) -> str | None:
        """The link of the page by which the URL was requested, absolute and as the page writes it."""
        return self._links.get(urldefrag(url).url)


def links_of(response: Response) -> dict[str, str]:
    """URLs as Scrapy requests them -> the page's links, absolute and as the page writes them."""
    if not isinstance(response, TextResponse):
        return {}
    base = response.urljoin(response.css("base::attr(href)").get(""))
    links: dict[str, str] = {}
    for raw in response.xpath("//@href").getall():
        try:
            absolute = urljoin(base, strip_html5_whitespace(raw))
            links.setdefault(urldefrag(safe_url_string(absolute)).url, absolute)
        except ValueError:
            continue
    return links
