"""The replay of a recorded site (``python -m fixtures serve --recorded FOLDER``), without hand-written selectors.

An index, which the replaying server makes, leads to the recorded pages. What they show is learned from examples:
``scrapy learn recorded --template page --examples FILE``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from scrapy.http import Response

from crawler.spider import Template
from crawler.spiders.fixture import FixtureSpider


class RecordedSpider(FixtureSpider):
    """Arguments besides ``start``: ``fields``, a list with commas (all that is learned, if not given), and ``many``,
    which says by any value that a page lists many items."""

    name = "recorded"
    start_path = "/-/index.html?start=0"
    start_template = "index"
    arguments = ("fields", "many")
    fields: str
    many: str
    templates: ClassVar = {
        "index": Template(follow={"pages": "page", "next": "index"}, fixed=True),
        "page": Template(),
    }

    def describe(self) -> Mapping[str, Template]:
        fields = tuple(name.strip() for name in self.fields.split(",") if name.strip())
        return {**self.templates, "page": Template(fields=fields, many=bool(self.many))}

    def teach_index(self, response: Response) -> dict[str, Any]:
        return {
            "pages": response.css("ul.pages a::attr(href)").getall(),
            "next": response.css("a.next::attr(href)").get(),
        }
