"""A spider whose values contradict each other, as those of no example do, is told of, and not learned from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from watch_tools import TEAS, Watched, learned, teas

from crawler.standby.disorder import Disorder
from learner.programs.doubts import Doubts
from learner.state.store import Store

KNOWN = Doubts(orders={("price", "was"): 20}, companions={("was", "price"): 20})
FINE: dict[str, Any] = {"price": 4, "was": 9}
SWAPPED: dict[str, Any] = {"price": 9, "was": 4}
TEMPLATE = "parse.dict"


@pytest.mark.parametrize(
    ("told", "proved"),
    [
        ([FINE] * 9, {}),
        ([SWAPPED] * 2, {}),
        ([SWAPPED] * 3, {"price contradicts was": 3}),
        ([SWAPPED] * 3 + [{"price": 8}] * 40, {"price contradicts was": 3}),
        ([SWAPPED] * 3 + [FINE] * 20, {}),
        ([SWAPPED] * 12 + [FINE] * 20, {"price contradicts was": 12}),
        ([{"was": 9}] * 3, {"was without price": 3}),
        ([{"was": 9}] * 3 + [FINE] * 9, {}),
        ([{"title": "Assam"}] * 9, {}),
    ],
)
def test_what_is_told_of_a_crawl(told: list[dict[str, Any]], proved: dict[str, int]) -> None:
    disorder = Disorder()
    for item in told:
        doubtful = item in (SWAPPED, {"was": 9})
        assert disorder.observe(TEMPLATE, [item], KNOWN) is doubtful
    assert disorder.proved(TEMPLATE) == proved
    assert disorder.proved("parse_other.dict") == {}


class Reduced(Spider):
    name = "teas"

    def parse(self, response: Any) -> Any:
        values = {"name": "h1::text", "price": "b.now::text", "old_price": "s.was::text"}
        yield {name: found for name, css in values.items() if (found := response.css(css).get()) is not None}


def shop(day: int, swapped: bool) -> dict[str, str]:
    def page(name: str, number: int) -> str:
        now, was = f"£{number + 3}.{number}{day}", f"£{number + 8}.{number}{day}"
        if swapped:
            now, was = was, now
        prices = (
            f"<b class=now>{now}</b> <s class=was>{was}</s>" if number % 3 else f"<b class=now>£{number + 5}.00</b>"
        )
        return f"<html><body><h1>{name}</h1><div>{prices}</div><p>Brew it for {number + 1} minutes.</p></body></html>"

    return teas(page)


def test_swapped_prices_are_told_day_after_day_until_they_are_in_order_again(tmp_path: Path) -> None:
    learned(Reduced, tmp_path, shop(1, swapped=False))
    reduced = sum(number % 3 > 0 for number in range(len(TEAS)))
    told = []
    for day, swapped in ((2, False), (3, True), (4, True), (5, False)):
        crawl = Watched(Reduced, tmp_path)
        items = [item for path, html in shop(day, swapped).items() for item in crawl.visit(path, html)]
        assert len(items) == len(TEAS)
        if swapped:
            crawl.retrain()
        stats = crawl.close()
        told.append(stats.get(f"disorder/{TEMPLATE}/price contradicts old_price"))
    assert told == [None, reduced, reduced, None]
    with Store.open(tmp_path) as store:
        known = {one.url: one.item or {} for one in store.examples.known("teas", TEMPLATE)}
        pairs = [one.item or {} for one in store.examples.best("teas", TEMPLATE)]
        live = store.versions.all_live("teas", TEMPLATE)[0].load()
    for item in (*known.values(), *pairs):
        assert "old_price" not in item or float(str(item["price"])[1:]) < float(str(item["old_price"])[1:])
    path, html = list(shop(6, swapped=True).items())[1]
    assert live.read(html, path).item.keys() == {"name"}
