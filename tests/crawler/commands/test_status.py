"""``scrapy status``: what is learned, recorded and pending."""

from __future__ import annotations

import json

import pytest
from crawl_tools import SHOP, Project

from crawler.volume import CRAWLED, judge
from learner.state.store import Store


def test_status_tells_versions_and_counts(learned: Project) -> None:
    done = learned.call("status", "shop", "--json")
    assert done.code == 0
    product = json.loads(done.out)["shop"]["product"]
    assert product["live"] == 1
    assert product["drift"] is None
    assert product["counts"]["pages"] == product["counts"]["examples"] == 32
    assert set(product["fields"]) == set(SHOP.fields["product"])
    text = learned.call("status").out
    assert "version 1 live" in text
    assert "records" in text


@pytest.mark.parametrize(
    ("last", "listed", "product"),
    [
        ({"items": 60, "pages/list": 9, "pages/product": 60}, {}, {}),
        ({"items": 60, "pages/list": 3, "pages/product": 60}, {"pages/list": 0.3333}, {}),
        (
            {"items": 20, "pages/list": 9, "pages/product": 15},
            {"items": 0.3333},
            {"items": 0.3333, "pages/product": 0.25},
        ),
    ],
    ids=["as usual", "pages of one template", "items are the site's"],
)
def test_status_tells_what_came_far_fewer_times_than_usual(
    learned: Project, last: dict[str, int], listed: dict[str, float], product: dict[str, float]
) -> None:
    with Store.open(learned.state) as store:
        for counts in (*[{"items": 60, "pages/list": 9, "pages/product": 60}] * 3, last):
            judge(store, "shop", str(last), counts, 0.5)
    told = json.loads(learned.call("status", "shop", "--json").out)["shop"]
    assert (told["list"]["fewer"], told["product"]["fewer"]) == (listed, product)


def test_status_tells_what_came_far_more_times_since_a_heal(learned: Project) -> None:
    with Store.open(learned.state) as store:
        more = {"more": [{"what": "items/list", "count": 91, "usual": 50}]}
        store.events.add("shop", "", CRAWLED, {"asked": "all", "counts": {}, "fewer": [], **more})
    told = json.loads(learned.call("status", "shop", "--json").out)["shop"]
    assert (told["list"]["more"], told["product"]["more"]) == ({"items/list": 1.82}, {})
    said = "FAR MORE THAN USUAL: 91 items of known pages of list, usually 50. Look at its items."
    assert said in learned.call("status", "shop").out
