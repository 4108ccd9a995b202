"""Put the shots of a cut together in record order: one MP4 for the person who asks, recorded as a *view*.

Shots without a cleared take get a slate, so that the length and rhythm of the cut stay what the timeline says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assetlib.flows.ask import Recorded, decide, question_for
from assetlib.flows.audit_permits import demand_doors
from assetlib.flows.audit_rights import decision_of
from assetlib.flows.delivery import Parcel, hand_over, next_export_id, refuse_occupied, staged
from assetlib.flows.export_cut import content_of, scenes_of
from assetlib.flows.pick_take import best_take
from assetlib.flows.show_shots import shots_of
from assetlib.flows.world import load_world
from assetlib.media.clips import write_mp4
from assetlib.media.stills import decode_still
from assetlib.model.asset import AssetFile
from assetlib.model.production import Production
from assetlib.model.refusals import Conflict, NotFound
from assetlib.model.shot import Shot, Take, TakeStatus
from assetlib.model.world import World
from assetlib.rights.evaluate import evaluate
from provenance.claims import DecisionReference, SourceType, assembled_cut
from provenance.credentials import Ingredient, sign_embedded
from provenance.decision import Outcome, Question
from provenance.digest import Digest

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

Pixels = npt.NDArray[np.uint8]
_INK, _FAINT, _PAPER = (232, 232, 228), (150, 154, 160), (24, 26, 30)


class _Part:
    """One shot of the assembly: its take with its files, or None and why."""

    def __init__(self, shot: Shot, take: Take | None, files: tuple[AssetFile, ...], why: str) -> None:
        self.shot, self.take, self.files, self.why = shot, take, files, why

    @property
    def frames(self) -> list[AssetFile]:
        """The pictures of the cut's own range, in order; handles stay out."""
        numbered = {int(f.path.rsplit(".", 2)[-2]): f for f in self.files if f.path.endswith(".png")}
        return [numbered[n] for n in self.shot.frames if n in numbered]


def assemble_cut(library: Library, cut: str | None, out: Path) -> dict[str, Any]:
    """``{"frames", "shots", "warnings"}``. Raises Denied, NotFound, Conflict when no shot may be shown."""
    refuse_occupied(out, folder=False)
    with library.catalog.reader() as queries:
        parts = _parts(library, queries, cut)
        production = queries.production(parts[0].shot.production)
        shown = [part for part in parts if part.take is not None]
        if not shown:
            raise Conflict(f"no shot of this cut may be shown yet; {parts[0].shot.code}: {parts[0].why}")
        references = sorted({r for part in shown for r in _references(queries, part.take)})
    shots = [part.shot for part in shown]
    asked = _question(library, production, references, scenes=scenes_of(shots), content=content_of(shots))
    recorded = decide(library, asked)
    recorded.demand()
    demand_doors(library, [(part.take, part.files) for part in shown if part.take is not None])
    with staged(library) as stage:
        count = _write(library, parts, production, stage / "unsigned.mp4")
        parcel = _sign(library, recorded, shown, stage, out.name)
        hand_over(library, parcel, out)
    warnings = [f"{part.shot.code}: {part.why}" for part in parts if part.why]
    return {"frames": count, "shots": len(parts), "warnings": warnings}


def _parts(library: Library, queries: Queries, cut: str | None) -> list[_Part]:
    """Each shot with the take that stands for it, if its assets may be viewed; the answers here only choose."""
    shots = shots_of(queries, cut)
    if not shots:
        raise NotFound("there is no shot to put together; import a cut first: assetlib cut import FILE")
    takes = {shot.code: best_take(queries.takes(shot.code)) for shot in shots}
    lineage = [take.digest for take in takes.values() if take is not None]
    world = load_world(library, queries, lineage, now=library.clock())
    return [_part(library, queries, world, shot, takes[shot.code]) for shot in shots]


def _part(library: Library, queries: Queries, world: World, shot: Shot, take: Take | None) -> _Part:
    if take is None:
        return _Part(shot, None, (), "no cleared take")
    production = queries.production(shot.production)
    references = _references(queries, take)
    answer = evaluate(world, _question(library, production, references, scenes=shot.scenes, content=shot.content))
    if answer.outcome is not Outcome.ALLOW:
        return _Part(shot, None, (), f"no cleared take: {answer.findings[0].sentence}")
    why = f"{take.code} holds a stand-in" if take.status is TakeStatus.STAND_IN else ""
    part = _Part(shot, take, queries.take_files(shot.code, take.number), why)
    missing = len(shot.frames) - len(part.frames)
    if missing:
        part.why = f"{take.code} lacks {missing} frames of the cut; the last one is held"
    return part


