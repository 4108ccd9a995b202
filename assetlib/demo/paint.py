"""Painting by position: noise, weave, wear and stripes for the demo's textures. Colors are display sRGB, 0…1.

A painter gets the texels of a sheet with their place in u and v and in the model, so that a pattern runs on over
seams and a stain lies where a hand would leave it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Texels:
    """What a painter sees: u, v (h, w) in 0…1 and the rest position (h, w, 3) in meters."""

    u: Array
    v: Array
    place: Array

    @property
    def x(self) -> Array:
        return np.asarray(self.place[..., 0])

    @property
    def y(self) -> Array:
        return np.asarray(self.place[..., 1])

    @property
    def z(self) -> Array:
        return np.asarray(self.place[..., 2])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paint:
    """Color (h, w, 3) and roughness (h, w), both 0…1."""

    color: Array
    rough: Array


Painter = Callable[[Texels], Paint]


def rgb(code: str) -> Array:
    """A color written #rrggbb."""
    return np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255


def mix(a: Array, b: Array, share: Array) -> Array:
    """`share` (h, w) of b over a; a and b are colors or color fields."""
    return np.asarray(a + (b - a) * np.asarray(share)[..., None])


def step(edge: float | Array, value: Array, width: float) -> Array:
    """0 below the edge, 1 above, smooth over `width`."""
    t = np.clip((value - edge) / width + 0.5, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def noise(place: Array, scale: float, seed: int = 0) -> Array:
    """Value noise 0…1 of points (…, 3), one cell every `scale` meters; the same everywhere and always."""
    p = place / scale + 37.3
    cell = np.floor(p).astype(np.int64)
    f = p - cell
    f = f * f * (3 - 2 * f)
    total = np.zeros(place.shape[:-1])
    for corner in range(8):
        bits = [(corner >> n) & 1 for n in range(3)]
        weight = np.prod([f[..., n] if b else 1 - f[..., n] for n, b in enumerate(bits)], axis=0)
        total += weight * _hash(cell + np.array(bits), seed)
    return total


def _hash(cell: npt.NDArray[np.int64], seed: int) -> Array:
    h = cell[..., 0] * 374761393 + cell[..., 1] * 668265263 + cell[..., 2] * 2147483647 + seed * 974711
    h = (h ^ (h >> 13)) * 1274126177 & 0x7FFFFFFF
    h = (h ^ (h >> 16)) & 0xFFFF
    return np.asarray(h / 65535.0)


def fractal(place: Array, scale: float, seed: int = 0, octaves: int = 3) -> Array:
    """Several octaves of `noise`, 0…1."""
    total, share, sum_of_shares = np.zeros(place.shape[:-1]), 1.0, 0.0
    for n in range(octaves):
        total += share * noise(place, scale / 2**n, seed + n)
        sum_of_shares += share
        share *= 0.5
    return np.asarray(total / sum_of_shares)


def stripes(value: Array, count: float, duty: float = 0.5, softness: float = 0.08) -> Array:
    """1 inside a stripe: `count` stripes per unit of value, each `duty` of its period wide."""
    phase = np.abs((value * count) % 1 - 0.5) * 2
    return step(1 - duty, phase, softness)


def weave(texels: Texels, threads_u: float, threads_v: float, depth: float = 0.06) -> Array:
    """A cloth's over-and-under as a brightness factor around 1."""
    a = np.sin(texels.u * threads_u * 2 * np.pi)
    b = np.sin(texels.v * threads_v * 2 * np.pi)
    return np.asarray(1 + depth * (a * b))


def fur(texels: Texels, depth: float = 0.14, seed: int = 5) -> Array:
    """Short felted strands as a brightness factor around 1, longer than wide along Y."""
    stretched = texels.place * np.array([1.0, 0.35, 1.0])
    strands = fractal(stretched, 0.012, seed, 3)
    tufts = fractal(texels.place, 0.07, seed + 9, 2)
    return np.asarray(1 + depth * (strands - 0.5) * 2 + depth * 0.6 * (tufts - 0.5))


def coat(color: Array, shade: Array, rough: float | Array) -> Paint:
    """Color times a brightness factor, with one roughness (or a field of it)."""
    lit = np.clip(color * shade[..., None], 0, 1)
    return Paint(color=lit, rough=np.clip(np.broadcast_to(np.asarray(rough, float), shade.shape), 0.05, 1))


def plain(color: str, rough: float, wear: float = 0.08, scale: float = 0.05, seed: int = 1) -> Painter:
    """One color with a little unevenness."""

    def painter(t: Texels) -> Paint:
        shade = 1 + wear * (fractal(t.place, scale, seed) - 0.5) * 2
        return coat(np.broadcast_to(rgb(color), (*t.u.shape, 3)), shade, rough + wear * (shade - 1))

    return painter


def spots(place: Array, centers: Array, radii: Array, softness: float) -> Array:
    """1 inside any of the balls around `centers` (n, 3)."""
    inside = np.zeros(place.shape[:-1])
    for center, radius in zip(centers, radii, strict=True):
        distance = np.linalg.norm(place - center, axis=-1)
        inside = np.maximum(inside, 1 - step(float(radius), distance, softness))
    return inside


def bytes_of(paint: Array) -> npt.NDArray[np.uint8]:
    return np.asarray(np.round(np.clip(paint, 0, 1) * 255), np.uint8)


def gradient(value: Array, stops: Sequence[tuple[float, str]]) -> Array:
    """Colors along a value: (place, #rrggbb) in rising order."""
    at = [s[0] for s in stops]
    channels = np.array([rgb(s[1]) for s in stops])
    return np.stack([np.interp(value, at, channels[:, c]) for c in range(3)], -1)
