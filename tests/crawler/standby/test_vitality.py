"""What is asked of learned code before it speaks in the spider's place, and what is lost with selectors."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.http import Response
from watch_tools import TEAS, Watched, learned, tea, teas

from crawler.callbacks.shapes import shapes_of
from crawler.inputs.lessons import leave_out
from crawler.reading.beside import own_fields
from crawler.standby.substitutes import Answer
from crawler.standby.vitality import Vitality
from learner.extractor import Extraction
from learner.state.store import Store

NEVER = {"EVERGREEN_RETRAIN": "never"}
URL = "http://shop.example/tea/1"
ALL = {"name": "Assam", "price": "£3", "place": "Uji", "brew": "a"}


def answer(confidence: Mapping[str, float], missing: str = "") -> Answer:
    expected = frozenset(confidence) | frozenset(filter(None, missing.split()))
    item = {name: ALL.get(name, "x") for name in confidence}
    abstained = dict.fromkeys(missing.split(), "absent")
    return Answer(
        Extraction(item, confidence=dict(confidence), abstained=abstained, expected=expected), 1, datetime.now(UTC)
    )


@pytest.mark.parametrize(
    ("before", "given", "missing", "kept"),
    [
        # Nothing is known of the spider's selectors yet.
        ([], {"name": "Assam", "price": "£3", "place": "Uji"}, "", {"sure", "fair"}),
        # Nor that, but the page is of another design, which learned code knows.
        ([], {"name": "Assam", "price": "£3"}, "", {"sure", "fair", "poor"}),
        # They work elsewhere: the page may rightly have no such values.
        ([ALL], {"name": "Assam", "price": "£3", "place": "Uji"}, "", {"sure"}),
        # They work elsewhere, and the page is of another design, which learned code knows: a site may have two.
        ([ALL], {"name": "Assam"}, "", {"sure", "fair", "poor"}),
        # It knows it not.
        ([ALL], {"name": "Assam"}, "photo", {"sure", "fair"}),
        # They work nowhere.
        ([{"name": "Assam"}] * 3, {"name": "Assam"}, "", {"sure", "fair", "poor"}),
        # The same where learned code misses something, too.
        ([{"name": "Assam"}] * 3, {"name": "Assam"}, "photo", {"sure", "fair"}),
    ],
)
def test_what_may_stand_in(before: list[dict[str, Any]], given: dict[str, Any], missing: str, kept: set[str]) -> None:
    vitality = Vitality()
    for item in before:
        vitality.observe("t", ALL.keys(), [item], URL)
    confidence = {"price": 0.96, "place": 0.92, "brew": 0.75}
    names = {"price": "sure", "place": "fair", "brew": "poor"}
    sure = vitality.sure("t", answer(confidence, missing), [given], URL)
    assert {names[name] for name in sure.extraction.item} == kept


def test_code_of_one_example_tells_no_design() -> None:
    vitality = Vitality()
    vitality.observe("t", ALL.keys(), [ALL], URL)
    told = answer({"price": 0.96, "place": 0.92, "brew": 0.75})
    unproven = replace(told, extraction=replace(told.extraction, unproven=True))
    assert vitality.sure("t", unproven, [{"name": "Assam"}], URL).extraction.item.keys() == {"price", "place"}


class Teas(Spider):
    """A spider with fields that nothing can be learned of."""

    name = "teas"
    title, price, green = "h1.t::text", "p.p::text", "i"

    def parse(self, response: Response) -> Iterator[Any]:
        place = response.css("i::text").get("").removeprefix("from ")
        yield {
            "name": response.css(self.title).get(),
            "price": response.css(self.price).get(),
            "place": place,
            "green": response.url[-1] in "034",
            "maker": {"place": place.upper()} if place else None,
            "shop": "hearth",
            "sold": False,
        }


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teas")
    learned(Teas, folder, teas())
    return folder


def test_what_only_the_spider_gives_is_told_when_it_is_lost(taught: Path, tmp_path: Path) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    with Store.open(tmp_path) as store:
        live = store.versions.live("teas", "parse.dict")
        assert live is not None
        assert live.load().fields.keys() == {"name", "price", "place"}
    crawl = Watched(type("Teas", (Teas,), {"title": "h6", "price": "h6"}), tmp_path, **NEVER)
    design = "<h1 class=t>{name}</h1><p class=p>{price}</p><em>from {place}</em>"
    found = [item for path, html in teas(lambda n, k: tea(n, k, design)).items() for item in crawl.visit(path, html)]
    counted = crawl.close()
    assert [item["name"] for item in found] == list(TEAS)
    # Neither that it is green nor that it is not; what never varied is as it was.
    assert {item["green"] for item in found} == {None}
    assert {item["sold"] for item in found} == {False}
    assert {name: count for name, count in counted.items() if name.startswith("lost/")} == {
        "lost/parse.dict/green": len(TEAS),
        "lost/parse.dict/maker": len(TEAS),
    }


@pytest.mark.parametrize(
    ("had", "of", "found", "lacking", "ended"),
    [
        (20, 40, 0, 40, True),
        (20, 40, 0, 12, True),
        (20, 40, 0, 8, False),  # chance
        (20, 40, 1, 60, False),  # it is there
        (38, 40, 0, 3, True),
        (38, 40, 0, 2, False),  # too few pages
        (1, 40, 0, 200, False),  # seldom
        (3, 40, 0, 40, False),
        (10, 40, 0, 60, True),
        (0, 0, 0, 5000, False),  # of crawls that were asked for the same nothing is known
    ],
)
@pytest.mark.parametrize("strange", [False, True])
def test_what_some_pages_have_is_told_where_no_chance_makes_it_lack_on_all(
    strange: bool, had: int, of: int, found: int, lacking: int, ended: bool
) -> None:
    vitality = Vitality()
    vitality.observe("t", [], [], URL, optional={"brew": (had, of)})
    # On pages of another design alone, while those of the known one have it.
    for item in [ALL] * (found if not strange else 5) + [{"name": "Assam"}] * lacking:
        vitality.observe("t", ["name"], [item], URL, optional={"brew": (had, of)})
    for item in [ALL] * found + [{"name": "Assam"}] * lacking if strange else ():
        vitality.misses("t", ["brew"], [item], URL)
    assert vitality.ended() == ({"t": {"brew": lacking}} if ended else {})
    assert (vitality.dead(), vitality.missed()) == ({}, {})
    assert ("brew" in vitality.came("t")) is not ended


@pytest.mark.parametrize(
    ("given", "known", "lost"),
    [(False, True, 3), (False, False, 0), (False, None, 0), (True, True, 0), (None, True, 3)],
)
def test_a_yes_that_was_known_is_lost_where_a_page_of_another_design_says_no(given: Any, known: Any, lost: int) -> None:
    vitality = Vitality()
    for _ in range(3):
        vitality.misses("t", ["yanked"], [{"yanked": given}], URL, {"yanked": known})
    assert vitality.missed() == ({"t": {"yanked": lost}} if lost else {})


@pytest.mark.parametrize(
    ("design", "crawls", "begins", "ended"),
    [
        ("<h1 class=t>{name}</h1><p class=p>{price}</p><i>from {place}</i>", 1, [], 0),
        ("<h1 class=t>{name}</h1><p class=p>{price}</p><em>from {place}</em>", 2, [], 24),
        ("<h1 class=t>{name}</h1><p class=p>{price}</p><em>from {place}</em>", 1, [URL], 0),
        ("<table><tr><td>{price}</td><td>{name}</td><td>{place}</td></tr></table>", 1, [], 24),
    ],
)
def test_what_only_the_spider_gives_of_some_pages_is_told_when_it_is_lost(
    design: str, crawls: int, begins: list[str], ended: int, tmp_path: Path
) -> None:
    class Some(Spider):
        name = "some"
        title = "h1.t::text"

        def parse(self, response: Response) -> Iterator[Any]:
            place = response.css("i::text").get("").removeprefix("from ")
            made = {"place": place.upper()} if place in ("Uji", "Fujian") else None
            yield {"name": response.css(self.title).get(), "price": response.css("p.p::text").get(), "made": made}

    pages = {f"/tea/{number}": tea(f"{TEAS[number % 10]} {number}", number) for number in range(24)}
    learned(Some, tmp_path, pages)
    for _ in range(crawls):
        crawl = Watched(type("Some", (Some,), {"start_urls": begins}), tmp_path, **NEVER)
        for path in pages:
            number = int(path.removeprefix("/tea/"))
            crawl.visit(path, tea(f"{TEAS[number % 10]} {number}", number, design))
        crawl.requests += crawl.extension.standby.deliveries()  # type: ignore[union-attr]
        crawl.deliveries()
        counted = crawl.close()
        assert counted.get("ended/parse.dict/made", 0) == ended
    with Store.open(tmp_path) as store:
        assert "made" in own_fields(store, "some", shapes_of(store, "some")["parse.dict"], None, {"name", "price"})


@pytest.mark.parametrize(("count", "lost"), [(4, 4), (2, 0)])
@pytest.mark.parametrize(
    "design",
    [
        "<h1 class=t>{name}</h1><p class=p>{price}</p><em>from {place}</em>",
        "<table><tr><td>{price}</td><td>{name}</td><td>{place}</td></tr></table>",
    ],
    ids=["read by learned code", "read by nobody"],
)
def test_what_the_spider_finds_on_other_pages_is_lost_on_those_of_another_design(
    design: str, count: int, lost: int, taught: Path, tmp_path: Path
) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    pages = teas()
    for number in range(count):
        pages[f"/tea/{number}"] = tea(TEAS[number], number, design).replace("<h1 class=t>", "<h1>")
    crawl = Watched(type("Teas", (Teas,), {"price": "h1.t + p.p::text"}), tmp_path, **NEVER)
    for path, html in pages.items():
        crawl.visit(path, html)
    crawl.requests += crawl.extension.standby.deliveries()  # type: ignore[union-attr]
    crawl.deliveries()
    assert crawl.close().get("lost/parse.dict/maker", 0) == lost


def test_a_page_without_a_value_loses_nothing_where_the_selectors_work(taught: Path, tmp_path: Path) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    crawl = Watched(Teas, tmp_path, **NEVER)
    pages = teas() | {"/tea/9": tea(TEAS[9], 9, "<h1 class=t>{name}</h1><p class=p>{price}</p>")}
    found = [item for path, html in pages.items() for item in crawl.visit(path, html)]
    assert not [name for name in crawl.close() if name.startswith("lost/")]
    assert found[-1]["green"] is False


def lost_in(folder: Path, pages: Mapping[str, str]) -> set[str]:
    """The fields that a crawl of the pages tells as lost."""
    crawl = Watched(Teas, folder, **NEVER)
    for path, html in pages.items():
        crawl.visit(path, html)
    crawl.requests += crawl.extension.standby.deliveries()  # type: ignore[union-attr]
    crawl.deliveries()
    return {name.rpartition("/")[2] for name in crawl.close() if name.startswith("lost/")}


@pytest.mark.parametrize("gone", [("place", "maker"), ("maker",)])
def test_what_a_person_says_is_gone_is_lost_only_after_it_was_seen_again(
    gone: tuple[str, ...], taught: Path, tmp_path: Path
) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    without = teas(lambda name, number: tea(name, number, "<h1 class=t>{name}</h1><p class=p>{price}</p>"))
    assert "maker" in lost_in(tmp_path, without)
    with Store.open(tmp_path) as store:
        leave_out(store, "teas", ["parse.dict"], gone)
        assert not shapes_of(store, "teas")["parse.dict"].own({"name", "price"}) & {*gone}
    assert not lost_in(tmp_path, without) & {*gone}
    assert not lost_in(tmp_path, without) & {*gone}
    lost_in(tmp_path, teas())
    assert lost_in(tmp_path, without) >= {*gone}


OTHER = "<h1 class=t>{name}</h1><b>{price}</b><i>from {place}</i>"


@pytest.mark.parametrize(
    ("design", "told"),
    [
        (OTHER, "price on 3 pages (not found)"),
        ("<em>{name}</em><b>{price}</b>", "name on 3 pages (not found), place on 3 pages (not found), price on 3"),
    ],
)
def test_what_items_lack_is_told_on_each_day(
    design: str, told: str, taught: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    pages = teas() | {f"/tea/{number}": tea(TEAS[number], number, design) for number in range(3)}
    for _ in range(3):
        caplog.clear()
        crawl = Watched(Teas, tmp_path, **NEVER)
        items = [item for path, html in pages.items() for item in crawl.visit(path, html)]
        crawl.requests += crawl.extension.standby.deliveries()  # type: ignore[union-attr]
        items += crawl.deliveries()
        counted = crawl.close()
        assert counted["withheld/parse.dict/price"] == sum(item["price"] is None for item in items) == 3
        assert f"values are left out: {told}" in caplog.text


def test_what_is_filled_in_is_not_told_as_left_out(
    taught: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    crawl = Watched(type("Teas", (Teas,), {"title": "h6"}), tmp_path, **NEVER)
    for path, html in teas().items():
        crawl.visit(path, html)
    crawl.requests += crawl.extension.standby.deliveries()  # type: ignore[union-attr]
    crawl.deliveries()
    assert not [name for name in crawl.close() if name.startswith("withheld/")]
    assert "left out" not in caplog.text


@pytest.mark.parametrize(
    ("own", "given", "share", "dead"),
    [
        ({"visit"}, False, 0.5, True),  # on half of the pages it used to be yes
        ({"visit"}, False, 0.99, False),  # it always was no
        ({"visit"}, True, 0.5, False),
        ({"visit"}, 0, 0.5, True),
        (set(), False, 0.5, False),  # learned code says it, too, and is asked
    ],
)
def test_yes_that_came_often_and_comes_no_more_is_lost(own: set[str], given: Any, share: float, dead: bool) -> None:
    """``visit = bool(response.css(".visit"))`` says no of all pages once the class has another name."""
    vitality = Vitality()
    for number in range(20):
        item = {"name": f"Tea {number}", "visit": given}
        vitality.observe("tea", {"name", "visit"} - own, [item], URL, own, lambda _: share)
    assert vitality.dead() == ({"tea": {"visit": 20}} if dead else {})
