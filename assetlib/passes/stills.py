"""A whole pinhole picture: trace every pixel, light it, smooth the light, and keep what later steps reuse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats, Ints
from assetlib.passes.gathering import Effort, gather_light
from assetlib.passes.geometry import Hits, dot, unit
from assetlib.passes.ground import Ground, fill, idle_materials, one_in_64
from assetlib.passes.lens import Lens, pixel_centers
from assetlib.passes.lighting import arriving_light, rough_guess, seen_from, shade
from assetlib.passes.looks import look_at
from assetlib.passes.mirrors import add_mirrors
from assetlib.passes.smoothing import Guide, label_edges
from assetlib.passes.tracing import Found
from assetlib.passes.world import CHUNK, Veil, World

_NOWHERE = np.float32(-1e3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A lit picture and its geometry. `filled` are the flat pixel numbers that show something, in the order of
    hits. `border` marks hard shadow borders, `mirror_edges` edges seen in mirrors: both need more rays. `veiled` (H*W,)
    marks pixels with a see-through surface in front. `mean_bounce` (3,) is that of all
    surroundings."""

    lens: Lens
    found: Found
    filled: npt.NDArray[np.intp]
    hits: Hits
    guide: Guide
    lit: Floats
    mean_bounce: Floats
    border: npt.NDArray[np.bool_]
    mirror_edges: npt.NDArray[np.bool_]
    veiled: npt.NDArray[np.bool_]
    beauty: Floats
    clay: Floats
    alpha: Floats
    depth: Floats


def take_still(world: World, lens: Lens, shift: tuple[float, float], effort: Effort, turn: int) -> Still:
    """The scene through `lens`, sampled `shift` pixels off the pixel centers. `turn` numbers repeated stills."""
    x, y = pixel_centers(lens.width, lens.height)
    direction = lens.directions(x + np.float32(shift[0]), y + np.float32(shift[1]))
    origin = lens.position[:, None]
    found, veils = world.look_through(origin, direction)
    filled = np.flatnonzero(found.triangle >= 0)
    hits = gather_hits(world, found, filled, origin, direction)
    look = look_at(world.palette, world.atlas, hits, lens.scale)
    guide, answers = guide_of(lens, filled, hits), ~look.dull()
    ground = Ground(
        lens=lens,
        filled=filled,
        x=x[filled],
        y=y[filled],
        hits=hits,
        look=look,
        guide=guide,
        arriving=arriving_light(world, hits),
        answers=answers,
        asks=answers | one_in_64(x[filled], y[filled]),
        idle=idle_materials(answers, hits.material),
    )
    seen, lit, border = gather_light(world, ground, effort, turn)
    beauty, clay = shade(world, hits, look, seen, ground.arriving)
    mirrored = add_mirrors(world, hits, look, seen, beauty, (ground.x, ground.y), turn, effort.mirror)
    changing = label_edges(ground.picture(mirrored.astype(np.float32), -1.0))
    return develop(world, lens, found, filled, hits, guide, lit, border, changing, (beauty, clay), veils, direction)


def gather_hits(world: World, found: Found, chosen: npt.NDArray[np.intp], origin: Floats, direction: Floats) -> Hits:
    """`World.hits` in parts that stay in the processor's cache."""
    if len(chosen) <= CHUNK:
        return world.hits(found, chosen, origin, direction)
    parts = [world.hits(found, chosen[a : a + CHUNK], origin, direction) for a in range(0, len(chosen), CHUNK)]
    return Hits(**{n: np.concatenate([getattr(p, n) for p in parts], axis=-1) for n in Hits.__slots__})


