"""Kill an ingest at every step, in a process of its own, and look at what is left.

    python -m tests.crash_runner FOLDER PROTOCOL STRIDE

A step is each file operation of the store and each SQL statement, COMMIT and acknowledgment. For N = 1, 1 + STRIDE, … a
forked child runs the ingest with ASSETLIB_CRASH_AT=N and ends itself with SIGKILL before step N; the parent
then opens the library and prints one JSON line ``{"at": N, "faults": […]}``, until a child lives to the end.
The wrong protocols are here to show that the harness would notice.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import event

from assetlib.catalog import Catalog, Committer, tables
from assetlib.model.asset import AssetFile, AssetKind, AssetVersion
from assetlib.storage import LocalStore, StorageRefused
from assetlib.upkeep import fsck, sweep
from provenance.digest import digest_bytes
from tests.disks import SteppedFiles

KEY = Ed25519PrivateKey.from_private_bytes(b"c" * 32)
ORIGIN = "example.com/assetlib/crash"
INGESTS = 2


class Steps:
    """Counts steps, and ends the process before the one that ASSETLIB_CRASH_AT names."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0

    def __call__(self, name: str) -> None:
        self.taken += 1
        if self.taken == self.limit:
            os.kill(os.getpid(), signal.SIGKILL)


class AtTheFinalName(LocalStore):
    """Wrong: bytes grow under the name by which readers find them."""

    def _put(self, stream):
        data = stream.read()
        digest = digest_bytes(data)
        folder = f"sha256/{digest[7:9]}"
        for name in ("sha256", folder):
            self._folder(name)
        handle = self._files.create(f"{folder}/{digest[7:]}")
        for part in (data[: len(data) // 2], data[len(data) // 2 :]):
            self._files.write(handle, part)
        self._files.sync(handle)
        self._files.sync_folder(folder)
        return digest, len(data)


def version_of(number: int, data: bytes) -> AssetVersion:
    file = AssetFile(path="plate.exr", digest=digest_bytes(data), size=len(data), media_type="image/x-exr")
    return AssetVersion(
        entity=f"assetlib:///plates/p{number}",
        version="v001",
        digest=digest_bytes(b"inventory" + data),
        kind=AssetKind.PLATE,
        name=f"p{number}",
        facets=(),
        files=(file,),
        source_type="",
        created_by="li",
        created_at=datetime(2026, 11, 21, tzinfo=UTC),
    )


def record(committer: Committer, version: AssetVersion) -> None:
    committer.commit("asset.registered", {"digest": version.digest}, lambda w, i: w.add_version(version))


def store_then_record(store: LocalStore, committer: Committer, folder: Path, number: int, data: bytes) -> None:
    store.put(io.BytesIO(data))
    record(committer, version_of(number, data))


def record_then_store(store: LocalStore, committer: Committer, folder: Path, number: int, data: bytes) -> None:
    """Wrong: the row is there before the bytes."""
    record(committer, version_of(number, data))
    store.put(io.BytesIO(data))


def row_then_entry(store: LocalStore, committer: Committer, folder: Path, number: int, data: bytes) -> None:
    """Wrong: the row and its ledger entry are two commits."""
    store.put(io.BytesIO(data))
    connection = sqlite3.connect(folder / "library.db")  # foreign keys off: else the database refuses
    row = (f"assetlib:///plates/p{number}", "plate", number, 0, 0)
    connection.execute("INSERT INTO asset VALUES (?, ?, ?, ?, ?)", row)
    connection.commit()
    connection.close()
    committer.commit("asset.registered", {}, lambda w, i: w.touched.setdefault("asset", tables.asset))


PROTOCOLS: dict[str, tuple[Callable[..., None], type[LocalStore]]] = {
    "right": (store_then_record, LocalStore),
    "database-first": (record_then_store, LocalStore),
    "two-commits": (row_then_entry, LocalStore),
    "final-name": (store_then_record, AtTheFinalName),
}


def ingest(folder: Path, protocol: str, acknowledge: Callable[[int], None]) -> None:
    steps = Steps(int(os.environ["ASSETLIB_CRASH_AT"]))
    catalog = Catalog.open(str(folder / "library.db"))
    engine = catalog._engine
    event.listen(engine, "before_cursor_execute", lambda *_: steps("statement"))
    event.listen(engine, "commit", lambda _: steps("commit"))
    act, store_type = PROTOCOLS[protocol]
    store = store_type(folder / "blobs", files=SteppedFiles(folder / "blobs", steps))
    committer = Committer(catalog, KEY, ORIGIN)
    for number in range(INGESTS):
        act(store, committer, folder, number, b"pixels %d " % number * 1000)
        steps("acknowledge")
        acknowledge(number)


def faults(folder: Path, acknowledged: list[int]) -> list[str]:
    """What is broken now: the names that the crash matrix uses."""
    catalog, store = Catalog.open(str(folder / "library.db")), LocalStore(folder / "blobs")
    now = datetime.now(UTC)
    report = fsck(catalog, store, read_data=True, origin=ORIGIN, log_key=KEY.public_key(), now=now)
    found = {damage.kind for damage in report.damage}
    if catalog.ledger().size() < len(acknowledged):  # rows of an entry that is there are checked by fsck
        found.add("acknowledged-lost")
    with contextlib.suppress(StorageRefused):
        sweep(catalog, store, now=now, grace=-1)
        after = fsck(catalog, store, read_data=False, origin=ORIGIN, log_key=KEY.public_key(), now=now)
        found |= {f"after-sweep-{damage.kind}" for damage in after.damage} if not found else set()
    catalog.close()
    return sorted(found)


def run_until(folder: Path, protocol: str, at: int) -> tuple[bool, list[int]]:
    """Whether the child lived to the end, and what it had acknowledged."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.environ["ASSETLIB_CRASH_AT"] = str(at)
        code = 1
        try:
            ingest(folder, protocol, lambda number: os.write(writer, bytes([number])) and None)
            code = 0
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        acknowledged = list(pipe.read())
    status = os.waitpid(child, 0)[1]
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise SystemExit(f"the ingest failed by itself at step {at}")
    return os.WIFEXITED(status), acknowledged


def main(folder: Path, protocol: str, stride: int) -> None:
    Catalog.create(str(folder / "fresh.db")).close()
    for at in itertools.count(1, stride):
        place = folder / str(at)
        place.mkdir()
        shutil.copy(folder / "fresh.db", place / "library.db")
        lived, acknowledged = run_until(place, protocol, at)
        print(json.dumps({"at": at, "faults": faults(place, acknowledged), "acknowledged": len(acknowledged)}))  # noqa: T201
        shutil.rmtree(place)
        if lived:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
