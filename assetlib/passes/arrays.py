"""From a traced or rasterized picture to named arrays, never blended but for beauty, clay and alpha."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats, Passes, Scene
from assetlib.passes.geometry import at_corners
from assetlib.passes.ground import fill
from assetlib.passes.lens import pixel_centers
from assetlib.passes.stills import Still
from assetlib.passes.world import World


def passes_of(scene: Scene, world: World, still: Still, info: tuple[tuple[str, str | int], ...]) -> Passes:
    """The arrays of a picture by name. A plain background color is told, so that a plate can replace it exactly."""
    lens, filled = still.lens, still.filled
    shape, triangle = (lens.height, lens.width), still.found.triangle[filled]
    entity, part = np.zeros(shape, np.uint16), np.zeros(shape, np.uint16)
    entity.ravel()[filled], part.ravel()[filled] = world.surface.entities[triangle], world.surface.parts[triangle]
    rest = at_corners(world.surface.rest, triangle, still.found.u[filled], still.found.v[filled])
    return Passes(
        frame=scene.frame,
        beauty=_image(still.beauty, shape),
        clay=_image(still.clay, shape),
        depth=still.depth.reshape(shape),
        normal=_image(_scatter(still.hits.normal, filled, shape), shape),
        entity=entity,
        part=part,
        motion=_image(_motion(world, still), shape),
        pref=_image(_scatter(rest, filled, shape), shape),
        alpha=still.alpha.reshape(shape),
        info=(*info, ("background", _plain_background(world)), ("triangles", len(world.surface.triangles))),
    )


def _plain_background(world: World) -> list[float] | None:
    return None if world.sky.pictured else [float(c) for c in world.background]


def _motion(world: World, still: Still) -> Floats:
    """(2, H*W) pixels to where each point lies at the next frame; the background turns with the camera."""
    lens, filled = still.lens, still.filled
    x, y = pixel_centers(lens.width, lens.height)
    far = np.float32(1e5)
    ahead = lens.position[:, None] + lens.directions(x, y) * far
    for row, given in zip(ahead, still.hits.point, strict=True):
        row[filled] = given
    triangle = still.found.triangle[filled]
    moving = np.flatnonzero(world.surface.moves[triangle])
    if len(moving):
        at = filled[moving]
        ahead[:, at] += at_corners(world.surface.motion, triangle[moving], still.found.u[at], still.found.v[at])
    next_x, next_y, depth = world.next_lens.project(ahead)
    seen = depth > 1e-6
    return np.stack((np.where(seen, next_x - x, 0.0), np.where(seen, next_y - y, 0.0))).astype(np.float32)


def _scatter(values: Floats, filled: npt.NDArray[np.intp], shape: tuple[int, int]) -> Floats:
    return fill(shape, filled, values, 0.0).reshape(len(values), -1)


def _image(planes: Floats, shape: tuple[int, int]) -> Floats:
    return np.ascontiguousarray(planes.T).reshape(*shape, len(planes))
