"""Reflections of the scene in glossy surfaces: one mirror ray, shaded like any other point."""

from __future__ import annotations

import numpy as np

from assetlib.model.scene import Floats, Ints
from assetlib.passes.geometry import Hits, dot
from assetlib.passes.lighting import Seen, ambient_shine, arriving_light, every_lamp, shade
from assetlib.passes.looks import Look, ambient_mirror, look_at
from assetlib.passes.world import World

_ROUGHEST = 0.45
_FAINTEST = 0.08
# A pixel widens in a curved mirror; without knowing the curve, lookups there take the breadth of a bowl.
_MIRROR_SPREAD = 6.0


def add_mirrors(
    world: World,
    hits: Hits,
    look: Look,
    seen: Seen,
    beauty: Floats,
    pixels: tuple[Floats, Floats],
    turn: int,
    rays: int,
) -> Ints:
    """Puts what glossy points mirror of the scene into `beauty` (3, N), in place of the untraced surroundings.

    `rays` shadow rays a lamp light each mirrored point. Returns the material number that each point mirrors, -1 for
    none: where it changes, the mirror shows an edge.
    """
    label = np.full(len(hits), -1, np.int32)
    facing = np.clip(dot(hits.normal, hits.to_eye), 0.0, 1.0)
    sharp = np.clip((_ROUGHEST - look.roughness) / 0.25, 0.0, 1.0)
    strength = look.mirror_color().max(axis=0) * sharp
    chosen = np.flatnonzero(strength > _FAINTEST)
    if not len(chosen):
        return label
    few = hits.only(chosen)
    direction = few.normal * (2.0 * facing[chosen]) - few.to_eye
    found = world.nearest(few.lift, direction)
    met = np.flatnonzero(found.triangle >= 0)
    if not len(met):
        return label
    behind = world.hits(found, met, few.lift, direction)
    at = chosen[met]
    mirrored_look = look_at(world.palette, world.atlas, behind, world.lens.scale * _MIRROR_SPREAD)
    arriving = arriving_light(world, behind)
    guesses = [every_lamp(world, behind, pixels[0][at], pixels[1][at], rays * turn + k, arriving) for k in range(rays)]
    # The mirrored surface is taken to be as open as what mirrors it; its own occlusion would be noise here.
    calm = Seen(
        lamps=np.mean(guesses, axis=0, dtype=np.float32), sky=np.maximum(seen.sky[at], 0.5), bounce=seen.bounce[:, at]
    )
    radiance, _ = shade(world, behind, mirrored_look, calm, arriving)
    glossy, few, share = look.only(at), hits.only(at), sharp[at]
    near = Seen(lamps=calm.lamps, sky=seen.sky[at], bounce=seen.bounce[:, at])
    mirrored = few.normal * (2.0 * facing[at]) - few.to_eye
    beauty[:, at] -= ambient_shine(world, few, glossy, near, facing[at], mirrored) * share
    beauty[:, at] += ambient_mirror(glossy, facing[at]) * radiance * share
    label[at] = behind.material
    return label
