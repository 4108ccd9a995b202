"""Put a developed take on record: rights are asked once more, and nothing can move between the answer and the entry.

A take whose rights ended while it was made is kept as *quarantined*: on record for the audit, never shown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from assetlib.catalog.refusals import RevisionMoved
from assetlib.flows.ask import Recorded
from assetlib.flows.ask_again import ask_again
from assetlib.flows.develop_take import Developed
from assetlib.flows.generation_order import Order
from assetlib.flows.read_decision import Explained, explain_decision
from assetlib.model.asset import AssetKind, Derivation, DerivationKind
from assetlib.model.refusals import Conflict
from assetlib.model.shot import Shot, ShotStatus, Take, TakeStatus
from generators.result import GenerationResult
from provenance.decision import Permit

if TYPE_CHECKING:
    from assetlib.library import Library

_TRIES = 4
_LEASE = 60.0


class NumberTaken(Conflict):
    """Another take of the shot was recorded since this one was signed under its number."""


def record_take(
    library: Library,
    order: Order,
    shot: Shot,
    recorded: Recorded,
    permit: Permit,
    result: GenerationResult,
    developed: Developed,
    job: str,
    owner: str,
) -> Take:
    """Ask again, then keep the take in one transaction with its entry: current, stand-in, or quarantined.

    Raises NumberTaken, or LeaseLost when `owner` holds the job no more, with nothing kept; and Conflict when the take
    went into quarantine.
    """
    for _ in range(_TRIES):
        still = ask_again(library, recorded)
        take = _take(library, order, shot, recorded, permit, result, developed, still)
        try:
            _commit(library, take, developed, recorded, still, job, owner)
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


def _set_aside(take: Take, still: Recorded, job: str) -> str:
    return (
        f"rights in {take.shot} ended while {job} ran ({still.id}); {take.code} is quarantined and not shown; "
        f"'assetlib decision explain {still.id}' says why"
    )


def _take(
    library: Library,
    order: Order,
    shot: Shot,
    recorded: Recorded,
    permit: Permit,
    result: GenerationResult,
    developed: Developed,
    still: Recorded,
) -> Take:
    status = TakeStatus.STAND_IN if order.stand_ins else TakeStatus.CURRENT
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


def _commit(
    library: Library, take: Take, developed: Developed, recorded: Recorded, still: Recorded, job: str, owner: str
) -> None:
    with library.catalog.reader() as queries:
        shot = queries.shot(take.shot)
        models = {v.digest for v in queries.by_digest(recorded.decision.closure) if v.kind is AssetKind.MODEL}
    body = {
        "shot": take.shot,
        "take": take.code,
        "digest": take.digest,
        "decision": take.decision,
        "confirmed": still.id,
        "permit": take.permit,
        "job": job,
        "status": take.status.value,
    }

    def write(writer: Any, _: int) -> None:
        writer.heartbeat(job, owner, seconds=_LEASE, progress=1.0, message="recorded")
        if writer.next_take(take.shot) != take.number:
            raise NumberTaken(f"{take.shot} {take.code} was recorded by another job meanwhile")
        writer.add_take(take, developed.files)
        for parent in recorded.decision.closure:
            kind = DerivationKind.MODEL_USED if parent in models else DerivationKind.REFERENCE
            writer.derive(Derivation(parent=parent, child=take.digest, kind=kind, job=job))
        for license_id in sorted({grant.partition("#")[0] for grant in recorded.decision.cited}):
            writer.link_license(take.shot, license_id)
        for held in still.reserved or recorded.reserved:
            if take.status is TakeStatus.QUARANTINED:
                writer.release_cap(held.cap, held.of)
            else:
                writer.reserve_cap(held.cap, held.of, take.decision, limit=held.limit, amount=held.amount)
                writer.commit_cap(held.cap, held.of)
        for fingerprint in developed.fingerprints:
            writer.put_fingerprint(fingerprint)
        if take.status is TakeStatus.CURRENT and shot.status is ShotStatus.READY:
            writer.put_shot(replace(shot, status=ShotStatus.GENERATED))

    library.committer.commit("take.generated", body, write, expected_revision=still.revision)
