"""What the demo's figures share: joints that exist twice, eyes and their lids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from assetlib.demo.paint import Paint, Painter, Texels, coat, fractal, mix, rgb, step
from assetlib.demo.shapes import (
    Array,
    Sheet,
    cast,
    ellipsoid,
    rotation,
)
from assetlib.demo.skeleton import Skeleton


def sided(path: str, side: str) -> str:
    """The joint path of one side: every segment that exists twice gets ``_l`` or ``_r``."""
    twice = {"thigh", "shin", "foot", "shoulder", "arm", "forearm", "hand", "ear", "eye", "lid", "brow", "strap"}
    return "/".join(f"{s}_{side}" if s in twice else s for s in path.split("/"))


def skeleton_of(center: Mapping[str, Sequence[float]], side: Mapping[str, Sequence[float]]) -> Skeleton:
    """A skeleton from its middle joints and the left half of its paired ones."""
    rest: dict[str, Sequence[float]] = dict(center)
    for path, (x, y, z) in side.items():
        rest[sided(path, "l")] = (x, y, z)
        rest[sided(path, "r")] = (-x, y, z)
    order = sorted(rest, key=lambda p: (p.count("/"), p))
    return Skeleton(
        joints=tuple(order), places=tuple((float(x), float(y), float(z)) for x, y, z in (rest[p] for p in order))
    )


def iris(color: str, ring: str) -> Painter:
    """A painted eye whose v runs from the back (0) to the pupil (1), with two lights in it."""

    def painter(t: Texels) -> Paint:
        white = np.broadcast_to(rgb("#fbf6ec"), (*t.u.shape, 3))
        spokes = 0.85 + 0.3 * fractal(np.stack([np.cos(t.u * 6.28), np.sin(t.u * 6.28), t.v * 0.2], -1), 0.2, 3)
        shading = mix(rgb(ring), rgb(color), step(0.84, t.v, 0.08)) * spokes[..., None]
        eye = mix(white, np.clip(shading, 0, 1), step(0.735, t.v, 0.012))
        eye = mix(eye, rgb("#0d0a0c"), step(0.865, t.v, 0.012))
        big = (0.84 - t.v) ** 2 / 0.055**2 + ((t.u - 0.36) / 0.075) ** 2
        small = (0.84 - t.v) ** 2 / 0.028**2 + ((t.u - 0.86) / 0.04) ** 2
        glint = np.maximum(1 - step(1, big, 0.3), 0.7 * (1 - step(1, small, 0.4)))
        return coat(mix(eye, rgb("#ffffff"), glint), np.ones(t.u.shape), 0.12)

    return painter


def eye_globe(center: Array, radius: float, cast_out: float = 6.0) -> Sheet:
    """A sphere whose pole (v = 1) looks forward, turned a little outward."""
    globe = cast(ellipsoid(center, (radius,) * 3), center, rows=28, columns=28, pole="z", reach=radius * 2)
    return globe.turned(rotation("y", cast_out), center)


def eyelid(center: Array, radius: float, closed: float, tilt: float) -> Sheet:
    """The upper part of a shell around the eye; `closed` degrees below straight up-front, `tilt` leans it."""
    angle = np.linspace(-100, closed, 18)  # from behind over the top toward the front
    across = np.linspace(-88, 88, 24)
    a, b = np.radians(angle)[:, None], np.radians(across)[None, :]
    shell = np.stack([np.sin(b) + 0 * a, np.cos(b) * np.cos(a), np.cos(b) * np.sin(a)], -1) * radius
    rim = shell[-1:] * 0.94
    sheet = Sheet(points=np.concatenate([shell, rim])[::-1] + center)
    return sheet.turned(rotation("z", tilt), center)
