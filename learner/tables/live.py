"""The pointer to the version that is live."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, select

from learner.tables.schema import live


def pointer(site: str, template: str) -> Select[Any]:
    return select(live.c.version_id).where(live.c.site == site, live.c.template == template)
