"""Find the library's pictures in a foreign folder: by digest, by credential, by fingerprint.

A foreign picture is decoded only inside the limited subprocess (`hash_items` is what runs there); the
matching here sees digests and hashes. Items that cannot be read are reported, never skipped in silence.
Tiers, cheapest first: sha256 of the bytes, then PDQ within 31 bits over the frozen views.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetlib.protection.fingerprints import MATCH_DISTANCE, RECIPE, fingerprints
from assetlib.protection.index import FingerprintIndex
from provenance.digest import Digest, digest_file

_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif"}
_MOST_PIXELS = 89_478_485


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemHash:
    """What the subprocess found out about one item; `error` is '' when it was read."""

    item: str
    sha256: Digest | None
    views: tuple[bytes, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """One registered picture: which version it belongs to, its digest and its usable view hashes."""

    asset: str
    version: str
    digest: Digest
    views: tuple[bytes, ...]
    license: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A match and why. `confidence` is 1.0 for equal bytes, else 1 − distance / 256."""

    item: str
    asset: str
    version: str
    how: str
    confidence: float
    distance: int
    license: str

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    scanned: int
    unread: tuple[tuple[str, str], ...]
    hits: tuple[Hit, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "scanned": self.scanned,
            "recipe": RECIPE,
            "unread": [{"item": item, "why": why} for item, why in self.unread],
            "hits": [hit.to_json() for hit in self.hits],
        }


def pictures(folder: Path) -> tuple[Path, ...]:
    """Every file under `folder` that says it is a picture, in a stable order; links are not followed."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in _PICTURES and not path.is_symlink())
    return tuple(sorted(path for path in found if path.is_file()))


def hash_items(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Digest and view hashes of pictures, as plain JSON. Runs in the limited subprocess."""
    return [_hash_item(path) for path in paths]


def read_items(documents: Iterable[Mapping[str, Any]]) -> tuple[ItemHash, ...]:
    return tuple(
        ItemHash(
            item=str(d["item"]),
            sha256=None if d["sha256"] is None else Digest(d["sha256"]),
            views=tuple(bytes.fromhex(view) for view in d["views"]),
            error=str(d["error"]),
        )
        for d in documents
    )


def match_items(items: Sequence[ItemHash], protected: Sequence[Protected]) -> ScanReport:
    """Compare hashed items with the library's pictures. Pure."""
    by_digest = {entry.digest: entry for entry in protected}
    rows = [(entry, view) for entry in protected for view in entry.views]
    index = FingerprintIndex([view for _, view in rows])
    hits = []
    for item in items:
        exact = by_digest.get(item.sha256) if item.sha256 is not None else None
        if exact is not None:
            hits.append(_hit(item, exact, "digest", 0))
            continue
        near = [found for view in item.views for found in index.near(view, within=MATCH_DISTANCE)]
        if near:
            row, bits = min(near, key=lambda found: (found[1], found[0]))
            hits.append(_hit(item, rows[row][0], "fingerprint", bits))
    unread = tuple((item.item, item.error) for item in items if item.error)
    return ScanReport(scanned=len(items), unread=unread, hits=tuple(hits))


def _hit(item: ItemHash, entry: Protected, how: str, bits: int) -> Hit:
    return Hit(
        item=item.item,
        asset=entry.asset,
        version=entry.version,
        how=how,
        confidence=round(1 - bits / 256, 4),
        distance=bits,
        license=entry.license,
    )


def _hash_item(path: Path) -> dict[str, Any]:
    from PIL import Image

    document: dict[str, Any] = {"item": str(path), "sha256": None, "views": [], "error": ""}
    try:
        document["sha256"] = digest_file(path)
        with Image.open(path) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise ValueError(f"{image.width} × {image.height} pixels are more than we decode")
            document["views"] = [view.bits.hex() for view in fingerprints(image) if view.usable]
    except Exception as error:  # noqa: BLE001  decoders raise anything on hostile input; the item is reported
        document["error"] = f"{type(error).__name__}: {error}"
    return document
