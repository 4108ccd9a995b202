"""A provider agreement in YAML: the terms of one provider, product, plan and account, read as strictly as a license.

The file holds what the terms say and when they have to be reviewed again. That somebody reviewed them is no word in
the file: counsel signs it when the agreement is filed.

    agreement = read_agreement(path.read_bytes(), evidence=pdf_bytes, now=clock())
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from assetlib.documents.license_file import LicenseFileRefused, Problem, parse_yaml, problems_of, zone_problems
from assetlib.documents.license_form import Day, DocumentForm, Form, Text, Words
from assetlib.documents.license_value import end_of, start_of
from assetlib.model.license import Answer, HumanReview, OutputOwnership, ProviderAgreement
from provenance.digest import Digest, digest_bytes

AgreementFileRefused = LicenseFileRefused


def _credential(text: str) -> str:
    if text and not text.startswith(("env:", "keyring:")):
        raise ValueError("expected env:NAME or keyring:NAME; a secret never stands in a file")
    return text


def _yes_or_no(value: Any) -> Any:
    return {"yes": True, "no": False}.get(value, value) if isinstance(value, str) else value


def _segment(text: str) -> str:
    if not text or "/" in text or text != text.strip().lower():
        raise ValueError(f"expected a lower-case word without '/', found {text!r}")
    return text


_Segment = Annotated[str, AfterValidator(_segment)]
_YesNo = Annotated[bool, BeforeValidator(_yes_or_no)]


class AgreementForm(Form):
    """Closed; what is not said stays unknown, and unknown is never a yes."""

    assetlib_agreement: Literal["1"]
    id: Text
    timezone: Text
    provider: _Segment
    product: _Segment
    plan: _Segment
    account: _Segment
    legal_entity: Text
    governing_law: Text
    models: Annotated[Words, Field(min_length=1)]
    subprocessors: Words = ()
    trains_on_inputs: Answer
    trains_on_outputs: Answer
    valid_from: Day
    valid_until: Day | None = None
    review_due: Day
    evidence: DocumentForm
    evidence_uri: str = ""
    credential: Annotated[str, AfterValidator(_credential)] = ""
    human_review: HumanReview = HumanReview.UNKNOWN
    retention_days: Annotated[int, Field(ge=0, le=36_525)] | None = None
    regions: Words = ()
    output_ownership: OutputOwnership = OutputOwnership.UNKNOWN
    indemnity: str = "none"
    content_credentials: _YesNo = False
    personal_data_allowed: _YesNo = False
    biometric_allowed: _YesNo = False


def read_agreement(data: bytes, *, evidence: bytes | None, now: datetime) -> ProviderAgreement:
    """The agreement, not reviewed by anybody; `evidence` is the terms it names. Raises AgreementFileRefused."""
    content, lines = parse_yaml(data, opening="assetlib_agreement: 1")
    try:
        form = AgreementForm.model_validate(content)
    except ValidationError as error:
        raise AgreementFileRefused(problems_of(error, AgreementForm, lines) + zone_problems(content, lines)) from error
    line = lines.get(("evidence",), 0)
    problems = [*zone_problems(content, lines), *_evidence(form, evidence, line), *_order(form, lines)]
    if problems:
        raise AgreementFileRefused(problems)
    return _agreement(form, now)


def _evidence(form: AgreementForm, evidence: bytes | None, line: int) -> list[Problem]:
    if evidence is None:
        message = f"give the captured terms {form.evidence.file!r} with --evidence"
        return [Problem(line=line, where="evidence", message=message)]
    found, expected = digest_bytes(evidence), f"sha256:{form.evidence.sha256.removeprefix('sha256:')}"
    if found == expected:
        return []
    message = f"the evidence has {found}, expected {expected}; file the terms that were captured"
    return [Problem(line=line, where="evidence.sha256", message=message)]


def _order(form: AgreementForm, lines: Any) -> list[Problem]:
    late = [name for name in ("valid_until", "review_due") if (day := getattr(form, name)) and day < form.valid_from]
    return [
        Problem(line=lines.get((name,), 0), where=name, message=f"is before valid_from ({form.valid_from})")
        for name in late
    ]


def _agreement(form: AgreementForm, now: datetime) -> ProviderAgreement:
    zone = ZoneInfo(form.timezone)
    same = (
        *("id", "provider", "product", "plan", "account", "legal_entity", "governing_law", "models", "subprocessors"),
        *("trains_on_inputs", "trains_on_outputs", "credential", "human_review", "retention_days", "regions"),
        *("output_ownership", "indemnity", "content_credentials", "personal_data_allowed", "biometric_allowed"),
        "evidence_uri",
    )
    values: dict[str, Any] = {name: getattr(form, name) for name in same}
    return ProviderAgreement(
        **values,
        valid_from=start_of(form.valid_from, zone),
        valid_until=None if form.valid_until is None else end_of(form.valid_until, zone),
        review_due=end_of(form.review_due, zone),
        recorded_at=now,
        evidence_captured_at=now,
        evidence_sha256=Digest(f"sha256:{form.evidence.sha256.removeprefix('sha256:')}"),
    )
