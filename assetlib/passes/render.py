"""A scene becomes its passes: lit beauty and clay, depth, normals, ids, motion, rest position, coverage.

`previs` lights one picture with few rays, smooths the light along surfaces and sends more rays through outlines only.
`final` averages many such pictures, each from another point of the pixel and of the lens: soft focus comes with it.
Data passes are never blended: each pixel describes what its center sees.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

import numpy as np

from assetlib.model.scene import Camera, Floats, Passes, Scene
from assetlib.passes.geometry import moved
from assetlib.passes.lens import Lens, pixel_centers
from assetlib.passes.outlines import refine
from assetlib.passes.sampling import disk, subpixel
from assetlib.passes.stills import Effort, Still, take_still
from assetlib.passes.world import World, world_of

_PREVIS = Effort(sky=1, more=3, edge=6, bounce=True, reflect=True)
_FINAL = Effort(sky=1, more=2, edge=0, bounce=True, reflect=True)
_FINAL_SAMPLES = 24
_EXTENT = (16, 16384)


class PassesError(Exception):
    """A scene could not be rendered; the message is for the artist."""


class Quality(StrEnum):
    PREVIS = "previs"
    FINAL = "final"


def render_passes(
    scene: Scene, *, width: int, height: int, samples: int | None = None, quality: Quality | str = Quality.PREVIS
) -> Passes:
    """Every pass of one frame. `samples` is the rays per outline pixel (previs) or the pictures averaged (final).

    The same scene and arguments give the same bytes. Raises PassesError for a size or lens that makes no picture.
    """
    quality = _checked(scene, width, height, quality)
    from assetlib.passes import tracing

    if not tracing.available():
        from assetlib.passes.rasterize import rasterize_passes

        return rasterize_passes(scene, width=width, height=height)
    world = world_of(scene, width, height)
    if quality is Quality.FINAL:
        return _final(scene, world, samples or _FINAL_SAMPLES)
    return _previs(scene, world, _PREVIS.edge if samples is None else samples)


def _checked(scene: Scene, width: int, height: int, quality: Quality | str) -> Quality:
    low, high = _EXTENT
    if not (low <= width <= high and low <= height <= high):
        raise PassesError(f"expected a picture of {low} to {high} pixels a side, found {width}x{height}")
    camera = scene.camera
    if not (camera.focal_length > 0 and camera.horizontal_aperture > 0):
        raise PassesError(
            f"expected a lens with focal length and aperture above zero in {camera.path}, "
            f"found {camera.focal_length} mm and {camera.horizontal_aperture} mm; set them in the camera layer"
        )
    if str(quality) not in [q.value for q in Quality]:
        raise PassesError(f"expected quality 'previs' or 'final', found {quality!r}")
    return Quality(quality)


def _previs(scene: Scene, world: World, edge: int) -> Passes:
    still = take_still(world, world.lens, (0.0, 0.0), _PREVIS, 0)
    refined = refine(world, still, edge)
    return _passes(scene, world, still, (("quality", "previs"), ("edge_samples", edge), ("edge_pixels", refined)))


def _final(scene: Scene, world: World, samples: int) -> Passes:
    center = take_still(world, world.lens, (0.0, 0.0), _FINAL, 0)
    beauty, clay, alpha = np.zeros_like(center.beauty), np.zeros_like(center.clay), np.zeros_like(center.alpha)
    for sample in range(samples):
        lens, shift = _through_lens(scene.camera, world.lens, sample, samples)
        still = take_still(world, lens, shift, _FINAL, sample)
        beauty += still.beauty
        clay += still.clay
        alpha += still.alpha
    whole = replace(center, beauty=beauty / samples, clay=clay / samples, alpha=alpha / samples)
    return _passes(scene, world, whole, (("quality", "final"), ("samples", samples)))


def _through_lens(camera: Camera, lens: Lens, sample: int, samples: int) -> tuple[Lens, tuple[float, float]]:
    """The pinhole and pixel shift of one picture. A point at focus distance stays where it is."""
    shift = subpixel(sample, samples)
    if camera.f_stop <= 0.0 or camera.focus_distance <= 0.0:
        return lens, shift
    radius = camera.focal_length / 1000.0 / camera.f_stop / 2.0
    u, v = np.float32((sample + 0.5) / samples), np.float32(sample * 0.6180339887 % 1.0)
    a, b = disk(np.atleast_1d(u), np.atleast_1d(v))
    right, up = float(a[0]) * radius, float(b[0]) * radius
    position = lens.position + lens.axes[:, 0] * np.float32(right) + lens.axes[:, 1] * np.float32(up)
    # The picture plane slides so that the plane of focus does not move.
    pixels = 1.0 / (lens.scale * camera.focus_distance)
    center = (lens.center[0] - right * pixels, lens.center[1] + up * pixels)
    return replace(lens, position=position.astype(np.float32), center=center), shift


def _passes(scene: Scene, world: World, still: Still, info: tuple[tuple[str, str | int], ...]) -> Passes:
    lens, filled = still.lens, still.filled
    shape, triangle = (lens.height, lens.width), still.found.triangle[filled]
    entity, part = np.zeros(shape, np.uint16), np.zeros(shape, np.uint16)
    entity.ravel()[filled], part.ravel()[filled] = world.surface.entities[triangle], world.surface.parts[triangle]
    return Passes(
        frame=scene.frame,
        beauty=_image(still.beauty, shape),
        clay=_image(still.clay, shape),
        depth=still.depth.reshape(shape),
        normal=_image(_scatter(still.hits.normal, filled, shape), shape),
        entity=entity,
        part=part,
        motion=_image(_motion(world, still), shape),
        pref=_image(_scatter(still.hits.rest, filled, shape), shape),
        alpha=still.alpha.reshape(shape),
        info=(*info, ("renderer", "embree"), ("triangles", len(world.surface.triangles))),
    )


def _motion(world: World, still: Still) -> Floats:
    """(2, H*W) pixels to where each point lies at the next frame; the background turns with the camera."""
    lens, filled = still.lens, still.filled
    x, y = pixel_centers(lens.width, lens.height)
    far = np.float32(1e5)
    ahead = lens.position[:, None] + lens.directions(x, y) * far
    ahead[:, filled] = still.hits.point
    triangle = still.found.triangle[filled]
    moving = np.flatnonzero(world.surface.moves[triangle])
    if len(moving):
        at = filled[moving]
        ahead[:, at] += moved(world.surface, triangle[moving], still.found.u[at], still.found.v[at])
    next_x, next_y, depth = world.next_lens.project(ahead)
    seen = depth > 1e-6
    return np.stack((np.where(seen, next_x - x, 0.0), np.where(seen, next_y - y, 0.0))).astype(np.float32)


def _scatter(values: Floats, filled: np.ndarray, shape: tuple[int, int]) -> Floats:  # type: ignore[type-arg]
    full = np.zeros((len(values), shape[0] * shape[1]), np.float32)
    full[:, filled] = values
    return full


def _image(planes: Floats, shape: tuple[int, int]) -> Floats:
    return np.ascontiguousarray(planes.T).reshape(*shape, len(planes))
