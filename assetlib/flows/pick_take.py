"""Takes of a shot: list them, choose one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from assetlib.approvals.roles import Act
from assetlib.flows.enroll_person import sign_act
from assetlib.model.record import Statement, StatementKind
from assetlib.model.refusals import BadInput, Conflict
from assetlib.model.shot import Take, TakeStatus
from provenance.digest import canonical_json

if TYPE_CHECKING:
    from assetlib.library import Library


def list_takes(library: Library, shot: str) -> list[dict[str, Any]]:
    with library.catalog.reader() as queries:
        queries.shot(shot)
        return [_shown(take) for take in queries.takes(shot)]


def pick_take(library: Library, shot: str, take: str, *, reason: str) -> dict[str, Any]:
    """A director chooses a take for the cut; an earlier pick steps back. Raises NotFound, Conflict, ApprovalRefused."""
    number = take_number(take)
    with library.catalog.reader() as queries:
        chosen = queries.take(shot, number)
        others = [t for t in queries.takes(shot) if t.status is TakeStatus.PICKED and t.number != number]
    if chosen.status in (TakeStatus.QUARANTINED, TakeStatus.STAND_IN):
        raise Conflict(
            f"{shot} {chosen.code} is {chosen.status.value} and cannot be picked; make it again once cleared"
        )
    statement = sign_act(library, Act.PICK_TAKE, f"{shot}/{chosen.code}", chosen.digest, reason=reason)
    body = canonical_json(statement.to_json())

    def write(writer: Any, index: int) -> None:
        for other in others:
            writer.set_take_status(shot, other.number, TakeStatus.CURRENT)
        writer.set_take_status(shot, number, TakeStatus.PICKED)
        writer.add_statement(
            Statement(
                kind=StatementKind.CONTRIBUTION,
                id=f"pick-{index}",
                subject=f"{shot}/{chosen.code}",
                body=body,
                by=statement.person,
                signature=statement.signature,
            )
        )

    library.committer.commit("take.picked", {"shot": shot, "take": chosen.code, "digest": chosen.digest}, write)
    return {"shot": shot, "take": chosen.code, "digest": chosen.digest, "picked_by": statement.person}


def take_number(text: str) -> int:
    """``take_003`` or ``3`` as a number; raises BadInput."""
    match = re.fullmatch(r"(?:take_)?(\d{1,6})", text)
    if match is None:
        raise BadInput(f"expected a take such as take_003, found {text!r}")
    return int(match[1])


def best_take(takes: tuple[Take, ...]) -> Take | None:
    """The picked take, else the latest that may be shown; stand-ins only when nothing else is there."""
    picked = [take for take in takes if take.status is TakeStatus.PICKED]
    current = [take for take in takes if take.status is TakeStatus.CURRENT]
    stand_ins = [take for take in takes if take.status is TakeStatus.STAND_IN]
    candidates = picked or current or stand_ins
    return candidates[-1] if candidates else None


def _shown(take: Take) -> dict[str, Any]:
    return {
        "take": take.code,
        "status": take.status.value,
        "generator": take.generator,
        "decision": take.decision,
        "permit": take.permit,
        "source_type": take.source_type,
        "seed": take.seed,
        "digest": take.digest,
        "created_at": take.created_at.isoformat(),
        "created_by": take.created_by,
    }
