"""What pictures in use owe: from the decisions alone, done only under a signature."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from assetlib.flows.export_shot import export_shot
from assetlib.flows.obligations import Owed, as_csv, finish_obligation, list_obligations
from assetlib.library import Library
from assetlib.model.record import Statement, StatementKind
from assetlib.model.refusals import BadInput, NotFound
from assetlib.model.shot import TakeStatus
from tests.flows.small_library import SHOTS

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
