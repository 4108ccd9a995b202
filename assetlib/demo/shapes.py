"""Surfaces that a modeler would turn, sweep or cast, as grids of points.

Every surface is a `Sheet`: a grid with rows and columns, so that it unwraps without thought, can be painted
by position, and welds into triangles without seams. Meters, Y up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Vec = Sequence[float] | npt.NDArray[Any]
Line = Sequence[Vec] | npt.NDArray[Any]
Field = Callable[[Array], Array]
"""Signed distance of points (N, 3) to a body, negative inside; shape (N,)."""

CAP_ROWS = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheet:
    """A grid of points (rows, columns, 3). A closed one repeats its first column as its last, for the texture seam."""

    points: Array
    mirror: bool = False

    @property
    def rows(self) -> int:
        return int(self.points.shape[0])

    @property
    def columns(self) -> int:
        return int(self.points.shape[1])

    def uv(self) -> Array:
        """(rows, columns, 2), u along columns and v along rows, each 0…1."""
        u, v = np.meshgrid(np.linspace(0, 1, self.columns), np.linspace(0, 1, self.rows))
        return np.stack([1 - u if self.mirror else u, v], -1)

    def moved(self, offset: Vec) -> Sheet:
        return Sheet(points=self.points + np.asarray(offset, float), mirror=self.mirror)

    def turned(self, matrix: Array, about: Vec = (0, 0, 0)) -> Sheet:
        pivot = np.asarray(about, float)
        return Sheet(points=(self.points - pivot) @ matrix.T + pivot, mirror=self.mirror)

    def mirrored(self) -> Sheet:
        """The other side of the body, facing outward still; its texture is mirrored with it."""
        return Sheet(points=(self.points * (-1, 1, 1))[:, ::-1], mirror=not self.mirror)

    def triangles(self) -> npt.NDArray[np.int64]:
        """Two triangles a cell, counter-clockwise seen from outside; indices into the flattened grid."""
        index = np.arange(self.rows * self.columns).reshape(self.rows, self.columns)
        a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
        return np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], 2).reshape(-1, 3)


def rotation(axis: str, degrees: float) -> Array:
    """3×3 rotation about x, y or z, counter-clockwise seen against the axis."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrices = {
        "x": [[1, 0, 0], [0, c, -s], [0, s, c]],
        "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]],
        "z": [[c, -s, 0], [s, c, 0], [0, 0, 1]],
    }
    return np.array(matrices[axis], float)


def spline(knots: Line, count: int) -> Array:
    """`count` points on the Catmull-Rom curve through `knots` (any dimension), evenly spaced in parameter."""
    k = np.asarray(knots, float)
    padded = np.concatenate([[2 * k[0] - k[1]], k, [2 * k[-1] - k[-2]]])
    t = np.linspace(0, len(k) - 1, count)
    i = np.minimum(t.astype(int), len(k) - 2)
    f = (t - i)[:, None]
    p0, p1, p2, p3 = (padded[i + n] for n in range(4))
    return np.asarray(
        0.5 * (2 * p1 + (p2 - p0) * f + (2 * p0 - 5 * p1 + 4 * p2 - p3) * f**2 + (3 * p1 - p0 - 3 * p2 + p3) * f**3)
    )


def lathe(
    profile: Line,
    *,
    columns: int = 32,
    rows: int | None = None,
    squash: tuple[float, float] = (1, 1),
    center: Vec = (0, 0, 0),
    ripple: Callable[[Array, Array], Array] | None = None,
) -> Sheet:
    """Turn a profile of (radius, height) from bottom to top about Y.

    `rows` resamples it as a smooth curve; `squash` scales x and z; `ripple(angle, v)` multiplies the radius.
    """
    p = spline(profile, rows) if rows else np.asarray(profile, float)
    angle = np.linspace(0, 2 * np.pi, columns + 1)
    radius = np.maximum(p[:, :1], 0) * np.ones_like(angle)
    if ripple is not None:
        radius = radius * ripple(angle[None, :], np.linspace(0, 1, len(p))[:, None])
    x, z = radius * np.sin(angle) * squash[0], radius * np.cos(angle) * squash[1]
    y = np.broadcast_to(p[:, 1:], x.shape)
    return Sheet(points=_close(np.stack([x, y, z], -1)) + np.asarray(center, float))


def sweep(
    path: Line,
    radii: Vec | Line,
    *,
    columns: int = 20,
    side: Vec = (1, 0, 0),
    capped: bool = True,
    looped: bool = False,
    section: Callable[[Array], Array] | None = None,
) -> Sheet:
    """Carry a cross-section along `path` (n, 3).

    radii: (n,) or (n, 2) for width along `side` and across it. section(angle) -> (…, 2) replaces the circle.
    Caps are half spheres; a looped path joins its end to its start.
    """
    line = np.asarray(path, float)
    r = np.asarray(radii, float)
    r = np.stack([r, r], -1) if r.ndim == 1 else r
    if capped and not looped:
        line, r = _round_ends(line, r)
    x, y = _frames(line, np.asarray(side, float), looped)
    angle = np.linspace(0, 2 * np.pi, columns + 1)
    shape = section(angle) if section else np.stack([np.cos(angle), np.sin(angle)], -1)
    ring = shape[None, :, :] * r[:, None, :]
    points = line[:, None] + ring[..., :1] * x[:, None] + ring[..., 1:] * y[:, None]
    return Sheet(points=_close(points))


