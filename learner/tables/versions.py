"""Versions of learned code, and the pointer to the one that is live. Every change of it is one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from learner.errors import StateError, UnknownName
from learner.folder import unusable
from learner.names import folder_name
from learner.tables.columns import as_json
from learner.tables.database import Database, now
from learner.tables.drifts import end_drift
from learner.tables.events import put_event
from learner.tables.live import pointer
from learner.tables.schema import live, versions
from learner.versions import CANDIDATE, LIVE, QUARANTINED, RETIRED, Saves, Version, publish, write_draft


class Versions:
    """The versions of all templates."""

    def __init__(self, database: Database, state: Path) -> None:
        self._database = database
        self._state = state

    def add(
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
        home = self._state / "versions" / folder_name(site) / folder_name(template)
        draft = write_draft(home, extractor)
        with self._database.writing() as connection:
            mine = (versions.c.site == site, versions.c.template == template)
            number = (connection.scalar(select(func.max(versions.c.number)).where(*mine)) or 0) + 1
            try:
                folder = publish(draft, number)
            except OSError as error:
                raise unusable(home, error) from error
            row = {
                "site": site,
                "template": template,
                "number": number,
                "parent": parent,
                "state": CANDIDATE,
                "folder": folder.relative_to(self._state).as_posix(),
                "metrics": as_json(metrics or {}),
                "note": "",
                "seed": seed,
                "created_at": now(),
            }
            added = connection.execute(insert(versions).returning(versions.c.id), row).scalar_one()
            return self._version(connection, added)

    def get(self, version_id: int) -> Version:
        """Raises UnknownName for an id that was never given."""
        with self._database.reading() as connection:
            return self._version(connection, version_id)

    def all(self, site: str, template: str) -> list[Version]:
        """All versions, the oldest first."""
        chosen = select(versions).where(versions.c.site == site, versions.c.template == template)
        with self._database.reading() as connection:
            return [self._as_version(row) for row in connection.execute(chosen.order_by(versions.c.number))]

    def live(self, site: str, template: str) -> Version | None:
        """The version that answers for the template, or None while the teacher does."""
        with self._database.reading() as connection:
            version_id = connection.scalar(pointer(site, template))
            return None if version_id is None else self._version(connection, version_id)

    def promote(self, version_id: int, detail: Mapping[str, Any] | None = None) -> Version:
        """Make the version live: the pointer, the states and the end of pending drift, in one transaction."""
        with self._database.writing() as connection:
            version = self._version(connection, version_id)
            self._go_live(connection, version, leaving=RETIRED)
            put_event(
                connection, version.site, version.template, "promoted", {"version": version.number, **(detail or {})}
            )
            return self._version(connection, version_id)

    def quarantine(self, version_id: int, why: str, detail: Mapping[str, Any] | None = None) -> Version:
        """Set a version aside, with the reason for a person to read. Raises StateError for the live one."""
        with self._database.writing() as connection:
            version = self._version(connection, version_id)
            if version.state == LIVE:
                raise StateError(
                    f"Version {version.number} of {version.site}/{version.template} is live and can't be quarantined.",
                    hint=f"scrapy rollback {version.site}",
                )
            chosen = update(versions).where(versions.c.id == version_id)
            connection.execute(chosen.values(state=QUARANTINED, note=why))
            detail = {"version": version.number, "reason": why, **(detail or {})}
            put_event(connection, version.site, version.template, "quarantined", detail)
            return self._version(connection, version_id)

    def rollback(self, site: str, template: str, to: int | None = None) -> Version:
        """Make an earlier version live again: the number ``to``, or the newest before the live one that was live.

        A version that is left for an earlier one is quarantined, so that rolling back again goes further back.
        Raises UnknownName when there is no such version.
        """
        with self._database.writing() as connection:
            current = connection.scalar(pointer(site, template))
            left = None if current is None else self._version(connection, current)
            target = self._earlier(connection, site, template, left, to)
            back = left is not None and target.number < left.number
            self._go_live(connection, target, leaving=QUARANTINED if back else RETIRED)
            detail = {"version": target.number, "from": None if left is None else left.number}
            put_event(connection, site, template, "rolled_back", detail)
            return self._version(connection, target.id)

    def _version(self, connection: Connection, version_id: int) -> Version:
        row = connection.execute(select(versions).where(versions.c.id == version_id)).first()
        if row is None:
            raise UnknownName(f"There is no version with the id {version_id} in {self._database.where}.")
        return self._as_version(row)

    def _as_version(self, row: Row[Any]) -> Version:
        return Version(
            id=row.id,
            site=row.site,
            template=row.template,
            number=row.number,
            parent=row.parent,
            state=row.state,
            folder=self._state / row.folder,
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
        current = connection.scalar(pointer(version.site, version.template))
        if current is None:
            connection.execute(insert(live).values(site=version.site, template=version.template, version_id=version.id))
        else:
            connection.execute(update(live).where(*here).values(version_id=version.id))
            connection.execute(update(versions).where(versions.c.id == current).values(state=leaving))
        chosen = update(versions).where(versions.c.id == version.id)
        connection.execute(chosen.values(state=LIVE, promoted_at=now()))
        end_drift(connection, version.site, version.template)

    def _earlier(
        self, connection: Connection, site: str, template: str, before: Version | None, to: int | None
    ) -> Version:
        chosen = select(versions.c.id).where(versions.c.site == site, versions.c.template == template)
        if to is not None:
            chosen = chosen.where(versions.c.number == to)
        else:
            chosen = chosen.where(versions.c.promoted_at.is_not(None), versions.c.state == RETIRED)
            if before is not None:
                chosen = chosen.where(versions.c.number < before.number)
        found = connection.scalar(chosen.order_by(versions.c.number.desc()).limit(1))
        if found is None:
            wanted = "no earlier version that was live" if to is None else f"no version {to}"
            raise UnknownName(
                f"{site}/{template} has {wanted}.",
                kept="the live version stays as it is",
                hint=f"scrapy status {site} lists the versions",
            )
        return self._version(connection, found)
