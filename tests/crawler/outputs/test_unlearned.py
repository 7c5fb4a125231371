"""What is said of templates that are not learned: who answers, and what would help."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from crawl_tools import Project
from scrapy import Spider
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response
from watch_tools import Watched, learned, tea, teas

from crawler.callbacks.shapes import wanted
from crawler.outputs.unlearned import unlearned
from learner.state.reports import NOT_LEARNED


class Teas(Spider):
    name = "teas"

    def parse(self, response: Response) -> Any:
        return [{"name": response.css("h1.t::text").get()}]


def crawled(state: Path, pages: int, times: int = 1) -> Watched:
    """A crawl of so many pages, the last of several."""
    for _ in range(times):
        crawl = Watched(Teas, state)
        for path, html in list(teas().items())[:pages]:
            crawl.visit(path, html)
        if times > 1:
            crawl.close()
    return Watched(Teas, state) if times > 1 else crawl


def said(crawl: Watched) -> str:
    crawl.site.run(crawl.extension.standby.save)  # type: ignore[union-attr]
    crawl.site.flush()
    (told,) = unlearned(crawl.site.store, "teas", wanted(crawl.site.store, "teas", 6)).values()
    return str(told)


@pytest.mark.parametrize(
    ("pages", "times", "told"),
    [
        (
            3,
            1,
            "the spider's own code answers; of different pages 3 are known, 6 are needed. Next: scrapy crawl",
        ),
        (
            3,
            3,
            "the spider's own code answers; of different pages 3 are known, 6 are needed. Next: scrapy crawl",
        ),
        (6, 1, "the spider's own code answers. Next: scrapy retrain teas"),
    ],
)
def test_what_is_missing_is_told(tmp_path: Path, pages: int, times: int, told: str) -> None:
    crawl = crawled(tmp_path, pages, times)
    assert said(crawl).startswith(told)
    crawl.close()


def test_why_it_could_not_be_learned_is_told_until_there_is_something_new(tmp_path: Path) -> None:
    crawl = crawled(tmp_path, 6)
    said(crawl)
    store = crawl.site.store
    newest = store.examples.newest("teas", "parse.dict")
    store.events.add("teas", "parse.dict", NOT_LEARNED, {"examples": newest, "reason": "they contradict each other"})
    assert "could not be learned: they contradict each other. Next: scrapy learn teas --examples" in said(crawl)
    crawl.visit("/tea/0", tea("Assam", 0))
    assert said(crawl).endswith("Next: scrapy retrain teas")
    crawl.close()


def test_what_is_learned_is_not_told_of(tmp_path: Path) -> None:
    learned(Teas, tmp_path, teas())
    crawl = Watched(Teas, tmp_path)
    assert unlearned(crawl.site.store, "teas", wanted(crawl.site.store, "teas", 6)) == {}
    crawl.close()


def test_status_and_report_tell_it(project: Project) -> None:
    crawled(project.state, 3, 3).close()
    told = project.call("status", "teas").out
    assert "not learned yet, the spider's own code answers; 9 pages, 9 pairs of 3 different pages\n" in told
    assert "    Of different pages 3 are known, 6 are needed. Next: scrapy crawl teas" in told
    kept = json.loads(project.call("status", "teas", "--json").out)["teas"]["parse.dict"]
    assert (kept["unlearned"]["answers"], kept["counts"]["example_pages"]) == ("the spider's own code", 3)
    path = project.path("teas.html")
    assert project.call("report", "teas", "-o", str(path)).code == 0
    assert "of different pages 3 are known, 6 are needed. Next: scrapy crawl teas" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("pages", "begun"), [(3, 0), (6, 1)])
def test_a_retrain_begins_only_where_there_are_enough_different_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: int, begun: int
) -> None:
    started: list[str] = []

    class Retrainer:
        running = False

        def __init__(self, site: str, *arguments: Any) -> None:
            self.start: Callable[[], None] = lambda: started.append(site)
            self.stop: Callable[[], None] = lambda: None

    monkeypatch.setattr("crawler.extension.Retrainer", Retrainer)
    crawled(tmp_path, pages, 3).close()
    crawl = crawled(tmp_path, pages)
    for _ in range(2):
        try:
            crawl.extension.spider_idle(crawl.spider)
        except DontCloseSpider:
            continue
    assert len(started) == begun
    crawl.close()
