"""Items that are built anew have what all items of the spider have; what nobody knows of them is told."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from watch_tools import HOST, TEAS, Watched, learned, tea, teas

from crawler.standby.substitutes import is_astray
from learner.state.records import RepairedItem

NEVER = {"EVERGREEN_RETRAIN": "never"}


class Shop(Spider):
    """Its items have a price that the page shows, and much that it does not."""

    name = "shop"
    asked = "north"
    gives = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region = self.asked

    def parse(self, response: Response, ref: str = "") -> Iterator[Any]:
        if self.gives:
            yield {
                "name": response.css("h1.t::text").get(),
                "price": response.css("p.p::text").get(),
                "kind": "item of a tea shop",
                "source": 88123,
                "verb": "Brew",
                "state": "ripe" if response.css("h1") else "unripe",
                "length": len(response.text) + 1000,
                "whole": bool(response.css("p.p")),
                "region": self.region,
                "ref": ref,
            }


LOST = {"verb", "state", "length", "whole"}
"""What is not known of a page that the spider can't read: it may stand there, or was worked out."""


def crawl(state: Path, **changed: Any) -> Watched:
    return Watched(type("Shop", (Shop,), changed), state, **NEVER)


def handed(one: Watched, number: int) -> Request:
    return Request(f"{HOST}/tea/{number}", cb_kwargs={"ref": f"no {number}"}, callback=one.spider.parse)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    first = crawl(folder)
    for number, html in enumerate(teas().values()):
        first.visit("", html, handed(first, number))
    first.retrain()
    first.close()
    return folder


@pytest.mark.parametrize("archived", [False, True])
@pytest.mark.parametrize("asked", ["north", "south"])
def test_what_all_items_have_is_put_back_and_what_nobody_knows_is_told(
    archived: bool, asked: str, state: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(state, tmp_path, dirs_exist_ok=True)
    later = crawl(tmp_path, gives=False, asked=asked)
    standby = later.extension.standby
    assert standby is not None
    found = []
    for number in (1, 2, 3):
        if archived:
            values, now = {"name": TEAS[number], "price": "£1.50"}, datetime.now(UTC)
            url = f"{HOST}/tea/{number}"
            standby.repaired([RepairedItem(number, "shop", "parse.dict", url, values, [], {}, 1, now)])
        else:
            found += later.visit("", tea(TEAS[number], number), handed(later, number))
    later.requests += standby.deliveries()
    found += later.deliveries()
    counted = later.close()
    known = {"kind": "item of a tea shop", "source": 88123, "region": "north"} if asked == "north" else {}
    unknown = LOST | ({"ref"} if archived else set()) | ({"kind", "source", "region"} - known.keys())
    assert len(found) == 3
    for item in found:
        assert {name: item[name] for name in known} == known
        assert {name for name, value in item.items() if value is None} == unknown
    assert {name: n for name, n in counted.items() if name.startswith("lost/")} == {
        f"lost/parse.dict/{name}": 3 for name in unknown
    }
    assert "items lack it" in caplog.text


@dataclass
class Leaf:
    name: str
    price: str | None = None
    verb: str = "Brew"
    mood: str = "calm"
    rank: int = 1


class Leaves(Spider):
    """Its items leave to their type what the page shows by chance, too."""

    name = "leaves"
    gives = True
    moods = ("calm",)

    def parse(self, response: Response) -> Iterator[Any]:
        if self.gives:
            mood = self.moods[len(response.url) % len(self.moods)]
            yield Leaf(response.css("h1.t::text").get(""), response.css("p.p::text").get(), mood=mood)


@pytest.mark.parametrize(("moods", "lost"), [(("calm",), set()), (("calm", "lively"), {"mood"})])
def test_what_the_type_of_an_item_has_by_itself_is_not_missed_where_all_items_had_it(
    moods: tuple[str, ...], lost: set[str], tmp_path: Path
) -> None:
    pages = {f"/{'tea' * (1 + number % 2)}/{number}": html for number, html in enumerate(teas().values())}
    learned(type("Leaves", (Leaves,), {"moods": moods}), tmp_path, pages)
    later = Watched(type("Leaves", (Leaves,), {"moods": moods, "gives": False}), tmp_path, **NEVER)
    found = [item for path, html in pages.items() for item in later.visit(path, html)]
    assert found == [Leaf(item.name, item.price) for item in found]
    assert len(found) == len(pages)
    counted = later.close()
    for what in ("lost", "left_out"):
        assert {name for name in counted if name.startswith(what)} == {f"{what}/parse.Leaf/{name}" for name in lost}


@pytest.mark.parametrize(("item", "names", "astray"), [
    ({"a": 1, "b": None, "c": None, "d": "x"}, "abcd", False), ({"a": 1, "b": None, "c": None}, "abc", True),
    ({"a": None, "b": None, "c": None, "stock": 0}, ("a", "b", "c", "stock"), True),
    # The one field of a short list that its pages always have, which the spider has lost.
    ({"a": None, "stock": 0}, ("a", "stock"), False), ({"stock": 0, "sold": False}, ("stock", "sold"), False),
])  # fmt: skip
def test_an_item_that_lacks_most_is_of_another_design(
    item: dict[str, Any], names: Collection[str], astray: bool
) -> None:
    assert is_astray(item, names, "http://x.example/") is astray
