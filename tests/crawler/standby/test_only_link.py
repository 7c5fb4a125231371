"""Items that go on by the one link of their page: it has one record, and the two belong together."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.http import Response
from watch_tools import HOST, TEAS, Watched, learned, tea

from crawler.callbacks.shapes import shapes_of
from crawler.reading.live import Live, Read
from learner.state.records import RepairedItem

TEMPLATE = "parse-links-parse_stock"
LINKS = "parse-links"
SHOWN = "<h1 class=t>{name}</h1><p class=p>{price}</p><i>from {place}</i>"


def page(number: int, name: str = "", links: Collection[str] = ("full",)) -> str:
    """The page of a tea with a link to what is in stock of it."""
    shown = "".join(f"<a class={one} href=/stock/{number}>Stock</a>" for one in links)
    return tea(name or TEAS[number], number, SHOWN + shown)


class Shop(Spider):
    name = "shop"
    link, title = "a.full", "h1.t"

    def parse(self, response: Response) -> Iterator[Any]:
        title, price = (response.css(f"{one}::text").get() for one in (self.title, "p.p"))
        item = {"title": title, "price": price}
        for link in response.css(self.link):
            yield response.follow(link, self.parse_stock, cb_kwargs={"item": item})

    def parse_stock(self, response: Response, item: dict[str, Any]) -> Iterator[Any]:
        yield item


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state with what is learned of that spider."""
    state = tmp_path_factory.mktemp("shop")
    learned(Shop, state, {f"/tea/{number}": page(number) for number in range(len(TEAS))})
    return state


@pytest.fixture
def state(shop: Path, tmp_path: Path) -> Path:
    return shutil.copytree(shop, tmp_path / "state")


def without(crawl: Watched, name: str, *templates: str) -> None:
    """Let learned code of these templates not find a field."""
    read = crawl.site.extract_now

    def said(response: Response, live: Live) -> Read:
        one = read(response, live)
        hit = any(live is crawl.site.get(template) for template in templates)
        return replace(one, extraction=one.extraction.without({name})) if hit else one

    crawl.site.extract_now = said  # type: ignore[method-assign]


def given(crawl: Watched, path: str, html: str) -> list[tuple[str, Any, Any]]:
    """The requests that come of a page, at once and at the end of the crawl: where to, and with what."""
    found = crawl.visit(path, html)
    assert crawl.extension.standby is not None
    crawl.requests += crawl.extension.standby.deliveries()
    made = [*found, *crawl.deliveries()]
    items = [(one.url.removeprefix(HOST), one.cb_kwargs["item"]) for one in made]
    return [(url, item["title"], item["price"]) for url, item in items]


def test_a_page_with_one_link_is_learned_as_a_page_of_one_item(state: Path) -> None:
    crawl = Watched(Shop, state)
    live = crawl.site.get(TEMPLATE)
    assert live is not None
    assert not live.is_list
    assert live.fields == {"url", "cb_kwargs.item.title", "cb_kwargs.item.price"}
    assert not shapes_of(crawl.site.store, "shop")[TEMPLATE].many
    crawl.close()


