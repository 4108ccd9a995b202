"""How often each file of a folder is opened, by whatever process: the kernel counts."""

from __future__ import annotations

import ctypes
import os
import struct
from collections import Counter
from pathlib import Path

_OPEN, _IS_FOLDER, _OVERFLOW = 0x20, 0x40000000, 0x4000
_EVENT = struct.Struct("iIII")


class OpenedFiles:
    """Counts from construction to `counts`, for files directly in `folder` (Linux inotify)."""

    def __init__(self, folder: Path) -> None:
        library = ctypes.CDLL(None, use_errno=True)
        self._descriptor = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0 or library.inotify_add_watch(self._descriptor, os.fsencode(folder), _OPEN) < 0:
            raise OSError(ctypes.get_errno(), "cannot watch", str(folder))

    def counts(self) -> Counter[str]:
        """What was counted, and the end of it. Raises OverflowError when the kernel lost count."""
        found: Counter[str] = Counter()
        try:
            while data := self._read():
                while data:
                    _, mask, _, length = _EVENT.unpack_from(data)
                    name, data = data[_EVENT.size : _EVENT.size + length], data[_EVENT.size + length :]
                    if mask & _OVERFLOW:
                        raise OverflowError("more files were opened than the kernel counts")
                    if not mask & _IS_FOLDER:
                        found[os.fsdecode(name.rstrip(b"\0"))] += 1
        finally:
            os.close(self._descriptor)
        return found

    def _read(self) -> bytes:
        try:
            return os.read(self._descriptor, 1 << 20)
        except BlockingIOError:
            return b""
