"""The tables. What a library says is only ever added to: the present is the last thing said.

*Ledgered* tables carry `ledger_index`, the entry of the log that was written in the same transaction; the entry
holds a digest over exactly those rows, so a row added, changed or removed behind the product's back is found.
`step` orders several rows of one entry. Columns marked personal stay outside of that digest: they can be redacted
while the log stays whole. *Working* tables (jobs, outbox, counters) change in place and prove nothing.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, PrimaryKeyConstraint, Table

from assetlib.catalog.columns import Bytes, Utc, Whole, Words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *items: Any, rowid: bool = True) -> Table:
    table = Table(name, metadata, *items, sqlite_strict=True, sqlite_with_rowid=rowid)
    for column in table.columns:
        if "check" in column.info:
            table.append_constraint(CheckConstraint(column.info["check"], name=column.name))
    return table


def _ledgered(name: str, key: tuple[str, ...], *items: Any) -> Table:
    """A table whose rows belong to a ledger entry; `key` may name ledger_index and step for things with a history."""
    columns = [
        *items,
        Column(
            "ledger_index",
            Whole,
            # deferred: the rows are written first, their entry last, in one transaction
            ForeignKey("leaf.seq", deferrable=True, initially="DEFERRED"),
            nullable=False,
        ),
        Column("step", Whole, nullable=False),
        Column("recorded_at", Utc, nullable=False),
    ]
    table = _table(name, *columns, PrimaryKeyConstraint(*key), rowid=False)
    Index(None, table.c.ledger_index)
    table.info["ledgered"] = True
    return table


def _text(name: str, **options: Any) -> Column[str]:
    options.setdefault("nullable", False)
    return Column(name, Words, **options)


def _personal(name: str) -> Column[str]:
    return _text(name, info={"personal": True})


def _whole(name: str, **options: Any) -> Column[int]:
    options.setdefault("nullable", False)
    return Column(name, Whole, **options)


def _digest(name: str, *, nullable: bool = False, index: bool = False) -> Column[str]:
    return Column(name, Words, nullable=nullable, index=index, info={"check": f"length({name}) = 71"})


_HISTORY = ("ledger_index", "step")

# ---- the log -------------------------------------------------------------------------------------------------

leaf = _table(
    "leaf",
    Column("seq", Whole, primary_key=True, autoincrement=False),
    Column("entry", Bytes, nullable=False),
    Column("leaf_hash", Bytes, nullable=False, info={"check": "length(leaf_hash) = 32"}),
    _text("kind"),
    Column("at", Utc, nullable=False),
    CheckConstraint("seq >= 0", name="gapless"),
)
node = _table(
    "node",
    _whole("level"),
    _whole("idx"),
    Column("hash", Bytes, nullable=False, info={"check": "length(hash) = 32"}),
    PrimaryKeyConstraint("level", "idx"),
    rowid=False,
)
checkpoint = _table(
    "checkpoint",
    Column("size", Whole, primary_key=True, autoincrement=False),
    _text("note"),
)
log_head = _table(
    "log_head",
    Column("id", Whole, primary_key=True, autoincrement=False, info={"check": "id = 1"}),
    _whole("size"),
    Column("at", Utc, nullable=False),
    _whole("rights_revision"),
)

# ---- assets --------------------------------------------------------------------------------------------------

asset = _ledgered("asset", ("entity",), _text("entity"), _text("kind"))
asset_state = _ledgered(
    "asset_state", ("entity", *_HISTORY), _text("entity"), _text("status"), _text("name"), _text("reason")
)
alias = _ledgered("alias", ("alias", "entity"), _text("alias"), _text("entity"))
asset_version = _ledgered(
    "asset_version",
    ("digest",),
    _digest("digest"),
    Column("entity", Words, ForeignKey("asset.entity"), nullable=False),
    _text("version"),
    _text("source_type"),
    _text("created_by"),
    Column("created_at", Utc, nullable=False),
    _digest("manifest", nullable=True),
    _digest("thumbnail", nullable=True),
)
Index("uq_asset_version_entity", asset_version.c.entity, asset_version.c.version, unique=True)
hero = _ledgered("hero", ("entity", *_HISTORY), _text("entity"), _digest("digest"), _text("reason"))
version_file = _ledgered(
    "version_file",
    ("version_digest", "path"),
    Column("version_digest", Words, ForeignKey("asset_version.digest"), nullable=False),
    _text("path"),
    _digest("digest", index=True),
    _whole("size"),
    _text("media_type"),
)
collection = _ledgered(
    "collection",
    ("version_digest", "collection"),
    Column("version_digest", Words, ForeignKey("asset_version.digest"), nullable=False),
    _text("collection"),
)
facet_set = _ledgered("facet_set", ("version_digest", *_HISTORY), _digest("version_digest"))
facet_claim = _ledgered(
    "facet_claim",
    ("version_digest", *_HISTORY, "facet", "subject"),
    _digest("version_digest"),
    _text("facet"),
    _text("subject"),
    _text("status"),
    _text("by"),
)
derivation = _ledgered(
    "derivation",
    ("child", "parent", "kind"),
    _digest("parent", index=True),
    _digest("child"),
    _text("kind"),
    _text("job", nullable=True),
)

# ---- rights --------------------------------------------------------------------------------------------------

instrument = _ledgered(
    "instrument",
    ("family", "id", "revision"),
    _text("family"),
    _text("id"),
    _whole("revision"),
    _text("recipient"),
    Column("body", Bytes, nullable=False, info={"personal": True}),
    _digest("digest"),
    _digest("document", nullable=True),
    CheckConstraint("family IN ('license', 'agreement')", name="family"),
)
instrument_state = _ledgered(
    "instrument_state",
    ("family", "id", *_HISTORY),
    _text("family"),
    _text("id"),
    _whole("revision"),
    _text("status"),
    Column("signature", Bytes, nullable=True),
    _text("signer", nullable=True),
)
party = _ledgered("party", ("id", *_HISTORY), _text("id"), _text("kind"), _personal("name"), _personal("contact"))
recipient = _ledgered("recipient", ("id", *_HISTORY), _text("id"), _text("party", nullable=True), _text("kind"))
person = _ledgered(
    "person",
    ("id", *_HISTORY),
    _text("id"),
    _personal("name"),
    _text("roles"),
    Column("public_key", Bytes, nullable=False),
    Column("enrolled_at", Utc, nullable=False),
    Column("revoked_at", Utc, nullable=True),
)
production = _ledgered("production", ("id", *_HISTORY), _text("id"), Column("body", Bytes, nullable=False))
default_production = _ledgered("default_production", _HISTORY, _text("id"))
document = _ledgered(
    "document",
    ("digest",),
    _digest("digest"),
    _text("media_type"),
    _personal("name"),
    _text("kind"),
    _text("filed_by"),
)
statement = _ledgered(
    "statement",
    ("kind", "id"),
    _text("kind"),
    _text("id"),
    _text("subject", index=True),
    Column("body", Bytes, nullable=False, info={"personal": True}),
    _digest("digest"),
    _text("by"),
    Column("signature", Bytes, nullable=True),
)
content_flag = _ledgered(
    "content_flag",
    ("shot", "flag", *_HISTORY),
    _text("shot"),
    _text("flag"),
    _text("value"),
    _text("by"),
    CheckConstraint("value IN ('yes', 'no')", name="value"),
)
cap_use = _ledgered(
    "cap_use",
    ("cap", "shot", *_HISTORY),
    _text("cap"),
    _text("shot"),
    _text("decision"),
    Column("amount", Whole, nullable=False, info={"check": "amount > 0"}),
    _text("state"),
    CheckConstraint("state IN ('reserved', 'committed', 'released')", name="state"),
)

# ---- shots ---------------------------------------------------------------------------------------------------

sequence = _ledgered("sequence", ("production", "code"), _text("production"), _text("code"))
shot = _ledgered(
    "shot",
    ("code", *_HISTORY),
    _text("code"),
    _text("sequence"),
    _text("production"),
    _whole("cut_in"),
    _whole("cut_out"),
    _whole("handles"),
    _text("rate"),
    _text("timeline"),
    _text("clip"),
    _text("time_scalar"),
    _digest("layers", nullable=True),
    _text("scenes"),
    _text("content"),
    _text("prompt"),
    _text("status"),
)
pin = _ledgered(
    "pin",
    ("shot", *_HISTORY, "name", "role"),
    _text("shot"),
    _text("name"),
    _text("entity"),
    _text("version"),
    _digest("digest", index=True),
    _text("role"),
)
cut = _ledgered(
    "cut",
    _HISTORY,
    _text("name"),
    _text("timeline"),
    _digest("digest"),
    _text("production"),
    Column("imported_at", Utc, nullable=False),
    Column("body", Bytes, nullable=False),
)
take = _ledgered(
    "take",
    ("shot", "number"),
    _text("shot"),
    _whole("number"),
    _digest("digest", index=True),
    _text("decision"),
    _text("permit"),
    _text("generator"),
    _text("source_type"),
    Column("created_at", Utc, nullable=False),
    _text("created_by"),
    _whole("seed"),
)
take_state = _ledgered("take_state", ("shot", "number", *_HISTORY), _text("shot"), _whole("number"), _text("status"))
take_file = _ledgered(
    "take_file",
    ("shot", "number", "path"),
    _text("shot"),
    _whole("number"),
    _text("path"),
    _digest("digest", index=True),
    _whole("size"),
    _text("media_type"),
)
shot_license = _ledgered("shot_license", ("shot", "license"), _text("shot"), _text("license"))
Index(None, shot_license.c.license)

# ---- decisions and what leaves --------------------------------------------------------------------------------

decision = _ledgered(
    "decision",
    ("ledger_index",),
    _text("outcome"),
    _text("shot", nullable=True, index=True),
    Column("body", Bytes, nullable=False),
    _digest("digest"),
    CheckConstraint("outcome IN ('allow', 'needs_approval', 'deny')", name="outcome"),
)
permit = _table(
    "permit",
    Column("id", Words, primary_key=True),
    Column("decision", Whole, ForeignKey("decision.ledger_index"), nullable=False),
    Column("payload", Bytes, nullable=False),
    Column("signature", Bytes, nullable=False),
    Column("expires_at", Utc, nullable=False),
    rowid=False,
)
permit_redemption = _table(
    "permit_redemption",
    Column("permit", Words, ForeignKey("permit.id"), primary_key=True),
    Column("at", Utc, nullable=False),
    rowid=False,
)
export = _ledgered(
    "export",
    ("id",),
    _text("id"),
    _text("decision"),
    _text("recipient"),
    _text("purpose"),
    Column("body", Bytes, nullable=False),
    _digest("digest"),
)
export_state = _ledgered(
    "export_state",
    ("export", *_HISTORY),
    _text("export"),
    _text("state"),
    _text("stage"),
    _personal("target"),
    CheckConstraint("state IN ('leaving', 'left', 'stayed')", name="state"),
)

# ---- working tables ------------------------------------------------------------------------------------------

fingerprint = _table(
    "fingerprint",
    _digest("digest"),
    _text("what"),
    Column("pdq", Bytes, nullable=False, info={"check": "length(pdq) = 32"}),
    _whole("quality"),
    PrimaryKeyConstraint("digest", "what"),
    rowid=False,
)
job = _table(
    "job",
    Column("id", Words, primary_key=True),
    _whole("number", unique=True),
    _text("kind"),
    _text("state"),
    Column("request", Bytes, nullable=False),
    Column("per_mille", Whole, nullable=False, info={"check": "per_mille BETWEEN 0 AND 1000"}),
    _text("message"),
    _text("owner", nullable=True),
    Column("leased_until", Utc, nullable=True),
    _whole("attempts"),
    _whole("cancel"),
    Column("result", Bytes, nullable=True),
    Column("created_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    CheckConstraint("state IN ('queued', 'leased', 'running', 'done', 'failed', 'canceled')", name="state"),
)
Index(None, job.c.state, job.c.number)
outbox = _table(
    "outbox",
    Column("cursor", Whole, primary_key=True, autoincrement=False),
    _text("type"),
    Column("body", Bytes, nullable=False),
    Column("recorded_at", Utc, nullable=False),
    _whole("attempts"),
    Column("delivered_at", Utc, nullable=True),
)
counter = _table("counter", Column("prefix", Words, primary_key=True), _whole("value"), rowid=False)

LEDGERED: tuple[Table, ...] = tuple(table for table in metadata.sorted_tables if table.info.get("ledgered"))
APPEND_ONLY: tuple[Table, ...] = (*LEDGERED, leaf, node, checkpoint, permit, permit_redemption)
