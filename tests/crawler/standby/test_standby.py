"""Learned code beside a spider: changes nothing while the spider is well, and steps in where it fails."""

from __future__ import annotations

import contextlib
import functools
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pydantic
import pytest
import scrapy
from itemadapter import ItemAdapter
from scrapy import Request, Spider
from scrapy.exceptions import DontCloseSpider
from scrapy.http import HtmlResponse, Response
from watch_tools import HOST, TEAS, Watched, learned, tea, teas

from crawler.reading.live import Live, Read
from learner.state.records import RepairedItem
from learner.state.store import Store

NEVER = {"EVERGREEN_RETRAIN": "never"}


class TeaItem(scrapy.Item):
    name = scrapy.Field()
    price = scrapy.Field()
    place = scrapy.Field()
    url = scrapy.Field()
    shop = scrapy.Field()


@dataclass
class TeaData:
    name: str | None = None
    price: str | None = None
    place: str | None = None
    url: str | None = None
    shop: str | None = None


@attrs.define
class TeaAttrs:
    name: str | None = None
    price: str | None = None
    place: str | None = None
    url: str | None = None
    shop: str | None = None


class TeaModel(pydantic.BaseModel):
    name: str | None = None
    price: str | None = None
    place: str | None = None
    url: str | None = None
    shop: str | None = None


@dataclass
class Priced:
    price: str


ITEMS: list[type] = [dict, TeaItem, TeaData, TeaAttrs, TeaModel]


class Teas(Spider):
    """A spider whose selectors are attributes, so that a test can kill them one by one."""

    name = "teas"
    item: type = dict
    title, price, place = "h1.t::text", "p.p::text", "i::text"
    gives = True
    raises = ""
    """When the callback raises: "at once" before it yields, "later" in its course, or never."""

    def parse(self, response: Response) -> Iterator[Any]:
        if self.raises == "at once":
            raise ValueError("no such tea")
        yield from self.found(response)

    def found(self, response: Response) -> Iterator[Any]:
        if self.raises:
            raise ValueError("no such tea")
        if self.gives:
            values = {"name": self.title, "price": self.price, "place": self.place}
            found = {name: response.css(selector).get() for name, selector in values.items()}
            if found["place"]:
                found["place"] = found["place"].removeprefix("from ")
            yield self.item(**found, url=response.url, shop="hearth")


class AtOnce(Teas):
    """The same with a callback that is no generator."""

    def parse(self, response: Response) -> list[Any]:  # type: ignore[override]
        return list(self.found(response))


def variant(base: type[Spider], **attributes: Any) -> type[Spider]:
    return type(base.__name__, (base,), attributes)


def plain(item: Any) -> dict[str, Any]:
    return dict(ItemAdapter(item))


def whole(number: int = 9) -> dict[str, Any]:
    place = ("Darjeeling", "Uji", "Fujian")[number % 3]
    price, url = f"£{number + 3}.{number}0", f"{HOST}/tea/{number}"
    return {"name": TEAS[number], "price": price, "place": place, "url": url, "shop": "hearth"}


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Callable[[type], Path]:
    """The state folder of a spider that yields items of this type, with what was learned of it."""

    @functools.cache
    def state(item: type) -> Path:
        folder = tmp_path_factory.mktemp("teas")
        learned(variant(Teas, item=item), folder, teas())
        return folder

    return state


@pytest.mark.parametrize("item", ITEMS)
def test_a_well_spider_is_left_alone(item: type, states: Callable[[type], Path], tmp_path: Path) -> None:
    shutil.copytree(states(item), tmp_path, dirs_exist_ok=True)
    crawl = Watched(variant(Teas, item=item), tmp_path)
    assert [plain(one) for one in crawl.visit("/tea/9", tea(TEAS[9], 9))] == [whole()]
    counted = crawl.close()
    assert not [name for name in counted if name.startswith(("filled", "held", "not_trusted", "disagrees", "known"))]
    with Store.open(tmp_path) as store:
        template = f"parse.{item.__name__}"
        assert store.versions.live("teas", template).load().fields.keys() == {"name", "price", "place"}  # type: ignore[union-attr]
        assert store.counts("teas", template)["complete"] == 1


