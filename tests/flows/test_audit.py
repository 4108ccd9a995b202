from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assetlib.audit.report import AuditVerdict, ShotAudit
from assetlib.catalog.refusals import NotFound
from assetlib.flows.activate_license import revoke_license
from assetlib.flows.audit import audit_cut, audit_shot
from assetlib.flows.read_decision import explain_decision, list_decisions
from assetlib.library import Library
from assetlib.model.refusals import BadInput
from assetlib.model.shot import TakeStatus
from provenance.digest import Digest
from tests.flows.small_library import SHOTS, Place, add_take, add_terms, damage

MADE, EMPTY = SHOTS


def audited(library: Library, shot: str = MADE) -> ShotAudit:
    return audit_shot(library, shot, html=None).shots[0]


def test_a_signed_take_of_a_licensed_asset_is_clear(library: Library) -> None:
    report = audit_shot(library, MADE, html=None)
    (shot,) = report.shots
    assert (report.verdict, shot.verdict) == (AuditVerdict.CLEAR, AuditVerdict.CLEAR), shot.open_items
    assert report.sentence.startswith("cleared for previs in WW on svod, in perpetuity: 1 shot, 1 asset, 1 clause")
    (take,) = shot.takes
    assert [file.verdict for file in take.files] == ["pass", "pass"]
    assert [file.ingredients for file in take.files] == [1, 1]
    assert take.isolation == "namespaces"


def test_the_clause_its_paper_and_who_signed_it_are_cited(library: Library) -> None:
    (grant,) = audited(library).references[0].grants
    assert (grant.license, grant.clause, grant.licensor) == ("LIC-2026-0001", "3.1", "jane-doe")
    assert (grant.document_name, grant.signed_by) == ("LIC-2026-0001.pdf", "lee-park")
    assert grant.document.startswith("sha256:")


def test_a_clause_is_told_by_its_days_in_the_zone_of_its_contract(library: Library) -> None:
    (grant,) = audited(library).references[0].grants
    assert (grant.start, grant.until) == ("2026-01-15T08:00:00Z", "2032-01-01T08:00:00Z")
    assert (grant.made_from, grant.made_until, grant.shown_until) == ("15 January 2026", "31 December 2031", "")


def test_every_decision_is_proven_and_replays_equal(library: Library) -> None:
    (decision,) = audited(library).decisions
    assert (decision.in_ledger, decision.replay_equal, decision.outcome) == (True, True, "allow")


def test_a_cut_is_open_while_a_shot_has_no_take(library: Library) -> None:
    report = audit_cut(library, None, html=None)
    assert report.verdict is AuditVerdict.OPEN
    assert [shot.verdict for shot in report.shots] == [AuditVerdict.CLEAR, AuditVerdict.OPEN]
    assert report.sentence.startswith(f"1 of 2 shots clear; {EMPTY}: no take")


@pytest.mark.parametrize("path", ["frames.json", "frames.c2pa", f"{MADE}_take_001.mp4", "take.json"])
def test_a_damaged_file_of_the_take_blocks_the_shot(library: Library, path: str) -> None:
    with library.catalog.reader() as queries:
        digest = next(file.digest for file in queries.take_files(MADE, 1) if file.path == path)
    damage(library, digest)
    shot = audited(library)
    assert shot.verdict is AuditVerdict.BLOCKED
    assert "take_001" in shot.sentence


def test_a_damaged_frame_blocks_the_shot_and_is_named(library: Library) -> None:
    with library.catalog.reader() as queries:
        frame = next(file for file in queries.take_files(MADE, 1) if file.path.endswith(".png"))
    damage(library, frame.digest)
    shot = audited(library)
    assert shot.verdict is AuditVerdict.BLOCKED
    assert any(frame.path in sentence for file in shot.takes[0].files for sentence in file.findings)


def test_a_damaged_reference_blocks_the_shot(library: Library) -> None:
    with library.catalog.reader() as queries:
        layer = next(file for file in queries.version("hero").files if file.path == "hero.usda")
    damage(library, layer.digest)
    shot = audited(library)
    assert (shot.verdict, shot.references[0].integrity) == (AuditVerdict.BLOCKED, "fail")


@pytest.mark.parametrize("how", ["swapped", "gone"])
def test_a_contract_that_is_not_the_one_filed_blocks_the_shot(library: Library, how: str) -> None:
    paper = library.store.path(Digest(audited(library).references[0].grants[0].document))
    paper.chmod(0o640)
    if how == "gone":
        paper.unlink()
    else:
        paper.write_bytes(b"%PDF-1.7 everything is allowed")
    shot = audited(library)
    assert shot.verdict is AuditVerdict.BLOCKED
    assert shot.sentence.startswith("the contract behind LIC-2026-0001 (LIC-2026-0001.pdf) is not the one filed")


