"""Register an asset: intake → author → picture → sign → one transaction. Rights come later, from their own side.

Foreign files pass through the limited subprocess; what it wrote again becomes the asset, the original bytes of signed
references are kept as they came. Licenses found inside are *proposed*, never active. A rerun with the same inputs
changes nothing.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.catalog.refusals import NotFound as NoSuchRow
from assetlib.documents.license_json import license_to_json
from assetlib.documents.license_statements import Proposal, propose
from assetlib.documents.open_licenses import UnknownOpenLicense, open_license
from assetlib.flows.add_license import read_stored
from assetlib.flows.curate_asset import parse_facets
from assetlib.flows.show_assets import rights_of
from assetlib.flows.sign_references import SignedReference, gather_references, sign_references
from assetlib.intake.usd import UsdIntake, intake_usd
from assetlib.model.asset import AssetKind, AssetVersion, Facet, FacetClaim
from assetlib.model.ids import slug
from assetlib.model.license import LicenseStatus, Selector
from assetlib.model.model_description import ModelDescription
from assetlib.model.record import LicenseRow, Statement, StatementKind
from assetlib.model.refusals import BadInput
from assetlib.usd.author import add_thumbnail, author_asset
from assetlib.usd.description import AssetDescription, AuthoredAsset, Authorship, ForeignTree
from assetlib.usd.inventory import build_inventory
from provenance.claims import AssetIdentity, SourceType, asset_package, source_type
from provenance.credentials import Ingredient
from provenance.digest import Digest, canonical_json, digest_bytes, digest_file
from provenance.packages import inventory, measure, sign_package

if TYPE_CHECKING:
    from assetlib.library import Library

_OWN_FACET = {AssetKind.CHARACTER: Facet.CHARACTER_IP, AssetKind.AUDIO: Facet.MUSIC, AssetKind.MODEL: Facet.MODEL}
_WITH_BODY = frozenset({AssetKind.CHARACTER, AssetKind.SET, AssetKind.PROP, AssetKind.VEHICLE, AssetKind.FX})
_POLICY = uuid.UUID("6f9f3d0e-58d5-5c0c-9b53-1c6a6a0b6c55")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What a registration says; `rights` is none, proposed or active."""

    entity: str
    version: str
    digest: str
    rights: str
    proposed_licenses: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {name: (list(v) if isinstance(v := getattr(self, name), tuple) else v) for name in self.__slots__}


@dataclass(slots=True, kw_only=True)
class _Incoming:
    """What intake found, on its way into a version."""

    foreign: ForeignTree | None = None
    unreadable: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    hints: list[tuple[str, str]] = field(default_factory=list)


def register_asset(
    library: Library,
    name: str,
    *,
    kind: str,
    usd: Path | None = None,
    references: Sequence[Path] = (),
    source_type: str | None = None,
    facets: Sequence[str] = (),
    height: float = 1.8,
    collections: Sequence[str] = (),
    dry_run: bool = False,
    model: ModelDescription | None = None,
) -> Registered:
    """Raises BadInput, Unreadable (with what was found), Conflict; nothing is kept then."""
    wanted = AssetKind(kind)
    entity = f"assetlib:///{wanted.folder}/{_slug(name)}"
    pictures = gather_references(references)
    _check(wanted, usd, pictures, model, height)
    declared = None if source_type is None else _source_type(source_type)
    inputs = _inputs(usd, pictures, facets, height, declared, model)
    known = _known(library, entity)
    if known and _same_inputs(library, known[-1], inputs):
        return _answer(library, known[-1], warnings=("the same files are registered already; nothing changed",))
    work = Path(tempfile.mkdtemp(prefix="register-", dir=library.staging))
    try:
        incoming = _take_in(usd, work)
        version = f"v{len(known) + 1:03d}"
        identity = AssetIdentity(entity=entity, version=version, kind=wanted.value)
        signed = sign_references(library, pictures, identity, declared, work)
        for reference in signed:
            incoming.hints += reference.hints
            incoming.warnings += reference.warnings
        description = _describe(library, name, identity, wanted, height, declared, incoming, signed, model)
        tree = work / "tree"
        authored = author_asset(description, tree)
        _picture(library, identity, authored, signed, tree, work)
        listed, manifest = _sign(library, name, identity, authored, signed, tree, declared)
        made = _version(library, name, identity, wanted, tree, listed, manifest, facets, collections, declared)
        proposed = _proposed(library, made, incoming)
        if not dry_run:
            _record(library, made, tree, listed, manifest, proposed, inputs, signed)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return _answer(
        library,
        made,
        proposed=proposed,
        unreadable=tuple(incoming.unreadable),
        warnings=(*incoming.warnings, *(("nothing was kept (dry run)",) if dry_run else ())),
    )


