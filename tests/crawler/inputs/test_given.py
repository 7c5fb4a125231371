"""What a person gives as an example, held against its page."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.inputs.examples import Given, check_values, read_examples, repeated
from learner import learn
from learner.errors import InvalidExample, ValueNotFound

LOTS = [{"lot": f"{300 + 7 * n}-B", "piece": f"Clock of {1800 + n}", "price": f"€ {90 + 13 * n}.50"} for n in range(12)]


def table(lots: list[dict[str, str]]) -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{value}</td>' for value in lot.values())}</tr>" for lot in lots)
    return f"<table>{rows}</table>"


def cards(lots: list[dict[str, str]]) -> str:
    return "".join(
        f"<div class=lot><h5>{lot['piece']}</h5><p>{lot['lot']}</p><p>{lot['price']}</p></div>" for lot in lots
    )


@pytest.mark.parametrize("shown", [table(LOTS), cards(LOTS)], ids=["table", "cards"])
@pytest.mark.parametrize(
    ("count", "fields", "refused"),
    [(1, 3, False), (3, 3, False), (3, 1, True), (4, 3, True), (5, 3, False), (10, 3, False), (12, 3, False)],
)
def test_all_records_of_a_list_page_are_wanted_or_few(shown: str, count: int, fields: int, refused: bool) -> None:
    page = f"<html><body><h1>Results</h1>{shown}<p>Open on Mondays.</p></body></html>".encode()
    records = [dict([*lot.items()][:fields]) for lot in LOTS[:count]]
    given = Given(1, "http://auction.example/1", "results", None, records, page)
    said = f"shows some 12 records like the {count} given. All records of a page are wanted"
    with pytest.raises(InvalidExample, match=said) if refused else contextlib.nullcontext():
        check_values(given, page)


def test_a_second_list_is_none_of_the_given() -> None:
    page = f"<html><body>{table(LOTS[:6])}<h2>Past</h2>{table(LOTS[6:])}</body></html>".encode()
    check_values(Given(1, "http://auction.example/1", "results", None, LOTS[:6], page), page)


def given(line: int, url: str = "https://t.example/1", **item: Any) -> Given:
    return Given(line, url, "tea", item, None, b"")


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"title": "Asam"}, "title: 'Asam' is nowhere on https://t.example/1 (line 7). The page has 'Assam'."),
        (
            {"title": "Asam", "tags": ["malty", "drk red", "strong", "old"]},
            "2 of 5 values are nowhere on https://t.example/1 (line 7): title 'Asam' (the page has 'Assam'), "
            "tags 'drk red' (the page has 'dark red').\n",
        ),
        (
            {"title": "Ceylon", "price": "£9", "tags": ["malty"]},
            "2 of 3 values are nowhere on https://t.example/1 (line 7): title 'Ceylon', price '£9'. Are they another "
            "page's?\n",
        ),
    ],
)
def test_all_values_that_stand_nowhere_are_named(item: dict[str, Any], said: str) -> None:
    html = b"<h1>Assam</h1><b>4</b><ul><li>malty<li>dark red<li>strong<li>old</ul>"
    with pytest.raises(ValueNotFound) as told:
        check_values(given(7, **item), html)
    assert said in told.value.show()


def test_a_text_that_stands_in_parts_is_on_the_page() -> None:
    html = b"<h1>Assam</h1><ul><li>malty<li>dark red<li>strong</ul>"
    shown = check_values(given(1, title="Assam", tags="malty, dark red, strong"), html)
    assert learn([shown]).read(html, shown.url).item == shown.item
    with pytest.raises(ValueNotFound, match="'malty, dark blue' is nowhere"):
        check_values(given(1, tags="malty, dark blue"), html)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([given(1, title="Tea"), given(2, price="4")], []),
        ([given(1, title="Tea"), given(2, "https://t.example/2", title="Tea")], []),
        (
            [given(1, title="Tea"), given(2, price="4"), given(4, title="Tea")],
            ["line 4 says the same of https://t.example/1 as line 1: it counts once"],
        ),
        (
            [given(1, title="Tea"), given(2, price="4"), given(4, title="Milk", price="4")],
            "Lines 1 and 4, both of https://t.example/1, contradict each other: title is 'Tea' in one and 'Milk'",
        ),
        ([given(1, year=1815), given(2, year="1815")], "year is 1815 in one and '1815' in the other"),
        (
            [replace(given(1), item=None, items=[{"a": "1"}]), replace(given(3), item=None, items=[{"a": "2"}])],
            "Lines 1 and 3, both of https://t.example/1, contradict each other: their records differ",
        ),
    ],
)
def test_lines_of_one_page(lines: list[Given], said: list[str] | str) -> None:
    if isinstance(said, str):
        with pytest.raises(InvalidExample, match=said):
            repeated(lines)
    else:
        assert repeated(lines) == said


def test_csv_is_refused_with_what_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text('url,tags\nhttps://s.example/1,"one, two"\n')
    with pytest.raises(InvalidExample, match=r"x\.csv: examples are JSON Lines"):
        read_examples(tmp_path / "x.csv")


def test_the_address_of_a_page_that_cannot_be_read_is_said_once() -> None:
    given = Given(1, "http://auction.example/1", "results", {"lot": "307-B"}, None, b"")
    with pytest.raises(InvalidExample) as told:
        check_values(given, b"")
    assert str(told.value).count("http://auction.example/1") == 1
