"""XMP put into pictures and clips, before they are signed: written after signing it would break the signature.

PNG takes an ``iTXt`` chunk with the keyword of the XMP specification, part 3; MP4 and MOV take a top-level ``uuid``
box (same part). Both are a few bytes of container syntax, so no native library is needed. Other formats get a sidecar.
"""

from __future__ import annotations

import shutil
import struct
import zlib
from pathlib import Path

EMBEDS = frozenset({".png", ".mp4", ".mov"})

_PNG = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"XML:com.adobe.xmp"
_XMP_BOX = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC")
_HEADER_END = len(_PNG) + 25  # IHDR is always first and 25 bytes long


class NotEmbedded(ValueError):
    """The file is not of the format that its name says; nothing was written."""


def embed_xmp(source: Path, target: Path, packet: bytes) -> None:
    """Write `source` with `packet` in it to `target`, pixels untouched. Raises NotEmbedded for other formats."""
    match source.suffix.lower():
        case ".png":
            _into_png(source, target, packet)
        case ".mp4" | ".mov":
            _into_mp4(source, target, packet)
        case other:
            raise NotEmbedded(f"expected one of {', '.join(sorted(EMBEDS))}, found {other!r}; write a sidecar")


def _into_png(source: Path, target: Path, packet: bytes) -> None:
    """Right behind the header, so that readers which stop at the first image data see it."""
    data = source.read_bytes()
    if not data.startswith(_PNG) or data[12:16] != b"IHDR":
        raise NotEmbedded(f"expected a PNG, found something else in {source.name}")
    body = _KEYWORD + b"\0" + b"\0\0" + b"\0\0" + packet  # not compressed, no language, no translated keyword
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    target.write_bytes(data[:_HEADER_END] + chunk + data[_HEADER_END:])


def _into_mp4(source: Path, target: Path, packet: bytes) -> None:
    """At the end, so that no offset into the media changes."""
    with source.open("rb") as stream:
        if stream.read(8)[4:] != b"ftyp":
            raise NotEmbedded(f"expected an MP4, found something else in {source.name}")
    shutil.copyfile(source, target)
    with target.open("ab") as stream:
        stream.write(struct.pack(">I", 24 + len(packet)) + b"uuid" + _XMP_BOX + packet)
