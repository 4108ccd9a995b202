"""Put a cut together from its best takes, in record order, as one clip to look at.

It is an export to the person who asks: a view decision over everything in the picture is recorded first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.flows.ask import decide, question_for
from assetlib.flows.pick_take import best_take
from assetlib.flows.show_shots import scope_of, shots_of
from assetlib.model.refusals import BadInput, Conflict, NotFound
from assetlib.model.shot import Shot, Take, TakeStatus

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from assetlib.library import Library

    Pixels = npt.NDArray[np.generic]


def assemble_cut(library: Library, cut: str | None, out: Path) -> dict[str, Any]:
    """Write an MP4 to `out`; a shot without a take shows a slate with its code. Raises Denied, NotFound, Conflict."""
    from assetlib.media.clips import write_mp4

    if out.exists():
        raise Conflict(f"{out} exists; choose another name")
    if out.suffix.lower() != ".mp4":
        raise BadInput(f"expected a name that ends in .mp4, found {out.name}")
    with library.catalog.reader() as queries:
        shots = shots_of(queries, cut)
        if not shots:
            raise NotFound("no shots; bring a cut in with 'assetlib cut import FILE'")
        production = queries.production(shots[0].production)
        takes = {shot.code: best_take(queries.takes(shot.code)) for shot in shots}
    pins = sorted({f"{pin.entity}?version={pin.digest}" for shot in shots if takes[shot.code] for pin in shot.pins})
    decision = ""
    if pins:
        scenes, content = scope_of([shot for shot in shots if takes[shot.code]])
        asked = question_for(
            production,
            pins,
            requester=library.actor,
            now=library.clock(),
            purpose="review",
            scenes=scenes,
            content=content,
        )
        recorded = decide(library, asked)
        recorded.demand()
        decision = recorded.id
    out.parent.mkdir(parents=True, exist_ok=True)
    size = _size(library, shots, takes, (production.width, production.height))
    count = write_mp4(_frames(library, shots, takes, size), out, rate=shots[0].rate)
    warnings = [f"{shot.code} has no take; a slate stands in its place" for shot in shots if takes[shot.code] is None]
    warnings += [f"{shot.code} shows a stand-in" for shot in shots if _status(takes[shot.code]) is TakeStatus.STAND_IN]
    return {"frames": count, "shots": len(shots), "decision": decision, "warnings": warnings}


def _status(take: Take | None) -> TakeStatus | None:
    return None if take is None else take.status


def _size(
    library: Library, shots: tuple[Shot, ...], takes: dict[str, Take | None], usual: tuple[int, int]
) -> tuple[int, int]:
    """(width, height) of the first take, so that slates fit; the production's where there is none."""
    for shot in shots:
        for frame in _take_frames(library, takes[shot.code]):
            return frame.shape[1], frame.shape[0]
    return usual


def _frames(
    library: Library, shots: tuple[Shot, ...], takes: dict[str, Take | None], size: tuple[int, int]
) -> Iterator[Pixels]:
    for shot in shots:
        shown = 0
        for frame in _take_frames(library, takes[shot.code]):
            yield frame
            shown += 1
        for _ in range(len(shot.frames) - shown):
            yield _slate(shot.code, size)


def _take_frames(library: Library, take: Take | None) -> Iterator[Pixels]:
    from assetlib.media.stills import decode_still

    if take is None:
        return
    with library.catalog.reader() as queries:
        files = [file for file in queries.take_files(take.shot, take.number) if file.path.endswith(".png")]
    for file in sorted(files, key=lambda f: f.path):
        with library.store.open(file.digest) as stream:
            yield decode_still(stream.read())


def _slate(code: str, size: tuple[int, int]) -> Pixels:
    import numpy as np
    from PIL import Image, ImageDraw, ImageFont

    slate = Image.new("RGB", size, (26, 28, 33))
    text = f"{code}\nno cleared take"
    font = ImageFont.load_default(max(12, size[1] // 14))
    ImageDraw.Draw(slate).multiline_text(
        (size[0] / 2, size[1] / 2), text, fill=(190, 195, 202), font=font, anchor="mm", align="center"
    )
    return np.asarray(slate)
