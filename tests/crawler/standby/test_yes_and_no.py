"""Yes and no of a spider's own code, and values that it makes of classes: learned, and given after a redesign in place
of the no of selectors that find nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.http import Response
from watch_tools import HOST, Watched, learned

from crawler.reading.live import Live, Read
from learner.extractor import Extraction
from learner.state.store import Store

NEVER = {"EVERGREEN_RETRAIN": "never"}
WORDS = "assam bancha ceylon darjeeling earl fujian gyokuro hojicha irish jasmine keemun".split()
STARS = ("One", "Two", "Three")
OLD = (
    "<div class=tea><h1>{name}</h1><i class='rating {stars}'></i><p class=price>{price}</p>{organic}"
    "<p class=stock>{stock}</p></div>"
)
NEW = (
    "<main class=view><h2 class=t>{name}</h2><b class=cost>{price}</b>{organic}<u aria-label='{stars} of three'></u>"
    "<em class=state>{stock}</em></main>"
)


class Teas(Spider):
    name = "teas"

    def parse(self, response: Response) -> Iterator[Any]:
        stars = response.css("i.rating::attr(class)").get()
        yield {
            "name": response.css("h1::text").get(),
            "price": response.css("p.price::text").get(),
            "organic": bool(response.css(".organic")),
            "stars": STARS.index(stars.split()[1]) + 1 if stars else None,
            "in_stock": response.css("p.stock::text").get() == "In stock",
        }


def truth(number: int) -> dict[str, Any]:
    return {
        "name": f"{WORDS[number * number % 11].title()} {number}",
        "price": f"£{3 + number}.50",
        "organic": number % 3 == 0,
        "stars": 1 + number * 7 % 5 % 3,
        "in_stock": number % 4 != 1,
    }


def page(number: int, design: str) -> str:
    tea = truth(number)
    organic = f"<i class={'organic' if design == OLD else 'eco'}>Organic</i>" if tea["organic"] else ""
    stock = "In stock" if tea["in_stock"] else "Sold out"
    body = design.format(**{**tea, "organic": organic, "stars": STARS[tea["stars"] - 1]}, stock=stock)
    return f"<html><body>{body}<footer>Teas since 1900</footer></body></html>"


def crawl(state: Path, design: str) -> tuple[list[dict[str, Any]], Watched]:
    """All items of a crawl."""
    watched = Watched(Teas, state, **NEVER)
    return [item for n in range(20) for item in watched.visit(f"/tea/{n}", page(n, design))], watched


@pytest.fixture
def state(tmp_path: Path) -> Path:
    learned(Teas, tmp_path, {f"/tea/{number}": page(number, OLD) for number in range(20)})
    return tmp_path


@pytest.mark.parametrize("read", [True, False])
def test_how_often_it_is_yes_is_counted_where_learned_code_cannot_read_the_pages_too(read: bool, state: Path) -> None:
    watched = Watched(Teas, state, **NEVER)
    reads = watched.site.extract_now

    def said(response: Response, live: Live) -> Read:
        found = reads(response, live)
        names = found.extraction.expected
        nothing = Extraction(abstained=dict.fromkeys(names, "absent"), expected=names)
        return found if read else replace(found, extraction=nothing)

    watched.site.extract_now = said  # type: ignore[method-assign]
    for number in range(20):
        watched.visit(f"/tea/{number}", page(number, OLD))
    had = watched.site.withheld.had("parse.dict")
    assert [had[f"organic={one}"] for one in (True, False)] == [7, 13]
    watched.close()


def test_they_are_learned_and_healed(state: Path) -> None:
    items, first = crawl(state, OLD)
    assert items == [truth(number) for number in range(20)]
    first.close()
    items, second = crawl(state, NEW)
    # What waits for a repair is given later; nobody says no of what was not found.
    assert all(item[name] in (None, truth(n)[name]) for n, item in enumerate(items) for name in ("organic", "in_stock"))
    assert [one.action for one in second.retrain().templates] == ["healed"]
    assert not [name for name in second.close() if name.startswith("contradicted/")]
    items, third = crawl(state, NEW)
    assert items == [truth(number) for number in range(20)]
    counts = third.close()
    assert {counts[f"filled/parse.dict/{name}"] for name in ("organic", "in_stock", "stars")} == {20}
    assert not [name for name in counts if name.startswith(("lost/", "disagrees/"))]
    # The spider's no is not learned from.
    with Store.open(state) as store:
        assert store.examples.told("teas", "parse.dict", limit=20)[f"{HOST}/tea/0"].item == truth(0)
