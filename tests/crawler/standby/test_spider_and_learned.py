"""The spider's author changes its code, or the site makes it say something else: told apart, learned anew or told."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from watch_tools import TEAS, Watched, learned, tea, teas

from crawler.callbacks.code import Code
from learner.retraining.retraining import retrain
from learner.state.store import Store

NEVER = {"EVERGREEN_RETRAIN": "never"}
TEMPLATE = "parse.dict"
CODE = """
import scrapy

class Teas(scrapy.Spider):
    name = "teas"

    def parse(self, response):
        yield {
            "name": response.css("h1::text").get(),
            "price": response.css("p.p::text").get(),
            "place": response.css("i::text").get("").removeprefix("from "),
        }
        yield from response.follow_all(css="nav a", callback=self.parse_all)

    def parse_all(self, response):
        pass
"""
PLACE = '            "place": response.css("i::text").get("").removeprefix("from "),\n'
LINKS = '        yield from response.follow_all(css="nav a", callback=self.parse_all)\n'


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    sys.modules.pop("theirs_teas", None)


def written(folder: Path, code: str) -> type[Spider]:
    """The spider of a module that is written anew."""
    path = folder / "theirs_teas.py"
    path.write_text(code)
    spec = importlib.util.spec_from_file_location("theirs_teas", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["theirs_teas"] = importlib.util.module_from_spec(spec)
    # What was compiled a moment ago would be taken for it.
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)
    spec.loader.exec_module(module)
    return module.Teas  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder in which the spider as it was is learned, and agreed with in one crawl more."""
    folder = tmp_path_factory.mktemp("taught")
    spider = written(folder, CODE)
    learned(spider, folder / "state", teas())
    crawl = Watched(spider, folder / "state", **NEVER)
    for path, html in teas().items():
        crawl.visit(path, html)
    crawl.close()
    return folder / "state"


@pytest.fixture
def state(taught: Path, tmp_path: Path) -> Path:
    shutil.copytree(taught, tmp_path / "state")
    return tmp_path / "state"


def crawled(spider: type[Spider], state: Path, pages: dict[str, str]) -> tuple[list[Any], dict[str, Any]]:
    crawl = Watched(spider, state, **NEVER)
    given = [value for path, html in pages.items() for value in crawl.visit(path, html)]
    return given, crawl.close()


@pytest.mark.parametrize(
    ("old", "new", "fields"),
    [
        ("import scrapy\n", "import scrapy\n# They say that tea is healthy.\n", None),
        (PLACE, "", {"name", "price"}),
        (PLACE, PLACE.replace("place", "origin"), {"name", "price", "origin"}),
        (PLACE, PLACE + '            "brewing": response.css("p:last-child::text").get(),\n', {"brewing", "place"}),
        ('"p.p::text").get()', '"p.p::text").get().lstrip("£")', {"name", "price", "place"}),
        (LINKS, "", None),
    ],
    ids=["a comment", "a field less", "a field renamed", "a field more", "a field otherwise", "links less"],
)
def test_changed_code_is_believed_and_learned_anew_where_it_differs(
    old: str, new: str, fields: set[str] | None, state: Path, tmp_path: Path
) -> None:
    assert old in CODE
    spider = written(tmp_path, CODE.replace(old, new))
    given, counted = crawled(spider, state, teas())
    alone, _ = crawled(spider, tmp_path / "other", teas())
    assert [repr(value) for value in given] == [repr(value) for value in alone]
    assert not [name for name in counted if name.startswith(("filled", "contradicted", "held"))]
    with Store.open(state) as store:
        live = store.versions.live("teas", TEMPLATE)
        assert (live is None) is (fields is not None)
    if fields is not None:
        crawl = Watched(spider, state)
        report = crawl.retrain()
        assert [one.action for one in report.templates] == ["learned"], report.summary
        crawl.site.load()
        again = crawl.visit("/tea/9", tea(TEAS[9], 9))
        assert [value for value in again if isinstance(value, dict)] == [given[-2]]
        live = crawl.site.store.versions.live("teas", TEMPLATE)
        assert live is not None
        assert fields <= live.load().fields.keys()
        assert ("place" in live.load().fields) is ("place" in given[-2])
        crawl.close()
    quiet = crawled(spider, state, teas())[1]
    assert not [name for name in quiet if name.startswith(("filled", "contradicted", "held", "disagrees"))]


