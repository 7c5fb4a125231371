"""Records of list pages: kept together, in order, with gaps, advertisements and headings."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from core_tools import fixture_example, fixture_pages, listing, run
from web_poet import HttpResponse

from learner import learn
from learner.extractor import Extractor
from learner.programs.program import Records as Parting
from learner.programs.recordlist import agreement, coherence, covering, matched, per_page, without_strangers
from learner.programs.selectors import Selector, Step

Records = list[dict[str, Any]]


def fields(row: dict[str, Any], tag: str) -> str:
    return " ".join(f"<{tag} class={name}>{row[name]}</{tag}>" for name in ("who", "what", "fee") if name in row)


def table(rows: Records) -> str:
    made = "".join(f"<tr class=row>{fields(row, 'td')}</tr>" for row in rows)
    return f"<html><body><h1>All</h1><table><tr><th>Who<th>What<th>Fee</tr>{made}</table><p>foot</p></body></html>"


def cards(rows: Records) -> str:
    """Advertisements between the records."""
    advert = "<li class=ad><span>Buy now!</span></li>"
    made = "".join(f"<li class=card>{fields(row, 'span')}</li>{advert * (n % 2)}" for n, row in enumerate(rows))
    return f"<html><body><ul>{made}</ul></body></html>"


def flat(rows: Records) -> str:
    """No element around a record: a heading begins it."""
    made = "".join(fields(row, "p") for row in rows)
    return f"<html><body><div class=all>{made}</div></body></html>"


def columns(rows: Records) -> str:
    """Two columns, the second half of the records beside the first."""
    half = (len(rows) + 1) // 2
    made = ""
    for part in (rows[:half], rows[half:]):
        made += "<div class=column>" + "".join(f"<div class=r>{fields(row, 'b')}</div>" for row in part) + "</div>"
    return f"<html><body>{made}</body></html>"


def rows(count: int, start: int = 0, gaps: bool = True) -> Records:
    made = []
    for n in range(start, start + count):
        row = {"who": f"Person {chr(65 + n % 26)}{n}", "what": f"Task number {n}", "fee": f"${n + 10}.50"}
        if gaps and n % 3 == 1:
            del row["what"]
        if gaps and n % 4 == 2:
            del row["fee"]
        made.append(row)
    return made


@pytest.mark.parametrize("layout", [table, cards, flat, columns])
@pytest.mark.parametrize("gaps", [False, True])
def test_records_of_a_page_not_seen(layout: Any, gaps: bool) -> None:
    taught = rows(8, gaps=gaps)
    extractor = learn([listing(layout(taught), taught)])
    assert extractor.is_list
    assert extractor.extract(layout(taught), "http://site.test/list/1").items == taught
    unseen = rows(9, 30, gaps)
    assert extractor.extract(layout(unseen), "http://site.test/list/2").items == unseen


def without_who(made: Records) -> Records:
    return [{k: v for k, v in row.items() if k != "who"} if n % 3 == 1 else row for n, row in enumerate(made)]


@pytest.mark.parametrize("layout", [table, cards, flat, columns])
def test_the_way_is_taken_that_parts_all_pages_best(layout: Any) -> None:
    """The first page shows all fields in all records: by itself it lets each record begin at the first of them."""
    examples = [rows(6, gaps=False), without_who(rows(6, 20, gaps=False))]
    extractor = learn([listing(layout(made), made, number) for number, made in enumerate(examples)])
    unseen = without_who(rows(9, 60, gaps=False))
    assert len(extractor.extract(layout(unseen), "http://site.test/list/3").items) == len(unseen)


def agenda(days: dict[str, list[str]]) -> str:
    made = ""
    for day, talks in days.items():
        made += f"<tr><td class=day colspan=2>{day}</td></tr>"
        made += "".join(f"<tr class=talk><td>{talk}</td><td>x</td></tr>" for talk in talks)
    return f"<html><body><table>{made}</table></body></html>"


def test_a_heading_over_several_records_holds_for_each() -> None:
    def records(days: dict[str, list[str]]) -> Records:
        return [{"day": day, "talk": talk} for day, talks in days.items() for talk in talks]

    taught = {"Monday 1 May": ["Opening words", "Long lunch"], "Tuesday 2 May": ["Closing words", "Farewell", "Train"]}
    extractor = learn([listing(agenda(taught), records(taught))])
    unseen = {"Friday 5 June": ["First thing"], "Sunday 7 June": ["Second thing", "Third thing", "Fourth thing"]}
    assert extractor.extract(agenda(unseen), "http://site.test/list/2").items == records(unseen)


def test_a_list_over_several_records_holds_for_each() -> None:
    """Tags of a question are those of each of its answers; of a day, those of each of its talks."""
    words = ("art", "law", "sea", "sun", "war", "tea", "ice")

    def tags(number: int) -> list[str]:
        return [words[(number + 2 * at) % 7] for at in range(1 + number % 4)]

    def groups(number: int, count: int) -> list[tuple[int, list[str]]]:
        """So many of them on a page, each with talks."""
        return [(n, [f"Talk {n} of {at}" for at in range(1 + (n + 1) % 4)]) for n in range(number, number + count)]

    def page(number: int, count: int) -> str:
        made = ""
        for group, talks in groups(number, count):
            made += "<div class=top>" + "".join(f"<a class=tag>{one}</a> " for one in tags(group)) + "</div>"
            made += "".join(f"<p class=talk><b>{talk}</b></p>" for talk in talks)
        return f"<html><body>{made}<p>foot</p></body></html>"

    def records(number: int, count: int) -> Records:
        return [{"tags": tags(group), "talk": talk} for group, talks in groups(number, count) for talk in talks]

    for count in (1, 2):
        extractor = learn([listing(page(number, count), records(number, count)) for number in range(6)])
        assert extractor.program.records is not None
        assert extractor.program.records.carried == {"tags"}
        for number in range(9, 15):
            given = extractor.read(page(number, count), "http://site.test/list/2").items
            assert given == records(number, count)
            assert run(extractor.source_code(), page(number, count), "http://site.test/list/2")["items"] == given


def posts(made: Records, layout: str = "plain") -> str:
    """Posts in a list; in two ``columns``; by ``days``, the day above them; or with other ``classes``."""
    name = "entry" if layout == "classes" else "post"

    def post(row: dict[str, Any]) -> str:
        day = "" if layout == "days" else f"<h4 class=when>{row['day']}</h4>"
        by = f"<div class=by><b class=who>{row['who']}</b>{day}</div>"
        said = f"<div><p class=what>{row['what']}</p></div><div><i class=n>{row['n']}</i></div>"
        return f"<div class={name}>{by}{said}</div>"

    def box(rows: Records) -> str:
        return "<div class=box>" + "".join(map(post, rows)) + "</div>"

    if layout == "columns":
        inner = f"<div class=columns>{box(made[::2])}{box(made[1::2])}</div>"
    elif layout == "days":
        days = dict.fromkeys(row["day"] for row in made)
        inner = "".join(f"<h4 class=when>{day}</h4>" + box([row for row in made if row["day"] == day]) for day in days)
    else:
        inner = "".join(map(post, made))
    return f"<html><body><h1>Talk</h1><div id=content><div class=posts>{inner}</div></div></body></html>"


def said(count: int, start: int = 0) -> Records:
    return [
        {
            "who": f"Person {chr(65 + n % 26)}{n}",
            "day": f"{1 + n // 3} May 2026",
            "what": f"Words number {n}",
            "n": 100 + n,
        }
        for n in range(start, start + count)
    ]


def page_object(extractor: Any, page: str) -> Records:
    """The records that the generated code gives."""
    module = ModuleType("generated")
    sys.modules["generated"] = module
    exec(extractor.source_code("SitePage"), module.__dict__)  # noqa: S102
    response = HttpResponse(url="http://site.test/list/2", body=page.encode())
    made: Records = asyncio.run(module.SitePage(response=response).to_item())["items"]
    return made


@pytest.mark.parametrize("layout", ["plain", "columns", "days"])
def test_records_in_a_box_more_are_no_others(layout: str) -> None:
    extractor = learn([listing(posts(made), made, n) for n, made in enumerate((said(7), said(5, 30), said(6, 90)))])
    gold = said(9, 60)
    page = posts(gold, layout)
    read = extractor.read(page, "http://site.test/list/2")
    if layout == "days":
        assert read.failed, "days stand above the records, and not in them"
        assert read.abstained == {"day": "doubtful"}
        gold = [{name: value for name, value in row.items() if name != "day"} for row in gold]
    assert sorted(read.items, key=str) == sorted(gold, key=str)
    assert page_object(extractor, page) == read.items


@pytest.mark.parametrize("start", ["div div", "div[id=content] > div"])
def test_pieces_of_records_and_several_in_one_are_not_known(start: str) -> None:
    """No way to begin a record parts the page as the examples were parted."""
    learned = learn([listing(posts(said(n)), said(n), n) for n in (8, 5, 6)])
    assert learned.program.records is not None
    tags = (
        [Step("div"), Step("div")]
        if start == "div div"
        else [Step("div", attribute=("id", "=", "content")), Step("div", child=True)]
    )
    starts = (Selector(tuple(tags)),)
    program = replace(learned.program, records=replace(learned.program.records, starts=starts))
    extractor = Extractor(program, learned.examples)
    page = posts(said(9, 60), "classes")
    read = extractor.read(page, "http://site.test/list/2")
    assert read.failed
    assert read.items == [] == page_object(extractor, page)
    assert set(read.abstained) == {"who", "day", "what", "n"}


@pytest.mark.parametrize("design", [1, 2, 3])
def test_fixture_records(design: int) -> None:
    pages = fixture_pages("records", "list", design)
    extractor = learn([fixture_example(page) for page in pages[:2]])
    for page in pages[2:7]:
        made = extractor.extract(page.html, "http://site.test" + page.path).items
        gold = fixture_example(page).items
        assert gold is not None
        assert agreement(made, gold) >= 0.98


@pytest.mark.parametrize(("made", "gold", "share"), [
    ([{"a": 1}], [{"a": 1}], 1.0), ([], [{"a": 1}], 0.0), ([{"a": 1}, {"a": 2}], [{"a": 2}], 0.5),
    ([{"a": 1}], [{"a": 1, "b": 2}], 0.5), ([{"a": 1}], [], 0.0), ([{"a": 2}, {"a": 1}], [{"a": 1}, {"a": 2}], 0.5),
])  # fmt: skip
def test_agreement(made: Records, gold: Records, share: float) -> None:
    assert agreement(made, gold) == pytest.approx(share)


def test_coherence() -> None:
    places = {"a": [(1, "x"), (3, "y")], "b": [(2, "z")]}
    even = coherence([{"a": "x", "b": "z"}, {"a": "y", "b": "q"}], places, frozenset())
    gap = coherence([{"a": "x", "b": "z"}, {"a": "y"}], places, frozenset())
    assert even >= gap > 0.5 > coherence([], places, frozenset()) == 0.0


@pytest.mark.parametrize(("whole", "kept"), [
    ({"who", "what", "fee"}, ["ab", "cd"]),
    ({"who", "what", "fee", "day"}, ["ab", "cd"]),
    ({"what", "fee"}, ["ab", "cd", "advert"]),
    ({"who"}, ["ab", "cd", "advert", "other"]),
    ({"fee", "day"}, ["ab", "cd", "advert", "other"]),  # most have none: they are not read
    (set(), ["ab", "cd", "advert", "other"]),
])  # fmt: skip
def test_records_with_few_of_the_fields_that_all_have_are_none(whole: set[str], kept: list[str]) -> None:
    made = [
        {"who": "A", "what": "ab"},
        {"who": "B", "what": "cd"},
        {"what": "advert"},
        {"note": "other"},
    ]
    assert [record.get("what", record.get("note")) for record in without_strangers(made, whole)] == kept


def test_records_of_which_little_is_read_are_some() -> None:
    made = [{"on": "page", "who": "A", "n": 1}, {"on": "page", "who": "B"}]
    assert without_strangers(made, {"on", "who", "n", "day", "what", "fee"}) == made


def test_a_record_with_all_that_most_records_have_is_one() -> None:
    """The first of the page alone is given its day and points."""
    first = {"who": "A", "what": "ab", "day": 1, "points": 7, "note": "x", "rank": 2, "tag": "t"}
    made = [first, {"what": "cd", "who": "B"}, {"what": "ef"}, {"who": "C"}, {"who": "D", "what": "gh"}]
    kept = without_strangers(made, {"what", "who", "day", "points", "fee"})
    assert kept == [made[0], made[1], made[4]]


@pytest.mark.parametrize(("columns", "found"), [
    (["qqq", "rrr", "sss", "tt", "uu"], True),
    (["qqq", "rrr", "sss", "tt", "uv"], False),
    (["qqq", "rrr", "sss", "tt", "u-"], False),  # one record lacks it
    (["qqq", "rrr", "sss", "tt", "uu", "--"], True),
    (["qqq", "rrr", "sss", "tttttttt"], False),  # few pages, which may be ordered by it
    (["qq", "qq", "rr", "rr", "qq"], False),  # may be chance
    (["qqq", "qqq", "qqq", "qqq", "qqq"], False),  # of all pages
    (["q", "r", "s", "t", "u", "v"], False),
])  # fmt: skip
@pytest.mark.parametrize("source", ["spider", "network"])
def test_what_all_records_of_a_page_share(columns: list[str], found: bool, source: str) -> None:
    examples = [
        replace(
            listing("<html>", [{"it": one.strip("-"), "n": n} for n, one in enumerate(values)], number), source=source
        )
        for number, values in enumerate(columns)
    ]
    assert per_page(examples) == ({"it"} if found and source == "spider" else set())


@pytest.mark.parametrize(("required", "known", "made"), [
    ({"who"}, [{"who": "A", "n": 1}, {"n": 2}], {"who", "n"}),
    ({"who"}, [{"who": "A", "n": 1}, {"who": "", "n": 2}, {"n": 3, "fee": 4}, {"fee": 5}], {"who", "n", "fee"}),
    ({"who"}, [{"who": "A", "n": 1}, {"day": "Monday", "unread": 2}], {"who"}),
    ({"unread"}, [{"who": "A", "n": 1}], {"unread"}),
    (set(), [{"who": "A", "n": 1}], set()),
])  # fmt: skip
def test_what_some_records_lack_makes_none_alone(required: set[str], known: Records, made: set[str]) -> None:
    parting = Parting((Selector((Step("tr"),)),), True, frozenset({"day"}), frozenset(required))
    assert covering(parting, ["who", "n", "fee", "day"], known).required == made


def test_advertisements_in_the_place_of_records() -> None:
    """They are marked up as records are, and have a text as these do."""
    extractor = learn([listing(posts(said(8)), said(8))])
    record = "<div class=post><div class=by>"
    advert = f"{record}Ad</div><div><p class=what>Baskets, 20% off</p></div></div>{record}"
    page = posts(said(9, 20)).replace(record, advert, 3)
    assert extractor.read(page, "http://site.test/list/2").items == said(9, 20)
    assert page_object(extractor, page) == said(9, 20)


MATCH = "<tr class=m><td>{day} May<td>{home}<td><b>{score}</b><td>{away}<td>{venue}</tr>"
TEAMS = ("Ashford", "Brigg", "Calder", "Dunmore", "Elmstead", "Fenwick", "Garston", "Hale")


def played(count: int, start: int = 0, filler: str = "TV: Sky {}") -> tuple[Records, str]:
    """Matches that were played, as records and as rows; some have no venue, and ``filler`` stands there."""
    made, shown = [], ""
    for n in range(start, start + count):
        row = {"day": f"{1 + n} May", "home": TEAMS[n % 8], "away": TEAMS[(3 * n + 1) % 8], "score": f"{n % 5}-{n % 3}"}
        venue = "" if n % 3 == 1 else f"{TEAMS[n % 8]} Park"
        made.append({**row, **({"venue": venue} if venue else {})})
        shown += MATCH.format(**{**row, "day": 1 + n, "venue": venue or filler.format(n)})
    return made, shown


def fixtures(count: int) -> str:
    """Matches of the same teams that are still to come."""
    return "".join(
        MATCH.format(day=20 + n, home=TEAMS[n], score="16:00", away=TEAMS[n + 2], venue="") for n in range(count)
    )


@pytest.mark.parametrize("page", [
    "<h2>Results</h2><table class=l>{0}</table><h2>Next</h2><table class=l>{1}</table>",
    "<h2>Next</h2><table class=l>{1}</table><h2>Results</h2><table class=l>{0}</table>",
])  # fmt: skip
@pytest.mark.parametrize("source", ["person", "spider"])
def test_the_rows_of_another_list_made_alike_are_no_records(page: str, source: str) -> None:
    page = f"<html><body>{page}</body></html>"
    taught, shown = played(7)
    example = replace(listing(page.format(shown, fixtures(3)), taught), source=source)
    unseen, later = played(8, 2)
    read = learn([example]).read(page.format(later, fixtures(4)), "http://site.test/list/2").items
    assert [{**row, "venue": ""} for row in read] == [{**row, "venue": ""} for row in unseen]


@pytest.mark.parametrize(("filler", "later", "given"), [
    ("TV: Sky {}", "TV: BBC {}", True),
    ("on Sky {}", "on BBC {}", True),
    # Nothing tells them from venues.
    ("{} North Street", "{} South Street", False),
])  # fmt: skip
def test_what_stands_in_the_place_of_a_missing_value_is_none(filler: str, later: str, given: bool) -> None:
    page = "<html><body><table>{}</table></body></html>"
    taught, shown = played(7, filler=filler)
    extractor = learn([replace(listing(page.format(shown), taught), source="person")])
    assert any(warning.startswith("venue is read as") for warning in extractor.warnings) is not given
    unseen, rows = played(8, 2, filler=later)
    gold = unseen if given else [{name: value for name, value in row.items() if name != "venue"} for row in unseen]
    html = page.format(rows)
    assert extractor.read(html, "http://site.test/list/2").items == gold == page_object(extractor, html)


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ([{"who": "Ann", "on": "Trip"}, {"who": "Cid", "on": "Trip"}], ["Ann", None, "Cid"]),
        ([{"who": "Bob", "on": "Trip"}, {"who": "Cid", "on": "Trip"}], [None, "Bob", "Cid"]),
        ([{"on": "Trip"}, {"on": "Trip"}], ["", "", None]),
        ([{"who": "Dan", "on": "Trip"}], [None, None, None]),
    ],
    ids=["the second has gone", "the first has gone", "nothing else is read", "another one"],
)
def test_a_record_is_not_told_by_what_all_of_them_say(made: Records, found: list[str | None]) -> None:
    gold = [{"who": who, "on": "Trip"} for who in ("Ann", "Bob", "Cid")]
    pairs = [one and one.get("who", "") for _, one in matched(made, gold)]
    assert [name if name != {} else None for name in pairs] == found
