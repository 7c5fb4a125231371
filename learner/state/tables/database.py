"""A database: how it is opened, created and brought up to date, and its transactions."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, inspect, select, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from learner.errors import StateError, StateTooNew, StateUnwritable, UnknownName
from learner.state.tables.schema import MIGRATIONS, NUMBER, metadata, schema_number

T = TypeVar("T")
BUSY_SECONDS = 30.0
# Any number will do, as long as all processes of all releases use the same.
_WRITER_LOCK = 0x65766572


class Database:
    """Reading and writing transactions. ``where`` is its name for people; a ``frozen`` file is only read."""

    def __init__(self, target: Path | str, where: str, *, frozen: bool = False) -> None:
        self.where = where
        self.engine = connect(target, frozen=frozen)
        self._writer = self.engine.execution_options(writes=True)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that has the database to itself. Raises UnknownName for a reference to a row that is not
        there, StateError where the database can't be used."""
        try:
            with self._writer.begin() as connection:
                yield connection
        except IntegrityError as error:
            raise UnknownName(f"Not in {self.where}: a page or version that was referred to ({error.orig}).") from error
        except SQLAlchemyError as error:
            raise broken(error, self.where) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment of the database. Raises StateError where it can't be used."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise broken(error, self.where) from error

    def insert(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """All rows or none."""
        if rows:
            with self.writing() as connection:
                connection.execute(insert(table), rows)

    def put(self, table: Table, key: dict[str, Any], values: dict[str, Any]) -> None:
        """The one row with this key, new or changed."""
        with self.writing() as connection:
            where = [table.c[name] == value for name, value in key.items()]
            if connection.execute(update(table).where(*where).values(**values)).rowcount == 0:
                connection.execute(insert(table).values(**key, **values))


def now() -> datetime:
    return datetime.now(UTC)


def chunks(keys: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """The keys in parts that a statement has room for."""
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


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


def create_file(path: Path, *, lost: bool = False) -> None:
    """Put an empty, complete database at ``path`` in one step, unless one is there already. Raises StateError if one
    should be there (``lost``)."""
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
            bring_up_to_date(engine, str(path), lost=lost)
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


def bring_up_to_date(engine: Engine, where: str, *, lost: bool = False) -> None:
    """Create the tables in an empty database, migrate an older one.

    Raises StateTooNew for a newer one, StateError for what isn't a database of ours or can't be written, and for an
    empty one where one with content should be (``lost``).
    """
    try:
        with engine.connect() as connection:
            if _number(connection, where) == NUMBER:
                return
        with engine.connect().execution_options(writes=True) as connection, connection.begin():
            number = _number(connection, where)
            if number is None and lost:
                raise StateError(
                    f"{where} is gone or empty, though its archive and versions are there.",
                    kept="the archive and the versions",
                    hint="put a copy of the database back (or set EVERGREEN_DATABASE as it was), or begin anew with "
                    "another folder: set EVERGREEN_STATE",
                )
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


_UNWRITABLE = ("readonly", "disk is full", "disk I/O error", "unable to open", "No space left", "connect")


def broken(error: SQLAlchemyError, where: str) -> StateError:
    """A database error as an error for people."""
    cause = str(getattr(error, "orig", None) or error).splitlines()[0]
    if "not a database" in cause or "malformed" in cause:
        return StateError(
            f"{where} is not a readable database: {cause}.",
            kept="the archive and the versions beside it",
            hint="put a copy of it back, or begin anew with another folder: set EVERGREEN_STATE",
        )
    kind = StateUnwritable if any(word in cause for word in _UNWRITABLE) else StateError
    return kind(
        f"The database {where} can't be used: {cause}.",
        kept="everything committed before",
        hint="check that it is reachable and writable and that the disk has space, then run again",
    )
