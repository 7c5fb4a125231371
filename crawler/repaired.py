"""Repaired items on their way to a file: items that failed in a crawl, extracted again from the archive."""

from __future__ import annotations

from pathlib import Path

from scrapy.settings import BaseSettings
from scrapy.utils.serialize import ScrapyJSONEncoder

from crawler.feeds import write_whole
from crawler.options import Options
from crawler.reading import as_reading, exported
from crawler.shapes import templates_of
from crawler.spider import described
from crawler.templates import Template
from learner.store import Store


def deliver_repaired(store: Store, site: str, path: Path, settings: BaseSettings, *, append: bool) -> int:
    """Write the repaired items that nobody has delivered to ``path`` as JSON lines; how many there were.

    They are given back when the file can't be written (OSError), and acknowledged once it stands.
    """
    told, url_field = described(site, settings)
    templates = {**templates_of(store, site), **told}
    encoder = ScrapyJSONEncoder(ensure_ascii=False)
    provenance = Options.read(settings).provenance
    count = 0
    while taken := store.repairs.take(site):
        items = [
            item
            for repaired in taken
            for item in exported(
                as_reading(repaired, repaired.template),
                templates.get(repaired.template, Template(many=bool(repaired.items))),
                url_field=url_field,
                provenance=provenance,
            )
        ]
        try:
            if items:
                write_whole(path, [encoder.encode(item).encode() + b"\n" for item in items], append=append or count > 0)
        except BaseException:
            store.repairs.release(taken)
            raise
        store.repairs.acknowledge(taken)
        count += len(items)
    return count
