"""Perceptual fingerprints of pictures: PDQ over one frozen recipe.

Recipe ``pdq-512-v1``: EXIF orientation applied, RGB, borders trimmed, downscaled to at most 512 pixels of
width (bilinear, reducing gap 2), PDQ. Views: full, mirror, center square. 256 bits as 32 bytes; two pictures
match at a Hamming distance of at most 31; below quality 50 only the exact digest counts. The recipe's name
stands in every record, because a change of resampling shifts distances silently.

Source: PDQ and its published threshold, ThreatExchange (Meta, 2019).
"""

from __future__ import annotations

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
_REDUCING_GAP = 2.0
_BORDER_DIFFERENCE = 14
_BORDER_SHARE = 0.02
_SMALLEST_TRIM = 32
_OUTER = 64

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
    upright = _upright(image)
    picture = upright.crop(content_box(np.asarray(upright)))
    full = _downscaled(picture)
    return (
        _hash("full", full),
        _hash("mirror", _mirrored(picture, full)),
        _hash("square", _downscaled(_center_square(picture))),
    )


def _mirrored(picture: Image.Image, downscaled: Pixels) -> Pixels:
    """The mirrored picture made small: the small one mirrored, unless it was first reduced by whole blocks of pixels,
    which begin at the left."""
    from PIL import Image

    if picture.width < 2 * _REDUCING_GAP * _WIDTH:
        return downscaled[:, ::-1]
    return _downscaled(picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT))


def distance(one: bytes, other: bytes) -> int:
    """Differing bits of two 32-byte hashes."""
    return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).bit_count()


def content_box(pixels: Pixels) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of `pixels` (H, W, 3) without a frame of one color (letterbox, screenshot border)."""
    height, width = pixels.shape[:2]
    color = _border_color(pixels)
    rows, columns = _content(pixels, color), _content(pixels.transpose(1, 0, 2), color)
    if rows is None or columns is None:
        return 0, 0, width, height
    return columns[0], rows[0], columns[1], rows[1]


def _content(lines: Pixels, color: npt.NDArray[np.float64]) -> tuple[int, int] | None:
    """The range of lines that show more than the border; None when too few do. Most pictures need a look only at
    their outer lines."""
    count = len(lines)
    if count > 4 * _OUTER:
        first, last = _shows(lines[:_OUTER], color), _shows(lines[-_OUTER:], color)
        if len(first) and len(last) and len(first) + len(last) >= _SMALLEST_TRIM:
            return int(first[0]), count - _OUTER + int(last[-1]) + 1
    shown = _shows(lines, color)
    return None if len(shown) < _SMALLEST_TRIM else (int(shown[0]), int(shown[-1]) + 1)


def _shows(lines: Pixels, color: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """The numbers of the lines in which more than the allowed share of pixels is not the border's color."""
    share = np.count_nonzero(_differs_from(color, lines), axis=1) / lines.shape[1]
    return np.flatnonzero(share > _BORDER_SHARE)


def _border_color(pixels: Pixels) -> npt.NDArray[np.float64]:
    edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    return np.asarray(np.median(edges, axis=0), dtype=np.float64)


def _differs_from(color: npt.NDArray[np.float64], pixels: Pixels) -> npt.NDArray[np.bool_]:
    """Where any channel is further than the allowed difference from `color`, compared in 8 bits: that is fast."""
    differs = np.zeros(pixels.shape[:2], dtype=np.bool_)
    for channel in range(3):
        values = pixels[:, :, channel]
        low = int(np.ceil(color[channel] - _BORDER_DIFFERENCE))
        high = int(np.floor(color[channel] + _BORDER_DIFFERENCE))
        if low > 0:
            differs |= values < low
        if high < 255:
            differs |= values > high
    return differs


def _upright(image: Image.Image) -> Image.Image:
    from PIL import ImageOps

    return ImageOps.exif_transpose(image).convert("RGB")


def _center_square(image: Image.Image) -> Image.Image:
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def _hash(view: str, pixels: Pixels) -> Fingerprint:
    import pdqhash

    vector, quality = pdqhash.compute(np.ascontiguousarray(pixels))
    return Fingerprint(view=view, bits=np.packbits(vector.astype(np.uint8)).tobytes(), quality=int(quality))


def _downscaled(image: Image.Image) -> Pixels:
    from PIL import Image

    if image.width <= _WIDTH:
        return np.asarray(image)
    size = (_WIDTH, max(8, image.height * _WIDTH // image.width))
    return np.asarray(image.resize(size, Image.Resampling.BILINEAR, reducing_gap=_REDUCING_GAP))
