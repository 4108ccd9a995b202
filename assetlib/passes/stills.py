"""A whole pinhole picture: trace every pixel, light it, smooth the light, and keep what later steps reuse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats, Ints
from assetlib.passes.geometry import Hits, dot, unit
from assetlib.passes.lens import Lens, pixel_centers
from assetlib.passes.lighting import (
    Seen,
    irradiance,
    lamp_sample,
    open_sky,
    rough_guess,
    seen_from,
    shade,
    surroundings,
)
from assetlib.passes.looks import Look, look_at
from assetlib.passes.mirrors import add_mirrors
from assetlib.passes.smoothing import Guide, label_edges, smooth, spread
from assetlib.passes.tracing import Found
from assetlib.passes.world import CHUNK, Veil, World

_NOWHERE = np.float32(-1e3)
_SAME_PLACE = np.float32(0.02)
_BRIGHTEST_BOUNCE = np.float32(4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much sampling a picture gets. `more` shadow rays where a shadow's border may be; `edge` rays at outlines."""

    sky: int
    more: int
    edge: int
    bounce: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """A lit picture and its geometry. `filled` are the flat pixel numbers that show something, in the order of
    hits. `border` marks hard shadow borders, `mirror_edges` edges seen in mirrors: both need more rays."""

    lens: Lens
    found: Found
    filled: npt.NDArray[np.intp]
    hits: Hits
    guide: Guide
    lit: Floats
    border: npt.NDArray[np.bool_]
    mirror_edges: npt.NDArray[np.bool_]
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
    guide = guide_of(lens, filled, hits)
    px, py = x[filled], y[filled]
    seen, lit, border = _light(world, lens, hits, look, guide, filled, (px, py), effort, turn)
    beauty, clay = shade(world, hits, look, seen)
    mirrored = add_mirrors(world, hits, look, seen, beauty, (px, py), turn)
    changing = label_edges(_fill((lens.height, lens.width), filled, mirrored.astype(np.float32), -1.0))
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
        normal=_fill(shape, filled, hits.normal, 0.0),
        inverse=_fill(shape, filled, inverse, _NOWHERE),
        slope_x=_fill(shape, filled, slope_x, 0.0),
        slope_y=_fill(shape, filled, slope_y, 0.0),
        tolerance=_fill(shape, filled, tolerance, 0.0),
    )


def _fill(shape: tuple[int, int], filled: npt.NDArray[np.intp], values: Floats, empty: float | np.float32) -> Floats:
    full = np.full((*values.shape[:-1], shape[0] * shape[1]), empty, np.float32)
    full[..., filled] = values
    return full.reshape(*values.shape[:-1], *shape)


def _light(
    world: World,
    lens: Lens,
    hits: Hits,
    look: Look,
    guide: Guide,
    filled: npt.NDArray[np.intp],
    pixels: tuple[Floats, Floats],
    effort: Effort,
    turn: int,
) -> tuple[Seen, Floats, npt.NDArray[np.bool_]]:
    """Visibility of every lamp and of the sky, smoothed; also as (C, H, W), and where hard shadows have a border."""
    shape = (lens.height, lens.width)
    lamps, border = _soft_shadows(world, shape, guide, hits, filled, pixels, effort, turn)
    sky = np.zeros(len(hits), np.float32)
    bounce = np.zeros((3, len(hits)), np.float32)
    if effort.bounce:
        direct = irradiance(world, hits, Seen(lamps=lamps, sky=sky, bounce=bounce))
        radiosity = look.matte_color() * direct * np.float32(1 / np.pi) + look.emissive
        # What the camera does not see is as likely in shadow as not.
        elsewhere = direct.mean(axis=1, keepdims=True) * np.float32(0.5 / np.pi) if len(hits) else direct[:, :1]
        for sample in range(effort.sky):
            opened, color = _bounced(
                world, lens, hits, filled, radiosity, elsewhere, pixels, turn * effort.sky + sample
            )
            sky += opened / effort.sky
            bounce += color / effort.sky
    elif not world.sky.dark:
        for sample in range(effort.sky):
            sky += open_sky(world, hits, *pixels, turn * effort.sky + sample) / effort.sky
    around = _fill(shape, filled, np.concatenate((sky[None], bounce)), 0.0)
    around = smooth(around if effort.bounce else around[:1], guide, 3)
    if not effort.bounce:
        around = np.concatenate((around, np.zeros((3, *shape), np.float32)))
    lit = np.concatenate((_fill(shape, filled, lamps, 1.0), around))
    return seen_from(lit.reshape(len(lit), -1)[:, filled]), lit, border


