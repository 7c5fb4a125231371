"""Learned code as page objects, in real crawls of a project with scrapy-poet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from crawl_tools import SHOP, Project, stats

from crawler.demo import grade, read_items
from learner.state.store import Store

SPIDER = """
from dataclasses import dataclass, field
import os

from scrapy import Request, Spider

from crawler.poet import LearnedPage


@dataclass
class Product:
    url: str = ""
    title: str | None = None
    price: str | None = None
    old_price: str | None = None
    sku: str | None = None
    brand: str | None = None
    description: str | None = None
    rating: str | None = None
    image: str | None = None
    in_stock: str | None = None
    features: list = field(default_factory=list)


class ListPage(LearnedPage):
    site, template = "shop", "list"


class ProductPage(LearnedPage[Product]):
    site, template = "shop", "product"


class Unknown(LearnedPage):
    site, template = "shop", os.environ.get("TEMPLATE", "")


class Shop(Spider):
    name = os.environ.get("SPIDER", "tea")
    start_urls = [os.environ["EVERGREEN_FIXTURES"] + "/shop/"]

    async def parse(self, response, page: ListPage):
        links = await page.to_item()
        assert type(links) is dict
        if os.environ.get("TEMPLATE"):
            yield Request(response.url, self.parse_unknown, dont_filter=True)
            return
        for link in links.get("products", ()):
            yield response.follow(link, self.parse_product)
        if "next" in links:
            yield response.follow(links["next"], self.parse)

    async def parse_product(self, response, page: ProductPage):
        item = await page.to_item()
        assert (await page.extraction()).confidence.keys() <= vars(item).keys()
        item.url = response.url
        yield item

    async def parse_unknown(self, response, page: Unknown):
        yield await page.to_item()
"""
SETTINGS = """
BOT_NAME = "tea"
SPIDER_MODULES = ["tea.spiders"]
ADDONS = {"scrapy_poet.Addon": 300, "crawler.addon.Evergreen": 500}
COMMANDS_MODULE = "crawler.commands"
"""


@pytest.fixture
def tea(tmp_path: Path) -> Path:
    """A project whose spider has no selectors, only page objects."""
    folder = tmp_path / "project"
    (folder / "tea" / "spiders").mkdir(parents=True)
    (folder / "scrapy.cfg").write_text("[settings]\ndefault = tea.settings\n")
    (folder / "tea" / "__init__.py").write_text("")
    (folder / "tea" / "spiders" / "__init__.py").write_text("")
    (folder / "tea" / "settings.py").write_text(SETTINGS)
    (folder / "tea" / "spiders" / "tea.py").write_text(SPIDER)
    return folder


def items(path: Path) -> list[dict[str, Any]]:
    return [{name: value for name, value in item.items() if value not in (None, [])} for item in read_items(path)]


def test_the_live_version_answers_and_is_watched(learned: Project, tea: Path, tmp_path: Path) -> None:
    done = learned.run_in(tea, "crawl", "tea", "-O", str(tmp_path / "items.jsonl"))
    assert done.code == 0, done.err[-4000:]
    assert grade(SHOP, 1, learned.server, items(tmp_path / "items.jsonl")).share > 0.98
    counted = stats(done.err)
    assert counted["pages/product"] == 32
    assert counted["recorded_extractions"] == counted["learned"] == counted["pages"]
    learned.switch(site="shop", design=2)
    after = learned.run_in(tea, "crawl", "tea")
    assert (after.code, stats(after.err)["drift_pending"]) == (1, 0)  # one page, which is not drift yet
    with Store.open(learned.state) as store:
        assert store.counts("shop", "list")["failed"] == 1
        assert "tea" not in store.sites()  # what learned code said teaches nothing


def test_a_spider_of_the_sites_own_name_shares_its_record(learned: Project, tea: Path) -> None:
    done = learned.run_in(tea, "crawl", "shop", SPIDER="shop")
    assert done.code == 0, done.err[-4000:]
    counted = stats(done.err)
    assert counted["coverage/product/title"] == 1
    assert counted["recorded_extractions"] == counted["pages"]


def test_a_template_that_is_not_learned(learned: Project, tea: Path) -> None:
    done = learned.run_in(tea, "crawl", "tea", TEMPLATE="produkt")
    assert "There is no template 'produkt' in site shop. Did you mean 'product'?" in done.err
