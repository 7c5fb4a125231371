"""How like a column is to a field: words around its places, roles, looks, relations."""

from __future__ import annotations

import pytest
from lxml import html

from learner.healing.resemblance import Look, Relation, Spot, relation, relations, roles, words_around, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("articleBody-main", {"article", "body", "main"}),
        ("PRICE_box x2", {"price", "box"}),
        ("Gebäude 12", {"gebäude"}),
        ("a-b", set()),
    ],
)
def test_words(text: str, words: set[str]) -> None:
    assert words_of(text) == words


TABLE = (
    "<table><tr><th>Name</th><th colspan=2>Court of <i>law</i></th></tr>"
    "<tr><td>1</td><td>2</td><td id=x>3</td></tr></table>"
)


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<div class=outer><p data-label='The date'><b id=x>1</b></p></div>", {"the", "date", "outer"}),
        (TABLE, {"court", "law"}),
        ("<table><tr><td id=x colspan=many>3</td></tr></table>", set()),
        ("<i id=x>1</i>", set()),
    ],
    ids=["names", "heading of a table", "no heading", "nothing"],
)
def test_words_around(markup: str, words: set[str]) -> None:
    [element] = html.fromstring(f"<main>{markup}</main>").xpath("//*[@id='x']")
    assert words_around(element, None) == words
    assert words_around(element, element, "Label:") >= {"label"}


def test_roles() -> None:
    page = html.fromstring("<main><h2><a><i>x</i></a></h2><p><time>y</time></p><img></main>")
    assert [roles(page.find(f".//{tag}")) for tag in ("i", "time", "img")] == [
        (1.0, 1.0, 0.0, 0.0, 0.0),
        (0.0, 0.0, 1.0, 1.0, 0.0),
        (0.0, 0.0, 0.0, 0.0, 1.0),
    ]


def test_looks() -> None:
    look = Look.of(["10", "1,000", "100"])
    assert look.magnitude == pytest.approx(2.0, abs=0.01)
    assert look.distinct == 1.0
    assert Look.of(["Ann", "Ann"]).magnitude is None
    assert Look.of(["Ann", "Ann"]).distinct == 0.5


def test_how_two_fields_stand_to_each_other() -> None:
    page = html.fromstring("<main><p><a><b>x</b></a><i>y</i></p><p><a><b>x</b></a><i>y</i></p></main>")
    links, titles, others = (
        {
            (0, n): Spot(element, place, 0.0)
            for n, (element, place) in enumerate(zip(page.iter(tag), places, strict=True))
        }
        for tag, places in (("a", (2, 6)), ("b", (3, 7)), ("i", (4, 8)))
    )
    assert relation(links, titles) == Relation(together=1.0, before=1.0)
    assert relation(others, titles) == Relation(together=0.0, before=0.0)
    assert relation(links, links) == Relation(together=1.0, before=0.5)
    assert relation(links, {}) is None


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([], [0.0, 0.0, 0.0]),
        ([(Relation(1.0, 0.5), Relation(0.9, 0.5)), (Relation(0.0, 1.0), Relation(1.0, 1.0))], [0.9, 1.0, 1.0]),
        ([(Relation(0.0, 1.0), Relation(0.0, 0.0))], [0.0, 0.0, -1.0]),
    ],
    ids=["nothing known", "as before", "the other way round"],
)
def test_relations(pairs: list[tuple[Relation, Relation]], told: list[float]) -> None:
    assert relations(pairs) == told
