"""What of a response can be read as a page, and where it was asked for."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.http import HtmlResponse, Request

from crawler.responses import asked_url

NEW = "http://shop.example/new"
OLD = "http://shop.example/old"


@pytest.mark.parametrize(("meta", "asked"), [
    ({}, ""),
    ({"redirect_urls": [OLD], "redirect_reasons": [301]}, OLD),
    ({"redirect_urls": [OLD, "http://shop.example/between"], "redirect_reasons": [308, 301]}, OLD),
    ({"redirect_urls": [OLD], "redirect_reasons": [302]}, ""),
    ({"redirect_urls": [OLD, "http://shop.example/between"], "redirect_reasons": [301, 307]}, ""),
    ({"redirect_urls": [OLD], "redirect_reasons": ["meta refresh"]}, ""),
    ({"redirect_urls": [NEW], "redirect_reasons": [301]}, ""),
])  # fmt: skip
def test_where_a_page_was_asked_for(meta: dict[str, Any], asked: str) -> None:
    assert asked_url(HtmlResponse(NEW, request=Request(NEW, meta=meta))) == asked


def test_a_response_without_a_request_was_not_asked_for() -> None:
    assert asked_url(HtmlResponse(NEW)) == ""
