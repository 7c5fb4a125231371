"""A project that somebody else wrote, with one line added: its spiders go on after a redesign that kills all selectors.

``tests/foreign_project`` has a CrawlSpider with rules and an ItemLoader (catalogue), and a spider with pagination whose
items are put together over two requests (press).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from crawl_tools import ROOT, Done, Project, processes, stats, watched

from fixtures import Site
from fixtures.hosts import SiteHost
from fixtures.server import running

FOREIGN = ROOT / "tests/foreign_project"
SITES = {"catalogue": "shop", "press": "articles"}


class ForeignProject(Project):
    """The foreign project, its fixture sites, and a state folder."""

    def crawl(self, spider: str, *arguments: str, **more: str) -> Done:
        """The spider's crawl to its end; its items are in ``items.jsonl``."""
        self.path("items.jsonl").unlink(missing_ok=True)
        given = ["-a", f"site={self.server}", "-O", str(self.path("items.jsonl")), *arguments]
        done = subprocess.run(
            [sys.executable, "-m", "scrapy", "crawl", spider, *given],
            cwd=FOREIGN,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=600,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def exported(self) -> list[dict[str, Any]]:
        """The items, in an order of their own."""
        lines = self.path("items.jsonl").read_text(encoding="utf-8").splitlines()
        return sorted(map(json.loads, lines), key=lambda item: json.dumps(item, sort_keys=True))


@pytest.fixture(scope="module")
def sites() -> Iterator[str]:
    with running(SiteHost({"shop": Site("shop", size=24), "articles": Site("articles", size=50)})) as server:
        yield server.url


@pytest.fixture
def foreign(sites: str, tmp_path: Path) -> ForeignProject:
    project = ForeignProject(sites, tmp_path)
    for site in SITES.values():
        project.switch(site=site, design=1)
    return project


def test_the_project_says_nothing_of_evergreen_but_one_line() -> None:
    lines = [line for path in FOREIGN.rglob("*.py") for line in path.read_text().splitlines()]
    assert [line for line in lines if "crawler" in line or "vergreen" in line.lower()] == [
        'ADDONS = {"crawler.addon.Evergreen": 500}'
    ]


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("spider", "all_filled"),
    [("catalogue", "filled/parse_product.ProductItem/sku"), ("press", "filled_items/parse_story.Story")],
)
def test_items_are_the_same_after_a_redesign(foreign: ForeignProject, spider: str, all_filled: str) -> None:
    few = ("-s", "EVERGREEN_EXAMPLES=4")
    before = foreign.crawl(spider, *few)
    assert before.code == 0, before.err[-3000:]
    items = foreign.exported()
    assert stats(before.err)["first_versions"] >= 1
    assert not any(name.startswith("filled") for name in stats(before.err))

    foreign.switch(site=SITES[spider], design=2)
    after = foreign.crawl(spider, *few, **watched(foreign))
    assert after.code == 0, after.err[-3000:]
    assert foreign.exported() == items
    assert stats(after.err)["drift_pending"] == 0
    # The spider's own selectors are dead: no item has such a value from it.
    assert stats(after.err)[all_filled] == len(items)
    started = processes(foreign)
    crawl = next(pid for pid, _, command in started if "crawl" in command.split())
    assert crawl not in {pid for pid, what, _ in started if what == "torch"}
