"""Look at assets: lists for a screen, one asset in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assetlib.flows.add_license import read_stored
from assetlib.model.asset import AssetKind, AssetStatus, AssetVersion
from assetlib.model.license import License, LicenseStatus
from assetlib.model.record import LicenseRow

if TYPE_CHECKING:
    from assetlib.library import Library

_RANK = {LicenseStatus.ACTIVE.value: "active", LicenseStatus.PROPOSED.value: "proposed", "draft": "draft"}


def list_assets(library: Library, *, kind: str | None, missing_rights: bool, retired: bool) -> list[dict[str, Any]]:
    """The newest version of every asset; `rights` is active, draft, proposed or none."""
    with library.catalog.reader() as queries:
        versions = queries.assets(None if kind is None else AssetKind(kind))
        licenses = [(row, read_stored(row)) for row in queries.licenses()]
    shown = [
        {**_summary(version), "rights": rights_of(version, licenses)}
        for version in versions
        if retired or version.status is AssetStatus.ACTIVE
    ]
    return [row for row in shown if not missing_rights or row["rights"] != "active"]


def show_asset(library: Library, reference: str) -> dict[str, Any]:
    """Raises NotFound, Ambiguous or MalformedReference."""
    with library.catalog.reader() as queries:
        version = queries.version(reference)
        versions = queries.versions(version.entity)
        aliases = queries.aliases(version.entity)
        licenses = [(row, read_stored(row)) for row in queries.licenses()]
        shots = queries.shots_using(version.digest)
    return {
        **_summary(version),
        "rights": rights_of(version, licenses),
        "aliases": list(aliases),
        "source_type": version.source_type,
        "collections": list(version.collections),
        "facets": [
            {"facet": c.facet.value, "subject": c.subject, "status": c.status.value, "by": c.by} for c in version.facets
        ],
        "licenses": [
            {"license": row.id, "status": row.status, "kind": license_.kind.value}
            for row, license_ in licenses
            if names(license_, version)
        ],
        "files": [
            {"path": f.path, "digest": f.digest, "size": f.size, "media_type": f.media_type} for f in version.files
        ],
        "versions": [{"version": v.version, "digest": v.digest} for v in versions],
        "shots": [shot.code for shot in shots],
        "integrity": library.integrity_of(version) or "holds",
    }


def rights_of(version: AssetVersion, licenses: list[tuple[LicenseRow, License]]) -> str:
    """The best state among the licenses that grant something of this asset; a signal in its files grants nothing."""
    states = {row.status for row, license_ in licenses if license_.grants and names(license_, version)}
    return next((word for status, word in _RANK.items() if status in states), "none")


def names(license_: License, version: AssetVersion) -> bool:
    """Whether a clause of the license speaks of this asset by entity, kind or collection."""
    for selector in (*(g.selector for g in license_.grants), *(p.selector for p in license_.prohibitions)):
        if {version.entity, version.pinned} & set(selector.entities) or version.kind in selector.kinds:
            return True
        if set(selector.collections) & set(version.collections):
            return True
    return False


def _summary(version: AssetVersion) -> dict[str, Any]:
    return {
        "name": version.name,
        "kind": version.kind.value,
        "version": version.version,
        "digest": version.digest,
        "status": version.status.value,
        "entity": version.entity,
        "created_at": version.created_at.isoformat(),
        "created_by": version.created_by,
    }
