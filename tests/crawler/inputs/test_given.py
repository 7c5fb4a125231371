"""What a person gives as an example, held against its page."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from crawler.inputs.examples import Given, check_values, read_examples
from learner.errors import InvalidExample

LOTS = [{"lot": f"{300 + 7 * n}-B", "piece": f"Clock of {1800 + n}", "price": f"€ {90 + 13 * n}.50"} for n in range(12)]


def table(lots: list[dict[str, str]]) -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{value}</td>' for value in lot.values())}</tr>" for lot in lots)
    return f"<table>{rows}</table>"


def cards(lots: list[dict[str, str]]) -> str:
    return "".join(
        f"<div class=lot><h5>{lot['piece']}</h5><p>{lot['lot']}</p><p>{lot['price']}</p></div>" for lot in lots
    )


@pytest.mark.parametrize("shown", [table(LOTS), cards(LOTS)], ids=["table", "cards"])
@pytest.mark.parametrize(("count", "refused"), [(1, True), (2, True), (4, True), (5, False), (10, False), (12, False)])
def test_all_records_of_a_list_page_are_wanted(shown: str, count: int, refused: bool) -> None:
    page = f"<html><body><h1>Results</h1>{shown}<p>Open on Mondays.</p></body></html>".encode()
    given = Given(1, "http://auction.example/1", "results", None, LOTS[:count], page)
    said = f"shows some 12 records like the {count} given. All records of a page are wanted"
    with pytest.raises(InvalidExample, match=said) if refused else contextlib.nullcontext():
        check_values(given, page)


def test_a_second_list_is_none_of_the_given() -> None:
    page = f"<html><body>{table(LOTS[:6])}<h2>Past</h2>{table(LOTS[6:])}</body></html>".encode()
    check_values(Given(1, "http://auction.example/1", "results", None, LOTS[:6], page), page)


def test_csv_is_refused_with_what_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text('url,tags\nhttps://s.example/1,"one, two"\n')
    with pytest.raises(InvalidExample, match=r"x\.csv: examples are JSON Lines"):
        read_examples(tmp_path / "x.csv")


def test_the_address_of_a_page_that_cannot_be_read_is_said_once() -> None:
    given = Given(1, "http://auction.example/1", "results", {"lot": "307-B"}, None, b"")
    with pytest.raises(InvalidExample) as told:
        check_values(given, b"")
    assert str(told.value).count("http://auction.example/1") == 1
