"""Links of two kinds that lead to one callback: those that learned code does not find are followed by memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from watch_tools import HOST, Watched, learned

from crawler.reading.live import Live, Read
from crawler.verdict import DRIFT, FINE, verdict
from learner.retraining import retraining

NEVER = {"EVERGREEN_RETRAIN": "never"}


def address(week: int, part: int = 1) -> str:
    return f"/calendar?week={week}&page={part}"


def page(week: int, part: int, design: int = 1) -> str:
    """A page of one of six weeks, each of two pages, with three concerts."""
    concerts = "".join(f"<li><a href='/concert/{week}{part}{n}'>{n}</a></li>" for n in range(3))
    links = [("next", address(week, 2))] * (part < 2) + [("next-week", address(week + 1))] * (week < 25)
    anchors = "".join(f"<a class={name} href='{link}'>{name}</a>" for name, link in links)
    tag = "ul" if design == 1 else "ol"
    return f"<html><body><h1>Week {week}</h1><{tag}>{concerts}</{tag}><p class=x{design}>{anchors}</p></body></html>"


PAGES = {address(week, part): page(week, part) for week in range(20, 26) for part in (1, 2)}
FIRST, REST, NEXT = address(20), address(20, 2), address(21)


class Weeks(Spider):
    name = "weeks"
    pager = "p"

    def parse(self, response: Response) -> Iterator[Any]:
        for link in response.css("ul a" if self.pager == "p" else "h6 a"):
            yield response.follow(link, self.parse_concert)
        for link in response.css(f"{self.pager} a.next, {self.pager} a.next-week"):
            yield response.follow(link)

    def parse_concert(self, response: Response) -> Iterator[Any]:
        yield {"title": response.css("h1::text").get()}


BROKEN = type("Weeks", (Weeks,), {"pager": "h6"})


def lists(requests: list[Any]) -> set[str]:
    urls = (one.url.removeprefix(HOST) for one in requests if isinstance(one, Request))
    return {url for url in urls if url.startswith("/calendar")}


def ended(crawl: Watched) -> tuple[dict[str, Any], int]:
    standby = crawl.extension.standby
    assert standby is not None
    standby.conclude()
    assert crawl.crawler.stats is not None
    crawl.crawler.stats.set_value("response_received_count", 1)
    counted = crawl.close()
    return counted, verdict(crawl.crawler, lambda sentence: None)


def one_kind(crawl: Watched) -> None:
    """Let learned code find the next week alone."""
    read = crawl.site.extract_now

    def said(response: Response, live: Live) -> Read:
        one = read(response, live)
        links = one.extraction.item.get("parse")
        if live is not crawl.site.get("parse-links") or not isinstance(links, list):
            return one
        return replace(one, extraction=replace(one.extraction, item={**one.extraction.item, "parse": links[-1:]}))

    crawl.site.extract_now = said  # type: ignore[method-assign]


@pytest.mark.parametrize(("partly", "code"), [(False, FINE), (True, DRIFT)], ids=["both kinds", "one kind"])
def test_known_links_of_a_kind_that_learned_code_does_not_find(partly: bool, code: int, tmp_path: Path) -> None:
    learned(Weeks, tmp_path, PAGES)
    for _ in range(2):
        crawl = Watched(BROKEN, tmp_path, **NEVER)
        if partly:
            one_kind(crawl)
        found = crawl.visit(FIRST, page(20, 1))
        assert lists(found) == {REST, NEXT}
        for path in (REST, NEXT):
            crawl.visit(path, PAGES[path], Request(HOST + path))
        counted, ends = ended(crawl)
        assert (counted.get("known_links/parse", 0) > 0) is partly
        assert (counted.get("lost_links_not_healed/parse-links/parse", 0) > 0) is partly
        assert ends == code


def test_links_that_are_not_learned_are_told_and_followed_by_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(retraining, "_wrong_fields", lambda checked: {"parse"} & checked.fields.keys())
    learned(Weeks, tmp_path, PAGES)
    again = Watched(Weeks, tmp_path, **NEVER)
    for path, html in PAGES.items():
        again.visit(path, html)
    assert ended(again)[1] == FINE
    assert "parse-links: links for parse are not learned" in caplog.text
    crawl = Watched(BROKEN, tmp_path, **NEVER)
    found = crawl.visit(FIRST, page(20, 1, design=2))
    assert lists(found) == {REST, NEXT}
    for path in (REST, NEXT):
        crawl.visit(path, PAGES[path].replace("<h1>", "<h1>New: "), Request(HOST + path))
    counted, ends = ended(crawl)
    assert counted["lost_links_not_healed/parse-links/parse"] > 0
    assert ends == DRIFT
