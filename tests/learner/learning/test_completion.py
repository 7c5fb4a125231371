"""Of a list whose first records are shown the others are told by them; a list that is shown whole stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from learner import Example, learn
from learner.learning.completion import completed

NAMES = ("Ann Lee", "Bob Ray", "Cy Orr", "Dee Fox", "Eli Moss", "Fay Kerr")
RECORDS: list[dict[str, Any]] = [
    {"name": name, "since": 1990 + at, "page": f"http://site.test/p/{at}"} for at, name in enumerate(NAMES)
]


def table(records: list[dict[str, Any]], between: str = "") -> str:
    rows = [
        f'<tr class="{("odd", "even")[at % 2]}"><td><a href="/p/{one["since"] - 1990}">{one["name"]}</a></td>'
        f"<td>since {one['since']}</td></tr>"
        for at, one in enumerate(records)
    ]
    return f"<table><tr><th>Name</th><th>Since</th></tr>{between.join(rows)}</table>"


BOARD = f"<h1>Board</h1>{table(RECORDS)}<h2>Proxies</h2>{table([{'name': 'Gil Roy', 'since': 2001}])}"


def example(shown: list[dict[str, Any]], html: str = BOARD, source: str = "person") -> Example:
    return Example("http://site.test/board", html, items=shown, source=source)


@pytest.mark.parametrize("shown", [RECORDS[:1], RECORDS[:3], RECORDS[2:3], [RECORDS[4], RECORDS[1]]])
def test_the_rows_beside_a_record_are_records(shown: list[dict[str, Any]]) -> None:
    whole, note = completed(example(shown))
    assert whole.items == RECORDS
    assert f"{len(RECORDS) - len(shown)} more beside" in note


def test_what_is_marked_up_otherwise_is_no_record() -> None:
    advertisement = '<tr class="ad"><td><a href="/buy">Buy</a></td><td>since 1884</td></tr>'
    assert completed(example(RECORDS[:1], table(RECORDS, advertisement)))[0].items == RECORDS


@pytest.mark.parametrize(("shown", "html", "source"), [
    (RECORDS, BOARD, "person"), (RECORDS[:4], BOARD, "person"), (RECORDS[:1], BOARD, "spider"), ([], BOARD, "person"),
    # Few others may be something else; a value that stands nowhere, one alone, and a list in a record tell no row.
    (RECORDS[:1], table(RECORDS[:3]), "person"), ([{**RECORDS[0], "since": 1884}], BOARD, "person"),
    ([{"name": "Ann Lee"}], BOARD, "person"), ([{**RECORDS[0], "name": ["Ann Lee"]}], BOARD, "person"),
    (RECORDS[:1], "", "person"),
])  # fmt: skip
def test_other_examples_stay_as_they_are(shown: list[dict[str, Any]], html: str, source: str) -> None:
    given = example(shown, html, source)
    assert completed(given) == (given, "")


def test_what_is_learned_reads_all_records_of_other_pages() -> None:
    extractor = learn([example(RECORDS[:1])])
    others = list(reversed(RECORDS))[:5]
    assert extractor.extract(table(others), "http://site.test/other").items == others
    assert any("5 more beside" in warning for warning in extractor.warnings)
