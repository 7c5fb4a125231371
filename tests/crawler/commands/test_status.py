"""``scrapy status``: what is learned, recorded and pending."""

from __future__ import annotations

import json

from crawl_tools import SHOP, Project


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
