"""An export of items read again."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from crawler.inputs.exports import read_items, url_fields
from learner.errors import InvalidExample

ITEMS = [{"url": "https://s.example/1", "title": "Tea"}, {"url": "https://s.example/2", "title": 'Milk, "fresh"'}]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", '{"url": "https://s.example/1", "title": "Tea"}\n\n'
                    '{"url": "https://s.example/2", "title": "Milk, \\"fresh\\""}\n'),
        ("a.json", '[{"url": "https://s.example/1", "title": "Tea", "_evergreen": {"version": 1}},\n'
                   '{"url": "https://s.example/2", "title": "Milk, \\"fresh\\"", "nested": {"a": 1}, "none": null}]'),
        ("b.csv", 'url;title\r\nhttps://s.example/1;Tea\r\nhttps://s.example/2;"Milk, ""fresh"""\r\n'),
        ("c.csv", 'url\ttitle\nhttps://s.example/1\tTea\nhttps://s.example/2\t"Milk, ""fresh"""\n'),
        ("a.csv", '\ufeffurl,title,empty\r\nhttps://s.example/1,Tea,\r\nhttps://s.example/2,"Milk, ""fresh""",\r\n'),
    ],
    ids=["jsonl", "json", "semicolons", "tabs", "csv"],
)  # fmt: skip
def test_every_format_gives_the_same_items(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_bytes(text.encode())
    assert read_items(tmp_path / name) == ITEMS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "holds no item"),
        ("[]", "holds no item"),
        ("{", "line 1 is not JSON"),
        ('{"a": 1}\n3', "line 2 is not a JSON"),
        ("[" * 100_000, "is not JSON"),
    ],
    ids=["empty", "empty list", "broken", "no object", "too deep"],
)
def test_what_is_no_export(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.jsonl").write_text(text)
    with pytest.raises(InvalidExample, match=said):
        read_items(tmp_path / "a.jsonl")
    with pytest.raises(InvalidExample, match="can't be read"):
        read_items(tmp_path / "nowhere.jsonl")


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (['["one, two", "three"]', "", '["four"]'], [["one, two", "three"], None, ["four"]]),
        (["one, two", "[sold out]", "[1]"], ["one, two", "[sold out]", "[1]"]),
        (['["one"]', "two"], "line 3: 'two' in the column tags is no list"),
        (['["one"]', '["two"'], "line 3: '\\[\"two\"' in the column tags is no list"),
        (["['one', 'two']"], "line 2: .* in the column tags is no list"),
    ],
    ids=["lists", "texts", "a text among lists", "broken", "as Python shows it"],
)
def test_lists_in_csv_are_json(tmp_path: Path, cells: list[str], read: list[Any] | str) -> None:
    with (tmp_path / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["title", "tags"], *([f"Tea {n}", cell] for n, cell in enumerate(cells))])
    if isinstance(read, str):
        with pytest.raises(InvalidExample, match=read):
            read_items(tmp_path / "a.csv")
    else:
        assert [item.get("tags") for item in read_items(tmp_path / "a.csv")] == read


def test_a_file_in_another_encoding_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("url;price\nhttps://s.example/1;5 €\n".encode("cp1252"))
    with pytest.raises(InvalidExample, match="is not UTF-8") as error:
        read_items(tmp_path / "a.csv")
    assert "UTF-8" in (error.value.hint or "")


def test_fields_that_hold_urls() -> None:
    items = [{"image": "https://i.example/1.png", "title": "https://x.example", **item} for item in ITEMS]
    assert url_fields(items) == ["url", "image"]
