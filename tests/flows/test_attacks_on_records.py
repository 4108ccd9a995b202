"""Somebody edits the database or the store behind the library's back, and then asks for something."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from assetlib.audit.report import AuditVerdict
from assetlib.flows.activate_license import revoke_license
from assetlib.flows.add_party import add_party, add_recipient
from assetlib.flows.ask import check_use
from assetlib.flows.audit import audit_shot
from assetlib.flows.checkout_asset import checkout_asset
from assetlib.flows.register_asset import register_asset
from assetlib.model.refusals import VerificationFailed
from tests.flows.small_library import SHOTS, Place, picture


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


def standing(place: Place, reference: str) -> str:
    """What the library says of an asset's integrity; '' when nothing is wrong."""
    library = place.open()
    try:
        with library.catalog.reader() as queries:
            return library.integrity_of(queries.version(reference))
    finally:
        library.close()


def test_other_bytes_under_a_signed_file_s_name_are_no_licensed_asset(place: Place, tmp_path: Path) -> None:
    library = place.open()
    stolen, size = library.store.put_file(picture(tmp_path / "stolen.png", seed=66, width=64, height=64))
    library.close()
    tamper(place, f"UPDATE version_file SET digest = '{stolen}', size = {size} WHERE path = 'refs/front.png'")
    assert "refs/front.png is not the file that was signed" in standing(place, "hero")


def test_an_unlicensed_asset_given_a_licensed_one_s_entity_is_found_by_its_signature(
    place: Place, tmp_path: Path
) -> None:
    library = place.open(person="lee-park")
    made = register_asset(library, "Villain", kind="image", references=(picture(tmp_path / "v.png", seed=67),))
    assert not check_use(library, [made.digest], actions=["view"], purpose="review").allowed
    library.close()
    hero = "assetlib:///characters/hero"
    tamper(place, f"UPDATE asset_version SET entity = '{hero}', version = 'v002' WHERE digest = '{made.digest}'")
    assert "signed as assetlib:///images/villain v001" in standing(place, made.digest)


REVOKED = "DELETE FROM instrument_state WHERE status = 'revoked'"
EDITS = {
    "revocation deleted": REVOKED,
    "revocation turned around": "UPDATE instrument_state SET status = 'active' WHERE status = 'revoked'",
    "key swapped": "UPDATE person SET public_key = zeroblob(32) WHERE id = 'lee-park'",
    "role given": "UPDATE person SET roles = '[\"rights-admin\"]' WHERE id = 'ana-ruiz'",
    "facet removed": "DELETE FROM facet_claim",
    "recipient that no longer trains": "UPDATE recipient SET kind = 'party:no' WHERE id = 'trainer'",
    "production made non-commercial": "UPDATE production SET body = CAST(replace(body, 'true', 'false') AS BLOB)",
    "entry rewritten": "UPDATE leaf SET entry = CAST(replace(entry, 'revoked', 'renewed') AS BLOB) WHERE seq > 9",
    "log cut off": "DELETE FROM leaf WHERE seq = (SELECT max(seq) FROM leaf)",
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=list(EDITS))
def test_nothing_is_decided_on_a_record_that_was_changed_behind_the_ledger(place: Place, edit: str) -> None:
    library = place.open(person="lee-park")
    revoke_license(library, "LIC-2026-0001", reason="withdrawn")
    add_party(library, "trainer", name="Trainer", kind="org")
    add_recipient(library, "trainer", trains="yes")
    before = library.catalog.ledger().size()
    library.close()
    tamper(place, edit)
    library = place.open(person="lee-park")
    with pytest.raises(VerificationFailed, match="does not hold"):
        check_use(library, ["hero"], actions=["view"], purpose="review")
    assert audit_shot(library, SHOTS[0], html=None).verdict is AuditVerdict.BLOCKED
    assert library.catalog.ledger().size() <= before
    library.close()


def test_nothing_leaves_on_a_record_that_was_changed_while_the_library_is_open(place: Place, tmp_path: Path) -> None:
    library = place.open(person="lee-park")
    assert check_use(library, ["hero"], actions=["view"], purpose="review").allowed
    revoke_license(library, "LIC-2026-0001", reason="withdrawn")
    tamper(place, REVOKED)
    with pytest.raises(VerificationFailed, match="does not hold"):
        checkout_asset(library, "hero", tmp_path / "out", recipient=None)
    assert not (tmp_path / "out").exists()
    assert list(library.staging.iterdir()) == []
    library.close()
