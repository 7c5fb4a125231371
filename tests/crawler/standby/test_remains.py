"""What pages still show of what was known of them is told where no item of the crawl has it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from scrapy import Spider
from scrapy.http import Response
from watch_tools import HOST, Watched, learned

from crawler.standby.remains import Lost
from crawler.standby.watching import Visit
from learner.extractor import Extraction
from learner.programs.examples import Known

NEVER = {"EVERGREEN_RETRAIN": "never"}
PAGES = 30


class Lots(Spider):
    """Some of its pages are left out."""

    name = "lots"

    def parse(self, response: Response) -> Iterator[Any]:
        if response.css(".withdrawn"):
            return
        lot = response.css("div.lot")[0]
        yield {
            "title": lot.css("h1::text").get(),
            "maker": lot.css(".maker::text").get(),
            "place": lot.css(".place::text").get(),
            "low": lot.css(".low::text").get(),
            "weight": lot.css(".weight::text").get(),
        }


def page(number: int, design: str = "old") -> str:
    title, maker, weight = f"Vase number {number * 7}", f"Maker {number * 3}", f"{number * 11 + 20} g"
    low, place = f"{number * 13 + 100} EUR", ("Bonn", "Lyon", "Graz")[number % 3]
    if design == "gone":
        return f"<html><body><h1>{title}</h1><p>We have many other vases. Have a look at them.</p></body></html>"
    if design == "withdrawn":
        return page(number).replace("<h1", "<p class=withdrawn>Withdrawn</p><h1")
    if design == "new":
        rows = "".join(f"<li><b>{one}</b></li>" for one in (low, place, weight, maker))
        return f"<html><body><section><header><em>{title}</em></header><ul>{rows}</ul></section></body></html>"
    shown = f"<b class=weight>{weight}</b>" if number % 2 else ""
    return (
        f"<html><body><div class=lot><h1>{title}</h1><i class=maker>{maker}</i><i class=place>{place}</i>"
        f"<u class=low>{low}</u>{shown}</div><footer>Sold since 1900</footer></body></html>"
    )


@pytest.mark.parametrize(
    ("new", "design", "first", "lost"),
    [
        (0, "old", 0, 0),
        (3, "new", 0, 3),
        (1, "new", 0, 1),
        (3, "gone", 0, 0),
        (3, "withdrawn", 0, 0),
        (3, "new", PAGES, 0),
    ],
    ids=["as ever", "another design", "on one page", "another page", "left out by the spider", "pages never seen"],
)
@pytest.mark.parametrize("leaves_out", [0, 3], ids=["always gives", "gives none at times"])
def test_pages_that_gave_items_and_give_none(
    new: int, design: str, first: int, lost: int, leaves_out: int, tmp_path: Any
) -> None:
    other = {f"/lot/{PAGES * 2 + n}": page(PAGES * 2 + n, "withdrawn") for n in range(leaves_out)}
    learned(Lots, tmp_path, {f"/lot/{n}": page(n) for n in range(PAGES)} | other)
    crawl = Watched(Lots, tmp_path, **NEVER)
    for number in range(first, first + PAGES):
        shown = page(number, design if number < first + new else "old")
        try:
            crawl.visit(f"/lot/{number}", shown)
        except IndexError:
            assert design in ("new", "gone")
    assert crawl.extension.standby is not None
    crawl.extension.spider_idle(crawl.spider)
    crawl.deliveries()
    found = crawl.extension.standby.lost()
    assert len(found.get("parse.dict", Lost()).pages) == lost
    stats = crawl.close()
    assert stats.get("lost_pages/parse.dict", 0) == lost
    assert not lost or stats["missing_next/parse.dict"].startswith(f"scrapy teach {HOST}/lot/")


@pytest.mark.parametrize(
    ("new", "lacks", "ended", "count"),
    [(12, "weight", 0, 6), (12, "place", 0, 12), (12, "maker", 0, 12), (4, "weight", 0, 0), (12, "weight", 9, 6)],
    ids=["what some have", "what comes again", "what all have", "on two pages", "it ends on others, too"],
)
@pytest.mark.parametrize("shown", [True, False], ids=["shown", "changed"])
def test_fields_that_items_of_another_design_lack(
    new: int, lacks: str, ended: int, count: int, shown: bool, tmp_path: Any
) -> None:
    """What learned code fills in is taken from the pages here, but for one field."""
    learned(Lots, tmp_path, {f"/lot/{n}": page(n) for n in range(PAGES)})
    crawl = Watched(Lots, tmp_path, **NEVER)
    standby = crawl.extension.standby
    assert standby is not None
    remains, told = standby._remains, crawl.site.told("parse.dict")
    for number in range(PAGES):
        html = page(number, "new" if number < new else "old")
        known = dict(told[f"{HOST}/lot/{number}"].item or {})
        if not shown and lacks in known:
            html = html.replace(str(known[lacks]), "sold")
        visit = Visit(crawl.response(f"/lot/{number}", html), "parse", {})
        if number >= new + ended:
            remains.observe("parse.dict", visit, [known], None)
        elif number >= new:
            remains.observe("parse.dict", visit, [known | {lacks: None}], None)
        else:
            remains.observe("parse.dict", visit, [{"title": known["title"]}], None)
            crawl.site.withheld.note("parse.dict", visit.response.url, (), Extraction(), known.keys() - {lacks})
            standby._waiting.gave("parse.dict", visit.response.url)
    found = standby.lost().get("parse.dict", Lost())
    assert found.fields == +Counter({lacks: 0 if ended and not shown else count})
    crawl.close()


@pytest.mark.parametrize("other", ["low", "weight"])
def test_what_is_another_fields_value_now_is_not_lost(other: str, tmp_path: Any, monkeypatch: Any) -> None:
    """Once a discount ends, the old price is the price: the page shows what was known of it, elsewhere. Of a field that
    nothing is learned of (seller) nobody can say whether items lack it."""
    learned(Lots, tmp_path, {f"/lot/{n}": page(n) for n in range(PAGES)})
    crawl = Watched(Lots, tmp_path, **NEVER)
    standby = crawl.extension.standby
    assert standby is not None
    said, told = {}, {one.url: {**(one.item or {})} for one in crawl.site.told("parse.dict").values()}
    monkeypatch.setattr(
        crawl.site, "told", lambda template: {u: Known(u, v | {"seller": v["maker"]}) for u, v in told.items()}
    )
    for url, values in told.items():
        visit = Visit(crawl.response(url.removeprefix(HOST), page(int(url.rsplit("/", 1)[1]), "new")), "parse", {})
        standby._remains.observe("parse.dict", visit, [{"title": values["title"]}], None)
        crawl.site.withheld.note("parse.dict", url, (), Extraction(), values.keys() - {"weight"})
        standby._waiting.gave("parse.dict", url)
        said[url] = {"title": values["title"], other: values.get("weight", values["low"])}
    monkeypatch.setattr(standby._remains, "_answers", lambda template: said)
    assert standby.lost().get("parse.dict", Lost()).fields == +Counter(weight=PAGES // 2 * (other == "weight"))
    crawl.close()
