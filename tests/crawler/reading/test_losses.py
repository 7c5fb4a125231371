"""Links that pages had before and do not show any more: asked for by memory, and drift only where something is lost."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections import Counter, deque
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest
from crawl_tools import RECORDS
from scrapy import Request
from scrapy.http import HtmlResponse

from crawler.options import Options
from crawler.reading.answers import Answers
from crawler.reading.live import LiveSite
from crawler.reading.losses import Losses
from crawler.spider import Template
from crawler.spiders.articles import ArticlesSpider
from crawler.spiders.fixture import FixtureSpider
from crawler.spiders.records import RecordsSpider
from learner import Example, learn
from learner.state.records import VISITS
from learner.state.store import Store

HOST = "http://register.example"
FIRST, SECOND, THIRD = (f"{HOST}/records/{query}" for query in ("", "?page=2", "?page=3"))
OLD, NEW = (
    {HOST + path: page.html.replace('href="/', f'href="{HOST}/') for path, page in RECORDS.pages(design).items()}
    for design in (1, 2)
)
NOTHING = "<html><body><h1>Court records</h1><p>There are no decisions on this page.</p></body></html>"


def last(html: str) -> str:
    """The page of the first design as if it were the last one."""
    without, count = re.subn('<a class="next".*?</a>', "", html)
    assert count == 1
    return re.sub(r'<a href="[^"]*page=\d">\d</a>', "", without)


class Crawl:
    """One crawl of the site whose lists are given; what is not there is answered with 404, which no spider sees."""

    def __init__(
        self,
        state: Path,
        pages: Mapping[str, str],
        mode: str = "learned",
        spider: type[FixtureSpider] = RecordsSpider,
        start: str = FIRST,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.spider = spider(start=start, mode=mode)
        self.site = LiveSite(spider.name, Options(state), lambda name, count=1: self.counts.update({name: count}))
        self.asked: list[str] = []
        self.items = 0
        answers = Answers(self.spider, self.site, self.site._count, lambda: False, 100)
        waiting = deque([self.spider.request(start, "list")])
        seen: set[str] = set()
        while waiting:
            request = waiting.popleft()
            if request.url in pages and request.url not in seen:
                seen.add(request.url)
                waiting += self._read(answers, request, pages[request.url])
            if not waiting:
                waiting += answers.by_memory()
                self.asked += [request.url for request in waiting]
        answers.conclude()
        asyncio.run(self.site.close())
        drifts = self.site.store.drifts.pending(spider.name)
        self.drift = {drift.template: drift.detail["fields"] for drift in drifts}
        self.site.store.close()

    def _read(self, answers: Answers, request: Request, html: str) -> list[Request]:
        response = HtmlResponse(request.url, body=html, encoding="utf-8", request=request)
        reading = asyncio.run(answers.read(response, "list"))
        if reading.reason:
            return []
        self.items += len(reading.items)
        return [*self.spider._links(reading), *answers.instead_of_lost_links(reading)]


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register crawled by its selectors; its items are learned in two designs, its links in the first alone."""
    state = tmp_path_factory.mktemp("register")
    assert Crawl(state, OLD, "teacher").items == 60
    with Store.open(state) as store:
        for design, pages in ((1, OLD), (2, NEW)):
            gold = zip(pages.items(), RECORDS.pages(design).values(), strict=True)
            extractor = learn([Example(url, html, items=page.items) for (url, html), page in gold])
            live = store.versions.live("records", "list")
            version = store.versions.add("records", "list", extractor)
            store.versions.promote(version.id, beside=[] if live is None else [live.id])
        links = learn(store.examples.best("records", "list-links"))
        store.versions.promote(store.versions.add("records", "list-links", links).id)
    return state


@pytest.fixture
def state(learned: Path, tmp_path: Path) -> Path:
    return shutil.copytree(learned, tmp_path / "state")


@pytest.mark.parametrize(
    ("pages", "asked", "lost", "drift", "items"),
    [
        (OLD, [], 0, {}, 60),
        (NEW, [SECOND, THIRD], 2, {"list-links": ["next"]}, 60),
        (OLD | {FIRST: NEW[FIRST]}, [SECOND], 1, {"list-links": ["next"]}, 60),
        (OLD | {SECOND: NEW[SECOND]}, [THIRD], 1, {"list-links": ["next"]}, 60),
        ({FIRST: last(OLD[FIRST])}, [SECOND], 0, {}, 20),
        ({FIRST: OLD[FIRST], SECOND: last(OLD[SECOND])}, [THIRD], 0, {}, 40),
        ({FIRST: OLD[FIRST], SECOND: last(OLD[SECOND]), THIRD: last(OLD[SECOND])}, [THIRD], 0, {}, 40),
        ({FIRST: OLD[FIRST], SECOND: last(OLD[SECOND]), THIRD: NOTHING}, [THIRD], 0, {}, 40),
    ],
    ids=[
        "as ever",
        "a new design",
        "the first page in a new design",
        "the second page in a new design",
        "only the first page is left",
        "one page less",
        "one page less, and behind it the last again",
        "one page less, and behind it an empty list",
    ],
)
def test_a_link_that_was_there_before(
    state: Path, pages: Mapping[str, str], asked: list[str], lost: int, drift: dict[str, list[str]], items: int
) -> None:
    crawl = Crawl(state, pages)
    assert crawl.asked == asked
    assert crawl.counts["lost_links/list-links/next"] == lost
    assert crawl.drift == drift
    assert crawl.items == items


