"""A use that waits for somebody: the request, the answer under a key or on paper, and what then is decided."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assetlib.approvals.answers import bundle, unbundle
from assetlib.approvals.roles import ApprovalRefused
from assetlib.flows.activate_license import activate_license
from assetlib.flows.add_license import add_license
from assetlib.flows.add_party import add_party
from assetlib.flows.answer_request import give_answer, list_requests, record_answer, send_request
from assetlib.flows.ask import Recorded, check_use
from assetlib.flows.enroll_person import enroll_person
from assetlib.flows.read_decision import replay_ledger
from assetlib.library import Library
from assetlib.model.record import Statement, StatementKind
from assetlib.model.refusals import BadInput, Conflict, NotFound
from provenance.decision import Outcome
from provenance.digest import digest_file, hex_of
from tests.flows.small_library import LICENSE, Place

USE = {"purpose": "previs", "territories": ("US",), "media": ("svod",)}
TERMS = {
    "id": "LIC-2026-0001",
    "kind": "license",
    "actions": "view, generate.previs",
    "purposes": "previs, review",
    "recipients": "local",
    "until": "2031-12-31",
}


def asked(library: Library) -> Recorded:
    return check_use(library, ["hero"], **USE)  # type: ignore[arg-type]


def need(library: Library, work: Path, before: str) -> None:
    """Replace the hero's license by one that asks for something first."""
    work.mkdir()
    paper = work / "LIC-2026-0001.pdf"
    paper.write_bytes(f"%PDF-1.7 {before}".encode())
    words = LICENSE.format(**TERMS, sha256=hex_of(digest_file(paper)))
    file = work / "terms.yaml"
    file.write_text(words.replace("    after:", f"    before: [{before}]\n    after:"))
    add_license(library, file, document=paper)
    activate_license(library, "LIC-2026-0001")


@pytest.fixture
def party(library: Library, tmp_path: Path) -> Library:
    """A library where the performer has to agree first."""
    add_party(library, "jane-doe", name="Jane Doe", kind="person")
    need(library, tmp_path / "terms", "{approval: the scene by jane-doe, each: once}")
    return library


def the_request(library: Library) -> str:
    (waiting,) = list_requests(library)["open"]
    return str(waiting["request"])


def signed(tmp_path: Path) -> Path:
    paper = tmp_path / "signed.pdf"
    paper.write_bytes(b"%PDF-1.7 I agree. Jane Doe")
    return paper


def test_somebody_outside_answers_on_paper_and_the_question_is_then_allowed(party: Library, tmp_path: Path) -> None:
    waits = asked(party)
    assert waits.decision.outcome is Outcome.NEEDS_APPROVAL
    assert waits.exit_code == 6
    (open_,) = list_requests(party)["open"]
    assert (open_["by"], open_["kind"], open_["decisions"]) == ("jane-doe", "approval", [waits.id])
    send_request(party, open_["request"], tmp_path / "request.pdf")
    assert (tmp_path / "request.pdf").read_bytes().startswith(b"%PDF-")
    done = record_answer(party, open_["request"], signed(tmp_path))
    assert done["by"] == "jane-doe"
    assert asked(party).decision.outcome is Outcome.ALLOW
    found = list_requests(party)
    assert found["open"] == []
    assert [(one["by"], one["state"]) for one in found["answered"]] == [("jane-doe", "fulfilled")]


def test_a_no_on_paper_denies_for_good(party: Library, tmp_path: Path) -> None:
    asked(party)
    record_answer(party, the_request(party), signed(tmp_path), yes=False)
    assert asked(party).decision.outcome is Outcome.DENY
    assert list_requests(party)["open"] == []


def test_nobody_inside_answers_for_a_party(party: Library) -> None:
    asked(party)
    with pytest.raises(ApprovalRefused, match="approval send"):
        give_answer(party, the_request(party), yes=True)
    assert asked(party).decision.outcome is Outcome.NEEDS_APPROVAL


