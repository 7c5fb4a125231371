"""Pages that failed and were extracted again, and the delivery of their items."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, Select, func, insert, or_, select, update

from learner.state.lease import identity, is_dead
from learner.state.records import COMPLETE, EVIDENCE, FAILED, PARTIAL, REPAIRED, NewExtraction, Repair, RepairedItem
from learner.state.tables.columns import load, load_all
from learner.state.tables.crawls import running_crawls
from learner.state.tables.database import Database, chunks, now
from learner.state.tables.extractions import extraction_row
from learner.state.tables.schema import deliveries, examples, extractions, pages, versions

_GAVE = (COMPLETE, PARTIAL, REPAIRED)
_TOLD = ("spider", "person")
_EXPORTED = or_(pages.c.crawl.is_(None), pages.c.crawl != EVIDENCE)


class Repairs:
    """The repaired pages of all sites."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, repairs: Sequence[Repair]) -> list[int]:
        """Store the repaired extractions and queue them for delivery; gives the page ids that were not repaired yet.

        Doing it again with the same version changes nothing, so a killed run can be repeated; a repair by another
        version takes the place of one that nobody has taken yet. A page whose values a spider or a person gave has
        its item already: it is repaired, and not delivered; nor is one that was fetched only to learn from it.
        """
        done: list[int] = []
        with self._database.writing() as connection:
            for repair in repairs:
                newest = (
                    select(extractions.c.outcome, extractions.c.version_id)
                    .where(extractions.c.page_id == repair.page_id)
                    .order_by(extractions.c.id.desc())
                    .limit(1)
                )
                page = connection.execute(
                    select(pages.c.site, pages.c.crawl).where(pages.c.id == repair.page_id)
                ).first()
                before = connection.execute(newest).first()
                if page is None or (before is not None and tuple(before) == (REPAIRED, repair.version_id)):
                    continue
                extraction = NewExtraction(
                    repair.page_id, repair.version_id, repair.item, repair.items, repair.confidence, REPAIRED
                )
                statement = insert(extractions).returning(extractions.c.id)
                number = connection.execute(statement, extraction_row(extraction, now())).scalar_one()
                waiting = (deliveries.c.delivered_at.is_(None), deliveries.c.claimed_by.is_(None))
                connection.execute(deliveries.delete().where(deliveries.c.page_id == repair.page_id, *waiting))
                told = select(examples.c.id).where(examples.c.page_id == repair.page_id).limit(1)
                if connection.scalar(told) is None and page.crawl != EVIDENCE:
                    connection.execute(
                        insert(deliveries).values(extraction_id=number, page_id=repair.page_id, site=page.site)
                    )
                done.append(repair.page_id)
        return done

    def of(self, page_ids: Sequence[int]) -> list[RepairedItem]:
        """The newest repaired item of each of these pages, delivered or not, in the order of their repair."""
        found: dict[int, RepairedItem] = {}
        with self._database.reading() as connection:
            for some in chunks(page_ids):
                for row in connection.execute(_repaired().where(deliveries.c.page_id.in_(some))):
                    found[row.page_id] = _repaired_item(row)
        return sorted(found.values(), key=lambda item: item.id)

    def take(self, site: str, limit: int = 1_000, *, crawl: str = "", own: bool = False) -> list[RepairedItem]:
        """Repaired items nobody has delivered, claimed for this process; of pages of another crawl that is still
        running none: they are for that crawl to export.

        Deliver them, but for those that are superseded, then call ``acknowledge``; after that they are never given
        again. A claim of a process that died is void. Items of the ``crawl`` are superseded by its own newer pages
        alone, all others by any newer page of their URL; by one of its own that failed they are outdated as long as
        it has no answer. With ``own`` those of the crawl alone are given.
        """
        mine = identity()
        with self._database.writing() as connection:
            waiting = deliveries.c.delivered_at.is_(None)
            owners = connection.scalars(
                select(deliveries.c.claimed_by)
                .where(deliveries.c.site == site, waiting, deliveries.c.claimed_by.is_not(None))
                .distinct()
            )
            dead = [owner for owner in owners if is_dead(owner)]
            free = or_(deliveries.c.claimed_by.is_(None), deliveries.c.claimed_by.in_(dead))
            others = [name for name in running_crawls(connection, site) if name != crawl]
            ours = pages.c.crawl == crawl if own else or_(pages.c.crawl.is_(None), pages.c.crawl.not_in(others))
            chosen = _repaired().where(deliveries.c.site == site, waiting, free, ours).limit(limit)
            rows = connection.execute(chosen).all()
            for some in chunks([row.id for row in rows]):
                connection.execute(
                    update(deliveries).where(deliveries.c.extraction_id.in_(some)).values(claimed_by=mine)
                )
            superseded, outdated = _superseded(connection, site, rows, crawl)
        return [
            replace(_repaired_item(row), superseded=row.id in superseded, outdated=row.id in outdated) for row in rows
        ]

    def acknowledge(self, taken: Iterable[RepairedItem]) -> None:
        """The items have been delivered."""
        self._settle(taken, {"delivered_at": now()})

    def release(self, taken: Iterable[RepairedItem]) -> None:
        """The items could not be delivered: somebody else may try."""
        self._settle(taken, {"claimed_by": None})

    def _settle(self, taken: Iterable[RepairedItem], values: dict[str, Any]) -> None:
        with self._database.writing() as connection:
            for some in chunks([item.id for item in taken]):
                chosen = update(deliveries).where(deliveries.c.extraction_id.in_(some))
                connection.execute(chosen.where(deliveries.c.delivered_at.is_(None)).values(**values))


