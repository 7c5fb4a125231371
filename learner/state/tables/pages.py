"""Pages: rows that point into the archive, chosen by what became of them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, insert, or_, select

from learner.errors import StateError, UnknownName
from learner.state.archive import Archive, Place
from learner.state.records import COMPLETE, FAILED, PARTIAL, REPAIRED, NewPage, StoredPage
from learner.state.tables.database import Database, chunks
from learner.state.tables.extractions import newest_ids
from learner.state.tables.schema import extractions, pages

_log = logging.getLogger(__name__)


class Pages:
    """The pages of all sites."""

    def __init__(self, database: Database, archive: Archive) -> None:
        self._database = database
        self._archive = archive

    def add(self, new: Sequence[NewPage]) -> list[int]:
        """Archive the pages and give their ids, in order. The archive comes first: a row never points to nothing."""
        if not new:
            return []
        places = self._archive.append(new)
        rows = [
            {
                "site": page.site,
                "template": page.template,
                "url": page.url,
                "content_type": page.content_type,
                "status": page.status,
                "fetched_at": page.fetched_at,
                "archive_file": place.file,
                "archive_offset": place.offset,
                "archive_length": place.length,
                "asked_url": page.asked_url or None,
                "crawl": page.crawl or None,
            }
            for page, place in zip(new, places, strict=True)
        ]
        with self._database.writing() as connection:
            statement = insert(pages).returning(pages.c.id, sort_by_parameter_order=True)
            return list(connection.execute(statement, rows).scalars())

    def get(self, page_id: int) -> StoredPage:
        """One page. Raises UnknownName for an id that was never given, StateError when its record is lost."""
        with self._database.reading() as connection:
            row = connection.execute(select(pages).where(pages.c.id == page_id)).first()
        if row is None:
            raise UnknownName(f"There is no page {page_id} in {self._database.where}.")
        return self._stored(row)

    def several(self, page_ids: Sequence[int]) -> list[StoredPage]:
        """These pages in order, without those that were never given or that the archive has lost."""
        found: dict[int, Row[Any]] = {}
        with self._database.reading() as connection:
            for some in chunks(page_ids):
                rows = connection.execute(select(pages).where(pages.c.id.in_(some)))
                found.update((row.id, row) for row in rows)
        return self._readable(found[number] for number in page_ids if number in found)

    def visited(self, site: str, template: str, urls: Sequence[str], page_id: int) -> list[StoredPage]:
        """The newest page of each of these URLs, of those that came in the crawl of the page ``page_id``, or after it.

        Pages that the archive has lost are left out, with a warning in the log.
        """
        crawl = select(pages.c.crawl).where(pages.c.id == page_id).scalar_subquery()
        mine = (pages.c.site == site, pages.c.template == template)
        found: list[Row[Any]] = []
        with self._database.reading() as connection:
            for some in chunks(urls):
                newest = select(func.max(pages.c.id)).where(*mine, pages.c.url.in_(some)).group_by(pages.c.url)
                late = or_(pages.c.id >= page_id, pages.c.crawl == crawl)
                found += connection.execute(select(pages).where(pages.c.id.in_(newest), late)).all()
        return self._readable(found)

    def ids(self, site: str, template: str) -> list[int]:
        """The ids of all pages of the template, oldest first."""
        chosen = select(pages.c.id).where(pages.c.site == site, pages.c.template == template).order_by(pages.c.id)
        with self._database.reading() as connection:
            return list(connection.scalars(chosen))

    def template_of(self, site: str, url: str) -> str:
        """The template under which a page was recorded last; empty for one that never was."""
        chosen = select(pages.c.template).where(pages.c.site == site, pages.c.url == url)
        with self._database.reading() as connection:
            return connection.scalar(chosen.order_by(pages.c.id.desc()).limit(1)) or ""

    def gave(self, site: str, urls: Sequence[str]) -> set[str]:
        """Those of the URLs of which a page was read, at least in part."""
        found = select(pages.c.url).join_from(extractions, pages).where(pages.c.site == site).distinct()
        found = found.where(extractions.c.outcome.in_((COMPLETE, PARTIAL, REPAIRED)))
        with self._database.reading() as connection:
            return {url for some in chunks(urls) for url in connection.scalars(found.where(pages.c.url.in_(some)))}

    def moves(self, site: str) -> dict[str, str]:
        """Where addresses of the site have moved to for good, each to one of its own: where several lead to one page,
        as all that is gone may lead to the first page, none of them has moved there; nor has one that leads to a page
        which was there beside it, as what is sold out may lead to another thing."""
        moving = (pages.c.site == site, pages.c.asked_url.is_not(None))
        concerned = select(pages.c.asked_url).where(*moving).union(select(pages.c.url).where(*moving))
        chosen = select(pages.c.id, pages.c.asked_url, pages.c.url, pages.c.crawl)
        chosen = chosen.where(pages.c.site == site, pages.c.url.in_(concerned)).order_by(pages.c.id)
        with self._database.reading() as connection:
            rows = connection.execute(chosen).all()
        moved: dict[str, str] = {}
        there: dict[str, tuple[Any, Any]] = {}
        beside: set[tuple[str, str]] = set()
        for row in rows:
            old, new = row.asked_url, row.url
            moved.pop(new, None)  # a design that is taken back moves its addresses back
            if old is not None:
                moved[old] = new
                if old in there and new in there and _overlap(there[old], there[new]):
                    beside.add((old, new))
                else:
                    there.pop(old, None)
            there[new] = (there.get(new, (row,))[0], row)
        led = Counter(moved.values())
        return {old: new for old, new in moved.items() if led[new] == 1 and (old, new) not in beside}

    def failed(
        self,
        site: str,
        template: str,
        versions: Sequence[int] = (),
        *,
        outcomes: Sequence[str] = (FAILED, PARTIAL),
        since: datetime | None = None,
        before: datetime | None = None,
        limit: int = 200,
    ) -> list[StoredPage]:
        """Pages whose newest extraction has one of ``outcomes``, newest first: not yet repaired.

        ``versions`` keeps those that one of these (ids) failed on; ``since`` those fetched from then on, ``before``
        those fetched earlier.
        Pages that the archive has lost are left out, with a warning in the log.
        """
        chosen = _latest(site, template, outcomes, versions, since, before).limit(limit)
        with self._database.reading() as connection:
            rows = connection.execute(chosen).all()
        return self._readable(rows)

    def failed_ids(
        self,
        site: str,
        template: str,
        versions: Sequence[int] = (),
        *,
        outcomes: Sequence[str] = (FAILED, PARTIAL),
        since: datetime | None = None,
    ) -> list[int]:
        """The ids of all such pages, newest first, without reading them; arguments as for ``failed``."""
        chosen = _latest(site, template, outcomes, versions, since).with_only_columns(pages.c.id)
        with self._database.reading() as connection:
            return list(connection.scalars(chosen))

    def good(
        self,
        site: str,
        template: str,
        versions: Sequence[int] = (),
        *,
        since: datetime | None = None,
        limit: int = 20,
    ) -> list[StoredPage]:
        """Pages whose newest extraction is complete, newest first; arguments as for ``failed``."""
        return self.failed(site, template, versions, outcomes=(COMPLETE,), since=since, limit=limit)

    def _stored(self, row: Row[Any]) -> StoredPage:
        html = self._archive.read(Place(row.archive_file, row.archive_offset, row.archive_length))
        return StoredPage(row.id, row.site, row.template, row.url, row.fetched_at, html)

    def read(self, row: Row[Any]) -> StoredPage | None:
        try:
            return self._stored(row)
        except StateError as error:
            _log.warning("%s", error)
            return None

    def _readable(self, rows: Iterable[Row[Any]]) -> list[StoredPage]:
        return [page for page in map(self.read, rows) if page is not None]


def _overlap(old: tuple[Any, Any], new: tuple[Any, Any]) -> bool:
    """Whether two pages were there at once, by the first and the last time that each was seen. What was recorded under
    no crawl's name may all be of one."""
    return bool(new[0].id < old[1].id or new[0].crawl == old[1].crawl)


def _latest(
    site: str,
    template: str,
    outcomes: Sequence[str],
    versions: Sequence[int],
    since: datetime | None,
    before: datetime | None = None,
) -> Select[Any]:
    chosen = select(pages).join_from(extractions, pages).where(extractions.c.id.in_(newest_ids(site, template)))
    chosen = chosen.where(extractions.c.outcome.in_(outcomes))
    if versions:
        chosen = chosen.where(extractions.c.version_id.in_(versions))
    if since is not None:
        chosen = chosen.where(pages.c.fetched_at >= since)
    if before is not None:
        chosen = chosen.where(pages.c.fetched_at < before)
    return chosen.order_by(pages.c.id.desc())
