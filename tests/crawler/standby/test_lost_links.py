"""Lost links whose requests hand over what the spider has worked out: followed with what was handed over before."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from watch_tools import HOST, Watched, learned

from crawler.reading.live import Live, Read
from crawler.verdict import verdict
from learner.extractor import Extraction
from learner.state.records import GONE, RepairedItem
from learner.state.store import Store

NEVER = {"EVERGREEN_RETRAIN": "never"}
EMPTY = "<html><body><p>all new, and nothing of the old is left here</body></html>"


def shelf(number: int, address: str = "/shelf?page={}") -> str:
    """A list page of three teas with a link to the next page."""
    rows = "".join(f"<li><a href='/tea/{n}'>Tea {n}</a> <i>£{n}.50</i></li>" for n in range(3 * number, 3 * number + 3))
    following = address.format(number + 1)
    return f"<html><body><h1>Shelf</h1><ul>{rows}</ul><a class=next href='{following}'>more</a></body></html>"


class Counting(Spider):
    """A spider that counts the pages of a list as it goes, and hands the number over."""

    name = "counting"
    row, following = "li", "a.next"

    def parse(self, response: Response, number: int = 1, **more: Any) -> Iterator[Any]:
        for row in response.css(self.row):
            yield response.follow(row.css("a::attr(href)").get(), self.parse_tea, cb_kwargs=self.of_a_tea(row, number))
        for link in response.css(self.following):
            yield response.follow(link, cb_kwargs={"number": number + 1})

    def of_a_tea(self, row: Any, number: int) -> dict[str, Any]:
        return {"number": number + 100}

    def parse_tea(self, response: Response, **handed: Any) -> Iterator[Any]:
        yield handed


class Priced(Counting):
    """The same with a value of the page among what it hands over."""

    def of_a_tea(self, row: Any, number: int) -> dict[str, Any]:
        return {"number": number + 100, "price": row.css("i::text").get()}


class Objects(Counting):
    """The same with what can't be kept."""

    def of_a_tea(self, row: Any, number: int) -> dict[str, Any]:
        return {"number": object()}


def visited(spider: type[Spider], state: Path) -> None:
    """A crawl of two pages, in which all is well."""
    crawl = Watched(spider, state)
    first = crawl.response("/shelf?page=1", shelf(1))
    *_, following = list(crawl.output(first))
    crawl.visit("", shelf(2), following)
    crawl.close()


def broken(spider: type[Spider]) -> type[Spider]:
    return type(spider.__name__, (spider,), {"row": "h6", "following": "h6"})


def told(requests: list[Request]) -> dict[str, Any]:
    return {request.url.removeprefix(HOST): dict(request.cb_kwargs) for request in requests}


def test_known_links_are_followed_with_what_the_spider_had_worked_out(tmp_path: Path) -> None:
    visited(Counting, tmp_path)
    crawl = Watched(broken(Counting), tmp_path, **NEVER)
    found = crawl.visit("/shelf?page=1", EMPTY)
    assert told(found) == {"/shelf?page=2": {"number": 2}} | {f"/tea/{n}": {"number": 101} for n in (3, 4, 5)}
    following = next(request for request in found if "shelf" in request.url)
    assert told(crawl.visit("", EMPTY, following)) == {"/shelf?page=3": {"number": 3}} | {
        f"/tea/{n}": {"number": 102} for n in (6, 7, 8)
    }
    counted = crawl.close()
    assert not [name for name in counted if name.startswith("links_not_followed")]
    assert counted["known_links/parse_tea"] == 6


def test_links_that_a_person_says_are_gone_are_lost_only_after_they_were_seen_again(tmp_path: Path) -> None:
    visited(Counting, tmp_path)
    with Store.open(tmp_path) as store:
        store.events.add("counting", "parse-links", GONE, {"fields": ["parse"]})
    for _ in range(2):
        crawl = Watched(broken(Counting), tmp_path, **NEVER)
        assert told(crawl.visit("/shelf?page=1", EMPTY)).keys() == TEAS_OF_ONE
        crawl.close()
    visited(Counting, tmp_path)
    crawl = Watched(broken(Counting), tmp_path, **NEVER)
    assert told(crawl.visit("/shelf?page=1", EMPTY)).keys() == {"/shelf?page=2", *TEAS_OF_ONE}
    crawl.close()