def test_where_the_site_makes_the_spider_say_something_else_it_is_told(state: Path, tmp_path: Path) -> None:
    spider = written(tmp_path, CODE)
    # The selector of the price takes what now comes before it.
    design = "<h1 class=t>{name}</h1><p class=p>Sale</p><p class=p>{price}</p><i>from {place}</i>"
    crawl = Watched(spider, state)
    pages = teas(lambda name, number: tea(name, number, design))
    given = [value for path, html in pages.items() for value in crawl.visit(path, html)]
    assert {value["price"] for value in given if isinstance(value, dict)} == {"Sale"}
    assert [one.action for one in crawl.retrain().templates] == ["healed"]
    assert crawl.close()[f"contradicted/{TEMPLATE}/price"] == len(TEAS)
    # What is no price on any page is replaced by what healed code finds.
    found, again = crawled(spider, state, pages)
    assert [one["price"] for one in found if isinstance(one, dict)] == [f"£{n + 3}.{n}0" for n in range(len(TEAS))]
    assert f"contradicted/{TEMPLATE}/price" not in again
    assert not [name for name in crawled(spider, state, teas())[1] if name.startswith("contradicted")]


def test_one_page_on_which_they_differ_is_not_told(state: Path, tmp_path: Path) -> None:
    pages = teas() | {"/tea/3": tea(TEAS[3], 3, "<h1 class=t>{name}</h1><p class=p>Sale</p><p class=p>{price}</p>")}
    counted = crawled(written(tmp_path, CODE), state, pages)[1]
    assert not [name for name in counted if name.startswith("contradicted")]


def test_a_mended_spider_is_believed_on_the_new_design(state: Path, tmp_path: Path) -> None:
    def new(name: str, number: int) -> str:
        return tea(name, number, "<section><b>{name}</b><table><tr><td>{place}<td><u>{price}</u></table></section>")

    code = CODE.replace("h1", "b").replace("p.p", "u").replace('"i::text"', '"td::text"')
    spider = written(tmp_path, code)
    given, counted = crawled(spider, state, {f"{path}b": new(*one) for path, one in _named().items()})
    assert [value["name"] for value in given if isinstance(value, dict)] == list(TEAS)
    assert not counted.get(f"not_trusted/{TEMPLATE}")
    with Store.open(state) as store:
        report = retrain(store, "teas")
        assert report.templates[0].action == "learned", report.summary
        assert not store.drifts.pending("teas")


@pytest.mark.parametrize("change", ["# They say that tea is healthy.\n", "HEALTHY = True\n"], ids=["remark", "code"])
def test_code_that_changes_on_the_day_of_a_redesign_is_helped_on(change: str, tmp_path: Path) -> None:
    # What it finds nothing for it no longer yields, but for what all items have.
    code = CODE.replace("        yield {", '        yield {"shop": "teas",').replace(".get(),\n", ".get() or None,\n")
    state = tmp_path / "state"
    learned(written(tmp_path, code), state, teas())
    design = "<section><b>{name}</b><table><tr><td>from {place}<td><u>{price}</u></table></section>"
    pages = teas(lambda name, number: tea(name, number, design))
    spider = written(tmp_path, code + change)
    crawl = Watched(spider, state)
    for path, html in pages.items():
        crawl.visit(path, html)
    assert [one.action for one in crawl.retrain().templates] == ["healed"]
    crawl.close()
    # Nor is it given up on the days after that.
    for _ in range(2):
        given, _counted = crawled(spider, state, pages)
        assert [value["name"] for value in given if isinstance(value, dict)] == list(TEAS)


