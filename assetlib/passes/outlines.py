"""Geometric anti-aliasing where it is needed: more rays only through pixels that an edge crosses.

A ray that meets a surface which a neighboring pixel shows takes that pixel's color, as multisampling does: what an
outline needs is how much of the pixel each surface covers. Only other surfaces and hard shadow borders are shaded.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats
from assetlib.passes.geometry import Hits, dot, pick
from assetlib.passes.lens import Lens
from assetlib.passes.lighting import lamp_sample, open_sky, seen_from, shade
from assetlib.passes.looks import look_at
from assetlib.passes.mirrors import add_mirrors
from assetlib.passes.sampling import subpixel
from assetlib.passes.smoothing import Guide, both_sides, label_edges, spread
from assetlib.passes.stills import Still, behind, gather_hits, lay_veils, triangles_of
from assetlib.passes.world import World

_Window = tuple[slice, slice]
_LEFT, _RIGHT = (slice(None), slice(None, -1)), (slice(None), slice(1, None))
_UPPER, _LOWER = (slice(None, -1), slice(None)), (slice(1, None), slice(None))
_BRIGHTEST = np.float32(4.0)
_NOTICED = 0.02
_SAME_DEPTH, _SAME_DIRECTION, _SAME_SHADE = 0.03, 0.85, 0.97


def outline(world: World, still: Still) -> npt.NDArray[np.bool_]:
    """(H, W) pixels that differ from a neighbor in asset, part, material or direction, or leap in depth."""
    labels, triangle = labels_of(world), triangles_of(still)
    labels = np.where(triangle >= 0, labels[triangle] if len(labels) else 0, -1)
    return label_edges(labels) | _shape_edges(still) | still.border | still.mirror_edges


def labels_of(world: World) -> npt.NDArray[np.int64]:
    """(T,) one number for asset, part and material of each triangle."""
    surface = world.surface
    label = surface.entities.astype(np.int64) << 40 | surface.parts.astype(np.int64) << 24
    label |= surface.materials.astype(np.int64) & 0xFFFFFF
    return label


def _shape_edges(still: Still) -> npt.NDArray[np.bool_]:
    guide = still.guide
    across = _bends(guide.normal, _LEFT, _RIGHT) | _leaps(guide, guide.slope_x, _LEFT, _RIGHT)
    down = _bends(guide.normal, _UPPER, _LOWER) | _leaps(guide, guide.slope_y, _UPPER, _LOWER)
    return both_sides(across, down)


def _bends(normal: Floats, here: _Window, there: _Window) -> npt.NDArray[np.bool_]:
    n, m = [c[here] for c in normal], [c[there] for c in normal]
    return np.asarray(n[0] * m[0] + n[1] * m[1] + n[2] * m[2] < 0.85)


def _leaps(guide: Guide, slope: Floats, here: _Window, there: _Window) -> npt.NDArray[np.bool_]:
    inverse, tolerance = guide.inverse, guide.tolerance
    return np.asarray(np.abs(inverse[there] - inverse[here] - slope[here]) * tolerance[here] > 2.0)


def refine(world: World, still: Still, samples: int) -> int:
    """Replaces beauty, clay and alpha of outline pixels by the mean of up to `samples` rays; returns how many pixels.

    Where the first three rays, far apart in the pixel, see the same, there was no edge to smooth and they suffice."""
    edge = np.flatnonzero(outline(world, still).ravel())
    if not len(edge) or samples < 2:
        return 0
    first = sorted({0, samples // 2, samples - 1})
    rest = [sample for sample in range(samples) if sample not in first]
    taken = [_sample(world, still, edge, sample, samples) for sample in first]
    total: Floats = np.stack(taken).sum(axis=0)
    rays = np.full(len(edge), len(first), np.float32)
    differing = np.flatnonzero(_differ(still.lens, edge, taken)) if rest else np.zeros(0, np.intp)
    for sample in rest if len(differing) else ():
        total[:, differing] += _sample(world, still, edge[differing], sample, samples)
        rays[differing] += 1.0
    total /= rays
    still.beauty[:, edge], still.clay[:, edge], still.alpha[edge] = total[:3], total[3:6], total[6]
    return len(edge)


def _differ(lens: Lens, edge: npt.NDArray[np.intp], taken: list[Floats]) -> npt.NDArray[np.bool_]:
    """Whether the samples of a pixel would look different on a display, about 5 steps of 255 apart; and its neighbors:
    a glint along an edge is often missed by three rays of one pixel and met by those of the next."""
    shown = [np.sqrt(np.maximum(sample, 0.0)) for sample in taken]
    apart = np.max(shown, axis=0) - np.min(shown, axis=0)
    mask = np.zeros(lens.height * lens.width, bool)
    mask[edge] = apart.max(axis=0) > _NOTICED
    grown: npt.NDArray[np.bool_] = spread(mask.reshape(lens.height, lens.width), 1).ravel()[edge]
    return grown


def _sample(world: World, still: Still, edge: npt.NDArray[np.intp], sample: int, samples: int) -> Floats:
    """(7, N) beauty, clay and coverage of one ray through each of the `edge` pixels."""
    lens, (dx, dy) = still.lens, subpixel(sample, samples)
    x, y = (edge % lens.width).astype(np.float32) + 0.5, (edge // lens.width).astype(np.float32) + 0.5
    direction = lens.directions(x + np.float32(dx), y + np.float32(dy))
    origin = lens.position[:, None]
    found, veils = world.look_through(origin, direction)
    filled = np.flatnonzero(found.triangle >= 0)
    hits = gather_hits(world, found, filled, origin, direction)
    alpha = np.zeros(len(edge), np.float32)
    alpha[filled] = 1.0
    color, gray = behind(world, direction, alpha), np.zeros((3, len(edge)), np.float32)
    shown = _shown_nearby(world, still, hits, edge[filled], (dx, dy))
    known = np.flatnonzero(shown >= 0)
    at = filled[known]
    color[:, at], gray[:, at] = pick(still.beauty, shown[known]), pick(still.clay, shown[known])
    other = np.flatnonzero(shown < 0)
    at = filled[other]
    color[:, at], gray[:, at] = _shaded(world, still, hits.only(other), edge[at], (x[at], y[at]), (dx, dy), sample)
    alpha = lay_veils(world, veils, color, gray, alpha)
    return np.concatenate((np.minimum(color, _BRIGHTEST), gray, alpha[None]))


def _shown_nearby(
    world: World, still: Still, hits: Hits, pixel: npt.NDArray[np.intp], shift: tuple[float, float]
) -> npt.NDArray[np.intp]:
    """The pixel whose center shows the very surface that a sample met, -1 where none does or where it shows more than
    that surface: a hard shadow's border, an edge in a mirror, a veil."""
    labels, normal = labels_of(world), still.guide.normal.reshape(3, -1)
    center, met = still.found.triangle, labels[hits.triangle]
    mixed = (still.border | still.mirror_edges).ravel()
    shown = np.full(len(hits), -1, np.intp)
    waiting = np.flatnonzero(~mixed[pixel])
    for there in _neighbors(still.lens, pixel, shift):
        at = there[waiting]
        same = (center[at] >= 0) & (labels[center[at]] == met[waiting]) & ~still.veiled[at]
        same &= _as_far(still.guide, hits, at, waiting)
        same &= dot(pick(normal, at), pick(hits.normal, waiting)) > _SAME_SHADE
        shown[waiting[same]] = at[same]
        waiting = waiting[~same]
    return shown


