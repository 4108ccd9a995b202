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
_STRATUM_U = (_BAYER % _TILE).astype(np.float32).ravel() / _TILE
_STRATUM_V = (_BAYER // _TILE).astype(np.float32).ravel() / _TILE


def square(x: Floats, y: Floats, sample: int, salt: int) -> tuple[Floats, Floats]:
    """Points of the unit square for pixels (x, y). Any 4x4 block of pixels has a point in each
    of the square's 16 cells;
    `sample` turns the pattern on, `salt` separates one use (a light, the sky) from another."""
    column, row = x.astype(np.int32), y.astype(np.int32)
    at = ((row + salt) % _TILE) * _TILE + (column + 2 * salt) % _TILE
    turn = sample + 17 * salt
    spread_u, spread_v = _within_cell(column, row, turn)
    spread_u += _STRATUM_U.take(at)
    spread_v += _STRATUM_V.take(at)
    spread_u += np.float32(turn * _R2[0] % 1.0)
    spread_v += np.float32(turn * _R2[1] % 1.0)
    spread_u -= np.floor(spread_u)
    spread_v -= np.floor(spread_v)
    return spread_u, spread_v


def _within_cell(column: Ints, row: Ints, salt: int) -> tuple[Floats, Floats]:
    """Two numbers of 0…1/4 for a pixel, from one integer hash."""
    state = column.view(np.uint32) * np.uint32(0x9E3779B1)
    state += row.view(np.uint32) * np.uint32(0x85EBCA77)
    state += np.uint32(salt * 0xC2B2AE3D & 0xFFFFFFFF)
    state ^= state >> np.uint32(15)
    state *= np.uint32(0x2C1B3C6D)
    state ^= state >> np.uint32(13)
    scale = np.float32(1 / _TILE / (1 << 16))
    high, low = (state >> np.uint32(16)).astype(np.float32), (state & np.uint32(0xFFFF)).astype(np.float32)
    high *= scale
    low *= scale
    return high, low


def subpixel(sample: int, samples: int) -> tuple[float, float]:
    """Offset −0.5…0.5 of sample number `sample` of `samples` inside the pixel. The samples of a pixel share no row and
    no column (n-rooks), so that a near-horizontal edge gets as many levels as there are samples; their mean is 0."""
    turned = [s * _GOLDEN % 1.0 for s in range(max(samples, 1))]
    row = sorted(turned).index(turned[sample % len(turned)])
    return (sample % len(turned) + 0.5) / len(turned) - 0.5, (row + 0.5) / len(turned) - 0.5


def lens_point(sample: int) -> tuple[float, float]:
    """A point of the unit square for the lens: another sequence than `subpixel`, else blur and jitter would cancel."""
    return (0.5 + sample * _R2[0]) % 1.0, (0.5 + sample * _R2[1]) % 1.0


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
