"""What only some pages have is no drift where others lack it, and is drift where no page has it any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.http import Response
from watch_tools import TEAS, Watched, learned, tea

from crawler.callbacks.shapes import Kind, Shape
from crawler.standby.absence import Absence


@pytest.mark.parametrize(
    ("pages", "giving", "lacking", "gave", "judged"),
    [
        (24, 8, 20, False, 0),
        (24, 18, 20, False, 20),
        (24, 18, 20, True, 0),
        (24, 18, 4, False, 0),
        (24, 18, 300, False, 100),
        (24, 24, 1, False, 1),
        (0, 0, 20, False, 0),
    ],
)
@pytest.mark.parametrize("late", [False, True])
def test_pages_are_judged_where_the_crawl_has_none_that_gives(
    pages: int, giving: int, lacking: int, gave: bool, judged: int, late: bool
) -> None:
    absence = Absence({"parse.dict": Shape("parse", Kind.ITEMS, pages=pages, giving=giving)})
    told: list[int] = []
    for number in range(lacking):
        if gave and number == (lacking - 1 if late else 0):
            absence.gave("parse.dict")
        absence.lacks("parse.dict", lambda number=number: told.append(number))  # type: ignore[misc]
    absence.conclude()
    absence.conclude()
    assert told == list(range(judged))


class Some(Spider):
    """Of its pages some have a link to a next one, and some are no teas, or are left out."""

    name = "some"
    handed = "Leaf"

    def parse(self, response: Response) -> Iterator[Any]:
        if response.css("h1.t"):
            yield {"name": response.css("h1.t::text").get(), "price": response.css("p.p::text").get()}
        for link in response.css("a.next"):
            yield response.follow(link, self.parse, cb_kwargs={"sort": self.handed})


def page(number: int, teas: bool, follows: bool) -> str:
    made = tea(TEAS[number % 10], number % 10)
    if not teas:
        made = "<html><body><nav><a href=/>Teas</a></nav><h2>About us</h2><p>We like tea.</p></body></html>"
    return made.replace("</body>", f"<b>Leaf:</b> loose <a class=next href=/tea/{number}/2>more</a></body>" * follows)


def pages(start: int, teas: bool = True, follows: bool = True) -> Mapping[str, str]:
    """Of every three pages two are teas, and every other one leads on, unless that is so no more."""
    return {f"/p/{n}": page(n, teas and n % 3 < 2, follows and n % 2 == 0) for n in range(start, start + 18)}


def crawled(state: Path, shown: Mapping[str, str]) -> dict[str, Any]:
    crawl = Watched(Some, state, EVERGREEN_RETRAIN="never")
    for path, html in shown.items():
        crawl.visit(path, html)
    crawl.extension.spider_idle(crawl.spider)
    return crawl.close()


@pytest.mark.parametrize("start", [0, 100], ids=["the same pages", "other pages"])
def test_an_unchanged_site_drifts_never(start: int, tmp_path: Path) -> None:
    learned(Some, tmp_path, pages(0))
    for _ in range(3):
        counted = crawled(tmp_path, pages(start))
        assert not [name for name in counted if name.startswith(("drift_raised", "not_vouched_for", "filled", "lost"))]
        assert counted["drift_pending"] == 0
        shares = {name: share for name, share in counted.items() if name.startswith("coverage/")}
        assert shares.keys() == {"coverage/parse.dict/name", "coverage/parse.dict/price", "coverage/parse-links/parse"}
        assert set(shares.values()) == {1.0}


@pytest.mark.parametrize("start", [0, 100], ids=["the same pages", "other pages"])
def test_what_no_page_has_any_more_has_drifted(start: int, tmp_path: Path) -> None:
    learned(Some, tmp_path, pages(0))
    assert crawled(tmp_path, pages(start, teas=False, follows=False))["drift_raised"] >= 1


class Kettles(Spider):
    """It gives a kettle on some pages of its callback, and cups on all."""

    name = "kettles"
    first = 10
    cup, kettle = "li::text", "h1::text"
    gives = True

    def parse(self, response: Response) -> Iterator[Any]:
        number = int(response.url.rpartition("/")[2])
        if number < self.first and self.gives:
            yield Kettle(response.css(self.kettle).get(), response.css("b::text").get())
        for cup in response.css(self.cup).getall():
            yield Cup(cup)


@dataclass
class Kettle:
    name: str | None
    price: str | None


@dataclass
class Cup:
    name: str


def kettle(number: int) -> str:
    cups = "".join(f"<li>Cup of {name} {number}</li>" for name in TEAS[: 2 + number % 2])
    return f"<html><body><h1>Kettle No. {number}</h1><p><b>£{number}.50</b></p><ul>{cups}</ul></body></html>"


KNOWN, NEW = range(16), range(20, 24)


def kettles(state: Path, numbers: Sequence[int], **changed: Any) -> tuple[list[str], dict[str, Any]]:
    """The kettles that a crawl of these pages gives, and its statistics."""
    crawl = Watched(type("Kettles", (Kettles,), changed), state, EVERGREEN_RETRAIN="never")
    found = [one for number in numbers for one in crawl.visit(f"/{number}", kettle(number))]
    crawl.extension.spider_idle(crawl.spider)
    found += crawl.deliveries()
    return [str(one.name) for one in found if isinstance(one, Kettle)], crawl.close()


@pytest.mark.parametrize(
    ("taught", "first", "crawled", "changed", "given"),
    [
        (KNOWN, 10, KNOWN, {}, range(10)),
        (KNOWN, 10, [*NEW, *KNOWN], {}, range(10)),
        (KNOWN, 16, [*KNOWN, *NEW], {}, KNOWN),
        (KNOWN, 16, KNOWN, {"gives": False}, KNOWN),
        (KNOWN, 16, NEW, {"gives": False, "first": 30}, NEW),
        (KNOWN, 16, [*KNOWN, *NEW], {"cup": "h6"}, [*KNOWN, *NEW]),
    ],
    ids=[
        "some pages never have one",
        "new pages first",
        "the first page without",
        "lost on all pages",
        "lost on new pages",
        "what others need is lost, too",
    ],
)
def test_an_item_is_built_only_where_the_callback_gave_one_always(
    taught: Sequence[int],
    first: int,
    crawled: Sequence[int],
    changed: Mapping[str, Any],
    given: Sequence[int],
    tmp_path: Path,
) -> None:
    pages = {f"/{number}": kettle(number) for number in taught}
    learned(type("Kettles", (Kettles,), {"first": first}), tmp_path, pages)
    for _ in range(2):
        found, counted = kettles(tmp_path, crawled, **{"first": first, **changed})
        assert sorted(found) == sorted(f"Kettle No. {number}" for number in given)
        assert counted["drift_pending"] == 0
