"""The few file-system calls a store is made of, so that tests can stop, fill or unplug the disk between any two.

Names are relative to the store's root and at most two folders deep (``sha256/ab/<hex>``). Every folder on
the way is opened by descriptor and without following links, so a link planted in the store leads nowhere.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ_ONLY = 0o440


@dataclass(frozen=True, slots=True, kw_only=True)
class FileState:
    """What tells one state of a file from another without reading it; `modified` is Unix time in nanoseconds."""

    size: int
    inode: int
    modified: int
    changed: int


class FileSystem(Protocol):
    """Each method is one step of the ingest protocol; all raise OSError as the operating system does."""

    def make_folder(self, name: str) -> None:
        """Create folder `name` unless it exists; its parent exists."""

    def sync_folder(self, name: str) -> None:
        """Make the entries of folder `name` durable ('' is the root)."""

    def create(self, name: str) -> int:
        """A handle on a new file; an existing one is an error."""

    def write(self, handle: int, data: bytes) -> int:
        """Bytes written, perhaps fewer than given."""

    def sync(self, handle: int) -> None: ...

    def close(self, handle: int) -> None: ...

    def rename(self, old: str, new: str) -> None: ...

    def remove(self, name: str) -> None: ...

    def open(self, name: str) -> BinaryIO: ...

    def state(self, name: str) -> FileState | None:
        """None when there is no such regular file."""

    def touch(self, name: str) -> None:
        """Set the file's time to now."""

    def lock(self, *, exclusive: bool) -> AbstractContextManager[None]:
        """Keep a sweep and the writers of other processes apart; many may hold it when not exclusive."""

    def names(self, folder: str) -> Iterator[str]:
        """Names directly inside `folder`, sorted; nothing when it does not exist."""


class RealFiles:
    """The operating system's files under one root folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def _folder(self, name: str) -> Iterator[int]:
        descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for part in filter(None, name.split("/")):
                inner = os.open(part, _FOLDER, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def _place(self, name: str) -> Iterator[tuple[int, str]]:
        folder, _, last = name.rpartition("/")
        with self._folder(folder) as descriptor:
            yield descriptor, last

    def make_folder(self, name: str) -> None:
        with self._place(name) as (descriptor, last):
            try:
                os.mkdir(last, 0o700, dir_fd=descriptor)
            except FileExistsError:
                return

    def sync_folder(self, name: str) -> None:
        with self._folder(name) as descriptor:
            os.fsync(descriptor)

    def create(self, name: str) -> int:
        with self._place(name) as (descriptor, last):
            return os.open(last, _NEW, _READ_ONLY, dir_fd=descriptor)

    def write(self, handle: int, data: bytes) -> int:
        return os.write(handle, data)

    def sync(self, handle: int) -> None:
        os.fsync(handle)

    def close(self, handle: int) -> None:
        os.close(handle)

    def rename(self, old: str, new: str) -> None:
        with self._place(old) as (source, old_name), self._place(new) as (target, new_name):
            os.rename(old_name, new_name, src_dir_fd=source, dst_dir_fd=target)

    def remove(self, name: str) -> None:
        with self._place(name) as (descriptor, last):
            os.unlink(last, dir_fd=descriptor)

    def open(self, name: str) -> BinaryIO:
        with self._place(name) as (descriptor, last):
            return cast("BinaryIO", os.fdopen(os.open(last, _READ, dir_fd=descriptor), "rb"))

    def state(self, name: str) -> FileState | None:
        try:
            with self._place(name) as (descriptor, last):
                found = os.stat(last, dir_fd=descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode):
            return None
        return FileState(size=found.st_size, inode=found.st_ino, modified=found.st_mtime_ns, changed=found.st_ctime_ns)

    def touch(self, name: str) -> None:
        with self._place(name) as (descriptor, last):
            os.utime(last, dir_fd=descriptor, follow_symlinks=False)

    @contextmanager
    def lock(self, *, exclusive: bool) -> Iterator[None]:
        with self._folder("") as descriptor:  # closing the descriptor gives the lock back
            fcntl.flock(descriptor, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
            yield

    def names(self, folder: str) -> Iterator[str]:
        try:
            with self._folder(folder) as descriptor:
                return iter(sorted(os.listdir(descriptor)))  # noqa: PTH208 - by descriptor, not by path
        except (FileNotFoundError, NotADirectoryError):
            return iter(())
