"""The page of an audit: small JPEGs of takes and assets, made here from stored bytes, and the file itself."""

from __future__ import annotations

import contextlib
import io
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assetlib.audit.page import audit_page
from assetlib.audit.report import AuditReport
from assetlib.media import MediaError
from assetlib.media.stills import decode_still, thumbnail
from assetlib.model.asset import AssetFile
from assetlib.model.refusals import BadInput
from assetlib.storage.store import StorageRefused
from provenance.digest import Digest

if TYPE_CHECKING:
    from assetlib.library import Library

_WIDE, _SMALL = (640, 360), (168, 168)
_QUALITY = 82


def best_picture(files: Sequence[AssetFile]) -> str:
    """The digest of the frame in the middle of a take; '' when it has none."""
    frames = sorted((file for file in files if file.path.endswith(".png")), key=lambda file: file.path)
    return frames[len(frames) // 2].digest if frames else ""


def write_page(library: Library, report: AuditReport, target: Path) -> None:
    """The page at `target`, whole or not at all. A picture that cannot be read is left out; the report says why."""
    page = audit_page(report, dict(_pictures(library, report)), today=library.clock())
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


def _pictures(library: Library, report: AuditReport) -> Iterator[tuple[str, bytes]]:
    wanted = {take.image: _WIDE for shot in report.shots for take in shot.takes[-1:]}
    wanted |= {r.thumbnail: _SMALL for shot in report.shots for r in shot.references}
    for name, (width, height) in wanted.items():
        if not name:
            continue
        try:
            with library.store.open(Digest(name)) as stream:
                yield name, jpeg(stream.read(), width=width, height=height)
        except (StorageRefused, MediaError):
            continue


def jpeg(picture: bytes, *, width: int, height: int) -> bytes:
    """A JPEG of `picture` that fits into width × height pixels. Raises MediaError."""
    from PIL import Image

    small, written = thumbnail(decode_still(picture), width=width, height=height), io.BytesIO()
    Image.fromarray(small).save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()