@pytest.mark.parametrize(
    ("pages", "lost", "items"),
    [(OLD, 0, 60), (OLD | {FIRST: last(OLD[FIRST])}, 1, 60), ({FIRST: last(OLD[FIRST])}, 0, 20)],
    ids=["as ever", "the first page without its link", "only the first page is left"],
)
def test_a_link_that_the_teacher_misses(tmp_path: Path, pages: Mapping[str, str], lost: int, items: int) -> None:
    assert Crawl(tmp_path, OLD, "teacher").asked == []
    crawl = Crawl(tmp_path, pages, "teacher")
    assert (crawl.items, crawl.drift) == (items, {})
    assert crawl.counts["lost_links/list-links/next"] == crawl.counts["lost_links_not_learned"] == lost


def test_a_page_is_taken_at_its_word_in_the_end(state: Path) -> None:
    for _ in range(VISITS):
        assert Crawl(state, {FIRST: last(OLD[FIRST])}).asked == [SECOND]
    crawl = Crawl(state, {FIRST: last(OLD[FIRST])})
    assert (crawl.asked, crawl.drift) == ([], {})


@pytest.mark.parametrize(
    ("broken", "drift"),
    [
        ([], {}),
        ([THIRD], {"list": ["date", "docket", "download", "judge", "title"]}),
        ([FIRST, SECOND, THIRD], {"list": ["date", "docket", "download", "judge", "title"]}),
    ],
    ids=["none", "one", "all"],
)
def test_pages_that_were_read_before_and_give_nothing_are_drift_in_one_crawl(
    state: Path, broken: list[str], drift: dict[str, list[str]]
) -> None:
    third = {HOST + path: page.html for path, page in RECORDS.pages(3).items()}
    assert Crawl(state, OLD | {url: third[url] for url in broken}).drift == drift


def front(number: int) -> str:
    """A page of a list that only leads on; the third is the last."""
    links = "".join(f"<li><a href='{HOST}/articles/{number}{n}'>Article {number}{n}</a></li>" for n in range(4))
    more = f"<a class=more href='{HOST}/articles/?page={number + 1}'>More</a>" if number < 3 else ""
    return f"<html><body><h1>News</h1><ul class=list>{links}</ul>{more}<footer>Since 1999</footer></body></html>"


@pytest.mark.parametrize("shown", [[1], [2], [1, 2]], ids=["the first page", "the second", "both"])
def test_the_last_page_of_a_list_is_none_where_it_is_no_example(tmp_path: Path, shown: list[int]) -> None:
    """Only pages with a link to the next one were shown."""
    pages = {f"{HOST}/articles/" + (f"?page={n}" if n > 1 else ""): front(n) for n in (1, 2, 3)}
    urls = list(pages)
    taught = [
        Example(
            urls[n - 1],
            front(n),
            {"articles": [f"{HOST}/articles/{n}{k}" for k in range(4)], "next": urls[n]},
        )
        for n in shown
    ]
    with Store.open(tmp_path) as store:
        store.versions.promote(store.versions.add("articles", "list", learn(taught)).id)
    for _ in range(4):
        crawl = Crawl(tmp_path, pages, spider=ArticlesSpider, start=urls[0])
        assert (crawl.counts["pages"], crawl.counts["complete"], crawl.drift) == (3, 3, {})


class ThingsSpider(FixtureSpider):
    name = "things"
    start_template = "list"
    templates: ClassVar = {"list": Template(fields=("title", "maker", "size", "weight"))}


def thing(**item: str) -> str:
    return f"<html><body>{''.join(f'<p class={name}>{value}</p>' for name, value in item.items())}</body></html>"


@pytest.mark.parametrize("had", [False, True])
def test_half_of_a_page_is_lost_where_it_was_there_before(tmp_path: Path, had: bool) -> None:
    whole = {"title": "Red chair", "maker": "Ann & Sons", "size": "12 cm", "weight": "3 kg"}
    half = thing(title="Blue lamp", maker="Hill Ltd.")
    with Store.open(tmp_path) as store:
        extractor = learn([Example(f"{HOST}/things/9", thing(**whole), whole)])
        store.versions.promote(store.versions.add("things", "list", extractor).id)
    visits = [thing(**whole) if had else half, half, half]
    crawls = [Crawl(tmp_path, {FIRST: html}, spider=ThingsSpider) for html in visits]
    assert bool(crawls[-1].drift) == had


def test_what_has_moved_is_not_asked_for_under_both_addresses(tmp_path: Path) -> None:
    site = LiveSite("records", Options(tmp_path), lambda *_: None)
    losses = Losses(site, (), lambda *_: None, 10)
    losses.miss("list", "next", "list", [SECOND, THIRD], datetime.now(UTC))
    losses.recall(f"{HOST}/decisions/2", SECOND)
    assert list(losses.by_memory()) == [(THIRD, "list")]
    asyncio.run(site.close())
    site.store.close()
