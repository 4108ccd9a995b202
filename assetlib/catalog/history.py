"""Tables with a history: every row is what was said at one moment, the present is the last row of each key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, func, select

from assetlib.catalog.columns import Utc


def said(table: Table, key: Sequence[str], *where: Any, as_known: datetime | None = None) -> Select[Any]:
    """Every row of `table` known at `as_known` (default: now) with `place`, 1 for the latest of its key, and
    `superseded_at`, the time of the next row of its key."""
    columns = [table.c[name] for name in key]
    order = (table.c.ledger_index, table.c.step)
    place = func.row_number().over(partition_by=columns, order_by=[c.desc() for c in order]).label("place")
    end = func.lead(table.c.recorded_at, type_=Utc).over(partition_by=columns, order_by=order).label("superseded_at")
    query = select(table, place, end).where(*where)
    return query if as_known is None else query.where(table.c.recorded_at <= as_known)


def current(table: Table, key: Sequence[str], *where: Any, as_known: datetime | None = None) -> Any:
    """The latest row of each key, as a subquery to select from or join."""
    ranked = said(table, key, *where, as_known=as_known).subquery()
    return select(ranked).where(ranked.c.place == 1).subquery(f"current_{table.name}")