def _slug(name: str) -> str:
    try:
        return slug(name)
    except ValueError as error:
        raise BadInput(str(error)) from error


def _check(
    kind: AssetKind, usd: Path | None, pictures: Sequence[Any], model: ModelDescription | None, height: float
) -> None:
    if usd is None and not pictures and model is None:
        raise BadInput("nothing to register: give a model with --usd, or pictures with --reference")
    if kind in _WITH_BODY - {AssetKind.CHARACTER} and usd is None and model is None:
        raise BadInput(f"a {kind.value} needs a model; give it with --usd")
    if usd is not None and not usd.is_file():
        raise BadInput(f"expected a USD file at {usd}, found none")
    if not 0.05 <= height <= 30:
        raise BadInput(f"expected a height from 0.05 to 30 meters, found {height}")


def _source_type(term: str) -> SourceType:
    try:
        return source_type(term)
    except ValueError as error:
        raise BadInput(str(error)) from error


def _inputs(
    usd: Path | None,
    pictures: Sequence[Any],
    facets: Sequence[str],
    height: float,
    declared: SourceType | None,
    model: ModelDescription | None,
) -> Digest:
    """What the version was made from, so that the same inputs are recognized again."""
    tree = sorted(p for p in usd.parent.rglob("*") if p.is_file() and not p.is_symlink()) if usd is not None else []
    return digest_bytes(
        canonical_json(
            {
                "usd": None if usd is None else usd.name,
                "tree": [[str(p.relative_to(usd.parent)), digest_file(p)] for p in tree] if usd is not None else [],
                "references": [[p.role, digest_file(p.path)] for p in pictures],
                "facets": sorted(facets),
                "height": str(height),
                "source_type": None if declared is None else declared.value,
                "model": None if model is None else model.digest(),
            }
        )
    )


def _known(library: Library, entity: str) -> tuple[AssetVersion, ...]:
    with library.catalog.reader() as queries:
        return queries.versions(entity)


def _same_inputs(library: Library, version: AssetVersion, inputs: Digest) -> bool:
    with library.catalog.reader() as queries:
        notes = queries.statements(StatementKind.NOTE, version.digest)
    return any(note.body == _input_note(inputs) for note in notes)


def _input_note(inputs: Digest) -> bytes:
    return canonical_json({"inputs": inputs})


def _take_in(usd: Path | None, work: Path) -> _Incoming:
    """Read the foreign model in the limited subprocess; only its canonical re-export goes on."""
    if usd is None:
        return _Incoming()
    taken: UsdIntake = intake_usd(usd, work / "foreign")
    return _Incoming(
        foreign=ForeignTree(
            folder=work / "foreign",
            root=taken.root,
            meters_per_unit=taken.meters_per_unit,
            up_axis=taken.up_axis,
            default_prim=taken.default_prim,
        ),
        unreadable=list(taken.unreadable),
        warnings=list(taken.warnings),
        hints=[(hint.source, hint.text) for hint in taken.hints],
    )


def _describe(
    library: Library,
    name: str,
    identity: AssetIdentity,
    kind: AssetKind,
    height: float,
    declared: SourceType | None,
    incoming: _Incoming,
    signed: Sequence[SignedReference],
    model: ModelDescription | None,
) -> AssetDescription:
    return AssetDescription(
        entity=identity.entity,
        version=identity.version,
        kind=kind,
        name=name,
        policy_id=uuid.uuid5(_POLICY, identity.entity).urn,
        authorship=Authorship(
            created=library.clock(),
            instance_id=str(uuid.uuid4()),
            digital_source_type="" if declared is None else declared.uri,
            creators=(library.actor,),
            description=f"Registered as {identity.kind} {name}",
        ),
        model=model,
        foreign=incoming.foreign,
        references=tuple(reference.file for reference in signed),
        height=height,
    )


def _picture(
    library: Library,
    identity: AssetIdentity,
    authored: AuthoredAsset,
    signed: Sequence[SignedReference],
    tree: Path,
    work: Path,
) -> None:
    """Fill the thumbnail slot: a render of the model, else the first reference; signed like every picture of ours."""
    from assetlib.flows.picture_asset import asset_thumbnail, sign_thumbnail

    pixels = asset_thumbnail(tree / authored.root, [s.canonical for s in signed])
    if pixels is not None:
        add_thumbnail(tree, authored.root, sign_thumbnail(library, identity, pixels, work))


