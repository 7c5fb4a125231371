"""Who may do the one-at-a-time work of a site."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import insert, select

from learner.state.lease import identity, is_dead
from learner.state.tables.database import Database
from learner.state.tables.schema import leases

_LOOK_AGAIN: Final = 0.5  # seconds


class Leases:
    """The leases on all sites."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @contextmanager
    def hold(
        self, site: str, seconds: float, *, wait: float = 0.0, waits: Callable[[], None] = lambda: None
    ) -> Iterator[bool]:
        """Whether this process may do the site's one-at-a-time work; given back at the end of the block.

        Nobody else gets it for ``seconds``, unless this process dies: on the same machine that is noticed at
        once, on another when the time is over. Where another has it, it is waited for as long as ``wait`` seconds;
        ``waits`` is called when that begins.
        """
        token, end = uuid.uuid4().hex, time.monotonic() + wait
        held = self._take(site, token, seconds)
        if not held and wait > 0:
            waits()
        while not held and time.monotonic() < end:
            time.sleep(min(_LOOK_AGAIN, max(0.0, end - time.monotonic())))
            held = self._take(site, token, seconds)
        try:
            yield held
        finally:
            if held:
                with self._database.writing() as connection:
                    connection.execute(leases.delete().where(leases.c.site == site, leases.c.token == token))

    def _take(self, site: str, token: str, seconds: float) -> bool:
        with self._database.writing() as connection:
            row = connection.execute(select(leases).where(leases.c.site == site)).first()
            if row is not None and row.expires_at > time.time() and not is_dead(row.owner):
                return False
            connection.execute(leases.delete().where(leases.c.site == site))
            connection.execute(
                insert(leases).values(site=site, owner=identity(), token=token, expires_at=time.time() + seconds)
            )
            return True
