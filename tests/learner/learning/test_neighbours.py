"""A page that lacks a field does not give what stands in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from learner import Example, learn

Rows = Sequence[tuple[str, str]]
FULL: Rows = (("ISBN", "978-1-4028"), ("Hall", "Shale Hall"), ("Contact", "Erlend McAllister"), ("Area", "160 sqft"))
OTHER: Rows = (("ISBN", "978-5-1734"), ("Hall", "Cove Theatre"), ("Contact", "Rahel Nakagawa"), ("Area", "9 sqft"))


def tiles(rows: Rows) -> str:
    return "".join(f"<div class=t><b>{value}</b><i>{name}</i></div>" for name, value in rows)


def table(rows: Rows) -> str:
    return f"<table>{''.join(f'<tr><td>{name}</td><td>{value}</td></tr>' for name, value in rows)}</table>"


def cells(rows: Rows) -> str:
    return f"<p>{''.join(f'<span><small>{name}</small><br>{value}</span>' for name, value in rows)}</p>"


def page(rows: Rows, made: Callable[[Rows], str], title: str) -> str:
    return f"<html><body><main><h1>{title}</h1>{made(rows)}</main></body></html>"


@pytest.mark.parametrize("made", [tiles, table, cells])
@pytest.mark.parametrize("lacking", ["ISBN", "Contact"])
@pytest.mark.parametrize("new", [False, True], ids=["beside", "never_seen"])
def test_what_moves_up_is_not_the_value(made: Callable[[Rows], str], lacking: str, new: bool) -> None:
    names = {"ISBN": "isbn", "Contact": "agent"}
    item = {"title": "Thing", **{names[name]: value for name, value in FULL if name in names}}
    extractor = learn([Example("http://site.test/1", page(FULL, made, "Thing"), item)])
    rows = [pair for pair in OTHER if pair[0] != lacking]
    if new:
        rows = [("Stage door" if name in ("Hall", "Area") else name, value) for name, value in rows]
    for read in (extractor.extract, extractor.read):
        found = read(page(rows, made, "Other"), "http://site.test/2").item
        assert names[lacking] not in found
        assert found["title"] == "Other"


def test_a_text_that_each_page_has_otherwise_is_no_caption() -> None:
    people = [("Ann Lee", "Editor"), ("Bo Ray", "Writer"), ("Cy Fox", "Printer")]
    others = [("Di Orr", "Curator"), ("Ed Poe", "Writer"), ("Flo Mac", "Printer")]
    third = [("Gil Day", "Designer"), ("Ida Bell", "Writer"), ("Jo Hale", "Printer")]
    shown = [
        Example(f"http://site.test/{n}", page(p, tiles, "Book"), {"author": p[0][0]})
        for n, p in enumerate((people, others))
    ]
    assert learn(shown).read(page(third, tiles, "Tome"), "http://site.test/3").item == {"author": "Gil Day"}