def test_a_revoked_license_blocks_what_was_clear_and_the_old_decision_still_replays(library: Library) -> None:
    revoke_license(library, "LIC-2026-0001", reason="the owner withdrew")
    shot = audited(library)
    assert shot.verdict is AuditVerdict.BLOCKED
    assert shot.decisions[0].replay_equal


def test_a_refused_shot_without_a_take_says_why(library: Library) -> None:
    revoke_license(library, "LIC-2026-0001", reason="the owner withdrew")
    shot = audited(library, EMPTY)
    assert shot.verdict is AuditVerdict.BLOCKED
    assert "hero" in shot.sentence


def test_a_decision_changed_behind_the_ledger_blocks_the_shot(place: Place) -> None:
    database = sqlite3.connect(place.directory / "catalog.sqlite")
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {name}")
    (body,) = database.execute("SELECT body FROM decision").fetchone()
    changed = bytes(body).replace(b'"requester":"lee-park"', b'"requester":"lee-bark"')
    assert changed != bytes(body)
    database.execute("UPDATE decision SET body = ?", (changed,))
    database.commit()
    database.close()
    library = place.open()
    report = audit_shot(library, MADE, html=None)
    library.close()
    assert report.verdict is AuditVerdict.BLOCKED
    assert report.ledger.verdict == "fail"
    assert not report.shots[0].decisions[0].in_ledger


def changed(place: Place, statement: str) -> None:
    """Change the database behind the product's back."""
    database = sqlite3.connect(place.directory / "catalog.sqlite")
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f"DROP TRIGGER {name}")
    assert database.execute(statement).rowcount
    database.commit()
    database.close()


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE permit SET signature = zeroblob(64)", "does not carry the signature of the library's permit key"),
        ("DELETE FROM permit_redemption", "was never used"),
        ("DELETE FROM permit", "no permit"),
    ],
)
def test_a_take_whose_permit_does_not_hold_is_blocked(place: Place, statement: str, sentence: str) -> None:
    changed(place, statement)
    library = place.open()
    shot = audited(library)
    library.close()
    assert shot.verdict is AuditVerdict.BLOCKED
    assert any(sentence in item for item in shot.open_items)


def test_views_do_not_pile_up_in_the_decisions_of_a_shot(library: Library, tmp_path: Path) -> None:
    for _ in range(2):
        audit_shot(library, MADE, html=tmp_path / "audit.html")
    assert len(audited(library).decisions) == 1


def test_refused_views_are_one_notice_however_often_they_were_asked(library: Library, tmp_path: Path) -> None:
    revoke_license(library, "LIC-2026-0001", reason="the owner withdrew")
    for _ in range(3):
        report = audit_shot(library, MADE, html=tmp_path / "audit.html")
    notices = [notice for notice in report.notices if "refused review" in notice]
    assert len(notices) == 1
    assert notices[0].endswith("refused review to local, asked by lee-park (and 1 time before)")


def test_what_was_not_checked_is_said_in_the_document_too(library: Library) -> None:
    limits = audit_shot(library, MADE, html=None).to_json()["sections"]["limits"]
    assert any(line.startswith("Not checked: whether a license file says what its contract says") for line in limits)


def test_a_stand_in_leaves_the_shot_open(library: Library, tmp_path: Path) -> None:
    add_take(library, EMPTY, tmp_path, status=TakeStatus.STAND_IN)
    shot = audited(library, EMPTY)
    assert shot.verdict is AuditVerdict.OPEN
    assert "stand-in" in shot.sentence


def test_a_license_that_nobody_activated_is_an_open_item_of_a_clear_shot(library: Library, tmp_path: Path) -> None:
    add_terms(library, tmp_path, activate=False, id="LIC-2026-0002")
    shot = audited(library)
    assert shot.verdict is AuditVerdict.CLEAR
    assert any(item.startswith("LIC-2026-0002 is draft") for item in shot.open_items)


def test_a_clause_that_ends_within_ninety_days_is_an_open_item(place: Place) -> None:
    later = datetime(2031, 11, 1, tzinfo=UTC)
    library = place.open(clock=lambda: later)
    shot = audited(library)
    library.close()
    assert any(
        item == "the last day for making pictures under LIC-2026-0001 cl. 3.1 is 31 December 2031"
        for item in shot.open_items
    )