@pytest.mark.parametrize(("spider", "lacks"), [(Priced, "cb_kwargs.price"), (Objects, "cb_kwargs.number")])
def test_what_stood_on_the_page_or_is_no_plain_value_is_not_handed_over_again(
    spider: type[Spider], lacks: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    visited(spider, tmp_path)
    crawl = Watched(broken(spider), tmp_path, **NEVER)
    assert told(crawl.visit("/shelf?page=1", EMPTY)) == {"/shelf?page=2": {"number": 2}}
    assert crawl.close()["links_not_followed/parse_tea"] == 3
    assert f"their requests need {lacks}." in caplog.text


class Ignored(Priced):
    """The same with a callback that never looks at it."""

    def parse_tea(self, response: Response, number: int, price: str) -> Iterator[Any]:  # type: ignore[override]
        yield {"number": number}


class Derived(Priced):
    """The same with a callback that makes something else of it, and gives it sometimes."""

    def parse_tea(self, response: Response, number: int, price: str) -> Iterator[Any]:  # type: ignore[override]
        yield {"number": number, "dear": price > "£5"}


@pytest.mark.parametrize(
    ("spider", "outdated", "code"), [(Ignored, 0, 0), (Derived, 3, 3)], ids=["never looked at", "in no item as it is"]
)
def test_what_stood_on_the_page_and_is_in_no_item_is_handed_over_again_and_told(
    spider: type[Spider], outdated: int, code: int, tmp_path: Path
) -> None:
    first = Watched(spider, tmp_path)
    for request in [*first.visit("/shelf?page=1", shelf(1)), *first.visit("/shelf?page=2", shelf(2))]:
        if "/tea/" in request.url:
            first.visit("", f"<html><body><h1>Tea at {request.url}</h1></body></html>", request)
    first.close()
    crawl = Watched(broken(spider), tmp_path, **NEVER)
    found = told(crawl.visit("/shelf?page=1", EMPTY))
    assert found == {"/shelf?page=2": {"number": 2}} | {
        f"/tea/{n}": {"number": 101, "price": f"£{n}.50"} for n in (3, 4, 5)
    }
    counted = crawl.close()
    assert counted.get("outdated/parse_tea/cb_kwargs.price", 0) == outdated
    assert "links_not_followed/parse_tea" not in counted
    said: list[str] = []
    assert crawl.crawler.stats is not None
    crawl.crawler.stats.set_value("response_received_count", 2)
    crawl.crawler.stats.set_value("item_scraped_count", 3)
    assert verdict(crawl.crawler, said.append) == code
    assert any("as they were when these were last found (parse_tea/cb_kwargs.price 3)" in one for one in said) == bool(
        outdated
    )


def test_links_that_are_learned_after_the_loss_are_learned_with_what_they_hand_over(tmp_path: Path) -> None:
    for _ in range(2):
        crawl = Watched(Priced, tmp_path, **NEVER)
        for number in (1, 2):
            crawl.visit(f"/shelf?page={number}", shelf(number))
        crawl.close()
    crawl = Watched(broken(Priced), tmp_path)
    for number in (1, 2):
        crawl.visit(f"/shelf?page={number}", shelf(number))
    assert crawl.extension.standby is not None
    crawl.extension.standby.conclude()
    assert {one.template for one in crawl.retrain().templates} >= {"parse-links", "parse-links-parse_tea"}
    crawl.close()


def test_learned_links_are_followed_with_it_where_they_are_known(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    learned(Counting, tmp_path, {f"/shelf?page={number}": shelf(number) for number in range(1, 9)})
    second = Watched(Counting, tmp_path, **NEVER)
    second.visit("/shelf?page=1", shelf(1), Request(f"{HOST}/shelf?page=1", cb_kwargs={"number": 7}))
    second.close()
    crawl = Watched(broken(Counting), tmp_path, **NEVER)
    assert told(crawl.visit("/shelf?page=1", shelf(1)))["/tea/3"] == {"number": 107}
    assert "/tea/120" not in told(crawl.visit("/shelf?page=40", shelf(40)))
    assert crawl.close()["links_not_followed/parse_tea"] == 3
    assert "their requests need cb_kwargs.number" in caplog.text


def rated(number: int) -> str:
    """The same with a rating of all teas but the second one."""
    html = shelf(number).replace("</i>", f"</i> <em>rated {number}.1</em>", 1)
    return html.replace("</li></ul>", " <em>rated 4.9</em></li></ul>")


class Rated(Counting):
    """The same with a rating of the page among what it hands over, where a tea has one."""

    following = "h6"

    def of_a_tea(self, row: Any, number: int) -> dict[str, Any]:
        return {"rating": row.css("em::text").get()}


@pytest.mark.parametrize(
    ("path", "number", "none"), [("/shelf?page=1", 1, "/tea/4"), ("/shelf?page=40", 40, "/tea/121")]
)
def test_what_some_links_of_a_page_lack_is_handed_over_as_nothing_where_it_was_before(
    path: str, number: int, none: str, tmp_path: Path
) -> None:
    learned(Rated, tmp_path, {f"/shelf?page={number}": rated(number) for number in range(1, 9)})
    crawl = Watched(broken(Rated), tmp_path, **NEVER)
    found = came(crawl, path, rated(number))
    assert found.pop(none) == {"rating": None}
    assert {handed["rating"] for handed in found.values()} == {f"rated {number}.1", "rated 4.9"}
    assert "links_not_followed/parse_tea" not in crawl.close()


# What is handed over stands on the page, and the links are lost

OTHER = "<html><body><h1>Shelf</h1><p>all new</p></body></html>"
LISTS = {f"/shelf?page={number}": shelf(number).replace("</i>", "</i><b>new</b>", 1) for number in range(1, 9)}
TEAS_OF_ONE = {f"/tea/{n}" for n in (3, 4, 5)}
PRICE = "cb_kwargs.half.price"


class Halves(Counting):
    """The same with the half of an item, that has a field without a value and one that one tea of each list has."""

    name = "halves"
    following = "h6"

    def of_a_tea(self, row: Any, number: int) -> dict[str, Any]:
        return {"half": {"price": row.css(self.price).get(), "badge": row.css("b::text").get(), "stock": None}}

    price = "i::text"


BROKEN = type("Halves", (Halves,), {"row": "h6"})
UNPRICED = type("Halves", (Halves,), {"price": "h6::text"})


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state with what is learned of that spider, and two pages of it known."""
    state = tmp_path_factory.mktemp("halves")
    learned(Halves, state, LISTS)
    return state


@pytest.fixture
def state(halves: Path, tmp_path: Path) -> Path:
    return shutil.copytree(halves, tmp_path / "state")


def says(crawl: Watched, template: str, change: Callable[[Extraction], Extraction]) -> None:
    """Let learned code of one template say something else."""
    read = crawl.site.extract_now

    def said(response: Response, live: Live) -> Read:
        one = read(response, live)
        return replace(one, extraction=change(one.extraction)) if live is crawl.site.get(template) else one

    crawl.site.extract_now = said  # type: ignore[method-assign]


def nothing(extraction: Extraction) -> Extraction:
    """As old code says of a page of another design."""
    return Extraction(abstained=dict.fromkeys(extraction.expected, "absent"), expected=extraction.expected)


def all_but_one_field(extraction: Extraction) -> Extraction:
    """The records, and a field that all pages should have, which this page has not."""
    return replace(extraction, abstained={"more": "absent"}, expected=extraction.expected | {"more"})


def relative(extraction: Extraction) -> Extraction:
    """As a person may have written the links."""
    return replace(extraction, items=[one | {"url": str(one["url"]).removeprefix(HOST)} for one in extraction.items])


def half(price: str | None) -> dict[str, Any]:
    return {"half": {"price": price, "badge": None, "stock": None}}


def with_prices(*numbers: int) -> dict[str, Any]:
    return {f"/tea/{n}": half(f"£{n}.50") for n in numbers}


def came(crawl: Watched, path: str, html: str) -> dict[str, Any]:
    """The requests that come of a page, at once and at the end of the crawl."""
    found = crawl.visit(path, html)
    standby = crawl.extension.standby
    assert standby is not None
    crawl.requests += standby.deliveries()
    return told([*found, *crawl.deliveries()])


@pytest.mark.parametrize("retrain", ["auto", "never"])
@pytest.mark.parametrize(
    ("path", "html", "change", "found", "unknown"),
    [
        ("/shelf?page=40", shelf(40), None, with_prices(120, 121, 122), 0),
        ("/shelf?page=40", shelf(40), relative, with_prices(120, 121, 122), 0),
        ("/shelf?page=40", shelf(40), all_but_one_field, with_prices(120, 121, 122), 0),
        ("/shelf?page=40", shelf(40), nothing, {f"/tea/{n}": half(None) for n in (120, 121, 122)}, 3),
        ("/shelf?page=1", OTHER, None, {path: half(None) for path in TEAS_OF_ONE}, 3),
    ],
    ids=["learned", "relative links", "a page that lacks a field", "links alone", "a page that was known"],
)
def test_lost_links_are_followed_with_what_is_known(
    retrain: str,
    path: str,
    html: str,
    change: Callable[[Extraction], Extraction] | None,
    found: dict[str, Any],
    unknown: int,
    state: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    crawl = Watched(BROKEN, state, EVERGREEN_RETRAIN=retrain)
    if change is not None:
        says(crawl, "parse-links-parse_tea", change)
    assert came(crawl, path, html) == found
    counted = crawl.close()
    assert counted.get(f"not_handed_over/{PRICE}", 0) == unknown
    assert (f"Requests for parse_tea are made without {PRICE}" in caplog.text) is bool(unknown)


@pytest.mark.parametrize("retrain", ["auto", "never"])
def test_known_links_of_few_pages_are_lost_links(retrain: str, state: Path) -> None:
    crawl = Watched(BROKEN, state, EVERGREEN_RETRAIN=retrain)
    for path in came(crawl, "/shelf?page=1", OTHER):
        crawl.visit(path, shelf(1), Request(HOST + path, crawl.spider.parse_tea, cb_kwargs={"new": path}))
    assert crawl.extension.standby is not None
    crawl.extension.standby.conclude()
    counted = crawl.close()
    assert counted["known_links/parse_tea"] == 3
    assert counted["lost_links/parse-links/parse_tea"] == 1
    assert counted["drift_pending"] == 2


MOVED = {"redirect_urls": [f"{HOST}/shelf?page=1"], "redirect_reasons": [301]}


@pytest.mark.parametrize(
    ("metas", "followed"),
    [
        ([MOVED], [3]),
        ([MOVED, {}], [3, 3]),
        ([{**MOVED, "redirect_reasons": [302]}], [0]),
        ([{}], [0]),
    ],
    ids=["moved", "moved in an earlier crawl", "not for good", "another page"],
)
def test_links_of_a_page_that_moved_are_known_by_its_old_address(
    metas: list[dict[str, Any]], followed: list[int], state: Path
) -> None:
    for meta, number in zip(metas, followed, strict=True):
        crawl = Watched(BROKEN, state, **NEVER)
        found = crawl.visit("", OTHER, Request(f"{HOST}/new/1", meta=meta))
        assert len(found) == number
        crawl.close()


def test_what_is_known_of_a_page_since_it_moved_does_not_hide_what_was_known_before(tmp_path: Path) -> None:
    visited(Counting, tmp_path)
    moved = Request(f"{HOST}/new/1", meta=MOVED)
    first = Watched(Counting, tmp_path, **NEVER)
    healed, now = {"parse": f"{HOST}/shelf?page=2"}, datetime.now(UTC)
    first.site.record(first.response("", OTHER, moved), "parse-links", now, healed, source="spider")
    first.close()
    crawl = Watched(broken(Counting), tmp_path, **NEVER)
    assert told(crawl.visit("", OTHER, moved)).keys() == {"/shelf?page=2", *TEAS_OF_ONE}
    crawl.close()


@pytest.mark.parametrize(
    ("paths", "moved", "shelves"),
    [
        (["/shelf?page=2"], True, []),
        (["/new/2"], True, [8]),
        (["/shelf?page=7", "/shelf?page=8", "/new/2", "/new/3"], True, [6, 5]),
        (["/new/2", *(f"/shelf?page={number}" for number in range(2, 8))], True, [8]),
        ([f"/new/{number}" for number in range(2, 20)], True, [8, 7, 6, 5, 4, 3, 2]),
        ([f"/new/{number}" for number in range(2, 20)], False, []),
    ],
    ids=["known", "as many as are not known", "not those that came", "came later", "all", "other pages than before"],
)
def test_lost_links_of_addresses_that_nobody_knows_are_those_of_known_pages_that_did_not_come(
    paths: list[str], moved: bool, shelves: list[int], tmp_path: Path
) -> None:
    visited(Counting, tmp_path)
    for number in range(3, 9):
        later = Watched(Counting, tmp_path, **NEVER)
        later.visit("", shelf(number), Request(f"{HOST}/shelf?page={number}", cb_kwargs={"number": number}))
        later.close()
    crawl = Watched(broken(Counting), tmp_path, **NEVER)
    crawl.visit("", EMPTY, Request(f"{HOST}/new/1", meta=MOVED if moved else {}))
    for path in paths:
        crawl.visit(path, EMPTY)
    standby = crawl.extension.standby
    assert standby is not None
    teas = {path: handed for path, handed in told([*standby.by_memory()]).items() if path.startswith("/tea")}
    assert teas == {f"/tea/{3 * one + n}": {"number": one + 100} for one in shelves for n in range(3)}
    assert list(standby.by_memory()) == []
    crawl.close()


def searched(region: str, method: str = "POST") -> Request:
    return Request(f"{HOST}/search", method=method, body=f"region={region}")


@pytest.mark.parametrize(
    ("before", "now", "followed"),
    [
        ([("north", 1)], searched("north"), 1),
        ([("north", 1)], searched("south"), 0),
        ([("north", 1)], searched("north", "PUT"), 0),
        ([("north", 1)], Request(f"{HOST}/search"), 0),
        ([("north", 1), ("south", 4)], searched("north"), 1),
        ([("north", 1), ("south", 4)], searched("south"), 4),
        ([("north", 1), ("north", 4)], searched("north"), 4),
    ],
)
def test_links_of_a_page_that_was_asked_for_by_a_form_are_known_by_what_was_sent(
    before: list[tuple[str, int]], now: Request, followed: int, tmp_path: Path
) -> None:
    for region, number in before:
        first = Watched(Counting, tmp_path, **NEVER)
        first.visit("", shelf(number), searched(region))
        for other in range(20, 26):
            first.visit(f"/shelf?page={other}", shelf(other))
        first.close()
    crawl = Watched(broken(Counting), tmp_path, **NEVER)
    teas = [path for path in told(crawl.visit("", EMPTY, now)) if path.startswith("/tea")]
    assert teas == [f"/tea/{n}" for n in range(3 * followed, 3 * followed + 3) if followed]
    counted = crawl.close()
    assert {name: n for name, n in counted.items() if name.startswith("links_unknown")} == (
        {} if followed else {f"links_unknown/parse-links/{target}": 1 for target in ("parse", "parse_tea")}
    )


def test_what_moves_with_its_list_is_lost_all_the_same(state: Path) -> None:
    crawl = Watched(BROKEN, state, **NEVER)
    found = crawl.visit("", OTHER, Request(f"{HOST}/new/1", meta=MOVED))
    for request in found:
        meta = {"redirect_urls": [request.url], "redirect_reasons": [301]}
        moved = request.replace(
            url=request.url.replace("/tea/", "/new/tea/"), meta=meta, cb_kwargs={"new": request.url}
        )
        crawl.visit("", shelf(1), moved)
    assert crawl.extension.standby is not None
    crawl.extension.standby.conclude()
    assert crawl.close()["lost_links/parse-links/parse_tea"] == 1


@pytest.mark.parametrize("repaired", [True, False])
def test_what_requests_lack_is_handed_over_once_it_is_repaired(repaired: bool, state: Path) -> None:
    crawl = Watched(UNPRICED, state)
    says(crawl, "parse-links-parse_tea", nothing)
    assert crawl.visit("/shelf?page=1", shelf(1)) == []
    standby = crawl.extension.standby
    assert standby is not None
    if repaired:
        items = [{"url": f"{HOST}/tea/{n}", PRICE: f"£{n}.50"} for n in (3, 4, 5)]
        url, now = f"{HOST}/shelf?page=1", datetime.now(UTC)
        standby.repaired([RepairedItem(1, "halves", "parse-links-parse_tea", url, {}, items, {}, 2, now)])
    crawl.requests += standby.deliveries()
    found = told(crawl.deliveries())
    assert found == (with_prices(3, 4, 5) if repaired else {path: half(None) for path in TEAS_OF_ONE})
    counted = crawl.close()
    name = "filled" if repaired else "not_handed_over"
    assert {name: n for name, n in counted.items() if PRICE in name and name.startswith(("filled", "not_h"))} == {
        f"{name}/{PRICE}": 3
    }


def test_requests_without_what_few_have_do_not_wait(state: Path) -> None:
    crawl = Watched(Halves, state)
    assert told(crawl.visit("/shelf?page=1", shelf(1))) == with_prices(3, 4, 5)
    assert not [name for name in crawl.close() if name.startswith(("held", "filled", "not_handed"))]


class Sorted(Counting):
    """The same with the kind of each tea, a word on its card, and a number of the card."""

    name = "sorted"
    following = "h6"

    def of_a_tea(self, row: Any, number: int) -> dict[str, Any]:
        return {"kind": row.css("b::text").get()}


class Graded(Sorted):
    """The same with the price, which may have changed."""

    def of_a_tea(self, row: Any, number: int) -> dict[str, Any]:
        return {"kind": row.css("b::text").get(), "price": row.css("i::text").get()}


def sorted_shelf(number: int, address: str = "/tea/") -> str:
    html = shelf(number).replace("/tea/", address)
    for n, kind in enumerate(("green", "black", "white"), 3 * number):
        html = html.replace(f"£{n}.50</i>", f"£{n}.50</i><b>{kind}</b>")
    return html


KINDS = {f"/tea/{n}": {"kind": kind} for n, kind in enumerate(("green", "black", "white"), 3)}


@pytest.mark.parametrize("retrain", ["auto", "never"])
@pytest.mark.parametrize(("spider", "asked"), [(Sorted, KINDS), (Graded, {})])
@pytest.mark.parametrize(("address", "moved"), [("/cup/", True), ("/tea/", False)])
def test_known_links_that_the_page_shows_no_more_are_asked_for_with_the_words_known_for_them(
    spider: type[Spider], asked: dict[str, Any], address: str, moved: bool, retrain: str, tmp_path: Path
) -> None:
    learned(spider, tmp_path, {f"/shelf?page={number}": sorted_shelf(number) for number in range(1, 9)})
    crawl = Watched(type("Broken", (spider,), {"row": "h6"}), tmp_path, EVERGREEN_RETRAIN=retrain)
    says(crawl, "parse-links-parse_tea", nothing)
    found = told(crawl.visit("/shelf?page=1", sorted_shelf(1, address).replace("<li>", "<li class=new>")))
    at_once = {path: handed for path, handed in found.items() if path.startswith("/tea/")}
    if moved:
        assert at_once == asked
    else:
        assert at_once == (asked if retrain == "never" else {})
    crawl.close()


@pytest.mark.parametrize(("known", "kind"), [(["green"] * 3, "green"), (["green", "black", "green"], None)])
def test_new_links_get_the_word_that_all_known_links_of_their_page_have(
    known: list[str], kind: str | None, tmp_path: Path
) -> None:
    def page(number: int, kinds: list[str], new: str = "") -> str:
        html = shelf(number)
        for n, one in enumerate(kinds, 3 * number):
            html = html.replace(f"£{n}.50</i>", f"£{n}.50</i><b>{one}</b>")
        return html.replace("</ul>", f"{new}</ul>")

    pages = {f"/shelf?page={n}": page(n, ["black"] * 3 if n > 1 else known) for n in range(1, 9)}
    learned(Sorted, tmp_path, pages)
    crawl = Watched(type("Broken", (Sorted,), {"row": "h6"}), tmp_path, **NEVER)
    says(crawl, "parse-links-parse_tea", nothing)
    found = told(crawl.visit("/shelf?page=1", page(1, known, "<li><a href='/tea/99'>Tea 99</a></li>")))
    assert found.get("/tea/99") == ({"kind": kind} if kind else None)
    crawl.close()


# Links that learned code is not sure of, or takes for those of another kind


class Plain(Counting):
    """A spider that hands nothing over."""

    name = "plain"

    def parse(self, response: Response, number: int = 1, **more: Any) -> Iterator[Any]:
        yield from response.follow_all(css=f"{self.row} a", callback=self.parse_tea)
        yield from response.follow_all(css=self.following)


NEW = f"{HOST}/tea/77"
PAGER = f"{HOST}/shelf?page=3"


@pytest.mark.parametrize(("answer", "followed", "told"), [
    ({"item": {"parse_tea": [NEW], "parse": PAGER}}, {"/tea/77": "parse_tea", "/shelf?page=3": "parse"}, 0),
    # A page of the list is no tea.
    ({"item": {"parse_tea": [NEW, PAGER], "parse": PAGER}}, {"/tea/77": "parse_tea", "/shelf?page=3": "parse"}, 0),
    ({"abstained": {"parse_tea": "doubtful"}}, {}, 1),
    ({"abstained": {"parse_tea": "absent"}}, {}, 0),
    ({"abstained": {"parse_tea": "doubtful"}, "likely": [{"parse_tea": [NEW]}]}, {"/tea/77": "parse_tea"}, 0),
])  # fmt: skip
def test_links_that_learned_code_is_sure_of_or_not(
    answer: dict[str, Any], followed: dict[str, str], told: int, tmp_path: Path
) -> None:
    learned(Plain, tmp_path, {f"/shelf?page={number}": shelf(number) for number in range(1, 9)})
    crawl = Watched(broken(Plain), tmp_path, **NEVER)
    says(crawl, "parse-links", lambda one: Extraction(expected=one.expected, **answer))
    found = crawl.visit("/shelf?page=40", EMPTY)
    assert {one.url.removeprefix(HOST): one.callback.__name__ for one in found if one.callback} == {
        path: name for path, name in followed.items() if name != "parse"
    }
    assert {one.url.removeprefix(HOST) for one in found} == followed.keys()
    counted = crawl.close()
    assert counted.get("links_unsure/parse-links/parse_tea", 0) == told
    assert crawl.crawler.stats is not None
    crawl.crawler.stats.set_value("response_received_count", 1)
    sentences: list[str] = []
    verdict(crawl.crawler, sentences.append)
    assert ("not sure enough" in " ".join(sentences)) is bool(told)


@pytest.mark.parametrize("alive", [False, True])
def test_a_link_that_only_the_repaired_page_shows_is_followed_unless_the_spider_finds_such(
    alive: bool, tmp_path: Path
) -> None:
    last = shelf(8).replace("more", "")
    learned(
        Plain, tmp_path, {f"/shelf?page={number}": shelf(number) for number in range(1, 8)} | {"/shelf?page=8": last}
    )
    crawl = Watched(Plain if alive else broken(Plain), tmp_path)
    if alive:
        crawl.visit("/shelf?page=1", shelf(1))
    crawl.visit("/shelf?page=50", last.replace("class=next", ""))
    standby = crawl.extension.standby
    assert standby is not None
    item = {"parse_tea": [NEW], "parse": f"{HOST}/shelf?page=51"}
    repaired = RepairedItem(1, "plain", "parse-links", f"{HOST}/shelf?page=50", item, [], {}, 2, datetime.now(UTC))
    standby.repaired([repaired])
    crawl.requests += standby.deliveries()
    assert (f"{HOST}/shelf?page=51" in [one.url for one in crawl.deliveries()]) is not alive
    crawl.close()
