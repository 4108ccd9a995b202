"""Terms of a provider count once counsel has signed their review, and only for exactly the words that were signed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from assetlib.documents.agreement_file import AgreementFileRefused, read_agreement
from assetlib.flows.enroll_person import enroll_person
from assetlib.flows.file_agreement import agreements, file_agreement
from assetlib.flows.world import filed_agreement
from assetlib.library import Library
from assetlib.model.refusals import BadInput
from provenance.digest import digest_bytes, hex_of

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TERMS = b"%PDF-1.7 the provider's terms"
FILE = f"""\
assetlib_agreement: 1
id: PA-12
timezone: UTC
provider: bedrock
product: api
plan: enterprise
account: studio-1
legal_entity: Bedrock Inc.
governing_law: US-WA
models: [model-3]
trains_on_inputs: no
trains_on_outputs: no
valid_from: 2026-01-01
review_due: 2046-01-01
evidence: {{file: terms.pdf, sha256: {hex_of(digest_bytes(TERMS))}}}
credential: env:BEDROCK_KEY
retention_days: 30
content_credentials: yes
"""


@pytest.fixture
def library(tmp_path):
    (tmp_path / "passphrase").write_text("correct horse\n", encoding="utf-8")
    (tmp_path / "terms.pdf").write_bytes(TERMS)
    (tmp_path / "agreement.yaml").write_text(FILE, encoding="utf-8")
    made = Library.create(tmp_path / "library", name="Studio", environ={}, passphrase_file=tmp_path / "passphrase")
    enroll_person(made, "Kim Counsel", ["counsel"])
    enroll_person(made, "Lee Park", ["librarian"])
    yield made
    made.close()


def filed(library, tmp_path, person):
    library.person = person
    return file_agreement(library, tmp_path / "agreement.yaml", evidence=tmp_path / "terms.pdf")


def reviewer(library, **changes):
    with library.catalog.reader() as queries:
        (row,) = queries.agreements("active")
        return filed_agreement(replace(row, **changes), queries.people(), now=library.clock()).reviewed_by


def test_terms_that_counsel_files_are_reviewed(library, tmp_path):
    assert filed(library, tmp_path, "kim-counsel")["warnings"] == []
    assert reviewer(library) == "kim-counsel"
    assert [row["recipient"] for row in agreements(library)] == ["bedrock/api/enterprise/studio-1"]


@pytest.mark.parametrize("person", [None, "lee-park"])
def test_terms_that_anybody_else_files_are_on_record_and_allow_nothing(library, tmp_path, person):
    assert "counsel" in filed(library, tmp_path, person)["warnings"][0]
    assert reviewer(library) == ""


def test_a_review_covers_exactly_the_words_that_were_signed(library, tmp_path):
    filed(library, tmp_path, "kim-counsel")
    with library.catalog.reader() as queries:
        (row,) = queries.agreements("active")
    milder = json.dumps({**json.loads(row.body), "retention_days": 0}).encode()
    assert reviewer(library, body=milder) == ""
    assert reviewer(library, body=milder, digest=digest_bytes(milder)) == ""
    assert reviewer(library, signature=None) == ""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("id: PA-12", "id: PA-12\nreviewed_by: me", "reviewed_by"),
        ("id: PA-12", "id: PA-12\nid: PA-13", "duplicate"),
        ("trains_on_inputs: no", "trains_on_inputs: perhaps", "trains_on_inputs"),
        ("trains_on_inputs: no\n", "", "trains_on_inputs"),
        ("env:BEDROCK_KEY", "sk-a-secret", "never stands in a file"),
        ("provider: bedrock", "provider: bedrock/other", "'/'"),
        ("timezone: UTC", "timezone: Mars/Base", "IANA"),
        ("review_due: 2046-01-01", "review_due: 2020-01-01", "before valid_from"),
        (hex_of(digest_bytes(TERMS)), "0" * 64, "captured"),
    ],
)
def test_an_agreement_that_is_not_right_is_refused_with_its_mistake(old, new, words):
    assert old in FILE
    with pytest.raises(AgreementFileRefused, match=words):
        read_agreement(FILE.replace(old, new, 1).encode(), evidence=TERMS, now=NOW)


def test_the_captured_terms_have_to_be_given(library, tmp_path):
    with pytest.raises(BadInput, match="--evidence"):
        file_agreement(library, tmp_path / "agreement.yaml", evidence=None)
