"""`Queries`: everything that can be asked of one snapshot of the catalog."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from assetlib.catalog import rows, tables
from assetlib.catalog.ask.assets import AssetQueries
from assetlib.catalog.ask.rights import RightsQueries
from assetlib.catalog.ask.shots import ShotQueries
from assetlib.catalog.history import current
from assetlib.catalog.refusals import NotFound
from assetlib.model.record import (
    Departure,
    Export,
    ExportState,
    Fingerprint,
    Job,
    JobState,
    Notice,
    StoredDecision,
    StoredPermit,
)
from provenance.decision import decision_id
from provenance.digest import Digest


class Queries(AssetQueries, RightsQueries, ShotQueries):
    """Plain questions with plain answers, all of one moment."""

    def decision(self, name: str) -> StoredDecision:
        """``D-000123`` as recorded; raises NotFound."""
        table = tables.decision
        query = select(table).where(table.c.ledger_index == rows.ledger_index(name))
        found = self._connection.execute(query).first()
        if found is None:
            raise NotFound(f"no decision {name!r}; 'assetlib ledger verify' checks that none is missing")
        return rows.decision(found)

    def decisions(self, shot: str | None = None, outcome: str | None = None) -> tuple[StoredDecision, ...]:
        """Decisions in ledger order, refusals included."""
        table = tables.decision
        query = select(table).order_by(table.c.ledger_index)
        for column, value in (("shot", shot), ("outcome", outcome)):
            query = query if value is None else query.where(table.c[column] == value)
        return tuple(map(rows.decision, self._connection.execute(query)))

    def permit(self, permit_id: str) -> StoredPermit:
        used = tables.permit_redemption
        query = select(tables.permit, used.c.at).outerjoin(used, used.c.permit == tables.permit.c.id)
        found = self._connection.execute(query.where(tables.permit.c.id == permit_id)).first()
        if found is None:
            raise NotFound(f"no permit {permit_id!r} was issued here")
        return rows.permit(found, found.at)

    def permits(self, decision: str) -> tuple[StoredPermit, ...]:
        """The permits issued under a decision."""
        used = tables.permit_redemption
        query = select(tables.permit, used.c.at).outerjoin(used, used.c.permit == tables.permit.c.id)
        query = query.where(tables.permit.c.decision == rows.ledger_index(decision)).order_by(tables.permit.c.id)
        return tuple(rows.permit(row, row.at) for row in self._connection.execute(query))

    def export(self, export_id: str) -> Export:
        """One export in whatever state; raises NotFound."""
        found = [export for export in self._exports() if export.id == export_id]
        if not found:
            raise NotFound(f"no export {export_id!r}; 'assetlib export list' shows them")
        return found[0]

    def exports(self, recipient: str | None = None) -> tuple[Export, ...]:
        """What left, or may just be leaving; not what was stopped on its way and stayed."""
        gone = (export for export in self._exports() if export.state is not ExportState.STAYED)
        return tuple(export for export in gone if recipient in (None, export.recipient))

    def departures(self) -> tuple[Departure, ...]:
        """Exports that are leaving: their process is at work, or was interrupted."""
        latest = current(tables.export_state, ("export",))
        query = select(latest.c.export, latest.c.stage, latest.c.target).where(
            latest.c.state == ExportState.LEAVING.value
        )
        leaving = {row.export: row for row in self._connection.execute(query)}
        return tuple(
            Departure(export=export, stage=leaving[export.id].stage, target=leaving[export.id].target)
            for export in (self._exports() if leaving else ())
            if export.id in leaving
        )

    def _exports(self) -> Iterator[Export]:
        """Every export that was begun, in order. Before there were states an export was recorded when it had left."""
        table, latest = tables.export, current(tables.export_state, ("export",))
        query = select(table, latest.c.state).outerjoin(latest, latest.c.export == table.c.id)
        for row in self._connection.execute(query.order_by(table.c.ledger_index, table.c.id)):
            yield Export(
                id=row.id,
                decision=row.decision,
                recipient=row.recipient,
                purpose=row.purpose,
                body=bytes(row.body),
                digest=row.digest,
                recorded_at=row.recorded_at,
                state=ExportState(row.state or ExportState.LEFT),
            )

    def job(self, job_id: str) -> Job:
        found = self._connection.execute(select(tables.job).where(tables.job.c.id == job_id)).first()
        if found is None:
            raise NotFound(f"no job {job_id!r}; 'assetlib job list' shows them")
        return rows.job(found)

    def jobs(self, state: JobState | None = None, kind: str | None = None) -> tuple[Job, ...]:
        """Jobs, oldest first."""
        table = tables.job
        query = select(table).order_by(table.c.number)
        for column, value in (("state", None if state is None else state.value), ("kind", kind)):
            query = query if value is None else query.where(table.c[column] == value)
        return tuple(map(rows.job, self._connection.execute(query)))

    def notices(self, after: int = 0, *, undelivered: bool = False, limit: int = 100) -> tuple[Notice, ...]:
        """The outbox from a cursor on, in order."""
        table = tables.outbox
        query = select(table).where(table.c.cursor > after).order_by(table.c.cursor).limit(limit)
        if undelivered:
            query = query.where(table.c.delivered_at.is_(None))
        return tuple(map(rows.notice, self._connection.execute(query)))

    def fingerprints(self, digest: Digest | None = None) -> tuple[Fingerprint, ...]:
        table = tables.fingerprint
        query = select(table).order_by(table.c.digest, table.c.what)
        if digest is not None:
            query = query.where(table.c.digest == digest)
        return tuple(
            Fingerprint(digest=row.digest, what=row.what, pdq=bytes(row.pdq), quality=row.quality)
            for row in self._connection.execute(query)
        )

    def decided_not_done(self) -> tuple[str, ...]:
        """Allow-decisions about a shot under which no take, export or permit exists: a crash, or work not begun."""
        table = tables.decision
        permitted = select(tables.permit.c.decision)
        query = select(table.c.ledger_index).where(
            table.c.outcome == "allow", table.c.shot.is_not(None), table.c.ledger_index.not_in(permitted)
        )
        names = {decision_id(index) for index in self._connection.execute(query).scalars()}
        for done in (tables.take.c.decision, tables.export.c.decision):
            names -= set(self._connection.execute(select(done)).scalars())
        return tuple(sorted(names))
