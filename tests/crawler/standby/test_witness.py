"""What only some pages have is filled in where the spider has lost it, and nowhere else."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.http import Response
from watch_tools import HOST, Watched, learned

from crawler.standby.vitality import Vitality
from crawler.standby.witness import Witness
from learner.extractor import DOUBTFUL, Extraction
from learner.learning.learning import learn
from learner.programs.examples import Example, Known
from learner.state.records import RepairedItem
from learner.state.store import Store

NEVER = {"EVERGREEN_RETRAIN": "never"}
WORDS = "assam bancha ceylon darjeeling earl fujian gyokuro hojicha irish jasmine keemun".split()
PAGES = 30


def weight(number: int, change: int = 0) -> str | None:
    return f"{number * 7 + 20 + change} g" if number * number % 7 in (1, 2) else None


def page(number: int, mark: str = "weight", change: int = 0, first: int = 0) -> str:
    number += first
    text = weight(number, change)
    body = f"<b class={mark}>{text}</b>" if text and mark else ""
    name = f"{WORDS[number * number % 11].title()} {number}"
    return (
        f"<html><body><div class=tea><h1>{name}</h1>{body}<i class=price>£{number + 3}.50</i>"
        f"<p>Pick it in {WORDS[number % 11]}.</p></div><footer>Teas since 1900</footer></body></html>"
    )


class Teas(Spider):
    name = "teas"

    def parse(self, response: Response) -> Iterator[Any]:
        yield {
            "name": response.css("h1::text").get(),
            "price": response.css("i.price::text").get(),
            "weight": response.css("b.weight::text").get(),
        }


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teas")
    learned(Teas, folder, {f"/tea/{number}": page(number) for number in range(PAGES)})
    return folder


def crawl(state: Path, make: Callable[[int], str], first: int = 0) -> tuple[dict[int, str | None], dict[str, Any]]:
    """The weights of all items of a crawl of pages whose numbers begin with ``first``, and its statistics."""
    watched = Watched(Teas, state, **NEVER)
    items = [item for number in range(PAGES) for item in watched.visit(f"/tea/{number + first}", make(number))]
    assert watched.extension.standby is not None
    watched.requests += watched.extension.standby.deliveries()
    items += watched.deliveries()
    counts = watched.close()
    assert len(items) == PAGES
    return {int(item["name"].split()[-1]): item["weight"] for item in items}, counts


@pytest.mark.parametrize("first", [0, 200], ids=["known pages", "new pages"])
def test_a_lost_field_is_filled_in_day_after_day(first: int, taught: Path, tmp_path: Path) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    for _ in range(3):
        found, counts = crawl(tmp_path, lambda number: page(number, "grams", first=first), first)
        assert found == {number: weight(number) for number in range(first, first + PAGES)}
        assert not [name for name in counts if name.startswith(("doubted/", "lost/"))]
    found, counts = crawl(tmp_path, lambda number: page(number, first=first), first)
    assert found == {number: weight(number) for number in range(first, first + PAGES)}
    assert not [name for name in counts if name.startswith(("doubted/", "filled/", "held/"))]


def test_what_the_site_shows_no_more_is_not_invented(taught: Path, tmp_path: Path) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    for _ in range(2):
        found, _ = crawl(tmp_path, lambda number: page(number, ""))
        assert set(found.values()) == {None}


def test_other_values_of_the_same_pages_are_told_and_not_filled_in(taught: Path, tmp_path: Path) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    having = sum(weight(number) is not None for number in range(PAGES))
    for _ in range(2):
        found, counts = crawl(tmp_path, lambda number: page(number, "grams", change=1))
        assert set(found.values()) == {None}
        assert counts["doubted/parse.dict/weight"] == having


def test_a_spider_that_finds_it_elsewhere_is_believed(taught: Path, tmp_path: Path) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    found, counts = crawl(tmp_path, lambda number: page(number, "weight" if number < 5 else "grams"))
    assert found == {number: weight(number) if number < 5 else None for number in range(PAGES)}
    assert not [name for name in counts if name.startswith(("doubted/", "filled/"))]


def test_two_pages_prove_nothing(taught: Path, tmp_path: Path) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    two = [number for number in range(PAGES) if weight(number)][:2]
    found, counts = crawl(tmp_path, lambda number: page(number, "grams" if number in two else ""))
    assert set(found.values()) == {None}
    assert not [name for name in counts if name.startswith(("doubted/", "filled/"))]


def said(number: int, record: dict[str, Any], *, failed: bool = False) -> Extraction:
    expected = frozenset({"name"})
    abstained = {"name": DOUBTFUL} if failed else {}
    return Extraction(record, confidence=dict.fromkeys(record, 0.9), abstained=abstained, expected=expected)


class Code:
    """Learned code of which a hundred pages are known: every other one has the field ``rare``."""

    is_list = False

    def told(self) -> dict[str, Any]:
        return {f"/{n}": Known(f"/{n}", {"name": f"n{n}", **({"rare": f"r{n}"} if n % 2 else {})}) for n in range(100)}


SEEN = {"name": (100, 100), "rare": (50, 100)}


@pytest.mark.parametrize(
    ("pages", "value", "believed", "refused"),
    [
        ([f"/{n}" for n in range(1, 6, 2)], "r{}", True, False),  # three pages that say what was known
        ([f"/{n}" for n in range(1, 4, 2)], "r{}", False, False),
        ([f"/{n}" for n in range(1, 9, 2)], "x{}", False, False),  # something else, as far as that is known
        ([f"/{n}" for n in range(1, 13, 2)], "x{}", False, True),
        ([f"/{n}" for n in range(0, 12, 2)], "x{}", False, True),  # pages that had none
        ([f"/new{n}" for n in range(40)], "x{}", True, False),  # new pages: as many as ever
        ([f"/new{n}" for n in range(16)], "x{}", False, False),
    ],
)
def test_learned_code_is_believed_that_says_what_is_known(
    pages: list[str], value: str, believed: bool, refused: bool
) -> None:
    witness = Witness()
    for number, url in enumerate(pages):
        digits = url.removeprefix("/").removeprefix("new")
        rare = {} if "new" in url and number % 2 else {"rare": value.format(digits)}
        witness.observe("t", Code(), said(number, {"name": "n", **rare}), url, {"rare"}, SEEN)  # type: ignore[arg-type]
    assert witness.is_believed("t", "rare") is believed
    assert witness.is_refused("t", "rare") is refused


class Inns(Code):
    """The same of inns: two of three have a price, of 60 to 300."""

    def told(self) -> dict[str, Any]:
        prices = {n: {"rare": 60.0 + 37 * n % 240} if n % 3 else {} for n in range(45)}
        return {f"/{n}": Known(f"/{n}", {"name": f"n{n}", **price}) for n, price in prices.items()}


@pytest.mark.parametrize(
    ("price", "healed", "believed", "refused"),
    [
        (lambda n, known: known + (n % 7 - 3) * known / 20, False, True, False),  # others every day, up and down
        (lambda n, known: known + (n % 7 - 3) * known / 20, True, False, False),  # by code that a retrain has made
        (lambda n, known: known * 0.8, False, False, True),
        (lambda n, known: 60.0 + 53 * n % 240, False, False, True),  # those of other inns
        (lambda n, known: known * 1.02 if n % 3 else 80.0, False, False, False),  # also where there was none
    ],
)
def test_prices_that_change_daily_are_believed_of_code_that_the_spider_has_taught(
    price: Callable[[int, float], float], healed: bool, believed: bool, refused: bool
) -> None:
    witness, early = Witness(), False
    for number in range(45):
        known = Inns().told()[f"/{number}"].item or {}
        if number % 3 or price(number, 1.0) == 80.0:
            extraction = said(number, {"name": "n", "rare": price(number, known.get("rare", 0.0))})
            live: Any = Inns()
            witness.observe("t", live, extraction, f"/{number}", {"rare"}, SEEN, healed=healed)
            early |= believed and witness.is_refused("t", "rare")
    assert (witness.is_believed("t", "rare"), witness.is_refused("t", "rare")) == (believed, refused)
    assert not early


@pytest.mark.parametrize("step", [1, 8])
def test_of_new_pages_as_many_as_ever_must_have_it(step: int) -> None:
    witness = Witness()
    for number in range(60):
        rare = {"rare": "x"} if number % step == 0 else {}
        extraction = said(number, {"name": "n", **rare})
        witness.observe("t", Code(), extraction, f"/new{number}", {"rare"}, SEEN)  # type: ignore[arg-type]
    assert not witness.is_believed("t", "rare")


def test_pages_that_learned_code_fails_on_are_no_evidence() -> None:
    witness = Witness()
    for number in range(1, 20, 2):
        extraction = said(number, {"rare": f"r{number}"}, failed=True)
        witness.observe("t", Code(), extraction, f"/{number}", {"rare"}, SEEN)  # type: ignore[arg-type]
    assert not witness.is_believed("t", "rare")


def test_what_is_doubtful_is_told_once_the_selector_is_known_to_be_dead() -> None:
    vitality, lacking = Vitality(), {"name": "n"}
    for number in range(4):
        url = f"/{number}"
        found = ["rare"] if number < 3 else []
        vitality.observe("t", ["name", *found], [lacking], url, some=["rare"])
        vitality.doubtful("t", [lacking], Extraction(lacking, abstained={"rare": DOUBTFUL}), url)
        assert vitality.doubted() == ({"t": {"rare": number + 1}} if number >= 2 else {})
    vitality.observe("t", ["name"], [{"name": "n", "rare": "r"}], "/9", some=["rare"])
    assert vitality.doubted() == {}


@pytest.mark.parametrize(
    ("found", "none", "others", "told"),
    [(0, 0, 0, 8), (4, 0, 0, 4), (0, 4, 0, 8), (0, 4, 4, 4), (2, 4, 1, 6), (4, 4, 0, 0)],
)
def test_what_a_repair_says_is_doubtful_no_more(found: int, none: int, others: int, told: int) -> None:
    """Of 8 doubted pages it finds a value on some and none on others; and it finds values on pages beside these."""
    vitality = Vitality()
    lacking: dict[str, Any] = {"name": "n"}
    for number in range(8):
        vitality.observe("t", ["name", "rare"], [lacking], f"/{number}", some=["rare"])
        vitality.doubtful("t", [lacking], Extraction(lacking, abstained={"rare": DOUBTFUL}), f"/{number}")
    for number in range(found + none):
        vitality.repaired("t", [lacking | ({"rare": "r"} if number < found else {})], f"/{number}")
    for number in range(others):
        vitality.repaired("t", [lacking | {"rare": "r"}], f"/other/{number}")
    assert vitality.doubted() == ({"t": {"rare": told}} if told else {})


class Shelves(Spider):
    """Rows of a list, of which some have a weight; in a second design, the spider's class for it is another one."""

    name = "shelves"

    def parse(self, response: Response) -> Iterator[Any]:
        for row in response.css("tr.tea"):
            yield {
                "name": row.css("td.n::text").get(),
                "price": row.css("td.p::text").get(),
                "weight": row.css("td.w::text").get(),
            }


