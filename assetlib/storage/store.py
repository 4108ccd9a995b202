"""What a store of bytes promises, and how it refuses.

A blob is found by the SHA-256 of its content and never changes. Whoever opens one gets exactly the
bytes that the digest names, or a refusal: no unverified byte leaves a store.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from provenance.digest import Digest


class StorageRefused(Exception):
    """The store cannot give or take these bytes."""


class Missing(StorageRefused):
    """No blob of this digest is here."""


class Corrupt(StorageRefused):
    """A blob is here under this digest, and its bytes are others."""


class Unwritable(StorageRefused):
    """The store could not keep the bytes: disk full, no permission, device error. Nothing was kept."""


class BlobStore(Protocol):
    """Content-addressed bytes. `put` returns only after the bytes are durable."""

    def put(self, stream: BinaryIO) -> tuple[Digest, int]:
        """Keep everything left in `stream`; returns digest and size in bytes. Raises Unwritable."""

    def put_file(self, path: Path) -> tuple[Digest, int]: ...

    def open(self, digest: Digest) -> BinaryIO:
        """A seekable stream of verified bytes; raises Missing or Corrupt."""

    def has(self, digest: Digest) -> bool:
        """Whether a blob lies under this digest; says nothing about its bytes."""

    def digests(self) -> Iterator[Digest]: ...
