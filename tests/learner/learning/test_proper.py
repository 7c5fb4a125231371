"""Which texts are a page's own, and therefore no names of what stands beside them."""

from __future__ import annotations

import pytest
from core_tools import example

from learner.learning.proper import Proper, is_quantity
from learner.programs.examples import LabelledPage

HTML = (
    "<html><head><title>Swift X1 | Hill Cars</title></head><body><h1>Swift X1 Touring</h1>"
    "<p>Price</p><p>23.900 €</p><p>Colour</p><p>Deep red</p></body></html>"
)


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Swift X1", True),
        ("swiftx1touring", True),
        ("Deep red:", True),
        ("deepred", True),
        ("statt 23.900", True),
        ("23.900,- eur", True),
        ("31.299 €", True),
        ("€18.299", True),
        ("12.05.2024", True),
        ("Price", False),
        ("Colour", False),
        ("Deep", False),
        ("Seats: 4", False),
        ("EUR", False),
        ("€", False),
        ("Step 2", False),
    ],
)
def test_what_is_a_page_s_own(text: str, own: bool) -> None:
    page = LabelledPage(example(HTML, title="Swift X1 Touring", price=23900, colour="Deep red", seats=4))
    assert Proper(page).has(text) is own


@pytest.mark.parametrize(("text", "quantity"), [("100 %", True), ("18:30", True), ("2 pages", False), ("", False)])
def test_quantities_name_nothing(text: str, quantity: bool) -> None:
    assert is_quantity(text) is quantity
