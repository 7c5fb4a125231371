"""Links of a site with few list pages: learned once there are no more of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.http import Response
from watch_tools import HOST, Watched, learned, teas

from learner.state.records import PageAnswer


class Shelves(Spider):
    name = "shelves"

    def parse(self, response: Response) -> Iterator[Any]:
        for link in response.css("li a"):
            yield response.follow(link, self.parse_tea)
        for link in response.css("a.next"):
            yield response.follow(link)

    def parse_tea(self, response: Response) -> Iterator[Any]:
        yield {"title": response.css("h1::text").get()}


def shelf(number: int, pages: int) -> str:
    rows = "".join(f"<li><a href='/tea/{n}'>Tea {n}</a></li>" for n in range(3 * number, 3 * number + 3))
    following = f"<a class=next href='/shelf?page={number + 1}'>more</a>" if number < pages else ""
    return f"<html><body><h1>Shelf</h1><ul>{rows}</ul>{following}</body></html>"


@pytest.mark.parametrize(
    ("crawls", "enough"),
    [
        ([(4, True)], False),  # there may be more
        ([(4, True), (4, True)], True),
        ([(4, True), (3, True)], True),
        ([(3, True), (4, True)], False),
        ([(3, True), (4, True), (4, True)], True),
        ([(4, True), (4, False)], False),  # was ended before its time
        ([(4, False), (4, True)], False),
        ([(2, True), (2, True)], True),
        ([(1, True), (1, True), (1, True)], False),
        ([(6, True)], True),
    ],
)
def test_links_of_few_pages_are_learned_once_there_are_no_more(
    crawls: list[tuple[int, bool]], enough: bool, tmp_path: Path
) -> None:
    for pages, whole in crawls:
        crawl = Watched(Shelves, tmp_path / "state")
        for number in range(1, pages + 1):
            crawl.visit(f"/shelf?page={number}", shelf(number, pages))
        standby = crawl.extension.standby
        assert standby is not None
        if whole:
            standby.conclude()
        asked = standby.learnable() and crawl.extension._has_enough(crawl.site)
        crawl.close()
    assert asked is enough


class Broken(Shelves):
    def parse(self, response: Response) -> Iterator[Any]:
        yield from ()


@pytest.mark.parametrize(("before", "enough"), [(4, True), (2, True), (1, False)])
def test_links_of_few_pages_are_learned_when_they_are_lost(before: int, enough: bool, tmp_path: Path) -> None:
    first = Watched(Shelves, tmp_path / "state")
    for _ in range(6):
        for number in range(1, before + 1):
            first.visit(f"/shelf?page={number}", shelf(number, before))
    first.close()
    crawl = Watched(Broken, tmp_path / "state")
    standby = crawl.extension.standby
    assert standby is not None
    crawl.visit("/shelf?page=1", "<html><body><h1>All is new here, and nothing is as it was</h1></body></html>")
    for expected in (enough, False):
        standby.conclude()
        assert (standby.learnable() and crawl.extension._has_enough(crawl.site)) is expected
    crawl.close()


@pytest.mark.parametrize(("found", "late"), [({"place": "Uji"}, 2), ({"name": "Assam"}, None)])
def test_what_a_repair_finds_after_the_items_have_gone_without_is_told(
    found: dict[str, str], late: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Teas(Spider):
        name = "teas"

        def parse(self, response: Response) -> Iterator[Any]:
            yield {"name": response.css("h1.t::text").get(), "place": response.css("i::text").get()}

    learned(Teas, tmp_path, teas())
    crawl = Watched(Teas, tmp_path, EVERGREEN_RETRAIN="never")
    urls = [f"{HOST}/tea/{number}" for number in (1, 2)]
    for url in urls:
        crawl.visit(url.removeprefix(HOST), "<html><body><h1 class=t>Assam</h1><p>Uji</p></body></html>")
    crawl.deliveries()
    assert crawl.extension.standby is not None
    for request in crawl.extension.standby.deliveries():
        crawl.requests.append(request)
        crawl.deliveries()
    told = [PageAnswer(url, datetime.now(UTC), 2, found, [], {}, "repaired") for url in [*urls, f"{HOST}/tea/7"]]
    monkeypatch.setattr(type(crawl.site.store.extractions), "answers", lambda *_: told)
    crawl.extension.standby.tell_doubted()
    assert crawl.crawler.stats is not None
    assert crawl.crawler.stats.get_value("evergreen/late/parse.dict/place") == late
    monkeypatch.undo()
    crawl.close()
