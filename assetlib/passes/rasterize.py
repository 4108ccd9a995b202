"""The z-buffer in numpy, used where embreex is missing: the same data passes, and beauty without shadows.

Homogeneous rasterization (Olano & Greer 1997, Triangle Scan Conversion using 2D Homogeneous Coordinates): the
inverse of a triangle's three corners in camera space gives its edge functions, and no triangle needs clipping.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Passes, Scene
from assetlib.passes.arrays import passes_of
from assetlib.passes.geometry import Surface
from assetlib.passes.lens import Lens, pixel_centers
from assetlib.passes.lighting import Seen, shade
from assetlib.passes.looks import look_at
from assetlib.passes.sampling import subpixel
from assetlib.passes.stills import Still, develop, gather_hits, guide_of
from assetlib.passes.tracing import Found
from assetlib.passes.world import World, world_of

_BATCH = 1 << 20
_BEHIND = 1e-9
_FLATTEST = 1e-20
_Doubles = npt.NDArray[np.float64]


def rasterize_passes(scene: Scene, *, width: int, height: int, samples: int = 4) -> Passes:
    """Every pass of one frame without ray tracing; `info` says that beauty has no shadows."""
    world = world_of(scene, width, height, traced=False)
    center = _still(world, (0.0, 0.0))
    shifted = [_still(world, subpixel(s, samples)) for s in range(samples)] or [center]
    still = replace(
        center,
        beauty=np.mean([s.beauty for s in shifted], axis=0, dtype=np.float32),
        clay=np.mean([s.clay for s in shifted], axis=0, dtype=np.float32),
        alpha=np.mean([s.alpha for s in shifted], axis=0, dtype=np.float32),
    )
    return passes_of(scene, world, still, (("quality", "raster"), ("samples", samples), ("shadows", "none")))


def _still(world: World, shift: tuple[float, float]) -> Still:
    """An unshadowed picture: every lamp and the whole sky are seen from everywhere."""
    lens = world.lens
    x, y = pixel_centers(lens.width, lens.height)
    direction = lens.directions(x + np.float32(shift[0]), y + np.float32(shift[1]))
    found = rasterize(world.surface, lens, shift, world.near, world.far)
    filled = np.flatnonzero(found.triangle >= 0)
    hits = gather_hits(world, found, filled, lens.position[:, None], direction)
    look = look_at(world.palette, world.atlas, hits, lens.scale)
    seen = Seen(
        lamps=np.ones((len(world.lamps), len(hits)), np.float32),
        sky=np.ones(len(hits), np.float32),
        bounce=np.zeros((3, len(hits)), np.float32),
    )
    lit = np.zeros((len(world.lamps) + 4, lens.height, lens.width), np.float32)
    border = np.zeros((lens.height, lens.width), bool)
    guide = guide_of(lens, filled, hits)
    return develop(
        world, lens, found, filled, hits, guide, lit, border, border, shade(world, hits, look, seen), (), direction
    )


def rasterize(surface: Surface, lens: Lens, shift: tuple[float, float], near: float, far: float) -> Found:
    """The nearest triangle at each pixel center moved by `shift` pixels; fields as of a tracer, rows first."""
    count = lens.width * lens.height
    nearest, triangle = np.zeros(count), np.full(count, -1, np.int32)
    u, v = np.zeros(count, np.float32), np.zeros(count, np.float32)
    edges, boxes = _edge_functions(surface, lens, shift)
    for chosen, pixel in _candidates(boxes, lens.width):
        inverse, inside, b1, b2 = _cover(edges, chosen, pixel, lens, shift)
        keep = np.flatnonzero(inside & (inverse <= 1.0 / near) & (inverse >= 1.0 / far))
        # Of several triangles on a pixel the nearest is written last and stays.
        keep = keep[np.argsort(inverse[keep], kind="stable")]
        keep = keep[inverse[keep] > nearest[pixel[keep]]]
        at = pixel[keep]
        nearest[at], triangle[at] = inverse[keep], chosen[keep]
        u[at], v[at] = b1[keep] / inverse[keep], b2[keep] / inverse[keep]
    along = np.where(triangle >= 0, 1.0 / np.maximum(nearest, 1e-12), 0.0).astype(np.float32)
    return Found(triangle=triangle, u=u, v=v, along=along)


def _edge_functions(surface: Surface, lens: Lens, shift: tuple[float, float]) -> tuple[_Doubles, npt.NDArray[np.int64]]:
    """(T, 3, 3) rows whose product with (x, y, 1) on the plane at depth 1 is barycentric over depth, and the pixel
    boxes (T, 4) left, top, right, bottom (exclusive) that may be covered."""
    local = (surface.points.astype(np.float64) - lens.position) @ lens.axes.astype(np.float64)
    local[:, 2] *= -1.0
    corners = local[surface.triangles]
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    # Rows of the inverse of the matrix whose columns are the corners; its determinant is the cone's volume.
    edges = np.stack((np.cross(b, c), np.cross(c, a), np.cross(a, b)), axis=1)
    volume = np.einsum("ij,ij->i", a, edges[:, 0])
    sound = np.abs(volume) > _FLATTEST
    edges /= np.where(sound, volume, 1.0)[:, None, None]
    return edges, np.where(sound[:, None], _boxes(corners, lens, shift), 0)


def _boxes(corners: _Doubles, lens: Lens, shift: tuple[float, float]) -> npt.NDArray[np.int64]:
    depth = corners[..., 2]
    safe = np.maximum(depth, _BEHIND)
    x = corners[..., 0] / (safe * lens.scale) + lens.center[0] - shift[0]
    y = lens.center[1] - corners[..., 1] / (safe * lens.scale) - shift[1]
    low = np.stack((x.min(axis=1) - 0.5, y.min(axis=1) - 0.5), -1)
    high = np.stack((x.max(axis=1) + 0.5, y.max(axis=1) + 0.5), -1)
    size = np.array([lens.width, lens.height])
    boxes = np.concatenate((np.clip(np.floor(low), 0, size), np.clip(np.ceil(high), 0, size)), axis=1)
    crossing = (depth <= _BEHIND).any(axis=1)
    boxes[crossing] = (0, 0, lens.width, lens.height)
    boxes[(depth <= _BEHIND).all(axis=1)] = 0
    return boxes.astype(np.int64)


def _candidates(
    boxes: npt.NDArray[np.int64], width: int
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
    """Batches of (triangle, pixel) pairs that cover every box."""
    across = boxes[:, 2] - boxes[:, 0]
    area = np.maximum(across, 0) * np.maximum(boxes[:, 3] - boxes[:, 1], 0)
    filled = np.flatnonzero(area)
    batch = np.cumsum(area[filled]) // _BATCH
    for group in np.split(filled, np.flatnonzero(np.diff(batch)) + 1) if len(filled) else []:
        chosen = np.repeat(group, area[group])
        first = np.cumsum(area[group]) - area[group]
        within = np.arange(len(chosen)) - np.repeat(first, area[group])
        row, column = np.divmod(within, across[chosen])
        yield chosen, (boxes[chosen, 1] + row) * width + boxes[chosen, 0] + column


def _cover(
    edges: _Doubles, chosen: npt.NDArray[np.int64], pixel: npt.NDArray[np.int64], lens: Lens, shift: tuple[float, float]
) -> tuple[_Doubles, npt.NDArray[np.bool_], _Doubles, _Doubles]:
    x = ((pixel % lens.width) + 0.5 + shift[0] - lens.center[0]) * lens.scale
    y = (lens.center[1] - (pixel // lens.width) - 0.5 - shift[1]) * lens.scale
    b0, b1, b2 = (edges[chosen, i, 0] * x + edges[chosen, i, 1] * y + edges[chosen, i, 2] for i in range(3))
    inverse = b0 + b1 + b2
    slack = -1e-9 * np.abs(inverse)
    return inverse, (b0 >= slack) & (b1 >= slack) & (b2 >= slack) & (inverse > 0), b1, b2
