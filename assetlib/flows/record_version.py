"""A made version on its way into the records: its inventory signed, its bytes stored, then one transaction."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.flows.incoming import input_note
from assetlib.flows.sign_references import WORKERS, SignedReference
from assetlib.model.asset import (
    AssetFile,
    AssetKind,
    AssetVersion,
    Derivation,
    DerivationKind,
    FacetClaim,
)
from assetlib.model.record import LicenseRow, Statement, StatementKind
from assetlib.model.refusals import Conflict
from provenance.claims import AssetIdentity, SourceType, asset_package
from provenance.credentials import Ingredient
from provenance.digest import Digest, digest_bytes
from provenance.packages import PackageFile, inventory, sign_package

if TYPE_CHECKING:
    from assetlib.library import Library


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """The inventory (``asset.json``) and the manifest over it."""

    inventory: bytes
    manifest: bytes


def sign_inventory(
    library: Library,
    name: str,
    identity: AssetIdentity,
    root: str,
    files: Sequence[AssetFile],
    signed: Sequence[SignedReference],
    declared: SourceType | None,
) -> Packed:
    """Sign the inventory, with the signed references as ingredients."""
    listed = inventory(
        identity.entity,
        identity.version,
        root,
        [PackageFile(path=file.path, digest=file.digest, size=file.size) for file in files],
    )
    ingredients = tuple(
        Ingredient(
            path=reference.file.path,
            media_type=reference.media_type,
            title=reference.file.name or reference.file.path.name,
            relationship="inputTo",
            label=f"ref{index}",
            foreign=reference.foreign,
        )
        for index, reference in enumerate(signed)
    )
    manifest = asset_package(
        title=f"{name} {identity.version} asset.json",
        asset=identity,
        inventory=listed,
        references=[ingredient.label for ingredient in ingredients],
        declared=declared or SourceType.DIGITAL_CREATION,
        policy=library.settings["rights.policy_url"],
    )
    packed = sign_package(listed, manifest, signer=library.signer, trust=library.trust, ingredients=ingredients)
    return Packed(inventory=listed, manifest=packed)


def version_of(
    library: Library,
    name: str,
    identity: AssetIdentity,
    kind: AssetKind,
    files: tuple[AssetFile, ...],
    packed: Packed,
    claims: tuple[FacetClaim, ...],
    collections: Sequence[str],
    declared: SourceType | None,
) -> AssetVersion:
    thumbnail = next((file.digest for file in files if file.path == "thumbnail.png"), None)
    return AssetVersion(
        entity=identity.entity,
        version=identity.version,
        digest=digest_bytes(packed.inventory),
        kind=kind,
        name=name,
        facets=claims,
        files=files,
        source_type="" if declared is None else declared.uri,
        created_by=library.actor,
        created_at=library.clock(),
        collections=tuple(collections),
        manifest=digest_bytes(packed.manifest),
        thumbnail=thumbnail,
    )


def record_version(
    library: Library,
    version: AssetVersion,
    tree: Path,
    packed: Packed,
    found: Iterable[LicenseRow],
    inputs: Digest,
    signed: Iterable[SignedReference],
    parts: Iterable[AssetVersion],
) -> None:
    """Bytes into the store first, then one transaction; a crash between leaves blobs that nothing names."""
    with ThreadPoolExecutor(WORKERS) as pool:
        kept = list(pool.map(lambda file: library.store.put_file(tree / file.path)[0], version.files))
    if kept != [file.digest for file in version.files]:
        raise Conflict("a file changed while it was registered; register again when nobody writes to the staging area")
    library.store.put(io.BytesIO(packed.inventory))
    library.store.put(io.BytesIO(packed.manifest))
    prints = [fingerprint for reference in signed for fingerprint in reference.fingerprints]

    def write(writer: Any, index: int) -> None:
        writer.add_version(version)
        for part in parts:
            writer.derive(Derivation(parent=part.digest, child=version.digest, kind=DerivationKind.ADAPT))
        for row in found:
            writer.put_license(row)
        writer.add_statement(
            Statement(
                kind=StatementKind.NOTE,
                id=f"inputs-{index}",
                subject=version.digest,
                body=input_note(inputs),
                by=library.actor,
            )
        )
        writer.put_fingerprints(prints)

    body = {
        "entity": version.entity,
        "version": version.version,
        "digest": version.digest,
        "manifest": version.manifest,
        "by": library.actor,
    }
    library.committer.commit("asset.registered", body, write)
