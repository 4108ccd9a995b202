"""The ledger in the database: the tree's nodes, and everything that can be asked of the log.

Level 0 of the tree is the leaf table itself; `node` holds the complete subtrees above it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, func, insert, select

from assetlib.catalog import tables
from assetlib.catalog.ledger_audit import LedgerReport, audit
from assetlib.catalog.refusals import CatalogRefused, NotFound
from provenance import ledger


class SqlNodes:
    """The `provenance.ledger.NodeStore` of one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def node(self, level: int, index: int) -> bytes:
        if level:
            where = (tables.node.c.level == level, tables.node.c.idx == index)
            found = self._connection.execute(select(tables.node.c.hash).where(*where)).scalar()
        else:
            found = self._connection.execute(select(tables.leaf.c.leaf_hash).where(tables.leaf.c.seq == index)).scalar()
        if found is None:
            raise ledger.LedgerRefused(f"the log has no node {index} at level {level}; run 'assetlib ledger verify'")
        return bytes(found)

    def put(self, level: int, index: int, node: bytes) -> None:
        if level:  # a leaf's hash was written with its entry
            self._connection.execute(insert(tables.node).values(level=level, idx=index, hash=node))


class Ledger:
    """The log as anyone may read it. Each method sees one snapshot."""

    def __init__(self, reading: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._reading = reading

    def size(self) -> int:
        with self._reading() as connection:
            return _size(connection)

    def last_time(self) -> datetime:
        """When the last entry was made; the beginning of time while there is none."""
        newest = select(tables.leaf.c.at).order_by(tables.leaf.c.seq.desc()).limit(1)
        with self._reading() as connection:
            found: datetime | None = connection.execute(newest).scalar()
        return datetime.min.replace(tzinfo=UTC) if found is None else found

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` entries, by default over all."""
        with self._reading() as connection:
            return ledger.root(SqlNodes(connection), _up_to(connection, size))

    def checkpoint(self) -> str | None:
        """The signed note over the whole log, None while it is empty."""
        with self._reading() as connection:
            return _checkpoint(connection, _size(connection))

    def entry(self, index: int) -> bytes:
        """The canonical bytes of one entry, exactly as hashed; raises NotFound."""
        with self._reading() as connection:
            found = connection.execute(select(tables.leaf.c.entry).where(tables.leaf.c.seq == index)).scalar()
        if found is None:
            raise NotFound(f"the ledger has no entry {index}")
        return bytes(found)

    def entries(self, start: int = 0, stop: int | None = None, kind: str | None = None) -> Iterator[dict[str, Any]]:
        """Parsed entries in order, optionally of one kind."""
        query = select(tables.leaf.c.entry).where(tables.leaf.c.seq >= start).order_by(tables.leaf.c.seq)
        if stop is not None:
            query = query.where(tables.leaf.c.seq < stop)
        if kind is not None:
            query = query.where(tables.leaf.c.kind == kind)
        with self._reading() as connection:
            for entry in connection.execution_options(yield_per=1000).execute(query).scalars():
                yield json.loads(entry)

    def inclusion_proof(self, index: int, size: int | None = None) -> tuple[bytes, ...]:
        with self._reading() as connection:
            return ledger.inclusion_proof(SqlNodes(connection), index, _up_to(connection, size))

    def consistency_proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        with self._reading() as connection:
            return ledger.consistency_proof(SqlNodes(connection), old, _up_to(connection, new))

    def receipt(self, index: int, extra: bytes | None = None) -> str:
        """The ``.tlog-proof`` text of one entry against the present checkpoint."""
        with self._reading() as connection:
            size = _size(connection)
            if not 0 <= index < size:
                raise NotFound(f"the ledger has the entries 0 to {size - 1}, and none {index}")
            proof = ledger.inclusion_proof(SqlNodes(connection), index, size)
            note = _checkpoint(connection, size)
        if note is None:
            raise CatalogRefused(f"the log has no checkpoint of size {size}; run 'assetlib ledger verify'")
        return ledger.Receipt(index=index, proof=proof, checkpoint=note, extra=extra).text()

    def verify_all(self, origin: str, public_key: Ed25519PublicKey) -> LedgerReport:
        """Rebuild the log from its entries and compare everything with it; findings, never an exception."""
        with self._reading() as connection:
            return audit(connection, origin, public_key)


def _size(connection: Connection) -> int:
    # from the entries, not from log_head: the head row is a lock, the entries are the log
    last = connection.execute(select(func.max(tables.leaf.c.seq))).scalar()
    return 0 if last is None else last + 1


def _up_to(connection: Connection, size: int | None) -> int:
    whole = _size(connection)
    if size is not None and not 0 <= size <= whole:
        raise NotFound(f"expected a log size from 0 to {whole}, found {size}")
    return whole if size is None else size


def _checkpoint(connection: Connection, size: int) -> str | None:
    query = select(tables.checkpoint.c.note).where(tables.checkpoint.c.size == size)
    note: str | None = connection.execute(query).scalar()
    return note
