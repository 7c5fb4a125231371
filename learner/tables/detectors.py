"""Where the watch over a template stands, from crawl to crawl."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from learner.tables.columns import as_json
from learner.tables.database import Database, now
from learner.tables.schema import detectors


class Detectors:
    """The detectors of all templates."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def state(self, site: str, template: str, version_id: int) -> dict[str, Any] | None:
        """The drift detector's saved state, None when there is none for this version."""
        chosen = select(detectors.c.state).where(detectors.c.site == site, detectors.c.template == template)
        with self._database.reading() as connection:
            state = connection.scalar(chosen.where(detectors.c.version_id == version_id))
        return None if state is None else json.loads(state)

    def save(self, site: str, template: str, version_id: int, state: Mapping[str, Any]) -> None:
        """The last one to save wins."""
        values = {"version_id": version_id, "state": as_json(state), "updated_at": now()}
        self._database.put(detectors, {"site": site, "template": template}, values)
