"""What a librarian is told about a file with mistakes: the line, what was expected, what to write, all at once."""

from __future__ import annotations

import pytest

from assetlib.documents.license_file import LicenseFileRefused, read_license
from tests.unit.documents.license_files import DOCUMENT, TEXT


def told(*changes: tuple[str, str], document: bytes | None = DOCUMENT) -> list[str]:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    with pytest.raises(LicenseFileRefused) as refused:
        read_license(text.encode(), document=document)
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("license: 1", "license: 2"), "line 1: assetlib_license: expected 1, the format of this file, found '2'"),
        (("id: LIC-2026", "id: LIC 2026"), "line 2: id: expected an id such as LIC-2026-0042"),
        (("kind: performer_consent", "kind: performer_consnt"), "did you mean 'performer_consent'?"),
        (("capacity: self", "capasity: self"), "line 5: from.capasity: unknown key; did you mean 'capacity'?"),
        (("sha256: ", "sha256: x"), "expected the 64 hex digits that 'sha256sum FILE' prints"),
        (("2026-07-14", "14/07/2026"), "line 8: signed: expected a date such as 2027-02-28, found '14/07/2026'"),
        (("[likeness, voice]", "[likenes]"), "line 9: covers.facets[0]: expected one of character_ip"),
        (("media: [svod, avod]", "media: svod"), "found 'svod'; write [svod]"),
        (("productions: [HOUSE-S2]", "productions: []"), "productions: expected at least one, found an empty list"),
        (("use_until: perpetual", "use_until: forever"), "expected perpetual, or the last day of use such as"),
        (("survival: perpetual ", "survival: {untill: 2027-01-01} "), "expected perpetual, none, {until: 2027-02-28}"),
        (("{shots: 40}", "{shot: 40}"), "did you mean 'shots'?"),
        (("{shots: 40}", "{shots: -1}"), "expected a number of at least 0, found '-1'"),
        (("separately_signed: true", "separately_signed: perhaps"), "expected true or false, found 'perhaps'"),
        (("[nudity, politics]", "[nudty]"), "did you mean 'nudity'?"),
        (("notice_days: 30", "notice_days: soon"), "expected a whole number, found 'soon'"),
    ],
)
def test_a_mistake_is_said_with_its_remedy(change: tuple[str, str], sentence: str) -> None:
    lines = told(change)
    assert any(sentence in line for line in lines), lines
    assert len(lines) <= 2


def test_a_clause_that_does_not_read_as_a_form_leaves_one_sentence_a_place() -> None:
    lines = told(("survival: perpetual ", "survival: {untill: 2027-01-01} "), ("[svod, avod]", "svod"))
    assert len(lines) == len({line.partition(": ")[2].partition(": ")[0] for line in lines})


def test_form_document_and_sense_are_told_in_one_reading() -> None:
    lines = told(
        ("limits:", "depth: two\n    limits:"),
        ('{clause: "6"', '{clause: "5"'),
        ("until: 2027-02-28", "until: 2025-02-28"),
        document=b"another paper",
    )
    assert any("depth: expected a whole number" in line for line in lines)
    assert any("expected 9f" in line or "file the document that was signed" in line for line in lines)
    assert any("stands twice" in line for line in lines), lines


def test_a_clause_after_a_broken_one_is_told_at_its_own_line() -> None:
    second = TEXT.index("prohibits:")
    clause = TEXT[TEXT.index('  - clause: "3.1"') : second].replace('"3.1"', '"3.2"')
    text = TEXT[:second] + clause.replace("until: 2027-02-28", "until: 2025-02-28") + TEXT[second:]
    with pytest.raises(LicenseFileRefused) as refused:
        read_license(text.replace("limits: {shots: 40}", "limits: {shots: many}", 1).encode(), document=DOCUMENT)
    (late,) = [problem for problem in refused.value.problems if "before it starts" in problem.message]
    assert late.where == "permits[1].generate.until"
    assert "2025-02-28" in text.splitlines()[late.line - 1]


def test_a_complaint_is_never_dropped_without_the_one_it_follows_from() -> None:
    """Two that each follow from the other would leave a refusal without a reason."""
    for line in TEXT.splitlines():
        try:
            read_license(TEXT.replace(line + "\n", "", 1).encode(), document=DOCUMENT)
        except LicenseFileRefused as refused:
            reasons = [str(problem) for problem in refused.problems]
        else:
            continue
        assert reasons, line
