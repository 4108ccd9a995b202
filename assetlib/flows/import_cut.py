"""Bring a timeline in: sequences, shots, frame ranges, and a first USD layer set for each new shot."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.editorial.compare import difference, match, restored
from assetlib.flows.ask import production_of
from assetlib.intake.timeline import intake_timeline
from assetlib.model.cut import CutDiff, Edit, Timeline
from assetlib.model.production import Production
from assetlib.model.record import Cut, Sequence
from assetlib.model.shot import Shot, ShotStatus
from provenance.digest import canonical_json

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library


def import_cut(
    library: Library,
    path: Path,
    *,
    rate: float | None = None,
    timeline: str | None = None,
    production: str | None = None,
    dry_run: bool = False,
) -> dict[str, Any]:
    """Read the timeline in the limited subprocess, compare it with the cut as it is, record the change.

    The same file again changes nothing. Raises Unreadable with what to do, NotFound for an unknown production.
    """
    work = Path(tempfile.mkdtemp(prefix="cut-", dir=library.staging))
    try:
        read, canonical = intake_timeline(path, rate, timeline, work)
        with library.catalog.reader() as queries:
            chosen = production_of(queries, production)
            known = _known_edits(queries, read.uuid)
            edits = match(known, restored(known, read.edits))
            shots = {shot.code: shot for shot in queries.shots(chosen.id)}
        changes = difference(known, edits)
        merged = replace(read, edits=edits)
        if (not dry_run and changes != CutDiff(unchanged=changes.unchanged)) or (not known and not dry_run):
            _record(library, merged, chosen, changes, shots, canonical)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    notes = [*read.warnings, *_rate_notes(read, chosen)]
    return {**{name: list(codes) for name, codes in asdict(changes).items()}, "warnings": notes, "cut": merged.name}


def list_cuts(library: Library) -> list[dict[str, Any]]:
    """Every cut at its last import."""
    with library.catalog.reader() as queries:
        latest = {cut.timeline: cut for cut in queries.cuts()}
    return [
        {
            "name": cut.name,
            "timeline": cut.timeline,
            "production": cut.production,
            "shots": len(json.loads(cut.body)["timeline"]["edits"]),
            "digest": cut.digest,
            "imported_at": cut.imported_at.isoformat(),
        }
        for cut in latest.values()
    ]


def timeline_of(cut: Cut) -> Timeline:
    return Timeline.from_json(json.loads(cut.body)["timeline"])


def _known_edits(queries: Queries, timeline: str) -> tuple[Edit, ...]:
    imports = queries.cuts(timeline)
    return timeline_of(imports[-1]).edits if imports else ()


def _record(
    library: Library,
    timeline: Timeline,
    production: Production,
    changes: CutDiff,
    shots: Mapping[str, Shot],
    canonical: Path,
) -> None:
    digest, _ = library.store.put_file(canonical)
    known = {shot.timeline for shot in shots.values()}
    updated = [_shot(edit, timeline, production, shots.get(edit.shot)) for edit in timeline.edits]
    removed = [replace(shots[code], status=ShotStatus.OMITTED) for code in changes.removed if code in shots]
    cut = Cut(
        name=timeline.name,
        timeline=timeline.uuid,
        digest=digest,
        production=production.id,
        imported_at=library.clock(),
        body=canonical_json({"timeline": timeline.to_json()}),
    )

    def write(writer: Any, _: int) -> None:
        for code in sorted({shot.sequence for shot in updated}):
            writer.put_sequence(Sequence(code=code, production=production.id))
        for shot in (*updated, *removed):
            if shots.get(shot.code) != shot:
                writer.put_shot(shot)
        writer.put_cut(cut)

    body = {"timeline": timeline.uuid, "otio": digest, "shots": len(updated), "first": timeline.uuid not in known}
    library.committer.commit("cut.imported", body, write)


def _shot(edit: Edit, timeline: Timeline, production: Production, known: Shot | None) -> Shot:
    """A new shot, or the known one with the edit's frames; what people put into it stays."""
    fields: dict[str, Any] = {
        "cut_in": production.first_frame,
        "cut_out": production.first_frame + edit.source_frames - 1,
        "handles": production.handles,
        "rate": timeline.rate,
        "timeline": timeline.uuid,
        "clip": edit.name,
        "time_scalar": edit.time_scalar,
        "head": edit.head,
        "tail": edit.tail,
    }
    if known is not None:
        status = ShotStatus.READY if known.status is ShotStatus.OMITTED else known.status
        return replace(known, status=status, **fields)
    return Shot(code=edit.shot, sequence=sequence_of(edit.shot, timeline), production=production.id, **fields)


def sequence_of(code: str, timeline: Timeline) -> str:
    """``sq010_sh0020`` lies in sq010; other codes in a sequence named like their timeline."""
    match_ = re.match(r"((?:[A-Za-z0-9]+_)*(?:sq|seq)\d+)_", code, re.IGNORECASE)
    if match_:
        return match_[1]
    return re.sub(r"[^A-Za-z0-9]+", "_", timeline.name).strip("_") or "main"


def _rate_notes(timeline: Timeline, production: Production) -> list[str]:
    if timeline.rate == production.rate:
        return []
    return [f"the timeline runs at {timeline.rate} fps, the production at {production.rate}; shots keep the timeline's"]
