"""Repaired items on their way to a file: items that failed in a crawl, extracted again from the archive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scrapy.settings import BaseSettings
from scrapy.utils.serialize import ScrapyJSONEncoder

from crawler.callbacks.shapes import templates_of
from crawler.options import Options
from crawler.outputs.feeds import write_whole
from crawler.reading.reading import as_reading, exported
from crawler.spider import described
from crawler.templates import Template
from learner.state.records import RepairedItem
from learner.state.store import Store


@dataclass(slots=True)
class Delivered:
    """How many ``items`` were written, and how many pages give ``links`` again, which are for a crawl to follow."""

    items: int = 0
    links: int = 0


def deliver_repaired(store: Store, site: str, path: Path, settings: BaseSettings, *, append: bool) -> Delivered:
    """Write the repaired items that nobody has delivered to ``path`` as JSON lines, of each URL the newest.

    They are given back when the file can't be written (OSError), and acknowledged once it stands.
    """
    told, url_field = described(site, settings)
    templates = {**templates_of(store, site), **told}
    encoder = ScrapyJSONEncoder(ensure_ascii=False)
    provenance = Options.read(settings).provenance
    done = Delivered()
    while taken := store.repairs.take(site):
        items = [
            item
            for repaired in taken
            if not repaired.superseded
            for item in exported(
                as_reading(repaired, repaired.template),
                templates.get(repaired.template, Template(many=bool(repaired.items))),
                url_field=url_field,
                provenance=provenance,
            )
        ]
        try:
            if items:
                write_whole(
                    path, [encoder.encode(item).encode() + b"\n" for item in items], append=append or done.items > 0
                )
        except BaseException:
            store.repairs.release(taken)
            raise
        store.repairs.acknowledge(taken)
        done.items += len(items)
        done.links += sum(
            _leads_on(repaired, templates.get(repaired.template)) for repaired in taken if not repaired.superseded
        )
    return done


def _leads_on(repaired: RepairedItem, spec: Template | None) -> bool:
    return spec is not None and any(repaired.item.get(link) for link in spec.follow)
