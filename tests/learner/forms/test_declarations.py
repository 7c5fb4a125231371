"""What pages declare for machines, and pictures under many addresses."""

from __future__ import annotations

from datetime import date

import pytest

from learner import Example
from learner.forms.declarations import Declarations, asset, habits
from learner.pages.values import Value
from learner.programs.examples import LabelledPage

HEAD = """<title>Green tea - Tea House</title><meta property=og:image content="https://x.test/tea-pot-1200x630.jpg">
<meta property=og:image:width content=1200><meta name=twitter:image content="/green-cup.webp">
<meta property=og:url content="https://x.test/tea-time"><meta name=date content=2026-05-03>
<script type=application/ld+json>{"@type": "Product", "sku": "GT-7", "stock": 12, "brand": {"name": "Leaf"},
"description": "Green tea of the first harvest, dried in the sun, in tins of a hundred grams and more."}</script>"""
BODY = '<h1>Green tea</h1><p>Ann Lee</p><img src="/other-picture.jpg">'


def opened(body: str = BODY, head: str = HEAD, **item: Value) -> LabelledPage:
    return LabelledPage(Example("https://x.test/1", f"<html><head>{head}</head><body>{body}</body></html>", item))


@pytest.mark.parametrize(("value", "held"), [
    ("Green tea", True), ("green  TEA", True), ("Leaf", True), ("GT-7", True), ("Ann Lee", False),
    # A text of a few characters stands anywhere, and a sentence of an article is not what the page is about.
    ("12", False), ("tea", False), ("dried in the sun", False), (date(2026, 5, 3), True), (date(2026, 5, 4), False),
])  # fmt: skip
def test_a_page_declares_values(value: Value, held: bool) -> None:
    assert not isinstance(value, list)
    assert Declarations(opened()).hold(value) is held


@pytest.mark.parametrize(("value", "shown"), [
    ("https://x.test/tea-pot-300x200.png?w=9", True), ("/green-cup.jpg", True), ("/other-picture.jpg", False),
    ("https://x.test/tea-time", False), ("Green tea", False), (7, False), ("", False),
])  # fmt: skip
def test_a_page_declares_its_picture(value: str | int, shown: bool) -> None:
    assert Declarations(opened()).show(value) is shown


def test_habits_are_of_most_pages() -> None:
    item = {"title": "Green tea", "author": "Ann Lee", "image": "https://x.test/tea-pot.jpg", "tags": ["Green tea"]}
    plain = opened(head="<title>Shop</title>", **item)
    assert habits([opened(**item), opened(**item), plain]) == ({"title"}, {"image"})
    assert habits([opened(**item), plain]) == (frozenset(), frozenset()) == habits([])


@pytest.mark.parametrize(("address", "name"), [
    ("https://x.test/2024/05/tea-pot-1200x630.jpg?w=40", "tea-pot"), ("/img/tea-pot.webp", "tea-pot"),
    ("https://x.test/Tea%20Pot_300x200.PNG", "tea pot"), ("/assets/putin-240~1920x1080?cb=1", "putin-240"),
    ("tea-pot-scaled.jpg", "tea-pot"), ("https://x.test/a1.jpg", ""), ("https://x.test/", ""), ("", ""),
    ("http://[broken/tea-pot.jpg", ""), ("https://x.test/tea-pot-2.jpg", "tea-pot-2"),
])  # fmt: skip
def test_one_picture_has_one_name(address: str, name: str) -> None:
    assert asset(address) == name