def shelf(number: int, mark: str = "w", change: int = 0) -> str:
    rows = "".join(
        f"<tr class=tea><td class=n>{WORDS[(number + one) % 11].title()} {number * 20 + one}</td>"
        f"<td class={mark}>{weight(number * 20 + one, change) or ''}</td><td class=p>£{number + one}.25</td></tr>"
        for one in range(20)
    )
    head = "<tr><th>Tea</th><th>Weight</th><th>Price</th></tr>"
    return f"<html><body><h1>Shelf {number}</h1><table>{head}{rows}</table></body></html>"


def rows(state: Path, mark: str, change: int = 0) -> list[dict[str, Any]]:
    watched = Watched(Shelves, state, **NEVER)
    items = [item for n in range(6) for item in watched.visit(f"/shelf/{n}", shelf(n, mark, change))]
    assert watched.extension.standby is not None
    watched.requests += watched.extension.standby.deliveries()
    items += watched.deliveries()
    watched.close()
    return items


def test_records_of_lists_are_filled_in_and_keep_their_order(tmp_path: Path) -> None:
    learned(Shelves, tmp_path, {f"/shelf/{number}": shelf(number) for number in range(6)})
    for mark, change in (("w", 0), ("q", 3), ("q", 5), ("w", 0)):
        items = rows(tmp_path, mark, change)
        assert [int(item["name"].split()[-1]) for item in items] == [*range(120)]
        assert [item["weight"] for item in items] == [weight(number, change) for number in range(120)]


