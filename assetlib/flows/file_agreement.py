"""File the terms under which a provider may be sent anything."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.documents.agreement_file import AgreementFileRefused, read_agreement
from assetlib.documents.license_json import agreement_from_json, agreement_to_json, parse_json
from assetlib.model.license import Answer, ProviderAgreement
from assetlib.model.record import AgreementRow, Document
from assetlib.model.refusals import BadInput
from provenance.digest import canonical_json, digest_bytes

if TYPE_CHECKING:
    from assetlib.library import Library


_MEDIA_TYPES = {".pdf": "application/pdf", ".txt": "text/plain", ".html": "text/html", ".md": "text/markdown"}


def file_agreement(library: Library, path: Path, *, evidence: Path | None, dry_run: bool = False) -> dict[str, Any]:
    """File an agreement with its evidence. The same words again change nothing, other words under the same id are
    its next revision. Raises BadInput with every mistake in the file."""
    try:
        paper = None if evidence is None else evidence.read_bytes()
        agreement = read_agreement(path.read_bytes(), evidence=paper, now=library.clock())
    except OSError as error:
        raise BadInput(f"{error.filename}: cannot be read: {error.strerror}") from error
    except AgreementFileRefused as error:
        raise BadInput(f"{path.name} is not filed:\n{error}") from error
    row = _next_row(library, agreement)
    warnings = _warnings(library, agreement)
    if row is None:
        return _shown(agreement, [*warnings, "the same words are on file already; nothing changed"])
    if not dry_run and paper is not None and evidence is not None:
        _store(library, row, paper, evidence)
    return _shown(agreement, warnings)


def _store(library: Library, row: AgreementRow, paper: bytes, evidence: Path) -> None:
    document = Document(
        digest=digest_bytes(paper),
        media_type=_MEDIA_TYPES.get(evidence.suffix.lower(), "application/octet-stream"),
        name=evidence.name,
        kind="terms",
        filed_by=library.actor,
    )

    def write(writer: Any, _: int) -> None:
        writer.add_document(document)
        writer.put_agreement(row)

    library.store.put(io.BytesIO(paper))
    body = {"agreement": row.id, "revision": row.revision, "digest": row.digest, "document": row.document}
    library.committer.commit("agreement.filed", body, write)


def agreements(library: Library) -> list[dict[str, Any]]:
    with library.catalog.reader() as queries:
        rows = queries.agreements()
    filed = [agreement_from_json(parse_json(row.body)) for row in rows]
    return [_shown(agreement, _warnings(library, agreement)) for agreement in filed]


def _next_row(library: Library, agreement: ProviderAgreement) -> AgreementRow | None:
    """The next revision; None when the last one says the same."""
    with library.catalog.reader() as queries:
        last = max((row for row in queries.agreements() if row.id == agreement.id), key=_revision, default=None)
    if last is not None:
        known = agreement_from_json(parse_json(last.body))
        if replace(known, recorded_at=agreement.recorded_at) == agreement:
            return None
    body = canonical_json(agreement_to_json(agreement))
    return AgreementRow(
        id=agreement.id,
        revision=1 if last is None else last.revision + 1,
        recipient=agreement.recipient,
        status="active",
        body=body,
        digest=digest_bytes(body),
        document=agreement.evidence_sha256,
    )


def _revision(row: AgreementRow) -> int:
    return row.revision


def _warnings(library: Library, agreement: ProviderAgreement) -> list[str]:
    """Why nothing is sent yet although the agreement is on file."""
    found = []
    if not agreement.reviewed_by or agreement.review_due is None:
        found.append("nobody has reviewed it: it counts as unknown, so nothing is sent")
    elif agreement.review_due <= library.clock():
        found.append("its review is overdue: it counts as unknown, so nothing is sent")
    if Answer.OPT_OUT_SET in (agreement.trains_on_inputs, agreement.trains_on_outputs):
        found.append("opt_out_set counts as training until the connector attests the account's setting")
    with library.catalog.reader() as queries:
        known = {row.id for row in queries.recipients()}
    parts = agreement.recipient.split("/")
    if known.isdisjoint("/".join(parts[:n]) for n in range(1, len(parts) + 1)):
        found.append(f"the recipient is not registered: assetlib recipient add {agreement.recipient} --provider")
    return found


def _shown(agreement: ProviderAgreement, warnings: list[str]) -> dict[str, Any]:
    due = agreement.review_due
    return {
        "agreement": agreement.id,
        "recipient": agreement.recipient,
        "trains_on_inputs": agreement.trains_on_inputs.value,
        "trains_on_outputs": agreement.trains_on_outputs.value,
        "review_due": "" if due is None else due.isoformat(),
        "warnings": warnings,
    }
