"""Rebuilding the log from its entries, and comparing everything that claims to follow from it.

One pass, in constant memory apart from one digest per entry and table: entries → leaf hashes → every stored node →
every checkpoint's root → the last checkpoint's signature → the rows that each entry binds.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, func, select

from assetlib.catalog import tables
from assetlib.catalog.binding import bound_rows
from provenance import ledger
from provenance.decision import parse_instant
from provenance.digest import canonical_json

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFinding:
    """One thing that does not follow from the log: a code, where, and a sentence."""

    code: str
    where: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerReport:
    """What the rebuild gave. `verdict` is ``pass`` only when nothing was found."""

    size: int
    root: bytes
    findings: tuple[LedgerFinding, ...]

    @property
    def verdict(self) -> str:
        return "fail" if self.findings else "pass"


@dataclass(slots=True)
class _Rebuild:
    """The state of one pass: the open right edge of the tree, one hash per set bit of the size."""

    connection: Connection
    size: int = 0
    edge: list[bytes] = field(default_factory=list)
    time: str = ""
    findings: list[LedgerFinding] = field(default_factory=list)
    bound: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    pages: dict[int, deque[tuple[int, bytes]]] = field(default_factory=dict)

    def find(self, code: str, where: str, sentence: str) -> None:
        self.findings.append(LedgerFinding(code=code, where=where, sentence=sentence))


def audit(connection: Connection, origin: str, public_key: Ed25519PublicKey) -> LedgerReport:
    rebuild = _Rebuild(connection=connection)
    notes = _Notes(connection)
    for row in _pages_of_leaves(connection):
        if row.seq != rebuild.size:
            rebuild.find("entry-missing", f"entry {rebuild.size}", f"entry {rebuild.size} is missing before {row.seq}")
            break
        _check_entry(rebuild, row)
        _grow(rebuild, ledger.leaf_hash(bytes(row.entry)))
        _check_note(rebuild, notes)
    root = _fold(rebuild.edge)
    _check_edges(rebuild, notes, root, origin, public_key)
    _check_rows(rebuild)
    return LedgerReport(size=rebuild.size, root=root, findings=tuple(rebuild.findings))


def _pages_of_leaves(connection: Connection) -> Iterator[Any]:
    start = -1
    while rows := connection.execute(
        select(tables.leaf).where(tables.leaf.c.seq > start).order_by(tables.leaf.c.seq).limit(_PAGE)
    ).all():
        yield from rows
        start = rows[-1].seq


def _check_entry(rebuild: _Rebuild, row: Any) -> None:
    where, entry = f"entry {row.seq}", bytes(row.entry)
    if ledger.leaf_hash(entry) != bytes(row.leaf_hash):
        rebuild.find("leaf-hash", where, f"the bytes of entry {row.seq} do not have the hash recorded for them")
    try:
        document = json.loads(entry)
        said = (document["index"], document["kind"], parse_instant(document["at"]))
        bound = dict(document["rows"].items())
        canonical = canonical_json(document) == entry
    except (ValueError, KeyError, TypeError, AttributeError):
        rebuild.find("entry-unreadable", where, f"entry {row.seq} is not an entry of this log")
        return
    if said != (row.seq, row.kind, row.at) or not canonical:
        rebuild.find("entry-columns", where, f"entry {row.seq} says {said}, its row says something else")
    if document["at"] < rebuild.time:
        rebuild.find("time-backward", where, f"entry {row.seq} is dated {document['at']}, before its predecessor")
    rebuild.time = max(rebuild.time, document["at"])
    for table, digest in bound.items():
        rebuild.bound[table][row.seq] = digest


def _grow(rebuild: _Rebuild, node: bytes) -> None:
    level, index = 0, rebuild.size
    while index % 2:
        node = ledger.node_hash(rebuild.edge.pop(), node)
        level, index = level + 1, index // 2
        if _stored(rebuild, level, index) != node:
            rebuild.find("node", f"node {level}/{index}", f"node {index} at level {level} does not follow from entries")
    rebuild.edge.append(node)
    rebuild.size += 1


def _stored(rebuild: _Rebuild, level: int, index: int) -> bytes | None:
    """The stored node, read a page at a time: nodes of one level are completed in order."""
    page = rebuild.pages.setdefault(level, deque())
    while page and page[0][0] < index:
        page.popleft()
    if not page:
        nodes = tables.node.c
        query = select(nodes.idx, nodes.hash).where(nodes.level == level, nodes.idx >= index)
        rows = rebuild.connection.execute(query.order_by(nodes.idx).limit(_PAGE))
        page.extend((row.idx, bytes(row.hash)) for row in rows)
    return page[0][1] if page and page[0][0] == index else None


def _fold(edge: list[bytes]) -> bytes:
    if not edge:
        return ledger.EMPTY_ROOT
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = ledger.node_hash(left, root)
    return root


class _Notes:
    """The stored checkpoints, in order of size."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._page: deque[tuple[int, str]] = deque()

    def of(self, size: int) -> str | None:
        while self._page and self._page[0][0] < size:
            self._page.popleft()
        if not self._page:
            notes = tables.checkpoint.c
            query = select(notes.size, notes.note).where(notes.size >= size).order_by(notes.size).limit(_PAGE)
            self._page.extend((row.size, row.note) for row in self._connection.execute(query))
        return self._page[0][1] if self._page and self._page[0][0] == size else None


