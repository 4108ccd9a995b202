"""Perceptual fingerprints of pictures: PDQ over one frozen recipe.

Recipe ``pdq-512-v1``: EXIF orientation applied, RGB, borders trimmed, downscaled to at most 512 pixels of
width (bilinear, reducing gap 2), PDQ. Views: full, mirror, center square. 256 bits as 32 bytes; two pictures
match at a Hamming distance of at most 31; below quality 50 only the exact digest counts. The recipe's name
stands in every record, because a change of resampling shifts distances silently.

Source: PDQ and its published threshold, ThreatExchange (Meta, 2019).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL import Image

RECIPE = "pdq-512-v1"
MATCH_DISTANCE = 31
MINIMUM_QUALITY = 50
_WIDTH = 512
_BORDER_DIFFERENCE = 14
_BORDER_SHARE = 0.02
_SMALLEST_TRIM = 32

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The hash of one view. `view` is full, mirror or square; `quality` 0…100."""

    view: str
    bits: bytes
    quality: int

    @property
    def usable(self) -> bool:
        return self.quality >= MINIMUM_QUALITY


def fingerprints(image: Image.Image) -> tuple[Fingerprint, ...]:
    """The three views of `image` (any Pillow mode), in the order full, mirror, square."""
    pixels = trimmed(_upright(image))
    return tuple(_hash(view, part) for view, part in _views(pixels))


def distance(one: bytes, other: bytes) -> int:
    """Differing bits of two 32-byte hashes."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def trimmed(pixels: Pixels) -> Pixels:
    """`pixels` (H, W, 3) without a frame of one color (letterbox, screenshot border)."""
    edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    border = np.median(edges, axis=0)
    differs = np.abs(pixels.astype(np.int16) - border).max(axis=2) > _BORDER_DIFFERENCE
    rows = np.flatnonzero(differs.mean(axis=1) > _BORDER_SHARE)
    columns = np.flatnonzero(differs.mean(axis=0) > _BORDER_SHARE)
    if len(rows) < _SMALLEST_TRIM or len(columns) < _SMALLEST_TRIM:
        return pixels
    return pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _upright(image: Image.Image) -> Pixels:
    from PIL import ImageOps

    return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def _views(pixels: Pixels) -> Iterator[tuple[str, Pixels]]:
    yield "full", pixels
    yield "mirror", pixels[:, ::-1]
    height, width = pixels.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    yield "square", pixels[top : top + side, left : left + side]


def _hash(view: str, pixels: Pixels) -> Fingerprint:
    import pdqhash

    vector, quality = pdqhash.compute(_downscaled(pixels))
    return Fingerprint(view=view, bits=np.packbits(vector.astype(np.uint8)).tobytes(), quality=int(quality))


def _downscaled(pixels: Pixels) -> Pixels:
    from PIL import Image

    height, width = pixels.shape[:2]
    if width <= _WIDTH:
        return np.ascontiguousarray(pixels)
    size = (_WIDTH, max(8, height * _WIDTH // width))
    resized = Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(resized)
