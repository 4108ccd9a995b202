"""Register a generation model as an asset: scanned, digested, signed, and without rights until somebody activates some.

Only what a scan of the folder cleared is taken (safetensors, JSON, tokenizer texts); nothing of it is loaded or run.
The version holds ``model.json`` (the manifest that permits name), the files under ``files/`` and what the folder says
about its license under ``licenses/``.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.catalog.refusals import NotFound as NoSuchRow
from assetlib.documents.license_json import license_to_json
from assetlib.documents.license_statements import propose
from assetlib.documents.open_licenses import UnknownOpenLicense, open_license
from assetlib.flows.add_license import read_stored
from assetlib.flows.model_request import MANIFEST
from assetlib.flows.register_asset import Registered
from assetlib.flows.show_assets import rights_of
from assetlib.model.asset import AssetFile, AssetKind, AssetVersion, Facet, FacetClaim
from assetlib.model.ids import slug
from assetlib.model.license import LicenseStatus, Selector
from assetlib.model.record import LicenseRow
from assetlib.model.refusals import BadInput, Conflict
from generators.local.model_folder import ScannedModel, scan_model
from provenance.claims import AssetIdentity, asset_package
from provenance.digest import canonical_json, digest_bytes
from provenance.packages import PackageFile, inventory, sign_package

if TYPE_CHECKING:
    from assetlib.library import Library

_MEDIA_TYPES = {".json": "application/json", ".safetensors": "application/octet-stream", ".txt": "text/plain"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """One file on its way into the version: where its bytes are, on disk or at hand."""

    file: AssetFile
    source: Path | bytes


def register_model(library: Library, path: Path, *, name: str) -> Registered:
    """Register the model folder at `path`; the same files again change nothing.

    Raises ModelRefused naming file and reason, BadInput for a name without letters, Conflict when a file changes
    while it is read; nothing is on record then.
    """
    entity = f"assetlib:///{AssetKind.MODEL.folder}/{_slug(name)}"
    scanned = scan_model(path, name=name)
    pieces = tuple(_pieces(scanned))
    with library.catalog.reader() as queries:
        known = queries.versions(entity)
    if known and {f.digest for f in known[-1].files} == {piece.file.digest for piece in pieces}:
        return _answer(library, known[-1], None, ("the same files are registered already; nothing changed",))
    own = FacetClaim(facet=Facet.MODEL, subject=slug(name), by=library.actor)
    claims = known[-1].facets if known else (own,)  # the next weights carry what was found in the last
    version, listed, manifest = _signed(library, name, entity, len(known) + 1, pieces, claims)
    proposed, warnings = _stated_license(library, version, scanned)
    _store(library, pieces, listed, manifest)
    body = {"entity": entity, "version": version.version, "digest": version.digest, "model": scanned.manifest.digest}

    def write(writer: Any, _: int) -> None:
        writer.add_version(version)
        if proposed is not None:
            writer.put_license(proposed)

    library.committer.commit("asset.registered", {**body, "by": library.actor}, write)
    left = tuple(f"not taken: {file}" for file in scanned.left if file not in dict(scanned.licenses))
    return _answer(library, version, proposed, (*warnings, *left))


def _slug(name: str) -> str:
    try:
        return slug(name)
    except ValueError as error:
        raise BadInput(str(error)) from error


def _pieces(scanned: ScannedModel) -> Iterator[_Piece]:
    manifest = scanned.manifest.canonical()
    yield _Piece(file=_file(MANIFEST, digest_bytes(manifest), len(manifest)), source=manifest)
    sources = dict(scanned.sources)
    for file in scanned.manifest.files:
        yield _Piece(file=_file(f"files/{file.path}", file.digest, file.size), source=sources[file.path])
    for path, text in scanned.licenses:
        words = text.encode()
        yield _Piece(file=_file(f"licenses/{path}", digest_bytes(words), len(words)), source=words)


def _file(path: str, digest: Any, size: int) -> AssetFile:
    suffix = Path(path).suffix.lower()
    return AssetFile(path=path, digest=digest, size=size, media_type=_MEDIA_TYPES.get(suffix, "text/plain"))


def _signed(
    library: Library, name: str, entity: str, number: int, pieces: tuple[_Piece, ...], claims: tuple[FacetClaim, ...]
) -> tuple[AssetVersion, bytes, bytes]:
    """The version, its inventory (``asset.json``), and the signed manifest over it."""
    identity = AssetIdentity(entity=entity, version=f"v{number:03d}", kind=AssetKind.MODEL.value)
    files = tuple(piece.file for piece in pieces)
    packed = tuple(PackageFile(path=file.path, digest=file.digest, size=file.size) for file in files)
    listed = inventory(entity, identity.version, MANIFEST, packed)
    claim = asset_package(
        title=f"{name} {identity.version} asset.json",
        asset=identity,
        inventory=listed,
        policy=library.settings["rights.policy_url"],
    )
    manifest = sign_package(listed, claim, signer=library.signer, trust=library.trust)
    version = AssetVersion(
        entity=entity,
        version=identity.version,
        digest=digest_bytes(listed),
        kind=AssetKind.MODEL,
        name=name,
        facets=claims,
        files=files,
        source_type="",
        created_by=library.actor,
        created_at=library.clock(),
        manifest=digest_bytes(manifest),
    )
    return version, listed, manifest


def _store(library: Library, pieces: tuple[_Piece, ...], listed: bytes, manifest: bytes) -> None:
    for piece in pieces:
        if isinstance(piece.source, bytes):
            library.store.put(io.BytesIO(piece.source))
            continue
        found, _ = library.store.put_file(piece.source)
        if found != piece.file.digest:
            raise Conflict(f"{piece.file.path} changed while it was read; register the model when nothing writes to it")
    library.store.put(io.BytesIO(listed))
    library.store.put(io.BytesIO(manifest))


def _stated_license(
    library: Library, version: AssetVersion, scanned: ScannedModel
) -> tuple[LicenseRow | None, tuple[str, ...]]:
    """The license that the folder states, as a proposal for the model alone; None when none can be proposed."""
    proposal = propose(scanned.licenses)
    if proposal.spdx is None:
        unstated = "the model states no license that can be proposed; it stays denied until counsel files one"
        return None, (*proposal.warnings, unstated)
    license_id = f"LIC-PROPOSED-MODEL-{slug(version.name).upper()}-{version.version.upper()}"
    try:
        license_ = open_license(
            proposal.spdx,
            license_id=license_id,
            selector=Selector(entities=(version.pinned,)),  # what is registered next may be another model
            licensor="stated-in-the-files",
            licensee=library.settings["library.name"],
            credit=f"{version.name}: {proposal.statements[0].text.strip()}"[:300],
            facets=(Facet.MODEL,),
            source="; ".join(dict.fromkeys(statement.source for statement in proposal.statements)),
        )
    except (UnknownOpenLicense, ValueError) as error:
        return None, (*proposal.warnings, f"stated license not proposed: {error}")
    return _proposed_row(library, license_id, canonical_json(license_to_json(license_))), proposal.warnings


def _proposed_row(library: Library, license_id: str, body: bytes) -> LicenseRow | None:
    """A proposal never replaces what is on file under its id."""
    try:
        with library.catalog.reader() as queries:
            queries.license(license_id)
    except NoSuchRow:
        status = LicenseStatus.PROPOSED.value
        return LicenseRow(id=license_id, revision=1, status=status, body=body, digest=digest_bytes(body))
    return None


def _answer(
    library: Library, version: AssetVersion, proposed: LicenseRow | None, warnings: tuple[str, ...]
) -> Registered:
    with library.catalog.reader() as queries:
        rights = rights_of(version, [(row, read_stored(row)) for row in queries.licenses()])
    return Registered(
        entity=version.entity,
        version=version.version,
        digest=version.digest,
        rights="none" if rights == "draft" else rights,
        proposed_licenses=() if proposed is None else (proposed.id,),
        warnings=warnings,
    )
