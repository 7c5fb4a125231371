"""Extractions: what was read from each page, by which version, and with what outcome."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from learner.state.records import COMPLETE, PARTIAL, REPAIRED, NewExtraction, PageAnswer, Scraped, StoredExtraction
from learner.state.tables.columns import dump, dump_all, load, load_all
from learner.state.tables.database import Database, chunks, now
from learner.state.tables.schema import examples, extractions, pages, versions


class Extractions:
    """The extractions of all sites."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, new: Sequence[NewExtraction]) -> None:
        """Raises UnknownName when a page or version id was never given; then none of the batch is kept."""
        self._database.insert(extractions, [extraction_row(extraction, now()) for extraction in new])

    def latest(self, page_ids: Sequence[int]) -> dict[int, StoredExtraction]:
        """The newest extraction of each page that has one."""
        found: dict[int, StoredExtraction] = {}
        with self._database.reading() as connection:
            for some in chunks(page_ids):
                newest = select(func.max(extractions.c.id)).where(extractions.c.page_id.in_(some))
                newest = newest.group_by(extractions.c.page_id)
                for row in connection.execute(select(extractions).where(extractions.c.id.in_(newest))):
                    found[row.page_id] = StoredExtraction(
                        row.page_id, row.version_id, load(row.item) or {}, load_all(row.records) or [], row.outcome
                    )
        return found

    def scraped(
        self, site: str, template: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[Scraped]:
        """What was scraped from each page of the template fetched in this time, in the order of their coming.

        Of each page it is what was extracted last (a repair comes after the failure), or what the spider said.
        Pages that gave nothing are left out. The pages are read from the database in batches.
        """
        wanted = select(pages.c.id, pages.c.url, pages.c.fetched_at)
        wanted = wanted.where(pages.c.site == site, pages.c.template == template)
        if since is not None:
            wanted = wanted.where(pages.c.fetched_at >= since)
        if until is not None:
            wanted = wanted.where(pages.c.fetched_at < until)
        last = 0
        while True:
            with self._database.reading() as connection:
                some = connection.execute(wanted.where(pages.c.id > last).order_by(pages.c.id).limit(500)).all()
                values = _values_of(connection, [row.id for row in some])
            for row in some:
                if row.id in values:
                    yield Scraped(row.id, template, row.url, row.fetched_at, *values[row.id])
            if not some:
                return
            last = some[-1].id

    def answers(self, site: str, template: str, limit: int = 10_000) -> list[PageAnswer]:
        """What learned versions answered on pages, the newest ``limit``, oldest first; a page may have several."""
        columns = (
            pages.c.url,
            pages.c.fetched_at,
            versions.c.number,
            extractions.c.item,
            extractions.c.records,
            extractions.c.confidence,
            extractions.c.outcome,
        )
        chosen = select(*columns).select_from(extractions).join(pages).join(versions)
        chosen = chosen.where(pages.c.site == site, pages.c.template == template)
        with self._database.reading() as connection:
            rows = connection.execute(chosen.order_by(extractions.c.id.desc()).limit(limit)).all()
        return [
            PageAnswer(
                row.url,
                row.fetched_at,
                row.number,
                load(row.item) or {},
                load_all(row.records) or [],
                json.loads(row.confidence),
                row.outcome,
            )
            for row in reversed(rows)
        ]


def newest_ids(site: str, template: str) -> Select[Any]:
    newest = select(func.max(extractions.c.id)).join_from(extractions, pages)
    newest = newest.where(pages.c.site == site, pages.c.template == template)
    return newest.group_by(extractions.c.page_id)


def extraction_row(new: NewExtraction, now: datetime) -> dict[str, Any]:
    return {
        "page_id": new.page_id,
        "version_id": new.version_id,
        "item": dump(new.item),
        "records": dump_all(new.items),
        "confidence": json.dumps({name: round(float(value), 4) for name, value in new.confidence.items()}),
        "outcome": new.outcome,
        "created_at": now,
    }


def _values_of(
    connection: Connection, page_ids: Sequence[int]
) -> dict[int, tuple[int | None, dict[str, Any], list[dict[str, Any]], dict[str, float]]]:
    """Version, item, records and confidence of each page that gave something."""
    found: dict[int, tuple[int | None, dict[str, Any], list[dict[str, Any]], dict[str, float]]] = {}
    said = select(examples).where(examples.c.page_id.in_(page_ids), examples.c.source == "spider")
    for row in connection.execute(said.order_by(examples.c.id)):
        found[row.page_id] = (None, load(row.item) or {}, load_all(row.records) or [], {})
    newest = select(func.max(extractions.c.id)).where(extractions.c.page_id.in_(page_ids))
    read = select(extractions, versions.c.number).outerjoin(versions, versions.c.id == extractions.c.version_id)
    read = read.where(extractions.c.id.in_(newest.group_by(extractions.c.page_id)))
    for row in connection.execute(read.where(extractions.c.outcome.in_((COMPLETE, PARTIAL, REPAIRED)))):
        item, items = load(row.item) or {}, load_all(row.records) or []
        if row.page_id in found:
            # A spider gave values beside the version: what it said went out, and was filled up; until it was repaired.
            _, told, told_items, _ = found[row.page_id]
            repaired = row.outcome == REPAIRED
            item = {**told, **item} if repaired else {**item, **told}
            items = (items or told_items) if repaired else (told_items or items)
        found[row.page_id] = (row.number, item, items, json.loads(row.confidence))
    return found
