"""What is read from how a spider is written."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from scrapy import Spider

from crawler.callbacks.callbacks import ignores
from crawler.callbacks.code import Code


class Chooses(Spider):
    name = "chooses"

    def parse(self, response: Any) -> Any:
        yield {
            "kind": "sencha",
            "state": "ripe" if response.css("b") else "unripe",
            "place": response.css("i::text").get() or "nowhere",
        }


@pytest.mark.parametrize(
    ("value", "chosen"), [("sencha", False), ("ripe", True), ("unripe", True), ("nowhere", True), ("matcha", False)]
)
def test_values_that_the_code_has_for_one_of_two_cases(value: str, chosen: bool) -> None:
    assert Code(Chooses).chooses(value) is chosen


def looks(response: Any, price: str) -> Any:
    return lambda: price


def hands_on(response: Any, price: str) -> Any:
    return looks(response, price)


def asks_for_all(response: Any, price: str) -> Any:
    return locals()


def never_looks(response: Any, price: str = "") -> Any:
    yield {"url": response.url}


def takes_any(response: Any, **price: str) -> Any:
    yield {"url": response.url}


@pytest.mark.parametrize(
    ("callback", "path", "ignored"),
    [
        (never_looks, "cb_kwargs.price", True),
        (never_looks, "cb_kwargs.response", False),
        (never_looks, "meta.price", False),
        (looks, "cb_kwargs.price", False),
        (hands_on, "cb_kwargs.price", False),
        (asks_for_all, "cb_kwargs.price", False),
        (takes_any, "cb_kwargs.price", False),
        (functools.wraps(never_looks)(takes_any), "cb_kwargs.price", False),
    ],
)
def test_an_argument_that_a_callback_never_looks_at(callback: Any, path: str, ignored: bool) -> None:
    assert ignores(callback, path) is ignored
