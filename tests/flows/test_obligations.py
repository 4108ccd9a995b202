"""What pictures in use owe: from the decisions alone, done only under a signature."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from assetlib.flows.activate_license import activate_license, revoke_license
from assetlib.flows.add_license import add_license
from assetlib.flows.export_shot import export_shot
from assetlib.flows.obligation import Owed
from assetlib.flows.obligations import as_csv, finish_obligation, list_obligations
from assetlib.library import Library
from assetlib.model.record import Statement, StatementKind
from assetlib.model.refusals import BadInput, NotFound
from assetlib.model.shot import TakeStatus
from provenance.digest import digest_file, hex_of
from tests.flows.small_library import _TERMS, LICENSE, SHOTS

MADE, EMPTY = SHOTS


def test_a_credit_names_its_clause_and_the_shots_and_exports_it_comes_from(library: Library, tmp_path: Path) -> None:
    export_shot(library, MADE, out=tmp_path / "out", purpose="delivery", recipient="aurora-stream")
    (credit,) = list_obligations(library, kinds=["credit"])
    assert (credit.what, credit.clause, credit.state) == ("Hero by Jane Doe", "LIC-2026-0001#3.1", "due")
    assert credit.shots == (MADE,)
    assert credit.exports == ("EX-000001",)
    assert list_obligations(library, kinds=["fee"]) == ()


def test_a_take_that_is_not_used_owes_nothing(library: Library) -> None:
    entry = {"shot": MADE}
    quarantine = TakeStatus.QUARANTINED
    library.committer.commit("take.status", entry, lambda write, _: write.set_take_status(MADE, 1, quarantine))
    assert list_obligations(library) == ()


def test_done_is_signed_and_a_forged_word_is_not_heard(library: Library, tmp_path: Path) -> None:
    (owed,) = list_obligations(library)
    proof = tmp_path / "credits.pdf"
    proof.write_bytes(b"%PDF-1.7 end credits")
    with pytest.raises(BadInput, match="cannot be read"):
        finish_obligation(library, owed.id, document=tmp_path / "absent.pdf")
    with pytest.raises(NotFound, match="obligation list"):
        finish_obligation(library, "O-00000000", document=None)
    finish_obligation(library, owed.id, document=proof)
    assert [one.state for one in list_obligations(library)] == ["done"]
    with library.catalog.reader() as queries:
        (row,) = queries.statements(StatementKind.CONFIRMATION)
    assert row.signature is not None


def test_an_unsigned_confirmation_counts_for_nothing(library: Library) -> None:
    (owed,) = list_obligations(library)
    said = Statement(kind=StatementKind.CONFIRMATION, id="x", subject=owed.id, body=b'{"done": {}}', by="lee-park")
    library.committer.commit("said", {}, lambda write, _: write.add_statement(said))
    assert [one.state for one in list_obligations(library)] == ["due"]


def test_a_day_that_has_passed_is_overdue(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    late = Owed(kind="fee", what="SAG day rate", clause="LIC-1#3.1", due="2020-01-01T00:00:00Z")
    monkeypatch.setattr("assetlib.flows.obligations._collected", lambda *_: (late, replace(late, what="b", due="")))
    assert [(one.what, one.state) for one in list_obligations(library)] == [("SAG day rate", "overdue"), ("b", "due")]


def test_no_cell_of_the_sheet_is_a_formula() -> None:
    owed = Owed(kind="credit", what="=HYPERLINK(1)", clause="LIC-1#3", by="@jane", shots=("a", "b"))
    (row,) = csv.DictReader(io.StringIO(as_csv([owed])))
    assert (row["what"], row["by"], row["shots"]) == ("'=HYPERLINK(1)", "'@jane", "a; b")


def under(library: Library, work: Path, effect: str) -> None:
    """The hero's license once more, with what its revocation does to what exists."""
    work.mkdir()
    paper = work / "LIC-2026-0001.pdf"
    paper.write_bytes(f"%PDF-1.7 {effect}".encode())
    words = LICENSE.format(**_TERMS, sha256=hex_of(digest_file(paper)))
    file = work / "terms.yaml"
    file.write_text(f"{words}on_revocation: {{effect: {effect}}}\n")
    add_license(library, file, document=paper)
    activate_license(library, "LIC-2026-0001")


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("prospective", {("flag", "finished under LIC-2026-0001, which was revoked")}),
        ("takedown", {("takedown", "EX-000001, sent to aurora-stream: have it taken down")}),
        (
            "destroy",
            {
                ("destroy", "EX-000001, sent to aurora-stream: have it destroyed"),
                ("destroy", "assetlib:///characters/hero v001"),
                ("destroy", "sq010_sh0010 take_001"),
            },
        ),
    ],
)
def test_a_revocation_leaves_the_tasks_that_its_terms_name(
    library: Library, tmp_path: Path, effect: str, expected: set[tuple[str, str]]
) -> None:
    under(library, tmp_path / "terms", effect)
    export_shot(library, MADE, out=tmp_path / "out", purpose="delivery", recipient="aurora-stream")
    export_shot(library, MADE, out=tmp_path / "look")
    done = revoke_license(library, "LIC-2026-0001", reason="withdrawn")
    tasks = {(one.kind, one.what): one for one in list_obligations(library) if one.clause == "LIC-2026-0001"}
    assert set(tasks) == expected
    assert all(any(what in line for line in done["impact"]) for _, what in expected)
    first = tasks[sorted(expected)[0]]
    finish_obligation(library, first.id, document=None, note="confirmed by letter")
    assert next(one.state for one in list_obligations(library) if one.id == first.id) == "done"


HOLD = """\
assetlib_license: 1
id: LIC-2026-0099
kind: legal_hold
timezone: America/Los_Angeles
from: {party: small-films, capacity: owner}
to: small-films
document: {file: hold.pdf, sha256: SHA}
signed: 2026-01-14
covers: {character: [characters/hero]}
prohibits:
  - {clause: "1", actions: [delete, purge]}
"""


def test_a_legal_hold_wins_over_destruction(library: Library, tmp_path: Path) -> None:
    under(library, tmp_path / "terms", "destroy")
    paper = tmp_path / "hold.pdf"
    paper.write_bytes(b"%PDF-1.7 hold")
    (tmp_path / "hold.yaml").write_text(HOLD.replace("SHA", hex_of(digest_file(paper))))
    add_license(library, tmp_path / "hold.yaml", document=paper)
    activate_license(library, "LIC-2026-0099")
    revoke_license(library, "LIC-2026-0001", reason="withdrawn")
    states = {one.what: one.state for one in list_obligations(library) if one.kind == "destroy"}
    assert states["assetlib:///characters/hero v001"] == "held"
