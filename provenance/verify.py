"""Judge a file from disk: find its manifest, read it, apply the pass rule.

Foreign files are judged in `assetlib.intake`'s limited subprocess; this is what runs there. It raises
nothing for a bad file: an unreadable one is a verdict too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from provenance.boxes import is_bmff, uncovered
from provenance.credentials import read
from provenance.digest import digest_file
from provenance.errors import InvalidClaim
from provenance.packages import (
    MEDIA_TYPE,
    Entry,
    PackageFile,
    claim_defects,
    incomplete_defects,
    listed_file_defects,
    looks_like_zip,
    read_inventory,
    usdz_defects,
    usdz_layer_defects,
)
from provenance.reading import Outcome, Reading, plain_text
from provenance.trust import TrustTable
from provenance.verdict import OURS, Catalog, Step, Verdict, judge

INVENTORIES = ("frames", "asset")
_HIGHEST = 4  # how many folders above a file its inventory may lie
_LARGEST_MANIFEST = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidecar:
    """A manifest beside a file; `inventory` is what it signs when that is not the file itself."""

    manifest: Path
    inventory: Path | None = None


def verify_file(
    path: Path,
    *,
    trust: TrustTable | None,
    catalog: Catalog | None = None,
    usdz_view: Sequence[Entry] | None = None,
    manifest: bytes | None = None,
    name: str | None = None,
) -> Verdict:
    """The verdict on the file at `path`, shown as `name`.

    The manifest is looked for in the file, then beside it (`find_manifest`). `manifest` gives one that was
    found elsewhere, such as in the catalog; it is used last. `usdz_view` is OpenUSD's list of a package.
    """
    shown = name or str(path)
    try:
        return _verify(path, shown, trust=trust, catalog=catalog, usdz_view=usdz_view, manifest=manifest)
    except OSError as error:
        reading = Reading(outcome=Outcome.UNREADABLE, reason=f"the file cannot be read: {error.strerror}")
        return judge(shown, reading, trust=trust)


def _verify(
    path: Path,
    shown: str,
    *,
    trust: TrustTable | None,
    catalog: Catalog | None,
    usdz_view: Sequence[Entry] | None,
    manifest: bytes | None,
) -> Verdict:
    reading = read(path, trust=trust)
    defects = _structure(path, reading, usdz_view)
    digest = digest_file(path) if reading.outcome is not Outcome.UNREADABLE else None
    if reading.outcome not in (Outcome.ABSENT, Outcome.UNSUPPORTED, Outcome.REMOTE):
        # its own manifest speaks for the bytes; an inventory still says which bytes belong under this name
        listing = find_inventory(path)
        if listing is not None and listing.inventory is not None:
            defects += _listing_defects(path, listing.inventory)
        return judge(shown, reading, trust=trust, digest=digest, catalog=catalog, defects=defects)
    sidecar = find_manifest(path)
    if sidecar is not None and sidecar.inventory is not None:
        reading, more = _read_listed(path, sidecar.inventory, sidecar.manifest, trust)
        digest = digest_file(sidecar.inventory)
        return judge(shown, reading, trust=trust, digest=digest, catalog=catalog, defects=(*defects, *more))
    if sidecar is not None and path.suffix == ".json" and path.stem in INVENTORIES:
        defects += incomplete_defects(path)
    given = _bytes_of(sidecar.manifest) if sidecar is not None else manifest
    if given is not None:
        # any type but a manifest's own: the engine hashes the whole file
        reading = read(path, media_type=MEDIA_TYPE, manifest=given, trust=trust)
    return judge(shown, reading, trust=trust, digest=digest, catalog=catalog, defects=defects)


def find_manifest(path: Path) -> Sidecar | None:
    """The sidecar of `path`: ``FILE.c2pa``; else a signed inventory beside or above it that lists it.

    An inventory (``frames.json``, ``asset.json``) has its manifest in ``frames.c2pa`` or ``frames.json.c2pa``.
    """
    direct = path.with_name(path.name + ".c2pa")
    if direct.is_file():
        return Sidecar(manifest=direct)
    if path.suffix == ".json" and path.stem in INVENTORIES and path.with_suffix(".c2pa").is_file():
        return Sidecar(manifest=path.with_suffix(".c2pa"))
    return find_inventory(path)


def find_inventory(path: Path) -> Sidecar | None:
    """The signed inventory beside or above `path` that lists it."""
    for folder in list(path.absolute().parents)[:_HIGHEST]:
        for stem in INVENTORIES:
            inventory = folder / f"{stem}.json"
            for manifest in (folder / f"{stem}.c2pa", folder / f"{stem}.json.c2pa"):
                if inventory.is_file() and manifest.is_file() and _lists(inventory, path) is not None:
                    return Sidecar(manifest=manifest, inventory=inventory)
    return None


def _lists(inventory: Path, path: Path) -> PackageFile | None:
    try:
        relative = path.absolute().relative_to(inventory.absolute().parent).as_posix()
        return next((f for f in read_inventory(inventory.read_bytes()) if f.path == relative), None)
    except (InvalidClaim, ValueError):
        return None


def _listing_defects(path: Path, inventory: Path) -> tuple[Step, ...]:
    listed = _lists(inventory, path)
    assert listed is not None, "find_inventory gives only inventories that list the file"
    return tuple(listed_file_defects(path, listed))


def _read_listed(
    path: Path, inventory: Path, manifest: Path, trust: TrustTable | None
) -> tuple[Reading, tuple[Step, ...]]:
    """The inventory's credentials, and what differs between it and the file at `path`."""
    reading = read(inventory, media_type=MEDIA_TYPE, manifest=_bytes_of(manifest), trust=trust)
    defects = _listing_defects(path, inventory)
    active = reading.active_manifest
    if active is not None and not defects:
        defects = claim_defects(active.data_of(f"{OURS}layers"), inventory.read_bytes())
    return reading, defects


def _structure(path: Path, reading: Reading, usdz_view: Sequence[Entry] | None) -> tuple[Step, ...]:
    """Step 9 for a package: what OpenUSD would open, and each file in it against the claim; for a clip: what is hidden
    where no signature reaches."""
    with path.open("rb") as stream:
        head = stream.read(8)
        if is_bmff(head):
            return _hidden(stream, reading)
        is_zip = looks_like_zip(head)
        if path.suffix.lower() != ".usdz" and not (is_zip and usdz_view is not None):
            return ()
        defects = usdz_defects(stream, usdz_view)
        active = reading.active_manifest
        if defects or active is None:
            return defects
        return usdz_layer_defects(stream, active.data_of(f"{OURS}layers"))


def _hidden(stream: BinaryIO, reading: Reading) -> tuple[Step, ...]:
    """Nobody else's padding is our business; ours is empty when we sign."""
    ours = any(label.startswith(OURS) for label in reading.labels)
    return tuple(
        Step(step=9, code="clip.uncovered", sentence=f"{what}: the signature does not cover them", failed=ours)
        for what in uncovered(stream)
    )


def _bytes_of(manifest: Path) -> bytes:
    if manifest.stat().st_size > _LARGEST_MANIFEST:
        raise OSError(27, f"{plain_text(manifest.name)} is too large for a manifest")
    return manifest.read_bytes()
