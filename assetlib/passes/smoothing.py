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
_BAND = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What says where a surface goes on: unit normals (3, H, W), inverse planar depth (H, W; very negative where
    nothing) and its slope per pixel in x and y, which is constant on a plane."""

    normal: Floats
    inverse: Floats
    slope_x: Floats
    slope_y: Floats
    tolerance: Floats


def smooth(channels: Floats, guide: Guide, levels: range, wanted: npt.NDArray[np.bool_]) -> Floats:
    """(C, H, W) channels averaged along surfaces; level n reaches 2 * 2**n pixels to each side.

    Values that are not `wanted` (C, H, W) may stay as they are: most of a lamp's light is hard, a sky needs none."""
    bands = _bands(wanted, margin=sum(2 << level for level in levels))
    for level in levels:
        step = 1 << level
        channels = _along(channels, guide, step, bands, axis=1)
        channels = _along(channels, guide, step, bands, axis=0)
    return channels


@dataclass(frozen=True, slots=True, kw_only=True)
class _Band:
    """Rows top…bottom and columns left…right of the picture, and the channels that are wanted there."""

    top: int
    bottom: int
    left: int
    right: int
    channels: tuple[int, ...]


def _bands(wanted: npt.NDArray[np.bool_], margin: int) -> tuple[_Band, ...]:
    """The picture in bands that stay in the processor's cache, without what no wanted value is made from."""
    _, height, width = wanted.shape
    bands = []
    for top in range(0, height, _BAND):
        live = np.asarray(wanted[:, max(0, top - margin) : top + _BAND + margin].any(axis=1))
        columns = np.flatnonzero(live.any(axis=0))
        if len(columns):
            left, right = max(0, int(columns[0]) - margin), min(width, int(columns[-1]) + 1 + margin)
            channels = tuple(int(c) for c in np.flatnonzero(live.any(axis=1)))
            bands.append(_Band(top=top, bottom=min(top + _BAND, height), left=left, right=right, channels=channels))
    return tuple(bands)


def _along(channels: Floats, guide: Guide, step: int, bands: tuple[_Band, ...], axis: int) -> Floats:
    total = channels.copy()
    for band in bands:
        whole = slice(band.top, band.bottom), slice(band.left, band.right)
        weights = np.full((band.bottom - band.top, band.right - band.left), _CENTER, np.float32)
        for channel in band.channels:
            total[channel][whole] *= _CENTER
        for tap, share in _KERNEL.items():
            here, there = _windows(channels.shape[1:], band, tap * step, axis)
            if here is not None and there is not None:
                weight = _weight(guide, here, there, tap * step, axis)
                weight *= np.float32(share)
                weights[here[0].start - band.top : here[0].stop - band.top][
                    :, here[1].start - band.left : here[1].stop - band.left
                ] += weight
                weighted = np.empty_like(weight)
                for channel in band.channels:
                    total[channel][here] += np.multiply(channels[channel][there], weight, out=weighted)
        for channel in band.channels:
            total[channel][whole] /= weights
    return total


_Window = tuple[slice, slice]


def _windows(shape: tuple[int, ...], band: _Band, offset: int, axis: int) -> tuple[_Window | None, _Window | None]:
    """The part of a band that has a neighbor `offset` away, and that neighbor's window."""
    height, width = shape
    if axis == 1:
        a, b = max(band.left, -offset), min(band.right, width - offset)
        rows = slice(band.top, band.bottom)
        return (None, None) if a >= b else ((rows, slice(a, b)), (rows, slice(a + offset, b + offset)))
    a, b = max(band.top, -offset), min(band.bottom, height - offset)
    columns = slice(band.left, band.right)
    return (None, None) if a >= b else ((slice(a, b), columns), (slice(a + offset, b + offset), columns))


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
    for step in _steps(reach):
        source = grown.copy()
        grown[step:] |= source[:-step]
        grown[:-step] |= source[step:]
    for step in _steps(reach):
        source = grown.copy()
        grown[:, step:] |= source[:, :-step]
        grown[:, :-step] |= source[:, step:]
    return grown


def _steps(reach: int) -> list[int]:
    """Steps whose sum is `reach`; every smaller distance is the sum of some of them."""
    steps: list[int] = []
    while sum(steps) < reach:
        steps.append(min(sum(steps) + 1, reach - sum(steps)))
    return steps


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
