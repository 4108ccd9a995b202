"""Register an asset: intake → author → picture → sign → one transaction. Rights come later, from their own side.

Foreign files pass through the limited subprocess; what it wrote again becomes the asset, the original bytes of signed
references are kept as they came. Licenses found inside are *proposed*, never active. A rerun with the same inputs
changes nothing.
"""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.flows.add_license import read_stored
from assetlib.flows.curate_asset import parse_facets
from assetlib.flows.incoming import Incoming, digest_of_inputs, input_note, take_in
from assetlib.flows.known_parts import known_parts
from assetlib.flows.record_version import record_version, sign_inventory, version_of
from assetlib.flows.show_assets import names, rights_of
from assetlib.flows.sign_references import SignedReference, gather_references, sign_references
from assetlib.flows.stated_license import stated_license, stated_signals
from assetlib.model.asset import (
    AssetFile,
    AssetKind,
    AssetVersion,
    Facet,
    FacetClaim,
)
from assetlib.model.ids import slug
from assetlib.model.model_description import ModelDescription
from assetlib.model.record import LicenseRow, StatementKind
from assetlib.model.refusals import BadInput
from assetlib.usd.author import add_thumbnail, author_asset
from assetlib.usd.description import AssetDescription, AuthoredAsset, Authorship
from provenance.claims import AssetIdentity, SourceType, source_type
from provenance.digest import Digest

if TYPE_CHECKING:
    from assetlib.library import Library

_OWN_FACET = {AssetKind.CHARACTER: Facet.CHARACTER_IP, AssetKind.AUDIO: Facet.MUSIC, AssetKind.MODEL: Facet.MODEL}
_WITH_BODY = frozenset({AssetKind.CHARACTER, AssetKind.SET, AssetKind.PROP, AssetKind.VEHICLE, AssetKind.FX})
_MEDIA = ("image/", "audio/", "video/")
_POLICY = uuid.UUID("6f9f3d0e-58d5-5c0c-9b53-1c6a6a0b6c55")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What a registration says; `rights` is none, proposed or active.

    `named` are the paths that the model asks for beside itself; a person is not told them.
    """

    entity: str
    version: str
    digest: str
    rights: str
    proposed_licenses: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        told = (name for name in self.__slots__ if name != "named")
        return {name: (list(v) if isinstance(v := getattr(self, name), tuple) else v) for name in told}


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
    known = _known(library, entity)
    claims = _facets(library, wanted, name, facets, known)
    work = Path(tempfile.mkdtemp(prefix="register-", dir=library.staging))
    try:
        incoming = take_in(usd, work)
        inputs = digest_of_inputs(incoming, pictures, facets, height, declared, model)
        if known and _same_inputs(library, known[-1], inputs):
            return _answer(library, known[-1], incoming, note="the same files are registered already; nothing changed")
        identity = AssetIdentity(entity=entity, version=f"v{len(known) + 1:03d}", kind=wanted.value)
        signed = sign_references(library, pictures, identity, declared, work, preview=usd is None and model is None)
        incoming.add(signed, declared)
        parts = _parts(library, entity, incoming, signed)
        description = _describe(library, name, identity, wanted, height, declared, incoming, signed, model)
        tree = work / "tree"
        authored = author_asset(description, tree)
        files = _picture(library, identity, authored, incoming, signed, tree, work)
        packed = sign_inventory(library, name, identity, authored.root, files, signed, declared)
        made = version_of(library, name, identity, wanted, files, packed, claims, collections, declared)
        proposed, told = stated_license(library, made, incoming.hints)
        signals, heard = stated_signals(library, made, incoming.hints)
        incoming.warnings += (*told, *heard)
        if not dry_run:
            found = [row for row in (proposed, signals) if row is not None]
            record_version(library, made, tree, packed, found, inputs, signed, parts)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return _answer(library, made, incoming, proposed=proposed, note="nothing was kept (dry run)" if dry_run else "")


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


def _known(library: Library, entity: str) -> tuple[AssetVersion, ...]:
    with library.catalog.reader() as queries:
        return queries.versions(entity)


def _same_inputs(library: Library, version: AssetVersion, inputs: Digest) -> bool:
    with library.catalog.reader() as queries:
        notes = queries.statements(StatementKind.NOTE, version.digest)
    return any(note.body == input_note(inputs) for note in notes)


def _describe(
    library: Library,
    name: str,
    identity: AssetIdentity,
    kind: AssetKind,
    height: float,
    declared: SourceType | None,
    incoming: Incoming,
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


def _parts(
    library: Library, entity: str, incoming: Incoming, signed: Sequence[SignedReference]
) -> tuple[AssetVersion, ...]:
    """What of ours is among the incoming pictures and sounds; said, and recorded as lineage."""
    media = [file.digest for file in incoming.files if file.media_type.startswith(_MEDIA)]
    with library.catalog.reader() as queries:
        parts = known_parts(queries, [*media, *(reference.source for reference in signed)], entity)
    incoming.warnings += [f"holds a picture of {part.name} {part.version}, whose rights come with it" for part in parts]
    return parts


def _picture(
    library: Library,
    identity: AssetIdentity,
    authored: AuthoredAsset,
    incoming: Incoming,
    signed: Sequence[SignedReference],
    tree: Path,
    work: Path,
) -> tuple[AssetFile, ...]:
    """Fill the thumbnail slot: a render of the model, else the first reference; signed like every picture of ours."""
    from assetlib.flows.picture_asset import asset_thumbnail, sign_thumbnail

    previews = [s.preview for s in signed if s.preview is not None]
    made = asset_thumbnail(tree / authored.root, previews, foreign=incoming.foreign is not None, work=work)
    if made.note:
        incoming.warnings.append(made.note)
    if made.pixels is None:
        return authored.files
    return add_thumbnail(tree, authored.root, sign_thumbnail(library, identity, made.pixels, work))


def _facets(
    library: Library, kind: AssetKind, name: str, facets: Sequence[str], known: Sequence[AssetVersion]
) -> tuple[FacetClaim, ...]:
    """What a person says, else the facet that such an asset has in any case; and all that its last version carries.

    A new version may add to what is somebody's in an asset. Only counsel can take away, by releasing a facet.
    """
    own = FacetClaim(facet=_OWN_FACET.get(kind, Facet.UNDERLYING_WORK), subject=slug(name), by=library.actor)
    said = parse_facets(facets, by=library.actor)
    held = known[-1].facets if known else () if said else (own,)
    carried = {(claim.facet, claim.subject) for claim in held}
    return (*held, *(claim for claim in said if (claim.facet, claim.subject) not in carried))


def _answer(
    library: Library,
    version: AssetVersion,
    incoming: Incoming,
    *,
    proposed: LicenseRow | None = None,
    note: str = "",
) -> Registered:
    with library.catalog.reader() as queries:
        licenses = [(row, read_stored(row)) for row in queries.licenses()]
    granting = [(row, license_) for row, license_ in licenses if license_.grants]
    waiting = {row.id for row, license_ in granting if row.status == "proposed" and names(license_, version)}
    if proposed is not None:
        waiting.add(proposed.id)
    rights = rights_of(version, licenses)
    if waiting and rights == "none":
        rights = "proposed"
    return Registered(
        entity=version.entity,
        version=version.version,
        digest=version.digest,
        rights="none" if rights == "draft" else rights,
        proposed_licenses=tuple(sorted(waiting)),
        unreadable=tuple(incoming.unreadable),
        warnings=(*incoming.warnings, *((note,) if note else ())),
        named=incoming.named,
    )
