"""Several live versions of a template in a crawl: who answers a page, and what is watched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy.http import HtmlResponse

from crawler.growth import Grown
from crawler.options import Options
from crawler.reading.live import CONFIRMED, Learned, Live, LiveSite
from learner import Example, Extraction, Extractor, Known, learn
from learner.state.records import NewExample, NewPage
from learner.state.store import Store

OLD = "<html><body><h1 class=name>{}</h1><p>A good tea</p><b class=price>£{}.50</b></body></html>".format
NEW = "<html><body><p>Since 1998</p><i id=cost>£{1}.50</i><div><h2 class=goods>{0}</h2></div></body></html>".format
OTHER = "<html><body><ul><li>{0} for £{1}.50</li></ul></body></html>".format
Design = Callable[[str, int], str]
Reading = Callable[[bytes | str, str], Extraction]
TEAS = ("Assam", "Keemun", "Sencha", "Darjeeling", "Lapsang", "Ceylon")


def url(number: int) -> str:
    return f"http://tea.example/{number}"


def tea(number: int) -> str:
    return f"{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[number % 26]}{TEAS[number % 6].lower()}"


def taught(design: Design) -> Extractor:
    return learn([Example(url(n), design(name, n), {"name": name, "price": f"£{n}.50"}) for n, name in enumerate(TEAS)])


def response(design: Design, number: int) -> HtmlResponse:
    return HtmlResponse(url(number), body=design(tea(number), number), encoding="utf-8")


@pytest.fixture(scope="module")
def extractors() -> list[Extractor]:
    return [taught(OLD), taught(NEW)]


@pytest.fixture
def site(extractors: list[Extractor], tmp_path: Path) -> Iterator[LiveSite]:
    with Store.open(tmp_path) as store:
        ids = [store.versions.add("tea", "page", extractor).id for extractor in extractors]
        for number, version_id in enumerate(ids):
            store.versions.promote(version_id, beside=ids[:number])
    counts: Counter[str] = Counter()
    site = LiveSite("tea", Options(tmp_path), lambda name, count=1: counts.update({name: count}))
    yield site
    site.store.close()


def reads(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> Counter[int]:
    """How often each version reads, from now on."""
    counted: Counter[int] = Counter()
    live = site.get("page")
    assert live is not None
    for one in live.versions:

        def read(html: bytes | str, url: str, one: Learned = one, read: Reading = one.extractor.read) -> Extraction:
            counted[one.version.number] += 1
            return read(html, url)

        monkeypatch.setattr(one.extractor, "read", read)
    return counted


def answered(site: LiveSite, design: Design, numbers: range) -> list[int]:
    live = site.get("page")
    assert live is not None
    found = []
    for number in numbers:
        read = site.extract_now(response(design, number), live)
        assert read.extraction.item == {"name": tea(number), "price": f"£{number}.50"}
        found.append(read.version.number)
    return found


def test_a_page_is_read_by_a_second_version_only_where_the_first_leaves_something_out(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = reads(site, monkeypatch)
    assert answered(site, NEW, range(10, 15)) == [2] * 5
    assert counted == {2: 5}
    assert answered(site, OLD, range(15, 18)) == [1] * 3
    assert counted == {2: 8, 1: 3}
    # What fits most pages of the crawl is asked first.
    assert answered(site, OLD, range(18, 28)) == [1] * 10
    assert counted == {2: 8 + 3, 1: 3 + 10}


def test_two_designs_are_no_drift_and_a_third_is(site: LiveSite) -> None:
    live = site.get("page")
    assert live is not None
    raised = []
    for design, count in ((OLD, 40), (NEW, 40), (OTHER, 8)):
        for number in range(count):
            read = site.extract_now(response(design, number + 10), live)
            outcome = site.watch(read, "page", datetime.now(UTC))
            assert outcome == ("complete" if design is not OTHER else "failed")
            raised.append(live.detector.raised is not None)
    assert not any(raised[:82]), "two pages are no proof"
    assert raised[-1]
    site.flush()
    (drift,) = site.store.drifts.pending("tea")
    assert sorted(drift.versions) == [1, 2]
    assert site.drifted


def test_a_detector_is_continued_with_the_same_versions_alone(site: LiveSite) -> None:
    live = site.get("page")
    assert live is not None
    live.detector.observe(site.extract_now(response(OLD, 10), live).extraction)
    site.store.detectors.save("tea", "page", live.ids, live.detector.to_dict())
    site.store.versions.promote(1, beside=[2])
    assert site.load() == []
    same = site.get("page")
    assert same is not None
    assert (same.first.version.number, same.detector.pages) == (1, 1)
    site.store.versions.promote(1)
    site.load()
    alone = site.get("page")
    assert alone is not None
    assert (alone.ids, alone.detector.pages) == ([1], 0)


BOOK = "<html><body><h1>Book {0}</h1><p class=a><a>{1}</a></p><p class=b><a>{2}</a></p></body></html>".format
NAMES = ("Ann Lee", "Cato Bell", "Ida Moss", "Lev Stone", "Mary Ash", "Otto Kern", "Rosa Held", "Udo Wolf")


def books(swapped: bool, first: int, last: int) -> Iterator[tuple[str, str, dict[str, str]]]:
    """URL, page and values; where ``swapped``, author and publisher have changed places on the page."""
    for number in range(first, last):
        author, publisher = NAMES[number % 8], f"{NAMES[(3 * number + 1) % 8]} Press"
        html = BOOK(number, *((publisher, author) if swapped else (author, publisher)))
        yield url(number), html, {"title": f"Book {number}", "author": author, "publisher": publisher}


def test_what_was_known_of_a_page_is_surer_and_what_a_heal_has_lost_is_not_expected(
    extractors: list[Extractor], tmp_path: Path
) -> None:
    with Store.open(tmp_path) as store:
        store.versions.promote(store.versions.add("tea", "page", extractors[0]).id)
        store.drifts.record(
            "tea", "page", {"whole": False, "fields": ["price"], "presence": {"price": 1.0}, "lost_by": 1}
        )
        page = NewPage("tea", "page", url(1), OLD(tea(1), 1).encode(), "text/html", 200, datetime.now(UTC))
        (number,) = store.pages.add([page])
        store.examples.add([NewExample(number, {"name": tea(1), "price": "£9.50"}, None, "spider")])
    site = LiveSite("tea", Options(tmp_path), lambda name, count=1: None)
    live = site.get("page")
    assert live is not None
    said = Extraction(
        {"name": tea(1), "price": "£1.50"},
        confidence={"name": 0.8, "price": 0.8},
        expected=frozenset(("name", "price")),
    )
    known, new = live.confirmed(said, url(1)), live.confirmed(said, url(2))
    assert known.confidence == {"name": CONFIRMED, "price": 0.8}
    assert new.confidence == said.confidence
    assert known.expected == {"name"}
    site.store.close()


def test_fields_that_have_changed_places_are_not_believed(tmp_path: Path) -> None:
    extractor = learn([Example(address, html, item) for address, html, item in books(False, 0, 6)])
    with Store.open(tmp_path) as store:
        store.versions.promote(store.versions.add("books", "page", extractor).id)
        now = datetime.now(UTC)
        pages = [NewPage("books", "page", a, html.encode(), "text/html", 200, now) for a, html, _ in books(False, 0, 8)]
        given = zip(store.pages.add(pages), books(False, 0, 8), strict=True)
        store.examples.add([NewExample(number, item, None, "spider") for number, (_, _, item) in given])
    site = LiveSite("books", Options(tmp_path), lambda name, count=1: None)
    live = site.get("page")
    assert live is not None

    def item(address: str, html: str) -> dict[str, object]:
        read = site.extract_now(HtmlResponse(address, body=html, encoding="utf-8"), live)
        site.watch(read, "page", datetime.now(UTC))
        assert read.extraction.failed is (len(read.extraction.item) < 3)
        return dict(read.extraction.item)

    assert [item(address, html) for address, html, _ in books(False, 5, 9)] == [it for *_, it in books(False, 5, 9)]
    for address, html, told in books(True, 0, 4):
        assert item(address, html) == {"title": told["title"]}
    # Nor are they where nothing was known of the page.
    ((address, html, told),) = books(True, 20, 21)
    assert item(address, html) == {"title": told["title"]}
    site.flush()
    (drift,) = site.store.drifts.pending("books")
    assert drift.detail["wrong"] == ["author", "publisher"]
    site.store.close()


def test_items_of_known_lists_are_counted(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {url(n): Known(url(n), items=[{"name": tea(one)} for one in range(4)]) for n in range(3)}
    known[url(3)] = Known(url(3), {"name": tea(3)})
    monkeypatch.setattr(LiveSite, "known", lambda self, template: known)
    for number, records in ((0, 1), (1, 6), (2, 3), (2, 1), (3, 0), (4, 1)):
        site.bring("page", url(number), records)
    assert site.brought() == {"page": (2, 1 + 4 + 3, 12)}
    assert site.grown() == {"page": Grown(3, 1, 1 + 6 + 3, 12)}


@pytest.mark.parametrize(
    ("known", "unproven", "is_list", "misses"),
    [
        ({"name": "Assam", "size": "s"}, True, False, True),
        ({"name": "Assam", "size": "s"}, False, False, False),  # it has failed, and waits for that
        ({"name": "Assam", "size": "s"}, True, True, False),
        ({"name": "Assam", "size": ""}, True, False, False),
        ({"name": "Assam", "maker": "x"}, True, False, False),  # what only some pages have comes and goes
        (None, True, False, False),
    ],
)
def test_a_page_misses_what_it_had_before(
    known: dict[str, Any] | None, unproven: bool, is_list: bool, misses: bool
) -> None:
    facts = {} if known is None else {url(1): Known(url(1), known)}
    learned: Any = SimpleNamespace(extractor=SimpleNamespace(is_list=is_list))
    detector: Any = None
    live = Live((learned,), detector, lambda: facts)
    absent = {"size": "absent", "maker": "absent"}
    extraction = Extraction(
        {"name": "Assam"}, abstained=absent, expected=frozenset(("name", "size")), unproven=unproven
    )
    assert live.misses(extraction, url(1)) is misses
