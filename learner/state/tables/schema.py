"""The tables as SQLAlchemy has them, and the steps from an older schema to this one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

NUMBER = 6

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no time zone, so it is taken off on the way in and put on on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


schema_number = Table("evergreen_schema", metadata, Column("number", Integer, nullable=False))

pages = Table(
    "pages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site", String, nullable=False),
    Column("template", String, nullable=False),
    Column("url", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("fetched_at", Moment, nullable=False),
    Column("archive_file", Text, nullable=False),
    Column("archive_offset", Integer, nullable=False),
    Column("archive_length", Integer, nullable=False),
    Column("asked_url", Text),
    Column("crawl", String),
    Index("pages_by_template", "site", "template", "id"),
)

versions = Table(
    "versions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site", String, nullable=False),
    Column("template", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("parent", Integer, ForeignKey("versions.id")),
    Column("state", String, nullable=False),
    Column("folder", Text, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("seed", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("promoted_at", Moment),
    Index("versions_by_number", "site", "template", "number", unique=True),
)

# The pointers: the version in place 0 is asked first.
live = Table(
    "live",
    metadata,
    Column("site", String, primary_key=True),
    Column("template", String, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("version_id", Integer, ForeignKey("versions.id"), nullable=False),
    UniqueConstraint("site", "template", "version_id", name="live_once"),
)

examples = Table(
    "examples",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("page_id", Integer, ForeignKey("pages.id"), nullable=False, index=True),
    Column("item", Text),
    Column("records", Text),
    Column("source", String, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("places", Text),
)

extractions = Table(
    "extractions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("page_id", Integer, ForeignKey("pages.id"), nullable=False, index=True),
    Column("version_id", Integer, ForeignKey("versions.id")),
    Column("item", Text, nullable=False),
    Column("records", Text, nullable=False),
    Column("confidence", Text, nullable=False),
    Column("outcome", String, nullable=False),
    Column("created_at", Moment, nullable=False),
)

# Repaired items on their way out; a row is claimed by one process, then delivered, once.
deliveries = Table(
    "deliveries",
    metadata,
    Column("extraction_id", Integer, ForeignKey("extractions.id"), primary_key=True),
    Column("page_id", Integer, ForeignKey("pages.id"), nullable=False),
    Column("site", String, nullable=False),
    Column("claimed_by", Text),
    Column("delivered_at", Moment),
    Index("deliveries_pending", "site", "delivered_at"),
)

drifts = Table(
    "drifts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site", String, nullable=False),
    Column("template", String, nullable=False),
    Column("version_id", Integer, ForeignKey("versions.id")),
    Column("raised_at", Moment, nullable=False),
    Column("since", Moment),
    Column("detail", Text, nullable=False),
    Column("cleared_at", Moment),
    Column("caught_up", Boolean, nullable=False, default=False),
    Index("drifts_by_template", "site", "template"),
)
Index(
    "drifts_one_pending",
    drifts.c.site,
    drifts.c.template,
    unique=True,
    sqlite_where=drifts.c.cleared_at.is_(None),
    postgresql_where=drifts.c.cleared_at.is_(None),
)

detectors = Table(
    "detectors",
    metadata,
    Column("site", String, primary_key=True),
    Column("template", String, primary_key=True),
    Column("version_id", Integer, ForeignKey("versions.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

# How callbacks of a spider yield what they yield, for spiders that know nothing of templates; the crawl's own words.
shapes = Table(
    "shapes",
    metadata,
    Column("site", String, primary_key=True),
    Column("template", String, primary_key=True),
    Column("shape", Text, nullable=False),
    Column("updated_at", Moment, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site", String, nullable=False),
    Column("template", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("events_by_site", "site", "id"),
)

leases = Table(
    "leases",
    metadata,
    Column("site", String, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("token", String, nullable=False),
    Column("expires_at", Float, nullable=False),
)

# Crawls that have begun and not ended; a row of a dead process counts for nothing.
crawls = Table(
    "crawls",
    metadata,
    Column("name", String, primary_key=True),
    Column("site", String, nullable=False, index=True),
    Column("owner", Text, nullable=False),
    Column("began_at", Moment, nullable=False),
)

# One step per schema number that is left behind: migrations[1] turns a database of number 1 into number 2.
MIGRATIONS: dict[int, Callable[[Connection], None]] = {
    1: lambda connection: _add_column(connection, examples.c.places),
    2: lambda connection: shapes.create(connection, checkfirst=True),
    3: lambda connection: _several_live(connection),
    4: lambda connection: _add_column(connection, pages.c.asked_url),
    5: lambda connection: _crawls(connection),
}


def _several_live(connection: Connection) -> None:
    """A template had one live version, and no place for it."""
    before = connection.exec_driver_sql("SELECT site, template, version_id FROM live").all()
    # Made anew under a free name, so that its constraints have the same names as in a new database.
    connection.exec_driver_sql("DROP TABLE live")
    live.create(connection)
    if before:
        connection.execute(live.insert(), [{**row._mapping, "place": 0} for row in before])


def _crawls(connection: Connection) -> None:
    _add_column(connection, pages.c.crawl)
    crawls.create(connection, checkfirst=True)


def _add_column(connection: Connection, column: Column[Any]) -> None:
    kind = column.type.compile(connection.dialect)
    connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {column.name} {kind}")
