"""Removing what a crash left behind, and nothing else.

A blob is an orphan only if no row refers to it *inside* the write transaction that the sweep holds, and only when
it is older than the grace period; otherwise a sweep would eat an ingest that has stored its bytes and not yet
committed its row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from assetlib.upkeep.fsck import UNREFERENCED_GRACE
from provenance.digest import Digest


class Catalog(Protocol):
    def operations(self, now: datetime) -> AbstractContextManager[Any]: ...


class Store(Protocol):
    def digests(self) -> Iterator[Digest]: ...
    def age(self, digest: Digest, now: float | None = None) -> float | None: ...
    def remove_older(self, digest: Digest, seconds: float, now: float | None = None) -> bool: ...
    def strays(self, now: float | None = None) -> Iterator[Any]: ...
    def remove_stray(self, name: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What was done: files removed, blobs removed, jobs given back to the queue."""

    temporary: tuple[str, ...]
    orphans: tuple[Digest, ...]
    jobs: tuple[str, ...]


def sweep(catalog: Catalog, store: Store, *, now: datetime, grace: float = UNREFERENCED_GRACE) -> Swept:
    """Clean up at start or on request. `grace` in seconds."""
    moment = now.timestamp()
    old = [digest for digest in store.digests() if (store.age(digest, moment) or 0.0) > grace]
    temporary = tuple(s.name for s in store.strays(moment) if s.name.startswith("incoming/") and s.age > grace)
    for name in temporary:
        store.remove_stray(name)
    with catalog.operations(now) as operations:
        jobs = operations.requeue_expired()
        unreferenced = sorted(set(old) - operations.referenced_digests()) if old else []
        # the store asks for the age again: a writer may have put the same bytes since they were listed
        orphans = tuple(digest for digest in unreferenced if store.remove_older(digest, grace, moment))
    return Swept(temporary=temporary, orphans=orphans, jobs=jobs)