def test_counsel_answers_with_a_key_but_not_what_they_asked_for_themselves(place: Place, tmp_path: Path) -> None:
    library = place.open(person="lee-park")
    try:
        enroll_person(library, "Kim Roe", ["counsel"])
        enroll_person(library, "Ann Artist", ["artist"])
        need(library, tmp_path / "terms", "{approval: the use by counsel, each: production}")
        library.person = "kim-roe"
        asked(library)
        request = the_request(library)
        with pytest.raises(ApprovalRefused, match="both asked for and gave"):
            give_answer(library, request, yes=True)
        library.person = "ann-artist"
        with pytest.raises(ApprovalRefused, match="not for ann-artist"):
            give_answer(library, request, yes=True)
        with pytest.raises(Conflict, match="with a key"):
            record_answer(library, request, signed(tmp_path))
        with pytest.raises(Conflict, match=f"assetlib approval grant {request}"):
            send_request(library, request, tmp_path / "page.pdf")
        assert not (tmp_path / "page.pdf").exists()
        enroll_person(library, "Lou Law", ["counsel"])
        library.person = "lou-law"
        assert give_answer(library, request, yes=True, note="as discussed")["by"] == "lou-law"
        assert asked(library).decision.outcome is Outcome.ALLOW
    finally:
        library.close()


def test_alone_one_may_answer_oneself_and_it_is_shown(library: Library, tmp_path: Path) -> None:
    with library.catalog.reader() as queries:
        others = [person.id for person in queries.people() if person.id != "lee-park"]
    for person in others:
        library.committer.commit("left", {"person": person}, lambda write, _, who=person: write.revoke_person(who))
    need(library, tmp_path / "terms", "{approval: the use by counsel, each: once}")
    asked(library)
    done = give_answer(library, the_request(library), yes=True)
    assert any("both asked for and gave" in line for line in done["warnings"])


def test_a_notice_or_fee_is_proven_by_paper_and_denies_until_then(library: Library, tmp_path: Path) -> None:
    need(library, tmp_path / "terms", "{notice: 48 hours before the scan to jane-doe, each: once}")
    assert asked(library).decision.outcome is Outcome.DENY
    request = the_request(library)
    with pytest.raises(Conflict, match="asks for proof"):
        give_answer(library, request, yes=True)
    record_answer(library, request, signed(tmp_path))
    assert asked(library).decision.outcome is Outcome.ALLOW


def test_an_answer_that_does_not_verify_is_none(party: Library, tmp_path: Path) -> None:
    asked(party)
    record_answer(party, the_request(party), signed(tmp_path), yes=False)
    with party.catalog.reader() as queries:
        (row,) = queries.statements(StatementKind.FULFILMENT)
    given, statement = unbundle(row.body)
    yes = replace(given, state=type(given.state).FULFILLED)
    forged = Statement(
        kind=row.kind, id="forged", subject=row.subject, body=bundle(yes, statement), by=row.by, signature=row.signature
    )
    party.committer.commit("forged", {"forged": True}, lambda write, _: write.add_statement(forged))
    assert asked(party).decision.outcome is Outcome.DENY  # the no stands, the forged yes is not heard


def test_bad_papers_and_unknown_requests_are_said(party: Library, tmp_path: Path) -> None:
    asked(party)
    request = the_request(party)
    with pytest.raises(NotFound, match="approval list"):
        record_answer(party, "A-000000000000", signed(tmp_path))
    with pytest.raises(BadInput, match="cannot be read"):
        record_answer(party, request, tmp_path / "absent.pdf")
    (tmp_path / "empty.pdf").write_bytes(b"")
    with pytest.raises(BadInput, match="expected a signed paper"):
        record_answer(party, request, tmp_path / "empty.pdf")
    (tmp_path / "there.pdf").write_bytes(b"x")
    with pytest.raises(Conflict, match="expected no file"):
        send_request(party, request, tmp_path / "there.pdf")


def test_what_was_decided_before_an_answer_still_replays(party: Library, tmp_path: Path) -> None:
    asked(party)
    record_answer(party, the_request(party), signed(tmp_path))
    asked(party)
    assert replay_ledger(party)["different"] == []
    with party.catalog.reader() as queries:
        outcomes = [json.loads(row.body)["decision"] for row in queries.decisions()][-2:]
    assert outcomes == ["needs_approval", "allow"]
