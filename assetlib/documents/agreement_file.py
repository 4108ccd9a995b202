"""A provider agreement in YAML, read strictly: every mistake at once, each with its line (see `strict_file`).

The terms as captured stand behind every agreement: without that evidence, or with other bytes than the file names,
nothing is read. "Until" and "due" mean through the end of that day in the file's zone.

    agreement = read_agreement(path.read_bytes(), evidence=pdf_bytes, now=now)
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from assetlib.documents.agreement_form import AgreementForm, CappedIndemnity, RestrictionForm
from assetlib.documents.license_value import end_of, start_of
from assetlib.documents.strict_file import (
    FileRefused,
    Lines,
    Place,
    Problem,
    digest_problem,
    dotted,
    line_at,
    parse_strictly,
    read_form,
    zone_problems,
)
from assetlib.model.license import Prohibition, ProviderAgreement, Selector
from assetlib.rights import territory
from provenance.digest import digest_bytes


class AgreementFileRefused(FileRefused):
    """An agreement file with mistakes; `problems` lists all of them in the order of the file."""


def read_agreement(data: bytes, *, evidence: bytes | None, now: datetime) -> ProviderAgreement:
    """The agreement in a YAML file, recorded at `now`; `evidence` is the terms as captured.

    Raises AgreementFileRefused.
    """
    try:
        content, lines = parse_strictly(data, first_line="assetlib_agreement: 1")
        form = read_form(AgreementForm, content, lines)
    except FileRefused as error:
        raise AgreementFileRefused(error.problems) from error
    problems = zone_problems(content, lines)
    problems += [_problem(*found, lines) for found in (*_nonsense(form), *_evidence(form, evidence))]
    if not problems:
        problems += [_problem(*found, lines) for found in _future(form, now)]
    if problems or evidence is None:
        raise AgreementFileRefused(problems)
    return _value(form, evidence, now)


def _problem(place: Place, message: str, lines: Lines) -> Problem:
    return Problem(line=line_at(place, lines), where=dotted(place), message=message)


def _evidence(form: AgreementForm, evidence: bytes | None) -> Iterator[tuple[Place, str]]:
    if evidence is None:
        yield ("evidence_sha256",), "terms without evidence are hearsay; give the captured terms with --evidence"
    elif form.evidence_sha256 and (mismatch := digest_problem(evidence, form.evidence_sha256)):
        yield ("evidence_sha256",), f"the evidence {mismatch}; file the terms that were captured"


def _nonsense(form: AgreementForm) -> Iterator[tuple[Place, str]]:
    """Mistakes that no single key shows."""
    if form.valid_until and form.valid_until < form.valid_from:
        yield ("valid_until",), f"ends on {form.valid_until}, before it starts on {form.valid_from}"
    if form.reviewed_by and form.review_due is None:
        yield ("reviewed_by",), "say with review_due until when the review holds"
    if form.review_due is not None and not form.reviewed_by:
        yield ("review_due",), "say with reviewed_by who reviewed the terms"
    clauses = [restriction.clause for restriction in form.output_restrictions]
    for clause in sorted({clause for clause in clauses if clauses.count(clause) > 1}):
        yield ("output_restrictions",), f"clause {clause!r} stands twice; decisions cite by clause, so name each once"
    for number, restriction in enumerate(form.output_restrictions):
        try:
            territory.parse_territories(restriction.territories)
        except territory.UnknownTerritory as error:
            yield ("output_restrictions", number, "territories"), str(error)


def _future(form: AgreementForm, now: datetime) -> Iterator[tuple[Place, str]]:
    """Needs a zone that is known."""
    if form.evidence_captured_at and start_of(form.evidence_captured_at, ZoneInfo(form.timezone)) > now:
        yield ("evidence_captured_at",), f"expected a day that has begun, found {form.evidence_captured_at}"


def _value(form: AgreementForm, evidence: bytes, now: datetime) -> ProviderAgreement:
    zone = ZoneInfo(form.timezone)
    captured = form.evidence_captured_at
    return ProviderAgreement(
        id=form.id,
        provider=form.provider,
        product=form.product,
        plan=form.plan,
        account=form.account,
        legal_entity=form.legal_entity,
        governing_law=form.governing_law,
        models=form.models,
        subprocessors=form.subprocessors,
        credential=form.credential,
        trains_on_inputs=form.trains_on_inputs,
        trains_on_outputs=form.trains_on_outputs,
        human_review=form.human_review,
        retention_days=None if form.retention_days == "unknown" else form.retention_days,
        zero_retention_setting=form.zero_retention_setting,
        regions=form.regions,
        output_ownership=form.output_ownership,
        output_restrictions=tuple(_restriction(r, form) for r in form.output_restrictions),
        indemnity=_indemnity(form),
        content_credentials=form.content_credentials,
        personal_data_allowed=form.personal_data_allowed,
        biometric_allowed=form.biometric_allowed,
        valid_from=start_of(form.valid_from, zone),
        valid_until=end_of(form.valid_until, zone) if form.valid_until else None,
        recorded_at=now,
        evidence_sha256=digest_bytes(evidence),
        evidence_uri=form.evidence_uri,
        evidence_captured_at=start_of(captured, zone) if captured else None,
        reviewed_by=form.reviewed_by,
        review_due=end_of(form.review_due, zone) if form.review_due else None,
    )


def _restriction(form: RestrictionForm, agreement: AgreementForm) -> Prohibition:
    """A template: it selects nothing by itself and is laid on each output of the provider."""
    return Prohibition(
        id=f"{agreement.id}#{form.clause}",
        clause=form.clause,
        selector=Selector(),
        actions=form.actions,
        purposes=form.purposes,
        productions=form.productions,
        territories=territory.parse_territories(form.territories),
        media=form.media,
        recipients=form.recipients,
        content=form.content,
    )


def _indemnity(form: AgreementForm) -> str:
    match form.indemnity:
        case CappedIndemnity(capped=amount, conditions=conditions):
            return f"capped({amount})" + (f": {conditions}" if conditions else "")
        case word:
            return word
