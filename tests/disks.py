"""Disks that fail on purpose: stop at a step, run full, write short, or lose power."""

from __future__ import annotations

import contextlib
import errno
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from assetlib.storage import FileState, RealFiles


class SteppedFiles(RealFiles):
    """Real files that call `step(name)` before each operation; `step` may raise or end the process."""

    def __init__(self, root: Path, step: Callable[[str], None]) -> None:
        super().__init__(root)
        self.step = step

    def make_folder(self, name: str) -> None:
        self.step("make_folder")
        super().make_folder(name)

    def sync_folder(self, name: str) -> None:
        self.step("sync_folder")
        super().sync_folder(name)

    def create(self, name: str) -> int:
        self.step("create")
        return super().create(name)

    def write(self, handle: int, data: bytes) -> int:
        self.step("write")
        return super().write(handle, data)

    def sync(self, handle: int) -> None:
        self.step("sync")
        super().sync(handle)

    def rename(self, old: str, new: str) -> None:
        self.step("rename")
        super().rename(old, new)

    def remove(self, name: str) -> None:
        self.step("remove")
        super().remove(name)


class ShortWrites(RealFiles):
    """A disk that takes at most seven bytes a call."""

    def write(self, handle: int, data: bytes) -> int:
        return super().write(handle, data[:7])


class Unplugged(Exception):
    """The power went out."""


class PowerFiles:
    """A disk in memory that forgets everything not synced: file content, and names in folders.

    `durable` is what a reboot finds. `budget` steps are allowed before the power goes out.
    """

    def __init__(self, durable: dict[str, bytes] | None = None, budget: int = 10**9) -> None:
        self.durable: dict[str, bytes] = dict(durable or {})
        self.folders = {""} | {part for name in self.durable for part in _parents(name)}
        self.durable_folders = set(self.folders)
        self.live: dict[str, bytearray] = {name: bytearray(data) for name, data in self.durable.items()}
        self.synced: dict[int, bytes] = {id(data): bytes(data) for data in self.live.values()}
        self.handles: dict[int, bytearray] = {}
        self.budget = budget

    def _step(self) -> None:
        if self.budget <= 0:
            raise Unplugged
        self.budget -= 1

    def make_folder(self, name: str) -> None:
        self._step()
        self.folders.add(name)

    def sync_folder(self, name: str) -> None:
        self._step()
        self.durable_folders |= {folder for folder in self.folders if _parent(folder) == name}
        for path in [p for p in self.durable if _parent(p) == name]:
            del self.durable[path]
        for path, data in self.live.items():
            if _parent(path) == name:
                self.durable[path] = self.synced.get(id(data), b"")

    def create(self, name: str) -> int:
        self._step()
        if name in self.live:
            raise FileExistsError(errno.EEXIST, "exists", name)
        handle = len(self.handles) + 100
        self.handles[handle] = self.live[name] = bytearray()
        return handle

    def write(self, handle: int, data: bytes) -> int:
        self._step()
        self.handles[handle] += data
        return len(data)

    def sync(self, handle: int) -> None:
        self._step()
        data = self.handles[handle]
        self.synced[id(data)] = bytes(data)

    def close(self, handle: int) -> None: ...

    def rename(self, old: str, new: str) -> None:
        self._step()
        self.live[new] = self.live.pop(old)

    def remove(self, name: str) -> None:
        self._step()
        del self.live[name]

    def touch(self, name: str) -> None:
        self._step()

    def lock(self, *, exclusive: bool) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def open(self, name: str) -> BinaryIO:
        if name not in self.live:
            raise FileNotFoundError(name)
        return io.BytesIO(bytes(self.live[name]))

    def state(self, name: str) -> FileState | None:
        data = self.live.get(name)
        return None if data is None else FileState(size=len(data), inode=id(data), modified=0, changed=0)

    def names(self, folder: str) -> Iterator[str]:
        inside = {p for p in (*self.live, *self.folders) if p and _parent(p) == folder}
        return iter(sorted(p.rpartition("/")[2] for p in inside))

    def after_reboot(self) -> PowerFiles:
        reachable = {n: d for n, d in self.durable.items() if all(f in self.durable_folders for f in _parents(n))}
        return PowerFiles(reachable)


def _parent(name: str) -> str:
    return name.rpartition("/")[0]


def _parents(name: str) -> list[str]:
    parts = name.split("/")[:-1]
    return ["/".join(parts[: i + 1]) for i in range(len(parts))]
