"""What is read from how a spider is written."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy import Spider

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
