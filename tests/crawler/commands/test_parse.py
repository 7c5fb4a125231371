"""``scrapy parse``: one page through its spider, with the version that answered; nothing of it is recorded."""

from __future__ import annotations

import pytest
from crawl_tools import Project, product

USAGE = 2


def test_a_known_page_is_parsed_as_what_it_is(learned: Project) -> None:
    before = learned.call("status", "--json").out
    url, item = product(learned)
    done = learned.run("parse", url, "--spider", "shop", "--nolog", "--nocolour")
    assert done.code == 0, done.err
    for value in item.values():
        assert repr(value) in done.out
    assert "'version': 1" in done.out
    assert "shop/product, version 1 (live)" in done.out
    assert "complete: 1" in done.out
    assert learned.call("status", "--json").out == before


def test_the_kind_of_a_page_can_be_named(learned: Project) -> None:
    url, _ = product(learned)
    done = learned.run("parse", url + "?new", "--spider", "shop", "--template", "list", "--nolog", "--nocolour")
    assert "# Scraped Items  ------------------------------------------------------------\n[]" in done.out
    assert "complete: 1" not in done.out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--spider", "shpo"], USAGE, "Did you mean 'shop'?"),
        (["--spider", "shop", "--template", "prodct"], USAGE, "Did you mean 'product'?"),
        (["--spider", "shop", "-s", "RETRY_ENABLED=False"], 1, ""),
    ],
    ids=["spider", "template", "no answer"],
)
def test_what_can_not_be(project: Project, arguments: list[str], code: int, said: str) -> None:
    done = project.run("parse", "http://127.0.0.1:9/x", *arguments, "--nolog")
    assert said in done.err
    assert "Traceback" not in done.all
    assert done.code == code