def _round_ends(line: Array, r: Array) -> tuple[Array, Array]:
    angle = np.linspace(np.pi / 2, 0, CAP_ROWS, endpoint=False)
    out, width = np.sin(angle)[:, None], np.cos(angle)[:, None]
    first, last = _unit(line[0] - line[1]), _unit(line[-1] - line[-2])
    head = line[0] + first * out * r[0].mean()
    tail = (line[-1] + last * out * r[-1].mean())[::-1]
    return np.concatenate([head, line, tail]), np.concatenate([r[0] * width, r, (r[-1] * width)[::-1]])


def _frames(line: Array, side: Array, looped: bool) -> tuple[Array, Array]:
    """A frame along the line whose first axis stays as near to `side` as it can."""
    if looped:
        tangent = _unit(np.roll(line[:-1], -1, 0) - np.roll(line[:-1], 1, 0))
        tangent = np.concatenate([tangent, tangent[:1]])
    else:
        tangent = _unit(np.gradient(line, axis=0))
    x = np.empty_like(line)
    previous = side
    for i, t in enumerate(tangent):
        previous = _unit(previous - t * (previous @ t))
        x[i] = previous
    return x, np.cross(tangent, x)


def cast(
    field: Field,
    center: Vec,
    *,
    rows: int = 48,
    columns: int = 64,
    pole: str = "y",
    reach: float = 1.0,
) -> Sheet:
    """Shrink a globe around `center` onto a body that every ray from the center leaves once.

    The poles lie on `pole`; points come from marching inward from `reach` meters.
    """
    latitude = np.linspace(-np.pi / 2, np.pi / 2, rows)[:, None]
    angle = np.linspace(0, 2 * np.pi, columns + 1)[None]
    along, around = np.sin(latitude) + 0 * angle, np.cos(latitude)
    a, b = around * np.sin(angle), around * np.cos(angle)
    order = {"y": (a, along, b), "z": (b, a, along), "x": (along, b, a)}[pole]
    rays = np.stack(order, -1).reshape(-1, 3)
    distance = _march(field, np.asarray(center, float), rays, reach)
    points = np.asarray(center, float) + rays * distance[:, None]
    return Sheet(points=_close(points.reshape(rows, columns + 1, 3)))


def _march(field: Field, center: Array, rays: Array, reach: float) -> Array:
    distance = np.full(len(rays), reach)
    for _ in range(48):
        distance -= 0.8 * field(center + rays * distance[:, None])
    return np.asarray(np.maximum(distance, 1e-4))


def project(field: Field, points: Array, direction: Vec, reach: float = 0.6) -> Array:
    """Where rays that start `reach` before each point along `direction` meet the body."""
    ray = _unit(np.asarray(direction, float))
    at = points - ray * reach
    for _ in range(60):
        at = at + ray * 0.8 * field(at)[:, None]
    return np.asarray(at)


def ellipsoid(center: Vec, radii: Vec) -> Field:
    c, r = np.asarray(center, float), np.asarray(radii, float)

    def field(p: Array) -> Array:
        q = (p - c) / r
        k0, k1 = np.linalg.norm(q, axis=-1), np.linalg.norm(q / r, axis=-1)
        return np.asarray(k0 * (k0 - 1) / np.maximum(k1, 1e-9))

    return field


def cone(a: Vec, b: Vec, ra: float, rb: float) -> Field:
    """A capsule from a to b whose radius runs from ra to rb."""
    start, axis = np.asarray(a, float), np.asarray(b, float) - np.asarray(a, float)

    def field(p: Array) -> Array:
        t = np.clip(((p - start) @ axis) / (axis @ axis), 0, 1)
        return np.asarray(np.linalg.norm(p - start - t[..., None] * axis, axis=-1) - (ra + (rb - ra) * t))

    return field


def blend(fields: Sequence[Field], softness: float) -> Field:
    """Fields melted together over about `softness` meters (polynomial smooth minimum)."""

    def field(p: Array) -> Array:
        total = fields[0](p)
        for other in fields[1:]:
            d = other(p)
            h = np.clip(0.5 + 0.5 * (d - total) / softness, 0, 1)
            total = d + (total - d) * h - softness * h * (1 - h)
        return total

    return field


def rounded_box(size: Vec, radius: float, center: Vec = (0, 0, 0), steps: int = 4) -> tuple[Sheet, ...]:
    """Six welded faces of a box (width, height, depth) with rounded edges."""
    half = np.asarray(size, float) / 2
    inner = half - radius
    sheets = []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            grid = np.empty((2 * steps, 2 * steps, 3))
            grid[..., axis] = sign * half[axis]
            grid[..., u] = _toward_edges(half[u], inner[u], steps)[None, :]
            grid[..., v] = _toward_edges(half[v], inner[v], steps)[:, None]
            core = np.clip(grid, -inner, inner)
            points = core + radius * _unit(grid - core)
            sheets.append(Sheet(points=(points if sign > 0 else points[:, ::-1]) + np.asarray(center, float)))
    return tuple(sheets)


def _toward_edges(half: float, inner: float, steps: int) -> Array:
    bevel = inner + (half - inner) * np.tan(np.linspace(0, np.pi / 4, steps))
    return np.concatenate([-bevel[::-1], bevel])


def _unit(vector: Array) -> Array:
    return np.asarray(vector / np.maximum(np.linalg.norm(vector, axis=-1, keepdims=True), 1e-12))


def _close(points: Array) -> Array:
    points[:, -1] = points[:, 0]
    return points
