"""Hand over one take of a shot: for a look, its files exactly as made; for anything else, as a delivery.

A look is a *view* by one of the house, stand-ins included, so that a director sees a shot while legal works.
Whatever else leaves, a review by somebody outside too, goes like a cut: carriers in, signed last, never a stand-in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.flows.ask import Recorded, decide, question_for
from assetlib.flows.audit_permits import demand_doors
from assetlib.flows.audit_rights import decision_of
from assetlib.flows.delivery import (
    Parcel,
    hand_over,
    next_export_id,
    refuse_occupied,
    write_carriers,
    write_snapshot,
)
from assetlib.flows.export_cut import Leaving, send_clip, send_frames
from assetlib.flows.leaving import staged
from assetlib.flows.pick_take import best_take, take_number
from assetlib.model.production import Production
from assetlib.model.refusals import BadInput, Conflict
from assetlib.model.shot import Shot, Take, TakeStatus
from assetlib.rights.vocabulary import PURPOSES

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

_VIEW, _REVIEW, _HERE = "view", "review", "local"


def export_shot(
    library: Library,
    shot: str,
    *,
    out: Path,
    take: str | None = None,
    purpose: str = _REVIEW,
    recipient: str = _HERE,
    dry_run: bool = False,
) -> dict[str, Any]:
    """``{"receipt", "files", "decision"}``; `take` None means the picked one, else the latest that may be shown.

    Raises Denied with the recorded decision (`out` stays as it was), Conflict for a stand-in that would be delivered
    or a shot without a take, NotFound, BadInput.
    """
    refuse_occupied(out)
    if purpose not in PURPOSES:
        raise BadInput(f"expected a purpose of {', '.join(PURPOSES)}, found {purpose!r}")
    with library.catalog.reader() as queries:
        found = queries.shot(shot)
        chosen = _chosen(queries, found, take)
        production = queries.production(found.production)
        leaving = Leaving(
            shot=found,
            take=chosen,
            files=queries.take_files(shot, chosen.number),
            lineage=tuple(version.digest for version in queries.closure([chosen.digest])[0]),
        )
        references = _references(queries, found, chosen, purpose)
        look = purpose == _REVIEW and _is_ours(queries, recipient)
    recorded = _decide(library, production, found, references, purpose, recipient)
    if not look and chosen.status is TakeStatus.STAND_IN:
        raise Conflict(
            f"{shot} {chosen.code} holds a stand-in, and no stand-in is delivered; look at it here, with {_REVIEW}"
        )
    demand_doors(library, [(chosen, leaving.files)])
    if dry_run:
        names = [file.path for file in leaving.files]
        return {"receipt": "nothing (dry run)", "files": names, "decision": recorded.to_json()}
    with staged(library) as stage:
        parcel = _parcel(library, leaving, recorded, stage, look=look)
        done = hand_over(library, parcel, out)
    return {"receipt": done.export, "files": list(done.files), "decision": recorded.to_json()}


def _chosen(queries: Queries, shot: Shot, take: str | None) -> Take:
    if take is not None:
        chosen = queries.take(shot.code, take_number(take))
        if chosen.status is TakeStatus.QUARANTINED:
            raise Conflict(f"{shot.code} {chosen.code} is quarantined and does not leave; make the shot again")
        return chosen
    best = best_take(queries.takes(shot.code))
    if best is None:
        raise Conflict(f"{shot.code} has no take that may be shown; make one: assetlib shot generate {shot.code}")
    return best


def _references(queries: Queries, shot: Shot, take: Take, purpose: str) -> tuple[str, ...]:
    """What the take was made from; a delivery also answers for everything that the shot pins."""
    used = set(decision_of(queries.decision(take.decision)).question.references)
    pins = {f"{pin.entity}?version={pin.digest}" for pin in shot.pins}
    return tuple(sorted(used if purpose == _REVIEW else used | pins))


def _decide(
    library: Library, production: Production, shot: Shot, references: Sequence[str], purpose: str, recipient: str
) -> Recorded:
    question = question_for(
        production,
        references,
        requester=library.actor,
        now=library.clock(),
        actions=(_VIEW,) if purpose == _REVIEW else (),
        purpose=purpose,
        recipient=recipient,
        scenes=shot.scenes,
        content=shot.content,
    )
    recorded = decide(library, replace(question, shot=shot.code))
    recorded.demand()
    return recorded


def _is_ours(queries: Queries, recipient: str) -> bool:
    """Whether a look stays in the house: with nobody else, or with one of the people enrolled here."""
    outside = queries.recipient(recipient) is not None
    return recipient == _HERE or (not outside and any(person.id == recipient for person in queries.people()))


def _parcel(library: Library, leaving: Leaving, recorded: Recorded, stage: Path, *, look: bool) -> Parcel:
    export = next_export_id(library)
    carriers = {"c2pa", "cawg"}
    if look:
        for file in leaving.files:
            library.store.copy_to(file.digest, stage / file.path)
    else:
        send_clip(library, leaving, stage, export, recorded)
        send_frames(library, leaving, stage, export, recorded)
        carriers |= {"xmp", "xmp-sidecar"}
    lineage = {path.relative_to(stage).as_posix(): leaving.lineage for path in stage.rglob("*") if path.is_file()}
    carriers.update(write_carriers(library, stage))
    write_snapshot(library, recorded, stage)
    return Parcel(
        export=export,
        recorded=recorded,
        stage=stage,
        lineage=lineage,
        carriers=tuple(sorted(carriers)),
        shots=(leaving.shot.code,),
    )
