"""Spidermon reads what a crawl counted: in real crawls, and at the limits."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import pytest
from crawl_tools import Project
from scrapy.settings import Settings
from spidermon.data import Data

from crawler.monitors import PREFIX, EvergreenMonitorSuite

SPIDERMON = (
    "-s",
    "EXTENSIONS=" + json.dumps({"spidermon.contrib.scrapy.extensions.Spidermon": 500}),
    "-s",
    "SPIDERMON_ENABLED=1",
    "-s",
    "SPIDERMON_ENGINE_STOP_MONITORS=crawler.monitors.EvergreenMonitorSuite",
)


def verdicts(log: str) -> dict[str, str]:
    """Monitors by the first words of their names, with OK or FAIL, as spidermon logs them."""
    found = re.findall(r"\[Spidermon\] ([A-Z][^/\n]*)/[^\n]*?\.\.\. (OK|FAIL|ERROR)", log)
    return dict(found)


def test_a_crawl_in_good_order_passes_and_one_that_drifts_fails(learned: Project) -> None:
    fine = learned.run("crawl", "shop", "-a", "mode=learned", *SPIDERMON)
    assert verdicts(fine.err) == {
        "Field coverage": "OK",
        "Confidence": "OK",
        "Drift": "OK",
        "Items and pages": "OK",
        "Time since the last heal": "OK",
    }, fine.err[-4000:]
    learned.switch(site="shop", design=2)
    drifting = learned.run("crawl", "shop", "-a", "mode=learned", "-s", "EVERGREEN_RETRAIN=never", *SPIDERMON)
    assert verdicts(drifting.err)["Field coverage"] == "FAIL"
    assert verdicts(drifting.err)["Drift"] == "FAIL"
    assert re.search(r"product/title on 0.0% of the pages.*EVERGREEN_MONITOR_COVERAGE=0.9", drifting.err)
    assert "template(s) drifting" in drifting.err


@pytest.mark.parametrize(
    ("counted", "settings", "failing"),
    [
        ({}, {}, ""),
        ({"coverage/p/price": 0.5}, {}, ""),
        ({"coverage/p/price": 0.5, "not_vouched_for/p/price": 3}, {}, "price on 50.0%"),
        ({"coverage/p/price": 0.9, "not_vouched_for/p/price": 1}, {}, ""),
        ({"not_vouched_for/p/price": 3}, {}, "price on 0.0%"),
        ({"coverage/p/price": 0.5, "not_vouched_for/p/price": 3}, {"COVERAGE": 0.5}, ""),
        ({"confidence/p/price": 0.74}, {}, "price with 0.74"),
        ({"confidence/p/price": 0.75}, {}, ""),
        ({"confidence/p/price": 0.9}, {"CONFIDENCE": "0.95"}, "price with 0.90"),
        ({"drift_pending": 0}, {}, ""),
        ({"drift_pending": 2, "hours_drifting": 7.5}, {}, "2 template(s) drifting, the first for 7.5 hours"),
        ({"drift_pending": 2, "hours_drifting": 7.5}, {"DRIFT": 2}, ""),
        ({"fewer/items": 0.33, "fewer/pages/list": 0.2}, {}, "items: 33.0% of the usual number; pages/list: 20.0%"),
        ({"more/items/list": 1.82}, {}, "items/list: 182.0% of the usual number"),
        ({"hours_since_heal": 0.2}, {}, "healed 0.2 hours ago, look at scrapy report shop"),
        ({"hours_since_heal": 1.0}, {}, ""),
        ({"hours_since_heal": 3.0}, {"HEAL_HOURS": 24}, "healed 3 hours ago"),
        ({"hours_since_heal": 0.0}, {"HEAL_HOURS": 0}, ""),
    ],
)
def test_limits(counted: dict[str, Any], settings: dict[str, Any], failing: str) -> None:
    crawler = SimpleNamespace(
        settings=Settings({f"EVERGREEN_MONITOR_{name}": value for name, value in settings.items()})
    )
    stats = {PREFIX + name: value for name, value in counted.items()}
    data = Data({"stats": stats, "crawler": crawler, "spider": SimpleNamespace(name="shop")})
    said = []
    for monitor in EvergreenMonitorSuite.monitors:
        (name,) = [name for name in dir(monitor) if name.startswith("test_")]
        one = monitor(name)
        one.data = data
        try:
            getattr(one, name)()
        except AssertionError as error:
            said.append(str(error))
    assert len(said) == bool(failing)
    assert failing in "".join(said)
