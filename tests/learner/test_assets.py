"""Pictures under many addresses."""

from __future__ import annotations

import pytest

from learner import Example
from learner.assets import asset, declared
from learner.examples import LabelledPage


@pytest.mark.parametrize(("address", "name"), [
    ("https://x.test/2024/05/tea-pot-1200x630.jpg?w=40", "tea-pot"), ("/img/tea-pot.webp", "tea-pot"),
    ("https://x.test/Tea%20Pot_300x200.PNG", "tea pot"), ("/assets/putin-240~1920x1080?cb=1", "putin-240"),
    ("tea-pot-scaled.jpg", "tea-pot"), ("https://x.test/a1.jpg", ""), ("https://x.test/", ""), ("", ""),
    ("http://[broken/tea-pot.jpg", ""), ("https://x.test/tea-pot-2.jpg", "tea-pot-2"),
])  # fmt: skip
def test_one_picture_has_one_name(address: str, name: str) -> None:
    assert asset(address) == name


def test_the_head_names_the_pages_picture() -> None:
    html = """<html><head><meta property=og:image content="https://x.test/tea-pot-1200x630.jpg">
    <meta property=og:image:width content=1200><meta name=twitter:image content="/green-cup.webp">
    <link rel=image_src href="/old/tea-pot.jpg"><meta property=og:url content="https://x.test/tea-time"></head>
    <body><img src="/other-picture.jpg"><p>Tea</p></body></html>"""
    page = LabelledPage(Example("https://x.test/tea-time", html, {"title": "Tea"}))
    assert declared(page) == {"tea-pot", "green-cup"}