def test_what_is_yielded_goes_on_at_once_and_as_it_is(tmp_path: Path) -> None:
    made: list[Any] = []

    class Slow(Teas):
        def parse(self, response: Response) -> Iterator[Any]:
            for number in range(3):
                made.append({"name": TEAS[number]} if number != 1 else Request(f"{HOST}/{number}"))
                yield made[-1]
            yield None

    crawl = Watched(Slow, tmp_path)
    output = iter(crawl.output(crawl.response("/", tea("Assam", 1))))
    for number in range(3):
        assert next(output) is made[number]
        assert len(made) == number + 1
    assert list(output) == [None]
    crawl.close()


@pytest.mark.parametrize(("item", "dead"), [*((item, "price") for item in ITEMS), (dict, "title"), (TeaItem, "place")])
def test_a_missing_value_is_filled_in(
    item: type, dead: str, states: Callable[[type], Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.copytree(states(item), tmp_path, dirs_exist_ok=True)
    crawl = Watched(variant(Teas, item=item, **{dead: "h6::text"}), tmp_path, **NEVER)
    # What is not beyond doubt waits until three pages have shown that the selector is dead.
    found = [one for number in (7, 8, 9) for one in crawl.visit(f"/tea/{number}", tea(TEAS[number], number))]
    assert {type(one) for one in found} == {item}
    assert sorted(map(plain, found), key=lambda one: one["url"]) == [whole(7), whole(8), whole(9)]
    counted = crawl.close()
    field = {"title": "name"}.get(dead, dead)
    assert {name: n for name, n in counted.items() if name.startswith("filled")} == {
        f"filled/parse.{item.__name__}/{field}": 3
    }
    assert f"the spider's own code found no {field} on any page" in caplog.text


@pytest.mark.parametrize(
    ("base", "item", "trouble"),
    [*((Teas, item, "") for item in ITEMS), (Teas, dict, "later"), (Teas, dict, "at once"), (AtOnce, TeaItem, "later")],
)
def test_an_item_that_did_not_come_is_built(
    base: type[Spider], item: type, trouble: str, states: Callable[[type], Path], tmp_path: Path
) -> None:
    shutil.copytree(states(item), tmp_path, dirs_exist_ok=True)
    crawl = Watched(variant(base, item=item, gives=False, raises=trouble), tmp_path, **NEVER)
    found: list[Any] = []
    with pytest.raises(ValueError, match="no such tea") if trouble else contextlib.nullcontext():
        found.extend(crawl.output(crawl.response("/tea/9", tea(TEAS[9], 9))))
    found += crawl.deliveries()
    counted = crawl.close()
    template = f"parse.{item.__name__}"
    assert [type(one) for one in found] == [item]
    # The name of the shop is no value of the page; all of the spider's items have this one.
    assert plain(found[0]) == whole()
    assert counted[f"filled_items/{template}"] == 1
    assert f"left_out/{template}/shop" not in counted


def test_what_a_callback_raises_is_counted_unless_learned_code_brings_the_items(
    states: Callable[[type], Path], tmp_path: Path
) -> None:
    for state, raised in ((states(dict), 0), (None, 3)):
        folder = tmp_path / str(raised)
        if state is not None:
            shutil.copytree(state, folder)
        crawl = Watched(variant(Teas, raises="later"), folder, **NEVER)
        for number in range(3):
            with contextlib.suppress(ValueError):
                crawl.visit(f"/tea/{number}", tea(TEAS[number], number))
        counted = crawl.close()
        assert (counted.get("raised/parse", 0), counted["watched/parse"]) == (raised, 3)


@pytest.mark.parametrize("gives", [True, False])
def test_a_page_that_is_none_of_the_templates_is_counted(
    gives: bool, states: Callable[[type], Path], tmp_path: Path
) -> None:
    shutil.copytree(states(dict), tmp_path, dirs_exist_ok=True)
    crawl = Watched(variant(Teas, gives=gives), tmp_path, **NEVER)
    login = "<html><title>Sign in</title><body><h1>Sign in</h1><form><input type=password name=p></form></body></html>"
    assert len(crawl.visit("/tea/1", login)) == gives
    crawl.visit("/tea/2", tea(TEAS[2], 2))
    counted = crawl.close()
    assert {name: n for name, n in counted.items() if name.startswith("refused")} == {
        "refused": 1,
        "refused/login": 1,
    }


def test_pages_that_are_empty_or_gone_are_missed_until_they_have_been_gone_for_long(
    states: Callable[[type], Path], tmp_path: Path
) -> None:
    shutil.copytree(states(dict), tmp_path, dirs_exist_ok=True)
    gone = "<html><title>Not found</title><body><h1>Page not found</h1><p>It does not exist.</p></body></html>"
    for visit in range(7):
        crawl = Watched(variant(Teas, gives=False), tmp_path, **NEVER)
        crawl.visit("/tea/1", gone)
        crawl.visit("/tea/2", " ")
        crawl.visit("/tea/3", " ", Request(f"{HOST}/tea/3", callback=crawl.spider.found))
        counted = crawl.close()
        figures = {"refused": 2, "refused/empty": 1, "refused/soft_404": 1, "not_watched/empty": 2}
        assert {name: counted[name] for name in figures} == figures
        assert counted.get("missed_pages", 0) == (visit < 5)


def test_filled_in_values_tell_where_they_come_from(states: Callable[[type], Path], tmp_path: Path) -> None:
    shutil.copytree(states(dict), tmp_path, dirs_exist_ok=True)
    crawl = Watched(variant(Teas, price="h6::text"), tmp_path, EVERGREEN_PROVENANCE=True, **NEVER)
    (found,) = crawl.visit("/tea/9", tea(TEAS[9], 9))
    origin = found.pop("_evergreen")
    assert found == whole()
    assert (origin["template"], origin["version"]) == ("parse.dict", 1)
    assert origin["confidence"].keys() == {"price"}
    crawl.close()


def test_an_item_that_cannot_be_built_is_counted_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    @dataclass
    class Demanding:
        name: str
        price: str
        place: str
        url: str
        shop: str

    learned(variant(Teas, item=Demanding), tmp_path, teas())
    crawl = Watched(variant(Teas, item=Demanding, gives=False), tmp_path, **NEVER)
    assert crawl.visit("/tea/9", tea(TEAS[9], 9)) == []
    assert crawl.close()["not_built/parse.Demanding"] == 1
    assert "can be built from" in caplog.text


def rows(first: int, design: str = "<li><b>{name}</b> <i>{price}</i></li>") -> str:
    """A page of five teas."""
    made = "".join(design.format(name=f"{TEAS[n % 10]} No. {n}", price=f"£{n}.50") for n in range(first, first + 5))
    return f"<html><body><h1>Teas</h1><ul>{made}</ul></body></html>"


class Rows(Spider):
    """A spider of pages that show many items."""

    name = "rows"
    row, title, price = "li", "b::text", "i::text"

    def parse(self, response: Response) -> Iterator[Any]:
        for row in response.css(self.row):
            yield {"name": row.css(self.title).get(), "price": row.css(self.price).get()}


@pytest.mark.parametrize("dead", ["row", "title", "price"])
def test_items_of_a_page_of_many(dead: str, tmp_path: Path) -> None:
    learned(Rows, tmp_path, {f"/{first}": rows(first) for first in range(0, 50, 5)})
    first = Watched(Rows, tmp_path, **NEVER)
    well = first.visit("/50", rows(50))
    first.close()
    assert len(well) == 5
    crawl = Watched(variant(Rows, **{dead: "h6"}), tmp_path, **NEVER)
    assert crawl.visit("/50", rows(50)) == well
    counted = crawl.close()
    assert counted[f"filled/parse.dict/{'name' if dead == 'title' else 'price'}"] == 5


def shelf(
    number: int, last: bool = False, design: str = "<li><a href='/tea/{n}'>{name}</a> <i>{price}</i></li>"
) -> str:
    """A list page of three teas with a link to the next page."""
    made = "".join(
        design.format(n=n, name=f"{TEAS[n % 10]} No. {n}", price=f"£{n}.50") for n in range(3 * number, 3 * number + 3)
    )
    more = "" if last else f"<a class=next href='/shelf/{number + 1}'>more</a>"
    return f"<html><body><h1>Shelf</h1><ul>{made}</ul>{more}<p><a href=/about>About</a></p></body></html>"


class Shelves(Spider):
    """A spider that hands over a part of its items with links."""

    name = "shelves"
    row, price, following = "li", "i::text", "a.next::attr(href)"
    hands_over: Any = staticmethod(lambda row, price: {"cb_kwargs": {"item": {"price": row.css(price).get()}}})

    def parse(self, response: Response) -> Iterator[Any]:
        for row in response.css(self.row):
            yield response.follow(
                row.css("a::attr(href)").get(),
                self.parse_tea,
                errback=self.failed,
                dont_filter=True,
                priority=3,
                **self.hands_over(row, self.price),
            )
        following = response.css(self.following).get()
        if following:
            yield response.follow(following)

    def parse_tea(self, response: Response, item: Any = None) -> Iterator[Any]:
        yield item

    def failed(self, failure: Any) -> None:
        """The callback of failures."""


SHELVES = {f"/shelf/{number}": shelf(number, number == 7) for number in range(8)}


def as_told(request: Request) -> dict[str, Any]:
    """A request as far as it matters."""
    told = {name: getattr(request, name) for name in ("url", "dont_filter", "priority", "cb_kwargs", "meta")}
    return {**told, "callback": getattr(request.callback, "__name__", None), "errback": bool(request.errback)}


HANDED: dict[str, Any] = {
    "an item": Shelves.__dict__["hands_over"],
    "nothing": staticmethod(lambda row, price: {}),
    "a constant": staticmethod(lambda row, price: {"cb_kwargs": {"item": "tea"}, "meta": {"cookiejar": 1}}),
    "an item in meta": staticmethod(lambda row, price: {"meta": {"item": TeaItem(price=row.css(price).get())}}),
    "a value": staticmethod(lambda row, price: {"cb_kwargs": {"item": row.css(price).get()}}),
}


@pytest.mark.parametrize("handed", HANDED)
def test_lost_links_are_followed_as_the_spider_did(handed: str, tmp_path: Path) -> None:
    spider = variant(Shelves, hands_over=HANDED[handed])
    learned(spider, tmp_path, SHELVES)
    page = shelf(40)
    first = Watched(spider, tmp_path, **NEVER)
    well = [as_told(request) for request in first.visit("/shelf/40", page)]
    first.close()
    assert len(well) == 4
    crawl = Watched(variant(spider, row="h6", following="h6"), tmp_path, **NEVER)
    found = crawl.visit("/shelf/40", page)
    assert sorted(map(as_told, found), key=str) == sorted(well, key=str)
    counted = crawl.close()
    assert counted["filled_links/parse_tea"] == 3
    assert counted["filled_links/parse"] == 1


def test_known_links_are_followed_where_nothing_is_learned(tmp_path: Path) -> None:
    first = Watched(Shelves, tmp_path)
    first.visit("/shelf/1", SHELVES["/shelf/1"])
    first.close()
    crawl = Watched(variant(Shelves, row="h6", following="h6"), tmp_path, **NEVER)
    found = crawl.visit("/shelf/1", "<html><body><p>all new, and nothing of the old is left here</body></html>")
    assert [request.url for request in found] == [f"{HOST}/shelf/2", *(f"{HOST}/tea/{n}" for n in (3, 4, 5))]
    # What was handed over is not known any more: no value is taken from an earlier crawl.
    assert [request.cb_kwargs for request in found[1:]] == [{"item": {"price": None}}] * 3
    counted = crawl.close()
    assert counted["known_links/parse_tea"] == counted["not_handed_over/cb_kwargs.item.price"] == 3


@pytest.mark.parametrize(
    ("second", "lost"),
    [(shelf(2), 1), (shelf(1), 0), ("<html><body><p>There is nothing on this shelf.</p></body></html>", 0)],
    ids=["it shows what would be missed", "it shows the same again", "it shows nothing"],
)
def test_a_link_is_lost_if_what_it_led_to_is_there(second: str, lost: int, tmp_path: Path) -> None:
    first = Watched(Shelves, tmp_path)
    for number in (1, 2):
        first.visit(f"/shelf/{number}", SHELVES[f"/shelf/{number}"])
    first.close()
    crawl = Watched(variant(Shelves, following="h6"), tmp_path, **NEVER)
    *_, following = crawl.visit("/shelf/1", SHELVES["/shelf/1"])
    assert following.url == f"{HOST}/shelf/2"
    crawl.visit("/shelf/2", second, following)
    assert crawl.extension.standby is not None
    crawl.extension.standby.conclude()
    counted = crawl.close()
    assert counted.get("lost_links/parse-links/parse", 0) == counted.get("lost_links_not_learned", 0) == lost


@pytest.mark.parametrize(
    ("broken", "drift"), [(0, []), (1, []), (2, ["parse.dict"])], ids=["none of five", "one of five", "two of five"]
)
def test_pages_that_were_read_before_and_give_nothing_are_drift_in_one_crawl(
    broken: int, drift: list[str], tmp_path: Path
) -> None:
    learned(Teas, tmp_path, teas())
    crawl = Watched(Teas, tmp_path, **NEVER)
    for number, (path, html) in enumerate(list(teas().items())[:5]):
        new = f"<html><body><h4>{path}</h4><p>All new.</p></body></html>"
        crawl.visit(path, new if number < broken else html)
    assert crawl.extension.standby is not None
    crawl.extension.standby.conclude()
    crawl.site.flush()
    assert [one.template for one in crawl.site.store.drifts.pending(crawl.site.site)] == drift
    crawl.close()


def test_the_last_page_of_a_pagination_has_lost_nothing(tmp_path: Path) -> None:
    learned(Shelves, tmp_path, SHELVES)
    crawl = Watched(Shelves, tmp_path)
    for path, html in SHELVES.items():
        assert len(crawl.visit(path, html)) == (3 if path.endswith("7") else 4)
    assert not [name for name in crawl.close() if name.startswith(("filled", "known", "held"))]


@pytest.mark.parametrize(
    ("hands_over", "missing"),
    [
        (lambda row, price: {"cb_kwargs": {"item": object()}}, "cb_kwargs.item"),
        (lambda row, price: {"cb_kwargs": {"item": Priced(row.css(price).get())}}, "more values in cb_kwargs.item"),
        (lambda row, price: {"method": "POST"}, "a plain GET"),
    ],
)
def test_links_that_cannot_be_followed_again_are_said(
    hands_over: Any, missing: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spider = variant(Shelves, hands_over=staticmethod(hands_over))
    first = Watched(spider, tmp_path)
    for path, html in SHELVES.items():
        first.visit(path, html)
    first.close()
    crawl = Watched(variant(spider, row="h6"), tmp_path, **NEVER)
    crawl.visit("/shelf/1", SHELVES["/shelf/1"])
    counted = crawl.close()
    if missing != "a plain GET":
        assert counted["links_not_followed/parse_tea"] == 3
        assert f"their requests need {missing}" in caplog.text
    assert "filled_links/parse_tea" not in counted


def test_what_a_request_lacks_is_handed_over(tmp_path: Path) -> None:
    learned(Shelves, tmp_path, SHELVES)
    crawl = Watched(variant(Shelves, price="h6::text"), tmp_path, **NEVER)
    found = crawl.visit("/shelf/40", shelf(40))
    given = {request.url: request.cb_kwargs["item"] for request in found if request.cb_kwargs}
    assert given == {f"{HOST}/tea/{n}": {"price": f"£{n}.50"} for n in (120, 121, 122)}
    assert crawl.close()["filled/cb_kwargs.item.price"] == 3


def test_an_item_that_several_requests_share_is_not_touched(tmp_path: Path) -> None:
    learned(Shelves, tmp_path, SHELVES)
    shared: dict[str, Any] = {"price": None}
    crawl = Watched(
        variant(Shelves, hands_over=staticmethod(lambda row, price: {"cb_kwargs": {"item": shared}})), tmp_path, **NEVER
    )
    assert len(crawl.visit("/shelf/40", shelf(40))) == 4
    assert shared == {"price": None}
    assert crawl.close()["not_handed_over/cb_kwargs.item.price"] == 3


def test_a_value_that_a_changed_page_shows_by_chance_is_not_learned(tmp_path: Path) -> None:
    """After a redesign a selector may find something else: it is exported, as ever, and not learned."""
    learned(Teas, tmp_path, teas())
    new = "<h1 class=t>Teas of the season</h1><p class=p>£1.00</p><i>from here</i><h2>{name}</h2><b>{price}</b>"
    crawl = Watched(Teas, tmp_path)
    for path, html in teas(lambda name, number: tea(name, number, new)).items():
        (found,) = crawl.visit(path, html)
        assert found["name"] == "Teas of the season"
    crawl.close()
    with Store.open(tmp_path) as store:
        assert {known.item["name"] for known in store.examples.known("teas", "parse.dict") if known.item} == set(TEAS)


def test_trouble_of_the_watch_is_not_the_crawls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*arguments: Any) -> None:
        raise RuntimeError("a mistake in Evergreen")

    learned(Teas, tmp_path, teas())
    crawl = Watched(variant(Teas, price="h6::text"), tmp_path)
    monkeypatch.setattr("crawler.standby.standby.Standby.settle", broken)
    for _ in range(2):
        assert [plain(one) for one in crawl.visit("/tea/9", tea(TEAS[9], 9))] == [{**whole(), "price": None}]
    assert caplog.text.count("parse of http://shop.example/tea/9 goes on as it is") == 1
    monkeypatch.undo()
    assert len(crawl.visit("/tea/9", tea(TEAS[9], 9))) + len(crawl.visit("/tea/8", tea(TEAS[8], 8))) == 2
    counted = crawl.close()
    assert (counted["not_watched/error"], counted["filled/parse.dict/price"]) == (2, 2)


def claims(crawl: Watched, path: str, **confidence: float) -> None:
    """Let learned code say a price of £9.99 for one page, with this confidence, whatever the page shows."""
    read = crawl.site.extract_now

    def said(response: Response, live: Live) -> Read:
        one = read(response, live)
        if response.url != HOST + path:
            return one
        item = {**one.extraction.item, **dict.fromkeys(confidence, "£9.99")}
        trust = {**one.extraction.confidence, **confidence}
        abstained = {name: why for name, why in one.extraction.abstained.items() if name not in confidence}
        return replace(one, extraction=replace(one.extraction, item=item, confidence=trust, abstained=abstained))

    crawl.site.extract_now = said  # type: ignore[method-assign]


SOLD = "<h1 class=t>{name}</h1><p>Sold</p><i>from {place}</i>"


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(("confidence", "price"), [(0.8, None), (0.92, None), (0.97, "£9.99")])
def test_a_well_spider_is_believed_where_it_finds_nothing(
    first: bool, confidence: float, price: str | None, states: Callable[[type], Path], tmp_path: Path
) -> None:
    shutil.copytree(states(dict), tmp_path, dirs_exist_ok=True)
    crawl = Watched(Teas, tmp_path, **NEVER)
    claims(crawl, "/tea/9", price=confidence)
    sold = "/tea/9", tea(TEAS[9], 9, SOLD)
    pages = [sold, ("/tea/8", tea(TEAS[8], 8))]
    came = [crawl.visit(*page) for page in (pages if first else reversed(pages))]
    if first and confidence > 0.9:
        price = "£9.99"  # nothing says yet that the selector works
    assert sorted((plain(one) for some in came for one in some), key=lambda one: one["url"]) == [
        whole(8),
        {**whole(9), "price": price},
    ]
    # Nothing waits for the end of the crawl.
    assert [len(some) for some in came] == ([0, 2] if first and price is None else [1, 1])
    counted = crawl.close()
    assert ("filled/parse.dict/price" in counted) is (price is not None)
    with Store.open(tmp_path) as store:
        (newest,) = [one for one in store.extractions.scraped("teas", "parse.dict") if one.url.endswith("/9")][-1:]
    if not first:
        assert newest.item.get("price") == price


def test_records_that_lack_what_others_have_do_not_wait(tmp_path: Path) -> None:
    def some(first: int) -> str:
        return rows(first).replace(f"<i>£{first}.50</i>", "")

    learned(Rows, tmp_path, {f"/{first}": some(first) for first in range(0, 50, 5)})
    crawl = Watched(Rows, tmp_path)
    output = iter(crawl.output(crawl.response("/50", some(50))))
    assert [next(output)["price"] for _ in range(5)] == [None, "£51.50", "£52.50", "£53.50", "£54.50"]
    assert list(output) == []
    assert not [name for name in crawl.close() if name.startswith(("held", "filled"))]


MOVED = "<section><h2>{name}</h2><div><b>{price}</b></div><em>from {place}</em></section>"


@pytest.mark.parametrize("gives", [True, False])
def test_what_a_repair_says_takes_the_place_of_what_old_code_said(
    gives: bool, states: Callable[[type], Path], tmp_path: Path
) -> None:
    shutil.copytree(states(dict), tmp_path, dirs_exist_ok=True)
    crawl = Watched(variant(Teas, gives=gives), tmp_path)
    claims(crawl, "/tea/9", price=0.99)
    assert crawl.visit("/tea/9", tea(TEAS[9], 9, MOVED)) == []
    standby = crawl.extension.standby
    assert standby is not None
    repaired = {"name": TEAS[9], "price": whole(9)["price"], "place": whole(9)["place"]}
    now = datetime.now(UTC)
    standby.repaired([RepairedItem(1, "teas", "parse.dict", HOST + "/tea/9", repaired, [], {}, 2, now)])
    crawl.requests += standby.deliveries()
    (found,) = crawl.deliveries()
    assert plain(found) == whole()
    crawl.close()


def test_two_crawls_at_once_give_each_what_it_fetched_and_what_an_earlier_one_left_comes_once(
    states: Callable[[type], Path], tmp_path: Path
) -> None:
    shutil.copytree(states(dict), tmp_path, dirs_exist_ok=True)

    def crawl(numbers: Sequence[int], **settings: Any) -> Watched:
        begun = Watched(variant(Teas, gives=False), tmp_path, **settings)
        for number in numbers:
            begun.visit(f"/tea/{number}", tea(TEAS[number], number, MOVED))
        begun.site.flush()
        return begun

    for _ in range(2):
        crawl(range(10), **NEVER).close()
    first, second = crawl(range(9)), crawl(range(8))
    assert [one.retrain().exit_code for one in (first, second)] == [0, 0]
    for one, urls in ((first, range(9)), (second, range(8))):
        one.extension._retrained(0)
        assert sorted(item["url"] for item in one.deliveries()) == [f"{HOST}/tea/{number}" for number in urls]
    assert first.extension.standby is not None
    first.extension.standby.leads = f"{HOST}/tea/9".__eq__  # type: ignore[method-assign]
    with pytest.raises(DontCloseSpider):
        idle(first)
    assert [item["url"] for item in first.deliveries()] == [f"{HOST}/tea/9"]
    for one in (first, second):
        idle(one)
        assert one.deliveries() == []
        one.close()
    with Store.open(tmp_path) as store:
        assert store.repairs.take("teas") == []


def test_what_fails_while_another_retrain_heals_is_extracted_again(
    states: Callable[[type], Path], tmp_path: Path
) -> None:
    shutil.copytree(states(dict), tmp_path, dirs_exist_ok=True)
    first, second = (Watched(variant(Teas, gives=False), tmp_path) for _ in range(2))
    pages = {f"/tea/{number}": tea(TEAS[number], number, MOVED) for number in range(10)}
    for path, html in pages.items():
        first.visit(path, html)
    assert not first.site.fall_behind()
    assert first.retrain().exit_code == 0
    for path, html in list(pages.items())[:2]:
        assert second.visit(path, html) == []
    assert (second.site.fall_behind(), second.site.fall_behind()) == (True, False)
    assert [drift.template for drift in second.site.store.drifts.healed("teas")] == ["parse.dict"]
    report = second.retrain()
    assert [(one.action, one.repaired) for one in report.templates] == [("caught_up", 2)]
    for crawl, count in ((first, 10), (second, 2)):
        crawl.extension._retrained(0)
        assert sorted(item["url"] for item in crawl.deliveries()) == [HOST + path for path in list(pages)[:count]]
        assert crawl.close()["drift_pending"] == 0


def idle(crawl: Watched) -> None:
    """The end of a crawl that has nothing to heal any more."""
    crawl.site.drifted = False
    crawl.extension.spider_idle(crawl.spider)


@pytest.mark.parametrize("retrain", ["auto", "never"])
def test_what_is_vouched_for_comes_of_pages_that_nothing_repairs(
    retrain: str, states: Callable[[type], Path], tmp_path: Path
) -> None:
    shutil.copytree(states(dict), tmp_path, dirs_exist_ok=True)
    crawl = Watched(variant(Teas, gives=False), tmp_path, EVERGREEN_RETRAIN=retrain)
    claims(crawl, "/tea/9", name=0.95, place=0.95)
    found = crawl.visit("/tea/9", tea(TEAS[9], 9, "<p>Something else</p>"))
    assert bool(found) is (retrain == "never")
    standby = crawl.extension.standby
    assert standby is not None
    crawl.requests += standby.deliveries()
    # The price is not known.
    told = {"name": "£9.99", "place": "£9.99", "url": HOST + "/tea/9", "price": None, "shop": "hearth"}
    assert [plain(one) for one in [*found, *crawl.deliveries()]] == [told]
    crawl.close()


def test_what_an_earlier_crawl_fetched_is_not_given_in_place_of_a_page_that_nothing_repairs(
    states: Callable[[type], Path], tmp_path: Path
) -> None:
    shutil.copytree(states(dict), tmp_path, dirs_exist_ok=True)
    before = Watched(variant(Teas, gives=False), tmp_path, **NEVER)
    for number in range(10):
        before.visit(f"/tea/{number}", tea(TEAS[number], number, MOVED))
    before.close()
    crawl = Watched(variant(Teas, gives=False), tmp_path)
    assert crawl.visit("/tea/9", tea(TEAS[9], 9, "<p>Something else</p>")) == []
    report = crawl.retrain()
    assert [(one.action, one.repaired) for one in report.templates] == [("healed", 10)]
    crawl.extension._retrained(0)
    assert crawl.deliveries() == []
    assert crawl.extension.standby is not None
    crawl.extension.standby.leads = f"{HOST}/tea/9".__eq__  # type: ignore[method-assign]
    idle(crawl)
    assert (crawl.deliveries(), crawl.close().get("earlier_items", 0)) == ([], 0)
    with Store.open(tmp_path) as store:
        assert f"{HOST}/tea/9" in [one.url for one in store.repairs.take("teas")]


def test_no_item_is_made_of_a_page_that_shows_less_than_half(states: Callable[[type], Path], tmp_path: Path) -> None:
    shutil.copytree(states(dict), tmp_path, dirs_exist_ok=True)
    crawl = Watched(variant(Teas, gives=False), tmp_path, **NEVER)
    claims(crawl, "/tea/9", name=0.99)
    assert crawl.visit("/tea/9", tea(TEAS[9], 9, "<p>We are on holiday until Monday.</p>")) == []
    assert crawl.close()["scant/parse.dict"] == 1


@pytest.mark.parametrize(
    ("lists", "status", "job", "delivered"),
    [
        (True, 500, False, True),  # it is there, and the server failed
        (True, 404, False, False),
        (True, 410, False, False),
        (True, 0, False, True),
        (False, 0, False, False),  # no page of the crawl shows it
        (False, 0, True, True),  # an earlier part of the crawl was led there
    ],
)
def test_what_is_gone_does_not_come_back(
    lists: bool, status: int, job: bool, delivered: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Listed(Spider):
        name = "listed"

        def parse(self, response: Response) -> Iterator[Any]:
            for link in response.css("a::attr(href)").getall():
                yield response.follow(link, self.parse_tea)

        def parse_tea(self, response: Response) -> Iterator[Any]:
            yield {"name": response.css("h1::text").get()}

    seen = tmp_path / "job" / "requests.seen"
    seen.parent.mkdir()
    seen.write_text("one" if job else "")
    first = Watched(Listed, tmp_path / "state")
    first.visit("", tea("Assam", 1), Request(f"{HOST}/tea/1", first.spider.parse_tea))  # type: ignore[attr-defined]
    first.close()
    crawl = Watched(Listed, tmp_path / "state", JOBDIR=str(seen.parent))
    crawl.visit("/", "<html><body><a href=/tea/2>Ceylon</a>" + "<a href=/tea/1>Assam</a>" * lists + "</body></html>")
    if status:
        url = f"{HOST}/tea/1"
        crawl.extension.response_received(HtmlResponse(url, status=status), Request(url))
    now = datetime.now(UTC)
    left = [RepairedItem(7, "listed", "parse_tea.dict", f"{HOST}/tea/1", {"name": "Assam"}, [], {"name": 0.9}, 2, now)]
    crawl.site.store.repairs.take = lambda *_, own, **__: [] if own or not left else [left.pop()]  # type: ignore[method-assign]
    with contextlib.suppress(DontCloseSpider):
        crawl.extension.spider_idle(crawl.spider)
    assert crawl.deliveries() == ([{"name": "Assam"}] if delivered else [])
    counted = crawl.close()
    assert (counted.get("earlier_items", 0), counted.get("earlier_items_kept", 0)) == (delivered, not delivered)
    assert ("are not delivered: nothing in this crawl leads there, or they are gone" in caplog.text) is not delivered
