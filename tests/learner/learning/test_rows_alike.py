"""A row of the same form before a field's row, or in its place, does not give its value for the field's."""

from __future__ import annotations

import asyncio
import sys
import types
from collections.abc import Sequence

import pytest
from web_poet import HttpResponse

from learner import Example, Extractor, Known, Page, heal, learn

Rows = Sequence[tuple[str, str]]
SHOWN: Rows = (("Coursework", "40%"), ("Written exam", "60%"))
OTHER: Rows = (("Coursework", "35%"), ("Written exam", "65%"))
NEW: Rows = (("Presentation", "10%"), *OTHER)
NAMES = "Algebra Botany Chemistry Drama Ethics Finnish Geology History Italian Journalism".split()
# The whole, a row, and what parts rows.
MARKUP = {
    "span and b": ("<div class=flex>{}</div>", "<div class=p-2><span>{0}</span> <b>{1}</b></div>", ""),
    "strong and tail": ("<div>{}</div>", "<p><strong>{0}</strong> {1}</p>", ""),
    "text and em": ("<ul>{}</ul>", "<li>{0}: <em>{1}</em></li>", ""),
    "spans": ("<div>{}</div>", "<div class=flex><span>{0}</span><span>{1}</span></div>", ""),
    "divs": ("<div>{}</div>", "<div class=flex><div>{0}</div><div>{1}</div></div>", ""),
    "caption after": ("<div>{}</div>", "<div><b>{1}</b> <span>{0}</span></div>", ""),
    "card": ("<div>{}</div>", "<div class=card><div class=big>{1}</div><div class=small>{0}</div></div>", ""),
    "cells": ("<table>{}</table>", "<tr><td>{0}</td><td>{1}</td></tr>", ""),
    "cells, caption after": ("<table>{}</table>", "<tr><td>{1}</td><td>{0}</td></tr>", ""),
    "terms": ("<dl>{}</dl>", "<dt>{0}</dt><dd>{1}</dd>", ""),
    "pairs in a grid": ("<div class=grid>{}</div>", "<div class=k>{0}</div><div class=v>{1}</div>", ""),
    "lines": ("<div>{}</div>", "<span>{0}:</span> <b>{1}</b>", "<br>"),
    "brackets in one text": ("<p>{}</p>", "{0} ({1})", ", "),
    "brackets in rows": ("<ul>{}</ul>", "<li>{0} ({1})</li>", ""),
    "colons in one text": ("<p>{}</p>", "{0}: {1}", ", "),
}


def page(name: str, made: str, rows: Rows) -> str:
    whole, row, between = MARKUP[made]
    marks = whole.format(between.join(row.format(*pair) for pair in rows))
    return (
        f"<html><body><h1>{name}</h1><p>What all who take {name} should know before they begin.</p>"
        f"<h2>How you are marked</h2>{marks}<footer>Office of Studies</footer></body></html>"
    )


def ejected(source: str, html: str, url: str, monkeypatch: pytest.MonkeyPatch) -> object:
    module = types.ModuleType("page_of_rows")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile(source, "page_of_rows", "exec"), module.__dict__)  # noqa: S102
    return asyncio.run(module.LearnedPage(response=HttpResponse(url, body=html.encode())).to_item())


def read(extractor: Extractor, html: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """The field's value, which ejected code gives alike."""
    url = "http://site.test/2"
    item = extractor.read(html, url).item
    assert ejected(extractor.source_code(), html, url, monkeypatch) == item
    assert item["title"] == "Botany"
    return item.get("coursework")


@pytest.mark.parametrize("made", MARKUP)
def test_the_caption_tells_the_row(made: str, monkeypatch: pytest.MonkeyPatch) -> None:
    item = {"title": "Algebra", "coursework": "40%"}
    extractor = learn([Example("http://site.test/1", page("Algebra", made, SHOWN), item, source="person")])
    assert read(extractor, page("Botany", made, OTHER), monkeypatch) == "35%"
    assert read(extractor, page("Botany", made, NEW), monkeypatch) == "35%"
    for without in (OTHER[1:], (NEW[0], *OTHER[1:]), NEW[:1]):
        assert read(extractor, page("Botany", made, without), monkeypatch) is None


@pytest.mark.parametrize("made", [made for made in MARKUP if "brackets" not in made and "one text" not in made])
def test_captions_may_be_long(made: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def long(rows: Rows) -> Rows:
        return [
            (f"{name} that the department sets and that is handed in by the end of the term", v) for name, v in rows
        ]

    item = {"title": "Algebra", "coursework": "40%"}
    extractor = learn([Example("http://site.test/1", page("Algebra", made, long(SHOWN)), item, source="person")])
    assert read(extractor, page("Botany", made, long(OTHER)), monkeypatch) == "35%"
    assert read(extractor, page("Botany", made, long(NEW)), monkeypatch) in ("35%", None)


@pytest.mark.parametrize("made", MARKUP)
def test_of_a_page_with_one_row_the_caption_is_found_among_others(made: str, monkeypatch: pytest.MonkeyPatch) -> None:
    item = {"title": "Algebra", "coursework": "40%"}
    extractor = learn([Example("http://site.test/1", page("Algebra", made, SHOWN[:1]), item, source="person")])
    assert read(extractor, page("Botany", made, OTHER[:1]), monkeypatch) == "35%"
    if "in one text" not in made and made != "brackets in rows":
        assert read(extractor, page("Botany", made, NEW), monkeypatch) == "35%"


@pytest.mark.parametrize("made", MARKUP)
def test_healed_code_gives_the_row_with_the_caption(made: str) -> None:
    old = "<html><body><article><h3 class=name>{}</h3><b class=cw>{}</b></article></body></html>"
    shares = [f"{30 + number}%" for number in range(len(NAMES))]
    urls = [f"http://site.test/{number}" for number in range(len(NAMES))]
    pairs = list(zip(NAMES, shares, strict=True))
    items = [{"title": name, "coursework": share} for name, share in pairs]
    known = [Known(url, item) for number, (url, item) in enumerate(zip(urls, items, strict=True)) if number % 4]
    shown = [
        Example(url, old.format(*pair), item) for url, pair, item in zip(urls[1:3], pairs[1:3], items[1:3], strict=True)
    ]
    pages = []
    for number, (name, share) in enumerate(pairs):
        rows = [("Coursework", share), ("Written exam", f"{70 - number}%")]
        pages.append(page(name, made, [NEW[0], *rows] if not number % 4 else rows))
    repair = heal(learn(shown), [Page(url, html) for url, html in zip(urls, pages, strict=True)], known=known)
    for url, html, item in zip(urls, pages, items, strict=True):
        assert repair.extractor.read(html, url).item == item
