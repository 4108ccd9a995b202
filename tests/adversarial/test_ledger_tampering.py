"""An administrator edits the database behind the product, guards dropped: verification names what was done.

The rebuild with the real log key is found only against a checkpoint that somebody else kept; it is the last test.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assetlib.catalog import Catalog, Committer
from assetlib.model.asset import AssetStatus
from assetlib.model.party import Person, Role
from provenance import ledger
from provenance.decision import Outcome
from tests.unit.catalog.samples import asset, decision, license_row, shot, take

ORIGIN = "example.com/assetlib/tampered"
KEY = Ed25519PrivateKey.from_private_bytes(b"t" * 32)
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


def library(folder: Path) -> Path:
    """A small library with one of everything, closed."""
    file = folder / "library.db"
    catalog = Catalog.create(str(file))
    committer = Committer(catalog, KEY, ORIGIN, lambda: NOW)
    person = Person(id="dana", name="Dana", roles=(Role.COUNSEL,), public_key=b"k" * 32, enrolled_at=NOW)
    for write in (
        lambda w, i: w.add_version(asset()),
        lambda w, i: w.add_version(asset(number=2)),
        lambda w, i: w.put_license(license_row(status="active")),
        lambda w, i: w.add_person(person),
        lambda w, i: w.record_decision(decision(Outcome.DENY)),
        lambda w, i: w.record_decision(decision()),
        lambda w, i: w.put_shot(shot()),
        lambda w, i: w.add_take(take("D-000005"), ()),
        lambda w, i: w.set_license_status("LIC-2026-0042", "revoked"),
        lambda w, i: w.set_status(asset().entity, AssetStatus.RETIRED),
        lambda w, i: None,
    ):
        committer.commit("said", {}, write)
    catalog.close()
    return file


def findings(file: Path) -> set[str]:
    catalog = Catalog.open(str(file))
    found = {f.code for f in catalog.ledger().verify_all(ORIGIN, KEY.public_key()).findings}
    catalog.close()
    return found


def tamper(file: Path, *statements: str) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA foreign_keys=OFF")
    guards = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
    for statement in (*(f"DROP TRIGGER {name}" for name in guards), *statements):
        connection.execute(statement)
    connection.close()


def test_an_untouched_library_has_no_findings(tmp_path):
    assert findings(library(tmp_path)) == set()


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE leaf SET entry = CAST(replace(entry, 'said', 'sang') AS BLOB) WHERE seq = 4", "leaf-hash"),
        ("UPDATE leaf SET leaf_hash = zeroblob(32) WHERE seq = 4", "leaf-hash"),
        ("UPDATE leaf SET at = at + 1 WHERE seq = 4", "entry-columns"),
        ("UPDATE leaf SET kind = 'other' WHERE seq = 4", "entry-columns"),
        ("UPDATE leaf SET entry = x'78' WHERE seq = 4", "entry-unreadable"),
        ("DELETE FROM leaf WHERE seq = 4", "entry-missing"),
        ("DELETE FROM leaf WHERE seq = 10", "truncated"),
        ("DELETE FROM leaf WHERE seq = 0", "entry-missing"),
        ("DELETE FROM leaf", "truncated"),
        ("UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND idx = 2", "node"),
        ("UPDATE node SET hash = zeroblob(32) WHERE level = 3", "node"),
        ("DELETE FROM node WHERE level = 2 AND idx = 1", "node"),
        ("INSERT INTO node VALUES (4, 0, zeroblob(32))", "node-surplus"),
        ("DELETE FROM checkpoint WHERE size = 5", "checkpoint-missing"),
        ("DELETE FROM checkpoint WHERE size = 11", "checkpoint-signature"),
        (
            (
                "UPDATE checkpoint SET note = replace(note, char(10) || '5' || char(10), char(10) || '6' || char(10)) "
                "WHERE size = 5"
            ),
            "checkpoint-root",
        ),
        ("UPDATE checkpoint SET note = replace(note, 'tampered', 'other') WHERE size = 11", "checkpoint-signature"),
        ("UPDATE log_head SET size = 4", "head"),
        ("DELETE FROM log_head", "head"),
        ("UPDATE decision SET outcome = 'allow' WHERE ledger_index = 4", "row-altered"),
        ("UPDATE decision SET body = x'78' WHERE ledger_index = 4", "row-altered"),
        ("DELETE FROM decision WHERE ledger_index = 4", "row-missing"),
        (
            (
                "INSERT INTO decision SELECT outcome, shot, body, digest, 10, 0, recorded_at FROM decision "
                "WHERE ledger_index = 5"
            ),
            "row-unrecorded",
        ),
        ("UPDATE instrument_state SET status = 'active'", "row-altered"),
        ("DELETE FROM instrument_state WHERE ledger_index = 8", "row-missing"),
        ("UPDATE asset_state SET status = 'active' WHERE ledger_index = 9", "row-altered"),
        ("UPDATE facet_claim SET subject = 'nobody' WHERE ledger_index = 0", "row-altered"),
        ("DELETE FROM facet_claim WHERE ledger_index = 0", "row-missing"),
        ("UPDATE version_file SET digest = version_digest WHERE path = 'asset.usda'", "row-altered"),
        ("UPDATE take SET decision = 'D-000004'", "row-altered"),
        ("UPDATE person SET public_key = zeroblob(32)", "row-altered"),
        ("UPDATE pin SET version = 'v002'", "row-altered"),
        ("INSERT INTO shot_license VALUES ('s', 'LIC-2026-0042', 3, 0, 0)", "row-unrecorded"),
        ("UPDATE asset_version SET recorded_at = recorded_at - 86400000000", "row-altered"),
    ],
)
def test_an_edit_is_found_and_named(tmp_path, statement, code):
    file = library(tmp_path)
    tamper(file, statement)
    assert code in findings(file)


def test_swapped_entries_are_found(tmp_path):
    file = library(tmp_path)
    tamper(
        file,
        "UPDATE leaf SET seq = 100 WHERE seq = 4",
        "UPDATE leaf SET seq = 4 WHERE seq = 5",
        "UPDATE leaf SET seq = 5 WHERE seq = 100",
    )
    assert {"entry-columns", "node"} <= findings(file)


def test_a_log_signed_with_another_key_is_found(tmp_path):
    catalog = Catalog.create(str(tmp_path / "library.db"))
    Committer(catalog, Ed25519PrivateKey.generate(), ORIGIN).commit("note", {}, lambda w, i: None)
    catalog.close()
    assert findings(tmp_path / "library.db") == {"checkpoint-signature"}


def test_a_body_swapped_under_its_digest_is_found_by_the_structural_check(tmp_path):
    file = library(tmp_path)
    tamper(file, "UPDATE instrument SET body = CAST('grants: everything' AS BLOB)")
    catalog = Catalog.open(str(file))
    assert [damage.kind for damage in catalog.structural_damage()] == ["body-digest"]
    catalog.close()


def test_a_rebuild_with_the_real_key_is_found_only_by_a_checkpoint_kept_elsewhere(tmp_path):
    """Whoever holds database and log key can make a log that verifies in itself; a witness makes the difference."""
    (tmp_path / "honest").mkdir()
    honest = Catalog.open(str(library(tmp_path / "honest")))
    kept = ledger.read_checkpoint(honest.ledger().checkpoint(), ORIGIN, KEY.public_key())
    forged = Catalog.create(str(tmp_path / "forged.db"))
    committer = Committer(forged, KEY, ORIGIN, lambda: NOW)
    for _ in range(12):
        committer.commit("said", {}, lambda w, i: None)
    report = forged.ledger().verify_all(ORIGIN, KEY.public_key())
    assert report.verdict == "pass"
    proof = forged.ledger().consistency_proof(kept.size)
    assert not ledger.consistency_holds(old=kept.size, new=12, proof=proof, old_root=kept.root, new_root=report.root)
