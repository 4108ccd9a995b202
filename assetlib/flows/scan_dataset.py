"""Find the library's pictures in a foreign folder: by digest, and by perceptual fingerprint."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from assetlib.flows.add_license import read_stored
from assetlib.flows.audit_rights import selects
from assetlib.intake.scan import intake_scan
from assetlib.model.asset import AssetFile, AssetVersion
from assetlib.model.license import LicenseStatus
from assetlib.model.refusals import BadInput
from assetlib.protection.scan import Protected, ScanReport, match_items, pictures, read_items
from provenance.digest import Digest

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

_AT_ONCE = 512


def scan_dataset(library: Library, path: Path, *, progress: Callable[[int], None]) -> ScanReport:
    """Every picture under `path` hashed in the limited subprocess and held against the catalog.

    `progress` hears per mille. What cannot be read is in the report. Raises BadInput for a path that is not there.
    """
    if not path.exists():
        raise BadInput(f"expected a folder at {path}, found nothing")
    found = pictures(path) if path.is_dir() else (path,)
    documents = []
    for start in range(0, len(found), _AT_ONCE):
        documents += intake_scan(found[start : start + _AT_ONCE])
        progress(950 * min(start + _AT_ONCE, len(found)) // len(found))
    with library.catalog.reader() as queries:
        report = match_items(read_items(documents), tuple(protected_pictures(queries)))
    progress(1000)
    return report


def protected_pictures(queries: Queries) -> Iterator[Protected]:
    """Everything of ours by digest, with the fingerprints that are on record, and what left in an export."""
    views: dict[Digest, list[bytes]] = defaultdict(list)
    for fingerprint in queries.fingerprints():
        views[fingerprint.digest].append(fingerprint.pdq)
    named: set[Digest] = set()  # bytes that several things hold are the first one's
    for name, version, license_id, files in _holdings(queries):
        for file in files:
            if file.digest in named:
                continue
            named.add(file.digest)
            yield Protected(
                asset=name,
                version=version,
                digest=file.digest,
                views=tuple(views.get(file.digest, ())),
                license=license_id,
            )
    yield from _exported(queries)


def _holdings(queries: Queries) -> Iterator[tuple[str, str, str, tuple[AssetFile, ...]]]:
    """(asset or shot, version or take, licenses, files), assets before shots."""
    covering = _licenses(queries)
    for newest in queries.assets():
        for version in queries.versions(newest.entity):
            yield version.entity, version.version, covering(version), version.files
    for shot in queries.shots():
        licenses = ", ".join(queries.shot_licenses(shot.code))
        for take in queries.takes(shot.code):
            files = queries.take_files(shot.code, take.number)
            yield f"assetlib://{shot.production}/shots/{shot.code}", take.code, licenses, files


def _licenses(queries: Queries) -> Callable[[AssetVersion], str]:
    active = [read_stored(row) for row in queries.licenses(LicenseStatus.ACTIVE.value)]

    def covering(version: AssetVersion) -> str:
        return ", ".join(sorted({one.id for one in active for grant in one.grants if selects(grant.selector, version)}))

    return covering


def _exported(queries: Queries) -> Iterator[Protected]:
    """Outgoing copies carry other bytes (marks, signatures): their digests stand in the receipts."""
    for export in queries.exports():
        statement = json.loads(export.body)["statement"]
        licenses = ", ".join(statement["predicate"]["license"])
        for subject in statement["subject"]:
            if subject["name"].startswith("media/"):
                digest = Digest(f"sha256:{subject['digest']['sha256']}")
                shot = subject["name"].split("/")[1]
                yield Protected(asset=shot, version=export.id, digest=digest, views=(), license=licenses)
