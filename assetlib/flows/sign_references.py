"""Reference pictures: gathered from files and folders, read in the limited subprocess, signed at registration.

The bytes that came are the bytes that are signed: re-encoding would lose a camera's or provider's credentials. The
canonical re-export serves only our own decoding (thumbnails, fingerprints).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assetlib.intake.image import intake_image
from assetlib.model.record import Fingerprint
from assetlib.model.refusals import BadInput
from assetlib.protection.fingerprints import fingerprints
from assetlib.usd.description import ReferenceFile
from provenance.claims import AssetIdentity, SourceType, reference_image
from provenance.credentials import Ingredient, read, sign_embedded
from provenance.digest import digest_file
from provenance.reading import Outcome

if TYPE_CHECKING:
    from assetlib.library import Library

_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"}
_ROLES = ("front", "side", "back", "face", "wardrobe", "turnaround", "plate", "look")
_SUFFIX = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/tiff": ".tif"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    path: Path
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedReference:
    """A signed picture. `foreign` says that it came with credentials of a signer this library does not trust."""

    file: ReferenceFile
    media_type: str
    canonical: Path
    foreign: bool
    fingerprints: tuple[Fingerprint, ...]
    warnings: tuple[str, ...]
    hints: tuple[tuple[str, str], ...]


def gather_references(paths: Sequence[Path]) -> tuple[Picture, ...]:
    """Every picture named or lying in a named folder, in a stable order. Raises BadInput."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in _PICTURES and p.is_file())
            if not inside:
                raise BadInput(f"no pictures in {path}; expected files that end in {', '.join(sorted(_PICTURES))}")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise BadInput(f"expected a picture or a folder at {path}, found nothing")
    return tuple(Picture(path=path, role=role_of(path)) for path in dict.fromkeys(found))


def role_of(path: Path) -> str:
    """What a picture shows, by the word in its name: ``rhea_front.png`` is the front view.

    >>> role_of(Path("rhea_front_v2.png")), role_of(Path("IMG_2041.jpg"))
    ('front', 'reference')
    """
    words = re.split(r"[^a-z]+", path.stem.lower())
    return next((role for role in _ROLES if role in words), "reference")


def sign_references(
    library: Library,
    pictures: Sequence[Picture],
    identity: AssetIdentity,
    declared: SourceType | None,
    work: Path,
) -> tuple[SignedReference, ...]:
    """Raises Unreadable for what is no picture, IngredientRefused for a tampered one."""
    folder = work / "references"
    folder.mkdir(exist_ok=True)
    return tuple(_sign(library, picture, index, identity, declared, folder) for index, picture in enumerate(pictures))


def _sign(
    library: Library,
    picture: Picture,
    index: int,
    identity: AssetIdentity,
    declared: SourceType | None,
    folder: Path,
) -> SignedReference:
    canonical = folder / f"{index:04d}.canonical.png"
    taken = intake_image(picture.path, canonical=canonical)
    if taken.media_type not in _SUFFIX:
        raise BadInput(f"{picture.path.name} is {taken.media_type}; references are PNG, JPEG, WebP or TIFF")
    came_signed = read(picture.path, trust=library.trust).outcome is not Outcome.ABSENT
    parent = "original" if came_signed or declared is None else None
    original = Ingredient(
        path=picture.path,
        media_type=taken.media_type,
        title=picture.path.name,
        relationship="parentOf",
        label="original",
        foreign=True,
    )
    target = folder / f"{index:04d}{_SUFFIX[taken.media_type]}"
    claim = reference_image(
        title=picture.path.name,
        asset=identity,
        source=digest_file(picture.path),
        declared=declared,
        role=picture.role,
        parent=parent,
        policy=library.settings["rights.policy_url"],
    )
    digest = sign_embedded(
        picture.path,
        target,
        taken.media_type,
        claim,
        signer=library.signer,
        trust=library.trust,
        ingredients=(original,) if parent else (),
    )
    notes = list(taken.warnings)
    if declared is None:
        notes.append(f"{picture.path.name}: source type not declared; say it with --source-type")
    return SignedReference(
        file=ReferenceFile(path=target, role=picture.role, name=picture.path.stem),
        media_type=taken.media_type,
        canonical=canonical,
        foreign=came_signed,
        fingerprints=_fingerprints(canonical, digest, picture.role),
        warnings=tuple(notes),
        hints=tuple((hint.source, hint.text) for hint in taken.hints),
    )


def _fingerprints(canonical: Path, digest: str, role: str) -> tuple[Fingerprint, ...]:
    from PIL import Image

    from provenance.digest import parse_digest

    with Image.open(canonical) as image:
        views = fingerprints(image)
    return tuple(
        Fingerprint(digest=parse_digest(digest), what=f"reference:{role}/{v.view}", pdq=v.bits, quality=v.quality)
        for v in views
        if v.usable
    )
