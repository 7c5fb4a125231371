"""What one page shows to be doubtful: values never seen of fields whose values come again, fields that are mixed."""

from __future__ import annotations

from typing import Any

import pytest
from core_tools import URL, example, listing

from learner import Example, Extractor, Page, heal, learn
from learner.drift.drift import DriftDetector
from learner.programs.doubts import SEVERAL, UNLIKELY, Doubts, chance, spread

PLACES = ("Volksbad", "Stadtpark", "Kassablanca", "Rathaus", "Theater am Markt", "Mensa", "Lichthof")
TITLES = ("Sommerfest", "Lesung", "Jazz", "Orgelkonzert", "Flohmarkt", "Filmabend", "Ausstellung")
Record = dict[str, Any]


def events(page: int, count: int = 7) -> list[Record]:
    """A page of events; places come again, titles do not."""
    return [
        {
            "title": f"{TITLES[n % 7]} {chr(97 + page // 10)}{chr(97 + page % 10)}{chr(97 + n)}xyz",
            "place": PLACES[(page + n) % len(PLACES)],
            "time": f"{17 + (page + n) % 5} Uhr",
        }
        for n in range(count)
    ]


def lists(pages: int, count: int = 7) -> list[Example]:
    return [listing("<p>", events(page, count), page) for page in range(pages)]


def turned(records: list[Record], subtitle: str = " und Gäste") -> list[Record]:
    return [{**record, "place": record["title"] + subtitle} for record in records]


def places(*shown: str) -> list[Record]:
    return [{**record, "place": place} for record, place in zip(events(30, len(shown)), shown, strict=True)]


# Values that come again


@pytest.mark.parametrize(
    ("shown", "doubted"),
    [
        (PLACES, False),
        (("Volksbad", "Aula", "Stadtpark", "Rathaus"), False),
        (("Aula",) * 7, False),
        (("Aula", "Hafen") * 4, False),
        (("Aula", "Hafen", "Kino", "Zelt", "Dom", "Schule"), True),
        (("Aula", "Hafen", "Kino", "Zelt", "Dom", "Schule", "Foyer", "Volksbad"), True),
        (("Aula", "Hafen", "Kino", "Volksbad", "Mensa", "Rathaus"), False),
        ((), False),
    ],
    ids=["known", "one new", "one new everywhere", "two new", "all new", "nearly all", "half", "nothing"],
)
def test_values_that_come_again_are_doubted_where_nearly_all_are_new(shown: tuple[str, ...], doubted: bool) -> None:
    doubts = Doubts.of(lists(8))
    assert doubts.familiar.keys() == {"place"}
    assert doubts.doubted(places(*shown)) == ({"place"} if doubted else set())


@pytest.mark.parametrize(
    ("examples", "familiar"),
    [
        (lists(8), True),
        (lists(4), False),
        ([listing("<p>", events(page), 1) for page in range(8)], False),
        (
            [
                listing("<p>", [{"place": f"Ort {chr(97 + page)}{chr(97 + n)}"} for n in range(7)], page)
                for page in range(8)
            ],
            False,
        ),
        ([listing("<p>", [{"place": f"{1 + n}.50 EUR"} for n in range(7)], page) for page in range(8)], False),
        ([listing("<p>", [{"place": 1 + n} for n in range(7)], page) for page in range(8)], False),
        ([listing("<p>", [{"place": f"http://a.test/{n}"} for n in range(7)], page) for page in range(8)], False),
        ([listing("<p>", [{"place": [one, "Jena"]} for one in PLACES], page) for page in range(8)], True),
        ([example("<p>", page, place=PLACES[page % 2]) for page in range(8)], True),
    ],
    ids=["yes", "few pages", "one page", "each page its own", "amounts", "numbers", "links", "many", "single"],
)
def test_fields_whose_values_come_again(examples: list[Example], familiar: bool) -> None:
    assert ("place" in Doubts.of(examples).familiar) == familiar


def test_of_one_value_a_single_page_says_nothing() -> None:
    doubts = Doubts.of([example("<p>", page, place=PLACES[page % 2]) for page in range(200)])
    assert doubts.doubted([{"place": "Aula"}]) == set()


# Fields that have each other's values in them


