"""How light reaches surface points: sampled visibility times noise-free light, sky and one bounce."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats, Ints
from assetlib.passes.geometry import Hits, dot, pick
from assetlib.passes.lights import Lamp
from assetlib.passes.looks import Look, ambient_mirror, highlight
from assetlib.passes.sampling import hemisphere, square
from assetlib.passes.world import CHUNK, World

_CLAY = np.float32(0.5)
_INVERSE_PI = np.float32(1.0 / np.pi)
_FIREFLY = np.float32(16.0)
_PICKING_PAYS = 0.75
# Light of a diffuse white below this changes no 8-bit step of a display, and neither do its highlights.
_FAINT = np.float32(5e-4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What N points see: `lamps` (L, N) and `sky` (N,) as shares 0…1, `bounce` (3, N) mean radiance of surroundings."""

    lamps: Floats
    sky: Floats
    bounce: Floats

    @property
    def channels(self) -> Floats:
        return np.concatenate((self.lamps, self.sky[None], self.bounce))


def seen_from(channels: Floats) -> Seen:
    """The inverse of `Seen.channels`."""
    return Seen(lamps=channels[:-4], sky=channels[-4], bounce=channels[-3:])


def lamp_sample(
    world: World, hits: Hits, lamp: int, x: Floats, y: Floats, sample: int, chosen: npt.NDArray[np.intp] | None = None
) -> Floats:
    """(N,) 1 where a point sees sample number `sample` of the lamp, 0 where something is between or it faces away.

    `chosen` are the N hits that ask; None asks for all. `x` and `y` are those of the N."""
    visible = np.zeros(len(x), np.float32)
    light = world.lamps[lamp]
    for part in _chunks(len(x)):
        u, v = square(x[part], y[part], sample, lamp + 1)
        points = part if chosen is None else chosen[part]
        lift = pick(hits.lift, points)
        way = light.toward(lift, u, v)
        facing = (dot(way, pick(hits.normal, points)) > 0.0) & (dot(way, pick(hits.flat, points)) > 0.0)
        above = _worth(facing)
        free = ~world.blocked(pick(lift, above), pick(way, above), 0.9999)
        visible[part][above] = free & facing[above]
    return visible


def surroundings(
    world: World, hits: Hits, x: Floats, y: Floats, sample: int, chosen: npt.NDArray[np.intp]
) -> tuple[Ints, Floats]:
    """One ray into the hemisphere from each of the N `chosen` hits: the caster that it met or -1, and where (3, N).
    `x` and `y` are those of all hits."""
    caster = np.empty(len(chosen), np.int32)
    ended = np.zeros((3, len(chosen)), np.float32)
    for part in _chunks(len(chosen)):
        points = chosen[part]
        u, v = square(x[points], y[points], sample, 0)
        direction = hemisphere(pick(hits.normal, points), u, v)
        lift = pick(hits.lift, points)
        found = world.nearest_caster(lift, direction)
        inside = found.triangle >= 0
        caster[part] = found.triangle
        ended[:, part] = lift + direction * np.where(inside, found.along, np.float32(0.0))
    return caster, ended


def open_sky(world: World, hits: Hits, x: Floats, y: Floats, sample: int) -> Floats:
    """(N,) 1 where one ray into the hemisphere escapes."""
    escaped = np.ones(len(hits), np.float32)
    for part in _chunks(len(hits)):
        u, v = square(x[part], y[part], sample, 0)
        direction = hemisphere(hits.normal[:, part], u, v)
        escaped[part] = ~world.blocked(hits.lift[:, part], direction, 1e30)
    return escaped


def arriving_light(world: World, hits: Hits) -> Floats:
    """(L, N) what each lamp would bring to each point if nothing were between."""
    arriving = np.empty((len(world.lamps), len(hits)), np.float32)
    for part in _chunks(len(hits)):
        point, normal = hits.point[:, part], hits.normal[:, part]
        for number, lamp in enumerate(world.lamps):
            arriving[number, part] = lamp.irradiance(point, normal)
    return arriving


def irradiance(world: World, arriving: Floats, visible: Floats) -> Floats:
    """(3, N) direct irradiance by all lamps, shadows included."""
    colors = np.array([lamp.radiance for lamp in world.lamps], np.float32).reshape(-1, 3)
    total: Floats = colors.T @ (arriving * visible)
    return total


def shade(world: World, hits: Hits, look: Look, seen: Seen, arriving: Floats | None = None) -> tuple[Floats, Floats]:
    """(3, N) radiance toward the eye and the same of matte gray clay. Mirrors of the scene come from `add_mirrors`."""
    beauty, clay = np.empty((3, len(hits)), np.float32), np.empty((3, len(hits)), np.float32)
    for part in _chunks(len(hits)):
        few = hits.only(part)
        light = arriving_light(world, few) if arriving is None else arriving[:, part]
        beauty[:, part], clay[:, part] = _shade_part(world, few, look.only(part), _cut_seen(seen, part), light)
    return beauty, clay


