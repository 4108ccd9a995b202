"""Shots in record order, with what they are made from and whether that is cleared."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assetlib.flows.ask import question_for
from assetlib.flows.world import load_world
from assetlib.model.cut import Timeline
from assetlib.model.shot import Shot, ShotStatus
from assetlib.rights.evaluate import evaluate

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library


def list_shots(library: Library, *, cut: str | None, production: str | None) -> list[dict[str, Any]]:
    """Every shot of the cut (the last imported unless named), in record order. `clearance` is asked, not recorded."""
    now = library.clock()
    with library.catalog.reader() as queries:
        shots = shots_of(queries, cut, production)
        digests = {pin.digest for shot in shots for pin in shot.pins}
        world = load_world(library, queries, digests, now=now)
        productions = {p.id: p for p in queries.productions()}
        takes = {shot.code: queries.takes(shot.code) for shot in shots}
    rows = []
    for shot in shots:
        clearance = "no assets"
        if shot.pins:
            references = [f"{pin.entity}?version={pin.digest}" for pin in shot.pins]
            asked = question_for(
                productions[shot.production],
                references,
                requester=library.actor,
                now=now,
                scenes=shot.scenes,
                content=shot.content,
                shot=shot.code,
            )
            clearance = evaluate(world, asked).outcome.value
        rows.append(_row(shot, clearance, len(takes[shot.code])))
    return rows


def shots_of(queries: Queries, cut: str | None, production: str | None = None) -> tuple[Shot, ...]:
    """The shots of a cut in record order; without any cut, every shot by code. Raises NotFound."""
    if production is not None:
        queries.production(production)
    chosen = queries.cut(cut) if cut is not None else queries.last_cut(production)
    if chosen is None:
        return queries.shots(production)
    timeline = Timeline.from_json(json.loads(chosen.body)["timeline"])
    shots = {shot.code: shot for shot in queries.shots(chosen.production, chosen.timeline)}
    ordered = [shots[edit.shot] for edit in timeline.edits if edit.shot in shots]
    return tuple(shot for shot in ordered if shot.status is not ShotStatus.OMITTED)


def _row(shot: Shot, clearance: str, takes: int) -> dict[str, Any]:
    return {
        "shot": shot.code,
        "sequence": shot.sequence,
        "frames": f"{shot.cut_in}-{shot.cut_out}",
        "handles": shot.handles,
        "rate": str(shot.rate),
        "status": shot.status.value,
        "clearance": clearance,
        "takes": takes,
        "assets": ", ".join(pin.name for pin in shot.pins),
        "pins": [{"name": p.name, "entity": p.entity, "version": p.version, "digest": p.digest} for p in shot.pins],
    }
