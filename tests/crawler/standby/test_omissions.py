"""Of pages that the spider leaves out no item is made once it can't tell them any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from watch_tools import Watched, learned

from crawler.callbacks.shapes import shapes_of
from learner.state.store import Store

NEVER = {"EVERGREEN_RETRAIN": "never"}
PAGES = 30
WORDS = "assam bancha ceylon darjeeling earl fujian gyokuro hojicha irish jasmine keemun".split()


class Stories(Spider):
    """Of every five stories one is for subscribers."""

    name = "stories"
    closed = "closed"

    def parse(self, response: Response) -> Iterator[Any]:
        if response.css(f".{self.closed}"):
            return
        texts = {name: response.css(f".{name}::text").get() for name in ("title", "author", "place", "text")}
        yield {"url": response.url, **texts}


def page(number: int, design: Mapping[str, str], closed: bool) -> str:
    word = WORDS[number * number % 11].title()
    html = (
        f"<html><body><div class=story><h1 class=title>{word} number {number}</h1><i class=author>Dora {word}</i>"
        f"<b class=place>{('Bonn', 'Lyon', 'Graz')[number % 3]}</b><p class=text>All {number * 7 + 20} of them.</p>"
        + "<p class=closed>Subscribe to read on.</p>" * closed
        + "</div><footer>Stories since 1900</footer></body></html>"
    )
    for old, new in design.items():
        html = html.replace(f"class={old}", f"class={new}")
    return html


def crawl(state: Path, spider: type[Spider], design: Mapping[str, str], first: int = 0) -> tuple[set[int], Any]:
    """The stories of which items came that have a title, and what is counted."""
    crawl = Watched(spider, state, **NEVER)
    came: list[Any] = []
    for number in range(first, first + PAGES):
        came += crawl.visit(f"/story/{number}", page(number, design, closed=number % 5 == 2))
    with suppress(DontCloseSpider):
        crawl.extension.spider_idle(crawl.spider)
    came += crawl.deliveries()
    return {int(item["url"].rpartition("/")[2]) for item in came if item["title"]}, crawl.close()


BROKEN = {name: f"new-{name}" for name in ("title", "author", "place", "text")}
SEEN, OTHER = range(PAGES), range(PAGES // 2, PAGES // 2 + PAGES)


@pytest.mark.parametrize(
    ("design", "first", "given", "refused"),
    [
        ({}, 0, {n for n in SEEN if n % 5 != 2}, 0),
        (BROKEN, 0, {n for n in SEEN if n % 5 != 2}, 0),
        ({**BROKEN, "closed": "shut"}, 0, {n for n in SEEN if n % 5 != 2}, 0),
        (BROKEN, PAGES // 2, {n for n in OTHER if n % 5 != 2}, 0),
        ({**BROKEN, "closed": "shut"}, PAGES // 2, {n for n in OTHER if n % 5 != 2 and n < PAGES}, PAGES // 2),
        ({**BROKEN, "closed": "shut"}, PAGES, set(), PAGES),
    ],
    ids=["as ever", "told as ever", "told no more", "new pages", "new pages, told no more", "nothing is known"],
)
def test_pages_that_are_left_out(
    design: dict[str, str], first: int, given: set[int], refused: int, tmp_path: Path
) -> None:
    shown = {f"/story/{number}": page(number, {}, closed=number % 5 == 2) for number in SEEN}
    learned(Stories, tmp_path, shown)
    crawl(tmp_path, Stories, {})
    found, counted = crawl(tmp_path, Stories, design, first)
    assert counted.get("unsure_items/parse.dict", 0) == refused
    assert found == given


def test_a_spider_that_leaves_nothing_out_is_helped_on_new_pages(tmp_path: Path) -> None:
    learned(Stories, tmp_path, {f"/story/{number}": page(number, {}, closed=False) for number in SEEN})
    found, counted = crawl(tmp_path, Stories, {**BROKEN, "closed": "shut"}, PAGES)
    assert found == set(range(PAGES, 2 * PAGES))
    assert not counted.get("unsure_items/parse.dict")


@pytest.mark.parametrize(("design", "kept"), [({}, 12), (BROKEN, 6)], ids=["as ever", "another design"])
def test_which_pages_are_left_out_is_kept_while_the_spider_reads(
    design: dict[str, str], kept: int, tmp_path: Path
) -> None:
    learned(Stories, tmp_path, {f"/story/{n}": page(n, {}, closed=n % 5 == 2) for n in SEEN})
    crawl(tmp_path, Stories, {})
    crawl(tmp_path, Stories, design, first=PAGES - 1)
    with Store.open(tmp_path) as store:
        assert len(shapes_of(store, "stories")["parse.dict"].omitted) == kept
