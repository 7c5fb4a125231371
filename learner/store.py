"""What was seen and decided: pages, examples, extractions, versions, drift and events of every site.

One state folder, one database, any number of processes. Whatever is committed survives a SIGKILL; what
is not committed leaves nothing that has to be cleaned up by hand.
"""

from __future__ import annotations

import json
import logging
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, case, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from learner import schema
from learner.archive import Archive, Place
from learner.errors import StateError, StateTooNew, StateUnwritable, UnknownName
from learner.examples import Example, Known
from learner.lease import identity, is_dead
from learner.names import folder_name
from learner.records import (
    COMPLETE,
    FAILED,
    PARTIAL,
    REPAIRED,
    Event,
    Item,
    NewExample,
    NewExtraction,
    NewPage,
    PageAnswer,
    PendingDrift,
    Repair,
    RepairedItem,
    Scraped,
    StoredExtraction,
    StoredPage,
)
from learner.schema import (
    deliveries,
    detectors,
    drifts,
    events,
    examples,
    extractions,
    leases,
    live,
    pages,
    shapes,
    versions,
)
from learner.values import from_json, to_json
from learner.versions import CANDIDATE, LIVE, QUARANTINED, RETIRED, Saves, Version, publish, write_draft

__all__ = ["NewExample", "NewExtraction", "NewPage", "RepairedItem", "Store", "StoredPage"]

DATABASE = "evergreen.sqlite3"
FORMAT = "format.json"
FORMAT_NUMBER = 1

_log = logging.getLogger(__name__)
_TRUST = case({"person": 0, "spider": 1, "known": 2}, value=examples.c.source, else_=3)