def _check_note(rebuild: _Rebuild, notes: _Notes) -> None:
    where, note = f"checkpoint {rebuild.size}", notes.of(rebuild.size)
    if note is None:
        rebuild.find("checkpoint-missing", where, f"no checkpoint was signed for size {rebuild.size}")
        return
    said = ledger.Checkpoint(origin=note.partition("\n")[0], size=rebuild.size, root=_fold(rebuild.edge))
    if not note.startswith(said.text() + "\n"):
        rebuild.find("checkpoint-root", where, f"the checkpoint of size {rebuild.size} states another root or size")


def _check_edges(rebuild: _Rebuild, notes: _Notes, root: bytes, origin: str, public_key: Ed25519PublicKey) -> None:
    """What lies beyond the last entry: surplus nodes and checkpoints, the signature, the head row."""
    size = rebuild.size
    counts = rebuild.connection.execute(
        select(tables.node.c.level, func.count()).group_by(tables.node.c.level).order_by(tables.node.c.level)
    )
    for level, count in counts:
        if count > size >> level:
            rebuild.find(
                "node-surplus", f"level {level}", f"{count} nodes at level {level}, the log has {size >> level}"
            )
    later = rebuild.connection.execute(select(func.max(tables.checkpoint.c.size))).scalar() or 0
    if later > size:
        rebuild.find("truncated", f"checkpoint {later}", f"a checkpoint of size {later} was signed, {size} remain")
    head = rebuild.connection.execute(select(tables.log_head)).first()
    if head is None or head.size != size:
        found = None if head is None else head.size
        rebuild.find("head", "log_head", f"the head says the log has {found} entries, it has {size}")
    if size:
        _check_signature(rebuild, root, origin, public_key)


def _check_signature(rebuild: _Rebuild, root: bytes, origin: str, public_key: Ed25519PublicKey) -> None:
    notes = tables.checkpoint.c
    note = rebuild.connection.execute(select(notes.note).where(notes.size == rebuild.size)).scalar()
    try:
        checkpoint = ledger.read_checkpoint(note or "", origin, public_key)
    except ledger.LedgerRefused as refusal:
        rebuild.find("checkpoint-signature", f"checkpoint {rebuild.size}", str(refusal))
        return
    if (checkpoint.size, checkpoint.root) != (rebuild.size, root):
        rebuild.find("checkpoint-root", f"checkpoint {rebuild.size}", "the signed root is not the root of the entries")


def _check_rows(rebuild: _Rebuild) -> None:
    for table in tables.LEDGERED:
        expected = rebuild.bound.pop(table.name, {})
        for index, digest in bound_rows(rebuild.connection, table):
            said = expected.pop(index, None)
            if said is None:
                rebuild.find(
                    "row-unrecorded", f"{table.name} of {index}", f"rows in {table.name} that no entry records"
                )
            elif said != digest:
                sentence = f"rows in {table.name} are not those that entry {index} records"
                rebuild.find("row-altered", f"{table.name} of {index}", sentence)
        for index in expected:
            rebuild.find("row-missing", f"{table.name} of {index}", f"entry {index} records rows of {table.name}, gone")
    for name in rebuild.bound:
        rebuild.find("table-unknown", name, f"entries record rows in a table {name!r} that this version does not know")
