"""A store over another one: reads from both, writes only into its own directory. Rehearsals work on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from assetlib.storage.local import LocalStore
from provenance.digest import Digest


class Overlay(LocalStore):
    """Its own blobs first, then those of `below`, which it never writes to."""

    def __init__(self, directory: Path, below: LocalStore) -> None:
        super().__init__(directory)
        self._below = below

    def open(self, digest: Digest) -> BinaryIO:
        return super().open(digest) if super().has(digest) else self._below.open(digest)

    def path(self, digest: Digest) -> Path:
        return super().path(digest) if super().has(digest) else self._below.path(digest)

    def has(self, digest: Digest) -> bool:
        return super().has(digest) or self._below.has(digest)

    def size(self, digest: Digest) -> int | None:
        own = super().size(digest)
        return self._below.size(digest) if own is None else own

    def age(self, digest: Digest, now: float | None = None) -> float | None:
        own = super().age(digest, now)
        return self._below.age(digest, now) if own is None else own

    def digests(self) -> Iterator[Digest]:
        yield from sorted({*super().digests(), *self._below.digests()})
