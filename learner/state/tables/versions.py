"""Versions of learned code, and which of them are live. Every change of that is one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from learner.errors import StateError, UnknownName
from learner.names import folder_name
from learner.state.folder import unusable
from learner.state.records import COMPLETE, REPAIRED
from learner.state.tables.columns import as_json
from learner.state.tables.database import Database, now
from learner.state.tables.drifts import end_drift
from learner.state.tables.events import put_event
from learner.state.tables.live import live_ids, set_live
from learner.state.tables.schema import extractions, versions
from learner.state.versions import CANDIDATE, LIVE, QUARANTINED, RETIRED, VERSIONS, Saves, Version, publish, write_draft

_ANSWERED = (COMPLETE, REPAIRED)


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
        home = self._state / VERSIONS / folder_name(site) / folder_name(template)
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
        """The version that is asked first, or None while the teacher answers."""
        return next(iter(self.all_live(site, template)), None)

    def all_live(self, site: str, template: str) -> list[Version]:
        """The versions that answer for the template, in the order in which they are asked."""
        with self._database.reading() as connection:
            return self._all_live(connection, site, template)

    def idle(self, site: str, template: str) -> dict[int, tuple[int, datetime]]:
        """By the id of each live version: how many pages the others have answered in full since it last did, or since
        it was promoted, and when that was."""
        found = {}
        with self._database.reading() as connection:
            ids = live_ids(connection, site, template)
            for version_id in ids:
                mine = select(extractions.c.id, extractions.c.created_at).where(extractions.c.version_id == version_id)
                last = connection.execute(
                    mine.where(extractions.c.outcome.in_(_ANSWERED)).order_by(extractions.c.id.desc()).limit(1)
                ).first()
                promoted = connection.scalar(select(versions.c.promoted_at).where(versions.c.id == version_id))
                since = max(filter(None, (promoted, last.created_at if last else None)), default=now())
                others = select(func.count()).where(
                    extractions.c.version_id.in_([one for one in ids if one != version_id]),
                    extractions.c.outcome.in_(_ANSWERED),
                    extractions.c.created_at >= since,
                )
                found[version_id] = (
                    connection.scalar(others.where(extractions.c.id > (last.id if last else 0))) or 0,
                    since,
                )
        return found

    def promote(
        self, version_id: int, detail: Mapping[str, Any] | None = None, *, beside: Sequence[int] = ()
    ) -> Version:
        """Make the version live, and asked first: pointers, states and the end of pending drift, in one transaction.

        Those that were live are retired, but for the ``beside``, which go on answering pages that they fit better.
        """
        with self._database.writing() as connection:
            version = self._version(connection, version_id)
            before = self._all_live(connection, version.site, version.template)
            stay = [one for one in before if one.id in beside and one.id != version_id]
            self._go_live(connection, [version, *stay], before, leaving=RETIRED)
            if stay:
                detail = {**(detail or {}), "beside": [one.number for one in stay]}
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

    def retire(self, version_id: int, detail: Mapping[str, Any] | None = None) -> Version:
        """Take one of several live versions out of charge. Raises StateError for the only one, or one that isn't."""
        with self._database.writing() as connection:
            version = self._version(connection, version_id)
            before = self._all_live(connection, version.site, version.template)
            stay = [one for one in before if one.id != version_id]
            if not stay or len(stay) == len(before):
                raise StateError(
                    f"Version {version.number} of {version.site}/{version.template} is not one of several live ones.",
                    kept="the live versions stay as they are",
                )
            set_live(connection, version.site, version.template, [one.id for one in stay])
            connection.execute(update(versions).where(versions.c.id == version_id).values(state=RETIRED))
            detail = {"version": version.number, "live": [one.number for one in stay], **(detail or {})}
            put_event(connection, version.site, version.template, "retired", detail)
            return self._version(connection, version_id)

    def withdraw(self, site: str, template: str, detail: Mapping[str, Any] | None = None) -> list[Version]:
        """Take all live versions of a template out of charge, and give them: nothing answers, and nothing drifts, until
        one is learned anew."""
        with self._database.writing() as connection:
            before = self._all_live(connection, site, template)
            if before:
                set_live(connection, site, template, [])
                chosen = update(versions).where(versions.c.id.in_([version.id for version in before]))
                connection.execute(chosen.values(state=RETIRED))
                end_drift(connection, site, template)
                detail = {"versions": [version.number for version in before], **(detail or {})}
                put_event(connection, site, template, "withdrawn", detail)
            return before

    def rollback(self, site: str, template: str, to: int | None = None) -> Version:
        """Make an earlier version live again, alone: the number ``to``, or the one that went live before the live one.
        Of several live versions the one that went live last goes, and the others stay. Gives the one that is asked
        first.

        What is left for a version that went live before it is quarantined, and so is what went live since: rolling back
        again goes further back, and none of it returns by itself. A quarantined version that is named (``to``) is no
        way back.
        Raises UnknownName when there is no such version.
        """
        with self._database.writing() as connection:
            before = self._all_live(connection, site, template)
            newest = before[0] if before else None
            stay = before[1:] if to is None else []
            target = stay[0] if stay else self._earlier(connection, site, template, to)
            later = [] if stay else self._later(connection, target)
            leaving = QUARANTINED if stay or later else RETIRED
            self._go_live(connection, stay or [target], before, leaving=leaving)
            connection.execute(update(versions).where(versions.c.id.in_(later)).values(state=QUARANTINED))
            detail = {"version": target.number, "from": None if newest is None else newest.number}
            put_event(connection, site, template, "rolled_back", detail)
            return self._version(connection, target.id)

    def _all_live(self, connection: Connection, site: str, template: str) -> list[Version]:
        return [self._version(connection, version_id) for version_id in live_ids(connection, site, template)]

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

    def _go_live(
        self, connection: Connection, chosen: Sequence[Version], before: Sequence[Version], *, leaving: str
    ) -> None:
        """Put these in charge, in this order; what was live ``before`` and is not among them is left."""
        for version in chosen:
            if not version.folder.is_dir():
                raise StateError(
                    f"Version {version.number} of {version.site}/{version.template} has lost its folder "
                    f"{version.folder}.",
                    kept="the live version stays as it is",
                    hint="put the folder back, or choose another version",
                )
        site, template = chosen[0].site, chosen[0].template
        stay, were = {version.id for version in chosen}, {version.id for version in before}
        set_live(connection, site, template, [version.id for version in chosen])
        connection.execute(update(versions).where(versions.c.id.in_(were - stay)).values(state=leaving))
        new = update(versions).where(versions.c.id.in_(stay - were))
        connection.execute(new.values(state=LIVE, promoted_at=now()))
        end_drift(connection, site, template)

    def _earlier(self, connection: Connection, site: str, template: str, to: int | None) -> Version:
        """The version of this number, or of the retired ones that which went live last."""
        chosen = select(versions.c.id).where(versions.c.site == site, versions.c.template == template)
        if to is not None:
            chosen = chosen.where(versions.c.number == to)
        else:
            chosen = chosen.where(versions.c.promoted_at.is_not(None), versions.c.state == RETIRED)
        found = connection.scalar(chosen.order_by(versions.c.promoted_at.desc(), versions.c.number.desc()).limit(1))
        if found is None:
            wanted = "no earlier version that was live" if to is None else f"no version {to}"
            raise UnknownName(
                f"{site}/{template} has {wanted}.",
                kept="the live version stays as it is",
                hint=f"scrapy status {site} lists the versions",
            )
        return self._version(connection, found)

    def _later(self, connection: Connection, target: Version) -> list[int]:
        """The ids of versions that went live after one that is gone back to."""
        if target.state not in (LIVE, RETIRED):
            return []
        promoted = connection.scalar(select(versions.c.promoted_at).where(versions.c.id == target.id))
        mine = (versions.c.site == target.site, versions.c.template == target.template)
        chosen = select(versions.c.id).where(*mine, versions.c.state.in_((LIVE, RETIRED)))
        return list(connection.scalars(chosen.where(versions.c.promoted_at > promoted)))
