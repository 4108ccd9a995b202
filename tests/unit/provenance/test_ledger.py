"""The Merkle log against independent vectors, against RFC 6962's own definitions, and against hostile input."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from provenance import ledger

VECTORS = json.loads((Path(__file__).parent / "rfc6962_vectors.json").read_text())
# This vector calls two equal texts of 12 bytes consistent roots; here a root that is no hash proves nothing.
NOT_HASHES = {"consistency/additional/sizes-are-equal-one-and-proof-is-empty"}
ORIGIN = "example.com/assetlib/demo"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def log_of(entries: list[bytes]) -> ledger.MemoryNodes:
    nodes = ledger.MemoryNodes()
    for index, entry in enumerate(entries):
        ledger.append(nodes, index, ledger.leaf_hash(entry))
    return nodes


def mth(entries: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not entries:
        return hashlib.sha256(b"").digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(entries[:k]) + mth(entries[k:])).digest()


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


@pytest.mark.parametrize("vector", VECTORS["inclusion"], ids=lambda v: v["name"])
def test_inclusion_agrees_with_independent_vectors(vector):
    holds = ledger.inclusion_holds(
        index=vector["leafIdx"],
        size=vector["treeSize"],
        leaf=decoded(vector["leafHash"]),
        proof=[decoded(p) for p in vector["proof"] or ()],
        root=decoded(vector["root"]),
    )
    assert holds is not vector["wantErr"]


@pytest.mark.parametrize("vector", VECTORS["consistency"], ids=lambda v: v["name"])
def test_consistency_agrees_with_independent_vectors(vector):
    holds = ledger.consistency_holds(
        old=vector["size1"],
        new=vector["size2"],
        proof=[decoded(p) for p in vector["proof"] or ()],
        old_root=decoded(vector["root1"]),
        new_root=decoded(vector["root2"]),
    )
    if vector["name"] in NOT_HASHES:
        assert not holds
    else:
        assert holds is not vector["wantErr"]


def test_every_past_root_is_the_definition_of_rfc_6962():
    entries = [bytes([i]) * (i % 5) for i in range(70)]
    nodes = log_of(entries)
    assert [ledger.root(nodes, n) for n in range(71)] == [mth(entries[:n]) for n in range(71)]


def test_every_entry_of_every_size_is_proven_and_no_other_is():
    entries = [str(i).encode() for i in range(33)]
    nodes = log_of(entries)
    for size in range(1, 34):
        root = ledger.root(nodes, size)
        for index in range(size):
            proof = ledger.inclusion_proof(nodes, index, size)
            leaf = ledger.leaf_hash(entries[index])
            assert ledger.inclusion_holds(index=index, size=size, leaf=leaf, proof=proof, root=root)
            other = (index + 1) % size
            assert size == 1 or not ledger.inclusion_holds(index=other, size=size, leaf=leaf, proof=proof, root=root)


def test_every_pair_of_sizes_is_consistent():
    nodes = log_of([str(i).encode() for i in range(33)])
    roots = [ledger.root(nodes, n) for n in range(34)]
    for new in range(34):
        for old in range(new + 1):
            proof = ledger.consistency_proof(nodes, old, new)
            assert ledger.consistency_holds(old=old, new=new, proof=proof, old_root=roots[old], new_root=roots[new])


def test_a_forked_log_is_not_consistent():
    honest = log_of([str(i).encode() for i in range(20)])
    forked = log_of([b"forged" if i == 3 else str(i).encode() for i in range(25)])
    proof = ledger.consistency_proof(forked, 20, 25)
    roots = {"old_root": ledger.root(honest, 20), "new_root": ledger.root(forked, 25)}
    assert not ledger.consistency_holds(old=20, new=25, proof=proof, **roots)


def test_the_empty_log_has_the_root_of_no_bytes_and_no_entries():
    nodes = ledger.MemoryNodes()
    assert ledger.root(nodes, 0).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert ledger.consistency_proof(nodes, 0, 0) == ()
    assert not ledger.consistency_holds(old=0, new=0, proof=(), old_root=b"\0" * 32, new_root=b"\0" * 32)
    with pytest.raises(ledger.LedgerRefused):
        ledger.inclusion_proof(nodes, 0, 0)


@given(
    index=st.one_of(st.integers(), st.none(), st.text(max_size=3), st.booleans(), st.floats()),
    size=st.one_of(st.integers(), st.none(), st.booleans()),
    proof=st.lists(st.one_of(st.binary(max_size=40), st.none(), st.text(max_size=3)), max_size=80),
    leaf=st.one_of(st.binary(max_size=33), st.none()),
)
@settings(max_examples=300, deadline=None)
def test_a_malformed_proof_is_refused_and_never_raises(index, size, proof, leaf):
    root = ledger.root(log_of([b"a", b"b", b"c"]), 3)
    assert not ledger.inclusion_holds(index=index, size=size, leaf=leaf, proof=proof, root=root)
    assert not ledger.consistency_holds(old=index, new=size, proof=[*proof, b"x"], old_root=root, new_root=root)


def signed(size: int = 3) -> str:
    nodes = log_of([bytes([i]) for i in range(size)])
    return ledger.sign_checkpoint(ledger.Checkpoint(origin=ORIGIN, size=size, root=ledger.root(nodes, size)), KEY)


def test_a_checkpoint_is_a_c2sp_signed_note():
    note = signed()
    origin, size, root, blank, signature, end = note.split("\n")
    assert (origin, size, len(base64.b64decode(root)), blank, end) == (ORIGIN, "3", 32, "", "")
    mark, name, blob = signature.split(" ")
    assert (mark, name) == ("\N{EM DASH}", ORIGIN)
    raw = KEY.public_key().public_bytes_raw()
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + raw).digest()[:4]
    assert base64.b64decode(blob)[:4] == key_id
    KEY.public_key().verify(base64.b64decode(blob)[4:], f"{origin}\n{size}\n{root}\n".encode())


def test_the_sumdb_key_gives_its_published_verifier_key():
    """The Go checksum database's key, as every Go tool carries it."""
    published = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    raw = base64.b64decode(published.split("+", 2)[2])[1:]
    public_key = ledger.Ed25519PublicKey.from_public_bytes(raw)
    assert ledger.verifier_key("sum.golang.org", public_key) == published


