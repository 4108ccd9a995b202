"""Triggers that refuse to change or delete what was recorded.

A guard rail against mistakes, not evidence: an administrator can drop a trigger. Evidence is the log.
`INSERT OR REPLACE` deletes without firing delete triggers unless `recursive_triggers` is on, so on SQLite a
third trigger refuses to insert over an existing key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

FUNCTION = """
CREATE OR REPLACE FUNCTION assetlib_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def guards(dialect: str, table: str, key: Sequence[str], fixed: Sequence[str]) -> Iterator[str]:
    """The statements that guard `table`; columns not in `fixed` (personal ones) may still be redacted."""
    columns = ", ".join(f'"{name}"' for name in fixed)
    if dialect == "postgresql":
        act = "EXECUTE FUNCTION assetlib_append_only()"
        yield f'CREATE TRIGGER {table}_fixed BEFORE UPDATE OF {columns} OR DELETE ON "{table}" FOR EACH ROW {act}'
        yield f'CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT {act}'
        return
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    same = " AND ".join(f'"{name}" = NEW."{name}"' for name in key)
    yield f'CREATE TRIGGER {table}_fixed BEFORE UPDATE OF {columns} ON "{table}" {refuse}'
    yield f'CREATE TRIGGER {table}_kept BEFORE DELETE ON "{table}" {refuse}'
    taken = f'SELECT 1 FROM "{table}" WHERE {same}'  # noqa: S608 - names of our own tables
    yield f'CREATE TRIGGER {table}_once BEFORE INSERT ON "{table}" WHEN EXISTS ({taken}) {refuse}'
