"""A library's catalog, opened: where transactions begin.

>>> import tempfile
>>> catalog = Catalog.create(f"sqlite:///{tempfile.mkdtemp()}/library.db")
>>> with catalog.reader() as queries:
...     queries.rights_revision()
0
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine

from assetlib.catalog.engine import open_engine, parse_url, reading, sqlite_file, translated, writing
from assetlib.catalog.integrity import BlobReference, StructuralDamage, blob_references, structural_damage
from assetlib.catalog.ledger_store import Ledger
from assetlib.catalog.migrate import bring_up_to_date, schema_of
from assetlib.catalog.operations import Operations
from assetlib.catalog.queries import Queries
from assetlib.catalog.refusals import CatalogRefused, Conflict, NotFound


class Catalog:
    """One database. Safe to share between threads; a child process opens its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        # SQLite's busy handler is unfair: inside one process, writers queue here instead
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()

    @classmethod
    def create(cls, url: str) -> Catalog:
        """A new, empty catalog; raises Conflict when there is one already."""
        parsed = parse_url(url)
        if (file := sqlite_file(parsed)) is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
        engine = open_engine(parsed)
        with reading(engine) as connection:
            if schema_of(connection) is not None:
                raise Conflict(f"there is a library already at {parsed.render_as_string()}; open it instead")
        bring_up_to_date(engine)
        return cls(engine)

    @classmethod
    def open(cls, url: str) -> Catalog:
        """An existing catalog, migrated to the present schema. Raises NotFound or SchemaTooNew."""
        parsed = parse_url(url)
        file = sqlite_file(parsed)
        absent = f"no catalog at {parsed.render_as_string()}; restore it from a backup, or correct catalog.url"
        if file is not None and not file.is_file():
            raise NotFound(absent)
        engine = open_engine(parsed)
        with reading(engine) as connection:
            if schema_of(connection) is None:
                raise NotFound(absent)
        bring_up_to_date(engine)
        return cls(engine)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def reader(self) -> Iterator[Queries]:
        """Everything as of one moment."""
        with reading(self._engine) as connection:
            yield Queries(connection)

    @contextmanager
    def operations(self, now: datetime) -> Iterator[Operations]:
        """One transaction over the working tables (jobs, permits, outbox, fingerprints, caps); no ledger entry."""
        with self.transaction() as connection:
            yield Operations(connection, now)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """The write transaction itself; only `Committer` and this room use it."""
        with self._turn, writing(self._engine) as connection:
            yield connection

    def ledger(self) -> Ledger:
        return Ledger(lambda: reading(self._engine))

    def blob_references(self) -> tuple[BlobReference, ...]:
        """Every blob that a row needs, once per place that needs it."""
        with reading(self._engine) as connection:
            return tuple(blob_references(connection))

    def structural_damage(self) -> tuple[StructuralDamage, ...]:
        """What the database engine, and the rows' own digests, say is broken."""
        with reading(self._engine) as connection:
            return tuple(structural_damage(connection))

    def copy_to(self, file: Path) -> None:
        """A consistent copy in a new SQLite file, while others go on. Raises CatalogRefused on PostgreSQL."""
        if self._engine.dialect.name != "sqlite":
            raise CatalogRefused("a PostgreSQL catalog is not copied; try this on a restored backup of the library")
        with reading(self._engine) as connection, closing(sqlite3.connect(file)) as copy:
            connection.connection.driver_connection.backup(copy)  # type: ignore[union-attr]

    def engine_version(self) -> str:
        """The database engine and its version, for `doctor`."""
        with translated(), self._engine.connect() as connection:
            version = connection.dialect.server_version_info
            if connection.dialect.name == "sqlite":
                return f"SQLite {connection.exec_driver_sql('SELECT sqlite_version()').scalar()}"
            return f"PostgreSQL {'.'.join(map(str, version or ()))}"
