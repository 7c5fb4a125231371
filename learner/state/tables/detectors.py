"""Where the watch over a template stands, from crawl to crawl."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from learner.state.tables.columns import as_json
from learner.state.tables.database import Database, now
from learner.state.tables.schema import detectors

_LIVE = "live"


class Detectors:
    """The detectors of all templates."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def state(self, site: str, template: str, version_ids: Sequence[int]) -> dict[str, Any] | None:
        """The drift detector's saved state, None when there is none for these live versions, in whatever order."""
        chosen = select(detectors.c.state, detectors.c.version_id)
        with self._database.reading() as connection:
            row = connection.execute(chosen.where(detectors.c.site == site, detectors.c.template == template)).first()
        if row is None:
            return None
        state: dict[str, Any] = json.loads(row.state)
        return state if set(state.pop(_LIVE, [row.version_id])) == set(version_ids) else None

    def save(self, site: str, template: str, version_ids: Sequence[int], state: Mapping[str, Any]) -> None:
        """The last one to save wins."""
        told = as_json({**state, _LIVE: list(version_ids)})
        values = {"version_id": version_ids[0], "state": told, "updated_at": now()}
        self._database.put(detectors, {"site": site, "template": template}, values)
