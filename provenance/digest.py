"""Digests of bytes and files, and the canonical JSON that is hashed and signed.

A digest is always written ``sha256:<64 hex digits>``. Canonical JSON is RFC 8785:
the same value gives the same bytes on every machine.

>>> digest_bytes(b"")
'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
>>> canonical_json({"b": 1, "a": [True, None]})
b'{"a":[true,null],"b":1}'
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NewType

import rfc8785

Digest = NewType("Digest", str)

_PATTERN = re.compile(r"sha256:[0-9a-f]{64}")
_CHUNK = 1 << 20


class DigestMismatch(Exception):
    """Bytes are not the bytes that were promised."""


def parse_digest(text: str) -> Digest:
    """Return `text` as a Digest; raises ValueError unless it is ``sha256:`` and 64 hex digits."""
    if not _PATTERN.fullmatch(text):
        raise ValueError(f"expected 'sha256:' and 64 hexadecimal digits, found {text!r}")
    return Digest(text)


def hex_of(digest: Digest) -> str:
    """The 64 hexadecimal digits of `digest`, as C2PA assertions and inventories carry them."""
    return digest.removeprefix("sha256:")


def digest_bytes(data: bytes) -> Digest:
    return Digest("sha256:" + hashlib.sha256(data).hexdigest())


def digest_stream(stream: BinaryIO) -> tuple[Digest, int]:
    """Digest and size in bytes of everything left in `stream`, read in chunks of 1 MiB."""
    hasher, size = hashlib.sha256(), 0
    for chunk in chunks(stream):
        hasher.update(chunk)
        size += len(chunk)
    return Digest("sha256:" + hasher.hexdigest()), size


def digest_file(path: Path) -> Digest:
    with path.open("rb") as stream:
        return digest_stream(stream)[0]


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


def canonical_json(value: Any) -> bytes:
    """RFC 8785 bytes of a JSON value; raises ValueError for what JSON cannot say (NaN, integers beyond 2**53)."""
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"not representable as canonical JSON: {error}") from error
