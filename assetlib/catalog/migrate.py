"""Bringing a database to the present schema, in one transaction: wholly done, or not at all.

Opening a library of the present schema reads one row and never loads Alembic.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from assetlib.catalog.engine import reading, writing
from assetlib.catalog.refusals import SchemaTooNew

REVISIONS = ("0001", "0002")
"""Every schema this version can read, oldest first; the last is the present one."""

_LOCK = 0x61737365  # PostgreSQL advisory lock: one migration at a time


def schema_of(connection: Connection) -> str | None:
    """The revision the database is at, None when it holds no library."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def bring_up_to_date(engine: Engine) -> None:
    """Run the migrations that are missing; raises SchemaTooNew for a schema from the future."""
    with reading(engine) as connection:
        found = schema_of(connection)
    if found == REVISIONS[-1]:
        return
    if found is not None and found not in REVISIONS:
        raise SchemaTooNew(
            f"this library has schema {found}, newer than this assetlib's {REVISIONS[-1]}; update assetlib"
        )
    with writing(engine) as connection:
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
