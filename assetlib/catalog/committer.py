"""The one way to write: rows, ledger entry, tree nodes and signed checkpoint in a single transaction.

    committed = committer.commit(
        "asset.registered",
        {"entity": version.entity, "digest": version.digest},
        lambda writer, index: writer.add_version(version),
    )

`commit` returns only after the database acknowledged the COMMIT; until then nothing happened, and afterwards
everything did. Entries hold digests and ids, never names of people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, insert, select, update

from assetlib.catalog import tables
from assetlib.catalog.binding import bind
from assetlib.catalog.catalog import Catalog
from assetlib.catalog.ledger_store import SqlNodes
from assetlib.catalog.record.writer import Writer
from assetlib.catalog.refusals import CatalogUnavailable, ClockRefused, Conflict, RevisionMoved
from provenance import ledger
from provenance.decision import instant
from provenance.digest import canonical_json

T = TypeVar("T")

MAX_ENTRY = 64 * 1024 - 1
"""Entry bundles of tlog-tiles carry 16-bit lengths; large bodies belong into blobs."""

_RESERVED = frozenset({"schema", "kind", "index", "at", "rows"})
_NOTEWORTHY = timedelta(minutes=5)
_UNBELIEVABLE = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed(Generic[T]):
    """What was acknowledged: the entry's place and hash, the signed note over the log, and what `write` returned."""

    index: int
    at: datetime
    leaf_hash: bytes
    checkpoint: str
    value: T


class Committer:
    """Writes for one library with the log's own key. Safe to share between threads; processes each make one."""

    def __init__(
        self,
        catalog: Catalog,
        log_key: Ed25519PrivateKey,
        origin: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._catalog = catalog
        self._key = log_key
        self._clock = clock
        self.origin = origin

    @property
    def public_key(self) -> Ed25519PublicKey:
        return self._key.public_key()

    def commit(
        self,
        kind: str,
        body: Mapping[str, Any],
        write: Callable[[Writer, int], T],
        *,
        expected_revision: int | None = None,
    ) -> Committed[T]:
        """Record one thing. `write` gets the entry's index, so a decision knows its id.

        Raises RevisionMoved when rights are no longer at `expected_revision`, ClockRefused, and whatever
        `write` raises; then nothing was kept.
        """
        if clash := _RESERVED & body.keys():
            raise Conflict(f"the committer itself writes {', '.join(sorted(clash))} into an entry")
        with self._catalog.transaction() as connection:
            head = _lock_head(connection)
            _require_revision(head.rights_revision, expected_revision)
            now = self._clock()
            writer = Writer(connection, head.size, _ledger_time(now, head.at))
            if head.at - now > _NOTEWORTHY:
                writer.emit("ledger.clock_backward", self._clock_event(head.size, now, head.at))
            value = write(writer, head.size)
            writer.close()
            leaf, note = self._append(connection, kind, body, writer)
        return Committed(index=writer.index, at=writer.at, leaf_hash=leaf, checkpoint=note, value=value)

    def _append(self, connection: Connection, kind: str, body: Mapping[str, Any], writer: Writer) -> tuple[bytes, str]:
        index, at = writer.index, writer.at
        bound = bind(connection, index, writer.touched.values())
        fixed = {"schema": 1, "kind": kind, "index": index, "at": instant(at), "rows": bound}
        entry = canonical_json({**body, **fixed})
        if len(entry) > MAX_ENTRY:
            raise Conflict(f"an entry holds at most {MAX_ENTRY} bytes, found {len(entry)}; put large bodies into blobs")
        leaf = ledger.leaf_hash(entry)
        connection.execute(insert(tables.leaf).values(seq=index, entry=entry, leaf_hash=leaf, kind=kind, at=at))
        nodes = SqlNodes(connection)
        ledger.append(nodes, index, leaf)
        note = self._sign(nodes, index + 1)
        connection.execute(insert(tables.checkpoint).values(size=index + 1, note=note))
        head = update(tables.log_head).where(tables.log_head.c.size == index).values(size=index + 1, at=at)
        if connection.execute(head).rowcount != 1:
            raise Conflict(f"the log's head is no longer at {index}; another process wrote without the lock")
        return leaf, note

    def _sign(self, nodes: SqlNodes, size: int) -> str:
        root = ledger.root(nodes, size)
        return ledger.sign_checkpoint(ledger.Checkpoint(origin=self.origin, size=size, root=root), self._key)

    def _clock_event(self, index: int, now: datetime, last: datetime) -> bytes:
        return canonical_json(
            {
                "specversion": "1.0",
                "type": "ledger.clock_backward",
                "source": self.origin,
                "id": f"ledger.clock_backward/{index}",
                "time": instant(last),
                "data": {"clock": instant(now), "ledger": instant(last)},
            }
        )


def _lock_head(connection: Connection) -> Any:
    """The head row, held until the transaction ends: on PostgreSQL it is what serializes writers."""
    head = connection.execute(select(tables.log_head).with_for_update()).first()
    if head is None:
        raise CatalogUnavailable("the log has no head row; run 'assetlib fsck'")
    return head


def _require_revision(found: int, expected: int | None) -> None:
    if expected is not None and found != expected:
        raise RevisionMoved(f"rights are at revision {found}, the decision was made at {expected}; ask again")


def _ledger_time(now: datetime, last: datetime) -> datetime:
    """Never before the last entry. A clock a day behind is refused: nothing could be dated by it."""
    if last - now > _UNBELIEVABLE:
        raise ClockRefused(
            f"the clock says {instant(now)}, the ledger already says {instant(last)}; set the clock and try again"
        )
    return max(now.astimezone(UTC), last)
