"""`Writer`: everything one commit can record."""

from __future__ import annotations

from assetlib.catalog import tables
from assetlib.catalog.record.assets import AssetWrites
from assetlib.catalog.record.base import require_digest
from assetlib.catalog.record.caps import CapWrites
from assetlib.catalog.record.rights import RightsWrites
from assetlib.catalog.record.shots import ShotWrites
from assetlib.catalog.refusals import Conflict
from assetlib.model.record import Export
from provenance.decision import Decision
from provenance.digest import canonical_json, digest_bytes


class Writer(AssetWrites, CapWrites, RightsWrites, ShotWrites):
    """One ledgered transaction. All of it is kept, with its entry, or none of it."""

    def add_decision(self, index: int, body: bytes, *, outcome: str, shot: str | None = None) -> None:
        """The decision that this entry is: its id is the entry's index. `body` is canonical JSON, kept as it is."""
        if index != self.index:
            raise Conflict(f"a decision's id is its ledger index: expected {self.index}, found {index}")
        digest = digest_bytes(body)
        self._add(tables.decision, outcome=outcome, shot=shot, body=body, digest=digest)

    def record_decision(self, decision: Decision) -> None:
        """`add_decision` for a Decision value."""
        body = canonical_json(decision.to_json())
        self.add_decision(self.index, body, outcome=decision.outcome.value, shot=decision.question.shot)

    def add_export(self, export: Export) -> None:
        """What left, under which decision; `export.id` comes from `next_id("EX")`."""
        require_digest(export.body, export.digest, export.id)
        self._add(
            tables.export,
            id=export.id,
            decision=export.decision,
            recipient=export.recipient,
            purpose=export.purpose,
            body=export.body,
            digest=export.digest,
        )
