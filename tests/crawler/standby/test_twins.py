"""A thing that is served under its old and its new address comes once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from watch_tools import HOST, Watched, learned, tea

NEVER = {"EVERGREEN_RETRAIN": "never"}


class Teas(Spider):
    """A list of teas, with a page of each."""

    name = "teas"
    row = "li"

    def parse(self, response: Response) -> Iterator[Any]:
        for link in response.css(f"{self.row} a::attr(href)").getall():
            yield response.follow(link, self.parse_tea)

    def parse_tea(self, response: Response) -> Iterator[Any]:
        yield {"name": response.css("h1::text").get(), "price": response.css("p::text").get()}


def visited(crawl: Watched, old: str, new: str = "", html: str = "") -> None:
    """A page of a tea, which has moved if a new address is given."""
    meta = {"redirect_urls": [HOST + old], "redirect_reasons": [301]} if new else {}
    request = Request(HOST + (new or old), crawl.spider.parse_tea, meta=meta)  # type: ignore[attr-defined]
    crawl.visit("", html or tea(f"Tea {old}", 1), request)


BY_NUMBER = [(f"/tea/{n}", f"/cup/no-{n % 2}-of-{n}") for n in (11, 12, 13)]
BY_NAME = [(f"/tea/{n}.html", f"/cups/{n}") for n in ("earl-grey", "assam", "lady-grey")]
ASKED = [(f"/tea?id={n}", f"/cup/{n}/show") for n in (11, 12, 13)]


@pytest.mark.parametrize(
    ("moves", "came", "other", "same"),
    [
        (BY_NUMBER, "/tea/14", "/cup/no-1-of-14", True),
        (BY_NUMBER, "/cup/no-1-of-14", "/tea/14", True),
        (BY_NUMBER, "/tea/14", "/cup/no-14-of-15", False),
        (BY_NUMBER, "/tea/14", "/cup/no-1-of-15", False),
        (BY_NUMBER, "/tea/14", "/about", False),
        (BY_NUMBER[:2], "/tea/14", "/cup/no-1-of-14", False),  # too few to tell
        ([(old, "/cup") for old, _ in BY_NUMBER], "/tea/14", "/cup/no-1-of-14", False),
        (BY_NAME, "/tea/earl-black.html", "/cups/earl-black", False),  # a part of the path is not the whole of it
        (ASKED, "/tea?id=14", "/cup/14/show", True),
        (ASKED, "/tea?id=14", "/cup/15/show", False),
        # What is gone leads elsewhere, and the rest tells enough.
        (
            [*((f"/tea/{n}", f"/cup/no-0-of-{n}") for n in range(20, 40)), ("/tea/9", "/")],
            "/tea/14",
            "/cup/no-0-of-14",
            True,
        ),
        # The number of a house, of which another street has one.
        (
            [(f"/tea/{n}-high-street", f"/cup/{n}-high") for n in (11, 12, 13)],
            "/tea/11-low-street",
            "/cup/11-low",
            False,
        ),
    ],
)
def test_a_page_is_known_by_what_moved_addresses_have_in_common(
    moves: list[tuple[str, str]], came: str, other: str, same: bool, tmp_path: Path
) -> None:
    crawl = Watched(Teas, tmp_path, **NEVER)
    for old, new in moves:
        visited(crawl, old, new)
    visited(crawl, came)
    standby = crawl.extension.standby
    assert standby is not None
    assert standby.gave("parse_tea.dict", HOST + came)
    assert standby.gave("parse_tea.dict", HOST + other) is same
    crawl.close()


def shelf(number: int, address: str = "/tea/{}") -> str:
    rows = "".join(f"<li><a href='{address.format(n)}'>Tea {n}</a></li>" for n in range(10 * number, 10 * number + 5))
    return f"<html><body><h1>Shelf {number}</h1><ul>{rows}</ul></body></html>"


@pytest.mark.parametrize("whole", [True, False])
def test_links_to_things_that_came_otherwise_are_not_followed(whole: bool, tmp_path: Path) -> None:
    learned(Teas, tmp_path, {f"/shelf/{number}": shelf(number) for number in range(1, 9)})
    crawl = Watched(type("Broken", (Teas,), {"row": "h6"}), tmp_path, **NEVER)
    for number in (20, 21, 22):
        visited(crawl, f"/tea/{number}", f"/cup/{number}")
    visited(crawl, "/tea/10", html="" if whole else "<html><body><b>nothing is here</b></body></html>")
    found = [request.url for request in crawl.visit("/shelf/1", shelf(1, "/cup/{}"))]
    assert found == [f"{HOST}/cup/{number}" for number in range(11 if whole else 10, 15)]
    assert crawl.close().get("came_otherwise/parse_tea", 0) == int(whole)
