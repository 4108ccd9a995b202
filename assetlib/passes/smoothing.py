"""Edge-aware smoothing of sampled light: an à-trous filter that stays on one flat piece of surface.

One shadow ray per pixel and light is noise; the mean over neighbors on the same surface is a soft shadow
(Dammertz et al. 2010, Edge-Avoiding À-Trous Wavelet Transform), here separable: rows, then columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats

_KERNEL = {-2: 0.0625, -1: 0.25, 1: 0.25, 2: 0.0625}
_CENTER = np.float32(0.375)
_BAND = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What says where a surface goes on: unit normals (3, H, W), inverse planar depth (H, W; very negative where
    nothing) and its slope per pixel in x and y, which is constant on a plane."""

    normal: Floats
    inverse: Floats
    slope_x: Floats
    slope_y: Floats
    tolerance: Floats


def smooth(channels: Floats, guide: Guide, levels: int) -> Floats:
    """(C, H, W) channels averaged along surfaces, over about 2 * 2**levels pixels to each side."""
    for level in range(levels):
        step = 1 << level
        channels = _along(channels, guide, step, axis=1)
        channels = _along(channels, guide, step, axis=0)
    return channels


def _along(channels: Floats, guide: Guide, step: int, axis: int) -> Floats:
    total = channels * _CENTER
    weights = np.full(channels.shape[1:], _CENTER, np.float32)
    height, width = channels.shape[1:]
    for top in range(0, height, _BAND):
        for tap, share in _KERNEL.items():
            here, there = _windows(height, width, top, tap * step, axis)
            if here is not None and there is not None:
                weight = _weight(guide, here, there, tap * step, axis)
                weight *= np.float32(share)
                weights[here] += weight
                for channel, source in zip(total, channels, strict=True):
                    channel[here] += source[there] * weight
    total /= weights
    return total


_Window = tuple[slice, slice]


def _windows(height: int, width: int, top: int, offset: int, axis: int) -> tuple[_Window | None, _Window | None]:
    """The part of a band of rows that has a neighbor `offset` away, and that neighbor's window."""
    bottom = min(top + _BAND, height)
    if axis == 1:
        a, b = max(0, -offset), width - max(0, offset)
        if a >= b:
            return None, None
        return (slice(top, bottom), slice(a, b)), (slice(top, bottom), slice(a + offset, b + offset))
    a, b = max(top, -offset), min(bottom, height - offset)
    if a >= b:
        return None, None
    return (slice(a, b), slice(None)), (slice(a + offset, b + offset), slice(None))


def _weight(guide: Guide, here: _Window, there: _Window, offset: int, axis: int) -> Floats:
    slope = (guide.slope_x if axis == 1 else guide.slope_y)[here]
    off = guide.inverse[there] - guide.inverse[here]
    off -= slope * np.float32(offset)
    np.abs(off, out=off)
    off *= guide.tolerance[here]
    np.subtract(1.0, off, out=off)
    np.maximum(off, 0.0, out=off)
    alike = guide.normal[0][here] * guide.normal[0][there]
    alike += guide.normal[1][here] * guide.normal[1][there]
    alike += guide.normal[2][here] * guide.normal[2][there]
    alike -= np.float32(0.8)
    alike *= np.float32(5.0)
    np.maximum(alike, 0.0, out=alike)
    off *= alike
    return off


def spread(mask: npt.NDArray[np.bool_], reach: int) -> npt.NDArray[np.bool_]:
    """`mask` (H, W) grown by `reach` pixels to every side."""
    grown = mask.copy()
    for axis in (0, 1):
        source = grown.copy()
        for offset in range(1, reach + 1):
            ahead, behind = [slice(None)] * 2, [slice(None)] * 2
            ahead[axis], behind[axis] = slice(offset, None), slice(None, -offset)
            grown[tuple(ahead)] |= source[tuple(behind)]
            grown[tuple(behind)] |= source[tuple(ahead)]
    return grown


def label_edges(labels: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """(H, W) pixels whose label differs from that of a direct neighbor."""
    return both_sides(labels[:, 1:] != labels[:, :-1], labels[1:] != labels[:-1])


def both_sides(across: npt.NDArray[np.bool_], down: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Marks both pixels of every marked step: `across` (H, W-1) and `down` (H-1, W)."""
    mask = np.zeros((across.shape[0], across.shape[1] + 1), bool)
    mask[:, 1:] |= across
    mask[:, :-1] |= across
    mask[1:] |= down
    mask[:-1] |= down
    return mask
