"""What a value's place is called."""

from __future__ import annotations

import pytest
from lxml import html

from learner.pages.page import text_of
from learner.programs.captions import Captions, caption, caption_form, namesakes

TABLE = "<table><tr><th>ISBN</th><td id=v>123</td></tr><tr><th>Hall</th><td>Cove</td></tr></table>"
TERMS = "<dl><dt>Doors</dt><dd>7 PM</dd><dt>Ages</dt><dd id=v>16</dd><dt>Seats</dt><dd>80</dd></dl>"
TILE = "<div><p><b id=v>2031</b><i>Rapid</i></p><p><b>2100</b><i>Best</i></p></div>"
GRID = "<div><i class=k>Hall</i><i class=v>Cove</i><i class=k>Ages</i><i class=v id=v>16</i></div>"
CRUMBS = "<ul><li class=a>Home</li><li class=a>Berlin</li><li class=z id=v>A fire in the city</li></ul>"
LINE = "<div><p id=v><b>Place of delivery:</b> Cork</p><p><b>Lots:</b> 3</p></div>"
CELL = "<table><tr><td id=v><small>rapid</small><br>2038</td><td><small>peak</small><br>2114</td></tr></table>"
ICONS = "<ul><li id=v><i class='icon bed'></i> 3</li><li><i class='icon bath'></i> 2</li></ul>"
DRAWN = "<p><svg><use href='#bed'></use></svg><b id=v>3</b></p><p><svg><use href='#bath'></use></svg><b>2</b></p>"
PICTURES = "<p><img src='/i/bed.svg?v=2'><b id=v>3</b> <img src='/i/bath.svg?v=2'><b>2</b></p>"
SPOKEN = "<p><i aria-hidden=true>bed</i><b id=v>3</b></p>"
CHIPS = "<div><span>Live</span><span id=v>18+</span><span>Seated</span><span>Indoor</span></div>"


@pytest.mark.parametrize(
    ("page", "take", "expected"),
    [
        (TABLE, "text", "isbn"),
        (TERMS, "text", "ages"),
        (TILE, "text", "rapid"),
        (LINE, "node:1", "placeofdelivery"),
        (CELL, "node:2", "rapid"),
        (LINE.replace(" id=v", "").replace("<b>Place", "<b id=v>Place"), "tail", "placeofdelivery"),
        (CHIPS, "text", ""),
        (GRID, "text", "ages"),
        (CRUMBS, "text", ""),
        ("<div><p>The only <i id=v>text</i></p></div>", "text", "theonly"),
        ("<div><h1 id=v>Alone</h1></div>", "text", ""),
        (TABLE.replace("ISBN", "x" * 121), "text", ""),
        (ICONS, "text", "<icon icon bed>"),
        (ICONS, "node:1", "<icon icon bed>"),
        (
            ICONS.replace(" id=v", "").replace("<i class='icon bed'", "<i id=v class='icon bed'"),
            "tail",
            "<icon icon bed>",
        ),
        ("<div><b>Rooms</b><em id=v><i class=bed></i> 3</em></div>", "text", "rooms"),
        (DRAWN, "text", "<icon #bed>"),
        (PICTURES, "text", "<icon /i/bed.svg>"),
        (SPOKEN, "text", "<icon bed>"),
        ("<p><i></i><b id=v>3</b></p>", "text", ""),
        ("<p><img src=/photo/17.jpg><b id=v>3</b></p>", "text", ""),
    ],
)
def test_caption(page: str, take: str, expected: str) -> None:
    element = html.document_fromstring(page).get_element_by_id("v")
    assert caption(element, take, text_of) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("Best ever (2021):", "bestever(0)"), ("12 / 2024", ""), ("", ""), ("a" * 121, "")]
)
def test_numbers_are_alike_and_no_captions(text: str, expected: str) -> None:
    assert caption_form(text) == expected


OWN, BESIDE = frozenset({"isbn"}), frozenset({"hall"})


@pytest.mark.parametrize(
    ("captions", "found", "expected"),
    [
        (Captions(OWN, BESIDE), "hall", True),
        (Captions(OWN, BESIDE), "isbn", False),
        (Captions(OWN, BESIDE), "venue", False),
        (Captions(OWN, BESIDE, proven=True), "venue", True),
        (Captions(OWN, BESIDE, proven=True), "", False),
        (Captions(), "hall", False),
        (Captions(OWN, BESIDE | {"<icon bath>"}, proven=True), "<icon bath>", True),
        (Captions(OWN, BESIDE, proven=True), "<icon fence>", False),
    ],
)
def test_another_caption_is_another_thing(captions: Captions, found: str, expected: bool) -> None:
    assert captions.contradict(found) is expected
    assert Captions.from_json(captions.to_json()) == captions


OTHER_LIST = "<aside><p><b>9</b><i>Best</i></p></aside>"


@pytest.mark.parametrize(
    ("page", "take", "own", "expected"),
    [
        (TABLE, "text", "hall", ["Cove"]),
        (TERMS, "text", "seats", ["80"]),
        (TILE + OTHER_LIST, "text", "best", ["2100"]),
        (GRID, "text", "hall", ["Cove"]),
        (ICONS, "node:1", "<icon icon bath>", ["2"]),
        (DRAWN, "text", "<icon #bath>", ["2"]),
        (PICTURES, "text", "<icon /i/bath.svg>", ["2"]),
        ("<ul><li>Exam: <em id=v>60</em></li><li>Essay: <em>40</em></li></ul>", "text", "essay", ["40"]),
        (TILE, "text", "venue", []),
        (CHIPS, "text", "live", []),
    ],
)
def test_the_caption_leads_to_the_value_in_a_row_made_alike(
    page: str, take: str, own: str, expected: list[str]
) -> None:
    element = html.document_fromstring(page).get_element_by_id("v")
    assert [text_of(other) for other in namesakes(element, take, text_of, {own})] == expected
