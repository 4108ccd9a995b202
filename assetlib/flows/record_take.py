"""Put a developed take on record: rights are asked once more, and nothing can move between the answer and the entry.

A take whose rights ended while it was made is kept as *quarantined*: on record for the audit, never shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assetlib.catalog.refusals import RevisionMoved
from assetlib.flows.ask import Explained, Recorded, decide, explain_decision
from assetlib.flows.develop_take import Developed
from assetlib.flows.generation_order import Order
from assetlib.model.asset import Derivation, DerivationKind
from assetlib.model.refusals import Conflict
from assetlib.model.shot import Shot, ShotStatus, Take, TakeStatus
from generators.result import GenerationResult
from provenance.decision import Permit

if TYPE_CHECKING:
    from assetlib.library import Library

_TRIES = 4


class NumberTaken(Conflict):
    """Another take of the shot was recorded since this one was signed under its number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Still:
    """The answer at the moment of recording: whether it is still allow, at which revision, by which decision."""

    allowed: bool
    revision: int
    decision: str


def record_take(
    library: Library,
    order: Order,
    shot: Shot,
    recorded: Recorded,
    permit: Permit,
    result: GenerationResult,
    developed: Developed,
    job: str,
) -> Take:
    """Ask again, then keep the take in one transaction with its entry: current, stand-in, or quarantined.

    Raises NumberTaken with nothing kept, and Conflict when the take went into quarantine.
    """
    for _ in range(_TRIES):
        still = _asked_again(library, recorded)
        take = _take(library, order, shot, recorded, permit, result, developed, still)
        try:
            _commit(library, take, developed, recorded, still, job)
        except RevisionMoved:
            continue
        if take.status is TakeStatus.QUARANTINED:
            raise Conflict(_set_aside(take, still, job))
        return take
    raise Conflict("rights change faster than they can be asked; resume the job")


def recorded_earlier(library: Library, job: str) -> tuple[Take, Explained] | None:
    """The take that an interrupted attempt at `job` had recorded, with its decision. Raises Conflict for quarantine."""
    with library.catalog.reader() as queries:
        if queries.job(job).attempts < 2:
            return None
    entry = next((e for e in library.catalog.ledger().entries(kind="take.generated") if e.get("job") == job), None)
    if entry is None:
        return None
    with library.catalog.reader() as queries:
        take = next(take for take in queries.takes(entry["shot"]) if take.digest == entry["digest"])
    if take.status is TakeStatus.QUARANTINED:
        raise Conflict(f"{job} had recorded {take.shot} {take.code}, and it is quarantined and not shown")
    return take, explain_decision(library, take.decision)


def _set_aside(take: Take, still: _Still, job: str) -> str:
    return (
        f"rights in {take.shot} ended while {job} ran ({still.decision}); {take.code} is quarantined and not shown; "
        f"'assetlib decision explain {still.decision}' says why"
    )


def _take(
    library: Library,
    order: Order,
    shot: Shot,
    recorded: Recorded,
    permit: Permit,
    result: GenerationResult,
    developed: Developed,
    still: _Still,
) -> Take:
    status = TakeStatus.STAND_IN if order.stand_in is not None else TakeStatus.CURRENT
    return Take(
        shot=shot.code,
        number=developed.number,
        digest=developed.digest,
        decision=recorded.id,
        permit=permit.id,
        generator=f"{result.identity.name} {result.identity.version}",
        source_type=developed.source_type,
        created_at=library.clock(),
        created_by=order.person,
        seed=order.seed,
        status=status if still.allowed else TakeStatus.QUARANTINED,
    )


def _commit(library: Library, take: Take, developed: Developed, recorded: Recorded, still: _Still, job: str) -> None:
    with library.catalog.reader() as queries:
        shot = queries.shot(take.shot)
    body = {
        "shot": take.shot,
        "take": take.code,
        "digest": take.digest,
        "decision": take.decision,
        "confirmed": still.decision,
        "permit": take.permit,
        "job": job,
        "status": take.status.value,
    }

    def write(writer: Any, _: int) -> None:
        if writer.next_take(take.shot) != take.number:
            raise NumberTaken(f"{take.shot} {take.code} was recorded by another job meanwhile")
        writer.add_take(take, developed.files)
        for parent in recorded.decision.closure:
            writer.derive(Derivation(parent=parent, child=take.digest, kind=DerivationKind.REFERENCE, job=job))
        for license_id in sorted({grant.partition("#")[0] for grant in recorded.decision.cited}):
            writer.link_license(take.shot, license_id)
        for fingerprint in developed.fingerprints:
            writer.put_fingerprint(fingerprint)
        if take.status is TakeStatus.CURRENT and shot.status is ShotStatus.READY:
            writer.put_shot(replace(shot, status=ShotStatus.GENERATED))

    library.committer.commit("take.generated", body, write, expected_revision=still.revision)


def _asked_again(library: Library, recorded: Recorded) -> _Still:
    """The answer now; asked only when rights moved or a window closed since, and then recorded."""
    now = library.clock()
    with library.catalog.reader() as queries:
        revision = queries.rights_revision()
    if revision == recorded.revision and not _closed(recorded, now):
        return _Still(allowed=True, revision=revision, decision=recorded.id)
    again = decide(library, replace(recorded.decision.question, now=now))
    return _Still(allowed=again.allowed, revision=again.revision, decision=again.id)


def _closed(recorded: Recorded, now: datetime) -> bool:
    """Whether the time in which the cited grants let something be made is over."""
    until = dict(recorded.decision.envelope or ()).get("generate_until")
    return until is not None and now >= datetime.fromisoformat(until)
