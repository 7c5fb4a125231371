"""What items of a crawl lack: by chance, as examples and crawls before have it, or lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from crawler.reading.presence import CRAWLED, Presence
from crawler.reading.withheld import Withheld
from learner.extractor import DOUBTFUL, Extraction
from learner.programs.examples import Example, Known
from learner.programs.program import FieldProfile
from learner.state.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "state") as opened:
        yield opened


def live(examples: int = 20, sized: int = 7) -> Any:
    """Code learned of so many pages, all with a name and the first of them with a size."""
    shown = [
        Example(f"/{number}", f"<p>{number}", {"name": "a", "next": "/"} | ({"size": "s"} if number < sized else {}))
        for number in range(examples)
    ]
    fields = frozenset(("name", "size", "next"))
    profiles = {name: FieldProfile(name, "text", False) for name in fields}
    extractor = SimpleNamespace(examples=shown, expected=frozenset(("name", "next")), fields=profiles)
    return SimpleNamespace(
        versions=(SimpleNamespace(extractor=extractor),),
        fields=fields,
        expected=extractor.expected,
        lost=frozenset(),
        told=dict,
        healed=frozenset(),
        is_list=False,
    )


def crawled(pages: int, without: int = 0, found: int = 0, sized: int = 0, believed: int = 0) -> Withheld:
    """A crawl of so many pages: ``without`` a name, on ``found`` of them something is found in its place, on
    ``believed`` the spider is believed; the last ones have a size."""
    withheld = Withheld()
    withheld.links = frozenset(("next",))
    for number in range(pages):
        said = Extraction(abstained={"name": DOUBTFUL if number < max(found, believed) else "absent"})
        lacking = ["name"] if number < without else []
        having = ["name"] * (number >= without) + ["size"] * (number >= pages - sized)
        withheld.note("tea", f"/{number}", [*lacking, "next"], said, having)
        if number < believed:
            withheld.believed("tea", f"/{number}", ["name", "size"])
    return withheld


def never(*_: str) -> bool:
    """No page is known to have lacked anything."""
    return False


def remember(store: Store, *crawls: Withheld, asked: str = "all") -> None:
    for one in crawls:
        gave = Presence(store, "teas", asked, one).told({"tea": live()}, ())
        store.events.add("teas", "", CRAWLED, {"asked": asked, "counts": {}, "gave": gave})


@pytest.mark.parametrize(
    ("crawl", "examples", "before", "told"),
    [
        ({"pages": 56, "without": 36, "found": 34}, 20, 0, 36),
        ({"pages": 32, "without": 8, "found": 8}, 1, 0, 8),
        ({"pages": 32, "without": 10}, 1, 0, 0),
        ({"pages": 32, "without": 10}, 3, 0, 0),
        ({"pages": 24, "without": 23}, 20, 0, 23),
        ({"pages": 60, "without": 12}, 60, 0, 12),
        ({"pages": 60, "without": 7}, 20, 2, 7),
        ({"pages": 60, "without": 5, "found": 5}, 20, 2, 0),
        ({"pages": 5, "without": 2, "found": 2}, 20, 0, 0),
        ({"pages": 60, "without": 6, "believed": 6}, 20, 0, 0),
        ({"pages": 60, "without": 40, "believed": 40}, 20, 0, 40),
        ({"pages": 4000, "without": 900}, 20, 2, 900),
    ],
    ids=[
        "not sure of most",
        "not sure of a quarter, one example",
        "not there, one example",
        "not there, three examples",
        "nearly none",
        "more than chance allows",
        "a tenth, and none in crawls before",
        "fewer than a tenth",
        "two pages",
        "the spider finds none on some",
        "the spider finds none on most",
        "many pages",
    ],
)
def test_what_pages_always_have(store: Store, crawl: Mapping[str, int], examples: int, before: int, told: int) -> None:
    remember(store, *[crawled(60)] * before)
    missing = Presence(store, "teas", "all", crawled(**crawl)).missing("tea", live(examples), never)
    assert missing == ({"name": told} if told else {})


@pytest.mark.parametrize(
    ("without", "lacking", "before", "told"),
    [
        (7, ("name", "size", "place"), 0, True),
        (7, ("name",), 0, False),
        (3, ("name", "size", "place"), 0, False),
        (7, ("name", "size", "place"), 7, False),
    ],
    ids=["most of them", "one of them", "less than a tenth", "as in crawls before"],
)
def test_pages_without_most_of_what_they_always_have(
    store: Store, without: int, lacking: tuple[str, ...], before: int, told: bool
) -> None:
    """Another design, on as many pages as lack one field by chance."""
    due = frozenset(("name", "size", "place"))
    shown = [Example(f"/{number}", f"<p>{number}", dict.fromkeys(due, "a")) for number in range(40)]
    extractor = SimpleNamespace(
        examples=shown, expected=due, fields={name: FieldProfile(name, "text", False) for name in due}
    )
    live: Any = SimpleNamespace(
        versions=(SimpleNamespace(extractor=extractor),), fields=due, expected=due, lost=frozenset()
    )

    def crawl(without: int) -> Withheld:
        withheld = Withheld()
        for number in range(47):
            lacks = lacking if number < without else ()
            withheld.note("tea", f"/{number}", lacks, Extraction(), due.difference(lacks))
        return withheld

    for _ in range(3 if before else 0):
        gave = Presence(store, "teas", "all", crawl(before)).told({"tea": live}, ())
        store.events.add("teas", "", CRAWLED, {"asked": "all", "counts": {}, "gave": gave})
    missing = Presence(store, "teas", "all", crawl(without)).missing("tea", live, never)
    assert missing == (dict.fromkeys(sorted(lacking), without) if told else {})


def test_what_is_as_it_ever_was_is_not_told(store: Store) -> None:
    """A tenth of the pages has no name, in every crawl, and no example was one of them."""
    for _ in range(5):
        now = crawled(60, without=7)
        assert Presence(store, "teas", "all", now).missing("tea", live(), never) == {}
        remember(store, now)


@pytest.mark.parametrize(
    ("crawl", "known", "told"),
    [
        ({"pages": 60, "without": 12}, 12, 0),
        ({"pages": 60, "without": 12}, 7, 0),
        ({"pages": 60, "without": 30}, 12, 18),
        ({"pages": 60, "without": 12, "found": 12}, 12, 12),
    ],
    ids=["they never had it", "a tenth, but for these", "half had it", "something is found there"],
)
def test_pages_that_lacked_it_before_do_not_count(
    store: Store, crawl: Mapping[str, int], known: int, told: int
) -> None:
    def lacked(template: str, url: str, name: str) -> bool:
        return (template, name) == ("tea", "name") and int(url.strip("/")) < known

    missing = Presence(store, "teas", "all", crawled(**crawl)).missing("tea", live(60), lacked)
    assert missing == ({"name": told} if told else {})


@pytest.mark.parametrize(
    ("before", "pages", "sized", "fallen"),
    [
        ((20, 19, 22), 60, 0, True),
        ((20,), 60, 0, True),
        ((20, 19, 22), 60, 3, True),
        ((20, 19, 22), 60, 11, False),
        ((20, 19, 22), 19, 0, False),
        ((20, 19, 0), 60, 0, False),
        ((20, 3), 60, 0, False),
        ((3, 3, 3), 60, 0, False),
        ((54, 55), 56, 20, True),
        ((), 60, 0, False),
    ],
    ids=[
        "a third, and none",
        "one crawl before",
        "far fewer",
        "half",
        "few pages",
        "none before either",
        "it varies",
        "it was rare",
        "nearly all, and a third",
        "no crawl before",
    ],
)
def test_what_only_some_pages_have(store: Store, before: tuple[int, ...], pages: int, sized: int, fallen: bool) -> None:
    remember(store, *[crawled(60, sized=one) for one in before])
    presence = Presence(store, "teas", "all", crawled(pages, sized=sized))
    assert presence.fallen("tea", live()) == (["size"] if fallen else [])
    # A category of its own was never asked for.
    assert Presence(store, "teas", "one category", crawled(pages, sized=sized)).fallen("tea", live()) == []


@pytest.mark.parametrize(
    ("before", "pages", "sized", "fallen"),
    [((7,), 7, 0, True), ((7, 7), 7, 4, False), ((4, 3), 7, 0, False), ((3,), 3, 0, False)],
    ids=["on no list any more", "on half", "it was on half", "few lists"],
)
def test_what_only_some_records_of_lists_have(
    store: Store, before: tuple[int, ...], pages: int, sized: int, fallen: bool
) -> None:
    lists = live(7)
    lists.is_list, lists.always, lists.expected = True, frozenset(("name",)), frozenset(("name", "size"))
    for one in before:
        gave = Presence(store, "teas", "all", crawled(pages, sized=one)).told({"tea": lists}, ())
        store.events.add("teas", "", CRAWLED, {"asked": "all", "counts": {}, "gave": gave})
    presence = Presence(store, "teas", "all", crawled(pages, sized=sized))
    assert presence.fallen("tea", lists) == (["size"] if fallen else [])


@pytest.mark.parametrize(
    ("before", "now", "fallen"),
    [
        ((40, 41), 40, False),
        ((40, 41), 0, True),
        ((40, 41), 60, True),
        ((40, 41), 30, False),
        ((58, 59), 60, False),
        ((40, 0), 0, False),
        ((), 0, False),
    ],
    ids=["as before", "all say no", "all say yes", "half", "nearly all said yes", "it varies", "no crawl before"],
)
def test_what_all_pages_say(store: Store, before: tuple[int, ...], now: int, fallen: bool) -> None:
    shown = [Example(f"/{number}", f"<p>{number}", {"in_stock": number % 3 > 0}) for number in range(21)]
    profiles = {"in_stock": FieldProfile("in_stock", "boolean", False)}
    extractor = SimpleNamespace(examples=shown, expected=frozenset(profiles), fields=profiles)
    tea: Any = SimpleNamespace(
        versions=(SimpleNamespace(extractor=extractor),), fields=frozenset(profiles), expected=frozenset(profiles)
    )
    tea.lost, tea.is_list = frozenset(), False

    def said(yes: int) -> Presence:
        withheld = Withheld()
        for number in range(60):
            withheld.note("tea", f"/{number}", [], Extraction({"in_stock": number < yes}), ["in_stock"])
        return Presence(store, "teas", "all", withheld)

    for yes in before:
        gave = said(yes).told({"tea": tea}, ())
        store.events.add("teas", "", CRAWLED, {"asked": "all", "counts": {}, "gave": gave})
    assert said(now).fallen("tea", tea) == (["in_stock"] if fallen else [])


def test_what_is_known_to_be_lost_or_gone_is_not_told_anew(store: Store) -> None:
    remember(store, *[crawled(60, sized=20)] * 3)
    lost, gone = live(), live()
    lost.lost, gone.fields = frozenset(("size", "name")), frozenset(("name", "next"))
    presence = Presence(store, "teas", "all", crawled(60, without=50, found=50))
    assert [presence.fallen("tea", one) for one in (lost, gone)] == [[], []]
    assert presence.missing("tea", lost, never) == {}


def test_templates_with_which_something_is_the_matter_are_no_measure(store: Store) -> None:
    presence = Presence(store, "teas", "all", crawled(60, without=7, sized=3))
    assert presence.told({"tea": live()}, ["tea"]) == {}
    told = {"pages": 60, "had": {"name": 53, "next": 0, "size": 3}, "lacking": {"name": 7}}
    assert presence.told({"tea": live(), "other": live()}, []) == {"tea": told}


@pytest.mark.parametrize(
    ("others", "having", "own", "sized", "healed", "before", "told"),
    [
        (12, 0, 28, 16, 0.5, None, 12),
        (12, 0, 28, 12, 0.5, None, 0),
        (12, 0, 28, 12, 0.1, None, 12),
        (12, 1, 28, 12, 0.1, None, 0),
        (12, 1, 28, 24, 0.5, None, 11),
        (12, 4, 28, 14, 0.1, None, 0),
        (2, 0, 28, 28, 0.1, None, 0),
        (7, 0, 33, 33, 0.5, None, 7),
        (12, 0, 28, 0, 0.1, None, 0),
        (12, 0, 28, 4, 0.1, None, 0),
        (36, 0, 4, 2, 0.1, None, 36),
        (40, 0, 0, 0, 0.1, None, 0),
        (12, 0, 28, 16, 0.5, 5, 12),
        (12, 0, 28, 16, 0.5, 1, 0),
        (2000, 100, 8000, 4000, 0.5, None, 1900),
    ],
    ids=[
        "none has it",
        "maybe by chance",
        "none has it, and the heal found little",
        "one has it",
        "far fewer",
        "fewer",
        "two pages",
        "what all others have",
        "it has ended on others, too",
        "few others have it",
        "nearly all pages",
        "all pages",
        "had it before",
        "lacked it before",
        "many pages",
    ],
)
def test_pages_of_another_design_that_have_less(
    store: Store, others: int, having: int, own: int, sized: int, healed: float, before: int | None, told: int
) -> None:
    withheld = crawled(own, sized=sized)
    for number in range(others):
        has = {"name", "size"} if number < having else {"name"}
        withheld.note("tea", f"/new/{number}", (), Extraction(), has)
        withheld.beside("tea", f"/new/{number}")
    one = live(sized=10)
    one.versions[0].extractor.fields["size"] = FieldProfile("size", "text", False, presence=0.5)
    report = {"fields": {name: {"after": healed if name == "size" else 1.0} for name in one.fields}}
    one.versions[0].version = SimpleNamespace(metrics={"heal": report})
    if before is not None:
        known = [{"name": "a"} | ({"size": "s"} if number < before else {}) for number in range(others)]
        one.told = lambda: {f"/new/{n}": Known(f"/new/{n}", values) for n, values in enumerate(known)}
    found, url = Presence(store, "teas", "all", withheld).rarer("tea", one)
    assert found == ({"size": told} if told else {})
    assert not told or url.startswith("/new/")


def of_lists(of: int, lacking: int = 0, *, links: int = 0) -> Withheld:
    """A crawl with lists of so many records, some of which lack a field, and others the link that they may have."""
    withheld = Withheld()
    withheld.links = frozenset(("next",))
    for page in range(2):
        numbers = range(page, of, 2)
        items = [{"name", *(["change"] if n >= lacking else []), *(["next"] if n >= links else [])} for n in numbers]
        withheld.note("rate", f"/{page}", [], Extraction(), ["name", "change", "next"])
        withheld.tally("rate", f"/{page}", items, ("name", "change", "next"))
    return withheld


def list_code(*healed: int, told: tuple[int, int] = (0, 0), lost: str = "") -> Any:
    """Code of list pages, by these versions of heals beside the first; the spider told so many records, and so many of
    them without a change."""
    of, lacking = told
    records = [{"name": "a"} | ({"change": "1%"} if n >= lacking else {}) for n in range(of)]
    return SimpleNamespace(
        versions=(),
        fields=frozenset(("name", "change", "next")),
        healed=frozenset(healed),
        lost=frozenset([lost] if lost else []),
        told=lambda: {"/": Known("/", items=records)},
        is_list=True,
    )


def thinned(store: Store, crawl: Withheld, code: Any, *, but: tuple[str, ...] = ()) -> dict[str, int]:
    """What is told of a crawl, which is kept for the next."""
    presence = Presence(store, "rates", "all", crawl)
    told = presence.thinned("rate", code)
    gave = presence.told({"rate": code}, ["rate"] if told else but)
    store.events.add("rates", "", CRAWLED, {"asked": "all", "counts": {}, "gave": gave})
    return told


@pytest.mark.parametrize(
    ("before", "crawl", "code", "told"),
    [
        ([(36, 0)], of_lists(36, 16), list_code(2), {"change": 16}),
        ([(36, 0)], of_lists(36, 16), list_code(), {}),
        ([(36, 0)], of_lists(36, 3), list_code(2), {}),
        ([(36, 0)], of_lists(400, 39), list_code(2), {}),
        ([(36, 9)], of_lists(36, 16), list_code(2), {}),
        ([(36, 9)], of_lists(400, 399), list_code(2), {}),
        ([(360, 6), (360, 4)], of_lists(360, 60), list_code(2), {"change": 60}),
        ([(36, 0), (360, 60)], of_lists(360, 60), list_code(2), {}),
        ([(36, 0)], of_lists(36, links=20), list_code(2), {}),
        ([(36, 0)], of_lists(36, 36), list_code(2, lost="change"), {}),
        ([], of_lists(36, 16), list_code(2, told=(36, 0)), {"change": 16}),
        ([], of_lists(36, 16), list_code(2, told=(36, 9)), {}),
        ([], of_lists(36, 16), list_code(2, told=(3, 0)), {}),
        ([], of_lists(36, 16), list_code(2), {}),
    ],
    ids=[
        "since a heal",
        "no heal",
        "by chance",
        "fewer than a tenth",
        "some records lacked it before",
        "what some lacked before is none of this",
        "a few lacked it before",
        "in one of the crawls before some lacked it",
        "links are asked for elsewhere",
        "the heal itself says that it is lost",
        "no crawl before, told by the spider",
        "the spider told that some lack it",
        "a person has shown three records",
        "nothing is known",
    ],
)
def test_what_all_records_had_and_many_lack_since_a_heal(
    store: Store, before: list[tuple[int, int]], crawl: Withheld, code: Any, told: dict[str, int]
) -> None:
    for of, lacking in before:
        thinned(store, of_lists(of, lacking), list_code())
    assert thinned(store, crawl, code) == told


def test_a_loss_since_a_heal_is_told_for_some_days(store: Store) -> None:
    thinned(store, of_lists(36), list_code())
    said = [thinned(store, of_lists(36, 16 + day % 3), list_code(2)) for day in range(8)]
    assert [bool(one) for one in said] == [True] * 5 + [False] * 3


def test_what_records_lack_long_after_a_heal_is_none_of_it(store: Store) -> None:
    thinned(store, of_lists(36), list_code())
    for _ in range(9):
        assert thinned(store, of_lists(36), list_code(2)) == {}
    assert thinned(store, of_lists(36, 16), list_code(2, told=(36, 0))) == {}


def test_a_crawl_that_something_was_the_matter_with_is_no_measure(store: Store) -> None:
    thinned(store, of_lists(36), list_code())
    thinned(store, of_lists(36, 36), list_code(), but=("rate",))
    assert thinned(store, of_lists(36, 16), list_code(2)) == {"change": 16}
