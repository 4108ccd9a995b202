"""What hangs on a license or on a person, and what ends soon."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from assetlib.catalog.refusals import NotFound as UnknownLicense
from assetlib.documents.calendar import DayEntry, calendar
from assetlib.editorial.timecode import timecode
from assetlib.flows.activate_license import revoke_license
from assetlib.flows.expiring import expiring, parse_within, write_calendar
from assetlib.flows.export_shot import export_shot
from assetlib.flows.impact import license_impact, party_impact
from assetlib.library import Library
from assetlib.model.refusals import BadInput, Conflict, NotFound
from tests.flows.small_library import SHOTS, add_terms

MADE, EMPTY = SHOTS
LICENSE = "LIC-2026-0001"


def test_all_that_hangs_on_a_license_is_named_with_time_codes_and_recipients(library: Library, tmp_path: Path) -> None:
    export_shot(library, MADE, out=tmp_path / "out", purpose="delivery", recipient="aurora-stream")
    found = license_impact(library, LICENSE)
    assert [asset["entity"] for asset in found["assets"]] == ["assetlib:///characters/hero"]
    assert {shot["shot"] for shot in found["shots"]} >= {MADE}
    made = next(shot for shot in found["shots"] if shot["shot"] == MADE)
    assert [(place["from"], place["until"]) for place in made["in_cuts"]] == [("00:00:00:00", "00:00:00:04")]
    assert found["takes"] == [{"shot": MADE, "take": "take_001", "status": "current"}]
    assert found["recipients"] == ["aurora-stream"]
    assert found["effect"] == "takedown"


def test_a_license_that_nothing_rests_on_has_no_impact_and_an_unknown_one_is_said(
    library: Library, tmp_path: Path
) -> None:
    add_terms(library, tmp_path, id="LIC-2026-0009", activate=False)
    assert license_impact(library, "LIC-2026-0009")["exports"] == []
    with pytest.raises(UnknownLicense):
        license_impact(library, "LIC-9999-0001")


def test_what_a_person_gave_stays_named_after_they_withdrew(library: Library) -> None:
    before = party_impact(library, "jane-doe")
    revoke_license(library, LICENSE, reason="withdrawn")
    after = party_impact(library, "jane-doe")
    assert [one["license"] for one in before["licenses"]] == [LICENSE]
    assert after["licenses"][0]["status"] == "revoked"
    assert after["takes"] == before["takes"] != []
    assert after["shots"] == before["shots"]
    with pytest.raises(NotFound, match="party list"):
        party_impact(library, "nobody-known")


def test_what_ends_soon_is_told_by_its_last_day_in_the_license_zone(library: Library, tmp_path: Path) -> None:
    assert expiring(library, within="90d") == ()
    (ending,) = expiring(library, within="9y")
    assert ending.last_day == date(2031, 12, 31)  # the file says: until 2031-12-31, in Los Angeles
    assert ending.shots == (MADE,)
    write_calendar(library, (ending,), tmp_path / "ends.ics")
    text = (tmp_path / "ends.ics").read_bytes()
    assert b"DTSTART;VALUE=DATE:20311231\r\n" in text
    with pytest.raises(Conflict, match="expected no file"):
        write_calendar(library, (ending,), tmp_path / "ends.ics")
    revoke_license(library, LICENSE, reason="withdrawn")
    assert expiring(library, within="9y") == ()


@pytest.mark.parametrize("text", ["", "soon", "90x", "-3d", "123456789d"])
def test_a_time_that_is_none_is_said(text: str) -> None:
    with pytest.raises(BadInput, match="90d"):
        parse_within(text)


def test_a_calendar_folds_long_lines_between_characters_and_escapes_text() -> None:
    entry = DayEntry(uid="a", day=date(2027, 2, 28), summary="é" * 60 + ",;\\\n", description="x" * 200)
    raw = calendar([entry], stamp=datetime(2026, 11, 21, tzinfo=UTC))
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    unfolded = raw.replace(b"\r\n ", b"").decode()
    assert "SUMMARY:" + "é" * 60 + "\\,\\;\\\\\\n\r\n" in unfolded
    assert "DTEND;VALUE=DATE:20270301" in unfolded


@pytest.mark.parametrize(
    ("frame", "rate", "code"),
    [
        (1800, Fraction(24), "00:01:15:00"),
        (1800, Fraction(24000, 1001), "00:01:15:00"),
        (1800, Fraction(30000, 1001), "00:01:00;02"),
        (90000, Fraction(25), "01:00:00:00"),
        (5, Fraction(12), "frame 5"),
    ],
)
def test_time_code_drops_frames_only_where_the_rate_asks_for_it(frame: int, rate: Fraction, code: str) -> None:
    assert timecode(frame, rate) == code
