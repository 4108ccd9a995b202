"""Pictures on their way into the library, looked at once: what they are, and their fingerprints.

One decode in the limited child serves both; a second one would cost more than everything else about a picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetlib.intake.answers import Unreadable
from assetlib.intake.harness import run_many
from assetlib.intake.image import IMAGE_LIMITS, ImageIntake, decoded, image_of, write_canonical
from assetlib.intake.limits import Limits
from assetlib.protection.fingerprints import Fingerprint, fingerprints

_CHUNK = 4
_PREVIEW = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPicture:
    """What intake says about a picture, and the usable views of its fingerprint."""

    image: ImageIntake
    views: tuple[Fingerprint, ...]


def see_references(
    paths: Sequence[Path], *, previews: Mapping[Path, Path], workers: int = 2, limits: Limits = IMAGE_LIMITS
) -> tuple[SeenPicture | Unreadable, ...]:
    """All pictures in one child, in order; one that cannot be read is answered by the reason.

    `previews` says for which of them a small PNG is written, and where; all in one folder.
    """
    payloads = [{"path": path, "preview": previews.get(path)} for path in paths]
    output = next((target.parent for target in previews.values()), None)
    answers = run_many(
        "reference", payloads, inputs=list(paths), output=output, limits=limits, workers=workers, chunk=_CHUNK
    )
    return tuple(_seen(answer.value) if answer.was_read else Unreadable(answer.reason) for answer in answers)


def _seen(document: dict[str, Any]) -> SeenPicture:
    views = document.pop("views")
    return SeenPicture(
        image=image_of(document),
        views=tuple(Fingerprint(view=name, bits=bytes.fromhex(bits), quality=quality) for name, bits, quality in views),
    )


# In the limited child --------------------------------------------------------------------------


def prepare() -> None:
    """Load what every picture needs, once for all forks."""
    import pdqhash

    from assetlib.intake import image

    image.prepare()
    assert pdqhash.compute


def read_reference(path: Path, preview: Path | None) -> dict[str, Any]:
    """Decode one picture completely, describe and hash it; raises Unreadable."""
    with decoded(path) as (image, document):
        views = [[v.view, v.bits.hex(), v.quality] for v in fingerprints(image) if v.usable]
        if preview is not None:
            image.thumbnail((_PREVIEW, _PREVIEW))
            write_canonical(image, preview)
    return document | {"views": views}
