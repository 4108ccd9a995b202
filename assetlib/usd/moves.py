"""Camera and blocking moves: values between keys, and which way a camera or light turns to look at a point.

Pure numpy; the layers carry the result as samples, so any USD tool plays the same move.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assetlib.model.shot_description import Ease, Vec3

Array = npt.NDArray[np.float64]


def travel(frames: Sequence[int], values: Array, at: Sequence[int], ease: Ease) -> Array:
    """Values (K, D) given at strictly rising `frames`, at every frame of `at`: (N, D); held before and after the keys.

    SMOOTH is a monotone cubic (Fritsch–Carlson) with level ends: it eases out and in, flows through the keys
    between, and never overshoots a mark.
    """
    keys = np.asarray(frames, dtype=np.float64)
    wanted = np.clip(np.asarray(at, dtype=np.float64), keys[0], keys[-1])
    if len(keys) == 1:
        return np.repeat(values[:1], len(wanted), axis=0)
    slot = np.clip(np.searchsorted(keys, wanted, side="right") - 1, 0, len(keys) - 2)
    span = np.diff(keys)[slot]
    share = ((wanted - keys[slot]) / span)[:, None]
    if ease is Ease.LINEAR:
        return values[slot] * (1 - share) + values[slot + 1] * share
    return _hermite(values, _level_ended_slopes(keys, values), slot, span[:, None], share)


def _hermite(values: Array, slopes: Array, slot: npt.NDArray[np.intp], span: Array, share: Array) -> Array:
    square, cube = share**2, share**3
    return (
        (2 * cube - 3 * square + 1) * values[slot]
        + (cube - 2 * square + share) * span * slopes[slot]
        + (3 * square - 2 * cube) * values[slot + 1]
        + (cube - square) * span * slopes[slot + 1]
    )


def _level_ended_slopes(keys: Array, values: Array) -> Array:
    """Harmonic means of the neighboring secants inside, zero where the direction turns and at both ends."""
    secants = np.diff(values, axis=0) / np.diff(keys)[:, None]
    before, after = secants[:-1], secants[1:]
    same_way = before * after > 0
    total = np.where(same_way, before + after, 1.0)
    inner = np.where(same_way, 2 * before * after / total, 0.0)
    level = np.zeros((1, values.shape[1]))
    return np.concatenate([level, inner, level])


def aim(position: Vec3, look_at: Vec3, roll: float = 0.0) -> Vec3:
    """Degrees (pitch about X, yaw about Y, roll about Z) that turn local -Z from `position` toward `look_at`.

    They are the value of an ``xformOp:rotateZXY``: roll first, then pitch, then yaw.
    """
    x, y, z = (float(b - a) for a, b in zip(position, look_at, strict=True))
    flat = float(np.hypot(x, z))
    if flat < 1e-9 and abs(y) < 1e-9:
        return (0.0, 0.0, roll)
    yaw = 0.0 if flat < 1e-9 else float(np.degrees(np.arctan2(-x, -z)))
    return (float(np.degrees(np.arctan2(y, flat))), yaw, roll)


def unwound(angles: Array) -> Array:
    """The same turns without jumps of 360° from one sample to the next; degrees along axis 0."""
    return np.unwrap(angles, period=360.0, axis=0)
