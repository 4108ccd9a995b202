"""The Merkle log that holds every decision, registration, generation and export.

RFC 6962 over SHA-256. The functions are pure over a `NodeStore`; the database behind it is
`assetlib.catalog.ledger_store`. Outward the log speaks the C2SP formats: checkpoints are signed
notes (signed-note, tlog-checkpoint), and a receipt is one text file (tlog-proof) that anyone can
check offline with the log's public key.

Only complete subtrees are stored, so a node is written once and never changed; the ragged right
edge of any past tree is computed from them when asked.

>>> nodes = MemoryNodes()
>>> for index, entry in enumerate((b"a", b"b", b"c")):
...     append(nodes, index, leaf_hash(entry))
>>> proof = inclusion_proof(nodes, 1, 3)
>>> inclusion_holds(index=1, size=3, leaf=leaf_hash(b"b"), proof=proof, root=root(nodes, 3))
True
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HASH_SIZE = 32
MAX_SIZE = 2**63 - 1
MAX_NOTE = 64 * 1024
EMPTY_ROOT = hashlib.sha256(b"").digest()
PROOF_HEADER = "c2sp.org/tlog-proof@v1"

_ED25519 = b"\x01"
_SIGNATURE_MARK = "— "  # U+2014, signed-note "Signatures"


class LedgerRefused(Exception):
    """A checkpoint, receipt or request that this log cannot stand behind."""


class NodeStore(Protocol):
    """The complete subtrees of one log. Level 0 holds leaf hashes; node (l, i) covers leaves [i·2^l, (i+1)·2^l)."""

    def node(self, level: int, index: int) -> bytes:
        """The stored hash; raises LedgerRefused when it is not there."""

    def put(self, level: int, index: int, node: bytes) -> None: ...


class MemoryNodes:
    """A NodeStore in memory, for verifiers that rebuild a log from its entries."""

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, int], bytes] = {}

    def node(self, level: int, index: int) -> bytes:
        try:
            return self._nodes[level, index]
        except KeyError:
            raise LedgerRefused(f"the log has no node {index} at level {level}") from None

    def put(self, level: int, index: int, node: bytes) -> None:
        self._nodes[level, index] = node

    def items(self) -> Iterator[tuple[int, int, bytes]]:
        return ((level, index, node) for (level, index), node in self._nodes.items())


def leaf_hash(entry: bytes) -> bytes:
    """RFC 6962 §2.1: the prefix keeps a leaf from being passed off as an inner node."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(nodes: NodeStore, index: int, leaf: bytes) -> None:
    """Store leaf `index` and every subtree that it completes; `index` is the size before."""
    level, position, node = 0, index, leaf
    nodes.put(level, position, node)
    while position % 2:
        node = node_hash(nodes.node(level, position - 1), node)
        level, position = level + 1, position // 2
        nodes.put(level, position, node)


def root(nodes: NodeStore, size: int) -> bytes:
    """The root of the first `size` leaves, for any past size as well."""
    return _subtree(nodes, 0, size) if size else EMPTY_ROOT


def inclusion_proof(nodes: NodeStore, index: int, size: int) -> tuple[bytes, ...]:
    """RFC 6962 §2.1.1, from the leaf upward; raises LedgerRefused unless 0 ≤ index < size."""
    if not 0 <= index < size:
        raise LedgerRefused(f"expected an entry index from 0 to {size - 1}, found {index}")
    return tuple(_path(nodes, index, 0, size))


def consistency_proof(nodes: NodeStore, old: int, new: int) -> tuple[bytes, ...]:
    """RFC 6962 §2.1.2: that the log of size `new` begins with the log of size `old`."""
    if not 0 <= old <= new:
        raise LedgerRefused(f"expected an old size from 0 to {new}, found {old}")
    return tuple(_subproof(nodes, old, 0, new, whole=True)) if 0 < old < new else ()


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _subtree(nodes: NodeStore, start: int, size: int) -> bytes:
    """Root of leaves [start, start + size); `start` is a multiple of the next power of two."""
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return nodes.node(level, start >> level)
    left = _split(size)
    return node_hash(_subtree(nodes, start, left), _subtree(nodes, start + left, size - left))


