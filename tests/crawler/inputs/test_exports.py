"""An export of items read again."""

from __future__ import annotations

from pathlib import Path

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
        ("a.csv", '\ufeffurl,title,empty\r\nhttps://s.example/1,Tea,\r\nhttps://s.example/2,"Milk, ""fresh""",\r\n'),
    ],
    ids=["jsonl", "json", "csv"],
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


def test_fields_that_hold_urls() -> None:
    items = [{"image": "https://i.example/1.png", "title": "https://x.example", **item} for item in ITEMS]
    assert url_fields(items) == ["url", "image"]
