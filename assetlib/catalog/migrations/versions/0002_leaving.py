"""Exports are on record before they leave: each has a state, and where it was to go.

Frozen: `assetlib.catalog.tables` moves on, this file does not.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, PrimaryKeyConstraint, Table

from assetlib.catalog.columns import Utc, Whole, Words
from assetlib.catalog.guards import guards

revision = "0002"
down_revision = "0001"

_KEY = ("export", "ledger_index", "step")
_FIXED = ("export", "state", "stage", "ledger_index", "step", "recorded_at")  # the target may be redacted


def upgrade() -> None:
    metadata = MetaData()
    Table("leaf", metadata, Column("seq", Whole, primary_key=True))  # as far as a foreign key needs to know it
    _export_state(metadata).create(op.get_bind())
    for statement in guards(op.get_context().dialect.name, "export_state", _KEY, _FIXED):
        op.execute(statement)


def _export_state(metadata: MetaData) -> Table:
    table = Table(
        "export_state",
        metadata,
        Column("export", Words, nullable=False),
        Column("state", Words, nullable=False),
        Column("stage", Words, nullable=False),
        Column("target", Words, nullable=False),
        Column(
            "ledger_index",
            Whole,
            ForeignKey("leaf.seq", name="fk_export_state_ledger_index", deferrable=True, initially="DEFERRED"),
            nullable=False,
        ),
        Column("step", Whole, nullable=False),
        Column("recorded_at", Utc, nullable=False),
        CheckConstraint("state IN ('leaving', 'left', 'stayed')", name="ck_export_state_state"),
        PrimaryKeyConstraint(*_KEY, name="pk_export_state"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    Index("ix_export_state_ledger_index", table.c.ledger_index)
    return table
