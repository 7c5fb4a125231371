"""Examples, and what is known of each address."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, case, func, literal, select

from learner.programs.examples import Example, Known
from learner.programs.recordlist import EMPTY
from learner.state.records import COMPLETE, PARTIAL, REPAIRED, VISITS, NewExample, StoredPage
from learner.state.tables.columns import as_json, dump, dump_all, load, load_all
from learner.state.tables.database import Database, now
from learner.state.tables.schema import examples, extractions, pages

NEARLY: Final = 0.8
"""Share of what pages always have, from which on a page is known of which not all was read."""
_TRUST = case({"person": 0, "spider": 1, "known": 2}, value=examples.c.source, else_=3)


class Examples:
    """The examples of all sites."""

    def __init__(self, database: Database, read: Callable[[Row[Any]], StoredPage | None]) -> None:
        self._database = database
        self._read = read

    def add(self, new: Sequence[NewExample]) -> None:
        """Raises UnknownName when a page id was never given; then none of the batch is kept."""
        moment = now()
        rows = [
            {
                "page_id": example.page_id,
                "item": None if example.item is None else dump(example.item),
                "records": None if example.items is None else dump_all(example.items),
                "source": example.source,
                "created_at": moment,
                "places": None if example.places is None else as_json(example.places),
            }
            for example in new
        ]
        self._database.insert(examples, rows)

    def best(
        self,
        site: str,
        template: str,
        limit: int = 50,
        source: str | None = None,
        *,
        since: datetime | None = None,
    ) -> list[Example]:
        """Examples with their pages, the most trusted of each URL: a person's before the spider's, newest first; of one
        ``source``, and given ``since`` a moment, if that is wanted."""
        rank = _newest_per_url(_TRUST, examples.c.id.desc())
        columns = (examples.c.item, examples.c.records, examples.c.source, examples.c.places)
        ranked = select(pages, *columns, examples.c.id.label("number"), rank)
        ranked = ranked.join_from(examples, pages).where(pages.c.site == site, pages.c.template == template)
        if source is not None:
            ranked = ranked.where(examples.c.source == source)
        if since is not None:
            ranked = ranked.where(examples.c.created_at >= since)
        each = ranked.subquery()
        trust = case({"person": 0, "spider": 1, "known": 2}, value=each.c.source, else_=3)
        chosen = select(each).where(each.c.rank == 1).order_by(trust, each.c.number.desc()).limit(limit)
        with self._database.reading() as connection:
            rows = connection.execute(chosen).all()
        found = []
        for row in rows:
            page = self._read(row)
            if page is not None:
                places = None if row.places is None else json.loads(row.places)
                found.append(Example(page.url, page.html, load(row.item), load_all(row.records), row.source, places))
        return found

    def moments(self, site: str, template: str, source: str) -> dict[str, datetime]:
        """When the newest example of each URL came that this ``source`` gave: those given at once at one moment."""
        chosen = select(pages.c.url, func.max(examples.c.created_at)).join_from(examples, pages).group_by(pages.c.url)
        chosen = chosen.where(pages.c.site == site, pages.c.template == template, examples.c.source == source)
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(chosen)}

    def newest(self, site: str, template: str) -> int:
        """The id of the newest example, 0 when there is none: changes when there is something new to learn from."""
        chosen = select(func.max(examples.c.id)).join_from(examples, pages)
        with self._database.reading() as connection:
            return connection.scalar(chosen.where(pages.c.site == site, pages.c.template == template)) or 0

    def addresses(self, site: str, template: str, *, since: datetime | None = None) -> int:
        """How many different pages have an example (given ``since`` a moment), each once however often it was seen."""
        chosen = select(func.count(pages.c.url.distinct())).join_from(examples, pages)
        chosen = chosen.where(pages.c.site == site, pages.c.template == template)
        if since is not None:
            chosen = chosen.where(examples.c.created_at >= since)
        with self._database.reading() as connection:
            return connection.scalar(chosen) or 0

    def count(self, site: str, template: str, *, after: int = 0) -> int:
        """How many examples there are, or have come after the one of this id."""
        chosen = select(func.count()).select_from(examples).join(pages)
        chosen = chosen.where(pages.c.site == site, pages.c.template == template, examples.c.id > after)
        with self._database.reading() as connection:
            return connection.scalar(chosen) or 0

    def known(
        self,
        site: str,
        template: str,
        limit: int = 100_000,
        *,
        before: datetime | None = None,
        fields: Collection[str] = (),
        lost: Collection[str] = (),
    ) -> list[Known]:
        """What is known of each URL, newest first, field by field.

        A person's values outrank all; then the newest of the spider's examples and of extractions with every field
        vouched for. A field that the newest lacks is taken from the one before, of records one that none of them has.
        Extractions count only of pages that were fetched ``before`` a moment, if one is given. Of a URL of which there
        is neither, the newest that has nearly all of the ``fields`` is known in part, if some are given. Of fields that
        pages may have ``lost`` what one of the last visits gave is known, if the newest gave nothing: without a field
        that not all have they are read in full, which says nothing of it while it drifts.
        """
        with self._database.reading() as connection:
            told = {row.url: row for row in connection.execute(_newest_examples(site, template))}
            seen = {
                row.url: row for row in connection.execute(_newest_read(site, template, before, COMPLETE, REPAIRED))
            }
            some = connection.execute(_newest_read(site, template, before, PARTIAL)).all() if fields else []
            earlier: dict[str, list[Row[Any]]] = defaultdict(list)
            if lost:
                for row in connection.execute(_newest_examples(site, template, VISITS)):
                    earlier[row.url].append(row)
                for row in connection.execute(_newest_read(site, template, before, COMPLETE, REPAIRED, visits=VISITS)):
                    earlier[row.url].append(row)
        both = {url: [row for row in (told.get(url), seen.get(url)) if row is not None] for url in {**told, **seen}}
        newest = sorted(both.values(), key=lambda rows: max(row.created_at for row in rows), reverse=True)
        parts = [replace(_known([row]), partly=True) for row in some if row.url not in both]
        parts = [one for one in parts if len(_names(one) & set(fields)) >= NEARLY * len(fields)]
        whole = [_with_lost(_known(rows), earlier[rows[0].url], lost) for rows in newest]
        return [*whole, *parts][:limit]

    def visits(
        self, site: str, template: str, limit: int = 500, *, before: datetime | None = None
    ) -> dict[str, list[Known]]:
        """What was known of pages at each of their newest visits, the oldest first, of as many URLs; at a visit of
        which the spider's example and an extraction are kept, the example. ``before`` is as in ``known``."""
        with self._database.reading() as connection:
            told = connection.execute(_newest_examples(site, template, VISITS)).all()
            seen = connection.execute(_newest_read(site, template, before, COMPLETE, REPAIRED, visits=VISITS)).all()
        found: dict[str, dict[int, Row[Any]]] = defaultdict(dict)
        for row in sorted((*seen, *told), key=lambda row: (row.source != "known", row.created_at)):
            found[row.url][row.page] = row
        several = sorted((max(own), url) for url, own in found.items() if len(own) > 1)
        return {url: [_known([found[url][page]]) for page in sorted(found[url])] for _, url in several[-limit:]}

    def told(self, site: str, template: str, limit: int = 10_000) -> dict[str, Known]:
        """The values that a person or the spider's own selectors gave, by URL: the newest ``limit``."""
        chosen = _newest_examples(site, template)
        with self._database.reading() as connection:
            rows = connection.execute(chosen.order_by(chosen.selected_columns.created_at.desc()).limit(limit)).all()
        return {
            row.url: Known(row.url, None if row.item is None else _values(row), load_all(row.records)) for row in rows
        }