def _references(queries: Queries, take: Take | None) -> tuple[str, ...]:
    return () if take is None else decision_of(queries.decision(take.decision)).question.references


def _question(library: Library, production: Production, references: Sequence[str], **about: Any) -> Question:
    return question_for(
        production,
        references,
        requester=library.actor,
        now=library.clock(),
        actions=("view",),
        purpose="review",
        **about,
    )


def _write(library: Library, parts: Sequence[_Part], production: Production, target: Path) -> int:
    first = next(part for part in parts if part.frames)
    height, width = _picture(library, first.frames[0]).shape[:2]
    frames = (frame for part in parts for frame in _frames(library, part, width, height))
    return write_mp4(frames, target, rate=parts[0].shot.rate or production.rate)


def _frames(library: Library, part: _Part, width: int, height: int) -> Iterator[Pixels]:
    """(height, width, 3) 8-bit pictures, exactly as many as the cut has; the slate where there is no take."""
    count, frames = len(part.shot.frames), part.frames
    if not frames:
        card = slate(part.shot.code, "no cleared take", width, height)
        yield from (card for _ in range(count))
        return
    for index in range(count):
        yield _fitted(_picture(library, frames[min(index, len(frames) - 1)]), width, height)


def _picture(library: Library, file: AssetFile) -> Pixels:
    with library.store.open(file.digest) as stream:
        return decode_still(stream.read())


def _fitted(pixels: Pixels, width: int, height: int) -> Pixels:
    """Takes of another size are scaled and centered on black, never cropped."""
    if pixels.shape[:2] == (height, width):
        return pixels
    from PIL import Image, ImageOps

    return np.asarray(ImageOps.pad(Image.fromarray(pixels), (width, height), color=(0, 0, 0)), np.uint8)


def slate(shot: str, why: str, width: int, height: int) -> Pixels:
    """(height, width, 3) 8-bit card with the shot's code and a line below."""
    from PIL import Image, ImageDraw, ImageFont

    card = Image.new("RGB", (width, height), _PAPER)
    draw = ImageDraw.Draw(card)
    draw.text((width / 2, height * 0.45), shot, fill=_INK, font=ImageFont.load_default(height // 8), anchor="mm")
    draw.text((width / 2, height * 0.6), why, fill=_FAINT, font=ImageFont.load_default(height // 16), anchor="mm")
    return np.asarray(card, np.uint8)


def _sign(library: Library, recorded: Recorded, shown: Sequence[_Part], stage: Path, name: str) -> Parcel:
    """The clips of the takes become ingredients, each once; the file is signed last."""
    export = next_export_id(library)
    ingredients = [i for index, part in enumerate(shown) if (i := _ingredient(library, part, f"shot{index}"))]
    question = recorded.decision.question
    trained = any(part.take is not None and "rained" in part.take.source_type for part in shown)
    claim = assembled_cut(
        title=name,
        declared=SourceType.COMPOSITE_SYNTHETIC if trained else SourceType.COMPOSITE,
        export=export,
        purpose=question.purpose,
        recipient=question.recipient,
        decision=DecisionReference(id=recorded.id, digest=recorded.digest),
        placed=[ingredient.label for ingredient in ingredients],
        policy=library.settings["rights.policy_url"],
    )
    unsigned, signed = stage / "unsigned.mp4", stage / "cut.mp4"
    sign_embedded(
        unsigned,
        signed,
        "video/mp4",
        claim,
        signer=library.signer,
        trust=library.trust,
        ingredients=ingredients,
    )
    unsigned.unlink()
    return Parcel(
        export=export,
        recorded=recorded,
        stage=stage,
        lineage={signed.name: _lineage(library, shown)},
        carriers=("c2pa", "cawg"),
        shots=tuple(part.shot.code for part in shown),
        single=signed.name,
    )


def _ingredient(library: Library, part: _Part, label: str) -> Ingredient | None:
    clip = next((file for file in part.files if file.media_type == "video/mp4"), None)
    if clip is None:
        return None
    return Ingredient(
        path=library.store.path(clip.digest),
        media_type=clip.media_type,
        title=Path(clip.path).name,
        relationship="componentOf",
        label=label,
    )


def _lineage(library: Library, shown: Sequence[_Part]) -> tuple[Digest, ...]:
    takes = [part.take.digest for part in shown if part.take is not None]
    with library.catalog.reader() as queries:
        return tuple(version.digest for version in queries.closure(takes)[0])
