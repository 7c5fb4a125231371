"""A callback that raises in the middle of a page: what it had not come to comes from learned code, each thing once."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from watch_tools import HOST, Watched, learned

ROWS = 4
TOWNS = ("Leeds", "Bath", "York", "Hull", "Derby")


def listed(number: int, shop: str = "sh") -> str:
    """A list page of teas, with what their links hand over, the shops that have them, and the next page."""
    rows = "".join(
        f"<li class=row data-kind=k{n % 3}><h3><a href=/tea/{n}>Tea number {n}</a></h3><b class=p>£{n}.50</b>"
        f"<i class=k>kind {'abc'[n % 3]}</i> <a class={shop} href=/shop/{n % 5}>{TOWNS[n % 5]}</a></li>"
        for n in range(ROWS * number, ROWS * (number + 1))
    )
    return (
        f"<html><body><h1>Teas</h1><ul>{rows}</ul><a class=next href='/list?page={number + 1}'>more</a></body></html>"
    )


class Rows(Spider):
    """Gives of each row an item, the link to the tea and that to a shop, and raises at the row ``last``."""

    name = "rows"
    last, skips = -1, -1

    def parse(self, response: Response) -> Iterator[Any]:
        for place, row in enumerate(response.css("li.row")):
            if place == self.skips:
                continue
            link, shop = response.urljoin(row.css("h3 a::attr(href)").get()), row.css("a.sh")
            yield {
                "url": link,
                "name": row.css("h3 a::text").get(),
                "price": row.css("b.p::text").get(),
                "town": shop.css("::text").get(),
            }
            yield Request(link, self.parse_tea, cb_kwargs={"kind": row.css("i.k::text").get()})
            if place == self.last:
                raise ValueError("no such shop")
            yield response.follow(shop.attrib["href"], self.parse_shop)
        for link in response.css("a.next"):
            yield response.follow(link)

    def parse_tea(self, response: Response, kind: str) -> Iterator[Any]:
        yield {"kind": kind}

    def parse_shop(self, response: Response) -> Iterator[Any]:
        yield {"shop": response.url}


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("rows")
    learned(Rows, state, {f"/list?page={number}": listed(number) for number in range(1, 9)})
    return state


@pytest.mark.parametrize(
    ("last", "skips", "page", "first"),
    [
        (0, -1, 3, 0),
        (2, -1, 3, 0),
        (ROWS - 1, -1, 3, 0),
        (1, -1, 20, 0),  # a page that is not known
        (2, 0, 3, 1),  # what the spider had left out stays so
    ],
    ids=["after the first", "after the third", "after the last", "a new page", "one left out"],
)
def test_what_comes_after_the_raise_is_given_once(
    last: int, skips: int, page: int, first: int, rows: Path, tmp_path: Path
) -> None:
    shutil.copytree(rows, tmp_path, dirs_exist_ok=True)
    crawl = Watched(type("Rows", (Rows,), {"last": last, "skips": skips}), tmp_path, EVERGREEN_RETRAIN="never")
    found: list[Any] = []
    with pytest.raises(ValueError, match="no such shop"):
        found.extend(crawl.output(crawl.response(f"/list?page={page}", listed(page))))
    found += crawl.deliveries()
    numbers = range(ROWS * page + first, ROWS * (page + 1))
    items = [one for one in found if isinstance(one, dict)]
    assert [(one["name"], one["price"], one["town"]) for one in items] == [
        (f"Tea number {n}", f"£{n}.50", TOWNS[n % 5]) for n in numbers
    ]
    requests = [(one.url.removeprefix(HOST), one.cb_kwargs) for one in found if isinstance(one, Request)]
    teas = [(url, handed) for url, handed in requests if url.startswith("/tea/")]
    assert teas == [(f"/tea/{n}", {"kind": f"kind {'abc'[n % 3]}"}) for n in numbers]
    rest = [url for url, _ in requests if not url.startswith("/tea/")]
    assert sorted(rest) == sorted([*(f"/shop/{n % 5}" for n in numbers), f"/list?page={page + 1}"])
    crawl.close()


def test_a_raise_on_one_page_does_not_end_the_list(rows: Path, tmp_path: Path) -> None:
    shutil.copytree(rows, tmp_path, dirs_exist_ok=True)
    crawl = Watched(Rows, tmp_path, EVERGREEN_RETRAIN="never")
    for page in (1, 2, 3, 9):
        crawl.spider.last = 1 if page in (3, 9) else -1
        found: list[Any] = []
        with contextlib.suppress(ValueError):
            found.extend(crawl.output(crawl.response(f"/list?page={page}", listed(page))))
        assert f"{HOST}/list?page={page + 1}" in [one.url for one in found if isinstance(one, Request)]
        assert sum(isinstance(one, dict) for one in found) == ROWS
    crawl.close()
