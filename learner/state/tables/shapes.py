"""How the callbacks of a spider yield what they yield, in the crawl's own words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from learner.state.tables.columns import as_json
from learner.state.tables.database import Database, now
from learner.state.tables.schema import shapes


class Shapes:
    """The shapes of all spiders that are only watched."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, site: str) -> dict[str, dict[str, Any]]:
        """By template, how the callbacks of the site's spider yield; empty for spiders made of templates."""
        chosen = select(shapes.c.template, shapes.c.shape).where(shapes.c.site == site)
        with self._database.reading() as connection:
            return {template: json.loads(shape) for template, shape in connection.execute(chosen)}

    def save(self, site: str, template: str, shape: Mapping[str, Any]) -> None:
        """The last one to save wins."""
        self._database.put(shapes, {"site": site, "template": template}, {"shape": as_json(shape), "updated_at": now()})
