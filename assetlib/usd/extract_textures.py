"""Texture files as 8-bit arrays: found only inside the allowed folders, opened with Pillow, each decoded once."""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assetlib.model.scene import Bytes, Texture

_WIDEST = 2048
_MOST_PIXELS = 16384 * 16384 // 4
_FORMATS = ("PNG", "JPEG", "WEBP", "TIFF", "TGA", "BMP")  # and none that starts a program, as PostScript does
_CHANNELS = {"r": 0, "g": 1, "b": 2, "a": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What a material asks of an image. `channel` is rgb, r, g, b or a; `colorspace` as UsdUVTexture says it."""

    path: str
    channel: str
    colorspace: str = "auto"
    wrap: str = "repeat"
    scale: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    bias: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)


@dataclass(slots=True)
class TextureTable:
    """The scene's textures so far. Every lookup is loaded once; what cannot be read is None and a warning."""

    folders: tuple[Path, ...]
    textures: list[Texture] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _known: dict[Lookup, int | None] = field(default_factory=dict)
    _images: dict[str, Bytes | None] = field(default_factory=dict)

    def index(self, lookup: Lookup) -> int | None:
        if lookup not in self._known:
            self._known[lookup] = self._add(lookup)
        return self._known[lookup]

    def _add(self, lookup: Lookup) -> int | None:
        if lookup.path not in self._images:
            self._images[lookup.path] = self._load(lookup.path)
        image = self._images[lookup.path]
        if image is None:
            return None
        srgb = lookup.colorspace == "sRGB" or (lookup.colorspace == "auto" and image.shape[2] >= 3)
        pixels, linear = _picked(image, lookup.channel), lookup.channel == "a"
        pixels = _graded(pixels, lookup, srgb=srgb and not linear)
        name = Path(lookup.path.rstrip("]")).name
        self.textures.append(Texture(name=name, pixels=pixels, srgb=srgb and not linear, wrap=lookup.wrap))
        return len(self.textures) - 1

    def _load(self, path: str) -> Bytes | None:
        try:
            return _decode(self._read(path))
        except (OSError, ValueError, KeyError, SyntaxError, EOFError, struct.error, zipfile.BadZipFile) as error:
            self.warnings.append(f"texture {Path(path.rstrip(']')).name} is pictured as gray: {error}")
            return None

    def _read(self, path: str) -> bytes:
        """Bytes of a file, or of a file inside a package (``a.usdz[b.png]``), inside the allowed folders only."""
        package, _, inner = path.rstrip("]").partition("[")
        found = Path(package.replace("<UDIM>", "1001")).resolve()
        if not any(found.is_relative_to(folder.resolve()) for folder in self.folders):
            raise ValueError("it lies outside the folders this stage may read")
        if not inner:
            return found.read_bytes()
        with zipfile.ZipFile(found) as archive:
            return archive.read(inner)


def _decode(data: bytes) -> Bytes:
    """(H, W, C) uint8 with C 1, 3 or 4, at most 2048 pixels wide or high."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise ValueError(f"more than {_MOST_PIXELS} pixels") from error
    if opened.width * opened.height > _MOST_PIXELS:
        raise ValueError(f"{opened.width} × {opened.height} pixels are more than {_MOST_PIXELS}")
    mode = _mode(opened)
    opened.draft(mode, (_WIDEST, _WIDEST))
    image: Any = _eight_bit(opened).convert(mode)
    if max(image.size) > _WIDEST:
        image.thumbnail((_WIDEST, _WIDEST), Image.Resampling.BOX)
    pixels = np.asarray(image)
    return pixels[..., None] if pixels.ndim == 2 else pixels


def _mode(image: Any) -> str:
    if image.mode in ("L", "1", "I", "F") or image.mode.startswith("I;"):
        return "L"
    transparent = "A" in image.getbands() or "transparency" in image.info
    return "RGBA" if transparent else "RGB"


def _eight_bit(image: Any) -> Any:
    """16-bit grays keep their upper byte: Pillow's own conversion clips them to white."""
    from PIL import Image

    if not image.mode.startswith("I"):
        return image
    return Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8))


def _picked(image: Bytes, channel: str) -> Bytes:
    if channel not in _CHANNELS:
        return image if image.shape[2] >= 3 else np.repeat(image[..., :1], 3, axis=2)
    wanted = _CHANNELS[channel]
    if wanted < image.shape[2]:
        return np.ascontiguousarray(image[..., wanted : wanted + 1])
    if channel == "a":
        return np.full((*image.shape[:2], 1), 255, np.uint8)
    return np.ascontiguousarray(image[..., :1])


def _graded(pixels: Bytes, lookup: Lookup, *, srgb: bool) -> Bytes:
    """UsdUVTexture's scale and bias, which act on linear values, folded into the pixels by a table per channel."""
    if all(s == 1.0 for s in lookup.scale) and all(b == 0.0 for b in lookup.bias):
        return pixels
    first = _CHANNELS.get(lookup.channel, 0)
    graded = np.empty_like(pixels)
    for i in range(pixels.shape[2]):
        values = np.arange(256) / 255.0
        values = _to_linear(values) if srgb and i < 3 else values
        values = np.clip(values * lookup.scale[first + i] + lookup.bias[first + i], 0.0, 1.0)
        values = _from_linear(values) if srgb and i < 3 else values
        graded[..., i] = np.rint(values * 255.0).astype(np.uint8)[pixels[..., i]]
    return graded


def _to_linear(value: Any) -> Any:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _from_linear(value: Any) -> Any:
    return np.where(value <= 0.0031308, value * 12.92, 1.055 * np.maximum(value, 1e-9) ** (1 / 2.4) - 0.055)