def _repaired() -> Select[Any]:
    columns = (
        deliveries.c.extraction_id.label("id"),
        deliveries.c.page_id,
        pages.c.site,
        pages.c.template,
        pages.c.url,
        pages.c.fetched_at,
        pages.c.crawl,
        extractions.c.item,
        extractions.c.records,
        extractions.c.confidence,
        versions.c.number,
    )
    joined: Select[Any] = select(*columns).select_from(deliveries)
    joined = joined.join(extractions, extractions.c.id == deliveries.c.extraction_id)
    joined = joined.join(pages, pages.c.id == deliveries.c.page_id)
    return joined.join(versions, versions.c.id == extractions.c.version_id).order_by(deliveries.c.extraction_id)


def _repaired_item(row: Row[Any]) -> RepairedItem:
    return RepairedItem(
        id=row.id,
        site=row.site,
        template=row.template,
        url=row.url,
        item=load(row.item) or {},
        items=load_all(row.records) or [],
        confidence=json.loads(row.confidence),
        version=row.number,
        fetched_at=row.fetched_at,
        crawl=row.crawl or "",
    )


def _superseded(connection: Connection, site: str, rows: Sequence[Row[Any]], crawl: str) -> tuple[set[int], set[int]]:
    """The ids of those repaired items that a newer page of their URL makes needless, and of the others of which the
    crawl has fetched a newer page itself, that failed."""
    newer: dict[tuple[str, str], list[Any]] = defaultdict(list)
    columns = (pages.c.id, pages.c.template, pages.c.url, pages.c.asked_url, pages.c.fetched_at, pages.c.crawl)
    for some in chunks(list({row.url for row in rows})):
        here = or_(pages.c.url.in_(some), pages.c.asked_url.in_(some))
        for page in connection.execute(select(*columns).where(pages.c.site == site, here, _EXPORTED)):
            for url in {page.url, page.asked_url} - {None}:
                newer[page.template, url].append(page)

    def follow(row: Row[Any]) -> list[Row[Any]]:
        return [
            page
            for page in newer[row.template, row.url]
            if (page.fetched_at, page.id) > (row.fetched_at, row.page_id)
            and (not crawl or row.crawl != crawl or page.crawl == crawl)
        ]

    after = {row.id: follow(row) for row in rows}
    answered = _answered(connection, list({page.id for found in after.values() for page in found}))
    superseded = {number for number, found in after.items() if any(page.id in answered for page in found)}
    own = {number: [page.id for page in found if crawl and page.crawl == crawl] for number, found in after.items()}
    failed = _failed(connection, list({page for numbers in own.values() for page in numbers}))
    return superseded, {number for number, numbers in own.items() if not failed.isdisjoint(numbers)} - superseded


def _answered(connection: Connection, page_ids: Sequence[int]) -> set[int]:
    """Those of the pages that gave something: to learned code, to a spider, or to a person."""
    found = _ended(connection, page_ids, _GAVE)
    for some in chunks(page_ids):
        told = select(examples.c.page_id).where(examples.c.page_id.in_(some), examples.c.source.in_(_TOLD))
        found.update(connection.scalars(told))
    return found


def _failed(connection: Connection, page_ids: Sequence[int]) -> set[int]:
    """Those of the pages that learned code could not read."""
    return _ended(connection, page_ids, (FAILED,))


def _ended(connection: Connection, page_ids: Sequence[int], outcomes: Sequence[str]) -> set[int]:
    """Those of the pages that were last extracted with one of these outcomes."""
    found: set[int] = set()
    for some in chunks(page_ids):
        newest = select(func.max(extractions.c.id)).where(extractions.c.page_id.in_(some))
        newest = newest.group_by(extractions.c.page_id)
        ended = select(extractions.c.page_id).where(extractions.c.id.in_(newest), extractions.c.outcome.in_(outcomes))
        found.update(connection.scalars(ended))
    return found
