"""Reference pictures: gathered from files and folders, read in the limited subprocess, signed at registration.

The bytes that came are the bytes that are signed: re-encoding would lose a camera's or provider's credentials. They
are copied first, decoded once in one limited child for all, and signed in threads (the engine releases the lock).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assetlib.flows.given_files import open_plain
from assetlib.intake.answers import Unreadable
from assetlib.model.record import Fingerprint
from assetlib.model.refusals import BadInput
from assetlib.protection.references import SeenPicture, see_references
from assetlib.usd.description import ReferenceFile
from provenance.claims import AssetIdentity, SourceType, reference_image
from provenance.credentials import Ingredient, read, sign_embedded
from provenance.digest import Digest, digest_file
from provenance.reading import Outcome, Reading
from provenance.signers import Signer

if TYPE_CHECKING:
    from assetlib.library import Library

WORKERS = 2
_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"}
_UNTRUSTED = (
    "{}: it came with intact credentials of a signer that this library does not trust; they are kept, and the asset "
    "does not verify until somebody trusts that signer"
)
_ROLES = ("front", "side", "back", "face", "wardrobe", "turnaround", "plate", "look")
_SUFFIX = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp", "image/tiff": ".tif"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    path: Path
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedReference:
    """A signed picture and the digest of the bytes that came. `foreign` says that it came with credentials of its own.

    `preview` is our small re-export of the first picture, for the thumbnail.
    """

    file: ReferenceFile
    source: Digest
    digest: Digest
    media_type: str
    preview: Path | None
    foreign: bool
    fingerprints: tuple[Fingerprint, ...]
    warnings: tuple[str, ...]
    hints: tuple[tuple[str, str], ...]


def gather_references(paths: Sequence[Path]) -> tuple[Picture, ...]:
    """Every picture named or lying in a named folder, in a stable order. Raises BadInput."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += _inside(path)
        elif path.is_file():
            found.append(path)
        else:
            raise BadInput(f"expected a picture or a folder at {path}, found nothing")
    return tuple(Picture(path=path, role=role_of(path)) for path in dict.fromkeys(found))


def _inside(folder: Path) -> list[Path]:
    """The pictures of a folder. A link that leads out of it would bring in what nobody gave. Raises BadInput."""
    inside = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _PICTURES and p.is_file())
    if not inside:
        raise BadInput(f"no pictures in {folder}; expected files that end in {', '.join(sorted(_PICTURES))}")
    away = [p for p in inside if not p.resolve().is_relative_to(folder.resolve())]
    if away:
        raise BadInput(f"{away[0]} is a link that leads out of {folder}; name that file itself, or copy it there")
    return inside


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
    *,
    preview: bool = True,
) -> tuple[SignedReference, ...]:
    """Every picture, read in one limited child and signed in threads; `preview` asks for a small copy of the first.

    Raises Unreadable naming each one that is no picture, IngredientRefused for a tampered one.
    """
    if not pictures:
        return ()
    folder = work / "references"
    folder.mkdir(exist_ok=True)
    # the signer is opened here, once: it may ask for a passphrase
    signing = _Signing(library=library, signer=library.signer, identity=identity, declared=declared, folder=folder)
    with ThreadPoolExecutor(WORKERS) as pool:
        copies = list(pool.map(_copy, pictures, [folder] * len(pictures), range(len(pictures))))
        seen = _see(copies, {copies[0].path: folder / "preview.png"} if preview else {})
        return tuple(pool.map(signing.sign, range(len(copies)), copies, seen))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Copy:
    """A picture as it came, on our side: what is looked at is what is signed, whatever happens to the original."""

    picture: Picture
    path: Path
    digest: Digest

    @property
    def name(self) -> str:
        return self.picture.path.name


