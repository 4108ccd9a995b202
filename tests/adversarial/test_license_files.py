"""License files with one defect each; the test's name is the defect."""

from __future__ import annotations

import pytest

from assetlib.documents.license_file import LicenseFileRefused, read_license
from tests.unit.documents.license_files import DOCUMENT, TEXT, with_lines


def refusal(data: bytes, document: bytes = DOCUMENT) -> str:
    with pytest.raises(LicenseFileRefused) as refused:
        read_license(data, document=document)
    return str(refused.value)


def test_duplicate_key() -> None:
    assert refusal(with_lines("kind: perf", "id: LIC-1\nkind: perf")) == (
        "line 3: id: duplicate key; it stands already on line 2"
    )


def test_duplicate_key_inside_a_clause() -> None:
    assert "permits[0].media: duplicate key" in refusal(with_lines("    scenes:", "    media: [social]\n    scenes:"))


def test_unknown_key() -> None:
    assert "line 2: idd: unknown key" in refusal(with_lines("id: LIC", "idd: LIC"))


def test_unknown_zone() -> None:
    assert "expected an IANA zone" in refusal(with_lines("America/Los_Angeles", "America/Nowhere"))


def test_zone_that_is_a_path() -> None:
    assert "expected an IANA zone" in refusal(with_lines("America/Los_Angeles", "../../etc/passwd"))


def test_no_zone() -> None:
    assert "timezone: is missing" in refusal(with_lines("timezone: America/Los_Angeles", "#"))


def test_wrong_document_digest() -> None:
    assert "file the document that was signed" in refusal(TEXT.encode(), document=b"another contract")


def test_star_in_actions() -> None:
    assert "name each action" in refusal(with_lines("actions: [generate.final,", 'actions: ["*",'))


def test_training_granted_by_its_group() -> None:
    assert "name each of train.gen" in refusal(with_lines("actions: [generate.final,", "actions: [train,"))


def test_a_hold_that_permits() -> None:
    assert "can only prohibit" in refusal(with_lines("kind: performer_consent", "kind: legal_hold"))


@pytest.mark.parametrize("word", ["Luma", "luma/", "luma/api/business/acct/7", "luma api"])
def test_a_recipient_that_nobody_can_be(word: str) -> None:
    """In a prohibition such a word would prohibit nothing."""
    where = with_lines("recipients: [local, ", f'recipients: ["{word}", ')
    assert f"found {word!r}" in refusal(where)
