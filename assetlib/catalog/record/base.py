"""The part of every ledgered transaction: its index, its time, and which tables it touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from assetlib.catalog import tables
from assetlib.catalog.operations import Operations
from assetlib.catalog.refusals import Conflict, NotFound
from provenance.digest import Digest, digest_bytes


class LedgeredWrites(Operations):
    """Rows written here belong to ledger entry `index` and are dated by the ledger, whatever their caller says."""

    def __init__(self, connection: Connection, index: int, at: datetime) -> None:
        super().__init__(connection, at)
        self.index = index
        self.at = at
        self.touched: dict[str, Table] = {}
        self.rights_moved = False
        self._step = 0

    def _add(self, table: Table, **values: Any) -> None:
        self._add_all(table, [values])

    def _add_all(self, table: Table, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows that are one statement: they share a step."""
        moment = {"ledger_index": self.index, "step": self._step, "recorded_at": self.at}
        if batch := [{**row, **moment} for row in rows]:
            self._connection.execute(insert(table), batch)
            self.touched[table.name] = table

    def _next_step(self) -> None:
        self._step += 1

    def _move_rights(self) -> None:
        """A decision made before this commit may no longer hold."""
        self.rights_moved = True

    def _require(self, table: Table, sentence: str, **key: Any) -> Any:
        """The row of `key`; raises NotFound."""
        where = [table.c[name] == value for name, value in key.items()]
        row = self._connection.execute(select(table).where(*where).limit(1)).first()
        if row is None:
            raise NotFound(sentence)
        return row

    def close(self) -> None:
        """Last write of the transaction: tell readers that rights moved."""
        if self.rights_moved:
            head = tables.log_head
            self._connection.execute(update(head).values(rights_revision=head.c.rights_revision + 1))


def require_digest(body: bytes, digest: Digest, what: str) -> None:
    if digest_bytes(body) != digest:
        raise Conflict(f"{what}: expected the digest of its body, {digest_bytes(body)}, found {digest}")
