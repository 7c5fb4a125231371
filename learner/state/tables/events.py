"""What happened to a site, in order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select

from learner.state.records import GONE, SEEN_AGAIN, Event
from learner.state.tables.columns import as_json
from learner.state.tables.database import Database, now
from learner.state.tables.schema import events


class Events:
    """The events of all sites."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, site: str, template: str, kind: str, detail: Mapping[str, Any] | None = None) -> None:
        with self._database.writing() as connection:
            put_event(connection, site, template, kind, detail or {})

    def newest(self, site: str, template: str | None = None, kind: str | None = None, limit: int = 100) -> list[Event]:
        """The newest events, newest first."""
        chosen = select(events).where(events.c.site == site).order_by(events.c.id.desc()).limit(limit)
        if template is not None:
            chosen = chosen.where(events.c.template == template)
        if kind is not None:
            chosen = chosen.where(events.c.kind == kind)
        with self._database.reading() as connection:
            rows = connection.execute(chosen).all()
        return [Event(row.id, row.site, row.template, row.kind, json.loads(row.detail), row.at) for row in rows]

    def gone(self, site: str, template: str) -> set[str]:
        """The fields that a person has said to be gone, and that no crawl has seen since."""
        chosen = select(events.c.kind, events.c.detail).where(events.c.site == site, events.c.template == template)
        chosen = chosen.where(events.c.kind.in_((GONE, SEEN_AGAIN))).order_by(events.c.id)
        fields: set[str] = set()
        with self._database.reading() as connection:
            for kind, detail in connection.execute(chosen):
                names = json.loads(detail)["fields"]
                fields = fields.union(names) if kind == GONE else fields.difference(names)
        return fields


def put_event(connection: Connection, site: str, template: str, kind: str, detail: Mapping[str, Any]) -> None:
    row = {"site": site, "template": template, "kind": kind, "detail": as_json(detail), "at": now()}
    connection.execute(insert(events), row)
