"""Somebody edits the database or the store behind the library's back, and then asks for something."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from assetlib.flows.activate_license import revoke_license
from assetlib.flows.ask import Recorded, check_use
from assetlib.flows.checkout_asset import checkout_asset
from assetlib.flows.register_asset import register_asset
from assetlib.model.refusals import VerificationFailed
from tests.flows.small_library import Place, picture


def tamper(place: Place, *statements: str) -> None:
    """Run statements with the guards dropped, as an administrator could, and put the guards back."""
    database = sqlite3.connect(place.directory / "catalog.sqlite", isolation_level=None)
    guards = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _ in guards:
        database.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        assert database.execute(statement).rowcount > 0, statement
    for _, sql in guards:
        database.execute(sql)
    database.close()


def asked(place: Place, reference: str = "hero") -> Recorded:
    library = place.open(person="lee-park")
    try:
        return check_use(library, [reference], actions=["view"], purpose="review")
    finally:
        library.close()


def test_other_bytes_under_a_signed_file_s_name_are_no_licensed_asset(place: Place, tmp_path: Path) -> None:
    library = place.open()
    stolen, size = library.store.put_file(picture(tmp_path / "stolen.png", seed=66, width=64, height=64))
    library.close()
    tamper(place, f"UPDATE version_file SET digest = '{stolen}', size = {size} WHERE path = 'refs/front.png'")
    (finding, *_) = asked(place).decision.findings
    assert (finding.code, "refs/front.png is not the file that was signed" in finding.sentence) == ("integrity", True)


def test_an_unlicensed_asset_given_a_licensed_one_s_entity_is_found_by_its_signature(
    place: Place, tmp_path: Path
) -> None:
    library = place.open(person="lee-park")
    made = register_asset(library, "Villain", kind="image", references=(picture(tmp_path / "v.png", seed=67),))
    library.close()
    assert not asked(place, made.digest).allowed
    hero = "assetlib:///characters/hero"
    tamper(
        place,
        f"UPDATE asset_version SET entity = '{hero}', version = 'v002' WHERE digest = '{made.digest}'",
        f"UPDATE facet_claim SET subject = 'hero', facet = 'character_ip' WHERE version_digest = '{made.digest}'",
    )
    answer = asked(place, made.digest)
    assert "integrity" in {finding.code for finding in answer.decision.findings}


def test_nothing_leaves_on_a_record_that_was_changed_behind_the_ledger(place: Place, tmp_path: Path) -> None:
    library = place.open(person="lee-park")
    revoke_license(library, "LIC-2026-0001", reason="withdrawn")
    library.close()
    tamper(place, "DELETE FROM instrument_state WHERE status = 'revoked'")
    library = place.open(person="lee-park")
    with pytest.raises(VerificationFailed, match="does not hold"):
        checkout_asset(library, "hero", tmp_path / "out", recipient=None)
    assert not (tmp_path / "out").exists()
    assert list(library.staging.iterdir()) == []
    library.close()