class Store:
    """A state folder and its database. Open it with ``Store.open``, close it after use."""

    def __init__(self, state: Path, url: str | None = None, *, frozen: bool = False) -> None:
        self.state = state
        self.frozen = frozen
        self._where = url.partition("://")[0] + " database" if url else str(state / DATABASE)
        self._engine = schema.connect(url or state / DATABASE, frozen=frozen)
        self._writer = self._engine.execution_options(writes=True)
        self._archive = Archive(state / "archive")

    @classmethod
    def open(cls, state: Path | str, url: str | None = None, create: bool = True) -> Store:
        """Open the state folder, with the database inside it or at ``url`` (SQLAlchemy's form).

        A state that can't be written, but read, is ``frozen``: all that would change it raises StateUnwritable.
        Raises StateError when the folder is foreign, broken or not usable (or missing and not ``create``),
        StateTooNew when a newer release wrote it.
        """
        state = Path(state)
        _open_folder(state, create=create)
        if url is None:
            try:
                schema.create_file(state / DATABASE)
            except OSError as error:
                raise _unusable(state, error) from error
            except SQLAlchemyError as error:
                raise schema.broken(error, str(state / DATABASE)) from error
        try:
            return cls._opened(state, url, frozen=False)
        except StateUnwritable:
            if url is not None:
                raise
            return cls._opened(state, url, frozen=True)

    @classmethod
    def _opened(cls, state: Path, url: str | None, *, frozen: bool) -> Store:
        store = cls(state, url, frozen=frozen)
        try:
            schema.bring_up_to_date(store._engine, store._where)
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        self._archive.close()
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Pages

    def add_pages(self, new: Sequence[NewPage]) -> list[int]:
        """Archive the pages and give their ids, in order. The archive comes first: a row never points to nothing."""
        if not new:
            return []
        places = self._archive.append(new)
        rows = [
            {
                "site": page.site,
                "template": page.template,
                "url": page.url,
                "content_type": page.content_type,
                "status": page.status,
                "fetched_at": page.fetched_at,
                "archive_file": place.file,
                "archive_offset": place.offset,
                "archive_length": place.length,
            }
            for page, place in zip(new, places, strict=True)
        ]
        with self._writing() as connection:
            statement = insert(pages).returning(pages.c.id, sort_by_parameter_order=True)
            return list(connection.execute(statement, rows).scalars())

    def page(self, page_id: int) -> StoredPage:
        """One page. Raises UnknownName for an id that was never given, StateError when its record is lost."""
        with self._reading() as connection:
            row = connection.execute(select(pages).where(pages.c.id == page_id)).first()
        if row is None:
            raise UnknownName(f"There is no page {page_id} in {self._where}.")
        return self._stored(row)

    def failed_pages(
        self,
        site: str,
        template: str,
        since_version: int | None = None,
        *,
        outcomes: Sequence[str] = (FAILED, PARTIAL),
        since: datetime | None = None,
        limit: int = 200,
    ) -> list[StoredPage]:
        """Pages whose newest extraction has one of ``outcomes``, newest first: not yet repaired.

        ``since_version`` keeps those that the version of this id failed on; ``since`` those fetched from then on.
        Pages that the archive has lost are left out, with a warning in the log.
        """
        chosen = self._latest(site, template, outcomes, since_version, since).limit(limit)
        with self._reading() as connection:
            rows = connection.execute(chosen).all()
        return self._readable(rows)

    def failed_page_ids(
        self,
        site: str,
        template: str,
        since_version: int | None = None,
        *,
        outcomes: Sequence[str] = (FAILED, PARTIAL),
        since: datetime | None = None,
    ) -> list[int]:
        """The ids of all such pages, newest first, without reading them; arguments as for ``failed_pages``."""
        chosen = self._latest(site, template, outcomes, since_version, since).with_only_columns(pages.c.id)
        with self._reading() as connection:
            return list(connection.scalars(chosen))

    def pages(self, page_ids: Sequence[int]) -> list[StoredPage]:
        """These pages in order, without those that were never given or that the archive has lost."""
        found: dict[int, Row[Any]] = {}
        with self._reading() as connection:
            for some in _chunks(page_ids):
                rows = connection.execute(select(pages).where(pages.c.id.in_(some)))
                found.update((row.id, row) for row in rows)
        return self._readable(found[number] for number in page_ids if number in found)

    def page_ids(self, site: str, template: str) -> list[int]:
        """The ids of all pages of the template, oldest first."""
        chosen = select(pages.c.id).where(pages.c.site == site, pages.c.template == template).order_by(pages.c.id)
        with self._reading() as connection:
            return list(connection.scalars(chosen))

    def template_of(self, site: str, url: str) -> str:
        """The template under which a page was recorded last; empty for one that never was."""
        chosen = select(pages.c.template).where(pages.c.site == site, pages.c.url == url)
        with self._reading() as connection:
            return connection.scalar(chosen.order_by(pages.c.id.desc()).limit(1)) or ""

    def good_pages(
        self,
        site: str,
        template: str,
        version: int | None = None,
        *,
        since: datetime | None = None,
        limit: int = 20,
    ) -> list[StoredPage]:
        """Pages whose newest extraction is complete, newest first; arguments as for ``failed_pages``."""
        return self.failed_pages(site, template, version, outcomes=(COMPLETE,), since=since, limit=limit)

    # Examples and known values

    def add_examples(self, new: Sequence[NewExample]) -> None:
        """Raises UnknownName when a page id was never given; then none of the batch is kept."""
        now = _now()
        rows = [
            {
                "page_id": example.page_id,
                "item": None if example.item is None else _dump(example.item),
                "records": None if example.items is None else _dump_all(example.items),
                "source": example.source,
                "created_at": now,
                "places": None if example.places is None else _json(example.places),
            }
            for example in new
        ]
        self._insert(examples, rows)

    def examples(self, site: str, template: str, limit: int = 50, source: str | None = None) -> list[Example]:
        """Examples with their pages, the most trusted of each URL: a person's before the spider's, newest first."""
        rank = _newest_per_url(_TRUST, examples.c.id.desc())
        columns = (examples.c.item, examples.c.records, examples.c.source, examples.c.places)
        ranked = select(pages, *columns, examples.c.id.label("number"), rank)
        ranked = ranked.join_from(examples, pages).where(pages.c.site == site, pages.c.template == template)
        if source is not None:
            ranked = ranked.where(examples.c.source == source)
        each = ranked.subquery()
        trust = case({"person": 0, "spider": 1, "known": 2}, value=each.c.source, else_=3)
        chosen = select(each).where(each.c.rank == 1).order_by(trust, each.c.number.desc()).limit(limit)
        with self._reading() as connection:
            rows = connection.execute(chosen).all()
        found = []
        for row in rows:
            page = self._read(row)
            if page is not None:
                places = None if row.places is None else json.loads(row.places)
                found.append(Example(page.url, page.html, _load(row.item), _load_all(row.records), row.source, places))
        return found

    def known(self, site: str, template: str, limit: int = 100_000, *, before: datetime | None = None) -> list[Known]:
        """What is known of each URL, newest first, field by field.

        A person's values outrank all; then the newest of the spider's examples and of extractions with every
        field vouched for. A field that the newest lacks is taken from the one before. Extractions count only of pages
        that were fetched ``before`` a moment, if one is given.
        """
        with self._reading() as connection:
            told = {row.url: row for row in connection.execute(self._newest_examples(site, template))}
            seen = {row.url: row for row in connection.execute(self._newest_complete(site, template, before))}
        both = {url: [row for row in (told.get(url), seen.get(url)) if row is not None] for url in {**told, **seen}}
        newest = sorted(both.values(), key=lambda rows: max(row.created_at for row in rows), reverse=True)
        return [_known(rows) for rows in newest[:limit]]

    # Extractions

    def add_extractions(self, new: Sequence[NewExtraction]) -> None:
        """Raises UnknownName when a page or version id was never given; then none of the batch is kept."""
        self._insert(extractions, [_extraction_row(extraction, _now()) for extraction in new])

    def latest_extractions(self, page_ids: Sequence[int]) -> dict[int, StoredExtraction]:
        """The newest extraction of each page that has one."""
        found: dict[int, StoredExtraction] = {}
        with self._reading() as connection:
            for some in _chunks(page_ids):
                newest = select(func.max(extractions.c.id)).where(extractions.c.page_id.in_(some))
                newest = newest.group_by(extractions.c.page_id)
                for row in connection.execute(select(extractions).where(extractions.c.id.in_(newest))):
                    found[row.page_id] = StoredExtraction(
                        row.page_id, row.version_id, _load(row.item) or {}, _load_all(row.records) or [], row.outcome
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
            with self._reading() as connection:
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
        with self._reading() as connection:
            rows = connection.execute(chosen.order_by(extractions.c.id.desc()).limit(limit)).all()
        return [
            PageAnswer(
                row.url,
                row.fetched_at,
                row.number,
                _load(row.item) or {},
                _load_all(row.records) or [],
                json.loads(row.confidence),
                row.outcome,
            )
            for row in reversed(rows)
        ]

    def told(self, site: str, template: str, limit: int = 10_000) -> dict[str, Known]:
        """The values that a person or the spider's own selectors gave, by URL: the newest ``limit``."""
        chosen = self._newest_examples(site, template)
        with self._reading() as connection:
            rows = connection.execute(chosen.order_by(chosen.selected_columns.created_at.desc()).limit(limit)).all()
        return {row.url: Known(row.url, _load(row.item), _load_all(row.records)) for row in rows}

    def mark_repaired(self, repairs: Sequence[Repair], version_id: int) -> list[int]:
        """Store the repaired extractions and queue them for delivery; gives the page ids that were not repaired yet.

        Doing it again with the same version changes nothing, so a killed run can be repeated; a repair by another
        version takes the place of one that nobody has taken yet. A page whose values a spider or a person gave has
        its item already: it is repaired, and not delivered.
        """
        done: list[int] = []
        with self._writing() as connection:
            for repair in repairs:
                newest = (
                    select(extractions.c.outcome, extractions.c.version_id)
                    .where(extractions.c.page_id == repair.page_id)
                    .order_by(extractions.c.id.desc())
                    .limit(1)
                )
                site = connection.scalar(select(pages.c.site).where(pages.c.id == repair.page_id))
                before = connection.execute(newest).first()
                if site is None or (before is not None and tuple(before) == (REPAIRED, version_id)):
                    continue
                extraction = NewExtraction(
                    repair.page_id, version_id, repair.item, repair.items, repair.confidence, REPAIRED
                )
                statement = insert(extractions).returning(extractions.c.id)
                number = connection.execute(statement, _extraction_row(extraction, _now())).scalar_one()
                waiting = (deliveries.c.delivered_at.is_(None), deliveries.c.claimed_by.is_(None))
                connection.execute(deliveries.delete().where(deliveries.c.page_id == repair.page_id, *waiting))
                told = select(examples.c.id).where(examples.c.page_id == repair.page_id).limit(1)
                if connection.scalar(told) is None:
                    connection.execute(
                        insert(deliveries).values(extraction_id=number, page_id=repair.page_id, site=site)
                    )
                done.append(repair.page_id)
        return done

    def repaired(self, site: str, page_ids: Sequence[int]) -> list[RepairedItem]:
        """The newest repaired item of each of these pages, delivered or not, in the order of their repair."""
        found: dict[int, RepairedItem] = {}
        with self._reading() as connection:
            for some in _chunks(page_ids):
                for row in connection.execute(_repaired().where(deliveries.c.page_id.in_(some))):
                    found[row.page_id] = _repaired_item(row)
        return sorted(found.values(), key=lambda item: item.id)

    def take_repaired(self, site: str, limit: int = 1_000) -> list[RepairedItem]:
        """Repaired items nobody has delivered, claimed for this process.

        Deliver them, then call ``acknowledge_repaired``; after that they are never given again. A claim of a
        process that died is void.
        """
        mine = identity()
        with self._writing() as connection:
            waiting = deliveries.c.delivered_at.is_(None)
            owners = connection.scalars(
                select(deliveries.c.claimed_by)
                .where(deliveries.c.site == site, waiting, deliveries.c.claimed_by.is_not(None))
                .distinct()
            )
            dead = [owner for owner in owners if is_dead(owner)]
            free = or_(deliveries.c.claimed_by.is_(None), deliveries.c.claimed_by.in_(dead))
            rows = connection.execute(_repaired().where(deliveries.c.site == site, waiting, free).limit(limit)).all()
            for some in _chunks([row.id for row in rows]):
                connection.execute(
                    update(deliveries).where(deliveries.c.extraction_id.in_(some)).values(claimed_by=mine)
                )
        return [_repaired_item(row) for row in rows]

    def acknowledge_repaired(self, taken: Iterable[RepairedItem]) -> None:
        """The items have been delivered."""
        self._settle(taken, {"delivered_at": _now()})

    def release_repaired(self, taken: Iterable[RepairedItem]) -> None:
        """The items could not be delivered: somebody else may try."""
        self._settle(taken, {"claimed_by": None})

    # Versions

    def add_version(
        self,
        site: str,
        template: str,
        extractor: Saves,
        parent: int | None = None,
        metrics: Mapping[str, Any] | None = None,
        seed: int = 0,
    ) -> Version:
        """Keep the extractor as a candidate. Its folder is complete on disk before the row exists.

        Raises StateError when it can't be written, UnknownName for a parent that isn't there.
        """
        home = self.state / "versions" / folder_name(site) / folder_name(template)
        draft = write_draft(home, extractor)
        with self._writing() as connection:
            mine = (versions.c.site == site, versions.c.template == template)
            number = (connection.scalar(select(func.max(versions.c.number)).where(*mine)) or 0) + 1
            try:
                folder = publish(draft, number)
            except OSError as error:
                raise _unusable(home, error) from error
            row = {
                "site": site,
                "template": template,
                "number": number,
                "parent": parent,
                "state": CANDIDATE,
                "folder": folder.relative_to(self.state).as_posix(),
                "metrics": _json(metrics or {}),
                "note": "",
                "seed": seed,
                "created_at": _now(),
            }
            added = connection.execute(insert(versions).returning(versions.c.id), row).scalar_one()
            return self._version(connection, added)

    def live(self, site: str, template: str) -> Version | None:
        """The version that answers for the template, or None while the teacher does."""
        with self._reading() as connection:
            version_id = connection.scalar(_pointer(site, template))
            return None if version_id is None else self._version(connection, version_id)

    def version(self, version_id: int) -> Version:
        """Raises UnknownName for an id that was never given."""
        with self._reading() as connection:
            return self._version(connection, version_id)

    def versions(self, site: str, template: str) -> list[Version]:
        """All versions, the oldest first."""
        chosen = select(versions).where(versions.c.site == site, versions.c.template == template)
        with self._reading() as connection:
            return [self._as_version(row) for row in connection.execute(chosen.order_by(versions.c.number))]

    def promote(self, version_id: int, detail: Mapping[str, Any] | None = None) -> Version:
        """Make the version live: the pointer, the states and the end of pending drift, in one transaction."""
        with self._writing() as connection:
            version = self._version(connection, version_id)
            self._go_live(connection, version, leaving=RETIRED)
            self._event(connection, version, "promoted", {"version": version.number, **(detail or {})})
            return self._version(connection, version_id)

    def quarantine(self, version_id: int, why: str, detail: Mapping[str, Any] | None = None) -> Version:
        """Set a version aside, with the reason for a person to read. Raises StateError for the live one."""
        with self._writing() as connection:
            version = self._version(connection, version_id)
            if version.state == LIVE:
                raise StateError(
                    f"Version {version.number} of {version.site}/{version.template} is live and can't be quarantined.",
                    hint=f"scrapy rollback {version.site}",
                )
            chosen = update(versions).where(versions.c.id == version_id)
            connection.execute(chosen.values(state=QUARANTINED, note=why))
            detail = {"version": version.number, "reason": why, **(detail or {})}
            self._event(connection, version, "quarantined", detail)
            return self._version(connection, version_id)

    def rollback(self, site: str, template: str, to: int | None = None) -> Version:
        """Make an earlier version live again: the number ``to``, or the newest before the live one that was live.

        A version that is left for an earlier one is quarantined, so that rolling back again goes further back.
        Raises UnknownName when there is no such version.
        """
        with self._writing() as connection:
            current = connection.scalar(_pointer(site, template))
            now = None if current is None else self._version(connection, current)
            target = self._earlier(connection, site, template, now, to)
            back = now is not None and target.number < now.number
            self._go_live(connection, target, leaving=QUARANTINED if back else RETIRED)
            detail = {"version": target.number, "from": None if now is None else now.number}
            self._event(connection, target, "rolled_back", detail)
            return self._version(connection, target.id)

    # Drift

    def raise_drift(
        self,
        site: str,
        template: str,
        detail: Mapping[str, Any],
        *,
        version_id: int | None = None,
        since: datetime | None = None,
    ) -> bool:
        """Record drift; True when it is news.

        While drift of the template is pending its detail is only brought up to date. Drift of a version that
        is no longer live (``version_id``) is old news and not recorded. ``since``: when the first drifted page
        was fetched.
        """
        with self._writing() as connection:
            current = connection.scalar(_pointer(site, template))
            if version_id is not None and version_id != current:
                return False
            pending = select(drifts).where(*_pending(site, template))
            row = connection.execute(pending).first()
            if row is not None:
                merged = _json({**json.loads(row.detail), **detail})
                connection.execute(update(drifts).where(drifts.c.id == row.id).values(detail=merged))
                return False
            values = {"site": site, "template": template, "version_id": current, "since": since}
            connection.execute(insert(drifts).values(**values, raised_at=_now(), detail=_json(detail), caught_up=False))
            _add_event(connection, site, template, "drift", detail)
            return True

    def drift(self, site: str, template: str | None = None) -> list[PendingDrift]:
        """Drift raised and not yet healed, oldest first."""
        return self._drifts(site, template, drifts.c.cleared_at.is_(None))

    def clear_drift(self, site: str, template: str) -> None:
        """Take pending drift back: it was none. (A promotion ends it by itself.)"""
        with self._writing() as connection:
            chosen = update(drifts).where(*_pending(site, template))
            connection.execute(chosen.values(cleared_at=_now(), caught_up=True))

    def healed_drift(self, site: str) -> list[PendingDrift]:
        """Drift ended by a promotion whose failed pages have not all been extracted again yet."""
        return self._drifts(site, None, drifts.c.cleared_at.is_not(None), drifts.c.caught_up.is_(False))

    def caught_up(self, drift_id: int) -> None:
        """What failed during this drift has been extracted again."""
        with self._writing() as connection:
            connection.execute(update(drifts).where(drifts.c.id == drift_id).values(caught_up=True))

    def detector_state(self, site: str, template: str, version_id: int) -> dict[str, Any] | None:
        """The drift detector's saved state, None when there is none for this version."""
        chosen = select(detectors.c.state).where(detectors.c.site == site, detectors.c.template == template)
        with self._reading() as connection:
            state = connection.scalar(chosen.where(detectors.c.version_id == version_id))
        return None if state is None else json.loads(state)

    def save_detector_state(self, site: str, template: str, version_id: int, state: Mapping[str, Any]) -> None:
        """The last one to save wins."""
        values = {"version_id": version_id, "state": _json(state), "updated_at": _now()}
        self._put(detectors, {"site": site, "template": template}, values)

    # Shapes

    def shapes(self, site: str) -> dict[str, dict[str, Any]]:
        """By template, how the callbacks of the site's spider yield; empty for spiders made of templates."""
        chosen = select(shapes.c.template, shapes.c.shape).where(shapes.c.site == site)
        with self._reading() as connection:
            return {template: json.loads(shape) for template, shape in connection.execute(chosen)}

    def save_shape(self, site: str, template: str, shape: Mapping[str, Any]) -> None:
        """The last one to save wins."""
        self._put(shapes, {"site": site, "template": template}, {"shape": _json(shape), "updated_at": _now()})

    # Events, names, counts

    def add_event(self, site: str, template: str, kind: str, detail: Mapping[str, Any] | None = None) -> None:
        with self._writing() as connection:
            _add_event(connection, site, template, kind, detail or {})

    def events(self, site: str, template: str | None = None, kind: str | None = None, limit: int = 100) -> list[Event]:
        """The newest events, newest first."""
        chosen = select(events).where(events.c.site == site).order_by(events.c.id.desc()).limit(limit)
        if template is not None:
            chosen = chosen.where(events.c.template == template)
        if kind is not None:
            chosen = chosen.where(events.c.kind == kind)
        with self._reading() as connection:
            rows = connection.execute(chosen).all()
        return [Event(row.id, row.site, row.template, row.kind, json.loads(row.detail), row.at) for row in rows]

    def sites(self) -> list[str]:
        """All sites with a page, a version or an event, by name."""
        with self._reading() as connection:
            return sorted({site for table in (pages, versions, events) for site in _distinct(connection, table, None)})

    def unsettled(self) -> set[str]:
        """Sites that have something to do: drift, failed pages to extract again, examples of a template without a live
        version, repaired items that nobody has delivered. The cost hardly depends on how many sites there are."""
        known = select(pages.c.site, pages.c.template).distinct().subquery()
        here = (live.c.site == known.c.site) & (live.c.template == known.c.template)
        teachable = select(known.c.site, known.c.template).outerjoin(live, here).where(live.c.version_id.is_(None))
        with self._reading() as connection:
            drifting = connection.scalars(select(drifts.c.site).where(drifts.c.caught_up.is_(False)).distinct())
            waiting = connection.scalars(
                select(deliveries.c.site).where(deliveries.c.delivered_at.is_(None)).distinct()
            )
            found = {*drifting, *waiting}
            rest = [(site, template) for site, template in connection.execute(teachable) if site not in found]
        return found | {site for site, template in rest if self.newest_example(site, template)}

    def templates(self, site: str) -> list[str]:
        """All templates of the site with a page or a version, by name."""
        with self._reading() as connection:
            return sorted({name for table in (pages, versions) for name in _distinct(connection, table, site)})

    def newest_example(self, site: str, template: str) -> int:
        """The id of the newest example, 0 when there is none: changes when there is something new to learn from."""
        chosen = select(func.max(examples.c.id)).join_from(examples, pages)
        with self._reading() as connection:
            return connection.scalar(chosen.where(pages.c.site == site, pages.c.template == template)) or 0

    def counts(self, site: str, template: str) -> dict[str, int]:
        """How many ``pages``, ``examples`` and ``undelivered`` repairs, and pages by the outcome of their newest
        extraction."""
        mine = (pages.c.site == site, pages.c.template == template)
        newest = self._newest_ids(site, template)
        outcomes = select(extractions.c.outcome, func.count()).where(extractions.c.id.in_(newest))
        waiting = select(func.count()).join_from(deliveries, pages).where(*mine, deliveries.c.delivered_at.is_(None))
        with self._reading() as connection:
            counted = {
                "pages": connection.scalar(select(func.count()).select_from(pages).where(*mine)) or 0,
                "examples": connection.scalar(select(func.count()).join_from(examples, pages).where(*mine)) or 0,
                "undelivered": connection.scalar(waiting) or 0,
            }
            for outcome, number in connection.execute(outcomes.group_by(extractions.c.outcome)):
                counted[outcome] = number
        return counted

    # One at a time

    @contextmanager
    def lease(self, site: str, seconds: float) -> Iterator[bool]:
        """Whether this process may do the site's one-at-a-time work; given back at the end of the block.

        Nobody else gets it for ``seconds``, unless this process dies: on the same machine that is noticed at
        once, on another when the time is over.
        """
        token = uuid.uuid4().hex
        held = self._take_lease(site, token, seconds)
        try:
            yield held
        finally:
            if held:
                with self._writing() as connection:
                    connection.execute(leases.delete().where(leases.c.site == site, leases.c.token == token))

    def _take_lease(self, site: str, token: str, seconds: float) -> bool:
        with self._writing() as connection:
            row = connection.execute(select(leases).where(leases.c.site == site)).first()
            if row is not None and row.expires_at > time.time() and not is_dead(row.owner):
                return False
            connection.execute(leases.delete().where(leases.c.site == site))
            connection.execute(
                insert(leases).values(site=site, owner=identity(), token=token, expires_at=time.time() + seconds)
            )
            return True

    # Inside

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self._writer.begin() as connection:
                yield connection
        except IntegrityError as error:
            raise UnknownName(
                f"Not in {self._where}: a page or version that was referred to ({error.orig})."
            ) from error
        except SQLAlchemyError as error:
            raise schema.broken(error, self._where) from error

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise schema.broken(error, self._where) from error

    def _insert(self, table: Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            with self._writing() as connection:
                connection.execute(insert(table), rows)

    def _put(self, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        with self._writing() as connection:
            where = [table.c[name] == value for name, value in key.items()]
            if connection.execute(update(table).where(*where).values(**values)).rowcount == 0:
                connection.execute(insert(table).values(**key, **values))

    def _stored(self, row: Row[Any]) -> StoredPage:
        html = self._archive.read(Place(row.archive_file, row.archive_offset, row.archive_length))
        return StoredPage(row.id, row.site, row.template, row.url, row.fetched_at, html)

    def _read(self, row: Row[Any]) -> StoredPage | None:
        try:
            return self._stored(row)
        except StateError as error:
            _log.warning("%s", error)
            return None

    def _readable(self, rows: Iterable[Row[Any]]) -> list[StoredPage]:
        return [page for page in map(self._read, rows) if page is not None]

    def _newest_ids(self, site: str, template: str) -> Select[Any]:
        newest = select(func.max(extractions.c.id)).join_from(extractions, pages)
        newest = newest.where(pages.c.site == site, pages.c.template == template)
        return newest.group_by(extractions.c.page_id)

    def _latest(
        self, site: str, template: str, outcomes: Sequence[str], version: int | None, since: datetime | None
    ) -> Select[Any]:
        chosen = (
            select(pages).join_from(extractions, pages).where(extractions.c.id.in_(self._newest_ids(site, template)))
        )
        chosen = chosen.where(extractions.c.outcome.in_(outcomes))
        if version is not None:
            chosen = chosen.where(extractions.c.version_id == version)
        if since is not None:
            chosen = chosen.where(pages.c.fetched_at >= since)
        return chosen.order_by(pages.c.id.desc())

    def _newest_examples(self, site: str, template: str) -> Select[Any]:
        rank = _newest_per_url(_TRUST, examples.c.id.desc())
        columns = (pages.c.url, examples.c.item, examples.c.records, examples.c.source, examples.c.created_at)
        ranked = select(*columns, rank).join_from(examples, pages)
        ranked = ranked.where(pages.c.site == site, pages.c.template == template)
        each = ranked.where(examples.c.source.in_(("person", "spider"))).subquery()
        return select(each).where(each.c.rank == 1)

    def _newest_complete(self, site: str, template: str, before: datetime | None) -> Select[Any]:
        rank = _newest_per_url(extractions.c.id.desc())
        source = literal("known").label("source")
        columns = (pages.c.url, extractions.c.item, extractions.c.records, source, extractions.c.created_at)
        ranked = select(*columns, rank).join_from(extractions, pages)
        ranked = ranked.where(pages.c.site == site, pages.c.template == template)
        if before is not None:
            ranked = ranked.where(pages.c.fetched_at < before)
        each = ranked.where(extractions.c.outcome.in_((COMPLETE, REPAIRED))).subquery()
        return select(each).where(each.c.rank == 1)

    def _settle(self, taken: Iterable[RepairedItem], values: dict[str, Any]) -> None:
        with self._writing() as connection:
            for some in _chunks([item.id for item in taken]):
                chosen = update(deliveries).where(deliveries.c.extraction_id.in_(some))
                connection.execute(chosen.where(deliveries.c.delivered_at.is_(None)).values(**values))

    def _version(self, connection: Connection, version_id: int) -> Version:
        row = connection.execute(select(versions).where(versions.c.id == version_id)).first()
        if row is None:
            raise UnknownName(f"There is no version with the id {version_id} in {self._where}.")
        return self._as_version(row)

    def _as_version(self, row: Row[Any]) -> Version:
        return Version(
            id=row.id,
            site=row.site,
            template=row.template,
            number=row.number,
            parent=row.parent,
            state=row.state,
            folder=self.state / row.folder,
            metrics=json.loads(row.metrics),
            note=row.note,
            seed=row.seed,
            created_at=row.created_at,
        )

    def _go_live(self, connection: Connection, version: Version, *, leaving: str) -> None:
        if not version.folder.is_dir():
            raise StateError(
                f"Version {version.number} of {version.site}/{version.template} has lost its folder {version.folder}.",
                kept="the live version stays as it is",
                hint="put the folder back, or choose another version",
            )
        here = (live.c.site == version.site, live.c.template == version.template)
        current = connection.scalar(_pointer(version.site, version.template))
        if current is None:
            connection.execute(insert(live).values(site=version.site, template=version.template, version_id=version.id))
        else:
            connection.execute(update(live).where(*here).values(version_id=version.id))
            connection.execute(update(versions).where(versions.c.id == current).values(state=leaving))
        chosen = update(versions).where(versions.c.id == version.id)
        connection.execute(chosen.values(state=LIVE, promoted_at=_now()))
        # The drift was that of the version before; what failed under it is still to be extracted again.
        connection.execute(update(drifts).where(*_pending(version.site, version.template)).values(cleared_at=_now()))

    def _earlier(
        self, connection: Connection, site: str, template: str, now: Version | None, to: int | None
    ) -> Version:
        chosen = select(versions.c.id).where(versions.c.site == site, versions.c.template == template)
        if to is not None:
            chosen = chosen.where(versions.c.number == to)
        else:
            chosen = chosen.where(versions.c.promoted_at.is_not(None), versions.c.state == RETIRED)
            if now is not None:
                chosen = chosen.where(versions.c.number < now.number)
        found = connection.scalar(chosen.order_by(versions.c.number.desc()).limit(1))
        if found is None:
            wanted = "no earlier version that was live" if to is None else f"no version {to}"
            raise UnknownName(
                f"{site}/{template} has {wanted}.",
                kept="the live version stays as it is",
                hint=f"scrapy status {site} lists the versions",
            )
        return self._version(connection, found)

    def _event(self, connection: Connection, version: Version, kind: str, detail: Mapping[str, Any]) -> None:
        _add_event(connection, version.site, version.template, kind, detail)

    def _drifts(self, site: str, template: str | None, *conditions: ColumnElement[bool]) -> list[PendingDrift]:
        chosen = select(drifts).where(drifts.c.site == site, *conditions).order_by(drifts.c.id)
        if template is not None:
            chosen = chosen.where(drifts.c.template == template)
        with self._reading() as connection:
            rows = connection.execute(chosen).all()
        return [
            PendingDrift(
                row.id, row.site, row.template, row.version_id, row.raised_at, row.since, json.loads(row.detail)
            )
            for row in rows
        ]


def _now() -> datetime:
    return datetime.now(UTC)


def _json(detail: Mapping[str, Any]) -> str:
    # Reports may hold values of any kind; what JSON has no word for is kept as text.
    return json.dumps(dict(detail), default=str)


def _dump(item: Item) -> str:
    return json.dumps({name: to_json(value) for name, value in item.items()})


def _dump_all(items: Sequence[Item]) -> str:
    return json.dumps([{name: to_json(value) for name, value in item.items()} for item in items])


def _load(text: str | None) -> dict[str, Any] | None:
    return None if text is None else {name: from_json(value) for name, value in json.loads(text).items()}


def _load_all(text: str | None) -> list[dict[str, Any]] | None:
    if text is None:
        return None
    return [{name: from_json(value) for name, value in item.items()} for item in json.loads(text)]


def _values_of(
    connection: Connection, page_ids: Sequence[int]
) -> dict[int, tuple[int | None, dict[str, Any], list[dict[str, Any]], dict[str, float]]]:
    """Version, item, records and confidence of each page that gave something."""
    found: dict[int, tuple[int | None, dict[str, Any], list[dict[str, Any]], dict[str, float]]] = {}
    said = select(examples).where(examples.c.page_id.in_(page_ids), examples.c.source == "spider")
    for row in connection.execute(said.order_by(examples.c.id)):
        found[row.page_id] = (None, _load(row.item) or {}, _load_all(row.records) or [], {})
    newest = select(func.max(extractions.c.id)).where(extractions.c.page_id.in_(page_ids))
    read = select(extractions, versions.c.number).outerjoin(versions, versions.c.id == extractions.c.version_id)
    read = read.where(extractions.c.id.in_(newest.group_by(extractions.c.page_id)))
    for row in connection.execute(read.where(extractions.c.outcome.in_((COMPLETE, PARTIAL, REPAIRED)))):
        item, items = _load(row.item) or {}, _load_all(row.records) or []
        if row.page_id in found:
            # A spider gave values beside the version: what it said went out, and was filled up; until it was repaired.
            _, told, told_items, _ = found[row.page_id]
            repaired = row.outcome == REPAIRED
            item = {**told, **item} if repaired else {**item, **told}
            items = (items or told_items) if repaired else (told_items or items)
        found[row.page_id] = (row.number, item, items, json.loads(row.confidence))
    return found


def _known(rows: list[Row[Any]]) -> Known:
    """One fact from the example and the extraction of a URL, whichever there are."""
    rows.sort(key=lambda row: (row.source == "person", row.created_at))
    records = _load_all(rows[-1].records)
    if records:
        return Known(rows[-1].url, items=records)
    item: dict[str, Any] = {}
    for row in rows:
        item.update(_load(row.item) or {})
    return Known(rows[-1].url, item=item)


def _chunks(ids: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _extraction_row(new: NewExtraction, now: datetime) -> dict[str, Any]:
    return {
        "page_id": new.page_id,
        "version_id": new.version_id,
        "item": _dump(new.item),
        "records": _dump_all(new.items),
        "confidence": json.dumps({name: round(float(value), 4) for name, value in new.confidence.items()}),
        "outcome": new.outcome,
        "created_at": now,
    }


def _newest_per_url(*order: Any) -> Any:
    return func.row_number().over(partition_by=pages.c.url, order_by=order).label("rank")


def _pointer(site: str, template: str) -> Select[Any]:
    return select(live.c.version_id).where(live.c.site == site, live.c.template == template)


def _pending(site: str, template: str) -> tuple[ColumnElement[bool], ...]:
    return (drifts.c.site == site, drifts.c.template == template, drifts.c.cleared_at.is_(None))


def _repaired() -> Select[Any]:
    columns = (
        deliveries.c.extraction_id.label("id"),
        deliveries.c.page_id,
        pages.c.site,
        pages.c.template,
        pages.c.url,
        pages.c.fetched_at,
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
        item=_load(row.item) or {},
        items=_load_all(row.records) or [],
        confidence=json.loads(row.confidence),
        version=row.number,
        fetched_at=row.fetched_at,
    )


def _add_event(connection: Connection, site: str, template: str, kind: str, detail: Mapping[str, Any]) -> None:
    row = {"site": site, "template": template, "kind": kind, "detail": _json(detail), "at": _now()}
    connection.execute(insert(events), row)


def _distinct(connection: Connection, table: Table, site: str | None) -> Iterable[str]:
    if site is None:
        return connection.scalars(select(table.c.site).distinct())
    return connection.scalars(select(table.c.template).where(table.c.site == site).distinct())


def _open_folder(state: Path, *, create: bool) -> None:
    """Make sure that ``state`` is a folder of ours, marked as such before anything else is put into it."""
    mark = state / FORMAT
    try:
        if not state.exists():
            if not create:
                raise StateError(
                    f"There is no state folder {state} yet.", hint="crawl first: scrapy crawl NAME -O items.jsonl"
                )
            state.mkdir(parents=True, exist_ok=True)
        if not state.is_dir():
            raise StateError(
                f"The state folder {state} is a file.",
                kept="the file",
                hint="move it away, or choose another folder: set EVERGREEN_STATE",
            )
        if mark.exists():
            _check_mark(mark)
            return
        strange = [entry.name for entry in state.iterdir() if not entry.name.startswith(".") and entry != mark]
        if strange and not mark.exists():
            raise StateError(
                f"{state} is not an Evergreen state folder (it holds {', '.join(sorted(strange)[:3])}).",
                kept="nothing in it was changed",
                hint="choose an empty or a new folder: set EVERGREEN_STATE",
            )
        draft = state / f".{FORMAT}.{os.getpid()}.{uuid.uuid4().hex}"
        draft.write_text(json.dumps({"evergreen": FORMAT_NUMBER}) + "\n", encoding="ascii")
        os.replace(draft, mark)
    except OSError as error:
        raise _unusable(state, error) from error


def _check_mark(mark: Path) -> None:
    try:
        number = json.loads(mark.read_bytes())["evergreen"]
        newer = int(number) > FORMAT_NUMBER
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(
            f"{mark.parent} is not an Evergreen state folder: {mark.name} can't be read.",
            kept="nothing in it was changed",
            hint="choose another folder: set EVERGREEN_STATE",
        ) from error
    if newer:
        raise StateTooNew(
            f"{mark.parent} was written by a newer release (format {number}; this one knows up to {FORMAT_NUMBER}).",
            kept="nothing in it was changed",
            hint="pip install --upgrade evergreen-crawler",
        )


def _unusable(folder: Path, error: OSError) -> StateUnwritable:
    return StateUnwritable(
        f"The folder {folder} can't be used: {error.strerror or error}.",
        kept="everything written before",
        hint="make it writable, make room, or choose another folder: set EVERGREEN_STATE",
    )
