"""What a provider agreement file says, read strictly."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from assetlib.documents.agreement_file import AgreementFileRefused, read_agreement
from assetlib.documents.license_json import agreement_from_json, agreement_to_json, parse_json
from assetlib.model.license import Answer, HumanReview, ProviderAgreement
from provenance.digest import canonical_json, digest_bytes, hex_of

EVIDENCE = b"%PDF-1.7 terms as captured"
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEXT = f"""\
assetlib_agreement: 1
id: PA-12
timezone: America/New_York
provider: fable
product: api
plan: business
account: acct-7
legal_entity: Fable Pictures AI, Inc.
governing_law: US-NY
models: [fable-video-2]
subprocessors: [cloudhost]
credential: env:FABLE_KEY
trains_on_inputs: no
trains_on_outputs: no
human_review: abuse_only
retention_days: 30
regions: [us-east-1]
output_ownership: customer
output_restrictions:
  - {{clause: "4.2", actions: [train.gen, train.nongen], territories: [WW]}}
indemnity: {{capped: "USD 1,000,000", conditions: paid plans only}}
content_credentials: true
personal_data_allowed: no
biometric_allowed: no
valid_from: 2026-10-01
valid_until: 2027-09-30
evidence_sha256: {hex_of(digest_bytes(EVIDENCE))}
evidence_uri: https://fable.example/terms
evidence_captured_at: 2026-10-01
reviewed_by: grace-counsel
review_due: 2027-03-31
"""


def read(text: str = TEXT, evidence: bytes | None = EVIDENCE) -> ProviderAgreement:
    return read_agreement(text.encode(), evidence=evidence, now=NOW)


def refusal(text: str, evidence: bytes | None = EVIDENCE) -> str:
    with pytest.raises(AgreementFileRefused) as refused:
        read(text, evidence)
    return str(refused.value)


def changed(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new)


def test_the_terms_are_read_as_they_stand() -> None:
    agreement = read()
    assert agreement.recipient == "fable/api/business/acct-7"
    assert (agreement.trains_on_inputs, agreement.human_review) == (Answer.NO, HumanReview.ABUSE_ONLY)
    assert agreement.indemnity == "capped(USD 1,000,000): paid plans only"
    assert (agreement.retention_days, agreement.recorded_at) == (30, NOW)
    assert agreement.content_credentials
    assert not agreement.personal_data_allowed
    restriction = agreement.output_restrictions[0]
    assert (restriction.id, restriction.actions) == ("PA-12#4.2", ("train.gen", "train.nongen"))


def test_until_and_due_last_through_that_day_in_the_zone_of_the_file() -> None:
    agreement = read()
    assert agreement.valid_from == datetime(2026, 10, 1, 4, tzinfo=UTC)
    assert agreement.valid_until == datetime(2027, 10, 1, 4, tzinfo=UTC)
    assert agreement.review_due == datetime(2027, 4, 1, 4, tzinfo=UTC)


def test_what_is_not_stated_is_unknown() -> None:
    said = (
        "trains_on",
        "human_review",
        "retention",
        "output_",
        "  - {",
        "indemnity",
        "personal",
        "biometric",
        "review",
    )
    agreement = read("\n".join(line for line in TEXT.splitlines() if not line.startswith(said)))
    assert (agreement.trains_on_inputs, agreement.trains_on_outputs) == (Answer.UNKNOWN, Answer.UNKNOWN)
    assert agreement.retention_days is None
    assert (agreement.reviewed_by, agreement.review_due, agreement.indemnity) == ("", None, "none")


def test_an_agreement_survives_its_canonical_json() -> None:
    agreement = read()
    assert agreement_from_json(parse_json(canonical_json(agreement_to_json(agreement)))) == agreement


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    text = changed("trains_on_inputs: no", "trains_on_inputs: perhaps").replace("plan: business", "plan: Big Business")
    text = text.replace("America/New_York", "New York").replace("regions", "region")
    assert [line.split(":")[0] for line in refusal(text).splitlines()] == ["line 3", "line 6", "line 13", "line 17"]


def test_mistakes_that_no_single_key_shows_are_told_together() -> None:
    told = refusal(changed("2027-09-30", "2026-09-30").replace("review_due: 2027-03-31\n", ""), b"other terms")
    assert "line 27: evidence_sha256: the evidence has sha256" in told
    assert "line 26: valid_until: ends on 2026-09-30, before it starts" in told
    assert "reviewed_by: say with review_due" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (changed("plan: business", "plan: business\nplan: consumer"), "plan: duplicate key"),
        (changed("env:FABLE_KEY", "&key env:FABLE_KEY"), "anchors and aliases"),
        (changed("PA-12", "12"), "line 2: id:"),
        (changed("[fable-video-2]", "[]"), "line 10: models:"),
        (changed("2026-10-01\nvalid", "1 October\nvalid"), "expected a date such as"),
        (changed("reviewed_by: grace-counsel\n", ""), "say with reviewed_by"),
        (changed("captured_at: 2026-10-01", "captured_at: 2026-12-01"), "expected a day that has begun"),
        (changed("[train.gen, train.nongen]", "[teleport]"), "output_restrictions[0].actions[0]"),
        (changed("[WW]", "[US, XX]"), "output_restrictions[0].territories"),
        ("assetlib_license: 1\n", "assetlib_agreement: is missing"),
        ("- a\n", "starts with 'assetlib_agreement: 1'"),
    ],
)
def test_one_defect_is_refused_where_it_stands(text: str, told: str) -> None:
    assert told in refusal(text)


def test_a_key_by_mistake_in_the_file_is_refused_and_not_repeated() -> None:
    told = refusal(changed("env:FABLE_KEY", "sk-live-5f3c9a"))
    assert "never the key itself" in told
    assert "5f3c9a" not in told


def test_terms_without_evidence_are_refused() -> None:
    assert "terms without evidence" in refusal(TEXT, None)
