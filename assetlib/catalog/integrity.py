"""What the catalog can say about its own health, for `assetlib.upkeep`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from assetlib.catalog import tables
from provenance.decision import decision_id
from provenance.digest import Digest, digest_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobReference:
    """A row that names a blob. `size` in bytes where the row knows it; `required` says the blob must be here."""

    digest: Digest
    where: str
    size: int | None = None
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuralDamage:
    kind: str
    where: str
    sentence: str


def blob_references(connection: Connection) -> Iterator[BlobReference]:
    for table in (tables.version_file, tables.take_file):
        for row in connection.execute(select(table)):
            owner = row.version_digest if table is tables.version_file else f"{row.shot} take {row.number}"
            yield BlobReference(digest=row.digest, size=row.size, where=f"{row.path} of {owner}")
    for table, column, required in (
        (tables.asset_version, "manifest", True),
        (tables.asset_version, "thumbnail", True),
        (tables.document, "digest", True),
        (tables.instrument, "document", True),
        # these name bytes that may lie in the store as well; a sweep must not take them for orphans
        (tables.asset_version, "digest", False),
        (tables.take, "digest", False),
        (tables.cut, "digest", False),
        (tables.export, "digest", False),
        (tables.shot, "layers", False),
        (tables.instrument, "digest", False),
        (tables.statement, "digest", False),
        (tables.decision, "digest", False),
        (tables.fingerprint, "digest", False),
        (tables.pin, "digest", False),
        (tables.derivation, "parent", False),
        (tables.derivation, "child", False),
    ):
        for digest in connection.execute(
            select(table.c[column]).distinct().where(table.c[column].is_not(None))
        ).scalars():
            yield BlobReference(digest=digest, where=f"{column} in {table.name}", required=required)


def structural_damage(connection: Connection) -> Iterator[StructuralDamage]:
    if connection.dialect.name == "sqlite":
        yield from _sqlite_damage(connection)
    yield from _body_damage(connection)
    yield from _dangling_decisions(connection)


def _sqlite_damage(connection: Connection) -> Iterator[StructuralDamage]:
    for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if line != "ok":
            yield StructuralDamage(kind="database-integrity", where="database", sentence=str(line))
    for table, rowid, parent, _ in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        sentence = f"a row of {table} refers to a row of {parent} that is not there"
        yield StructuralDamage(kind="foreign-key", where=f"{table} {rowid or ''}".strip(), sentence=sentence)


def _body_damage(connection: Connection) -> Iterator[StructuralDamage]:
    """Bodies against the digests that the ledger binds. An emptied personal body is a redaction, not damage."""
    for table, key in (
        (tables.instrument, "id"),
        (tables.statement, "id"),
        (tables.export, "id"),
        (tables.decision, "ledger_index"),
    ):
        redactable = bool(table.c.body.info.get("personal"))
        for name, body, digest in connection.execute(select(table.c[key], table.c.body, table.c.digest)):
            if digest_bytes(bytes(body)) != digest and not (redactable and not body):
                sentence = f"the body of {name} in {table.name} is not the one that was recorded"
                yield StructuralDamage(kind="body-digest", where=f"{table.name} {name}", sentence=sentence)


def _dangling_decisions(connection: Connection) -> Iterator[StructuralDamage]:
    """Takes and exports name their decision as people do (D-000912), so no foreign key holds them to it."""
    known: set[Any] = {decision_id(i) for i in connection.execute(select(tables.decision.c.ledger_index)).scalars()}
    for table, key in ((tables.take, "shot"), (tables.export, "id")):
        for name, decision in connection.execute(select(table.c[key], table.c.decision)):
            if decision not in known:
                sentence = f"{table.name} {name} was made under {decision}, which is not recorded"
                yield StructuralDamage(kind="decision-missing", where=f"{table.name} {name}", sentence=sentence)