def _newest_examples(site: str, template: str, visits: int = 1) -> Select[Any]:
    rank = _newest_per_url(_TRUST, examples.c.id.desc())
    columns = (examples.c.item, examples.c.records, examples.c.source, examples.c.created_at)
    ranked = select(pages.c.url, pages.c.id.label("page"), *columns, rank).join_from(examples, pages)
    ranked = ranked.where(pages.c.site == site, pages.c.template == template)
    each = ranked.where(examples.c.source.in_(("person", "spider"))).subquery()
    return select(each).where(each.c.rank <= visits)


def _newest_read(site: str, template: str, before: datetime | None, *outcomes: str, visits: int = 1) -> Select[Any]:
    rank = _newest_per_url(extractions.c.id.desc())
    source = literal("known").label("source")
    columns = (extractions.c.item, extractions.c.records, source, extractions.c.created_at)
    ranked = select(pages.c.url, pages.c.id.label("page"), *columns, rank).join_from(extractions, pages)
    ranked = ranked.where(pages.c.site == site, pages.c.template == template)
    if before is not None:
        ranked = ranked.where(pages.c.fetched_at < before)
    each = ranked.where(extractions.c.outcome.in_(outcomes)).subquery()
    return select(each).where(each.c.rank <= visits)


def _newest_per_url(*order: Any) -> Any:
    return func.row_number().over(partition_by=pages.c.url, order_by=order).label("rank")


def _known(rows: list[Row[Any]]) -> Known:
    """One fact from the example and the extraction of a URL, whichever there are."""
    rows.sort(key=lambda row: (row.source == "person", row.created_at))
    records = load_all(rows[-1].records)
    if records:
        for row in reversed(rows[:-1]):
            records = _with_withheld(records, load_all(row.records) or ())
        return Known(rows[-1].url, items=records)
    item: dict[str, Any] = {}
    for row in rows:
        item.update(load(row.item) or {})
    return Known(rows[-1].url, item={name: value for name, value in item.items() if value is not None})


def _with_withheld(records: list[dict[str, Any]], before: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The records with the fields that none of them has, and one of those ``before`` has, if it is the only one that
    says the same in all others: what was healed without a field was read in full without it."""
    having = {name for record in records for name in record}
    withheld = {name for record in before for name, value in record.items() if value not in EMPTY} - having
    if not withheld:
        return records

    def said(record: Mapping[str, Any]) -> str:
        return repr(sorted((name, value) for name, value in record.items() if name in having and value not in EMPTY))

    now, then = Counter(map(said, records)), Counter(map(said, before))
    earlier = {own: record for record in before if then[own := said(record)] == 1}
    return [
        {**record, **{name: value for name, value in earlier[own].items() if name in withheld}}
        if now[own := said(record)] == 1 and own in earlier
        else record
        for record in records
    ]


def _with_lost(known: Known, earlier: Sequence[Row[Any]], lost: Collection[str]) -> Known:
    """What is known of a page with what its last visits gave of the ``lost`` fields, but for those of which a person
    said that it has none."""
    if known.item is None or not earlier:
        return known
    said: dict[str, Any] = {}
    for row in sorted(earlier, key=lambda row: (row.source == "person", row.created_at)):
        item = load(row.item) or {}
        said |= {
            name: item[name] for name in item.keys() & set(lost) if row.source == "person" or item[name] is not None
        }
    before = {name: value for name, value in said.items() if value is not None}
    return replace(known, item={**known.item, **before})


def _names(known: Known) -> set[str]:
    return {name for record in (known.item or {}, *(known.items or ())) for name in record}


def _values(row: Row[Any]) -> dict[str, Any]:
    """The values of a row's item: of what it says the page has not, nothing is known."""
    return {name: value for name, value in (load(row.item) or {}).items() if value is not None}