def _path(nodes: NodeStore, index: int, start: int, size: int) -> list[bytes]:
    if size == 1:
        return []
    left = _split(size)
    if index < left:
        return [*_path(nodes, index, start, left), _subtree(nodes, start + left, size - left)]
    return [*_path(nodes, index - left, start + left, size - left), _subtree(nodes, start, left)]


def _subproof(nodes: NodeStore, old: int, start: int, size: int, *, whole: bool) -> list[bytes]:
    if old == size:
        return [] if whole else [_subtree(nodes, start, size)]
    left = _split(size)
    if old <= left:
        return [
            *_subproof(nodes, old, start, left, whole=whole),
            _subtree(nodes, start + left, size - left),
        ]
    return [
        *_subproof(nodes, old - left, start + left, size - left, whole=False),
        _subtree(nodes, start, left),
    ]


def inclusion_holds(*, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162 §2.1.3.2. Takes hostile input: whatever is malformed is simply not proven."""
    if not (_is_size(index) and _is_size(size) and index < size and _are_hashes((leaf, root, *proof))):
        return False
    inner = (index ^ (size - 1)).bit_length()
    border = bin(index >> inner).count("1")
    if len(proof) != inner + border:
        return False
    node = leaf
    for level, sibling in enumerate(proof):
        left = level >= inner or (index >> level) & 1
        node = node_hash(sibling, node) if left else node_hash(node, sibling)
    return node == root


def consistency_holds(*, old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """RFC 9162 §2.1.4.2. Everything begins with the empty log, whose root is fixed."""
    if not (_is_size(old) and _is_size(new) and old <= new and _are_hashes((old_root, new_root, *proof))):
        return False
    if old == new or old == 0:
        anchored = old_root == new_root if old == new else True
        return not proof and anchored and (old > 0 or old_root == EMPTY_ROOT)
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    return _both_roots(old, new, path) == (old_root, new_root)


def _both_roots(old: int, new: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    if not path:
        return None
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = path[0]
    for node in path[1:]:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            first, second = node_hash(node, first), node_hash(node, second)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, node)
        fn, sn = fn >> 1, sn >> 1
    return (first, second) if sn == 0 else None


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value <= MAX_SIZE


def _are_hashes(values: Sequence[object]) -> bool:
    return len(values) <= 2 + 2 * 64 and all(isinstance(v, bytes) and len(v) == HASH_SIZE for v in values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says about itself: its name, how many entries, and the root over them."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note text that is signed (tlog-checkpoint)."""
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n"


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> str:
    """The signed note; the key is named by the origin, as tlog-checkpoint asks."""
    _require_key_name(checkpoint.origin)
    text = checkpoint.text()
    signature = key_id(checkpoint.origin, key.public_key()) + key.sign(text.encode())
    return f"{text}\n{_SIGNATURE_MARK}{checkpoint.origin} {_b64(signature)}\n"


def read_checkpoint(note: str, origin: str, public_key: Ed25519PublicKey) -> Checkpoint:
    """The checkpoint in `note`; raises LedgerRefused unless the log `origin` signed exactly this text.

    Signatures by others (witnesses) are allowed beside it and are ignored here.
    """
    text, signatures = _split_note(note)
    checkpoint = _parse_text(text)
    if checkpoint.origin != origin:
        raise LedgerRefused(f"expected a checkpoint of the log {origin!r}, found one of {checkpoint.origin!r}")
    wanted = key_id(origin, public_key)
    for name, blob in signatures:
        if name == origin and blob[:4] == wanted:
            try:
                public_key.verify(blob[4:], text.encode())
            except InvalidSignature:
                raise LedgerRefused(f"the signature of {origin!r} does not match the checkpoint's text") from None
            return checkpoint
    raise LedgerRefused(f"expected a signature by the log key of {origin!r}, found none; compare the public keys")


def key_id(name: str, public_key: Ed25519PublicKey) -> bytes:
    """The first four bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ public key) (signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + _raw(public_key)).digest()[:4]


def verifier_key(name: str, public_key: Ed25519PublicKey) -> str:
    """The public key as other C2SP tools take it: ``name+hex id+base64(0x01 ‖ key)``."""
    _require_key_name(name)
    return f"{name}+{key_id(name, public_key).hex()}+{_b64(_ED25519 + _raw(public_key))}"


def _require_key_name(name: str) -> None:
    if not name or "+" in name or any(c.isspace() or not c.isprintable() for c in name):
        raise LedgerRefused(f"expected a log name without spaces or '+', found {name!r}")


def _split_note(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > MAX_NOTE or any(ord(c) < 0x20 and c != "\n" for c in note):
        raise LedgerRefused(f"expected a signed note of printable text under {MAX_NOTE // 1024} KiB")
    at = note.rfind("\n\n")
    text, block = note[: at + 1], note[at + 2 :]
    if at < 0 or not block.endswith("\n"):
        raise LedgerRefused("expected a signed note: text, a blank line, signature lines")
    return text, [_signature_line(line) for line in block[:-1].split("\n")]


def _signature_line(line: str) -> tuple[str, bytes]:
    name, _, blob = line.removeprefix(_SIGNATURE_MARK).partition(" ")
    signature = _unb64(blob)
    if not line.startswith(_SIGNATURE_MARK) or not name or len(signature) < 5:
        raise LedgerRefused(f"expected a signature line '— name base64', found {line[:80]!r}")
    return name, signature


def _parse_text(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or "" in lines[:-1]:
        raise LedgerRefused("expected a checkpoint: origin, size and root, one a line")
    size = _decimal(lines[1])
    digest = _unb64(lines[2])
    if len(digest) != HASH_SIZE or (size == 0 and digest != EMPTY_ROOT):
        raise LedgerRefused(f"expected the base64 root of a log of size {size}, found {lines[2][:80]!r}")
    return Checkpoint(origin=lines[0], size=size, root=digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A tlog-proof: that one entry is in the log, with everything needed to check it offline."""

    index: int
    proof: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None

    def text(self) -> str:
        """The ``.tlog-proof`` file. `extra` travels unauthenticated; never decide on it."""
        extra = [] if self.extra is None else [f"extra {_b64(self.extra)}"]
        lines = [PROOF_HEADER, *extra, f"index {self.index}", *map(_b64, self.proof), ""]
        return "\n".join(lines) + "\n" + self.checkpoint


def read_receipt(text: str) -> Receipt:
    """Parse a ``.tlog-proof`` file; raises LedgerRefused. Nothing is verified yet."""
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not gap or len(text) > MAX_NOTE or lines.pop(0) != PROOF_HEADER:
        raise LedgerRefused(f"expected a receipt that begins with {PROOF_HEADER!r}")
    extra = _unb64(lines.pop(0)[6:]) if lines and lines[0].startswith("extra ") else None
    if not lines or not lines[0].startswith("index "):
        raise LedgerRefused("expected the line 'index N' in the receipt")
    index = _decimal(lines[0][6:])
    proof = tuple(_unb64(line) for line in lines[1:])
    if not _are_hashes(proof):
        raise LedgerRefused("expected hashes of 32 bytes in base64, one a line, in the receipt")
    return Receipt(index=index, proof=proof, checkpoint=checkpoint, extra=extra)


def check_receipt(text: str, entry: bytes, origin: str, public_key: Ed25519PublicKey) -> tuple[int, Checkpoint]:
    """The index of `entry` and the checkpoint that covers it; raises LedgerRefused unless it is proven to be there."""
    receipt = read_receipt(text)
    checkpoint = read_checkpoint(receipt.checkpoint, origin, public_key)
    proven = inclusion_holds(
        index=receipt.index,
        size=checkpoint.size,
        leaf=leaf_hash(entry),
        proof=receipt.proof,
        root=checkpoint.root,
    )
    if not proven:
        raise LedgerRefused(f"the receipt does not prove this entry at index {receipt.index}; it is another entry's")
    return receipt.index, checkpoint


def _decimal(text: str) -> int:
    canonical = text.isascii() and text.isdigit() and (text == "0" or text[0] != "0") and len(text) < 20
    if not canonical or int(text) > MAX_SIZE:
        raise LedgerRefused(f"expected a decimal number without leading zeros, found {text[:40]!r}")
    return int(text)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unb64(text: str) -> bytes:
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise LedgerRefused(f"expected base64, found {text[:80]!r}") from None
    if _b64(data) != text:  # one value, one spelling: stray bits in the padding are refused
        raise LedgerRefused(f"expected canonical base64, found {text[:80]!r}")
    return data


def _raw(public_key: Ed25519PublicKey) -> bytes:
    return public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)