def _named() -> dict[str, tuple[str, int]]:
    return {f"/tea/{number}": (name, number) for number, name in enumerate(TEAS)}


def test_the_fingerprint_is_of_the_project(tmp_path: Path) -> None:
    first = Code(written(tmp_path, CODE))
    assert first.fingerprint == Code(written(tmp_path, CODE)).fingerprint
    for remark in ("\n# They say that tea is healthy.\n", '\n"They say that it is."\n'):
        assert (
            first.fingerprint
            == Code(written(tmp_path, CODE.replace("import scrapy\n", f"import scrapy{remark}"))).fingerprint
        )
    assert first.fingerprint != Code(written(tmp_path, CODE + "\nX = 1\n")).fingerprint
    assert first.names("place")
    assert not first.names("plac")
    assert not Code(Spider).fingerprint


def test_a_fingerprint_of_another_python_tells_no_change(tmp_path: Path) -> None:
    code = Code(written(tmp_path, CODE))
    assert not code.changed(code.fingerprint)
    assert code.changed(code.fingerprint[:-1] + "x")
    for before in ("", "0123456789abcdef", f"2.7:{code.fingerprint[-16:]}"):
        assert not code.changed(before)
        assert not code.is_known(before)


class LastPlaces(Spider):
    """Of several places it takes the last one."""

    name = "teas"

    def parse(self, response: Any) -> Any:
        places = response.css("section.o dd.place::text").getall()
        yield {
            "name": response.css("h1::text").get(),
            "price": response.css("p.p::text").get(),
            "place": places[-1] if places else None,
        }


def with_places(several: frozenset[int], marked: str = "class=o") -> dict[str, str]:
    """Teas of which some come from two places."""

    def make(name: str, number: int) -> str:
        more = f"<dd class=place>Town {number}" * (number in several)
        origin = f"<section {marked}><dl><dt>Origin<dd class=place>{{place}}{more}</dl></section>"
        return tea(name, number, f"<h1>{{name}}</h1><p class=p>{{price}}</p>{origin}")

    return teas(make)


@pytest.fixture(scope="module")
def placed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder in which teas of one place are learned."""
    folder = tmp_path_factory.mktemp("placed")
    learned(LastPlaces, folder, with_places(frozenset()))
    return folder


@pytest.mark.parametrize(
    ("several", "lacking"),
    [
        (frozenset(), set()),
        (frozenset({4}), {"Gyokuro"}),
        (frozenset({4, 6, 8}), {"Gyokuro", "Lapsang", "Oolong", "Pu-erh"}),
    ],
    ids=["never", "on few pages", "on many"],
)
def test_learned_code_that_said_something_else_stands_in_where_it_is_known_to_be_right(
    several: frozenset[int], lacking: set[str], placed: Path, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    shutil.copytree(placed, state)
    given, counted = crawled(LastPlaces, state, with_places(several))
    assert counted.get("disagrees/parse.dict/place", 0) == len(several)
    known = {one["name"]: one["place"] for one in given}
    crawl = Watched(LastPlaces, state, **NEVER)
    pages = with_places(several, "class=q")
    pages["/tea/10"] = pages["/tea/5"].replace("Keemun", "Pu-erh")
    items = [value for path, html in pages.items() for value in crawl.visit(path, html)]
    crawl.requests += crawl.extension.standby.deliveries()  # type: ignore[union-attr]
    items += crawl.deliveries()
    counted = crawl.close()
    expected = known | {"Pu-erh": known["Keemun"]} | dict.fromkeys(lacking)
    assert {one["name"]: one["place"] for one in items} == expected
    assert counted.get("withheld/parse.dict/place", 0) == len(lacking)
