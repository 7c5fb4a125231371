"""What was seen and decided of every site: a state folder with its tables, its archive, its versions.

One state folder, one database, any number of processes. Whatever is committed survives a SIGKILL; what
is not committed leaves nothing that has to be cleaned up by hand.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from learner.errors import StateUnwritable
from learner.state.archive import ARCHIVE, Archive
from learner.state.folder import open_folder, unusable
from learner.state.tables import database
from learner.state.tables.crawls import Crawls
from learner.state.tables.database import Database
from learner.state.tables.detectors import Detectors
from learner.state.tables.drifts import Drifts
from learner.state.tables.events import Events
from learner.state.tables.examples import Examples
from learner.state.tables.extractions import Extractions, newest_ids
from learner.state.tables.leases import Leases
from learner.state.tables.pages import Pages
from learner.state.tables.repairs import Repairs
from learner.state.tables.schema import deliveries, drifts, events, examples, extractions, live, pages, versions
from learner.state.tables.shapes import Shapes
from learner.state.tables.versions import Versions
from learner.state.versions import VERSIONS

DATABASE = "evergreen.sqlite3"


class Store:
    """A state folder and its tables. Open it with ``Store.open``, close it after use."""

    def __init__(self, state: Path, url: str | None = None, *, frozen: bool = False) -> None:
        self.state = state
        self.frozen = frozen
        where = url.partition("://")[0] + " database" if url else str(state / DATABASE)
        self._database = Database(url or state / DATABASE, where, frozen=frozen)
        self._archive = Archive(state / ARCHIVE)
        self.pages = Pages(self._database, self._archive)
        self.examples = Examples(self._database, self.pages.read)
        self.extractions = Extractions(self._database)
        self.repairs = Repairs(self._database)
        self.versions = Versions(self._database, state)
        self.drifts = Drifts(self._database)
        self.detectors = Detectors(self._database)
        self.shapes = Shapes(self._database)
        self.events = Events(self._database)
        self.leases = Leases(self._database)
        self.crawls = Crawls(self._database)

    @classmethod
    def open(cls, state: Path | str, url: str | None = None, create: bool = True) -> Store:
        """Open the state folder, with the database inside it or at ``url`` (SQLAlchemy's form).

        A state that can't be written, but read, is ``frozen``: all that would change it raises StateUnwritable.
        Raises StateError when the folder is foreign, broken or not usable (or missing and not ``create``), or when it
        has lost its database; StateTooNew when a newer release wrote it.
        """
        state = Path(state)
        open_folder(state, create=create)
        # Asked before the database is looked for: another process may be creating it now.
        lost = any(any((state / name).glob("*/*")) for name in (ARCHIVE, VERSIONS))
        if url is None:
            try:
                database.create_file(state / DATABASE, lost=lost)
            except OSError as error:
                raise unusable(state, error) from error
            except SQLAlchemyError as error:
                raise database.broken(error, str(state / DATABASE)) from error
        try:
            return cls._opened(state, url, frozen=False, lost=lost)
        except StateUnwritable:
            if url is not None:
                raise
            return cls._opened(state, url, frozen=True, lost=lost)

    @classmethod
    def _opened(cls, state: Path, url: str | None, *, frozen: bool, lost: bool) -> Store:
        store = cls(state, url, frozen=frozen)
        try:
            database.bring_up_to_date(store._database.engine, store._database.where, lost=lost)
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        self._archive.close()
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def sites(self) -> list[str]:
        """All sites with a page, a version or an event, by name."""
        with self._database.reading() as connection:
            found = (connection.scalars(select(table.c.site).distinct()) for table in (pages, versions, events))
            return sorted({name for names in found for name in names})

    def templates(self, site: str) -> list[str]:
        """All templates of the site with a page or a version, by name."""
        with self._database.reading() as connection:
            found = (
                connection.scalars(select(table.c.template).where(table.c.site == site).distinct())
                for table in (pages, versions)
            )
            return sorted({name for names in found for name in names})

    def unsettled(self) -> set[str]:
        """Sites that have something to do: drift, failed pages to extract again, examples of a template without a live
        version, several live versions of one, repaired items that nobody has delivered. The cost hardly depends on how
        many sites there are."""
        known = select(pages.c.site, pages.c.template).distinct().subquery()
        here = (live.c.site == known.c.site) & (live.c.template == known.c.template)
        teachable = select(known.c.site, known.c.template).outerjoin(live, here).where(live.c.version_id.is_(None))
        with self._database.reading() as connection:
            drifting = connection.scalars(select(drifts.c.site).where(drifts.c.caught_up.is_(False)).distinct())
            waiting = connection.scalars(
                select(deliveries.c.site).where(deliveries.c.delivered_at.is_(None)).distinct()
            )
            several = connection.scalars(select(live.c.site).where(live.c.place > 0).distinct())
            found = {*drifting, *waiting, *several}
            rest = [(site, template) for site, template in connection.execute(teachable) if site not in found]
        return found | {site for site, template in rest if self.examples.newest(site, template)}

    def counts(self, site: str, template: str) -> dict[str, int]:
        """How many ``pages``, ``examples`` and ``undelivered`` repairs, and pages by the outcome of their newest
        extraction."""
        mine = (pages.c.site == site, pages.c.template == template)
        newest = newest_ids(site, template)
        outcomes = select(extractions.c.outcome, func.count()).where(extractions.c.id.in_(newest))
        waiting = select(func.count()).join_from(deliveries, pages).where(*mine, deliveries.c.delivered_at.is_(None))
        with self._database.reading() as connection:
            counted = {
                "pages": connection.scalar(select(func.count()).select_from(pages).where(*mine)) or 0,
                "examples": connection.scalar(select(func.count()).join_from(examples, pages).where(*mine)) or 0,
                "undelivered": connection.scalar(waiting) or 0,
            }
            for outcome, number in connection.execute(outcomes.group_by(extractions.c.outcome)):
                counted[outcome] = number
        return counted
