"""What an MP4 or MOV can carry that no Content Credentials cover: the boxes that C2PA leaves out of its hash.

The hash of a BMFF file leaves out ``ftyp`` and the padding (``free``, ``skip``), so bytes put there afterwards keep a
file "Trusted". Whoever signed a file of ours left its padding empty.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

_PADDING = (b"free", b"skip")
_LONGEST_TYPE = 256  # a brand, a version and a few dozen compatible brands
_MOST = 100_000


def is_bmff(head: bytes) -> bool:
    """Whether a file that begins with these bytes is of the ISO base media family."""
    return head[4:8] == b"ftyp"


def uncovered(stream: BinaryIO) -> tuple[str, ...]:
    """A few words for each place at the top level where bytes lie that no signature covers."""
    return tuple(_uncovered(stream))


def _uncovered(stream: BinaryIO) -> Iterator[str]:
    for kind, start, header, size in _boxes(stream):
        if kind == b"ftyp" and (start or size > _LONGEST_TYPE):
            yield f"{size} bytes in a file type box at {start}"
        if kind in _PADDING and _holds_something(stream, start + header, size - header):
            yield f"{size} bytes of padding at {start} that are not empty"


def _boxes(stream: BinaryIO) -> Iterator[tuple[bytes, int, int, int]]:
    """(type, offset, length of the header, length in all) of the boxes at the top level, as far as they make sense."""
    length, start = stream.seek(0, 2), 0
    for _ in range(_MOST):
        stream.seek(start)
        head = stream.read(16)
        if len(head) < 8:
            return
        size, kind, header = *struct.unpack(">I4s", head[:8]), 8
        if size == 1 and len(head) == 16:
            size, header = struct.unpack(">Q", head[8:])[0], 16
        size = length - start if size == 0 else size
        if size < header:
            return
        yield kind, start, header, min(size, length - start)
        start += size


def _holds_something(stream: BinaryIO, start: int, size: int) -> bool:
    stream.seek(start)
    while size > 0:
        chunk = stream.read(min(size, 1 << 20))
        if not chunk:
            return False
        if chunk.count(0) != len(chunk):
            return True
        size -= len(chunk)
    return False
