"""Look for the library's pictures in a foreign folder. Foreign bytes are decoded in the limited subprocess only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from assetlib.intake.scan import intake_scan
from assetlib.model.refusals import BadInput
from assetlib.protection.scan import Protected, ScanReport, match_items, pictures, read_items
from provenance.digest import Digest

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

_BATCH = 200


def scan_dataset(library: Library, path: Path, *, progress: Callable[[int], None] = lambda _: None) -> ScanReport:
    """Digest first, then fingerprint; what could not be read is listed. The result is on record. Raises BadInput."""
    if not path.is_dir():
        raise BadInput(f"expected a folder at {path}, found {'a file' if path.is_file() else 'nothing'}")
    found = pictures(path)
    documents = []
    for start in range(0, len(found), _BATCH):
        documents += intake_scan(found[start : start + _BATCH])
        progress(round(1000 * min(1.0, (start + _BATCH) / len(found))))
    with library.catalog.reader() as queries:
        protected = protected_pictures(queries)
    report = match_items(read_items(documents), protected)
    body = {"scanned": report.scanned, "hits": len(report.hits), "unread": len(report.unread), "by": library.actor}
    library.committer.commit("dataset.scanned", body, lambda _writer, _index: None)
    return report


def protected_pictures(queries: Queries) -> tuple[Protected, ...]:
    """Every picture of the library: its digest, its usable fingerprints, whose it is and one license behind it."""
    views: dict[Digest, list[bytes]] = {}
    for fingerprint in queries.fingerprints():
        views.setdefault(fingerprint.digest, []).append(fingerprint.pdq)
    found = []
    for version in (v for asset in queries.assets() for v in queries.versions(asset.entity)):
        for file in version.files:
            if file.media_type.startswith("image/"):
                found.append(_protected(version.entity, version.version, file.digest, views, ""))
    for shot in queries.shots():
        licenses = queries.shot_licenses(shot.code)
        for take in queries.takes(shot.code):
            for file in queries.take_files(shot.code, take.number):
                if file.media_type.startswith(("image/", "video/")):
                    entity = f"assetlib://{shot.production}/shots/{shot.code}"
                    found.append(_protected(entity, take.code, file.digest, views, next(iter(licenses), "")))
    return tuple(found)


def _protected(entity: str, version: str, digest: Digest, views: dict[Digest, list[bytes]], license_: str) -> Protected:
    return Protected(asset=entity, version=version, digest=digest, views=tuple(views.get(digest, ())), license=license_)
