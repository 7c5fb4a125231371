"""CSV feeds have a column for each field of the templates, whatever the first item lacks."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from scrapy import Spider

from crawler.outputs.columns import CsvExporter
from crawler.spider import EvergreenSpider, Template


class Teas(EvergreenSpider):
    name = "teas"
    start_urls: ClassVar = ["https://teas.example/"]
    start_template = "tea"
    templates: ClassVar = {"tea": Template(fields=("name", "price", "old_price"))}


class Plain(Spider):
    name = "plain"


@pytest.mark.parametrize(
    ("spider", "fields", "settings", "header"),
    [
        (Teas, None, {}, "name,price,old_price,url,shop"),
        (Teas, None, {"EVERGREEN_PROVENANCE": True}, "name,price,old_price,url,_evergreen,shop"),
        (Teas, ["price", "url"], {}, "price,url"),
        (Plain, None, {}, "name,shop"),
    ],
    ids=["templates", "with provenance", "fields that are named", "a spider that is only watched"],
)
def test_columns(spider: type[Spider], fields: list[str] | None, settings: dict[str, Any], header: str) -> None:
    file = io.BytesIO()
    asked = SimpleNamespace(getbool=lambda name: settings.get(name, False))
    crawler: Any = SimpleNamespace(spider=spider(), settings=asked)
    exporter = CsvExporter.from_crawler(crawler, file, fields_to_export=fields)
    exporter.start_exporting()
    for item in ({"name": "Assam", "shop": "hearth"}, {"name": "Keemun", "old_price": "£3", "url": "/k"}):
        exporter.export_item(item)
    exporter.finish_exporting()
    lines = file.getvalue().decode().split()
    assert lines[0] == header
    assert ("£3" in lines[2]) == ("old_price" in header)
