"""Items of which nothing is known, of pages that the spider did not ask for itself, and what is lost of items that go
on to addresses that stand on no page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from watch_tools import HOST, TEAS, Watched, tea

from crawler.verdict import DRIFT, verdict

NEVER = {"EVERGREEN_RETRAIN": "never"}
LIST = "<html><body><h1>Teas</h1>" + "".join(f"<a class=t href=/tea/{n}>{name}</a>" for n, name in enumerate(TEAS))
PAGES = {f"/tea/{number}": tea(name, number) for number, name in enumerate(TEAS)}


class Shop(Spider):
    """An item for each tea of a list."""

    name = "shop"
    link, title, price = "a.t", "h1.t", "p.p"

    def parse(self, response: Response) -> Iterator[Any]:
        for link in response.css(self.link):
            yield response.follow(link.attrib["href"], self.parse_tea)

    def parse_tea(self, response: Response) -> Iterator[Any]:
        yield self.item(response)

    def item(self, response: Response) -> dict[str, Any]:
        title, price = (response.css(f"{one}::text").get() for one in (self.title, self.price))
        return {"title": title, "price": price, "shop": "tea shop"}


class Completed(Shop):
    """The same with items that go on to an address which is worked out."""

    def parse_tea(self, response: Response) -> Iterator[Any]:
        url = response.url.replace("/tea/", "/api/")
        yield Request(url, self.parse_stock, cb_kwargs={"item": self.item(response)})

    def parse_stock(self, response: Response, item: dict[str, Any]) -> Iterator[Any]:
        yield item


def crawl(spider: type[Spider], state: Path, **changed: str) -> tuple[list[Any], dict[str, Any], int]:
    """What comes of the pages of the list's teas, what is counted, and the exit code."""
    one = Watched(type(spider.__name__, (spider,), changed), state, **NEVER)
    found = one.visit("/list", LIST)
    came = [value for request in found for value in one.visit("", PAGES[request.url.removeprefix(HOST)], request)]
    counted = one.close()
    assert one.crawler.stats is not None
    one.crawler.stats.set_value("response_received_count", len(found))
    return came, counted, verdict(one.crawler, lambda sentence: None)


@pytest.mark.parametrize("spider", [Shop, Completed])
@pytest.mark.parametrize(
    ("changed", "given", "code"),
    [
        ({}, len(TEAS), 0),
        ({"link": "h6", "title": "h6", "price": "h6"}, 0, DRIFT),
        # It asks for these pages itself: what it gives is its own affair.
        ({"title": "h6", "price": "h6"}, len(TEAS), None),
        # Something is known.
        ({"link": "h6", "title": "h6"}, len(TEAS), None),
    ],
)
def test_items_of_nothing_are_given_only_of_pages_that_the_spider_asks_for(
    spider: type[Spider], changed: dict[str, str], given: int, code: int | None, tmp_path: Path
) -> None:
    crawl(spider, tmp_path)
    came, counted, ended = crawl(spider, tmp_path, **changed)
    assert len(came) == given
    assert sum(n for name, n in counted.items() if name.startswith("blank/")) == (0 if given else len(TEAS))
    assert code in (None, ended)


OTHER = "<html><body><h1>Teas</h1><p>We are on holiday.</p></body></html>"


@pytest.mark.parametrize("heals", ["never", "auto"])
@pytest.mark.parametrize(
    ("changed", "given"),
    [
        ({"link": "h6"}, 0),
        ({}, len(TEAS)),  # it asks for these pages itself
    ],
)
def test_items_of_nothing_are_given_of_no_page_to_which_learned_links_alone_lead(
    heals: str, changed: dict[str, str], given: int, tmp_path: Path
) -> None:
    first = Watched(Shop, tmp_path)
    for request in first.visit("/list", LIST):
        first.visit("", PAGES[request.url.removeprefix(HOST)], request)
    assert first.retrain().exit_code == 0
    first.close()
    one = Watched(type("Shop", (Shop,), changed), tmp_path, EVERGREEN_RETRAIN=heals)
    came = [value for request in one.visit("/list", LIST) for value in one.visit("", OTHER, request)]
    one.requests += one.extension.standby.deliveries()  # type: ignore[union-attr]
    came += one.deliveries()
    counted = one.close()
    assert len(came) == given
    assert counted.get("scant/parse_tea.dict", 0) == len(TEAS) - given


@pytest.mark.parametrize(("changed", "lost"), [({}, set()), ({"title": "h6"}, {"title"})])
def test_what_is_lost_of_items_that_go_on_to_other_addresses_is_told_each_time(
    changed: dict[str, str], lost: set[str], tmp_path: Path
) -> None:
    crawl(Completed, tmp_path)
    for _ in range(3):
        _, counted, ended = crawl(Completed, tmp_path, **changed)
        assert {name for name in counted if name.startswith("lost/")} == {
            f"lost/parse_tea-links-parse_stock/cb_kwargs.item.{name}" for name in lost
        }
        assert ended == (DRIFT if lost else 0)
