"""The versions of a template that are live, in the order in which they are asked. The list is changed as a whole."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from learner.state.tables.schema import live


def live_ids(connection: Connection, site: str, template: str) -> list[int]:
    """The ids of the live versions, none while the teacher answers."""
    chosen = select(live.c.version_id).where(live.c.site == site, live.c.template == template)
    return list(connection.scalars(chosen.order_by(live.c.place)))


def set_live(connection: Connection, site: str, template: str, version_ids: Sequence[int]) -> None:
    connection.execute(delete(live).where(live.c.site == site, live.c.template == template))
    rows = [
        {"site": site, "template": template, "place": place, "version_id": version_id}
        for place, version_id in enumerate(version_ids)
    ]
    if rows:
        connection.execute(insert(live), rows)
