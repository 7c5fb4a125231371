"""A page that lacks a field does not give what stands in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

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


def icons(rows: Rows) -> str:
    return f"<ul>{''.join(f'<li><i class=icon-{name}></i> {value}</li>' for name, value in rows)}</ul>"


def drawn(rows: Rows) -> str:
    return "".join(f"<p><svg><use href=#{name}></use></svg><b>{value}</b></p>" for name, value in rows)


def page(rows: Rows, made: Callable[[Rows], str], title: str) -> str:
    return f"<html><body><main><h1>{title}</h1>{made(rows)}</main></body></html>"


@pytest.mark.parametrize("made", [tiles, table, cells, icons, drawn])
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


@pytest.mark.parametrize("made", [icons, drawn])
def test_icons_that_have_all_other_names_tell_nothing(made: Callable[[Rows], str]) -> None:
    item = {"title": "Thing", "isbn": FULL[0][1]}
    extractor = learn([Example("http://site.test/1", page(FULL, made, "Thing"), item)])
    rows = [(f"x{number}", value) for number, (_, value) in enumerate(OTHER)]
    assert extractor.extract(page(rows, made, "Other"), "http://site.test/2").item["isbn"] == OTHER[0][1]


@pytest.mark.parametrize("made", [table, icons])
def test_the_only_record_of_a_page_has_captions_too(made: Callable[[Rows], str]) -> None:
    shown = [
        Example(f"http://site.test/{n}", page(rows, made, "Thing"), items=[{"hall": rows[1][1], "agent": rows[2][1]}])
        for n, rows in enumerate((FULL, OTHER))
    ]
    extractor = learn(shown)
    others = [("Cove House", "Orla Byrne"), ("Old Barn", "Tam Reid")]
    for hall, agent in others:
        rows = [("ISBN", "978-9-1111"), ("Hall", hall), ("Contact", agent), ("Area", "70 sqft")]
        assert extractor.read(page(rows, made, "Third"), "http://site.test/3").items == [{"hall": hall, "agent": agent}]
        found = extractor.read(page([rows[0], *rows[2:]], made, "Fourth"), "http://site.test/4").items
        assert found == [{"agent": agent}]


def test_a_text_that_each_page_has_otherwise_is_no_caption() -> None:
    people = [("Ann Lee", "Editor"), ("Bo Ray", "Writer"), ("Cy Fox", "Printer")]
    others = [("Di Orr", "Curator"), ("Ed Poe", "Writer"), ("Flo Mac", "Printer")]
    third = [("Gil Day", "Designer"), ("Ida Bell", "Writer"), ("Jo Hale", "Printer")]
    shown = [
        Example(f"http://site.test/{n}", page(p, tiles, "Book"), {"author": p[0][0]})
        for n, p in enumerate((people, others))
    ]
    assert learn(shown).read(page(third, tiles, "Tome"), "http://site.test/3").item == {"author": "Gil Day"}


def headed(heading: str, people: Sequence[str], says: str, link: str) -> str:
    shown = "".join(f"<li>{one}</li>" for one in people)
    return (
        f"<html><body><h1>Talk {link}</h1><div><a class=b href=/a/{link}.mp3>Listen</a> "
        f"<a class=b href=/x/{link}>{says}</a></div>"
        f"<h4>{heading}</h4><ul class=p>{shown}</ul><h4>Notes</h4><p>All about it.</p></body></html>"
    )


WITH = (("Guests", ("Ann Lee", "Bo Ray"), "Read the transcript"), ("Guests", ("Cy Fox",), "Read the transcript"))
WITHOUT = (("Hosts", ("Di Orr",), "Press kit"), ("Hosts", ("Ed Poe", "Flo Mac"), "Press kit"))
LATER = (("Guests", ("Gil Day", "Ida Bell"), "Read the transcript"), ("Hosts", ("Jo Hale",), "Press kit"))


def talk(number: int, made: tuple[str, tuple[str, ...], str], names: tuple[str, str], how: str = "") -> Example:
    item: dict[str, Any] = {"title": f"Talk {number}"}
    if made in WITH:
        item |= {names[0]: list(made[1]), names[1]: f"http://site.test/x/{number}"}
    elif how == "said":
        item |= dict.fromkeys(names)
    return Example(f"http://site.test/{number}", headed(*made, str(number)), item, source="person")


@pytest.mark.parametrize(("names", "shown", "how", "told"), [
    pytest.param(("guests", "transcript"), WITH[:1], "", True, id="one page, whose words are the field's name"),
    pytest.param(("talkers", "file"), WITH[:1], "", False, id="one page, whose words may be any"),
    pytest.param(("talkers", "file"), WITH, "", True, id="two pages that say the same"),
    pytest.param(("talkers", "file"), (*WITH[:1], WITHOUT[0]), "said", True, id="a page of which it is said"),
    pytest.param(("talkers", "file"), (*WITH, *WITHOUT), "", True, id="pages of which nothing is said"),
])  # fmt: skip
def test_lists_and_links_of_other_things_are_told_by_words(
    names: tuple[str, str], shown: Sequence[Any], how: str, told: bool
) -> None:
    extractor = learn([talk(number, made, names, how) for number, made in enumerate(shown)])
    assert extractor.fields.keys() == {"title", *names}
    having, lacking = (extractor.extract(headed(*made, "9"), "http://site.test/9").item for made in LATER)
    assert {name: having.get(name) for name in names} == {
        names[0]: ["Gil Day", "Ida Bell"],
        names[1]: "http://site.test/x/9",
    }
    assert not (lacking.keys() & set(names)) or not told


@pytest.mark.parametrize("heading", ["Guest", "Our guests", "Guests today", "guests:"])
def test_a_heading_that_says_nearly_the_same_is_the_same(heading: str) -> None:
    extractor = learn([talk(1, WITH[0], ("guests", "transcript"))])
    page = headed(heading, ("Gil Day",), "Transcript", "9")
    found = extractor.extract(page, "http://site.test/9").item
    assert found == {"title": "Talk 9", "guests": ["Gil Day"], "transcript": "http://site.test/x/9"}


@pytest.mark.parametrize("parts", [
    {"For the dressing": ("1 lemon", "2 limes")},
    {"For the dressing": ("1 lemon",), "Salad": ("3 leeks", "4 beets")},
    {"": ("1 lemon", "2 limes"), "Salad": ("3 leeks",)},
], ids=len)  # fmt: skip
def test_headings_of_parts_are_not_those_of_other_lists(parts: dict[str, tuple[str, ...]]) -> None:
    def recipe(parts: dict[str, tuple[str, ...]]) -> str:
        lists = "".join(
            f"<h4>{name}</h4><ul class=i>{''.join(f'<li>{x}</li>' for x in those)}</ul>"
            for name, those in parts.items()
        )
        return (
            f"<h1>Dish</h1><section><h4>Ingredients</h4>{lists.replace('<h4></h4>', '')}</section><h4>Notes</h4><p>No."
        )

    first = {"": ("1 egg", "2 apples", "3 oranges")}
    item: dict[str, Any] = {"title": "Dish", "ingredients": [*first[""]]}
    extractor = learn([Example("http://r.test/1", recipe(first), item, source="person")])
    found = extractor.extract(recipe(parts), "http://r.test/2").item
    assert found["ingredients"] == [one for those in parts.values() for one in those]
