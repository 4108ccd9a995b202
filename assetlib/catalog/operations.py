"""What changes in place and proves nothing: ids, jobs, permits, the outbox, fingerprints, uses of caps.

An `Operations` is one transaction at one time. `Writer` is one too, with the ledger on top, so that a job or a
notice can be written together with the entry that it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, text, update

from assetlib.catalog import rows, tables
from assetlib.catalog.integrity import blob_references
from assetlib.catalog.refusals import AlreadyRedeemed, Conflict, LeaseLost, NotFound
from assetlib.model.record import Fingerprint, Job, JobState
from provenance.decision import Outcome, Permit, instant
from provenance.digest import Digest

_COUNT = text(
    "INSERT INTO counter (prefix, value) VALUES (:prefix, 1) "
    "ON CONFLICT (prefix) DO UPDATE SET value = counter.value + 1 RETURNING value"
)
_PADDING = {"P": 6, "EX": 6}
_OPEN = [state.value for state in JobState if state.is_open]
_HELD = [JobState.LEASED.value, JobState.RUNNING.value]


class Operations:
    """One write transaction over the working tables, dated `now`."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self.now = now

    # ids

    def next_id(self, prefix: str) -> str:
        """``P-000388``, ``EX-000417``, ``JOB-77``: gapless, given back when the transaction is not committed."""
        return f"{prefix}-{self._count(prefix):0{_PADDING.get(prefix, 0)}d}"

    def _count(self, prefix: str) -> int:
        return int(self._connection.execute(_COUNT, {"prefix": prefix}).scalar_one())

    # jobs

    def enqueue(self, kind: str, request: bytes) -> Job:
        number = self._count("JOB")
        self._connection.execute(
            insert(tables.job).values(
                id=f"JOB-{number}",
                number=number,
                kind=kind,
                state=JobState.QUEUED.value,
                request=request,
                per_mille=0,
                message="",
                attempts=0,
                cancel=0,
                created_at=self.now,
                updated_at=self.now,
            )
        )
        return self._job(f"JOB-{number}")

    def lease(self, owner: str, *, seconds: float, kinds: Iterable[str] = (), job: str | None = None) -> Job | None:
        """The oldest queued job (of these kinds, or exactly `job`), now `owner`'s; None when there is none."""
        query = select(tables.job.c.id).where(tables.job.c.state == JobState.QUEUED.value, tables.job.c.cancel == 0)
        if wanted := list(kinds):
            query = query.where(tables.job.c.kind.in_(wanted))
        if job is not None:
            query = query.where(tables.job.c.id == job)
        query = query.order_by(tables.job.c.number).limit(1).with_for_update(skip_locked=True)
        found = self._connection.execute(query).scalar()
        if found is None:
            return None
        until = self.now + timedelta(seconds=seconds)
        attempts = tables.job.c.attempts + 1
        self._set_job(found, state=JobState.LEASED.value, owner=owner, leased_until=until, attempts=attempts)
        return self._job(found)

    def start(self, job: str, owner: str) -> Job:
        """Leased becomes running; raises LeaseLost unless `owner` holds it."""
        return self._hold(job, owner, state=JobState.RUNNING.value)

    def heartbeat(self, job: str, owner: str, *, seconds: float, progress: float, message: str = "") -> Job:
        """Extend the lease and say how far the work is (0…1); the answer's `cancel` asks the owner to stop."""
        per_mille = round(1000 * min(max(progress, 0.0), 1.0))
        until = self.now + timedelta(seconds=seconds)
        return self._hold(job, owner, leased_until=until, per_mille=per_mille, message=message)

    def finish(self, job: str, owner: str, result: bytes, *, state: JobState = JobState.DONE) -> Job:
        """End a job as done, failed or canceled; raises LeaseLost unless `owner` holds it."""
        if state.is_open:
            raise Conflict(f"expected a job to end as done, failed or canceled, found {state.value!r}")
        done = {"per_mille": 1000} if state is JobState.DONE else {}
        return self._hold(job, owner, state=state.value, result=result, owner=None, leased_until=None, **done)

    def release(self, job: str, owner: str) -> Job:
        """Give a held job back to the queue."""
        return self._hold(job, owner, state=JobState.QUEUED.value, owner=None, leased_until=None)

    def cancel_job(self, job: str) -> Job:
        """A queued job ends at once; a held one is asked to stop; an ended one stays as it is."""
        found = self._job(job)
        if found.state is JobState.QUEUED:
            self._set_job(job, state=JobState.CANCELED.value, cancel=1)
        elif found.state.is_open:
            self._set_job(job, cancel=1)
        return self._job(job)

    def requeue_expired(self) -> tuple[str, ...]:
        """Put back every job whose owner stopped answering; one that was to be canceled ends instead."""
        held = (tables.job.c.state.in_(_HELD), tables.job.c.leased_until <= self.now)
        query = select(tables.job.c.id, tables.job.c.cancel).where(*held).order_by(tables.job.c.number)
        expired = self._connection.execute(query.with_for_update()).all()
        for job, cancel in expired:
            state = JobState.CANCELED if cancel else JobState.QUEUED
            self._set_job(job, state=state.value, owner=None, leased_until=None)
        return tuple(job for job, _ in expired)

    def _hold(self, job: str, holder: str, /, **values: Any) -> Job:
        mine = (tables.job.c.id == job, tables.job.c.owner == holder, tables.job.c.state.in_(_HELD))
        statement = update(tables.job).where(*mine).values(updated_at=self.now, **values)
        if self._connection.execute(statement).rowcount != 1:
            found = self._job(job)
            raise LeaseLost(f"{job} is {found.state.value} and held by {found.owner or 'nobody'}, not by {holder}")
        return self._job(job)

    def _set_job(self, job: str, **values: Any) -> None:
        self._connection.execute(update(tables.job).where(tables.job.c.id == job).values(updated_at=self.now, **values))

    def _job(self, job: str) -> Job:
        row = self._connection.execute(select(tables.job).where(tables.job.c.id == job)).first()
        if row is None:
            raise NotFound(f"no job {job!r}; 'assetlib job list' shows them")
        return rows.job(row)

    # care

    def referenced_digests(self) -> set[Digest]:
        """Every digest that any row mentions; no commit can come between until this transaction ends."""
        self._connection.execute(select(tables.log_head).with_for_update())
        return {reference.digest for reference in blob_references(self._connection)}

    # permits

    def issue_permit(self, permit: Permit) -> None:
        """Keep a permit; raises Conflict unless its decision is recorded here, is an allow, and has this digest."""
        index = rows.ledger_index(permit.decision)
        query = select(tables.decision).where(tables.decision.c.ledger_index == index)
        decision = self._connection.execute(query).first()
        if decision is None or decision.outcome != Outcome.ALLOW.value or decision.digest != permit.decision_digest:
            found = "no such decision" if decision is None else f"{decision.outcome} with digest {decision.digest}"
            raise Conflict(f"expected {permit.decision} to be a recorded allow for permit {permit.id}, found {found}")
        self._connection.execute(
            insert(tables.permit).values(
                id=permit.id,
                decision=index,
                payload=permit.payload(),
                signature=permit.signature,
                expires_at=permit.expires_at,
            )
        )

    def redeem_permit(self, permit: str) -> None:
        """Use a permit up. Of all who try, in any thread or process, exactly one returns; the rest raise."""
        query = select(tables.permit).where(tables.permit.c.id == permit)
        row = self._connection.execute(query.with_for_update()).first()
        if row is None:
            raise NotFound(f"no permit {permit!r} was issued here")
        if self.now >= row.expires_at:
            raise Conflict(f"permit {permit} ended at {instant(row.expires_at)}; ask again")
        used = select(tables.permit_redemption.c.at).where(tables.permit_redemption.c.permit == permit)
        if (at := self._connection.execute(used).scalar()) is not None:
            raise AlreadyRedeemed(f"permit {permit} was used at {instant(at)}; a permit opens one door once")
        self._connection.execute(insert(tables.permit_redemption).values(permit=permit, at=self.now))

    # outbox and fingerprints

    def emit(self, event: str, body: bytes) -> int:
        """Put a CloudEvent of type `event` (canonical bytes) into the outbox; returns its cursor."""
        cursor = self._count("outbox")
        row = {"cursor": cursor, "type": event, "body": body, "recorded_at": self.now, "attempts": 0}
        self._connection.execute(insert(tables.outbox).values(row))
        return cursor

    def mark_delivery(self, cursor: int, *, delivered: bool) -> None:
        """Count one attempt, and when it succeeded say so."""
        values = {"delivered_at": self.now} if delivered else {}
        attempts = tables.outbox.c.attempts + 1
        one = tables.outbox.c.cursor == cursor
        self._connection.execute(update(tables.outbox).where(one).values(attempts=attempts, **values))

    def put_fingerprint(self, fingerprint: Fingerprint) -> None:
        """Keep a perceptual hash; a rebuilt one replaces the old."""
        self.put_fingerprints((fingerprint,))

    def put_fingerprints(self, fingerprints: Sequence[Fingerprint]) -> None:
        """Keep many at once; of two with one digest and name the last one counts."""
        kept = {(f.digest, f.what): f for f in fingerprints}
        if not kept:
            return
        table = tables.fingerprint
        one = (table.c.digest == bindparam("old_digest"), table.c.what == bindparam("old_what"))
        old = [{"old_digest": digest, "old_what": what} for digest, what in kept]
        self._connection.execute(table.delete().where(*one), old)
        self._connection.execute(
            insert(table),
            [{"digest": f.digest, "what": f.what, "pdq": f.pdq, "quality": f.quality} for f in kept.values()],
        )

    def forget_fingerprints(self, digest: Digest) -> None:
        self._connection.execute(tables.fingerprint.delete().where(tables.fingerprint.c.digest == digest))
