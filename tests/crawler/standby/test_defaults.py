"""What a spider gives where it finds nothing is no value: 0 for a number, "n/a" for a text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.http import Response
from watch_tools import HOST, Watched, learned

from learner.state.records import NewExtraction

NEVER = {"EVERGREEN_RETRAIN": "never"}
WORDS = "assam bancha ceylon darjeeling earl fujian gyokuro hojicha irish jasmine keemun".split()
OLD = (
    "<div class=tea><h1>{name}</h1><p class=price>{price}</p><table><tr><th>Stock</th><td class=stock>{stock}</td></tr>"
    "<tr><th>From</th><td class=place>{place}</td></tr></table><ul class=uses>{uses}</ul></div>"
)
PARTIAL = OLD.replace("class=price", "class=cost").replace("class=stock", "class=av").replace("class=uses", "class=for")
NEW = (
    "<main><section class=v><h3 class=nm>{name}</h3><b class=amount>{price}</b><em class=state>{stock}</em></section>"
    "<dl><dt>Origin</dt><dd>{place}</dd></dl><div>{uses}</div></main>"
)


class Teas(Spider):
    name = "teas"

    def parse(self, response: Response) -> Iterator[Any]:
        stock = response.css("td.stock::text").re_first(r"(\d+) in stock")
        yield {
            "name": response.css("h1::text").get(),
            "place": response.css("td.place::text").get(),
            "price": response.css("p.price::text").get(default="n/a"),
            "stock": int(stock) if stock else 0,
            "uses": len(response.css("ul.uses li")),
        }


def truth(number: int) -> dict[str, Any]:
    return {
        "name": f"{WORDS[number * number % 11].title()} {number}",
        "place": f"{WORDS[number * 3 % 11].title()} {number * 7 % 5}",
        "price": f"£{3 + number}.50",
        "stock": 0 if number % 7 == 4 else 11 + number * 3,
        "uses": 2 + number % 4,
    }


def page(number: int, design: str) -> str:
    tea = truth(number)
    stock = f"{tea['stock']} in stock" if tea["stock"] else "Sold out"
    uses = "".join(f"<li>use {one}</li>" for one in range(tea["uses"]))
    body = design.format(**{**tea, "stock": stock, "uses": uses})
    return f"<html><body>{body}<footer>Teas since 1900</footer></body></html>"


def crawl(state: Path, design: str) -> tuple[list[dict[str, Any]], Watched]:
    """All items of a crawl, those that waited for its end too."""
    watched = Watched(Teas, state, **NEVER)
    return [item for n in range(20) for item in watched.visit(f"/tea/{n}", page(n, design))], watched


def of(items: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {int(item["name"].split()[-1]): item for item in items}


@pytest.fixture
def state(tmp_path: Path) -> Path:
    learned(Teas, tmp_path, {f"/tea/{number}": page(number, OLD) for number in range(20)})
    return tmp_path


def test_pages_of_the_known_design_keep_what_they_have(state: Path) -> None:
    for _ in range(2):
        items, watched = crawl(state, OLD)
        assert items == [truth(number) for number in range(20)]
        counts = watched.close()
        assert not [name for name in counts if name.startswith(("lost/", "disagrees/", "filled/"))]


def test_they_are_replaced_where_learned_code_knows_better(state: Path) -> None:
    items, watched = crawl(state, PARTIAL)
    found = of([*items, *watched.deliveries()])
    counts = watched.close()
    assert [found[n]["price"] for n in range(20)] == [truth(n)["price"] for n in range(20)]
    assert [found[n]["stock"] for n in range(20)] == [truth(n)["stock"] for n in range(20)]
    # What nothing is learned of is told.
    assert counts["lost/parse.dict/uses"] == 20


def test_of_another_design_none_is_given(state: Path) -> None:
    items, first = crawl(state, NEW)
    assert all(item["uses"] is None and item["stock"] in (None, truth(n)["stock"]) for n, item in enumerate(items))
    assert [one.action for one in first.retrain().templates] == ["healed"]
    first.close()
    items, second = crawl(state, NEW)
    found = of(items)
    assert [found[n]["price"] for n in range(20)] == [truth(n)["price"] for n in range(20)]
    assert all(found[n]["stock"] in (None, truth(n)["stock"]) for n in range(20))
    assert sum(found[n]["stock"] is not None for n in range(20)) >= 14
    assert {found[n]["uses"] for n in range(20)} == {None}
    assert second.close()["lost/parse.dict/uses"] == 20


@pytest.mark.parametrize("number", range(3))
def test_what_the_spider_itself_gave_there_is_none(state: Path, number: int) -> None:
    """Though learned code said something else of the page since, and the crawl has met no other value yet."""
    watched = Watched(Teas, state, **NEVER)
    store, template, tea = watched.site.store, "parse.dict", truth(number)
    (page_id,) = [one for one in store.pages.ids("teas", template) if store.pages.get(one).url.endswith(f"/{number}")]
    store.extractions.add([NewExtraction(page_id, None, {**tea, "place": "48 cm"})])
    assert watched.site.known(template)[f"{HOST}/tea/{number}"].item["place"] == "48 cm"
    standby = watched.extension.standby
    assert standby is not None
    assert standby._defaults.suspects(template, tea, ["place"], f"{HOST}/tea/{number}") == set()
    watched.close()


def test_a_value_that_varies_is_no_default(state: Path) -> None:
    watched = Watched(Teas, state, **NEVER)
    items = []
    for n in range(20):
        html = page(n, OLD).replace(truth(n)["price"], "on request" if n % 2 else "sale soon")
        items += watched.visit(f"/tea/{n}", html)
    items += watched.deliveries()
    watched.close()
    assert {item["price"] for item in items} == {"on request", "sale soon"}
