"""Hand a cut over: the takes that stand for its shots, with carriers, signed last, in one folder that appears whole.

A denial is recorded and stages nothing. `delivery.hand_over` is the door; here the parcel is put together.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.editorial.write import ShotMedia, require_adapter, suffix, write_cut
from assetlib.flows.ask import Recorded, decide, question_for
from assetlib.flows.audit_permits import demand_doors
from assetlib.flows.audit_rights import decision_of
from assetlib.flows.delivery import (
    Parcel,
    hand_over,
    next_export_id,
    refuse_occupied,
    staged,
    write_carriers,
    write_snapshot,
)
from assetlib.flows.pick_take import best_take
from assetlib.flows.show_shots import shots_of
from assetlib.model.asset import AssetFile
from assetlib.model.production import Production
from assetlib.model.record import Cut
from assetlib.model.refusals import BadInput, Conflict, NotFound
from assetlib.model.shot import Shot, Take, TakeStatus
from assetlib.protection.carriers import write_sidecar, xmp_packet
from assetlib.protection.embed import EMBEDS, embed_xmp
from assetlib.rights.vocabulary import PURPOSES
from provenance.claims import DecisionReference, Manifest, delivered_export
from provenance.credentials import Ingredient, sign_embedded
from provenance.decision import Question
from provenance.digest import Digest
from provenance.packages import inventory, measure, sign_package

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

_WITH_FRAMES = frozenset({"delivery", "archive", "final_shot"})
_FORMATS = frozenset({"otio", "edl", "fcpxml", "fcp7", "aaf"})
_NOTICE = "Licensed for the named recipient and purpose only. No training, no text and data mining."


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A take that leaves: its shot, its files, and the versions it was made from."""

    shot: Shot
    take: Take
    files: tuple[AssetFile, ...]
    lineage: tuple[Digest, ...]

    @property
    def clip(self) -> AssetFile:
        """The signed clip. Raises Conflict when the take has none."""
        found = next((file for file in self.files if file.media_type == "video/mp4"), None)
        if found is None:
            raise Conflict(f"{self.shot.code} {self.take.code} has no clip; generate the shot again")
        return found

    @property
    def frames(self) -> tuple[AssetFile, ...]:
        return tuple(file for file in self.files if file.path.endswith((".png", ".exr")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A cut as it would leave: `missing` are shots without a take, `stand_ins` those with only a stand-in."""

    cut: Cut
    production: Production
    shots: tuple[Shot, ...]
    leaving: tuple[Leaving, ...]
    missing: tuple[str, ...]
    stand_ins: tuple[str, ...]
    references: tuple[str, ...]


def export_cut(
    library: Library,
    cut: str | None,
    *,
    purpose: str,
    recipient: str,
    out: Path,
    kind: str = "otio",
    dry_run: bool = False,
) -> dict[str, Any]:
    """Raises Denied with the recorded decision (`out` stays as it was), Conflict for stand-ins, BadInput, NotFound."""
    refuse_occupied(out)
    if purpose not in PURPOSES or kind not in _FORMATS:
        raise BadInput(f"expected a purpose of {', '.join(PURPOSES)} and a known format, found {purpose!r}, {kind!r}")
    require_adapter(kind)
    with library.catalog.reader() as queries:
        plan = plan_cut(queries, cut)
    recorded = decide(library, _question(library, plan, purpose, recipient))
    recorded.demand()
    _refuse_unfit(plan)
    demand_doors(library, [(one.take, one.files) for one in plan.leaving])
    warnings = [f"{shot} has no take: its clip is offline" for shot in plan.missing]
    if dry_run:
        names = [f"media/{one.shot.code}/{Path(one.clip.path).name}" for one in plan.leaving]
        return {"receipt": "nothing (dry run)", "files": names, "decision": recorded.to_json(), "warnings": warnings}
    with staged(library) as stage:
        parcel, lost = _parcel(library, plan, recorded, stage, kind)
        done = hand_over(library, parcel, out)
    return {
        "receipt": done.export,
        "files": list(done.files),
        "decision": recorded.to_json(),
        "warnings": [*warnings, *lost, *done.warnings],
    }


def plan_cut(queries: Queries, cut: str | None) -> Plan:
    """The cut (the last imported unless named) with the take that stands for each shot. Raises NotFound."""
    chosen = queries.cut(cut) if cut is not None else queries.last_cut()
    if chosen is None:
        raise NotFound("no cut was imported; bring one in first: assetlib cut import FILE")
    shots = shots_of(queries, chosen.name)
    best = {shot.code: best_take(queries.takes(shot.code)) for shot in shots}
    stand_ins = [code for code, take in best.items() if take is not None and take.status is TakeStatus.STAND_IN]
    leaving = tuple(
        Leaving(
            shot=shot,
            take=take,
            files=queries.take_files(shot.code, take.number),
            lineage=tuple(version.digest for version in queries.closure([take.digest])[0]),
        )
        for shot in shots
        if (take := best[shot.code]) is not None and take.status is not TakeStatus.STAND_IN
    )
    pins = {f"{pin.entity}?version={pin.digest}" for shot in shots for pin in shot.pins}
    used = {ref for one in leaving for ref in decision_of(queries.decision(one.take.decision)).question.references}
    return Plan(
        cut=chosen,
        production=queries.production(chosen.production),
        shots=shots,
        leaving=leaving,
        missing=tuple(code for code, take in best.items() if take is None),
        stand_ins=tuple(stand_ins),
        references=tuple(sorted(pins | used)),
    )


def _question(library: Library, plan: Plan, purpose: str, recipient: str) -> Question:
    return question_for(
        plan.production,
        plan.references,
        requester=library.actor,
        now=library.clock(),
        purpose=purpose,
        recipient=recipient,
        scenes=scenes_of(plan.shots),
        content=content_of(plan.shots),
    )


def scenes_of(shots: Sequence[Shot]) -> tuple[str, ...]:
    """The scenes of all shots; none when one shot does not say its own, so that no other's scene speaks for it."""
    if not all(shot.scenes for shot in shots):
        return ()
    return tuple(sorted({scene for shot in shots for scene in shot.scenes}))


def content_of(shots: Sequence[Shot]) -> tuple[tuple[str, str], ...]:
    """A flag is yes when any shot says so, no when every shot says so, else undeclared."""
    declared = [dict(shot.content) for shot in shots]
    flags = sorted({flag for content in declared for flag in content})
    answers = {flag: {content.get(flag) for content in declared} for flag in flags}
    return tuple(
        (flag, "yes" if "yes" in said else "no") for flag, said in answers.items() if "yes" in said or said == {"no"}
    )


def _refuse_unfit(plan: Plan) -> None:
    if plan.stand_ins:
        raise Conflict(
            f"{', '.join(plan.stand_ins)}: only a stand-in is there, and no stand-in is delivered; "
            "generate the shot once its assets are cleared"
        )
    if not plan.leaving:
        raise Conflict(f"no shot of {plan.cut.name} has a take; there is nothing to hand over")


def _parcel(library: Library, plan: Plan, recorded: Recorded, stage: Path, kind: str) -> tuple[Parcel, list[str]]:
    export = next_export_id(library)
    lineage: dict[str, tuple[Digest, ...]] = {}
    carriers = {"c2pa", "cawg", "xmp", *write_carriers(library, stage)}
    media = {shot.code: _offline(shot) for shot in plan.shots}
    for one in plan.leaving:
        folder = stage / "media" / one.shot.code
        folder.mkdir(parents=True)
        clip = send_clip(library, one, folder, export, recorded)
        if recorded.decision.question.purpose in _WITH_FRAMES and one.frames:
            send_frames(library, one, folder, export, recorded)
            carriers.add("xmp-sidecar")
        lineage |= {p.relative_to(stage).as_posix(): one.lineage for p in folder.rglob("*") if p.is_file()}
        media[one.shot.code] = _shot_media(one, clip.relative_to(stage).as_posix())
    lost = write_cut(
        library.store.path(plan.cut.digest),
        media,
        stage / f"{_safe(plan.cut.name)}{suffix(kind)}",
        kind=kind,
        asked_about=frozenset(reference.partition("?")[0] for reference in plan.references),
    )
    write_snapshot(library, recorded, stage)
    parcel = Parcel(
        export=export,
        recorded=recorded,
        stage=stage,
        lineage=lineage,
        carriers=tuple(sorted(carriers)),
        shots=tuple(one.shot.code for one in plan.leaving),
    )
    return parcel, list(lost)


def send_clip(library: Library, one: Leaving, folder: Path, export: str, recorded: Recorded) -> Path:
    """XMP goes in first, the signature last; the library's own signed clip is the parent."""
    kept = library.store.path(one.clip.digest)
    target = folder / Path(one.clip.path).name
    marked = folder / f".{target.stem}.marked.mp4"
    plain = folder / f".{target.stem}.plain.mp4"
    shutil.copyfile(kept, plain)
    embed_xmp(plain, marked, _packet(library))
    sign_embedded(
        marked,
        target,
        one.clip.media_type,
        _claim(library, target.name, export, recorded),
        signer=library.signer,
        trust=library.trust,
        ingredients=[_parent(kept, one.clip.media_type, target.name)],
    )
    marked.unlink()
    plain.unlink()
    return target


def send_frames(library: Library, one: Leaving, folder: Path, export: str, recorded: Recorded) -> None:
    """Pictures with their XMP under a new signed inventory; EXR has no place for XMP and gets sidecars."""
    packet = _packet(library)
    for file in one.frames:
        target = folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix in EMBEDS:
            plain = target.with_name(f".plain-{target.name}")
            library.store.copy_to(file.digest, plain)
            embed_xmp(plain, target, packet)
            plain.unlink()
        else:
            library.store.copy_to(file.digest, target)
            write_sidecar(target, packet)
    paths = sorted(name for file in one.frames for name in (file.path, f"{file.path}.xmp") if (folder / name).is_file())
    entity = f"assetlib://{one.shot.production}/takes/{one.shot.code}/{one.take.code}"
    root = next(path for path in reversed(paths) if path.endswith((".png", ".exr")))
    listed = inventory(entity, "v001", root, measure(folder, paths))
    title = f"{one.shot.code} {one.take.code} frames"
    manifest = sign_package(
        listed,
        _claim(library, title, export, recorded, listed),
        signer=library.signer,
        trust=library.trust,
        ingredients=[_parent(library.store.path(one.take.digest), "application/json", title)],
    )
    (folder / "frames.json").write_bytes(listed)
    (folder / "frames.c2pa").write_bytes(manifest)


def _claim(library: Library, title: str, export: str, recorded: Recorded, listed: bytes | None = None) -> Manifest:
    question = recorded.decision.question
    return delivered_export(
        title=title,
        export=export,
        purpose=question.purpose,
        recipient=question.recipient,
        decision=DecisionReference(id=recorded.id, digest=recorded.digest),
        parent="parent",
        transcoded=False,
        inventory=listed,
        policy=library.settings["rights.policy_url"],
    )


def _parent(path: Path, media_type: str, title: str) -> Ingredient:
    return Ingredient(path=path, media_type=media_type, title=title, relationship="parentOf", label="parent")


def _packet(library: Library) -> bytes:
    return xmp_packet(notice=_NOTICE, policy=library.settings["rights.policy_url"])


def _offline(shot: Shot) -> ShotMedia:
    """A shot without a take: its place in the cut, and nothing behind it."""
    return ShotMedia(
        shot=shot.code,
        cut_in=shot.cut_in,
        cut_out=shot.cut_out,
        first=shot.cut_in,
        last=shot.cut_out,
        rate=shot.rate,
    )


def _shot_media(one: Leaving, url: str) -> ShotMedia:
    numbers = [int(file.path.rsplit(".", 2)[-2]) for file in one.frames] or [one.shot.cut_in, one.shot.cut_out]
    return ShotMedia(
        shot=one.shot.code,
        cut_in=one.shot.cut_in,
        cut_out=one.shot.cut_out,
        first=min(numbers),
        last=max(numbers),
        rate=one.shot.rate,
        url=url,
        take=one.take.code,
        digest=one.take.digest,
        decision=one.take.decision,
    )


def _safe(name: str) -> str:
    """A cut's name as a file name."""
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name).strip("._") or "cut"
