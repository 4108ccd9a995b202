"""Templates make license files that are read back, and the explanation says what they say."""

from __future__ import annotations

import pytest

from assetlib.documents.explain_license import explain_license
from assetlib.documents.license_file import read_license
from assetlib.documents.templates import TEMPLATES, AnswersRefused, write_license
from assetlib.model.asset import Facet
from assetlib.model.license import License, LicenseKind
from assetlib.rights.vocabulary import NEVER_IMPLIED, actions_granted
from tests.unit.documents.license_files import DOCUMENT, TEXT

ANSWERS = {
    "id": "LIC-2026-0001",
    "from": "jane-doe",
    "to": "northlight",
    "assets": "rhea, sets/gate",
    "timezone": "Europe/Berlin",
    "signed": "2026-07-14",
    "clause": "3",
    "productions": "HOUSE",
    "territories": "WW minus CN, RU",
    "media": "svod, avod",
    "recipients": "local, bedrock",
    "until_day": "2027-02-28",
    "use_description": "Rhea rides",
    "approver": "jane-doe",
    "never_shown": "nudity",
    "separately_signed": "true",
    "credit": "Jane Doe",
    "spdx": "CC-BY-4.0",
    "source": "https://example.org/gate",
}


def write(name: str, **changes: str) -> License:
    template = TEMPLATES[name]
    keys = {question.key for question in template.questions}
    answers = {key: text for key, text in (ANSWERS | changes).items() if key in keys}
    document = ("signed.pdf", DOCUMENT) if template.needs_document else None
    text = write_license(template, answers, document=document)
    return read_license(text.encode(), document=document[1] if document else None)


@pytest.mark.parametrize(
    ("name", "kind", "facet"),
    [
        ("work-for-hire", LicenseKind.WORK_FOR_HIRE, Facet.CHARACTER_IP),
        ("performer-consent", LicenseKind.PERFORMER_CONSENT, Facet.LIKENESS),
        ("location", LicenseKind.RELEASE, Facet.LOCATION),
        ("stock", LicenseKind.LICENSE, Facet.UNDERLYING_WORK),
        ("open", LicenseKind.OPEN_LICENSE, Facet.CHARACTER_IP),
    ],
)
def test_every_template_makes_a_license_that_is_read_back(name: str, kind: LicenseKind, facet: Facet) -> None:
    license_ = write(name)
    grant = license_.grants[0]
    assert license_.kind is kind and facet in grant.facets
    assert grant.selector.entities == ("assetlib:///characters/rhea", "assetlib:///sets/gate")
    assert not actions_granted(grant.actions) & NEVER_IMPLIED


def test_a_consent_keeps_its_approval_its_limits_and_its_use() -> None:
    license_ = write("performer-consent")
    grant = license_.grants[0]
    assert grant.use_description == "Rhea rides" and grant.duties[0].by == "jane-doe"
    assert grant.territories.excluded == ("CN", "RU")
    assert [ban.content for ban in license_.prohibitions if ban.content] == [("nudity",)]


def test_a_missing_answer_is_asked_for_in_its_own_words() -> None:
    with pytest.raises(AnswersRefused, match="still to answer: For which productions"):
        write("stock", productions="")


def test_an_answer_outside_the_vocabulary_is_refused() -> None:
    with pytest.raises(AnswersRefused, match="unknown medium 'tv'"):
        write("stock", media="tv")


def test_a_contract_template_needs_its_document() -> None:
    keys = {question.key for question in TEMPLATES["stock"].questions}
    with pytest.raises(AnswersRefused, match="needs the signed document"):
        write_license(TEMPLATES["stock"], {k: v for k, v in ANSWERS.items() if k in keys})


def test_an_unknown_open_license_is_refused() -> None:
    with pytest.raises(AnswersRefused, match="no template for 'WTFPL'"):
        write("open", spdx="WTFPL")
    with pytest.raises(AnswersRefused, match="give the credit line"):
        write("open", credit="")


def test_the_explanation_tells_the_last_day_beside_the_instant_and_what_is_not_permitted() -> None:
    text = explain_license(read_license(TEXT.encode(), document=DOCUMENT))
    assert "until the end of 28 February 2027 (2027-03-01 00:00 PST, 2027-03-01 08:00 UTC)" in text
    assert "Clause 5 prohibits any use of characters/captain-rhea where the shot shows nudity or politics." in text
    assert "Not permitted, since not named: mine, train.finetune_internal, train.gen and train.nongen." in text
    assert "approval by jane-doe, for each batch" in text
