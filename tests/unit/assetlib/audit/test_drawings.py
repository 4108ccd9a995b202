"""The pictures of an audit say what the report says, in words that a lawyer compares with the contract."""

from __future__ import annotations

from datetime import UTC, datetime

from assetlib.audit.drawings import lineage, timeline
from assetlib.audit.report import AuditedReference, AuditedTake, AuditVerdict, CitedGrant, ShotAudit


def clause(number: int, *, document: int = 1) -> CitedGrant:
    return CitedGrant(
        id=f"LIC-2026-{number:04d}#3.1",
        license=f"LIC-2026-{number:04d}",
        clause="3.1",
        kind="license",
        licensor="jane-doe",
        facet="likeness",
        start="2026-01-01T08:00:00Z",
        until="2029-12-30T08:00:00Z",
        exploit_until="",
        document=f"sha256:{document:064d}",
        document_name=f"performer_consent_of_somebody_{document}_amendment.pdf",
        status="active",
        signed_by="lee-park",
        timezone="America/Los_Angeles",
        made_until="29 December 2029",
    )


def reference(number: int) -> AuditedReference:
    return AuditedReference(
        entity=f"assetlib:///props/{number}",
        name=f"prop-{number}",
        kind="prop",
        version="v001",
        digest=f"sha256:{'f' * 62}{number:02d}",
        facets=(),
        integrity="pass",
        sentence="",
        grants=(clause(number % 7, document=number % 3),),
    )


def take(code: str) -> AuditedTake:
    return AuditedTake(
        code=code, digest="", status="current", generator="render 1", source_type="", isolation="", seed="0",
        decision="D-000001", permit="P-000001", made_at="", made_by="", files=(),
    )  # fmt: skip


def shot(count: int) -> ShotAudit:
    return ShotAudit(
        shot="sq010_sh0010", sequence="sq010", frames="1001–1036", verdict=AuditVerdict.CLEAR, sentence="",
        open_items=(), takes=(take("take_001"), take("take_002")), references=tuple(map(reference, range(count))),
        decisions=(), obligations=(), envelope=(), standing="take_002",
    )  # fmt: skip


def test_only_the_take_that_stands_is_drawn_as_made_from_the_assets() -> None:
    drawn = lineage(shot(3))
    assert "take_002" in drawn
    assert "take_001" not in drawn


def test_fourteen_assets_are_all_there_and_every_box_has_its_own_place() -> None:
    drawn = lineage(shot(14))
    boxes = [line.split('width="')[0] for line in drawn.split("<rect ")[1:] if 'rx="3"' in line]
    assert len(boxes) == len(set(boxes)) == 1 + 1 + 14 + 7 + 3
    assert all(f"prop-{number}<" in drawn for number in range(14))


def test_a_bar_of_the_timeline_is_labeled_with_the_last_day_and_not_with_the_instant_after_it() -> None:
    drawn = timeline([clause(1)], today=datetime(2026, 11, 21, tzinfo=UTC), delivery=None)
    assert "made to 29 December 2029" in drawn
    assert "shown in perpetuity" in drawn
    assert "2029-12-30" not in drawn