def _shaded(
    world: World,
    still: Still,
    hits: Hits,
    pixel: npt.NDArray[np.intp],
    at: tuple[Floats, Floats],
    shift: tuple[float, float],
    sample: int,
) -> tuple[Floats, Floats]:
    look = look_at(world.palette, world.atlas, hits, still.lens.scale)
    seen = seen_from(_borrow(world, still, hits, pixel, shift, sample, at))
    beauty, clay = shade(world, hits, look, seen)
    add_mirrors(world, hits, look, seen, beauty, at, sample, 1)
    return beauty, clay


def _borrow(
    world: World,
    still: Still,
    hits: Hits,
    pixel: npt.NDArray[np.intp],
    shift: tuple[float, float],
    sample: int,
    at: tuple[Floats, Floats],
) -> Floats:
    """(C, N) light that reaches the sample: that of the nearest pixel on the same surface, else traced anew.
    At a hard shadow's border only the surroundings are borrowed, and the lamps are asked again."""
    borrowed, alone = _from_neighbors(still, hits, pixel, shift)
    retraced = np.flatnonzero(still.border.ravel()[pixel] | alone)
    if len(retraced):
        x, y = at[0][retraced], at[1][retraced]
        for lamp in range(len(world.lamps)):
            borrowed[lamp, retraced] = lamp_sample(world, hits, lamp, x, y, sample, retraced)
    lost = np.flatnonzero(alone)
    if len(lost):
        borrowed[-4, lost] = open_sky(world, hits.only(lost), at[0][lost], at[1][lost], sample)
        borrowed[-3:, lost] = still.mean_bounce[:, None]
    return borrowed


def _from_neighbors(
    still: Still, hits: Hits, pixel: npt.NDArray[np.intp], shift: tuple[float, float]
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Light of the first neighbor that shows the same surface, and which samples found none."""
    channels, normal = still.lit.reshape(len(still.lit), -1), still.guide.normal.reshape(3, -1)
    borrowed = np.zeros((len(channels), len(hits)), np.float32)
    waiting = np.arange(len(hits))
    for there in _neighbors(still.lens, pixel, shift):
        at = there[waiting]
        same = _as_far(still.guide, hits, at, waiting)
        same &= dot(pick(normal, at), pick(hits.normal, waiting)) > _SAME_DIRECTION
        borrowed[:, waiting[same]] = pick(channels, at[same])
        waiting = waiting[~same]
    alone = np.zeros(len(hits), bool)
    alone[waiting] = True
    return borrowed, alone


def _as_far(
    guide: Guide, hits: Hits, there: npt.NDArray[np.intp], chosen: npt.NDArray[np.intp]
) -> npt.NDArray[np.bool_]:
    return np.asarray(np.abs(guide.inverse.ravel()[there] * hits.distance[chosen] - 1.0) < _SAME_DEPTH)


def _neighbors(lens: Lens, pixel: npt.NDArray[np.intp], shift: tuple[float, float]) -> Iterator[npt.NDArray[np.intp]]:
    """The pixels themselves, then those around them, nearest to the sample first."""
    row, column = np.divmod(pixel, lens.width)
    for right, down in _around(shift):
        there = np.clip(row + down, 0, lens.height - 1) * lens.width
        there += np.clip(column + right, 0, lens.width - 1)
        yield there


def _around(shift: tuple[float, float]) -> tuple[tuple[int, int], ...]:
    right, down = (1 if shift[0] > 0 else -1), (1 if shift[1] > 0 else -1)
    return (0, 0), (right, 0), (0, down), (right, down), (-right, 0), (0, -down)
