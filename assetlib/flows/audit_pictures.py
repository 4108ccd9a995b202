"""The page of an audit: small JPEGs of takes and assets that may be viewed, and the file itself."""

from __future__ import annotations

import contextlib
import io
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assetlib.audit.page import Picture, audit_page
from assetlib.audit.report import AuditReport
from assetlib.flows.audit_rights import decision_of
from assetlib.flows.audit_views import Sight, ask_to_view
from assetlib.media import MediaError
from assetlib.media.stills import decode_still, thumbnail
from assetlib.model.asset import AssetFile
from assetlib.model.refusals import BadInput
from assetlib.model.shot import Shot
from assetlib.storage.store import StorageRefused
from provenance.digest import Digest

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

_WIDE, _SMALL = (960, 540), (192, 192)  # twice what the page shows, for dense screens and for print
_QUALITY = 84
_UNREADABLE = "its bytes are damaged or gone"


def best_picture(files: Sequence[AssetFile]) -> str:
    """The digest of the frame in the middle of a take; '' when it has none."""
    frames = sorted((file for file in files if file.path.endswith(".png")), key=lambda file: file.path)
    return frames[len(frames) // 2].digest if frames else ""


def write_page(library: Library, report: AuditReport, shots: Sequence[Shot], target: Path) -> None:
    """The page at `target`, whole or not at all; each picture that is not shown says why."""
    if target.is_dir():
        raise BadInput(f"the page cannot be written to {target}: it is a folder")
    pictures, decisions = _pictures(library, report, shots)
    page = audit_page(report, pictures, shown_under=decisions, today=library.clock())
    staged = target.with_name(f".{target.name}.{secrets.token_hex(6)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.write_text(page, encoding="utf-8")
        staged.replace(target)
    except OSError as error:
        raise BadInput(f"the page cannot be written to {target}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            staged.unlink(missing_ok=True)


def _pictures(
    library: Library, report: AuditReport, shots: Sequence[Shot]
) -> tuple[dict[tuple[str, str], Picture], tuple[str, ...]]:
    """By shot and digest what the page shows, and the decisions under which it does."""
    with library.catalog.reader() as queries:
        production = queries.production(shots[0].production)
        wanted = dict(_sights(queries, report, shots))
    if not wanted:
        return {}, ()
    seen = ask_to_view(library, production, list(wanted))
    made: dict[Digest, Picture] = {}
    pictures: dict[tuple[str, str], Picture] = {}
    for sight, size in wanted.items():
        key = (sight.shot.code, sight.picture)
        if sight in seen.withheld:
            pictures[key] = Picture(why=seen.withheld[sight])
            continue
        if sight.picture not in made:
            made[sight.picture] = _made(library, sight.picture, size)
        pictures[key] = made[sight.picture]
    return pictures, seen.decisions


def _sights(queries: Queries, report: AuditReport, shots: Sequence[Shot]) -> Iterator[tuple[Sight, tuple[int, int]]]:
    """The take that stands for each shot and the assets it rests on, with the size each is shown at."""
    by_code: Mapping[str, Shot] = {shot.code: shot for shot in shots}
    for audit in report.shots:
        shot, take = by_code[audit.shot], audit.standing_take
        if take is not None and take.image:
            inside = decision_of(queries.decision(take.decision)).question.references
            yield Sight(shot=shot, picture=Digest(take.image), references=inside), _WIDE
        for one in audit.references:
            if one.thumbnail:
                yield (
                    Sight(shot=shot, picture=Digest(one.thumbnail), references=(f"{one.entity}?version={one.digest}",)),
                    _SMALL,
                )


def _made(library: Library, digest: Digest, size: tuple[int, int]) -> Picture:
    try:
        with library.store.open(digest) as stream:
            return Picture(jpeg=jpeg(stream.read(), width=size[0], height=size[1]))
    except (StorageRefused, MediaError):
        return Picture(why=_UNREADABLE)


def jpeg(picture: bytes, *, width: int, height: int) -> bytes:
    """A JPEG of `picture` that fits into width × height pixels. Raises MediaError."""
    from PIL import Image

    small, written = thumbnail(decode_still(picture), width=width, height=height), io.BytesIO()
    Image.fromarray(small).save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()
