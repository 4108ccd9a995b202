"""What was decided, read again: on two time axes, replayed, and as a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assetlib.catalog.refusals import NotFound
from assetlib.flows.activate_license import revoke_license
from assetlib.flows.ask import check_use
from assetlib.flows.read_decision import explain_decision, list_decisions, read_decision, replay_ledger, write_page
from assetlib.library import Library
from assetlib.model.refusals import BadInput, Conflict
from provenance.decision import Outcome
from provenance.digest import canonical_json
from tests.flows.small_library import Place, add_terms, damage

USE = {"purpose": "previs", "territories": ("US",), "media": ("svod",)}


def asked(library: Library) -> str:
    return check_use(library, ["hero"], **USE).id  # type: ignore[arg-type]


def now() -> str:
    return datetime.now(UTC).isoformat()


def test_without_an_axis_the_record_is_read_as_it_is(library: Library) -> None:
    name = asked(library)
    assert explain_decision(library, name).document["decision"] == "allow"
    assert [row["id"] for row in list_decisions(library)][-1] == name
    with pytest.raises(NotFound):
        explain_decision(library, "D-999999")


def test_a_revocation_counts_from_its_day_on_and_only_where_it_is_known(library: Library) -> None:
    name = asked(library)
    before = now()
    revoke_license(library, "LIC-2026-0001", reason="withdrawn")
    after = now()
    then = read_decision(library, name, as_of=None, as_known=None)
    assert then.decision.outcome is Outcome.ALLOW  # as of its own day it still was allowed
    assert [line for line in then.differences if "generate_until" not in line] == []
    today = read_decision(library, name, as_of=after, as_known=None)
    assert today.decision.outcome is Outcome.DENY
    assert any("allow" in line and "deny" in line for line in today.differences)
    unaware = read_decision(library, name, as_of=after, as_known=before)
    assert unaware.decision.outcome is Outcome.ALLOW


def test_a_paper_signed_late_speaks_of_earlier_days_once_it_is_known(place: Place, tmp_path: Path) -> None:
    library = place.open(person="lee-park")
    try:
        revoke_license(library, "LIC-2026-0001", reason="withdrawn")
        name = asked(library)
        before = now()
        add_terms(library, tmp_path / "late", id="LIC-2026-0009")
        assert explain_decision(library, name).decision.outcome is Outcome.DENY
        assert read_decision(library, name, as_of=None, as_known=before).decision.outcome is Outcome.DENY
        late = read_decision(library, name, as_of=None, as_known=None)
        assert late.decision.outcome is Outcome.ALLOW
        assert late.decision.cited == ("LIC-2026-0009#3.1",)
        assert explain_decision(library, name).decision.outcome is Outcome.DENY  # the record is never rewritten
    finally:
        library.close()


def test_outside_of_the_window_the_same_question_is_denied(library: Library) -> None:
    name = asked(library)
    assert read_decision(library, name, as_of="2032-06-01", as_known=None).decision.outcome is Outcome.DENY
    assert read_decision(library, name, as_of="2025-06-01", as_known=None).decision.outcome is Outcome.DENY
    assert read_decision(library, name, as_of="2031-12-31", as_known=None).decision.outcome is Outcome.ALLOW


def test_a_reading_is_not_recorded_and_says_so(library: Library) -> None:
    name = asked(library)
    count = len(list_decisions(library))
    reading = read_decision(library, name, as_of="2032-06-01", as_known=None)
    assert len(list_decisions(library)) == count
    assert "not a decision" in reading.text()
    assert reading.to_json()["recorded_decision"] == "allow"
    for text in ("tomorrow", "perpetual"):
        with pytest.raises(BadInput, match="expected a date"):
            read_decision(library, name, as_of=text, as_known=None)


def test_every_decision_replays_equal_also_after_rights_moved(library: Library, tmp_path: Path) -> None:
    asked(library)
    revoke_license(library, "LIC-2026-0001", reason="withdrawn")
    asked(library)
    add_terms(library, tmp_path / "late", id="LIC-2026-0009")
    asked(library)
    result = replay_ledger(library)
    assert result["checked"] == len(list_decisions(library)) >= 3
    assert result["different"] == []


def test_a_decision_that_no_longer_follows_is_listed_with_what_differs(place: Place) -> None:
    library = place.open(person="lee-park")
    name = asked(library)
    with library.catalog.reader() as queries:
        damaged = queries.version("hero").digest
    damage(library, damaged)
    library.close()
    reopened = place.open(person="lee-park")
    try:
        different = {one["id"]: one["differences"] for one in replay_ledger(reopened)["different"]}
    finally:
        reopened.close()
    assert any("not the bytes that were registered" in line for line in different[name])


def test_the_page_holds_the_answer_the_words_and_no_script(library: Library, tmp_path: Path) -> None:
    name = asked(library)
    write_page(library, explain_decision(library, name), tmp_path / "yes.html")
    text = (tmp_path / "yes.html").read_text()
    assert f"<title>{name}: allow</title>" in text
    assert "clause 3.1 permits" in text.lower()
    assert "LIC-2026-0001.pdf" in text
    assert "<script" not in text
    write_page(library, read_decision(library, name, as_of="2032-06-01", as_known=None), tmp_path / "no.html")
    text = (tmp_path / "no.html").read_text()
    assert "A reading, not a decision" in text
    assert "What would change this" in text
    with pytest.raises(Conflict, match="expected no file yet"):
        write_page(library, explain_decision(library, name), tmp_path / "yes.html")


def test_the_same_reading_is_the_same_bytes(library: Library) -> None:
    name = asked(library)
    moment = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    once, again = (read_decision(library, name, as_of=moment, as_known=moment) for _ in range(2))
    assert canonical_json(once.to_json()) == canonical_json(again.to_json())
