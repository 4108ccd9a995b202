"""A third party's word for when: RFC 3161 time stamps over signed manifests and ledger checkpoints.

Only where ``signing.tsa`` names an authority does anything leave the machine, and then only digests. What could not be
stamped waits as a job of kind ``timestamp``; the next run asks again. Tokens are ledgered statements beside what they
stamp, and the root that verifies them comes from ``signing.tsa_roots``, never from the token.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cryptography import x509

from assetlib.model.record import Job, JobState, Statement, StatementKind
from assetlib.model.refusals import BadInput, Unavailable
from assetlib.storage.store import StorageRefused
from provenance.digest import Digest, canonical_json, digest_bytes
from provenance.timestamp import Timestamp, TimestampRefused, request_timestamp, verify_timestamp
from provenance.transport import Transport, TransportError

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

KIND = "timestamp"
TAKE, EXPORT, CHECKPOINT = "take", "export", "checkpoint"
_SIDECAR = "frames.c2pa"
_SECONDS = 15.0  # an authority answers within one; nobody should wait a minute for one that is down
_LEASE = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAuthority:
    """Whom to ask, over which way out, and whose word counts."""

    url: str
    host: str
    roots: tuple[x509.Certificate, ...]
    transport: Transport


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A token over `data`, the bytes of what `name` names: a take, an export or a checkpoint (by its size)."""

    what: str
    name: str
    data: bytes
    token: bytes
    host: str

    def statement(self, identity: str) -> Statement:
        body = {
            "schema": 1,
            "of": self.what,
            "name": self.name,
            "authority": self.host,
            "token": base64.b64encode(self.token).decode(),
            **({"note": self.data.decode()} if self.what == CHECKPOINT else {}),
        }
        return Statement(
            kind=StatementKind.TIMESTAMP,
            id=identity,
            subject=digest_bytes(self.data),
            body=canonical_json(body),
            by=self.host,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """What the stamps over some bytes are worth now: the earliest that verifies, or why none does."""

    stamp: Timestamp | None
    authority: str
    why: str = ""


def time_authority(library: Library) -> TimeAuthority | None:
    """The authority of ``signing.tsa``; None without one. Raises BadInput for a half configuration."""
    url = library.settings["signing.tsa"]
    if not url:
        return None
    roots = trusted_roots(library)
    if not roots:
        raise BadInput(
            "signing.tsa names a time-stamp authority, and nothing says whose word to trust: "
            "set signing.tsa_roots to a PEM file with its root certificate"
        )
    try:
        library.transport.check(url)
    except TransportError as error:
        raise BadInput(f"signing.tsa: {error}; allow its host in network.hosts") from error
    return TimeAuthority(
        url=url,
        host=urlsplit(url).hostname or "",
        roots=roots,
        transport=replace(library.transport, timeout=min(library.transport.timeout, _SECONDS)),
    )


def trusted_roots(library: Library) -> tuple[x509.Certificate, ...]:
    """The certificates of ``signing.tsa_roots``; none without the setting. Raises BadInput for an unreadable file."""
    if not library.settings["signing.tsa_roots"]:
        return ()
    path = library.settings.path("signing.tsa_roots")
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise BadInput(f"signing.tsa_roots: expected certificates in PEM at {path}: {error}") from error


def ask_for_stamp(authority: TimeAuthority, what: str, name: str, data: bytes) -> Stamp:
    """Ask once. Raises Unavailable when no stamp that verifies comes back."""
    try:
        token = request_timestamp(data, url=authority.url, transport=authority.transport, roots=authority.roots)
    except (TimestampRefused, TransportError) as error:
        raise Unavailable(f"{authority.host} gave no time stamp for {what} {name}: {error}") from error
    return Stamp(what=what, name=name, data=data, token=token, host=authority.host)


def stamp_take(library: Library, shot: str, code: str) -> tuple[str, ...]:
    """Stamp the signed inventory of a take and the ledger that now holds it; returns warnings, never fails a take."""
    return _stamp_or_queue(library, TAKE, f"{shot}/{code}")


def stamp_ledger(library: Library) -> tuple[str, ...]:
    """Stamp the newest checkpoint: everything recorded so far existed by then. Later ones make up for a failure."""
    authority = time_authority(library)
    if authority is None:
        return ()
    try:
        _record(library, [_checkpoint_stamp(library, authority)])
    except Unavailable as error:
        return (str(error),)
    return ()


def queue_stamp(library: Library, what: str, name: str, why: str) -> str:
    """Put what could not be stamped where the next run finds it; returns the sentence that says so."""
    with library.catalog.operations(library.clock()) as operations:
        job = operations.enqueue(KIND, canonical_json({"of": what, "name": name}))
    return f"{why}; {job.id} asks again on the next run, or at once with 'assetlib work'"


def stamp_waiting(library: Library) -> list[tuple[Job, str]]:
    """Ask again for everything that waits: each job with '' when it is done, or why it still waits."""
    authority = time_authority(library)
    if authority is None:
        return []
    with library.catalog.operations(library.clock()) as operations:
        operations.requeue_expired()
    with library.catalog.reader() as queries:
        waiting = queries.jobs(JobState.QUEUED, KIND)
    done = []
    for job in waiting:
        done.append((job, _ask_again(library, authority, job)))
        if done[-1][1]:
            break  # an authority that does not answer once is not asked a hundred times
    return done


def record_stamps(writer: Any, stamps: Sequence[Stamp], index: int) -> None:
    """Write stamps in the transaction of what they belong to."""
    for number, stamp in enumerate(stamps):
        writer.add_statement(stamp.statement(f"stamp-{index}-{number}"))


def stamped(library: Library, queries: Queries, data: bytes) -> Stamped | None:
    """What the stamps on record over exactly these bytes are worth; None when there are none."""
    return _worth(library, queries.statements(StatementKind.TIMESTAMP, digest_bytes(data)), data)


def stamped_checkpoint(library: Library, queries: Queries) -> tuple[int, Stamped] | None:
    """The newest stamped checkpoint that this log still begins with: its size, and what its stamp is worth."""
    from provenance.ledger import LedgerRefused, read_checkpoint

    ledger = library.catalog.ledger()
    for statement in reversed(queries.statements(StatementKind.TIMESTAMP)):
        body = json.loads(statement.body)
        if body["of"] != CHECKPOINT:
            continue
        note = str(body["note"])
        worth = _worth(library, (statement,), note.encode())
        assert worth is not None
        try:
            seen = read_checkpoint(note, library.origin, library.log_public_key)
            same = ledger.size() >= seen.size and ledger.root(seen.size) == seen.root
        except LedgerRefused as error:
            return 0, replace(worth, stamp=None, why=str(error))
        if not same:
            worth = replace(worth, stamp=None, why="the log no longer begins with what was stamped")
        return seen.size, worth
    return None


def _worth(library: Library, statements: Sequence[Statement], data: bytes) -> Stamped | None:
    if not statements:
        return None
    roots = trusted_roots(library)
    found: list[tuple[Timestamp, str]] = []
    why = ""
    for statement in statements:
        body = json.loads(statement.body)
        try:
            token = base64.b64decode(body["token"], validate=True)
            found.append((verify_timestamp(token, data, roots=roots), str(body["authority"])))
        except (TimestampRefused, ValueError) as error:
            why = str(error)
    if not found:
        return Stamped(stamp=None, authority=str(json.loads(statements[0].body)["authority"]), why=why)
    first, authority = min(found, key=lambda pair: pair[0].at)
    return Stamped(stamp=first, authority=authority)


def _stamp_or_queue(library: Library, what: str, name: str) -> tuple[str, ...]:
    authority = time_authority(library)
    if authority is None:
        return ()
    try:
        stamps = [ask_for_stamp(authority, what, name, _data(library, what, name))]
    except Unavailable as error:
        return (queue_stamp(library, what, name, str(error)),)
    with suppress(Unavailable):
        stamps.append(_checkpoint_stamp(library, authority))
    _record(library, stamps)
    return tuple(why for _, why in stamp_waiting(library) if why)


def _ask_again(library: Library, authority: TimeAuthority, job: Job) -> str:
    """One waiting job; '' when its stamp is on record now."""
    owner = f"stamp-{job.id}"
    with library.catalog.operations(library.clock()) as operations:
        if operations.lease(owner, seconds=_LEASE, job=job.id) is None:
            return ""  # another process has it
        operations.start(job.id, owner)
    order = json.loads(job.request)
    try:
        stamp = ask_for_stamp(authority, order["of"], order["name"], _data(library, order["of"], order["name"]))
    except (Unavailable, StorageRefused) as error:
        with library.catalog.operations(library.clock()) as operations:
            operations.release(job.id, owner)
        return str(error)

    def write(writer: Any, index: int) -> None:
        record_stamps(writer, [stamp], index)
        writer.finish(job.id, owner, canonical_json({"of": stamp.what, "name": stamp.name}))

    library.committer.commit("timestamp", _entry([stamp]), write)
    return ""


def _data(library: Library, what: str, name: str) -> bytes:
    """The bytes that are stamped: the manifest, which binds the signature and everything under it."""
    with library.catalog.reader() as queries:
        if what == EXPORT:
            body = next(export.body for export in queries.exports() if export.id == name)
            return base64.b64decode(json.loads(body)["manifest"])
        shot, _, code = name.partition("/")
        files = queries.take_files(shot, int(code.removeprefix("take_")))
    manifest: Digest = next(file.digest for file in files if file.path == _SIDECAR)
    with library.store.open(manifest) as stream:
        return stream.read()


def _checkpoint_stamp(library: Library, authority: TimeAuthority) -> Stamp:
    note = library.catalog.ledger().checkpoint() or ""
    return ask_for_stamp(authority, CHECKPOINT, note.split("\n")[1], note.encode())


def _record(library: Library, stamps: Sequence[Stamp]) -> None:
    library.committer.commit("timestamp", _entry(stamps), lambda write, index: record_stamps(write, stamps, index))


def _entry(stamps: Sequence[Stamp]) -> dict[str, Any]:
    return {"stamps": list(_stamp_entries(stamps))}


def _stamp_entries(stamps: Sequence[Stamp]) -> Iterator[dict[str, str]]:
    for stamp in stamps:
        yield {
            "of": stamp.what,
            "name": stamp.name,
            "digest": digest_bytes(stamp.data),
            "token": digest_bytes(stamp.token),
        }
