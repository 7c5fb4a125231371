"""Far fewer items or pages than usual: judged by the crawls before, and told to everybody who listens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from crawl_tools import Project, stats
from scrapy import Spider
from scrapy.http import Response
from test_webhook import hook
from watch_tools import Watched, tea

from crawler.spiders.records import RecordsSpider
from crawler.volume import CRAWLED, LEAST, asked_for, brought, counted, judge, last_judged
from learner.state.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        yield opened


def told(store: Store, *crawls: int, asked: str = "all", share: float = 0.5) -> list[bool]:
    """Of each crawl of a series, by its number of items, whether that was far fewer than usual."""
    return [bool(judge(store, "shop", asked, {"items": count}, share)) for count in crawls]


@pytest.mark.parametrize(
    ("crawls", "expected"),
    [
        ((60, 60, 20), []),
        ((60, 60, 60, 60, 31, 30, 29), [6]),
        ((60, 60, 60, 20, 20), [3, 4]),
        ((60, 60, 60, 0, 60, 0), [3, 5]),
        ((60, 20, 60, 60, 60, 20), []),
        ((5, 50, 48, 60, 12), []),
        ((60, 60, 60, *(20,) * 9), [3, 4, 5]),
        ((20, 20, 20, 60, 60, 60, 60), []),
        ((0, 0, 0, 0), []),
        ((60, 60, 60, 0, 0, 0, 0, 0, 20, 0), [3, 4, 5, 6, 7, 8, 9]),
    ],
    ids=[
        "not known yet what is usual",
        "the limit",
        "one that was wanting is no excuse for the next",
        "nothing",
        "as few as there were before it was known",
        "it varies",
        "a smaller site is usual in the end",
        "more",
        "never any",
        "days on which nothing came make nothing usual",
    ],
)
def test_what_is_far_fewer_than_usual(store: Store, crawls: tuple[int, ...], expected: list[int]) -> None:
    assert [number for number, fewer in enumerate(told(store, *crawls)) if fewer] == expected


@pytest.mark.parametrize(
    ("pages", "came", "known", "expected"),
    [
        (20, 35, 77, ["35 items of known pages of course, usually 77"]),
        (20, 39, 77, []),
        (2, 3, 77, []),
    ],
    ids=["one of each page", "the limit", "two pages"],
)
def test_known_lists_that_give_far_fewer_items(
    store: Store, pages: int, came: int, known: int, expected: list[str]
) -> None:
    fewer = judge(store, "shop", "all", {"items": came}, 0.5, lists={"course": (pages, came, known)})
    assert [str(one) for one in fewer] == [str(one) for one in last_judged(store, "shop")] == expected
    assert all(one.what == "items/course" and one.concerns("course") for one in fewer)


def test_lists_stay_wanting_until_so_few_are_usual(store: Store) -> None:
    crawls = [(20, 35, 77), *[(0, 35, 35)] * 10, (20, 10, 35), (0, 60, 10), (0, 10, 10)]
    fewer = [judge(store, "shop", "all", {"items": crawl[1]}, 0.5, lists={"course": crawl}) for crawl in crawls]
    listed = [[one.usual for one in told if one.what == "items/course"] for told in fewer]
    assert listed == [*[[77]] * 9, [], [], [35], [], []]


def test_crawls_that_were_asked_for_something_else_are_not_compared(store: Store) -> None:
    assert told(store, *[60] * LEAST) == [False] * LEAST
    assert told(store, 1, asked="one page") == [False]
    assert told(store, 1) == [True]
    assert [str(one) for one in last_judged(store, "shop")] == ["1 items, usually 60"]


@pytest.mark.parametrize(("crawls", "expected"), [((), 0), ((0,), 0), ((5,), 5), ((5, 7, 0, 0), 7)])
def test_what_the_last_crawl_brought_that_brought_any(store: Store, crawls: tuple[int, ...], expected: int) -> None:
    told(store, *crawls)
    told(store, 90, asked="something else")
    assert brought(store, "shop", "all") == expected


def test_that_no_item_came_is_told_of_a_watched_spider_that_gave_some(tmp_path: Path) -> None:
    class Teas(Spider):
        name = "teas"

        def parse(self, response: Response) -> Any:
            return [{"name": name} for name in response.css("h1.t::text").getall()]

    page, told = tea("Assam", 1), []
    for html, items in ((page, 0), (page, 1), (page, 1), (page.replace("<h1 class=t>", "<h1>"), 0)):
        crawl = Watched(Teas, tmp_path)
        crawl.visit("/tea/1", html)
        assert crawl.crawler.stats is not None
        crawl.crawler.stats.set_value("item_scraped_count", items)
        told.append(crawl.close().get("items_before"))
    assert told == [None, None, None, 1]


def test_a_crawl_that_asked_for_known_pages_is_no_measure(store: Store) -> None:
    assert told(store, 60, 60, 60) == [False] * 3
    for _ in range(9):
        assert judge(store, "shop", "all", {"items": 200}, 0.5, usual=False) == []
    assert told(store, 60, 29) == [False, True]


def test_crawls_that_asked_for_known_pages_are_a_measure_where_there_are_few_others(store: Store) -> None:
    """Two crawls, a redesign that is healed, and a healed list of which only the first page is read."""
    assert told(store, 25, 26) == [False] * 2
    healed = [bool(judge(store, "shop", "all", {"items": count}, 0.5, usual=False)) for count in (0, 27, 28, 0)]
    assert healed == [False, False, False, True]
    assert told(store, 10, 10, 10) == [True, True, False]


def test_it_can_be_switched_off(store: Store) -> None:
    assert told(store, 60, 60, 60, 0, share=0.0) == [False] * 4


def test_what_is_counted() -> None:
    shown = {"item_scraped_count": 60, "evergreen/pages": 3, "evergreen/pages/list": 3, "evergreen/learned": 6}
    assert counted(shown) == {"items": 60, "pages/list": 3}
    assert counted({"item_scraped_count": 60, "evergreen/earlier_items": 2}) == {"items": 58}
    assert counted({"item_scraped_count": 1, "evergreen/earlier_items": 2}) == {"items": 0}
    assert counted({}) == {"items": 0}


@pytest.mark.parametrize(
    ("arguments", "same"),
    [({}, True), ({"mode": "learned"}, True), ({"_job": "1"}, True), ({"start": "http://a.example/b"}, False)],
)
def test_what_a_spider_is_asked_for(arguments: dict[str, Any], same: bool) -> None:
    plain = RecordsSpider(start="http://a.example/")
    assert (asked_for(RecordsSpider(**{"start": "http://a.example/", **arguments})) == asked_for(plain)) == same


def test_arguments_of_any_spider() -> None:
    name = SimpleNamespace(name="a", start_urls=["http://a.example/"])
    assert asked_for(name) != asked_for(SimpleNamespace(**vars(name), category="tea"))  # type: ignore[arg-type]


def test_a_crawl_that_brings_far_fewer_wakes_somebody(learned: Project) -> None:
    asked = asked_for(RecordsSpider(start=f"{learned.server}/records/"))
    with Store.open(learned.state) as store:
        assert store.events.newest("records", kind=CRAWLED, limit=1)[0].detail["asked"] == asked
        for _ in range(9):
            judge(store, "records", asked, {"items": 180, "pages/list": 9}, 0.5)
    with hook() as server:
        crawl = ("crawl", "records", "-s", f"EVERGREEN_WEBHOOK={server.url}")
        done = learned.run(*crawl)
        assert learned.run(*crawl, "--nolog").code == 3
        off = learned.run(*crawl, "--nolog", "-s", "EVERGREEN_LEAST_SHARE=0")
    assert done.code == 3, done.err[-3000:]
    assert (stats(done.err)["fewer/items"], stats(done.err)["fewer/pages/list"]) == (0.3333, 0.3333)
    assert "far fewer than usual: 60 items, usually 180; 3 pages of list, usually 9" in done.err
    assert off.code == 0
    ((_, message),) = server.taken
    assert (message["fewer"], message["drifting"]) == ({"items": 0.3333, "pages/list": 0.3333}, [])
    assert "THE LAST CRAWL BROUGHT FAR FEWER THAN USUAL: 60 items, usually 180" in learned.call("status").out
