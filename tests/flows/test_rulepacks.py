"""Rule packs in a library: counsel confirms the words as they are, productions name them, decisions list them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assetlib.approvals.roles import ApprovalRefused
from assetlib.flows.add_production import add_production
from assetlib.flows.ask import check_use
from assetlib.flows.enroll_person import enroll_person
from assetlib.flows.rulepacks import confirm_rulepack, confirmations, list_rulepacks, show_rulepack
from assetlib.library import Library
from assetlib.model.refusals import BadInput, NotFound

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    (tmp_path / "passphrase").write_text("correct horse\n", encoding="utf-8")
    made = Library.create(tmp_path / "library", name="Studio", environ={}, passphrase_file=tmp_path / "passphrase")
    enroll_person(made, "Kim Counsel", ["counsel"])
    enroll_person(made, "Lee Park", ["librarian"])
    made.person = "kim-counsel"
    yield made
    made.close()


def test_counsel_confirms_a_pack_and_the_vocabulary(library: Library) -> None:
    assert {row["confirmed_by"] for row in list_rulepacks(library)} == {""}
    assert confirm_rulepack(library, "california")["rulepack"] == "california@2026-11"
    confirm_rulepack(library, "vocabulary")
    confirmed = [row["name"] for row in list_rulepacks(library) if row["confirmed_by"] == "kim-counsel"]
    assert confirmed == ["vocabulary-2026-11", "california@2026-11"]
    assert show_rulepack(library, "california")["confirmed_by"] == "kim-counsel"


def test_a_decision_names_the_packs_of_its_production_and_those_unconfirmed(library: Library) -> None:
    add_production(library, "SPINOFF", rulepacks=["california", "wga"])
    confirm_rulepack(library, "wga")
    decision = check_use(library, [], production="SPINOFF").decision
    assert decision.rulepacks == ("california@2026-11", "wga@2026-11")
    assert decision.unconfirmed == ("vocabulary-2026-11", "california@2026-11")


def test_a_confirmation_counts_only_for_the_words_that_were_signed(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    from assetlib.documents.rulepack_file import shipped_rulepacks
    from assetlib.flows import rulepacks
    from provenance.digest import digest_bytes

    confirm_rulepack(library, "wga")
    changed = tuple((pack, digest_bytes(b"other words")) for pack, _ in shipped_rulepacks())
    monkeypatch.setattr(rulepacks, "shipped_rulepacks", lambda: changed)
    with library.catalog.reader() as queries:
        assert confirmations(queries, now=library.clock()) == {}


def test_only_counsel_confirms_and_only_what_there_is(library: Library) -> None:
    with pytest.raises(NotFound, match="expected one of california"):
        confirm_rulepack(library, "atlantis")
    library.person = "lee-park"
    with pytest.raises(ApprovalRefused, match="needs counsel"):
        confirm_rulepack(library, "wga")


def test_a_production_names_only_packs_that_exist(library: Library) -> None:
    with pytest.raises(BadInput, match="no rule pack 'atlantis'"):
        add_production(library, "SPINOFF", rulepacks=["atlantis"])
