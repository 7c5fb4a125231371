"""``scrapy retrain``: the job over all sites."""

from __future__ import annotations

import json

from crawl_tools import Project


def test_retrain_does_nothing_when_nothing_drifted(learned: Project) -> None:
    done = learned.call("retrain")
    assert done.code == 0
    assert "shop: nothing to do" in done.out
    report = json.loads(learned.call("retrain", "shop", "--json").out)["shop"]
    assert report["templates"] == []
    assert report["delivered"] == 0
