"""The fixture register: pages that list many court decisions. The selectors are of the register's first design."""

from __future__ import annotations

from typing import Any, ClassVar

from parsel import Selector
from scrapy.http import Response

from crawler.spider import Template
from crawler.spiders.fixture import FixtureSpider


class RecordsSpider(FixtureSpider):
    name = "records"
    start_path = "/records/"
    start_template = "list"
    templates: ClassVar = {
        "list": Template(
            fields=("date", "title", "docket", "download", "judge"), follow={"next": "list"}, many=True, key="docket"
        ),
    }

    def teach_list(self, response: Response) -> dict[str, Any]:
        return {
            "items": [self._decision(response, row) for row in response.css("#decisions tr.decision")],
            "next": response.css("a.next::attr(href)").get(),
        }

    def _decision(self, response: Response, row: Selector) -> dict[str, Any]:
        download = row.css("td.document a::attr(href)").get()
        return {
            "date": row.css("td.date::text").get(),
            "title": row.css("td.title::text").get(),
            "docket": row.css("td.docket::text").get(),
            "judge": row.css("td.judge::text").get(),
            "download": response.urljoin(download) if download else None,
        }
