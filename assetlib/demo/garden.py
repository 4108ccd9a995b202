"""Plants of the terrace: clipped bushes, pots with fans of leaves, urns, and climbers along the walls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assetlib.demo.paint import fractal
from assetlib.demo.shapes import Sheet, cast, lathe, spline
from assetlib.demo.stage import Stage

Array = npt.NDArray[np.float64]
Place = tuple[float, float, float]


def bush(stage: Stage, at: Place, radius: float, seed: int = 0) -> None:
    """A clipped ball of leaves with an uneven skin."""
    middle = np.array([0.0, radius * 0.95, 0.0])

    def field(p: Array) -> Array:
        lumps = fractal(p + seed * 3.1, radius * 0.35, seed, 3) - 0.5
        return np.asarray((np.linalg.norm(p - middle, axis=-1) - radius - lumps * radius * 0.45) * 0.7)

    ball = cast(field, middle, rows=26, columns=32, reach=radius * 2)
    stage.place("plant", "leaf", [ball], at)


def pot(height: float) -> Sheet:
    h = height
    profile = [
        (0, 0),
        (0.50 * h, 0),
        (0.62 * h, 0.5 * h),
        (0.72 * h, 0.86 * h),
        (0.80 * h, 0.88 * h),
        (0.80 * h, h),
        (0.70 * h, h),
        (0.68 * h, 0.9 * h),
        (0, 0.9 * h),
    ]
    return lathe(profile, columns=24)


def potted(stage: Stage, at: Place, size: float, seed: int) -> None:
    """A terracotta pot: a bush on a stem, or a fan of long leaves."""
    stage.place("plant", "terracotta", [pot(0.45 * size)], at)
    if seed % 2 == 0:
        stem = lathe([(0.03, 0.4 * size), (0.025, 0.8 * size)], columns=8)
        stage.place("plant", "plank", [stem], at)
        bush(stage, (at[0], 0.72 * size, at[2]), 0.36 * size, seed)
        return
    rng = np.random.default_rng(seed)
    for n in range(26):
        turn, lean, long = n * 2.4 + rng.random(), 0.15 + 0.75 * rng.random(), (0.7 + 0.5 * rng.random()) * size
        stage.place("plant", "leaf", [_blade(turn, lean, long)], (at[0], 0.38 * size, at[2]))


def _blade(turn: float, lean: float, long: float) -> Sheet:
    """A long leaf that rises and bends outward."""
    t = np.linspace(0, 1, 7)[:, None]
    out, up = long * lean * t**1.6, long * (t - 0.45 * lean * t**2.4)
    wide = 0.05 * long * np.sin(np.pi * np.clip(t * 0.9 + 0.1, 0, 1))
    s = np.array([-1.0, 0.0, 1.0])[None]
    x = out * np.cos(turn) - s * wide * np.sin(turn)
    z = out * np.sin(turn) + s * wide * np.cos(turn)
    return Sheet(points=np.stack([x, up + 0.25 * np.abs(s) * wide, z], -1))


def urn(stage: Stage, at: Place, seed: int) -> None:
    """A footed stone urn, overgrown."""
    profile = [
        (0.13, 0),
        (0.13, 0.03),
        (0.05, 0.07),
        (0.06, 0.12),
        (0.17, 0.22),
        (0.19, 0.34),
        (0.24, 0.38),
        (0.24, 0.41),
        (0.16, 0.40),
        (0, 0.38),
    ]
    stage.place("plant", "ashlar", [lathe(profile, columns=24)], at)
    bush(stage, (at[0], at[1] + 0.26, at[2]), 0.21, seed + 60)


def leaves_along(stage: Stage, knots: Sequence[Place], count: int, spread: float, seed: int) -> None:
    """A climber: single leaves scattered around a curve, every ninth a blossom."""
    rng = np.random.default_rng(seed)
    line = spline(knots, count)
    for n, place in enumerate(line):
        at = place + rng.normal(size=3) * (0.10, 0.4 * spread, spread * 0.5) - (0, abs(rng.normal()) * spread * 0.5, 0)
        size = 0.06 + 0.05 * rng.random()
        leaf = _leaf(rng, size)
        stage.add("plant", "blossom" if n % 7 == 0 else "leaf", leaf.moved(at))


def _leaf(rng: np.random.Generator, size: float) -> Sheet:
    axis = rng.normal(size=3) + (0.4, 0.1, 0)
    axis /= np.linalg.norm(axis)
    side = np.cross(axis, rng.normal(size=3))
    side /= np.linalg.norm(side)
    fold = np.cross(axis, side)
    t = np.array([-1.0, -0.3, 0.4, 1.0])[:, None]
    width = np.array([0.15, 0.62, 0.5, 0.04])[:, None]
    s = np.array([-1.0, 0.0, 1.0])[None]
    points = (
        axis * t[..., None] * size
        + side * (s * width)[..., None] * size
        + fold * (np.abs(s) * width * 0.3)[..., None] * size
    )
    return Sheet(points=points)