class Handing(Spider):
    """What pages show is handed over with the link to another page."""

    name = "handing"

    def parse(self, response: Response) -> Iterator[Any]:
        item = {
            "name": response.css("h1::text").get(),
            "price": response.css("i.price::text").get(),
            "weight": response.css("b.weight::text").get(),
        }
        for link in response.css("a.more"):
            yield response.follow(link, self.parse_more, cb_kwargs={"item": item})

    def parse_more(self, response: Response, item: dict[str, Any]) -> Iterator[Any]:
        yield item


def handed(state: Path, mark: str) -> dict[str, str | None]:
    watched = Watched(Handing, state, **NEVER)
    requests: list[Request] = []
    for number in range(PAGES):
        html = page(number, mark).replace("</div>", f"<a class=more href=/more/{number}>More</a></div>")
        requests += watched.visit(f"/tea/{number}", html)
    assert watched.extension.standby is not None
    watched.requests += watched.extension.standby.deliveries()
    requests += watched.deliveries()
    watched.close()
    assert len(requests) == PAGES
    return {one.url.rpartition("/")[2]: one.cb_kwargs["item"]["weight"] for one in requests}


def test_what_is_handed_over_is_filled_in(tmp_path: Path) -> None:
    pages = {
        f"/tea/{number}": page(number).replace("</div>", f"<a class=more href=/more/{number}>More</a></div>")
        for number in range(PAGES)
    }
    learned(Handing, tmp_path, pages)
    for mark in ("grams", "grams", "weight"):
        assert handed(tmp_path, mark) == {str(number): weight(number) for number in range(PAGES)}
    assert set(handed(tmp_path, "").values()) == {None}