def _soft_shadows(
    world: World,
    shape: tuple[int, int],
    guide: Guide,
    hits: Hits,
    filled: npt.NDArray[np.intp],
    pixels: tuple[Floats, Floats],
    effort: Effort,
    turn: int,
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """(L, N) visible shares. One ray everywhere; more where neighbors disagree; smoothed only in half shadow,
    so that a hard shadow stays hard."""
    lamps = np.zeros((len(world.lamps), len(hits)), np.float32)
    border = np.zeros(shape, bool)
    for lamp in range(len(world.lamps)):
        visible = lamp_sample(world, hits, lamp, *pixels, turn * (effort.more + 1))
        unsure = np.flatnonzero(_disputed(_fill(shape, filled, visible, -1.0)).ravel()[filled])
        total = visible[unsure]
        few, at = hits.only(unsure), (pixels[0][unsure], pixels[1][unsure])
        for sample in range(effort.more):
            total = total + lamp_sample(world, few, lamp, *at, turn * (effort.more + 1) + sample + 1)
        visible[unsure] = total / (effort.more + 1)
        picture = _fill(shape, filled, visible, 1.0)
        mixed = (picture > 0.01) & (picture < 0.99)
        soft = spread(mixed, 3)
        border |= _disputed(np.where(soft, np.float32(-1.0), picture), reach=1)
        if mixed.any():
            share = smooth(soft[None].astype(np.float32), guide, 1)
            picture += (smooth(picture[None], guide, 2)[0] - picture) * share[0]
        lamps[lamp] = picture.ravel()[filled]
    return lamps, border


def _disputed(picture: Floats, reach: int = 2) -> npt.NDArray[np.bool_]:
    """Where both lit (1) and dark (0) pixels lie within `reach`; negative values do not count."""
    return spread(picture > 0.5, reach) & spread((picture >= 0.0) & (picture < 0.5), reach)


def _bounced(
    world: World,
    lens: Lens,
    hits: Hits,
    filled: npt.NDArray[np.intp],
    radiosity: Floats,
    elsewhere: Floats,
    pixels: tuple[Floats, Floats],
    sample: int,
) -> tuple[Floats, Floats]:
    """One ray into the hemisphere: share of open sky, and the light (3, N) of the surface it meets. That is read from
    the picture where the camera sees the surface; `elsewhere` (3, 1) times its color stands for what it does not."""
    caster, ended = surroundings(world, hits, *pixels, sample)
    color = np.zeros((3, len(hits)), np.float32)
    number = np.full(lens.width * lens.height, -1, np.int32)
    number[filled] = np.arange(len(filled), dtype=np.int32)
    met = np.flatnonzero(caster >= 0)
    for a in range(0, len(met), CHUNK):
        part = met[a : a + CHUNK]
        x, y, depth = lens.project(ended[:, part])
        inside = (depth > 0) & (x >= 0) & (x < lens.width) & (y >= 0) & (y < lens.height)
        at = np.where(inside, y, 0).astype(np.int32) * lens.width + np.where(inside, x, 0).astype(np.int32)
        known = np.where(inside, number[at], -1)
        same = (known >= 0) & (np.abs(hits.distance[known] - depth) < _SAME_PLACE * depth)
        color[:, part] = np.where(same, radiosity[:, known], world.caster_colors[:, caster[part]] * elsewhere)
    return (caster < 0).astype(np.float32), np.minimum(color, _BRIGHTEST_BOUNCE)


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
    color[:, filled], gray[:, filled] = shaded
    alpha = lay_veils(world, veils, color, gray, alpha)
    depth = np.full(count, np.inf, np.float32)
    depth[filled] = found.along[filled]
    return Still(
        lens=lens,
        found=found,
        filled=filled,
        hits=hits,
        guide=guide,
        lit=lit,
        border=border,
        mirror_edges=mirror_edges,
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
