"""Drift that was raised, until it is healed and what failed has been extracted again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from learner.records import PendingDrift
from learner.tables.columns import as_json
from learner.tables.database import Database, now
from learner.tables.events import put_event
from learner.tables.live import pointer
from learner.tables.schema import drifts


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
        version_id: int | None = None,
        since: datetime | None = None,
    ) -> bool:
        """Record drift; True when it is news.

        While drift of the template is pending its detail is only brought up to date. Drift of a version that
        is no longer live (``version_id``) is old news and not recorded. ``since``: when the first drifted page
        was fetched.
        """
        with self._database.writing() as connection:
            current = connection.scalar(pointer(site, template))
            if version_id is not None and version_id != current:
                return False
            pending = select(drifts).where(*_pending(site, template))
            row = connection.execute(pending).first()
            if row is not None:
                merged = as_json({**json.loads(row.detail), **detail})
                connection.execute(update(drifts).where(drifts.c.id == row.id).values(detail=merged))
                return False
            values = {"site": site, "template": template, "version_id": current, "since": since}
            connection.execute(
                insert(drifts).values(**values, raised_at=now(), detail=as_json(detail), caught_up=False)
            )
            put_event(connection, site, template, "drift", detail)
            return True

    def pending(self, site: str, template: str | None = None) -> list[PendingDrift]:
        """Drift raised and not yet healed, oldest first."""
        return self._chosen(site, template, drifts.c.cleared_at.is_(None))

    def clear(self, site: str, template: str) -> None:
        """Take pending drift back: it was none. (A promotion ends it by itself.)"""
        with self._database.writing() as connection:
            chosen = update(drifts).where(*_pending(site, template))
            connection.execute(chosen.values(cleared_at=now(), caught_up=True))

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
        return [
            PendingDrift(
                row.id, row.site, row.template, row.version_id, row.raised_at, row.since, json.loads(row.detail)
            )
            for row in rows
        ]


def end_drift(connection: Connection, site: str, template: str) -> None:
    """Drift of the template is over; what failed under it is still to be extracted again."""
    connection.execute(update(drifts).where(*_pending(site, template)).values(cleared_at=now()))


def _pending(site: str, template: str) -> tuple[ColumnElement[bool], ...]:
    return (drifts.c.site == site, drifts.c.template == template, drifts.c.cleared_at.is_(None))
