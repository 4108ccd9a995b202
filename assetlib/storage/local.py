"""Blobs in a local directory, written so that a crash at any step loses nothing that was acknowledged.

The order is the promise: new temporary file, copy and hash in one pass, sync the file, rename to
``sha256/ab/<hex>``, sync the folder; only then `put` returns, and only then may a row name the blob.
What a crash leaves behind is at worst a temporary file or a blob that nothing refers to; `assetlib.upkeep`
sweeps both.

>>> import io, tempfile
>>> store = LocalStore(Path(tempfile.mkdtemp()))
>>> digest, size = store.put(io.BytesIO(b"ten frames"))
>>> with store.open(digest) as stream:
...     stream.read()
b'ten frames'
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from assetlib.storage.files import FileState, FileSystem, RealFiles
from assetlib.storage.store import Corrupt, Missing, StorageRefused, Unwritable
from provenance.digest import Digest, chunks, digest_stream, hex_of, parse_digest

_BLOBS = "sha256"
_INCOMING = "incoming"
_HEX = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A file in the store that is no blob: its name under the root, and its age in seconds."""

    name: str
    age: float


class LocalStore:
    """A directory of blobs. Safe to share between threads and processes."""

    def __init__(self, directory: Path, *, files: FileSystem | None = None) -> None:
        self._directory = directory
        self._files: FileSystem = files if files is not None else RealFiles(directory)
        self._durable: set[str] = set()
        self._verified: dict[Digest, FileState] = {}

    def put(self, stream: BinaryIO) -> tuple[Digest, int]:
        try:
            return self._put(stream)
        except OSError as error:
            raise Unwritable(f"the store at {self._directory} could not keep the bytes: {error}") from error

    def put_file(self, path: Path) -> tuple[Digest, int]:
        """Copy and hash the file at `path` in one pass; what is hashed is what is kept."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as stream:
            return self.put(stream)

    def open(self, digest: Digest) -> BinaryIO:
        """The verified bytes, rewound; the same descriptor that was hashed, so nothing can be swapped in between."""
        stream = self._open(digest)
        try:
            found, _ = digest_stream(stream)
            stream.seek(0)
        except OSError as error:
            stream.close()
            raise Corrupt(f"{digest} cannot be read from {self._directory}: {error}") from error
        if found != digest:
            stream.close()
            raise Corrupt(f"expected the bytes of {digest}, found those of {found}; restore the file from a backup")
        return stream

    def path(self, digest: Digest) -> Path:
        """A read-only path for libraries that cannot take a stream; verified once per state of the file."""
        name = _name(digest)
        state = self._files.state(name)
        if state is None:
            raise self._missing(digest)
        if self._verified.get(digest) != state:
            self.open(digest).close()
            self._verified[digest] = state
        return self._directory / name

    def copy_to(self, digest: Digest, target: Path) -> None:
        """A verified copy at `target`, which must not exist; for libraries that go by a file's suffix."""
        with self.open(digest) as stream, target.open("xb") as out:
            for chunk in chunks(stream):
                out.write(chunk)

    def has(self, digest: Digest) -> bool:
        return self._files.state(_name(digest)) is not None

    def size(self, digest: Digest) -> int | None:
        """Size in bytes of what lies under `digest`, None when nothing does."""
        state = self._files.state(_name(digest))
        return None if state is None else state.size

    def digests(self) -> Iterator[Digest]:
        """Every blob's digest, in order, by name alone."""
        for fan, name in self._entries():
            if _HEX.fullmatch(name) and name.startswith(fan):
                yield parse_digest(f"sha256:{name}")

    def strays(self, now: float | None = None) -> Iterator[Stray]:
        """Temporary files, and files whose name is no digest."""
        moment = time.time() if now is None else now
        foreign = [f"{_BLOBS}/{f}/{n}" for f, n in self._entries() if not (_HEX.fullmatch(n) and n.startswith(f))]
        for name in [*(f"{_INCOMING}/{n}" for n in self._files.names(_INCOMING)), *foreign]:
            state = self._files.state(name)
            if state is not None:
                yield Stray(name=name, age=moment - state.modified / 1e9)

    def age(self, digest: Digest, now: float | None = None) -> float | None:
        """Seconds since the blob was written or last deduplicated to, None when it is not here."""
        state = self._files.state(_name(digest))
        return None if state is None else (time.time() if now is None else now) - state.modified / 1e9

    def remove_stray(self, name: str) -> None:
        """Delete a temporary file; refuses anything else."""
        if not name.startswith(f"{_INCOMING}/"):
            raise StorageRefused(f"expected a temporary file in '{_INCOMING}/', found {name!r}; nothing was removed")
        with contextlib.suppress(FileNotFoundError):
            self._files.remove(name)

    def remove_older(self, digest: Digest, seconds: float, now: float | None = None) -> bool:
        """Delete a blob unless it was written or put again within `seconds`; whether it was deleted.

        Only the sweep of `assetlib.upkeep` calls this, after it found no reference.
        """
        with self._files.lock(exclusive=True):
            age = self.age(digest, now)
            if age is None or age <= seconds:
                return False
            self._files.remove(_name(digest))
        self._verified.pop(digest, None)
        return True

    def _put(self, stream: BinaryIO) -> tuple[Digest, int]:
        self._folder(_INCOMING)
        temporary = f"{_INCOMING}/{os.getpid()}-{secrets.token_hex(12)}.part"
        handle = self._files.create(temporary)
        try:
            try:
                digest, size = self._copy(stream, handle)
                self._files.sync(handle)
            finally:
                self._files.close(handle)
            self._place(temporary, digest, size)
        except BaseException:
            with contextlib.suppress(OSError):
                self._files.remove(temporary)
            raise
        return digest, size

    def _copy(self, stream: BinaryIO, handle: int) -> tuple[Digest, int]:
        hasher, size = hashlib.sha256(), 0
        for chunk in chunks(stream):
            hasher.update(chunk)
            size += len(chunk)
            rest = memoryview(chunk)
            while rest:
                written = self._files.write(handle, bytes(rest) if len(rest) < len(chunk) else chunk)
                rest = rest[written:]
        return parse_digest(f"sha256:{hasher.hexdigest()}"), size

    def _place(self, temporary: str, digest: Digest, size: int) -> None:
        name = _name(digest)
        folder = name.rpartition("/")[0]
        self._folder(_BLOBS)
        self._folder(folder)
        with self._files.lock(exclusive=False):
            if self._is_whole(digest, size):
                self._files.touch(name)  # young again: a sweep leaves it alone until the caller's row is there
                self._files.remove(temporary)
            else:
                self._files.rename(temporary, name)
        # also when the blob was there: whoever renamed it may have died before syncing the folder
        self._files.sync_folder(folder)

    def _folder(self, name: str) -> None:
        """Make `name` durable once per process: a folder that exists may still be unknown to the disk."""
        if name in self._durable:
            return
        self._files.make_folder(name)
        self._files.sync_folder(name.rpartition("/")[0])
        self._durable.add(name)

    def _is_whole(self, digest: Digest, size: int) -> bool:
        state = self._files.state(_name(digest))
        if state is None or state.size != size:
            return False
        with self._files.open(_name(digest)) as stream:
            return digest_stream(stream)[0] == digest

    def _open(self, digest: Digest) -> BinaryIO:
        try:
            return self._files.open(_name(digest))
        except FileNotFoundError:
            raise self._missing(digest) from None
        except OSError as error:
            raise Corrupt(f"{digest} cannot be opened in {self._directory}: {error}") from error

    def _missing(self, digest: Digest) -> Missing:
        return Missing(f"no bytes of {digest} in {self._directory}; run 'assetlib fsck' or restore them from a backup")

    def _entries(self) -> Iterator[tuple[str, str]]:
        for fan in self._files.names(_BLOBS):
            for name in self._files.names(f"{_BLOBS}/{fan}"):
                yield fan, name


def _name(digest: Digest) -> str:
    """``sha256/ab/<hex>``; raises ValueError for anything but a digest, so no name can climb out."""
    text = hex_of(parse_digest(digest))
    return f"{_BLOBS}/{text[:2]}/{text}"
