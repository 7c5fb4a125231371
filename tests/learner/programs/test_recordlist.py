"""Records of list pages: kept together, in order, with gaps, advertisements and headings."""

from __future__ import annotations

from typing import Any

import pytest
from core_tools import fixture_example, fixture_pages, listing

from learner import learn
from learner.programs.recordlist import agreement, coherence

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
