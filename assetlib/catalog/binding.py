"""How a ledger entry binds the rows that were written with it.

The entry carries, per table, one digest over all rows of that entry. Absent values are left out, so a column that
a later schema adds does not change what was said before; personal columns are left out, so they can be redacted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table, select

from assetlib.catalog.columns import to_microseconds
from provenance.digest import Digest, canonical_json, digest_bytes


def bind(connection: Connection, index: int, tables: Iterable[Table]) -> dict[str, Digest]:
    """Digest of the rows that entry `index` has in each of `tables`, read back as the database holds them."""
    return {
        table.name: digest_bytes(canonical_json([_plain_row(row, _names(table)) for row in rows]))
        for table in tables
        if (rows := connection.execute(_bound(table).where(table.c.ledger_index == index)).all())
    }


def bound_rows(connection: Connection, table: Table) -> Iterator[tuple[int, Digest]]:
    """For every ledger index that has rows in `table`, their digest."""
    names = _names(table)
    at = names.index("ledger_index")
    rows = connection.execution_options(yield_per=2000).execute(_bound(table))
    for index, group in groupby(rows, key=itemgetter(at)):
        yield index, digest_bytes(canonical_json([_plain_row(row, names) for row in group]))


def _names(table: Table) -> list[str]:
    return [column.name for column in table.columns if not column.info.get("personal")]


def _bound(table: Table) -> Any:
    order = [table.c.ledger_index, *table.primary_key.columns]
    return select(*(table.c[name] for name in _names(table))).order_by(*order)


def _plain_row(row: Any, names: list[str]) -> dict[str, str]:
    return {name: _plain(value) for name, value in zip(names, row, strict=True) if value is not None}


def _plain(value: int | str | bytes | datetime) -> str:
    """One spelling per value and type: JSON numbers end at 2**53, a seed does not."""
    match value:
        case datetime():
            return f"i{to_microseconds(value)}"
        case int():
            return f"i{value}"
        case str():
            return f"t{value}"
        case _:
            return f"b{bytes(value).hex()}"
