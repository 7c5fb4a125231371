"""CSV feeds with a column for each field that the spider's templates name. Scrapy takes them from the first item, and
what that one lacks would be lost for all."""

from __future__ import annotations

from typing import Any

from itemadapter import ItemAdapter
from scrapy.crawler import Crawler
from scrapy.exporters import CsvItemExporter

from crawler.reading.reading import PROVENANCE
from crawler.spider import EvergreenSpider


class CsvExporter(CsvItemExporter):
    """Scrapy's own, where fields are named in the settings or the spider is not made of templates."""

    columns: tuple[str, ...] = ()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> CsvExporter:
        exporter = cls(*args, **kwargs)
        if isinstance(crawler.spider, EvergreenSpider):
            exporter.columns = _columns(crawler.spider, provenance=crawler.settings.getbool("EVERGREEN_PROVENANCE"))
        return exporter

    def export_item(self, item: Any) -> None:
        if self.columns and not self.fields_to_export and self.include_headers_line:
            # A pipeline may have put in more than the templates name.
            self.fields_to_export = [*dict.fromkeys((*self.columns, *ItemAdapter(item).field_names()))]
        super().export_item(item)


def _columns(spider: EvergreenSpider, *, provenance: bool) -> tuple[str, ...]:
    """What items of the spider may have, in the order in which they have it."""
    fields = [name for spec in spider.pages.values() for name in spec.fields]
    if not fields:
        return ()
    more = [*([spider.url_field] if spider.url_field else []), *([PROVENANCE] if provenance else [])]
    return tuple(dict.fromkeys((*fields, *more)))
