"""What a librarian's license file says, read strictly."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import schemas
from assetlib.documents.license_file import LicenseFileRefused, document_name, read_license, warnings_of
from assetlib.documents.license_form import license_schema
from assetlib.documents.license_json import (
    DocumentRefused,
    license_digest,
    license_from_json,
    license_to_json,
    parse_json,
)
from assetlib.model.license import CapUnit, DutyEach, License, SurvivalKind
from provenance.digest import canonical_json
from tests.unit.documents.license_files import DOCUMENT, TEXT, with_lines


def read(data: bytes = TEXT.encode()) -> License:
    return read_license(data, document=DOCUMENT)


def problems(data: bytes) -> list[str]:
    with pytest.raises(LicenseFileRefused) as refused:
        read(data)
    return [str(problem) for problem in refused.value.problems]


def test_the_example_of_the_guide_is_read() -> None:
    grant = read().grants[0]
    assert (grant.id, grant.scenes, grant.survival.kind) == ("LIC-2026-0042#3.1", ("12-19",), SurvivalKind.PERPETUAL)
    assert grant.caps[0].unit is CapUnit.SHOTS and grant.caps[0].limit == 40
    assert grant.duties[0].by == "jane-doe" and grant.duties[0].each is DutyEach.BATCH
    assert grant.selector.entities == ("assetlib:///characters/captain-rhea",)


def test_until_means_through_the_end_of_that_day_in_the_zone_of_the_file() -> None:
    grant = read().grants[0]
    assert grant.generate_from == datetime(2026, 8, 1, 7, tzinfo=UTC)  # daylight saving
    assert grant.generate_until == datetime(2027, 3, 1, 8, tzinfo=UTC)  # standard time


def test_norway_and_clause_3_10_stay_what_they_are() -> None:
    grant = read(with_lines("[WW]", "[NO, DE]").replace(b'"3.1"', b"3.10")).grants[0]
    assert grant.territories.included == ("DE", "NO") and grant.clause == "3.10"


def test_a_license_survives_its_canonical_json() -> None:
    license_ = read()
    stored = canonical_json(license_to_json(license_))
    assert license_from_json(parse_json(stored)) == license_
    assert license_digest(license_from_json(parse_json(stored))) == license_digest(license_)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d | {"extra": 1}, "unknown extra"),
        (lambda d: {k: v for k, v in d.items() if k != "licensee"}, "missing licensee"),
        (lambda d: d | {"exclusive": 1}, "exclusive: expected bool"),
        (lambda d: d | {"assetlib_license": 2}, "expected assetlib_license 1"),
        (lambda d: d | {"kind": "promise"}, "kind: 'promise'"),
    ],
)
def test_stored_json_with_a_changed_shape_is_refused(change, message: str) -> None:
    with pytest.raises(DocumentRefused, match=message):
        license_from_json(change(license_to_json(read())))


def test_stored_json_with_a_duplicate_key_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="duplicate key 'id'"):
        parse_json(b'{"id": "a", "id": "b"}')


def test_every_mistake_is_told_at_once_with_its_line() -> None:
    data = with_lines("signed: 2026", "sined: 2026").replace(b"[WW]", b"[UK]").replace(b"2027-02-28", b"2027-02-30")
    told = problems(data)
    assert [line.split(":")[0] for line in told if "at least 1" not in line] == ["line 8", "line 15", "line 19"]


def test_a_date_that_is_a_bare_number_is_refused() -> None:
    assert "expected a date such as 2027-02-28" in problems(with_lines("2027-02-28", "20270228"))[0]


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    assert "before it starts" in problems(with_lines("2027-02-28", "2026-07-01"))[0]


def test_a_clause_named_twice_is_refused_because_decisions_cite_clauses() -> None:
    assert "stands twice" in problems(with_lines('"6"', '"5"'))[0]


def test_an_approval_by_nobody_is_refused() -> None:
    assert "say who gives the approval" in problems(with_lines("approval: by jane-doe", "approval: please"))[0]


def test_an_anchor_is_refused() -> None:
    assert "anchors and aliases" in problems(with_lines("to: northlight", "to: &x northlight"))[0]


def test_a_tag_is_refused() -> None:
    assert "tag" in problems(with_lines("to: northlight", "to: !!python/name:os.system northlight"))[0]


@pytest.mark.parametrize(
    "data", [b"", b"- a\n", b"\xff\xfe", b"a: [", b"[" * 4000, b"? {a: b}\n: c\n", b"x" * (2 << 20)]
)
def test_what_is_no_license_file_is_refused_in_a_sentence(data: bytes) -> None:
    assert problems(data)


def test_a_missing_document_is_refused() -> None:
    with pytest.raises(LicenseFileRefused, match="was not found"):
        read_license(TEXT.encode())
    assert document_name(TEXT.encode()) == "consent_jdoe_signed.pdf"


def test_a_license_that_prohibits_what_it_grants_warns() -> None:
    assert warnings_of(read()) == ()
    told = warnings_of(read(with_lines("[train.gen, train.nongen, mine]", "[edit]")))
    assert told == ("clause 6 prohibits edit, which 3.1 grants",)


def test_the_schema_shipped_is_the_schema_of_the_form() -> None:
    assert schemas.load("rights/license.json") == license_schema()
