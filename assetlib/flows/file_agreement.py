"""File the terms under which a provider may be sent anything."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.approvals.roles import Act, who_may
from assetlib.approvals.statements import Statement
from assetlib.documents.agreement_file import AgreementFileRefused, read_agreement
from assetlib.documents.license_file import MAX_BYTES
from assetlib.documents.license_json import agreement_from_json, agreement_to_json, parse_json
from assetlib.flows.enroll_person import sign_act
from assetlib.flows.given_files import LARGEST_PAPER, read_given
from assetlib.model.license import ProviderAgreement
from assetlib.model.record import AgreementRow, Document
from assetlib.model.refusals import BadInput
from provenance.digest import canonical_json, digest_bytes

if TYPE_CHECKING:
    from assetlib.library import Library


def file_agreement(library: Library, path: Path, *, evidence: Path | None) -> dict[str, Any]:
    """File an agreement with its evidence; filed by counsel (``--as``) it is reviewed, signed with their key.

    Raises BadInput with every mistake in the file, ApprovalRefused, NotFound for an unknown person.
    """
    paper = None if evidence is None else read_given(evidence, LARGEST_PAPER)
    try:
        agreement = read_agreement(read_given(path, MAX_BYTES), evidence=paper, now=library.clock())
    except AgreementFileRefused as error:
        raise BadInput(f"{path.name} is not filed:\n{error}") from error
    agreement, statement = _reviewed(library, agreement)
    row = _row(library, agreement, statement)

    def write(writer: Any, _: int) -> None:
        if paper is not None and evidence is not None:
            digest = digest_bytes(paper)
            writer.add_document(Document(digest=digest, media_type="application/pdf", name=evidence.name, kind="terms"))
        writer.put_agreement(row)

    if paper is not None:
        library.store.put(io.BytesIO(paper))
    library.committer.commit("agreement.filed", {"agreement": row.id, "digest": row.digest}, write)
    return _shown(agreement)


def agreements(library: Library) -> list[dict[str, Any]]:
    with library.catalog.reader() as queries:
        return [_shown(agreement_from_json(parse_json(row.body))) for row in queries.agreements()]


def _reviewed(library: Library, agreement: ProviderAgreement) -> tuple[ProviderAgreement, Statement | None]:
    """The agreement as reviewed by the acting counsel, and their signature over these terms; else as it came."""
    if library.person is None:
        return agreement, None
    with library.catalog.reader() as queries:
        able = who_may(Act.REVIEW_AGREEMENT, queries.people(), library.clock())
    if all(person.id != library.person for person in able):
        return agreement, None
    reviewed = replace(agreement, reviewed_by=library.person)
    digest = digest_bytes(canonical_json(agreement_to_json(reviewed)))
    return reviewed, sign_act(library, Act.REVIEW_AGREEMENT, agreement.id, digest)


def _row(library: Library, agreement: ProviderAgreement, statement: Statement | None) -> AgreementRow:
    with library.catalog.reader() as queries:
        revisions = [row.revision for row in queries.agreements() if row.id == agreement.id]
    body = canonical_json(agreement_to_json(agreement))
    return AgreementRow(
        id=agreement.id,
        revision=max(revisions, default=0) + 1,
        recipient=_recipient(agreement),
        status="active",
        body=body,
        digest=digest_bytes(body),
        document=agreement.evidence_sha256,
        signature=None if statement is None else canonical_json(statement.to_json()),
        signer=None if statement is None else statement.person,
    )


def _recipient(agreement: ProviderAgreement) -> str:
    return "/".join((agreement.provider, agreement.product, agreement.plan, agreement.account))


def _shown(agreement: ProviderAgreement) -> dict[str, Any]:
    due = agreement.review_due
    return {
        "agreement": agreement.id,
        "recipient": _recipient(agreement),
        "trains_on_inputs": agreement.trains_on_inputs.value,
        "trains_on_outputs": agreement.trains_on_outputs.value,
        "review_due": "" if due is None else due.isoformat(),
        "warnings": []
        if agreement.reviewed_by
        else ["nobody has reviewed it: nothing is sent under it; have counsel file it with --as"],
    }
