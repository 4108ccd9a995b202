"""Reflections of the scene in glossy surfaces: one mirror ray, shaded like any other point."""

from __future__ import annotations

import numpy as np

from assetlib.model.scene import Floats
from assetlib.passes.geometry import Hits, dot
from assetlib.passes.lighting import Seen, rough_guess, shade
from assetlib.passes.looks import Look, ambient_mirror, look_at
from assetlib.passes.world import World

_ROUGHEST = 0.45
_FAINTEST = 0.08


def add_mirrors(
    world: World, hits: Hits, look: Look, seen: Seen, beauty: Floats, pixels: tuple[Floats, Floats], turn: int
) -> None:
    """Adds what glossy points mirror of the scene to `beauty` (3, N). The sky's mirror is in there already."""
    facing = np.clip(dot(hits.normal, hits.to_eye), 0.0, 1.0)
    sharp = np.clip((_ROUGHEST - look.roughness) / 0.25, 0.0, 1.0)
    strength = look.mirror_color().max(axis=0) * sharp
    chosen = np.flatnonzero(strength > _FAINTEST)
    if not len(chosen):
        return
    few = hits.only(chosen)
    direction = few.normal * (2.0 * facing[chosen]) - few.to_eye
    found = world.nearest(few.lift, direction)
    met = np.flatnonzero(found.triangle >= 0)
    if not len(met):
        return
    behind = world.hits(found, met, few.lift, direction)
    at = chosen[met]
    mirrored_look = look_at(world.palette, world.atlas, behind, world.lens.scale * 2.0)
    guesses = [rough_guess(world, behind, pixels[0][at], pixels[1][at], 4 * turn + k).lamps for k in range(4)]
    # The mirrored surface is taken to be as open as what mirrors it; its own occlusion would be noise here.
    calm = Seen(
        lamps=np.mean(guesses, axis=0, dtype=np.float32), sky=np.maximum(seen.sky[at], 0.5), bounce=seen.bounce[:, at]
    )
    radiance, _ = shade(world, behind, mirrored_look, calm)
    chosen_look = Look(**{n: getattr(look, n)[..., at] for n in Look.__slots__})
    beauty[:, at] += ambient_mirror(chosen_look, facing[at]) * radiance * sharp[at]
