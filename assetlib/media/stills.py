"""Still pictures: 16-bit PNG in and out, 8-bit decoding, thumbnails."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from assetlib.media import MediaError
from assetlib.media.color import to_uint16

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RELATIVE_COLORIMETRIC = 1
# Chromaticities of sRGB times 100,000, as PNG 3rd edition 11.3.2.1 lists them; and its gamma, 1/2.2.
_CHRM = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
_GAMA = 45455
_DEPTH_16, _GRAY, _RGB, _RGBA = 16, 0, 2, 6
_MOST_PIXELS = 1 << 28


def png_bytes(pixels: npt.NDArray[np.generic]) -> bytes:
    """(H, W), (H, W, 3) or (H, W, 4) display values as a 16-bit PNG tagged sRGB. Equal pixels give equal bytes.

    Written here and not by an image library because none at hand writes 16-bit RGB, tags and no time stamp at once.
    """
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in (3, 4)) or not pixels.size:
        raise MediaError(f"expected a gray, RGB or RGBA picture, found an array of shape {pixels.shape}")
    samples = to_uint16(pixels)
    kind = _GRAY if samples.ndim == 2 else {3: _RGB, 4: _RGBA}[samples.shape[2]]
    height, width = samples.shape[:2]
    header = struct.pack(">IIBBBBB", width, height, _DEPTH_16, kind, 0, 0, 0)
    chunks = (
        (b"IHDR", header),
        (b"cHRM", struct.pack(">8I", *_CHRM)),
        (b"gAMA", struct.pack(">I", _GAMA)),
        (b"sRGB", bytes([_RELATIVE_COLORIMETRIC])),
        (b"IDAT", zlib.compress(_filtered(samples), 4)),
        (b"IEND", b""),
    )
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in chunks)


def write_png(pixels: npt.NDArray[np.generic], path: Path) -> None:
    """`png_bytes` under `path`; appears only when whole."""
    staged = path.with_name(f".{path.name}.part")
    staged.write_bytes(png_bytes(pixels))
    staged.replace(path)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _filtered(samples: npt.NDArray[np.uint16]) -> bytes:
    """Rows with the Up filter: for smooth pictures nearly as small as a search over all filters, and one numpy call."""
    rows = samples.astype(">u2").reshape(len(samples), -1).view(np.uint8)
    up = rows.copy()
    up[1:] -= rows[:-1]
    return np.concatenate((np.full((len(rows), 1), 2, np.uint8), up), axis=1).tobytes()


def decode_still(source: bytes | Path | BinaryIO) -> npt.NDArray[np.uint8]:
    """(H, W, 3) 8-bit sRGB of a PNG, JPEG, TIFF or WebP, upright as its EXIF says. Foreign files: only in intake."""
    from PIL import Image, ImageOps

    stream = BytesIO(source) if isinstance(source, bytes) else source
    try:
        with Image.open(stream) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise MediaError(f"expected at most {_MOST_PIXELS} pixels, found {picture.width}x{picture.height}")
            if picture.mode.startswith("I;16"):
                return _gray_16(np.asarray(picture))
            return np.asarray(ImageOps.exif_transpose(picture).convert("RGB"), np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        name = source if isinstance(source, Path) else "the bytes"
        raise MediaError(f"expected a readable picture, found {name}: {error}") from error


def _gray_16(gray: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint8]:
    # Pillow turns 16-bit gray into 8 bit by clipping at 255.
    return np.repeat((gray >> 8).astype(np.uint8)[..., None], 3, axis=2)


def decode_png16(source: bytes | Path) -> npt.NDArray[np.uint16]:
    """The 16-bit samples of a PNG that `png_bytes` wrote, exactly. Raises MediaError for any other file."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    try:
        chunks = dict(_chunks(data))
        width, height, depth, kind, *rest = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
        channels = {_GRAY: 1, _RGB: 3, _RGBA: 4}[kind]
        if depth != _DEPTH_16 or any(rest) or width * height > _MOST_PIXELS:
            raise ValueError(f"{depth} bits a sample")
        raw = zlib.decompressobj().decompress(chunks[b"IDAT"], height * (1 + width * channels * 2))
        rows = np.frombuffer(raw, np.uint8).reshape(height, -1)
        if (rows[:, 0] != 2).any():
            raise ValueError("another row filter")
    except (KeyError, ValueError, struct.error, zlib.error) as error:
        raise MediaError(f"expected a 16-bit PNG of this library, found another file: {error}") from error
    samples = np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8)
    shape = (height, width) if channels == 1 else (height, width, channels)
    return samples.view(">u2").reshape(shape).astype(np.uint16)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not data.startswith(_SIGNATURE):
        raise ValueError("no PNG signature")
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        length = struct.unpack_from(">I", data, at)[0]
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if data[at + 8 + length : at + 12 + length] != struct.pack(">I", zlib.crc32(name + body)):
            raise ValueError(f"chunk {name!r} is damaged")
        yield name, body
        at += 12 + length


def thumbnail(pixels: npt.NDArray[np.uint8], *, width: int, height: int) -> npt.NDArray[np.uint8]:
    """(H', W', 3) that fits into width x height with its shape kept; never enlarged."""
    from PIL import Image

    picture = Image.fromarray(pixels)
    picture.thumbnail((width, height), Image.Resampling.LANCZOS)
    return np.asarray(picture, np.uint8)
