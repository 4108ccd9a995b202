"""Light gathered over a whole picture: few rays a pixel, shared among neighbors on the same surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats
from assetlib.passes.geometry import pick
from assetlib.passes.ground import Ground
from assetlib.passes.lighting import Seen, irradiance, open_sky, seen_from, surroundings
from assetlib.passes.shadows import HARD, NARROW, WIDE, cast_shadows
from assetlib.passes.smoothing import smooth
from assetlib.passes.world import CHUNK, World

_SAME_PLACE = np.float32(0.02)
_BRIGHTEST_BOUNCE = np.float32(4.0)
_NEAR_LEVELS, _WIDE_LEVELS = range(2), range(2, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How much sampling a picture gets: `sky` rays into the hemisphere; `more` shadow rays where a shadow's border
    may be; `mirror` shadow rays for what glossy surfaces show; `edge` rays through outline pixels; and whether
    surfaces light each other.
    """

    sky: int
    more: int
    mirror: int
    edge: int
    bounce: bool


def gather_light(world: World, ground: Ground, effort: Effort, turn: int) -> tuple[Seen, Floats, npt.NDArray[np.bool_]]:
    """What every point sees, smoothed; the same as (C, H, W); and where hard shadows have a border."""
    shadows, soft, border = cast_shadows(world, ground, effort.more, turn)
    visible = pick(shadows.reshape(len(shadows), border.size), ground.filled)
    sky, bounce = _surroundings(world, ground, effort, turn, visible)
    around = ground.picture(np.concatenate((sky[None], bounce)), 0.0)
    # Only half shadow is smoothed, so that a hard shadow stays hard; and only a broad one over a broad neighborhood.
    count = len(shadows)
    answering = np.broadcast_to(ground.marked(ground.answers), (len(around), *border.shape))
    near = smooth(
        np.concatenate((shadows, around)), ground.guide, _NEAR_LEVELS, np.concatenate((soft > HARD, answering))
    )
    wide = smooth(near, ground.guide, _WIDE_LEVELS, np.concatenate((soft == WIDE, answering)))
    lit = wide
    np.copyto(lit[:count], shadows, where=soft == HARD)
    np.copyto(lit[:count], near[:count], where=soft == NARROW)
    return seen_from(pick(lit.reshape(len(lit), -1), ground.filled)), lit, border


def _surroundings(world: World, ground: Ground, effort: Effort, turn: int, visible: Floats) -> tuple[Floats, Floats]:
    """(N,) share of open sky and (3, N) mean radiance of the surfaces that hide the rest."""
    count = len(ground.hits)
    sky, bounce = np.zeros(count, np.float32), np.zeros((3, count), np.float32)
    numbers = range(turn * effort.sky, (turn + 1) * effort.sky)
    if effort.bounce and count:
        direct = irradiance(world, ground.arriving, visible)
        radiosity = ground.look.matte_color() * direct * np.float32(1 / np.pi) + ground.look.emissive
        # What the camera does not see is as likely in shadow as not.
        elsewhere = direct.mean(axis=1, keepdims=True) * np.float32(0.5 / np.pi)
        for number in numbers:
            opened, color = _bounced(world, ground, radiosity, elsewhere, number)
            sky += opened / effort.sky
            bounce += color / effort.sky
        ground.fill_in(sky)
        ground.fill_in(bounce)
    elif not world.sky.dark:
        for number in numbers:
            sky += open_sky(world, ground.hits, ground.x, ground.y, number) / effort.sky
    return sky, bounce


def _bounced(world: World, ground: Ground, radiosity: Floats, elsewhere: Floats, sample: int) -> tuple[Floats, Floats]:
    """One ray into the hemisphere: share of open sky, and the light (3, N) of the surface it meets. That is read from
    the picture where the camera sees the surface; `elsewhere` (3, 1) times its color stands for what it does not."""
    lens, hits = ground.lens, ground.hits
    chosen = np.flatnonzero(ground.asks)
    caster, ended = surroundings(world, hits, ground.x, ground.y, sample, chosen)
    opened, color = np.ones(len(hits), np.float32), np.zeros((3, len(hits)), np.float32)
    opened[chosen] = caster < 0
    number = np.full(lens.width * lens.height, -1, np.int32)
    number[ground.filled] = np.arange(len(hits), dtype=np.int32)
    met = np.flatnonzero(caster >= 0)
    for a in range(0, len(met), CHUNK):
        part = met[a : a + CHUNK]
        x, y, depth = lens.project(pick(ended, part))
        inside = (depth > 0) & (x >= 0) & (x < lens.width) & (y >= 0) & (y < lens.height)
        at = np.where(inside, y, 0).astype(np.int32) * lens.width + np.where(inside, x, 0).astype(np.int32)
        known = np.where(inside, number[at], -1)
        same = (known >= 0) & (np.abs(hits.distance[known] - depth) < _SAME_PLACE * depth)
        unseen = pick(world.caster_colors, caster[part]) * elsewhere
        color[:, chosen[part]] = np.where(same, pick(radiosity, known), unseen)
    return opened, np.minimum(color, _BRIGHTEST_BOUNCE)
