"""Lost links whose requests hand over what the spider has worked out: followed with what was handed over before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from watch_tools import HOST, Watched, learned

NEVER = {"EVERGREEN_RETRAIN": "never"}
EMPTY = "<html><body><p>all new, and nothing of the old is left here</body></html>"


def shelf(number: int, address: str = "/shelf?page={}") -> str:
    """A list page of three teas with a link to the next page."""
    rows = "".join(f"<li><a href='/tea/{n}'>Tea {n}</a> <i>£{n}.50</i></li>" for n in range(3 * number, 3 * number + 3))
    following = address.format(number + 1)
    return f"<html><body><h1>Shelf</h1><ul>{rows}</ul><a class=next href='{following}'>more</a></body></html>"


class Counting(Spider):
    """A spider that counts the pages of a list as it goes, and hands the number over."""

    name = "counting"
    row, following = "li", "a.next"

    def parse(self, response: Response, number: int = 1, **more: Any) -> Iterator[Any]:
        for row in response.css(self.row):
            yield response.follow(row.css("a::attr(href)").get(), self.parse_tea, cb_kwargs=self.of_a_tea(row, number))
        for link in response.css(self.following):
            yield response.follow(link, cb_kwargs={"number": number + 1})

    def of_a_tea(self, row: Any, number: int) -> dict[str, Any]:
        return {"number": number + 100}

    def parse_tea(self, response: Response, **handed: Any) -> Iterator[Any]:
        yield handed


class Priced(Counting):
    """The same with a value of the page among what it hands over."""

    def of_a_tea(self, row: Any, number: int) -> dict[str, Any]:
        return {"number": number + 100, "price": row.css("i::text").get()}


class Objects(Counting):
    """The same with what can't be kept."""

    def of_a_tea(self, row: Any, number: int) -> dict[str, Any]:
        return {"number": object()}


def visited(spider: type[Spider], state: Path) -> None:
    """A crawl of two pages, in which all is well."""
    crawl = Watched(spider, state)
    first = crawl.response("/shelf?page=1", shelf(1))
    *_, following = list(crawl.output(first))
    crawl.visit("", shelf(2), following)
    crawl.close()


def broken(spider: type[Spider]) -> type[Spider]:
    return type(spider.__name__, (spider,), {"row": "h6", "following": "h6"})


def told(requests: list[Request]) -> dict[str, Any]:
    return {request.url.removeprefix(HOST): dict(request.cb_kwargs) for request in requests}


def test_known_links_are_followed_with_what_the_spider_had_worked_out(tmp_path: Path) -> None:
    visited(Counting, tmp_path)
    crawl = Watched(broken(Counting), tmp_path, **NEVER)
    found = crawl.visit("/shelf?page=1", EMPTY)
    assert told(found) == {"/shelf?page=2": {"number": 2}} | {f"/tea/{n}": {"number": 101} for n in (3, 4, 5)}
    following = next(request for request in found if "shelf" in request.url)
    assert told(crawl.visit("", EMPTY, following)) == {"/shelf?page=3": {"number": 3}} | {
        f"/tea/{n}": {"number": 102} for n in (6, 7, 8)
    }
    counted = crawl.close()
    assert not [name for name in counted if name.startswith("links_not_followed")]
    assert counted["known_links/parse_tea"] == 6


@pytest.mark.parametrize(("spider", "lacks"), [(Priced, "cb_kwargs.price"), (Objects, "cb_kwargs.number")])
def test_what_stood_on_the_page_or_is_no_plain_value_is_not_handed_over_again(
    spider: type[Spider], lacks: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    visited(spider, tmp_path)
    crawl = Watched(broken(spider), tmp_path, **NEVER)
    assert told(crawl.visit("/shelf?page=1", EMPTY)) == {"/shelf?page=2": {"number": 2}}
    assert crawl.close()["links_not_followed/parse_tea"] == 3
    assert f"their requests need {lacks}." in caplog.text


def test_learned_links_are_followed_with_it_where_they_are_known(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    learned(Counting, tmp_path, {f"/shelf?page={number}": shelf(number) for number in range(1, 9)})
    second = Watched(Counting, tmp_path, **NEVER)
    second.visit("/shelf?page=1", shelf(1), Request(f"{HOST}/shelf?page=1", cb_kwargs={"number": 7}))
    second.close()
    crawl = Watched(broken(Counting), tmp_path, **NEVER)
    assert told(crawl.visit("/shelf?page=1", shelf(1)))["/tea/3"] == {"number": 107}
    assert "/tea/120" not in told(crawl.visit("/shelf?page=40", shelf(40)))
    assert crawl.close()["links_not_followed/parse_tea"] == 3
    assert "their requests need cb_kwargs.number" in caplog.text