@pytest.mark.parametrize("heals", ["never", "auto"])
@pytest.mark.parametrize(
    ("changed", "lacks", "html", "expected"),
    [
        ({"title": "h6"}, (), page(3), [("/stock/3", TEAS[3], "£6.30")]),
        # The link of the request is the record's, whether learned code finds it or not.
        ({"title": "h6"}, (TEMPLATE,), page(3), [("/stock/3", TEAS[3], "£6.30")]),
        # Learned code finds the lost link; the record's is that of the page.
        ({"link": "h6"}, (), page(3), [("/stock/3", TEAS[3], "£6.30")]),
        ({"link": "h6"}, (TEMPLATE,), page(3), [("/stock/3", TEAS[3], "£6.30")]),
        # The page shows it no more: the known link goes with what the page still is.
        ({"link": "h6"}, (), page(3, links=()), [("/stock/3", TEAS[3], "£6.30")]),
        # It is another tea's page now.
        ({"link": "h6"}, (), page(5, links=()), [("/stock/3", None, None)]),
    ],
    ids=["values", "values without link", "link", "link of the page", "known link", "another thing"],
)
def test_a_record_and_the_link_of_its_page_belong_together(
    heals: str, changed: dict[str, str], lacks: tuple[str, ...], html: str, expected: list[Any], state: Path
) -> None:
    crawl = Watched(type("Shop", (Shop,), changed), state, EVERGREEN_RETRAIN=heals)
    for template in lacks:
        without(crawl, "url", template)
    assert given(crawl, "/tea/3", html) == expected
    crawl.close()


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ({}, [("/stock/3", "Earl Grey", "£9")]),  # the one that was known
        ({"parse_stock": f"{HOST}/new/3"}, [("/new/3", "Earl Grey", "£9")]),
        ({"parse_stock": [f"{HOST}/new/3", f"{HOST}/new/4"]}, [("/new/3", None, None), ("/new/4", None, None)]),
    ],
    ids=["known", "repaired", "several"],
)
def test_a_repaired_record_goes_with_the_link_of_its_page(
    links: dict[str, Any], expected: list[Any], state: Path
) -> None:
    crawl = Watched(type("Shop", (Shop,), {"link": "h6", "title": "h6"}), state)
    assert crawl.visit("/tea/3", "<html><body><h1>Teas</h1><p>Earl Grey, £6.30</p></body></html>") == []
    standby, url, now = crawl.extension.standby, f"{HOST}/tea/3", datetime.now(UTC)
    assert standby is not None
    values = {"cb_kwargs.item.title": "Earl Grey", "cb_kwargs.item.price": "£9"}
    told = [(TEMPLATE, values), *([(LINKS, links)] if links else [])]
    standby.repaired([RepairedItem(n, "shop", name, url, item, [], {}, 2, now) for n, (name, item) in enumerate(told)])
    crawl.requests += standby.deliveries()
    items = [(one.url.removeprefix(HOST), one.cb_kwargs["item"]) for one in crawl.deliveries()]
    assert [(link, item["title"], item["price"]) for link, item in items] == expected
    crawl.close()


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([(TEAS[3], "£9")], [("/stock/3", TEAS[3], "£9")]),
        ([(TEAS[5], "£9")], [("/stock/3", None, None)]),  # another tea's
        ([(TEAS[3], "£9"), (TEAS[3], "£6.30")], [("/stock/3", None, None)]),
    ],
    ids=["what it was", "another", "several"],
)
def test_the_only_record_of_a_list_goes_with_the_only_link_that_is_known(
    found: list[tuple[str, str]], expected: list[Any], tmp_path: Path
) -> None:
    pages = {f"/tea/{number}": page(number) for number in range(len(TEAS))}
    pages["/tea/9"] = page(9).replace("</a></nav>", "</a></nav><a class=full href=/stock/90>Stock</a>")
    learned(Shop, tmp_path, pages)
    crawl = Watched(type("Shop", (Shop,), {"link": "h6", "title": "h6"}), tmp_path)
    live = crawl.site.get(TEMPLATE)
    assert live is not None
    assert live.is_list
    assert crawl.visit("/tea/3", "<html><body><h1>Teas</h1><p>Earl Grey, £6.30</p></body></html>") == []
    standby, url, now = crawl.extension.standby, f"{HOST}/tea/3", datetime.now(UTC)
    assert standby is not None
    records = [{"cb_kwargs.item.title": title, "cb_kwargs.item.price": price} for title, price in found]
    standby.repaired([RepairedItem(1, "shop", TEMPLATE, url, {}, records, {}, 2, now)])
    crawl.requests += standby.deliveries()
    items = [(one.url.removeprefix(HOST), one.cb_kwargs["item"]) for one in crawl.deliveries()]
    assert [(link, item["title"], item["price"]) for link, item in items] == expected
    crawl.close()