def _sign(
    library: Library,
    name: str,
    identity: AssetIdentity,
    authored: AuthoredAsset,
    signed: Sequence[SignedReference],
    tree: Path,
    declared: SourceType | None,
) -> tuple[bytes, bytes]:
    """The inventory (``asset.json``) and the manifest over it, with the signed references as ingredients."""
    paths = [file.path for file in build_inventory(tree)]
    listed = inventory(identity.entity, identity.version, authored.root, measure(tree, paths))
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
    return listed, packed


def _version(
    library: Library,
    name: str,
    identity: AssetIdentity,
    kind: AssetKind,
    tree: Path,
    listed: bytes,
    manifest: bytes,
    facets: Sequence[str],
    collections: Sequence[str],
    declared: SourceType | None,
) -> AssetVersion:
    files = build_inventory(tree)
    claims = parse_facets(facets, by=library.actor) or (
        FacetClaim(facet=_OWN_FACET.get(kind, Facet.UNDERLYING_WORK), subject=slug(name), by=library.actor),
    )
    thumbnail = next((file.digest for file in files if file.path == "thumbnail.png"), None)
    return AssetVersion(
        entity=identity.entity,
        version=identity.version,
        digest=digest_bytes(listed),
        kind=kind,
        name=name,
        facets=claims,
        files=files,
        source_type="" if declared is None else declared.uri,
        created_by=library.actor,
        created_at=library.clock(),
        collections=tuple(collections),
        manifest=digest_bytes(manifest),
        thumbnail=thumbnail,
    )


def _proposed(library: Library, version: AssetVersion, incoming: _Incoming) -> LicenseRow | None:
    """The license that the incoming files state, as a proposal; None when they state none that can be used."""
    proposal = propose(incoming.hints)
    incoming.warnings += proposal.warnings
    if proposal.spdx is None:
        return None
    license_id = f"LIC-PROPOSED-{slug(version.name).upper()}-{version.version.upper()}"
    try:
        license_ = open_license(
            proposal.spdx,
            license_id=license_id,
            selector=Selector(entities=(version.entity,)),
            licensor=_licensor(proposal),
            licensee=library.settings["library.name"],
            credit=_credit(proposal, version),
            source="; ".join(dict.fromkeys(statement.source for statement in proposal.statements)),
        )
    except (UnknownOpenLicense, ValueError) as error:
        incoming.warnings.append(f"stated license not proposed: {error}")
        return None
    body = canonical_json(license_to_json(license_))
    status = LicenseStatus.PROPOSED.value
    try:
        with library.catalog.reader() as queries:
            queries.license(license_id)
    except NoSuchRow:
        return LicenseRow(id=license_id, revision=1, status=status, body=body, digest=digest_bytes(body))
    return None


def _licensor(proposal: Proposal) -> str:
    return "stated-in-the-files" if proposal.statements else "unknown"


def _credit(proposal: Proposal, version: AssetVersion) -> str:
    """The words that state the license are the credit line until a person writes a better one."""
    first = proposal.statements[0].text.strip() if proposal.statements else ""
    return f"{version.name}: {first}"[:300]


def _record(
    library: Library,
    version: AssetVersion,
    tree: Path,
    listed: bytes,
    manifest: bytes,
    proposed: LicenseRow | None,
    inputs: Digest,
    signed: Iterable[SignedReference],
) -> None:
    for file in version.files:
        library.store.put_file(tree / file.path)
    library.store.put(io.BytesIO(listed))
    library.store.put(io.BytesIO(manifest))
    prints = [fingerprint for reference in signed for fingerprint in reference.fingerprints]

    def write(writer: Any, index: int) -> None:
        writer.add_version(version)
        if proposed is not None:
            writer.put_license(proposed)
        writer.add_statement(
            Statement(
                kind=StatementKind.NOTE,
                id=f"inputs-{index}",
                subject=version.digest,
                body=_input_note(inputs),
                by=library.actor,
            )
        )
        for fingerprint in prints:
            writer.put_fingerprint(fingerprint)

    body = {
        "entity": version.entity,
        "version": version.version,
        "digest": version.digest,
        "manifest": version.manifest,
        "by": library.actor,
    }
    library.committer.commit("asset.registered", body, write)


def _answer(
    library: Library,
    version: AssetVersion,
    *,
    proposed: LicenseRow | None = None,
    unreadable: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
) -> Registered:
    with library.catalog.reader() as queries:
        licenses = [(row, read_stored(row)) for row in queries.licenses()]
    rights = rights_of(version, licenses)
    if proposed is not None and rights == "none":
        rights = "proposed"
    return Registered(
        entity=version.entity,
        version=version.version,
        digest=version.digest,
        rights="none" if rights == "draft" else rights,
        proposed_licenses=() if proposed is None else (proposed.id,),
        unreadable=unreadable,
        warnings=warnings,
    )
