"""Items that are begun on one page, whose address they have, and go on to a second one, where they are completed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from watch_tools import HOST, TEAS, Watched

NEVER = {"EVERGREEN_RETRAIN": "never"}
MORE = "<a class=more href='/tea/{0}/maker'>The maker</a>"


class Shop(Spider):
    """``title`` and ``more``: its selectors of the name, and of the link to the second page."""

    name = "shop"
    title, more = "h1", "a.more"

    def parse(self, response: Response) -> Iterator[Any]:
        item = {"url": response.url, "title": response.css(f"{self.title}::text").get()}
        for link in response.css(self.more):
            yield response.follow(link, self.parse_maker, cb_kwargs={"item": item})

    def parse_maker(self, response: Response, item: dict[str, Any]) -> Iterator[Any]:
        yield {**item, "maker": response.css("b::text").get()}


def tea(number: int) -> str:
    """The first page of a tea."""
    return f"<html><body><h1>{TEAS[number]}</h1><p>£{number + 3}.50</p>{MORE.format(number)}</body></html>"


def maker(number: int, back: str) -> str:
    """The second, with a link ``back`` to the first, or none."""
    return f"<html><body><p>Grown by <b>Garden {TEAS[-number]}</b></p>{back and back.format(number)}</body></html>"


def crawled(crawl: Watched, back: str = "") -> list[Any]:
    """The items of all teas."""
    items = []
    for number in range(len(TEAS)):
        for request in crawl.visit(f"/tea/{number}", tea(number)):
            assert isinstance(request, Request)
            request.headers["Referer"] = f"{HOST}/tea/{number}"
            items += crawl.visit("", maker(number, back), request)
    return items


def learned(state: Path, back: str = "") -> list[Any]:
    """Items of the first crawl, of which everything is learned."""
    first = Watched(Shop, state, **NEVER)
    items = crawled(first, back)
    assert {report.action for report in first.retrain().templates} == {"learned"}
    first.close()
    return items


@pytest.mark.parametrize("selectors", [{}, {"title": "h6"}, {"more": "a.other"}, {"title": "h6", "more": "a.other"}])
def test_the_address_of_the_page_is_handed_over_and_not_missed(selectors: dict[str, str], tmp_path: Path) -> None:
    """Also where the spider's own ``selectors`` find the name, or the link, no more."""
    items = learned(tmp_path)
    later = Watched(type("Shop", (Shop,), selectors), tmp_path, **NEVER)
    assert crawled(later) == items
    told = later.close()
    assert not [name for name in told if "url" in name and name.startswith(("lost/", "not_handed_over/"))]


def test_a_link_back_is_not_where_the_address_is_read(tmp_path: Path) -> None:
    items = learned(tmp_path, back="<a href='/tea/{0}'>Back</a>")
    later = Watched(Shop, tmp_path, **NEVER)
    assert crawled(later) == items
    live = later.site.get("parse_maker.dict")
    assert live is not None
    assert live.fields == {"maker"}
    assert not [name for name in later.close() if name.startswith(("drift/", "lost/"))]
