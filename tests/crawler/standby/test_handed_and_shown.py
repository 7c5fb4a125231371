"""Fields whose values the request handed over, and the page shows as well: read there, or put back from the request."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from watch_tools import HOST, TEAS, Watched

NEVER = {"EVERGREEN_RETRAIN": "never"}


def page(number: int, title: str = "") -> str:
    """The page of a tea, of which the name may be written otherwise than in lists."""
    name = f"<h1>{title or TEAS[number]}</h1>"
    return f"<html><body>{name}<p>£{number + 3}.{number}0</p><i>Of the year 20{number + 10}</i></body></html>"


class Shop(Spider):
    """It reads the names, which its lists have handed over, too."""

    name = "shop"
    title = "h1"

    def parse(self, response: Response, listed: str | None = None) -> Iterator[Any]:
        yield {"listed": listed, "title": self.read(response), "price": response.css("p::text").get()}

    def read(self, response: Response) -> str | None:
        return response.css(f"{self.title}::text").get()


class Shouting(Shop):
    """The same of names that the page writes otherwise than the spider."""

    def read(self, response: Response) -> str | None:
        name = super().read(response)
        return name and name.removeprefix("Tea: ")


def visit(crawl: Watched, number: int, html: str, listed: str | None) -> list[Any]:
    request = Request(f"{HOST}/tea/{number}", cb_kwargs={"listed": listed}, callback=crawl.spider.parse)  # type: ignore[attr-defined]
    return crawl.visit("", html, request)


@pytest.mark.parametrize("known", [1.0, 0.8])
@pytest.mark.parametrize("lists", [True, False])
def test_what_the_page_shows_is_read_there(known: float, lists: bool, tmp_path: Path) -> None:
    """``known``: the share of the names that the lists show in full; ``lists``: whether they still show them."""
    first = Watched(Shop, tmp_path, **NEVER)
    for number, name in enumerate(TEAS):
        visit(first, number, page(number), name if number < known * len(TEAS) else name[:3])
    assert first.retrain().templates[0].action == "learned"
    first.close()
    later = Watched(type("Shop", (Shop,), {"title": "h6"}), tmp_path, **NEVER)
    found = [item for n, name in enumerate(TEAS) for item in visit(later, n, page(n), name[:3] if lists else None)]
    assert [item["title"] for item in found] == [*TEAS]
    assert "lost/parse.dict/title" not in later.close()


@pytest.mark.parametrize(
    ("unlike", "listed", "given"),
    [
        (None, True, [*TEAS]),
        (None, False, [None] * len(TEAS)),  # nobody knows it, and that is told
        ("other", True, [None] * len(TEAS)),  # what was handed over was something else once
    ],
)
def test_what_the_page_does_not_show_so_is_put_back_from_the_request(
    unlike: str | None, listed: bool, given: list[str | None], tmp_path: Path
) -> None:
    first = Watched(Shouting, tmp_path, **NEVER)
    pages = [page(number, f"Tea: {name}") for number, name in enumerate(TEAS)]
    for number, name in enumerate(TEAS):
        visit(first, number, pages[number], (number == 3 and unlike) or name)
    assert first.retrain().templates[0].action == "learned"
    first.close()
    later = Watched(type("Shouting", (Shouting,), {"title": "h6"}), tmp_path, **NEVER)
    found = [item for n, name in enumerate(TEAS) for item in visit(later, n, pages[n], name if listed else None)]
    assert [item["title"] for item in found] == given
    assert later.close().get("lost/parse.dict/title", 0) == (0 if given[0] else len(TEAS))