def _shade_part(world: World, hits: Hits, look: Look, seen: Seen, arriving: Floats) -> tuple[Floats, Floats]:
    facing = np.clip(dot(hits.normal, hits.to_eye), 0.0, 1.0)
    mirrored = hits.normal * (2.0 * facing) - hits.to_eye
    lit, beauty = np.zeros_like(hits.point), look.emissive.copy()
    for lamp, visible, light in zip(world.lamps, seen.lamps, arriving, strict=True):
        amount = light * visible
        lit += lamp.radiance[:, None] * amount
        chosen = _worth(amount * lamp.radiance.max() > _FAINT)
        shine = _shine(lamp, hits, look, mirrored, facing, chosen) * amount[chosen]
        # A mirror image is never brighter than the lamp itself.
        beauty[:, chosen] += np.minimum(shine, visible[chosen]) * lamp.radiance[:, None]
    around = world.sky.diffuse(hits.normal) * seen.sky + seen.bounce
    lit += around * np.float32(np.pi)
    beauty += look.matte_color() * (lit * _INVERSE_PI)
    beauty += ambient_shine(world, hits, look, seen, facing, mirrored)
    return np.minimum(beauty, _FIREFLY), np.minimum(lit * (_CLAY * _INVERSE_PI), _FIREFLY)


def _worth(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp] | slice:
    """The marked points, or all of them where picking them out would cost more than it saves."""
    chosen = np.flatnonzero(mask)
    return chosen if len(chosen) < _PICKING_PAYS * len(mask) else slice(None)


def _shine(
    lamp: Lamp, hits: Hits, look: Look, mirrored: Floats, facing: Floats, chosen: npt.NDArray[np.intp] | slice
) -> Floats:
    point, normal = hits.point, hits.normal
    if not isinstance(chosen, slice):
        point, normal = pick(point, chosen), pick(normal, chosen)
        look, mirrored, facing = look.only(chosen), pick(mirrored, chosen), facing[chosen]
    return highlight(look, facing, *lamp.gleam(point, normal, mirrored, facing))


def ambient_shine(world: World, hits: Hits, look: Look, seen: Seen, facing: Floats, mirrored: Floats) -> Floats:
    """The sky mirrored without tracing; a blocked sky also blocks its mirror (Lagarde 2014, specular occlusion)."""
    if world.sky.pictured:
        blur = look.roughness * look.roughness * np.float32(2.0) + np.float32(0.02)
        surrounding = world.sky.radiance(mirrored, blur, world.atlas)
    else:
        surrounding = np.broadcast_to(world.sky.flat[:, None], mirrored.shape)
    opened = np.clip((facing + seen.sky) ** np.exp2(-16.0 * look.roughness - 1.0) - 1.0 + seen.sky, 0.0, 1.0)
    shine: Floats = ambient_mirror(look, facing) * (surrounding * opened + seen.bounce)
    return shine


def every_lamp(world: World, hits: Hits, x: Floats, y: Floats, sample: int, arriving: Floats | None = None) -> Floats:
    """(L, N) one shadow ray a lamp: noisy, for points whose neighbors or samples average it out. Where `arriving`
    (L, N) tells that a lamp brings nothing that could be noticed, it is not asked."""
    seen = np.zeros((len(world.lamps), len(hits)), np.float32)
    for number, lamp in enumerate(world.lamps):
        if arriving is None:
            seen[number] = lamp_sample(world, hits, number, x, y, sample)
        else:
            chosen = np.flatnonzero(arriving[number] * lamp.radiance.max() > _FAINT)
            seen[number, chosen] = lamp_sample(world, hits, number, x[chosen], y[chosen], sample, chosen)
    return seen


def rough_guess(world: World, hits: Hits, x: Floats, y: Floats, sample: int) -> Seen:
    """`every_lamp`, and one ray into the sky."""
    return Seen(
        lamps=every_lamp(world, hits, x, y, sample),
        sky=open_sky(world, hits, x, y, sample),
        bounce=np.zeros((3, len(hits)), np.float32),
    )


def _chunks(count: int) -> list[slice]:
    return [slice(a, min(a + CHUNK, count)) for a in range(0, count, CHUNK)]


def _cut_seen(seen: Seen, rows: slice) -> Seen:
    return Seen(lamps=seen.lamps[:, rows], sky=seen.sky[rows], bounce=seen.bounce[:, rows])
