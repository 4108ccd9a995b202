"""`Writer`: everything one commit can record."""

from __future__ import annotations

from sqlalchemy import select

from assetlib.catalog import tables
from assetlib.catalog.record.assets import AssetWrites
from assetlib.catalog.record.base import require_digest
from assetlib.catalog.record.caps import CapWrites
from assetlib.catalog.record.rights import RightsWrites
from assetlib.catalog.record.shots import ShotWrites
from assetlib.catalog.refusals import Conflict
from assetlib.model.record import Departure, Export, ExportState
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

    def begin_export(self, departure: Departure) -> None:
        """An export that is about to leave: on record first, moved second, settled with `settle_export` third."""
        self.add_export(departure.export)
        self._set_export(departure, ExportState.LEAVING)

    def settle_export(self, departure: Departure, state: ExportState) -> None:
        """Say of an export that was leaving whether it left. Raises Conflict when that was said already."""
        held = tables.export_state.c
        query = select(held.state).where(held.export == departure.export.id)
        said = self._connection.execute(query.order_by(held.ledger_index.desc(), held.step.desc()).limit(1)).scalar()
        if said != ExportState.LEAVING or state is ExportState.LEAVING:
            raise Conflict(f"expected {departure.export.id} to be leaving, found {said}; it is settled already")
        self._set_export(departure, state)

    def _set_export(self, departure: Departure, state: ExportState) -> None:
        self._next_step()
        self._add(
            tables.export_state,
            export=departure.export.id,
            state=state.value,
            stage=departure.stage,
            target=departure.target,
        )