@pytest.mark.parametrize(
    ("change", "doubted"),
    [
        (lambda n, r: r, set()),
        (lambda n, r: {**r, "place": r["title"] + " und Gäste"}, {"place"}),
        (lambda n, r: {**r, "place": r["title"]}, {"place"}),
        (lambda n, r: dict.fromkeys(("title", "place"), f"Ort {r['title'][-6:-3]}"), {"title"}),
        (
            lambda n, r: {"title": f"Neues Stück {'abcdefghi'[n]}", "place": f"Neues Stück {'abcdefghi'[n]}"},
            {"title", "place"},
        ),
        (lambda n, r: {**r, "place": "Heute: " + " ".join(reversed(r["title"].split()))}, {"place"}),
        (lambda n, r: {**r, "place": r["title"]} if n % 3 == 0 else r, set()),
        (lambda n, r: {"title": "Jazz in Aula", "place": "Aula"}, set()),
        (lambda n, r: {**r, "place": "Das Haus in der Stadt", "title": f"Kino in der {n}"}, set()),
    ],
    ids=[
        "as ever",
        "within",
        "equal",
        "the other",
        "both new",
        "most words",
        "in few records",
        "one value",
        "small words",
    ],
)
def test_fields_are_doubted_where_most_records_mix_them(change: Any, doubted: set[str]) -> None:
    doubts = Doubts.of(
        [listing("<p>", [{**r, "place": f"Ort {r['title'][-6:-3]}"} for r in events(page)], page) for page in (0, 1)]
    )
    assert not doubts.familiar
    assert doubts.doubted([change(n, record) for n, record in enumerate(events(30, 9))]) == doubted


def test_values_that_are_like_those_before_are_believed() -> None:
    doubts = Doubts.of(lists(8))
    records = [{**record, "title": f"Am Abend: {record['place']}"} for record in events(30)]
    assert doubts.doubted(records) == {"title"}
    assert doubts.doubted(turned(events(30))) == {"place"}


def test_what_an_example_has_is_not_doubted() -> None:
    records = [*events(0), {"title": "Jazz im Park", "place": "Jazz im Park"}]
    assert ("place", "title") not in Doubts.of([listing("<p>", records), *lists(3)]).apart


POSTS: list[Record] = [
    {"author": f"Ann Lee {name}", "date": f"{day} June 2026", "text": f"A word on the {thing}.", "votes": day}
    for day, (name, thing) in enumerate(zip("KLMNOP", ("sea", "map", "ink", "pen", "sun", "ice"), strict=True), 10)
]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("A word on the moon.", True),
        ("Ann Lee Z wrote: a word on the moon.", True),
        ("Ann Lee Z 3 July 2026 report A word on the moon. + 20 -", False),
    ],
    ids=["as ever", "one other value", "the whole record"],
)
def test_a_text_that_holds_the_rest_of_its_record_is_left_out_of_it(text: str, kept: bool) -> None:
    doubts = Doubts.of([listing("<p>", POSTS)])
    record: Record = {"author": "Ann Lee Z", "date": "3 July 2026", "text": text, "votes": 20}
    assert doubts.unswallowed([record, POSTS[0]]) == [
        record if kept else {name: value for name, value in record.items() if name != "text"},
        POSTS[0],
    ]


def test_what_examples_hold_is_left_in() -> None:
    posts = [{**post, "text": f"{post['author']} on {post['date']}: {post['text']}"} for post in POSTS]
    assert Doubts.of([listing("<p>", posts)]).unswallowed(posts) == posts
    assert Doubts.of([listing("<p>", POSTS[:2])]).unswallowed(posts) == posts


@pytest.mark.parametrize("records", [events(0, 2), []])
def test_few_records_say_nothing(records: list[Record]) -> None:
    assert Doubts.of([listing("<p>", records)]).doubted(turned(events(1))) == set()
    assert Doubts.of(lists(8)).doubted(turned(records)) == set()


# An old price alone


