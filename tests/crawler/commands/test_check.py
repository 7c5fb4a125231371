"""``scrapy check``: contracts of spiders made of templates; nothing of it is recorded."""

from __future__ import annotations

from pathlib import Path

from crawl_tools import Project, product

SPIDER = '''
from crawler.spiders.shop import ShopSpider


class Checked(ShopSpider):
    name = "shop"

    async def parse(self, response, template=""):
        """Learned code answers.

        @url {url}
        @cb_kwargs {{"template": "product"}}
        @returns items 1 1
        @scrapes title price sku
        """
        async for result in super().parse(response, template):
            yield result

    def teach_product(self, response):
        """The hand-written selectors.

        @url {url}
        @scrapes {fields}
        """
        return super().teach_product(response)
'''


def check(project: Project, folder: Path, fields: str) -> tuple[int, str]:
    url, _ = product(project)
    (folder / "checked.py").write_text(SPIDER.format(url=url, fields=fields))
    done = project.run("check", "shop", "-s", "SPIDER_MODULES=checked", PYTHONPATH=str(folder))
    return done.code, done.all


def test_contracts_of_callbacks_and_teachers(learned: Project) -> None:
    before = learned.call("status", "--json").out
    code, out = check(learned, learned.folder, "title price")
    assert code == 0, out
    assert "OK" in out
    assert "Ran 3 contracts" in out
    assert "shop/product, version 1 (live)" in out
    assert learned.call("status", "--json").out == before
    code, out = check(learned, learned.folder, "title weight")
    assert code == 1
    assert "weight" in out


def test_a_spider_that_is_not_there(project: Project) -> None:
    done = project.run("check", "shpo")
    assert done.code == 2
    assert "Did you mean 'shop'?" in done.err