def _copy(picture: Picture, folder: Path, index: int) -> _Copy:
    target = folder / f"{index:04d}.original{picture.path.suffix}"
    try:
        with os.fdopen(open_plain(picture.path), "rb") as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy, 1 << 20)
    except OSError as error:
        raise BadInput(f"{picture.path}: cannot be read: {error.strerror}") from error
    return _Copy(picture=picture, path=target, digest=digest_file(target))


def _see(copies: Sequence[_Copy], previews: dict[Path, Path]) -> list[SeenPicture]:
    seen, refused = [], []
    for copy, answer in zip(
        copies, see_references([c.path for c in copies], previews=previews, workers=WORKERS), strict=True
    ):
        if isinstance(answer, Unreadable):
            refused.append(f"{copy.name}: {answer}")
        elif answer.image.media_type not in _SUFFIX:
            refused.append(f"{copy.name} is {answer.image.media_type}; references are PNG, JPEG, WebP or TIFF")
        else:
            seen.append(answer)
    if refused:
        raise Unreadable("\n".join(refused))
    return seen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signing:
    """What all pictures of one registration are signed with."""

    library: Library
    signer: Signer
    identity: AssetIdentity
    declared: SourceType | None
    folder: Path

    def sign(self, index: int, copy: _Copy, seen: SeenPicture) -> SignedReference:
        target = self.folder / f"{index:04d}{_SUFFIX[seen.image.media_type]}"
        reading = read(copy.path, media_type=seen.image.media_type, trust=self.library.trust)
        came_signed = reading.outcome is not Outcome.ABSENT
        notes = [f"{copy.name}: {warning}" for warning in seen.image.warnings]
        if reading.state == "Valid":
            notes.append(_UNTRUSTED.format(copy.name))
        parent = "original" if came_signed or self.declared is None else None
        claim = reference_image(
            title=copy.name,
            asset=self.identity,
            source=copy.digest,
            declared=self.declared,
            role=copy.picture.role,
            parent=parent,
            policy=self.library.settings["rights.policy_url"],
        )
        digest = sign_embedded(
            copy.path,
            target,
            seen.image.media_type,
            claim,
            signer=self.signer,
            trust=self.library.trust,
            ingredients=(_original(copy, seen),) if parent else (),
            durable=False,
        )
        preview = self.folder / "preview.png"
        return SignedReference(
            file=ReferenceFile(path=target, role=copy.picture.role, name=copy.picture.path.stem),
            source=copy.digest,
            digest=digest,
            media_type=seen.image.media_type,
            preview=preview if index == 0 and preview.is_file() else None,
            foreign=came_signed,
            fingerprints=_fingerprints(seen, digest, copy.picture.role),
            warnings=tuple(notes),
            hints=(
                *((f"{copy.name}, {hint.source}", hint.text) for hint in seen.image.hints),
                *((f"{copy.name}, {label}", text) for label, text in training_entries(reading)),
            ),
        )


def training_entries(reading: Reading) -> Iterator[tuple[str, str]]:
    """The training-mining entries of every manifest, trusted or not: they are read only to tighten."""
    for manifest in reading.manifests:
        for assertion in manifest.assertions:
            if not assertion.label.startswith(("cawg.training-mining", "c2pa.training-mining")):
                continue
            entries = assertion.data.get("entries") if isinstance(assertion.data, dict) else None
            for key, entry in entries.items() if isinstance(entries, dict) else ():
                use = entry.get("use") if isinstance(entry, dict) else entry
                yield assertion.label, f"{str(key)[:60]}: {str(use)[:60]}"


def _original(copy: _Copy, seen: SeenPicture) -> Ingredient:
    return Ingredient(
        path=copy.path,
        media_type=seen.image.media_type,
        title=copy.name,
        relationship="parentOf",
        label="original",
        foreign=True,
    )


def _fingerprints(seen: SeenPicture, digest: Digest, role: str) -> tuple[Fingerprint, ...]:
    return tuple(
        Fingerprint(digest=digest, what=f"reference:{role}/{v.view}", pdq=v.bits, quality=v.quality) for v in seen.views
    )