def guide_of(lens: Lens, filled: npt.NDArray[np.intp], hits: Hits) -> Guide:
    """What `smooth` needs to know about the surface at each pixel."""
    shape = (lens.height, lens.width)
    inverse = 1.0 / hits.distance
    # On a plane n·p = c, the inverse depth of direction d is n·d / c: linear in the pixel position.
    level = dot(hits.flat, hits.point - lens.position[:, None])
    level = np.where(np.abs(level) < 1e-6, np.float32(-1e-6), level)
    slope_x = (lens.axes[:, 0] @ hits.flat) * np.float32(lens.scale) / level
    slope_y = (lens.axes[:, 1] @ hits.flat) * np.float32(-lens.scale) / level
    tolerance = 1.0 / (np.float32(0.01) * inverse + 0.5 * (np.abs(slope_x) + np.abs(slope_y)) + 1e-6)
    return Guide(
        normal=fill(shape, filled, hits.normal, 0.0),
        inverse=fill(shape, filled, inverse, _NOWHERE),
        slope_x=fill(shape, filled, slope_x, 0.0),
        slope_y=fill(shape, filled, slope_y, 0.0),
        tolerance=fill(shape, filled, tolerance, 0.0),
    )


def develop(
    world: World,
    lens: Lens,
    found: Found,
    filled: npt.NDArray[np.intp],
    hits: Hits,
    guide: Guide,
    lit: Floats,
    border: npt.NDArray[np.bool_],
    mirror_edges: npt.NDArray[np.bool_],
    shaded: tuple[Floats, Floats],
    veils: tuple[Veil, ...],
    direction: Floats,
) -> Still:
    """Puts the shaded points (beauty, clay) into the picture, over the background and under the veils."""
    count = lens.width * lens.height
    alpha = np.zeros(count, np.float32)
    alpha[filled] = 1.0
    color = behind(world, direction, alpha)
    gray = np.zeros((3, count), np.float32)
    for picture, values in zip((color, gray), shaded, strict=True):
        for row, given in zip(picture, values, strict=True):
            row[filled] = given
    alpha = lay_veils(world, veils, color, gray, alpha)
    veiled = np.zeros(count, bool)
    for veil in veils:
        veiled[veil.rays] = True
    depth = np.full(count, np.inf, np.float32)
    depth[filled] = found.along[filled]
    return Still(
        lens=lens,
        found=found,
        filled=filled,
        hits=hits,
        guide=guide,
        lit=lit,
        mean_bounce=lit[-3:].sum(axis=(1, 2)) / np.float32(max(len(filled), 1)),
        border=border,
        mirror_edges=mirror_edges,
        veiled=veiled,
        beauty=color,
        clay=gray,
        alpha=alpha,
        depth=depth,
    )


def behind(world: World, direction: Floats, alpha: Floats) -> Floats:
    """(3, N) what rays see that meet nothing: the pictured sky, else the background color."""
    color = np.repeat(world.background[:, None], direction.shape[1], axis=1)
    empty = np.flatnonzero(alpha == 0.0)
    if world.sky.pictured and len(empty):
        blur = np.full(len(empty), world.lens.scale, np.float32)
        color[:, empty] = world.sky.radiance(unit(direction[:, empty]), blur, world.atlas)
    return color


def lay_veils(world: World, veils: tuple[Veil, ...], color: Floats, gray: Floats, alpha: Floats) -> Floats:
    """Lays see-through surfaces over the picture, farthest first; returns the new coverage."""
    for veil in reversed(veils):
        x = (veil.rays % world.lens.width).astype(np.float32)
        y = (veil.rays // world.lens.width).astype(np.float32)
        look = look_at(world.palette, world.atlas, veil.hits, world.lens.scale)
        guesses = [rough_guess(world, veil.hits, x, y, s).channels for s in range(4)]
        over, over_gray = shade(world, veil.hits, look, seen_from(np.mean(guesses, axis=0)))
        color[:, veil.rays] += (over - color[:, veil.rays]) * veil.opacity
        gray[:, veil.rays] += (over_gray - gray[:, veil.rays]) * veil.opacity
        alpha[veil.rays] = 1.0 - (1.0 - alpha[veil.rays]) * (1.0 - veil.opacity)
    return alpha


def triangles_of(still: Still) -> Ints:
    return still.found.triangle.reshape(still.lens.height, still.lens.width)
