"""Files that a person names on the command line: read whole, but never a pipe, a device, or more than expected."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from assetlib.model.refusals import BadInput

LARGEST_PAPER = 256 << 20
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def read_given(path: Path, most: int) -> bytes:
    """The bytes of the plain file at `path`; raises BadInput for anything else, and for more than `most` bytes."""
    try:
        with os.fdopen(open_plain(path), "rb") as stream:
            data = stream.read(most + 1)
    except OSError as error:
        raise BadInput(f"{_shown(path)}: cannot be read: {error.strerror}") from error
    if len(data) > most:
        raise BadInput(f"{_shown(path)}: expected at most {most} bytes, found more")
    return data


def open_plain(path: Path, *, follow: bool = True) -> int:
    """A descriptor of the plain file at `path`. A pipe is not waited for: opening it would never return.

    Raises BadInput for what is no plain file, and for a link unless `follow`; OSError for what does not open.
    """
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | (0 if follow else os.O_NOFOLLOW)
    try:
        descriptor = os.open(path, flags)
    except ValueError as error:
        raise BadInput(f"{_shown(path)} is no path ({error})") from error
    kind = stat.S_IFMT(os.fstat(descriptor).st_mode)
    if kind == stat.S_IFREG:
        return descriptor
    os.close(descriptor)
    raise BadInput(f"{_shown(path)}: expected a plain file, found {_KINDS.get(kind, 'something else')}")


def _shown(path: Path) -> str:
    text = str(path)
    return text if len(text) <= 300 else f"{text[:300]}…"
