"""Sample points: well spread over a pixel's own samples and over its neighbors, without any random state.

The same pixel, sample and frame size always give the same numbers, so two renders are equal to the byte.
"""

from __future__ import annotations

import numpy as np

from assetlib.model.scene import Floats, Ints

# Generalized golden ratio in two dimensions (Roberts 2018, R2 sequence).
_R2 = (0.7548776662466927, 0.5698402909980532)
_TILE = 4


def _sobol16() -> tuple[Floats, Floats]:
    """16 points of the (0, 2) sequence: every 4x4, 2x8 and 16x1 cell of the square holds one."""
    index = np.arange(16)
    bits = [(index >> b) & 1 for b in range(4)]
    u = sum(b * 0.5 ** (k + 1) for k, b in enumerate(bits))
    pascal = [bits[0] ^ bits[1] ^ bits[2] ^ bits[3], bits[1] ^ bits[3], bits[2] ^ bits[3], bits[3]]
    v = sum(b * 0.5 ** (k + 1) for k, b in enumerate(pascal))
    return np.asarray(u, np.float32), np.asarray(v, np.float32)


_TILE_U, _TILE_V = _sobol16()
# Neighbors in the tile get far-apart points: a 4x4 Bayer matrix as index.
_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])


def square(x: Floats, y: Floats, sample: int, salt: int) -> tuple[Floats, Floats]:
    """Points of the unit square for pixels (x, y). Any 4x4 block of pixels covers the square evenly at each sample;
    `sample` turns the pattern on, `salt` separates one use (a light, the sky) from another."""
    column, row = x.astype(np.int32), y.astype(np.int32)
    cell = _BAYER[(row + salt) % _TILE, (column + 2 * salt) % _TILE]
    turn = sample + 17 * salt
    jitter = _hash(column, row, turn)
    u = (_TILE_U[cell] + jitter * np.float32(1 / 16) + np.float32(turn * _R2[0] % 1.0)) % 1.0
    v = (_TILE_V[cell] + _hash(row, column, turn + 7) * np.float32(1 / 16) + np.float32(turn * _R2[1] % 1.0)) % 1.0
    return u.astype(np.float32), v.astype(np.float32)


def _hash(a: Ints, b: Ints, salt: int) -> Floats:
    """0…1 from two integers (PCG-like mixing); only spreads a sample inside its own cell."""
    state = a.astype(np.uint32) * np.uint32(0x9E3779B1) + b.astype(np.uint32) * np.uint32(0x85EBCA77)
    state += np.uint32(salt * 0xC2B2AE3D & 0xFFFFFFFF)
    state ^= state >> np.uint32(15)
    state *= np.uint32(0x2C1B3C6D)
    state ^= state >> np.uint32(13)
    return (state >> np.uint32(8)).astype(np.float32) * np.float32(1 / (1 << 24))


def subpixel(sample: int, samples: int) -> tuple[float, float]:
    """Offset −0.5…0.5 of sample number `sample` of `samples` inside the pixel: a shifted R2 sequence."""
    if samples <= 1:
        return 0.0, 0.0
    return (0.5 + (sample + 1) * _R2[0]) % 1.0 - 0.5, (0.5 + (sample + 1) * _R2[1]) % 1.0 - 0.5


def disk(u: Floats, v: Floats) -> tuple[Floats, Floats]:
    """Unit square to unit disk, evenly in area."""
    radius, angle = np.sqrt(u), np.float32(2 * np.pi) * v
    return radius * np.cos(angle), radius * np.sin(angle)


def frame_of(normal: Floats) -> tuple[Floats, Floats]:
    """Two unit vectors (3, N) across `normal` (Duff et al. 2017, Building an Orthonormal Basis, Revisited)."""
    x, y, z = normal
    sign = np.where(z < 0.0, np.float32(-1.0), np.float32(1.0))
    a = -1.0 / (sign + z)
    b = x * y * a
    return np.stack((1.0 + sign * x * x * a, sign * b, -sign * x)), np.stack((b, sign + y * y * a, -y))


def hemisphere(normal: Floats, u: Floats, v: Floats) -> Floats:
    """Cosine-weighted unit directions (3, N) about unit normals."""
    a, b = disk(u, v)
    tangent, bitangent = frame_of(normal)
    up = np.sqrt(np.maximum(1.0 - a * a - b * b, 1e-4))
    direction: Floats = tangent * a
    direction += bitangent * b
    direction += normal * up
    return direction
