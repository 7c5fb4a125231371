"""Pages that somebody else recorded."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from warc_tools import write_warc

from crawler.inputs.warc import MAX_BYTES, Recording
from learner.errors import InvalidExample

URL = "https://s.example/tea"


@pytest.mark.parametrize("name", ["pages.warc", "pages.warc.gz"])
def test_pages_come_with_address_and_time(tmp_path: Path, name: str) -> None:
    recording = Recording([write_warc(tmp_path / name, (URL, b"<h1>Tea"), (URL + "2", "<h1>Thé".encode()))])
    pages = list(recording.pages())
    assert [(page.url, page.html.decode()) for page in pages] == [(URL, "<h1>Tea"), (URL + "2", "<h1>Thé")]
    assert pages[0].fetched_at == datetime(2025, 3, 1, 12, tzinfo=UTC)
    assert not recording.skipped


@pytest.mark.parametrize(
    ("options", "body", "html"),
    [
        ({"kind": "text/html; charset=iso-8859-1"}, "<h1>Thé".encode("latin-1"), "<h1>Thé"),
        ({"kind": "text/html; charset=unheard-of"}, "<h1>Thé".encode(), "<h1>Thé"),
        ({"headers": [("Content-Encoding", "gzip")]}, gzip.compress(b"<h1>Tea"), "<h1>Tea"),
        ({"type": "resource"}, b"<h1>Tea", "<h1>Tea"),
        ({"kind": ""}, b"<h1>Tea", "<h1>Tea"),
    ],
    ids=["latin-1", "unknown charset", "gzip", "resource", "no type"],
)
def test_bodies_are_decoded(tmp_path: Path, options: dict[str, Any], body: bytes, html: str) -> None:
    (page,) = Recording([write_warc(tmp_path / "pages.warc.gz", (URL, body, options))]).pages()
    assert page.html.decode() == html


@pytest.mark.parametrize(
    ("url", "options", "body", "reason"),
    [
        (URL, {"status": 404}, b"gone", "status 404"),
        (URL, {"kind": "image/png"}, b"png", "not HTML"),
        ("ftp://s.example/x", {"type": "resource"}, b"x", "no http(s) address"),
        (URL, {}, b"", "empty"),
        (URL, {}, b"x" * (MAX_BYTES + 1), "too large"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_no_page_is_counted(
    tmp_path: Path, url: str, options: dict[str, Any], body: bytes, reason: str
) -> None:
    recording = Recording([write_warc(tmp_path / "pages.warc.gz", (url, body, options))])
    assert list(recording.pages()) == []
    assert recording.skipped == {reason: 1}


def test_what_is_no_warc_is_told(tmp_path: Path) -> None:
    whole = write_warc(tmp_path / "pages.warc.gz", *((f"{URL}{n}", b"<h1>Tea" * 200) for n in range(9))).read_bytes()
    for name, content in {"text.warc": b"<html>", "rubbish.warc.gz": b"\x1f\x8b" + b"rubbish" * 9}.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InvalidExample, match="is no WARC file, or damaged"):
            list(Recording([tmp_path / name]).pages())
    with pytest.raises(InvalidExample, match="can't be read"):
        list(Recording([tmp_path / "nowhere.warc"]).pages())
    (tmp_path / "torn.warc.gz").write_bytes(whole[: len(whole) - 40])
    read = []
    try:
        for page in Recording([tmp_path / "torn.warc.gz"]).pages():
            read.append(page.url)
    except InvalidExample:
        pass
    assert len(read) >= 8
