"""Texture lookup: all textures and their mip levels in one buffer, so that one gather serves every material.

Texels are linear light. Levels are halved in linear light too: halving encoded values darkens a far checker floor.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats, Ints, Texture

_LEVELS = 13


@dataclass(frozen=True, slots=True, kw_only=True)
class TextureAtlas:
    """`texels` (total, 4) linear; per texture and level its start, width and height; `clamped` per texture."""

    texels: Floats
    start: npt.NDArray[np.int64]
    size: Ints
    top_level: Ints
    clamped: npt.NDArray[np.bool_]

    def sample(self, texture: Ints, uv: Floats, footprint: Floats) -> Floats:
        """(4, N) linear RGBA. `uv` (2, N) starts at the lower left; `footprint` (N,) is a pixel's width in uv."""
        width, top = self.size[:, 0].max(axis=1).astype(np.float32).take(texture), self.top_level.take(texture)
        level = np.clip(np.log2(np.maximum(footprint * width, 1e-6)), 0.0, top).astype(np.float32)
        # Most pixels lie clearly nearer to one level; only the others pay for a second lookup.
        level = np.floor(level) + np.clip((level - np.floor(level)) * 2.0 - 0.5, 0.0, 1.0).astype(np.float32)
        lower = level.astype(np.int32)
        fine = self._bilinear(texture, lower, uv)
        between = level - lower
        chosen = np.flatnonzero(between > 0.02)
        if len(chosen):
            coarser = np.minimum(lower[chosen] + 1, top[chosen])
            coarse = self._bilinear(texture[chosen], coarser, uv.take(chosen, axis=1))
            coarse -= fine.take(chosen, axis=1)
            coarse *= between[chosen]
            for row, more in zip(fine, coarse, strict=True):
                row[chosen] += more
        return fine

    def _bilinear(self, texture: Ints, level: Ints, uv: Floats) -> Floats:
        place = texture * np.int32(_LEVELS) + level
        width, height = self.size[..., 0].take(place), self.size[..., 1].take(place)
        start, clamped = self.start.take(place), self.clamped.take(texture)
        x0, x1, fx = _neighbors(uv[0], width, clamped)
        y0, y1, fy = _neighbors(1.0 - uv[1], height, clamped)
        row0, row1 = start + y0 * width.astype(np.int64), start + y1 * width.astype(np.int64)
        take = self.texels.take
        fx, fy = fx[:, None], fy[:, None]
        top, bottom = take(row0 + x0, axis=0), take(row1 + x0, axis=0)
        top += (take(row0 + x1, axis=0) - top) * fx
        bottom += (take(row1 + x1, axis=0) - bottom) * fx
        top += (bottom - top) * fy
        return np.ascontiguousarray(top.T)


def _neighbors(t: Floats, size: Ints, clamped: npt.NDArray[np.bool_]) -> tuple[Ints, Ints, Floats]:
    """The two texels beside coordinate `t` and the weight of the second. Wrapped before scaling to keep precision."""
    wrapped = np.where(clamped, np.clip(t, 0.0, 1.0), t - np.floor(t))
    position = (wrapped * size - 0.5).astype(np.float32)
    first = np.floor(position).astype(np.int32)
    fraction = position - first
    last = size - 1
    low = np.where(first < 0, np.where(clamped, 0, last), np.minimum(first, last))
    high = first + 1
    high = np.where(high > last, np.where(clamped, last, 0), high)
    return low, high, fraction.astype(np.float32)


def build_atlas(textures: tuple[Texture, ...]) -> TextureAtlas:
    """One buffer of all textures, kept for the next frame. A texture without pixels becomes one magenta texel,
    visible as missing."""
    if _LAST and _same(_LAST[0][0], textures):
        return _LAST[0][1]
    atlas = _packed(textures)
    _LAST[:] = [(textures, atlas)]
    return atlas


_LAST: list[tuple[tuple[Texture, ...], TextureAtlas]] = []


def _same(known: tuple[Texture, ...], textures: tuple[Texture, ...]) -> bool:
    """Whether both tell the same pixels, in the same memory: comparing values would cost what packing costs."""
    return len(known) == len(textures) and all(
        a.pixels is b.pixels and (a.srgb, a.wrap) == (b.srgb, b.wrap) for a, b in zip(known, textures, strict=True)
    )


def _packed(textures: tuple[Texture, ...]) -> TextureAtlas:
    chains = [_mip_chain(t) for t in textures] or [(np.zeros((1, 1, 4), np.float32),)]
    start, size = np.zeros((len(chains), _LEVELS), np.int64), np.ones((len(chains), _LEVELS, 2), np.int32)
    offset = 0
    for index, chain in enumerate(chains):
        for level, pixels in enumerate(chain):
            start[index, level], size[index, level] = offset, pixels.shape[1::-1]
            offset += pixels.shape[0] * pixels.shape[1]
    return TextureAtlas(
        texels=np.concatenate([p.reshape(-1, 4) for chain in chains for p in chain]),
        start=start,
        size=size,
        top_level=np.array([len(c) - 1 for c in chains], np.int32),
        clamped=np.array([t.wrap == "clamp" for t in textures] or [False]),
    )


_CHAINS: OrderedDict[int, tuple[Texture, tuple[Floats, ...]]] = OrderedDict()
_CHAINS_KEPT = 64


def _mip_chain(texture: Texture) -> tuple[Floats, ...]:
    """Linear RGBA at every level. Kept for the next frame; the kept texture keeps its id from being reused."""
    key = id(texture.pixels)
    known = _CHAINS.get(key)
    if known is not None and known[0].pixels is texture.pixels and known[0].srgb == texture.srgb:
        return known[1]
    chain = [_linear(texture)]
    while max(chain[-1].shape[:2]) > 1 and len(chain) < _LEVELS:
        chain.append(_halved(chain[-1]))
    _CHAINS[key] = (texture, tuple(chain))
    while len(_CHAINS) > _CHAINS_KEPT:
        _CHAINS.popitem(last=False)
    return tuple(chain)


def srgb_to_linear(encoded: Floats) -> Floats:
    """IEC 61966-2-1 decoding of values 0…1."""
    high = ((encoded + 0.055) / 1.055) ** 2.4
    return np.where(encoded <= 0.04045, encoded / 12.92, high).astype(np.float32)


def _linear(texture: Texture) -> Floats:
    pixels = texture.pixels if texture.pixels.ndim == 3 else texture.pixels[..., None]
    if not pixels.size:
        return np.array([[[1.0, 0.0, 1.0, 1.0]]], np.float32)
    plain = np.arange(256, dtype=np.float32) / 255.0
    curve = srgb_to_linear(plain) if texture.srgb else plain
    channels = pixels.shape[2]
    rgba = np.ones((*pixels.shape[:2], 4), np.float32)
    rgba[..., :3] = curve[pixels[..., :3] if channels >= 3 else pixels[..., :1]]
    if channels in (2, 4):
        rgba[..., 3] = plain[pixels[..., -1]]
    return rgba


def _halved(pixels: Floats) -> Floats:
    for axis in (0, 1):
        length = pixels.shape[axis]
        if length > 1:
            even = pixels.take(range(0, length - length % 2, 2), axis=axis)
            pixels = (even + pixels.take(range(1, length, 2), axis=axis)) * np.float32(0.5)
    return pixels
