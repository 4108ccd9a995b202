"""Is this library whole? Blobs against rows, rows against the log, the log against its checkpoint, and what lies about.

`upkeep` knows neither the catalog nor the store: it is handed both, and asks them what every kind of them must be
able to answer. The report is an answer, never an exception.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from provenance.digest import Digest, parse_digest

UNREFERENCED_GRACE = 24 * 3600.0
"""Seconds a blob or temporary file may lie without a row: an ingest in flight is no damage."""


class _Reference(Protocol):
    @property
    def digest(self) -> Digest: ...
    @property
    def where(self) -> str: ...
    @property
    def size(self) -> int | None: ...
    @property
    def required(self) -> bool: ...


class _Stray(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def age(self) -> float: ...


class Catalog(Protocol):
    """What fsck asks of a catalog."""

    def blob_references(self) -> Iterable[_Reference]: ...
    def structural_damage(self) -> Iterable[Any]: ...
    def ledger(self) -> Any: ...
    def reader(self) -> AbstractContextManager[Any]: ...


class Store(Protocol):
    """What fsck asks of a store."""

    def open(self, digest: Digest) -> BinaryIO: ...
    def has(self, digest: Digest) -> bool: ...
    def size(self, digest: Digest) -> int | None: ...
    def digests(self) -> Iterator[Digest]: ...
    def strays(self, now: float | None = None) -> Iterator[_Stray]: ...
    def age(self, digest: Digest, now: float | None = None) -> float | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """One broken thing: what kind, exactly where, in a sentence, and what mends it."""

    kind: str
    where: str
    repair: str
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FsckReport:
    """`checked` counts, by name, what was looked at."""

    checked: tuple[tuple[str, int], ...]
    damage: tuple[Damage, ...]

    @property
    def is_whole(self) -> bool:
        return not self.damage


_RESTORE = "restore it from a backup; registering the same file again also brings it back"
_LOG_REPAIR = "do not write; restore the database from a backup and compare its checkpoint with the last one witnessed"


def fsck(
    catalog: Catalog,
    store: Store,
    *,
    read_data: bool,
    origin: str,
    log_key: Ed25519PublicKey,
    now: datetime,
) -> FsckReport:
    """Check everything; with `read_data` also every byte of every blob."""
    references = tuple(catalog.blob_references())
    stored = tuple(store.digests())
    log = catalog.ledger().verify_all(origin, log_key)
    damage = [
        *_broken_blobs(references, store),
        *(_unreadable_blobs(stored, store) if read_data else ()),
        *_unreferenced(references, stored, store, now.timestamp()),
        *_strays(store, now.timestamp()),
        *_structure(catalog),
        *(Damage(kind=f.code, where=f.where, sentence=f.sentence, repair=_LOG_REPAIR) for f in log.findings),
        *_open_ends(catalog, now),
    ]
    checked = (("entries", log.size), ("references", len(references)), ("blobs", len(stored)))
    return FsckReport(checked=checked, damage=tuple(damage))


def _broken_blobs(references: Iterable[_Reference], store: Store) -> Iterator[Damage]:
    for reference in references:
        try:
            parse_digest(reference.digest)
        except ValueError as error:
            yield Damage(kind="digest-malformed", where=reference.where, sentence=str(error), repair=_LOG_REPAIR)
            continue
        size = store.size(reference.digest)
        where = f"{reference.digest} ({reference.where})"
        if size is None and reference.required:
            yield Damage(kind="blob-missing", where=where, sentence="no bytes are stored under it", repair=_RESTORE)
        elif size is not None and reference.size is not None and size != reference.size:
            sentence = f"{size} bytes are stored, {reference.size} were recorded"
            yield Damage(kind="blob-size", where=where, sentence=sentence, repair=_RESTORE)


def _unreadable_blobs(stored: Iterable[Digest], store: Store) -> Iterator[Damage]:
    for digest in stored:
        try:
            store.open(digest).close()
        except Exception as error:  # noqa: BLE001 - whatever a store says about one blob, the others are still checked
            yield Damage(kind="blob-corrupt", where=digest, sentence=str(error), repair=_RESTORE)


def _unreferenced(
    references: Iterable[_Reference], stored: Iterable[Digest], store: Store, now: float
) -> Iterator[Damage]:
    known = {reference.digest for reference in references}
    for digest in stored:
        if digest not in known and (store.age(digest, now) or 0.0) > UNREFERENCED_GRACE:
            sentence = "no row refers to these bytes; an interrupted ingest leaves such"
            yield Damage(kind="blob-orphan", where=digest, sentence=sentence, repair="assetlib fsck --repair-orphans")


def _strays(store: Store, now: float) -> Iterator[Damage]:
    for stray in store.strays(now):
        if not stray.name.startswith("incoming/"):
            repair = "move it away; nothing in the library wrote it"
            yield Damage(kind="foreign-file", where=stray.name, sentence="its name is no digest", repair=repair)
        elif stray.age > UNREFERENCED_GRACE:
            sentence = "an interrupted ingest left this temporary file"
            yield Damage(kind="temp-file", where=stray.name, sentence=sentence, repair="assetlib fsck --repair-orphans")


def _structure(catalog: Catalog) -> Iterator[Damage]:
    for found in catalog.structural_damage():
        yield Damage(kind=found.kind, where=found.where, sentence=found.sentence, repair=_LOG_REPAIR)


def _open_ends(catalog: Catalog, now: datetime) -> Iterator[Damage]:
    with catalog.reader() as queries:
        jobs = [job for job in queries.jobs() if job.state.is_open]
    for job in jobs:
        if job.leased_until is not None and job.leased_until <= now:
            sentence = f"{job.owner} took it and stopped answering"
            yield Damage(kind="job-abandoned", where=job.id, sentence=sentence, repair=f"assetlib job resume {job.id}")
