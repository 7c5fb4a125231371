"""Crawls that are running: what failed in one of them, and is repaired, is for that crawl to export."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, insert, select

from learner.state.lease import identity, is_dead, is_here
from learner.state.tables.database import Database, now
from learner.state.tables.schema import crawls

BELIEVED: Final = timedelta(days=1)
"""So long a crawl of another machine is taken for running: whether it died can't be seen from here."""


class Crawls:
    """The crawls of all sites."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, site: str) -> str:
        """The name of a crawl that begins: its pages are recorded under it."""
        name = uuid.uuid4().hex
        with self._database.writing() as connection:
            running = running_crawls(connection, site)
            connection.execute(crawls.delete().where(crawls.c.site == site, crawls.c.name.not_in(running)))
            connection.execute(insert(crawls).values(name=name, site=site, owner=identity(), began_at=now()))
        return name

    def end(self, name: str) -> None:
        """The crawl takes no repaired items any more."""
        with self._database.writing() as connection:
            connection.execute(crawls.delete().where(crawls.c.name == name))

    def running(self, site: str) -> list[str]:
        """The crawls of the site that have begun and not ended; one whose process died has ended."""
        with self._database.reading() as connection:
            return running_crawls(connection, site)


def running_crawls(connection: Connection, site: str) -> list[str]:
    rows = connection.execute(select(crawls).where(crawls.c.site == site)).all()
    return [
        row.name for row in rows if not is_dead(row.owner) and (is_here(row.owner) or row.began_at > now() - BELIEVED)
    ]
