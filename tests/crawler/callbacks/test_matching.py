"""Values that a callback yielded are told from where they come."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from crawler.callbacks.matching import PageMatch, links_of
from crawler.callbacks.shapes import Origin

URL = "http://shop.example/p/1"
PAGE = """<html><head><base href="/shop/"><title>Tea | Hearth</title></head><body><h1>Green Tea</h1>
<p class=price>from £4.00 a tin</p><time datetime="2026-05-28">28 May 2026</time><ul><li>fresh</li><li>loose</li></ul>
<a href="p/caf\u00e9 1#reviews"> more </a><a href="/about">about</a><img src="tea.jpg">
<div hidden><p>Picked by hand</p></div><script>"Steeped"</script><a href="http://[">broken</a></body>"""


def page(**handed: Any) -> PageMatch:
    response = HtmlResponse(URL, body=PAGE.encode(), encoding="utf-8", request=Request(URL + "?from=list"))
    return PageMatch(response, {f"cb_kwargs.{name}": value for name, value in handed.items()})


@pytest.mark.parametrize(
    ("value", "origin"),
    [
        ("Green Tea", Origin.PAGE),
        ("green  tea", Origin.PAGE),
        ("Picked by hand", Origin.PAGE),
        ("Steeped", Origin.ELSEWHERE),
        ("Hearth", Origin.PART),
        ("£4.00", Origin.PART),
        (4.0, Origin.PART),
        (Decimal("4.00"), Origin.PART),
        (date(2026, 5, 28), Origin.PART),
        (date(2026, 5, 29), Origin.ELSEWHERE),
        (["fresh", "loose"], Origin.PAGE),
        (["fresh", "stale"], Origin.ELSEWHERE),
        ("fresh, loose", Origin.PART),
        ("fresh, stale", Origin.ELSEWHERE),
        ("http://shop.example/shop/tea.jpg", Origin.PAGE),
        (URL, Origin.URL),
        (URL + "?from=list", Origin.URL),
        (True, Origin.PART),
        ("2026-11-24T22:50:00", Origin.ELSEWHERE),
        ({"a": "Green Tea"}, Origin.ELSEWHERE),
    ],
)
def test_origins(value: Any, origin: Origin) -> None:
    assert page().origin(value) == (origin, "")


def test_what_the_request_handed_over_is_not_learned_from_the_page() -> None:
    assert page(name="Green Tea", rank=3).origin("Green Tea") == (Origin.REQUEST, "cb_kwargs.name")
    assert page(name="Black Tea").origin("Green Tea") == (Origin.PAGE, "")


def test_links_are_known_as_the_page_writes_them() -> None:
    match = page()
    assert match.link("http://shop.example/shop/p/caf%C3%A9%201") == "http://shop.example/shop/p/caf\u00e9 1#reviews"
    assert match.link("http://shop.example/about") == "http://shop.example/about"
    assert match.link("http://shop.example/elsewhere") is None
    assert links_of(HtmlResponse(URL, body=b"")) == {}


def test_a_page_that_cannot_be_read_shows_nothing() -> None:
    response = HtmlResponse(URL, body=b"%PDF-1.7 Green Tea", request=Request(URL))
    assert PageMatch(response, {}).origin("Green Tea") == (Origin.ELSEWHERE, "")