@pytest.mark.parametrize(
    ("shown", "doubted"),
    [
        ([{"price": "9 €"}], set()),
        ([{"price": "9 €", "old_price": "12 €"}], set()),
        ([{"old_price": "12 €"}], {"old_price"}),
        ([{"old_price": "12 €"}, {"old_price": "12 €"}, {"price": "9 €", "old_price": "12 €"}], {"old_price"}),
        ([{"old_price": "12 €"}, {"price": "9 €", "old_price": "12 €"}], set()),
    ],
)
def test_what_never_came_alone_is_doubted_alone(shown: list[Record], doubted: set[str]) -> None:
    reduced = [{"price": f"{n} €", "old_price": f"{n + 3} €"} for n in range(5)]
    assert Doubts.of([listing("<p>", [*reduced, {"price": "8 €"}])]).doubted(shown) == doubted


def test_it_is_said_why() -> None:
    reduced = [{"price": f"{n} €", "old_price": f"{n + 3} €"} for n in range(5)]
    doubts = Doubts.of([listing("<p>", [*reduced, {"price": "8 €"}])])
    assert doubts.why("old_price", {"title"}) == "contradicts price"
    assert doubts.why("title", ()) == "unlike the values of the examples"


# The whole


def test_chances() -> None:
    assert chance(0, 5, 0, 5) == pytest.approx(1.0)
    assert chance(1, 1, 0, 8) == pytest.approx(0.1)
    assert chance(7, 7, 0, 7) == pytest.approx(1 / 6435)
    assert all(chance(k + 1, 9, 1, 20) < chance(k, 9, 1, 20) for k in range(9))
    assert chance(SEVERAL, SEVERAL, 0, 20) < UNLIKELY < chance(SEVERAL, SEVERAL, 0, 5)


def test_records_are_looked_at_from_the_first_to_the_end() -> None:
    records = [{"n": n} for n in range(100)]
    assert [record["n"] for record in spread(records)] == [0, 12, 25, 37, 50, 62, 75, 87]
    assert spread(records[:8]) == records[:8]


def agenda(records: list[Record], *, moved: bool = False) -> str:
    """A table of events; in the new design the cells of title and place have traded places."""
    rows = []
    for record in records:
        cells = [f'<td><a class="t">{record["title"]}</a> <i>mit Gästen</i></td>', f"<td>{record['place']}</td>"]
        rows.append(f"<tr><th>{record['time']}</th>{''.join(reversed(cells) if moved else cells)}</tr>")
    return f"<html><body><h1>Termine</h1><table>{''.join(rows)}</table></body></html>"


@pytest.fixture(scope="module")
def programme() -> Extractor:
    return learn([listing(agenda(events(page)), events(page), page) for page in range(6)])


def test_places_that_are_titles_are_withheld_and_drift_follows(programme: Extractor) -> None:
    detector = DriftDetector.watching(programme)
    for page in range(8, 30):
        read = programme.read(agenda(events(page)), URL)
        assert read.items == events(page)
        assert detector.observe(read) is None
    for page in range(30, 45):
        for read in (programme.read, programme.extract):
            wrong = read(agenda(events(page), moved=True), URL)
            assert wrong.items == [{"title": record["title"], "time": record["time"]} for record in events(page)]
            assert wrong.abstained == {"place": "doubtful"}
            assert wrong.failed
        detector.observe(programme.read(agenda(events(page), moved=True), URL))
    assert detector.raised is not None
    assert detector.raised.fields == ("place",)
    told = programme.explain(agenda(events(30), moved=True), URL)
    assert " - not vouched for: unlike the values of the examples" in told


@pytest.mark.parametrize("nothing", [None, "", []])
def test_examples_may_have_empty_values(nothing: Any) -> None:
    shown = [
        example(f"<h1>Thing {n}</h1><p class=now>{n} EUR</p>{f'<p class=was>{n + 1} EUR</p>' * (n % 2)}", n,
                title=f"Thing {n}", now=n, was=n + 1 if n % 2 else nothing)
        for n in range(10, 16)
    ]  # fmt: skip
    extractor = learn(shown)
    assert extractor.extract(shown[1].html, URL).item == {"title": "Thing 11", "now": 11, "was": 12}
    assert Doubts.of(shown).unlike == {("now", "title"), ("now", "was"), ("title", "was")}
    rows = listing("<p>", [{"name": f"a {n} None b", "place": nothing, "other": f"x{n}y"} for n in range(9)])
    assert Doubts.of([rows]).holding == {"name": 0, "other": 0}
    moved = [Page(one.url, str(one.html).replace("class=", "class=new-")) for one in shown]
    assert heal(extractor, moved).promoted in (True, False)
