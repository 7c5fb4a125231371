"""``scrapy rollback``: an earlier version answers again."""

from __future__ import annotations

import json

from crawl_tools import Project

from learner.state.store import Store

USAGE = 2


def test_rollback_needs_an_earlier_version(learned: Project) -> None:
    done = learned.call("rollback", "shop")
    assert done.code == USAGE
    assert "no earlier version" in done.err


def test_there_and_back(learned: Project) -> None:
    with Store.open(learned.state) as store:
        first = store.versions.live("shop", "product")
        assert first is not None
        store.versions.promote(store.versions.add("shop", "product", first.load(), first.id).id)
    done = learned.call("rollback", "shop", "--json")
    assert json.loads(done.out) == {"product": 1}
    assert done.code == 0
    again = learned.call("rollback", "shop", "--template", "product", "--to", "2")
    assert again.out == "shop/product: version 2 is live\n"