def test_a_checkpoint_reads_back_beside_foreign_signatures():
    note = signed() + "\N{EM DASH} witness.example " + base64.b64encode(b"\0" * 76).decode() + "\n"
    assert ledger.read_checkpoint(note, ORIGIN, KEY.public_key()).size == 3


@pytest.mark.parametrize(
    ("defect", "change"),
    [
        ("size", lambda n: n.replace("\n3\n", "\n4\n", 1)),
        ("leading zero", lambda n: n.replace("\n3\n", "\n03\n", 1)),
        ("origin", lambda n: n.replace("example.com", "example.org")),
        ("unsigned", lambda n: n.split("\n\n")[0] + "\n\n"),
        ("no final newline", lambda n: n[:-1]),
        ("carriage return", lambda n: n.replace("\n", "\r\n")),
        ("signature bit", lambda n: n[:-12] + ("A" if n[-12] != "A" else "B") + n[-11:]),
        ("empty", lambda n: ""),
        ("huge", lambda n: n + "x" * ledger.MAX_NOTE),
        ("hyphen for dash", lambda n: n.replace("\N{EM DASH}", "-")),
    ],
)
def test_a_defective_checkpoint_is_refused(defect, change):
    with pytest.raises(ledger.LedgerRefused):
        ledger.read_checkpoint(change(signed()), ORIGIN, KEY.public_key())


def test_another_logs_key_is_refused():
    with pytest.raises(ledger.LedgerRefused, match="log key"):
        ledger.read_checkpoint(signed(), ORIGIN, Ed25519PrivateKey.generate().public_key())


@pytest.mark.parametrize("origin", ["", "two words", "a+b", "line\nbreak"])
def test_a_log_name_that_a_note_cannot_carry_is_refused(origin):
    with pytest.raises(ledger.LedgerRefused, match="log name"):
        ledger.sign_checkpoint(ledger.Checkpoint(origin=origin, size=0, root=ledger.EMPTY_ROOT), KEY)


def receipt(index: int = 2, size: int = 7, extra: bytes | None = None) -> str:
    proof = ledger.inclusion_proof(log_of([bytes([i]) for i in range(size)]), index, size)
    return ledger.Receipt(index=index, proof=proof, checkpoint=signed(size), extra=extra).text()


def test_a_receipt_proves_its_entry_offline():
    index, checkpoint = ledger.check_receipt(receipt(), bytes([2]), ORIGIN, KEY.public_key())
    assert (index, checkpoint.size) == (2, 7)


def test_a_receipt_round_trips_with_its_extra():
    text = receipt(extra=b"shot")
    assert ledger.read_receipt(text).text() == text
    assert text.startswith("c2sp.org/tlog-proof@v1\nextra c2hvdA==\nindex 2\n")


def test_a_receipt_of_a_log_with_one_entry_has_no_hashes():
    assert ledger.check_receipt(receipt(0, 1), bytes([0]), ORIGIN, KEY.public_key())[0] == 0


@pytest.mark.parametrize(
    ("defect", "change"),
    [
        ("header", lambda t: t.replace("@v1", "@v2")),
        ("index", lambda t: t.replace("index 2", "index 3")),
        ("negative index", lambda t: t.replace("index 2", "index -2")),
        ("no index", lambda t: t.replace("index 2\n", "")),
        ("short hash", lambda t: t.replace("index 2\n", "index 2\nAAAA\n")),
        ("one hash more", lambda t: t.replace("index 2\n", "index 2\n" + base64.b64encode(b"\0" * 32).decode() + "\n")),
        ("checkpoint cut off", lambda t: t.split("\n\n")[0]),
        ("empty", lambda t: ""),
    ],
)
def test_a_defective_receipt_is_refused(defect, change):
    with pytest.raises(ledger.LedgerRefused):
        ledger.check_receipt(change(receipt()), bytes([2]), ORIGIN, KEY.public_key())


def test_a_receipt_does_not_prove_another_entry():
    with pytest.raises(ledger.LedgerRefused, match="another entry"):
        ledger.check_receipt(receipt(), b"forged", ORIGIN, KEY.public_key())


def test_checkpoints_are_frozen_values():
    checkpoint = ledger.Checkpoint(origin=ORIGIN, size=0, root=ledger.EMPTY_ROOT)
    assert replace(checkpoint, size=0) == checkpoint
