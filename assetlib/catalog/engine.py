"""Connecting: the rules each database needs so that both behave alike.

SQLite: write-ahead log, full sync, foreign keys and recursive triggers on every connection; a writer takes the
write lock when it begins, never later, because a transaction that reads first and locks afterwards can be
overtaken. PostgreSQL: writers lock the head row of the log; readers see one snapshot.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError, StatementError

from assetlib.catalog.refusals import CatalogBusy, CatalogRefused, CatalogUnavailable, Conflict, DiskFull

_BUSY_SECONDS = 10
_ROOM = 1 << 20  # bytes; the index of SQLite's log alone asks for 32 KiB
_WRITES = "assetlib_writes"
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={_BUSY_SECONDS * 1000}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA recursive_triggers=ON",  # else INSERT OR REPLACE slips past the delete guard
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cache_size=-65536",  # at most 64 MiB: lineage walks all over the file
)


def parse_url(text: str) -> URL:
    """``sqlite:///library.db``, a bare path, or ``postgresql://…``; raises CatalogRefused for anything else."""
    try:
        url = make_url(text if "://" in text else f"sqlite:///{text}")
    except ArgumentError:
        raise CatalogRefused(f"expected a database URL or a file path, found {text!r}") from None
    family = url.drivername.partition("+")[0]
    if family in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if family == "sqlite" and url.database and url.database != ":memory:":
        return url
    raise CatalogRefused(f"expected a SQLite file or a PostgreSQL database, found {url.drivername!r}")


def sqlite_file(url: URL) -> Path | None:
    return Path(url.database) if url.drivername == "sqlite" and url.database else None


def open_engine(url: URL) -> Engine:
    if url.drivername != "sqlite":
        try:
            return create_engine(url, pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise CatalogRefused(f"PostgreSQL needs {error.name}: pip install 'assetlib[postgres]'") from error
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not at the first INSERT
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that may write; committed when the block ends without an exception."""
    with (
        translated(engine.url),
        engine.connect().execution_options(**{_WRITES: True}) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One snapshot of everything, that writes nothing."""
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with (
        translated(engine.url),
        engine.connect().execution_options(**options) as connection,
        connection.begin() as snapshot,
    ):
        yield connection
        snapshot.rollback()


@contextmanager
def translated(url: URL | None = None) -> Iterator[None]:
    """Turn what the driver raises into what the catalog promises to raise; `url` tells which disk may be full."""
    try:
        yield
    except IntegrityError as error:
        raise Conflict(f"the catalog refused rows that contradict it: {error.orig}") from error
    except OperationalError as error:
        if "locked" in str(error.orig) or "lock timeout" in str(error.orig):
            raise CatalogBusy(f"another process held the database for {_BUSY_SECONDS} s; try again") from error
        if _disk_is_full(error.orig, url):
            raise DiskFull("the disk with the database is full; free some space and try again") from error
        raise CatalogUnavailable(f"the database did not do its part: {error.orig}") from error
    except DBAPIError as error:
        raise CatalogUnavailable(f"the database did not do its part: {error.orig}") from error
    except StatementError as error:
        raise Conflict(f"the catalog cannot hold this value: {error.orig}") from error


def _disk_is_full(error: object, url: URL | None) -> bool:
    """Both databases say so, but SQLite's log and its index fail with a bare I/O error on a disk without room."""
    if any(words in str(error) for words in ("disk is full", "No space left on device")):
        return True
    file = None if url is None else sqlite_file(url)
    failed = str(getattr(error, "sqlite_errorname", "")).startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN"))
    if file is None or not failed:
        return False
    try:
        found = os.statvfs(file.absolute().parent)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < _ROOM
