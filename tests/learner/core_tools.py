"""What the tests of the learner's core share: small pages, and examples from the fixture sites."""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

from web_poet import HttpResponse

from fixtures import SITES
from fixtures.site import FixturePage
from learner import Example
from learner.pages.page import Document, parse
from learner.programs.selectors import Index

URL = "http://site.test/things/1"
TEMPLATES = (("shop", "product"), ("shop", "list"), ("articles", "article"), ("articles", "list"), ("records", "list"))


def document(body: str, url: str = URL) -> Document:
    return parse(f"<html><body>{body}</body></html>", url)


def index(body: str) -> Index:
    return Index(document(body))


@lru_cache(maxsize=32)
def fixture_pages(site: str, template: str, design: int = 1) -> tuple[FixturePage, ...]:
    return tuple(page for page in SITES[site].pages(design).values() if page.template == template)


def fixture_example(page: FixturePage) -> Example:
    """The page with its values; of a page that only leads on, the links."""
    url = "http://site.test" + page.path
    if page.items is not None:
        return Example(url, page.html, items=page.items)
    if page.item is not None:
        return Example(url, page.html, item=page.item)
    return Example(url, page.html, item=absolute_links(url, page.links))


def absolute_links(url: str, links: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, link in links.items():
        if link:
            found[name] = [urljoin(url, one) for one in link] if isinstance(link, list) else urljoin(url, link)
    return found


def example(html: str, number: int = 1, **item: Any) -> Example:
    return Example(f"http://site.test/things/{number}", html, item)


def listing(html: str, items: Sequence[Mapping[str, Any]], number: int = 1) -> Example:
    return Example(f"http://site.test/list/{number}", html, items=items)


def swapped(html: str, one: str, other: str) -> str:
    """The page with two texts in each other's place."""
    return html.replace(one, "\0").replace(other, one).replace("\0", other)


def run(source: str, html: str | bytes, url: str, name: str = "LearnedPage") -> dict[str, Any]:
    """The item that the generated code makes of a response."""
    module = types.ModuleType("generated_page")
    sys.modules[module.__name__] = module
    try:
        exec(compile(source, "generated_page", "exec"), module.__dict__)  # noqa: S102
        body = html.encode() if isinstance(html, str) else html
        page = getattr(module, name)(response=HttpResponse(url=url, body=body))
        item: dict[str, Any] = asyncio.run(page.to_item())
    finally:
        del sys.modules[module.__name__]
    return item
