"""Sample points: well spread over a pixel's own samples and over its neighbors, without any random state.

The same pixel, sample and frame size always give the same numbers, so two renders are equal to the byte.
"""

from __future__ import annotations

import numpy as np

from assetlib.model.scene import Floats, Ints

# Generalized golden ratio in two dimensions (Roberts 2018, R2 sequence).
_R2 = (0.7548776662466927, 0.5698402909980532)
_GOLDEN = 0.6180339887498949
_TILE = 4


# A 4x4 Bayer matrix: neighbors in the picture get strata of the square that lie far apart.
_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.int32)
_STRATUM_U = (_BAYER % _TILE).astype(np.float32) / _TILE
_STRATUM_V = (_BAYER // _TILE).astype(np.float32) / _TILE


def square(x: Floats, y: Floats, sample: int, salt: int) -> tuple[Floats, Floats]:
    """Points of the unit square for pixels (x, y). Any 4x4 block of pixels has a point in each
    of the square's 16 cells;
    `sample` turns the pattern on, `salt` separates one use (a light, the sky) from another."""
    column, row = x.astype(np.int32), y.astype(np.int32)
    at = (row + salt) % _TILE, (column + 2 * salt) % _TILE
    turn = sample + 17 * salt
    u = _STRATUM_U[at] + _hash(column, row, turn) * np.float32(1 / _TILE) + np.float32(turn * _R2[0] % 1.0)
    v = _STRATUM_V[at] + _hash(row, column, turn + 7) * np.float32(1 / _TILE) + np.float32(turn * _R2[1] % 1.0)
    return u - np.floor(u), v - np.floor(v)


def _hash(a: Ints, b: Ints, salt: int) -> Floats:
    """0…1 from two integers (PCG-like mixing); only spreads a sample inside its own cell."""
    state = a.astype(np.uint32) * np.uint32(0x9E3779B1) + b.astype(np.uint32) * np.uint32(0x85EBCA77)
    state += np.uint32(salt * 0xC2B2AE3D & 0xFFFFFFFF)
    state ^= state >> np.uint32(15)
    state *= np.uint32(0x2C1B3C6D)
    state ^= state >> np.uint32(13)
    return (state >> np.uint32(8)).astype(np.float32) * np.float32(1 / (1 << 24))


def subpixel(sample: int, samples: int) -> tuple[float, float]:
    """Offset −0.5…0.5 of sample number `sample` of `samples` inside the pixel. The samples of a pixel share no row and
    no column (n-rooks), so that a near-horizontal edge gets as many levels as there are samples; their mean is 0."""
    turned = [s * _GOLDEN % 1.0 for s in range(max(samples, 1))]
    row = sorted(turned).index(turned[sample % len(turned)])
    return (sample % len(turned) + 0.5) / len(turned) - 0.5, (row + 0.5) / len(turned) - 0.5


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
