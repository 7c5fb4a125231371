"""The tables of the store, and how a database is opened, created and brought up to date."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.types import TypeDecorator

from learner.errors import StateError, StateTooNew, StateUnwritable

NUMBER = 3
BUSY_SECONDS = 30.0
# Any number will do, as long as all processes of all releases use the same.
_WRITER_LOCK = 0x65766572

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

# The pointer: its primary key is why a template never has two live versions.
live = Table(
    "live",
    metadata,
    Column("site", String, primary_key=True),
    Column("template", String, primary_key=True),
    Column("version_id", Integer, ForeignKey("versions.id"), nullable=False),
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

# One step per schema number that is left behind: migrations[1] turns a database of number 1 into number 2.
MIGRATIONS: dict[int, Callable[[Connection], None]] = {
    1: lambda connection: _add_column(connection, examples.c.places),
    2: lambda connection: shapes.create(connection, checkfirst=True),
}


def connect(target: Path | str, *, frozen: bool = False) -> Engine:
    """An engine whose transactions marked ``writes`` have the database to themselves from their first statement.

    ``target`` is the file of an SQLite database or an SQLAlchemy URL; a ``frozen`` file is only read, without a lock.
    """
    if isinstance(target, Path):
        url = make_url("sqlite://").set(database=str(target))
        if frozen:
            url = url.set(database=f"{target.absolute().as_uri()}?immutable=1", query={"uri": "true"})
    else:
        try:
            url = make_url(target)
        except ArgumentError as error:
            raise StateError(f"Not a database URL: {target!r}.", hint="write it as postgresql+psycopg://...") from error
    arguments: dict[str, Any] = {"timeout": BUSY_SECONDS} if url.get_backend_name() == "sqlite" else {}
    try:
        engine = create_engine(url, connect_args=arguments)
    except (NoSuchModuleError, ImportError) as error:
        raise StateError(
            f"No driver for {url.drivername} databases is installed ({error}).",
            hint="pip install 'evergreen-crawler[postgresql]'",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    elif engine.dialect.name == "postgresql":
        event.listen(engine, "begin", _begin_postgresql)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions on its own: it would open deferred ones.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    # In WAL a crash of the process loses nothing at NORMAL; a power cut may lose the last commits, never the order.
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgresql(connection: Connection) -> None:
    # The same promise as BEGIN IMMEDIATE: what a writing transaction has read is true until it commits.
    if connection.get_execution_options().get("writes", False):
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _WRITER_LOCK})


def create_file(path: Path) -> None:
    """Put an empty, complete database at ``path`` in one step, unless one is there already."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.new")
    try:
        connection = sqlite3.connect(draft)
        try:
            # Set here, where nobody else looks: switching a shared file to WAL fails when two do it at once.
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        engine = connect(draft)
        try:
            bring_up_to_date(engine, str(draft))
        finally:
            engine.dispose()
        _publish(draft, path)
    finally:
        for leftover in (draft, Path(f"{draft}-wal"), Path(f"{draft}-shm")):
            leftover.unlink(missing_ok=True)


def _publish(draft: Path, path: Path) -> None:
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        if not path.exists():
            os.replace(draft, path)


def bring_up_to_date(engine: Engine, where: str) -> None:
    """Create the tables in an empty database, migrate an older one.

    Raises StateTooNew for a newer one, StateError for what isn't a database of ours or can't be written.
    """
    try:
        with engine.connect() as connection:
            if _number(connection, where) == NUMBER:
                return
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            number = _number(connection, where)
            if number is None:
                metadata.create_all(connection)
                connection.execute(schema_number.insert().values(number=NUMBER))
                return
            for older in range(number, NUMBER):
                MIGRATIONS[older](connection)
            if number < NUMBER:
                connection.execute(schema_number.update().values(number=NUMBER))
    except SQLAlchemyError as error:
        raise broken(error, where) from error


def _add_column(connection: Connection, column: Column[Any]) -> None:
    kind = column.type.compile(connection.dialect)
    connection.exec_driver_sql(f"ALTER TABLE {column.table.name} ADD COLUMN {column.name} {kind}")


def _number(connection: Connection, where: str) -> int | None:
    """The schema number found, None for an empty database."""
    names = set(inspect(connection).get_table_names())
    if schema_number.name not in names:
        foreign = names & set(metadata.tables)
        if foreign or (names and connection.dialect.name == "sqlite"):
            raise StateError(
                f"{where} is the database of another program (tables: {', '.join(sorted(names)[:5])}).",
                kept="nothing in it was changed",
                hint="choose another folder: set EVERGREEN_STATE",
            )
        return None
    number = connection.execute(select(schema_number.c.number)).scalar()
    if number is None:
        raise StateError(
            f"{where} has lost its schema number.",
            kept="the archive and the versions beside it",
            hint="put a copy of the database back, or choose another folder: set EVERGREEN_STATE",
        )
    if number > NUMBER:
        raise StateTooNew(
            f"{where} was written by a newer release (schema {number}; this one knows up to {NUMBER}).",
            kept="nothing in it was changed",
            hint="pip install --upgrade evergreen-crawler",
        )
    return int(number)


_UNWRITABLE = ("readonly", "disk is full", "disk I/O error", "unable to open", "No space left")


def broken(error: SQLAlchemyError, where: str) -> StateError:
    """A database error as an error for people."""
    cause = str(getattr(error, "orig", None) or error).splitlines()[0]
    if "not a database" in cause or "malformed" in cause:
        return StateError(
            f"{where} is not a readable database: {cause}.",
            kept="the archive and the versions beside it",
            hint=f"move it away (mv '{where}' '{where}.broken') or put a copy back, then run again",
        )
    kind = StateUnwritable if any(word in cause for word in _UNWRITABLE) else StateError
    return kind(
        f"The database {where} can't be used: {cause}.",
        kept="everything committed before",
        hint="check that it is reachable and writable and that the disk has space, then run again",
    )
