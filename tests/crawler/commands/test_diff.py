"""``scrapy diff``: rules and values of two versions side by side."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from crawl_tools import SHOP, Project

from learner import Example, learn
from learner.state.records import NewPage
from learner.state.store import Store

USAGE = 2


@pytest.fixture
def redesigned(learned: Project) -> Project:
    """The shop with a second version of its product pages, learned from the second design, and pages of that."""
    shown = [page for page in SHOP.pages(2).values() if page.template == "product"][:6]
    examples = [Example(learned.server + page.path, page.html, page.item) for page in shown]
    now = datetime.now(UTC)
    with Store.open(learned.state) as store:
        store.pages.add(
            [NewPage("shop", "product", one.url, one.html.encode(), "text/html", 200, now) for one in examples]
        )
        store.versions.promote(store.versions.add("shop", "product", learn(examples[:3])).id)
    return learned


def test_both_versions_are_compared_on_pages_of_both_designs(redesigned: Project) -> None:
    done = redesigned.call("diff", "shop", "1", "2", "--json")
    assert done.code == 0, done.err
    product = json.loads(done.out)["product"]
    assert (product["old"]["state"], product["new"]["state"]) == ("retired", "live")
    assert product["pages"] == 20
    price = product["fields"]["price"]
    assert price["old_rules"][0]["weight"] > 0.5
    assert {rule["rule"] for rule in price["old_rules"]} != {rule["rule"] for rule in price["new_rules"]}
    assert price["only_old"] > 0
    assert price["only_new"] > 0
    one = next(entry for entry in price["differences"] if entry["old"] is None)
    assert one["new"] in {page.item["price"] for page in SHOP.pages(2).values() if page.item}
    assert one["new_confidence"] > 0.7


def test_people_see_two_columns(redesigned: Project) -> None:
    out = redesigned.call("diff", "shop", "1", "2", "--template", "product", "--pages", "4").out
    lines = out.splitlines()
    assert lines[0] == "shop/product, both read on 4 recorded pages"
    assert lines[1].startswith("version 1 (retired")
    assert " | version 2 (live" in lines[1]
    assert "only from version 1" in out
    assert "not known" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["shop", "1"], "a NEW is missing"),
        (["shop", "1", "first"], "'first' is no number"),
        (["shop", "1", "12"], "There is no version '12' in site shop"),
        (["shop", "1", "2", "--template", "list"], "There is no version '2' in shop/list"),
        (["shop", "1", "2", "--template", "prodct"], "Did you mean 'product'?"),
        (["shop", "1", "2", "--pages", "0"], "invalid positive value"),
        (["shpo", "1", "2"], "Did you mean 'shop'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_not_there(redesigned: Project, arguments: list[str], said: str) -> None:
    done = redesigned.call("diff", *arguments)
    assert said in done.all
    assert done.code == USAGE
