"""Check every byte and signature of registered assets against the record."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from assetlib.flows.known_files import known_to
from assetlib.model.asset import AssetFile, AssetVersion
from assetlib.storage.store import StorageRefused
from provenance.credentials import read_stream
from provenance.digest import Digest
from provenance.errors import InvalidClaim
from provenance.packages import MEDIA_TYPE, claim_defects, read_inventory
from provenance.reading import Outcome, Reading
from provenance.verdict import OURS, Catalog, Step, Verdict, judge

if TYPE_CHECKING:
    from assetlib.library import Library


def verify_assets(library: Library, names: Sequence[str] | None) -> list[dict[str, Any]]:
    """A verdict per version: the named ones (latest unless pinned), or with None every version of every asset.

    Damaged and missing bytes are findings. Raises NotFound or Ambiguous for a name that means no one asset.
    """
    with library.catalog.reader() as queries:
        if names is None:
            versions = [v for newest in queries.assets() for v in queries.versions(newest.entity)]
        else:
            versions = [queries.version(name) for name in names]
        catalog = known_to(queries, versions)
        return [_shown(version, verify_version(library, catalog, version)) for version in versions]


def verify_version(library: Library, catalog: Catalog, version: AssetVersion) -> Verdict:
    """Hash every blob of a version once, and judge its inventory by the signed manifest over it."""
    listed, defects = stored_bytes(library, version.digest, "asset.json")
    defects += blob_defects(library, version.files)
    if listed is not None:
        defects += listing_defects(listed, version.files)
    if listed is None or version.manifest is None:
        reason = "the version carries no signed manifest" if listed is not None else "its inventory cannot be read"
        reading = Reading(outcome=Outcome.ABSENT, reason=reason)
        defects += (Step(step=1, code="manifest.missing", sentence=reason),)
        return judge(version.entity, reading, trust=library.trust, defects=defects)
    manifest, unread = stored_bytes(library, version.manifest, "asset.c2pa")
    return judge_inventory(
        library, catalog, version.entity, version.digest, listed, manifest, defects=(*defects, *unread)
    )


def judge_inventory(
    library: Library,
    catalog: Catalog,
    name: str,
    digest: Digest,
    listed: bytes,
    manifest: bytes | None,
    *,
    defects: tuple[Step, ...],
) -> Verdict:
    """The pass rule over an inventory and the sidecar manifest that signs it."""
    reading = Reading(outcome=Outcome.ABSENT, reason="its manifest is not there")
    if manifest is not None:
        reading = read_stream(io.BytesIO(listed), media_type=MEDIA_TYPE, manifest=manifest, trust=library.trust)
    active = reading.active_manifest
    if active is not None:
        defects += claim_defects(active.data_of(f"{OURS}layers"), listed)
    return judge(name, reading, trust=library.trust, digest=digest, catalog=catalog, defects=defects)


def stored_bytes(library: Library, digest: Digest, name: str) -> tuple[bytes | None, tuple[Step, ...]]:
    """A verified small blob, or the finding that says why there is none."""
    try:
        with library.store.open(digest) as stream:
            return stream.read(), ()
    except StorageRefused as error:
        return None, (_damage(name, error),)


def blob_defects(library: Library, files: Sequence[AssetFile]) -> tuple[Step, ...]:
    """What is wrong with the stored bytes of `files`; each different blob is hashed once."""
    return tuple(_blob_defects(library, {file.digest: file for file in files}.values()))


def _blob_defects(library: Library, files: Iterable[AssetFile]) -> Iterator[Step]:
    for file in files:
        try:
            library.store.open(file.digest).close()
        except StorageRefused as error:
            yield _damage(file.path, error)


def listing_defects(listed: bytes, files: Sequence[AssetFile]) -> tuple[Step, ...]:
    """Where the signed inventory and the catalog's list of files disagree; files that only the catalog has are none
    of the inventory's business (the inventory itself, its sidecar)."""
    try:
        signed = {file.path: (file.digest, file.size) for file in read_inventory(listed)}
    except InvalidClaim as error:
        return (Step(step=9, code="inventory.malformed", sentence=str(error)),)
    recorded = {file.path: (file.digest, file.size) for file in files}
    different = sorted(path for path, what in signed.items() if recorded.get(path) != what)
    return tuple(
        Step(step=9, code="inventory.differs", sentence=f"{path} is signed with other bytes than are on record")
        for path in different
    )


def _damage(name: str, error: StorageRefused) -> Step:
    return Step(step=9, code="file.damaged", sentence=f"{name}: {error}")


def _shown(version: AssetVersion, verdict: Verdict) -> dict[str, Any]:
    document = verdict.to_json()
    return {
        "entity": version.entity,
        "version": version.version,
        "digest": version.digest,
        "verdict": document["verdict"],
        "findings": document["findings"],
        "signer": document["signer"],
        "files": len(version.files),
    }
