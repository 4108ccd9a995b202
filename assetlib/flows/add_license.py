"""File a license as a draft, look at it, list what is on file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.documents.explain_license import explain_license
from assetlib.documents.license_file import warnings_of
from assetlib.documents.license_json import license_from_json, license_to_json, parse_json
from assetlib.flows.delivery import refuse_occupied
from assetlib.flows.read_license import LicenseFile, read_license_file
from assetlib.model.license import License, LicenseStatus
from assetlib.model.record import Document, LicenseRow
from provenance.digest import Digest, canonical_json, digest_bytes

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

_MEDIA_TYPES = {".pdf": "application/pdf", ".txt": "text/plain", ".md": "text/markdown", ".docx": "application/msword"}


def add_license(library: Library, path: Path, *, document: Path | None = None, dry_run: bool = False) -> dict[str, Any]:
    """File the license, and its document into the store. The same words again change nothing; other words under
    the same id become its next revision, a draft again. Raises BadInput."""
    read = read_license_file(path, document)
    license_ = read.license
    row = next_revision(library, license_)
    warnings = list(warnings_of(license_))
    with library.catalog.reader() as queries:
        warnings += _unknown_subjects(queries, license_)
    if row is None:
        with library.catalog.reader() as queries:
            known = queries.license(license_.id)
        return _filed(known, [*warnings, "the same words are on file already; nothing changed"])
    if not dry_run:
        store_license(library, row, read)
    return _filed(row, warnings)


def show_license(library: Library, license_id: str, *, revision: int | None = None) -> dict[str, Any]:
    """A license as filed, now or in an earlier revision, and the story of its revisions."""
    from assetlib.flows.amend_license import revision_of, revisions_of

    with library.catalog.reader() as queries:
        row = queries.license(license_id) if revision is None else revision_of(queries, license_id, revision)
        document = None if row.document is None else queries.document(row.document)
        revisions = revisions_of(queries, license_id)
    license_ = license_from_json(parse_json(row.body))
    return {
        "license": row.id,
        "revision": row.revision,
        "status": row.status,
        "digest": row.digest,
        "document": None if document is None else {"digest": document.digest, "name": document.name},
        "signer": row.signer,
        "revisions": revisions,
        "terms": license_to_json(license_),
        "english": explain_license(license_),
    }


def license_as_odrl(library: Library, license_id: str) -> str:
    """The license as an ODRL agreement in JSON-LD, as `license add FILE.jsonld` reads it. Raises NotFound."""
    from assetlib.rights.odrl import write_odrl

    with library.catalog.reader() as queries:
        row = queries.license(license_id)
    return write_odrl(read_stored(row)).decode()


def write_license_page(library: Library, license_id: str, target: Path, *, revision: int | None = None) -> Path:
    """The license as a page to print and sign. Raises NotFound, Conflict rather than replace a file."""
    from assetlib.audit.license_page import license_page

    refuse_occupied(target, folder=False)
    shown = show_license(library, license_id, revision=revision)
    license_ = license_from_json(shown["terms"])
    target.write_text(license_page(license_, shown, shown["revisions"]), encoding="utf-8")
    return target


def list_licenses(library: Library, *, status: str | None = None) -> list[dict[str, Any]]:
    with library.catalog.reader() as queries:
        rows = queries.licenses(status)
    return [_listed(row) for row in rows]


def read_stored(row: LicenseRow) -> License:
    return license_from_json(parse_json(row.body))


def propose_license(library: Library, license_: License) -> LicenseRow | None:
    """A row for a license found inside an incoming file: *proposed*, so that it allows nothing. None if known."""
    row = next_revision(library, license_)
    if row is None:
        return None
    return LicenseRow(
        id=row.id, revision=row.revision, status=LicenseStatus.PROPOSED.value, body=row.body, digest=row.digest
    )


def next_revision(library: Library, license_: License) -> LicenseRow | None:
    """The draft row that these words would be; None where just these words are on file."""
    body = canonical_json(license_to_json(license_))
    digest = digest_bytes(body)
    revision = 1
    with library.catalog.reader() as queries:
        try:
            known = queries.license(license_.id)
        except Exception as error:
            if type(error).__name__ != "NotFound":
                raise
        else:
            if known.digest == digest:
                return None
            revision = known.revision + 1
    document: Digest | None = None if license_.document is None else license_.document.digest
    return LicenseRow(
        id=license_.id,
        revision=revision,
        status=LicenseStatus.DRAFT.value,
        body=body,
        digest=digest,
        document=document,
    )


def store_license(
    library: Library,
    row: LicenseRow,
    read: LicenseFile,
    *,
    kind: str = "license.filed",
    beside: Callable[[Any], None] = lambda _: None,
) -> None:
    """The row and its paper in one commit; `beside` writes what belongs to the same entry."""
    import io

    paper = read.paper
    if paper is not None:
        library.store.put(io.BytesIO(paper[1]))
    entry = {"license": row.id, "revision": row.revision, "digest": row.digest, "document": row.document}

    def write(writer: Any, _: int) -> None:
        if paper is not None:
            writer.add_document(
                Document(
                    digest=digest_bytes(paper[1]),
                    media_type=_MEDIA_TYPES.get(paper[0].suffix.lower(), "application/octet-stream"),
                    name=paper[0].name,
                    filed_by=library.actor,
                )
            )
        writer.put_license(row)
        beside(writer)

    library.committer.commit(kind, entry, write)


def _unknown_subjects(queries: Queries, license_: License) -> list[str]:
    """Names in `covers` that no asset here has yet: usually a typing error."""
    selectors = [g.selector for g in license_.grants] + [p.selector for p in license_.prohibitions]
    named = {entity for selector in selectors for entity in selector.entities}
    known = {version.entity for version in queries.assets()}
    return [f"covers {entity}, which no asset here has yet" for entity in sorted(named - known)]


def _filed(row: LicenseRow, warnings: list[str]) -> dict[str, Any]:
    return {"license": row.id, "revision": row.revision, "status": row.status, "warnings": warnings}


def _listed(row: LicenseRow) -> dict[str, Any]:
    license_ = read_stored(row)
    covers = sorted({e.rsplit("/", 1)[-1] for grant in license_.grants for e in grant.selector.entities})
    return {
        "license": row.id,
        "revision": row.revision,
        "kind": license_.kind.value,
        "status": row.status,
        "from": license_.licensor.party,
        "covers": ", ".join(covers) or "by kind or collection",
        "document": row.document,
    }