@pytest.mark.parametrize(
    ("design", "found", "lacking"),
    [
        # Nobody reads the design: that the spider finds the weight on pages of its own says nothing of these.
        ("<table><tr><td>{name}<td>{price}<td>{weight}</table>", (), ()),
        # The spider still finds the weight on pages of that design, and so this one has none.
        ("<table><tr><td>{name}<td>{price}<td>{weight}</table>", (3,), (0, 1, 2)),
        # That of another one, which another version reads, is not that design.
        ("<table><tr><td>{name}<td>{price}<td>{weight}</table>", (4,), ()),
        # It still finds half of what the page should have: its selectors work there.
        ("<h1>{name}</h1><u>{price}</u><s>{weight}</s>", (), (0, 1, 2, 3, 4)),
    ],
)
def test_what_some_pages_have_is_given_of_a_design_that_only_the_repair_reads(
    design: str, found: tuple[int, ...], lacking: tuple[int, ...], taught: Path, tmp_path: Path
) -> None:
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)
    watched = Watched(Teas, tmp_path)
    standby, now = watched.extension.standby, datetime.now(UTC)
    assert standby is not None
    values = {n: {"name": f"Tea {n}", "price": f"£{n + 3}.50", "weight": f"{n * 7 + 20} g"} for n in range(PAGES)}
    for n, known in values.items():
        html = page(n)
        if n < 5:
            html = f"<html><body>{design.format(**known)}</body></html>"
            if n in found:
                html = html.replace(known["weight"], f"<b class=weight>{known['weight']} net</b>")
        given = watched.visit(f"/tea/{n}", html)
        assert bool(given) is (n >= 5)
    repaired = [
        RepairedItem(
            n, "teas", "parse.dict", f"{HOST}/tea/{n}", values[n], [], dict.fromkeys(values[n], 0.95), 2 + (n == 4), now
        )
        for n in range(5)
    ]
    standby.repaired(repaired)
    watched.requests += standby.deliveries()
    items = {item["name"]: item for item in watched.deliveries()}
    watched.close()
    assert len(items) == 5
    for n in range(5):
        told = values[n]["weight"] + " net" * (n in found)  # the spider's own value stays
        assert items[f"Tea {n}"] == {**values[n], "weight": None if n in lacking else told}


@pytest.mark.parametrize(
    ("new", "weights", "raises", "told"),
    [
        (range(10), False, False, 10),
        (range(10), False, True, 10),
        (range(10), True, False, 0),
        ([n for n in range(PAGES) if weight(n) is None][:10], True, False, 0),
        (range(2), False, False, 0),
        (range(PAGES), False, False, 0),
    ],
    ids=["never learned", "the spider raises", "the spider finds it", "pages without", "two pages", "all pages"],
)
def test_what_a_version_beside_another_never_gives_is_told(
    new: Collection[int], weights: bool, raises: bool, told: int, taught: Path, tmp_path: Path
) -> None:
    """Day after day, not only when it was healed. The spider alone may find it in both designs."""
    shutil.copytree(taught, tmp_path, dirs_exist_ok=True)

    class Raises(Teas):
        def parse(self, response: Response) -> Iterator[Any]:
            assert response.css("h1::text")[0]
            yield from super().parse(response)

    def other(number: int) -> str:
        text = weight(number) if number in new else None
        shown = f"<b class={'weight' if weights else 'grams'}>{text}</b>" if text else ""
        name = f"{WORDS[number * number % 11].title()} {number}"
        return f"<html><body><section><em>{name}</em><u>£{number + 3}.50</u>{shown}<p>Pick it.</section></body></html>"

    examples = [
        Example(f"/{n}", other(n), {"name": f"{WORDS[n * n % 11].title()} {n}", "price": f"£{n + 3}.50"})
        for n in range(100, 120)
    ]
    with Store.open(tmp_path) as store:
        first = store.versions.live("teas", "parse.dict")
        assert first is not None
        second = store.versions.add("teas", "parse.dict", learn(examples), first.id, {}, 0)
        store.versions.promote(second.id, {}, beside=[first.id])
    for _ in range(2):
        watched = Watched(Raises if raises else Teas, tmp_path, **NEVER)
        items = []
        for number in range(PAGES):
            visit = watched.output(watched.response(f"/tea/{number}", (other if number in new else page)(number)))
            with suppress(IndexError):
                items += iter(visit)
        assert watched.extension.standby is not None
        watched.requests += watched.extension.standby.deliveries()
        items += watched.deliveries()
        counts = watched.close()
        assert len(items) == PAGES
        assert counts.get("rarer/parse.dict/weight", 0) == told
        assert ("weight=" in counts.get("missing_next/parse.dict", "")) is bool(told)
