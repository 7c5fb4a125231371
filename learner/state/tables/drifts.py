"""Drift that was raised, until it is healed and what failed has been extracted again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update

from learner.state.records import PendingDrift
from learner.state.reports import TAKEN_BACK
from learner.state.tables.columns import as_json
from learner.state.tables.database import Database, now
from learner.state.tables.events import put_event
from learner.state.tables.live import live_ids
from learner.state.tables.schema import drifts

_LIVE = "live"
"""In the detail: the versions that were live when it was raised."""


class Drifts:
    """The drift of all templates."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        site: str,
        template: str,
        detail: Mapping[str, Any],
        *,
        version_ids: Sequence[int] = (),
        since: datetime | None = None,
    ) -> bool:
        """Record drift; True when it is news.

        While drift of the template is pending its detail is only brought up to date; what the heal before has not
        brought back is still a part of it. Drift of other versions than
        those that are live (``version_ids``) is old news: it is healed, and what failed is still to be extracted
        again. ``since``: when the first drifted page was fetched.
        """
        with self._database.writing() as connection:
            current = live_ids(connection, site, template)
            if version_ids and set(version_ids) != set(current):
                over = {"site": site, "template": template, "version_id": version_ids[0], "since": since}
                told = as_json({**detail, _LIVE: list(version_ids)})
                moment = now()
                connection.execute(
                    insert(drifts).values(**over, raised_at=moment, cleared_at=moment, detail=told, caught_up=False)
                )
                return False
            pending = select(drifts).where(*_pending(site, template))
            row = connection.execute(pending).first()
            if row is not None:
                before = json.loads(row.detail)
                merged = {**before, **detail}
                if "lost_by" in before and "fields" in detail:
                    merged["fields"] = sorted({*before.get("presence", ()), *detail["fields"]})
                connection.execute(update(drifts).where(drifts.c.id == row.id).values(detail=as_json(merged)))
                return False
            first = current[0] if current else None
            values = {"site": site, "template": template, "version_id": first, "since": since}
            told = as_json({**detail, _LIVE: current})
            connection.execute(insert(drifts).values(**values, raised_at=now(), detail=told, caught_up=False))
            put_event(connection, site, template, "drift", detail)
            return True

    def pending(self, site: str, template: str | None = None) -> list[PendingDrift]:
        """Drift raised and not yet healed, oldest first."""
        return self._chosen(site, template, drifts.c.cleared_at.is_(None))

    def clear(self, site: str, template: str) -> None:
        """Take pending drift back: it was none. (A promotion ends it by itself.)"""
        with self._database.writing() as connection:
            chosen = update(drifts).where(*_pending(site, template))
            if connection.execute(chosen.values(cleared_at=now(), caught_up=True)).rowcount:
                put_event(connection, site, template, TAKEN_BACK, {})

    def healed(self, site: str) -> list[PendingDrift]:
        """Drift ended by a promotion whose failed pages have not all been extracted again yet."""
        return self._chosen(site, None, drifts.c.cleared_at.is_not(None), drifts.c.caught_up.is_(False))

    def caught_up(self, drift_id: int) -> None:
        """What failed during this drift has been extracted again."""
        with self._database.writing() as connection:
            connection.execute(update(drifts).where(drifts.c.id == drift_id).values(caught_up=True))

    def _chosen(self, site: str, template: str | None, *conditions: ColumnElement[bool]) -> list[PendingDrift]:
        chosen = select(drifts).where(drifts.c.site == site, *conditions).order_by(drifts.c.id)
        if template is not None:
            chosen = chosen.where(drifts.c.template == template)
        with self._database.reading() as connection:
            rows = connection.execute(chosen).all()
        return [_drift(row) for row in rows]


def _drift(row: Row[Any]) -> PendingDrift:
    detail = json.loads(row.detail)
    first = () if row.version_id is None else (row.version_id,)
    live = tuple(detail.pop(_LIVE, ())) or first
    return PendingDrift(row.id, row.site, row.template, live, row.raised_at, row.since, detail)


def end_drift(connection: Connection, site: str, template: str) -> None:
    """Drift of the template is over; what failed under it is still to be extracted again."""
    connection.execute(update(drifts).where(*_pending(site, template)).values(cleared_at=now()))


def _pending(site: str, template: str) -> tuple[ColumnElement[bool], ...]:
    return (drifts.c.site == site, drifts.c.template == template, drifts.c.cleared_at.is_(None))