def test_after_the_window_the_take_is_no_longer_clear(place: Place) -> None:
    library = place.open(clock=lambda: datetime(2032, 6, 1, tzinfo=UTC))
    assert audited(library).verdict is AuditVerdict.BLOCKED
    library.close()


def test_the_first_page_says_what_it_rests_on(library: Library) -> None:
    notices = " ".join(audit_shot(library, MADE, html=None).notices)
    assert "development authority" in notices
    assert "not confirmed by a lawyer" in notices


def test_auditing_opens_no_key(place: Place) -> None:
    (place.directory.parent / "state").rename(place.directory.parent / "gone")
    library = place.open()
    assert audit_cut(library, None, html=None).verdict is AuditVerdict.OPEN
    library.close()


def test_the_page_holds_its_pictures_and_asks_nobody(library: Library, tmp_path: Path) -> None:
    page = tmp_path / "out" / "audit.html"
    report = audit_cut(library, "reel", html=page)
    text = page.read_text()
    assert text.count("data:image/jpeg;base64,") >= 3
    assert "://" not in text.replace("http://www.w3.org/2000/svg", "").replace("assetlib://", "")
    json.dumps(report.to_json())


def views(library: Library) -> list[tuple[str, str]]:
    """(id, outcome) of every recorded view."""
    return [(row["id"], row["outcome"]) for row in list_decisions(library) if row["asked"] == "review to local"]


def test_the_pictures_of_a_page_are_a_view_that_is_on_record_before_they_are_shown(
    library: Library, tmp_path: Path
) -> None:
    audit_cut(library, None, html=tmp_path / "audit.html")
    ((decision, outcome),) = views(library)
    assert outcome == "allow"
    explained = explain_decision(library, decision).document["question"]
    assert (explained["actions"], explained["requester"]) == (["view"], "lee-park")
    assert f"shown or withheld under {decision}" in (tmp_path / "audit.html").read_text()


def test_what_may_not_be_viewed_is_withheld_with_the_reason_and_the_refusal_is_on_record(
    library: Library, tmp_path: Path
) -> None:
    revoke_license(library, "LIC-2026-0001", reason="the owner withdrew")
    audit_shot(library, MADE, html=tmp_path / "audit.html")
    text = (tmp_path / "audit.html").read_text()
    assert "data:image" not in text
    assert "Not shown" in text
    assert "was revoked on" in text
    assert [outcome for _, outcome in views(library)] == ["deny"]


def test_a_license_for_making_pictures_does_not_show_them(built: Place, tmp_path: Path) -> None:
    library = built.copy(tmp_path / "copy").open(person="lee-park")
    revoke_license(library, "LIC-2026-0001", reason="replaced")
    add_terms(library, tmp_path / "work", id="LIC-2026-0003", actions="generate.previs", purposes="previs")
    report = audit_shot(library, MADE, html=tmp_path / "audit.html")
    library.close()
    assert report.verdict is AuditVerdict.CLEAR
    assert "data:image" not in (tmp_path / "audit.html").read_text()
    assert "No grant covers the character rights of hero for viewing" in (tmp_path / "audit.html").read_text()


def test_without_the_key_of_the_log_a_page_is_written_without_pictures(place: Place, tmp_path: Path) -> None:
    (place.directory.parent / "state").rename(place.directory.parent / "gone")
    library = place.open()
    audit_shot(library, MADE, html=tmp_path / "audit.html")
    library.close()
    text = (tmp_path / "audit.html").read_text()
    assert "data:image" not in text
    assert "must be on record first" in text


def test_the_page_shows_the_take_that_stands_and_not_the_last_one(library: Library, tmp_path: Path) -> None:
    add_take(library, MADE, tmp_path, status=TakeStatus.QUARANTINED, seed=5)
    audit_shot(library, MADE, html=tmp_path / "audit.html")
    text = (tmp_path / "audit.html").read_text()
    assert "take_001, its middle frame" in text
    assert "take_002, its middle frame" not in text


def test_a_paper_that_was_changed_blocks_and_is_named_where_it_is_cited(library: Library) -> None:
    (grant,) = audited(library).references[0].grants
    assert grant.document_state == "on file, unchanged"
    damage(library, Digest(grant.document))
    shot = audited(library)
    assert shot.references[0].grants[0].document_state.startswith("not the document that was filed")
    assert shot.verdict is AuditVerdict.BLOCKED


def test_a_page_that_cannot_be_written_is_a_sentence(library: Library, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot be written"):
        audit_shot(library, MADE, html=tmp_path / "file" / "audit.html")


def test_an_unknown_shot_is_not_found(library: Library) -> None:
    with pytest.raises(NotFound, match="no shot"):
        audit_shot(library, "sq999_sh0010", html=None)
