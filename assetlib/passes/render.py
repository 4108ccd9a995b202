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
from assetlib.passes import rasterize, tracing
from assetlib.passes.arrays import passes_of
from assetlib.passes.lens import Lens
from assetlib.passes.outlines import refine
from assetlib.passes.sampling import disk, subpixel
from assetlib.passes.stills import Effort, take_still
from assetlib.passes.world import World, world_of

_PREVIS = Effort(sky=1, more=3, edge=6, bounce=True)
_FINAL = Effort(sky=1, more=2, edge=0, bounce=True)
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
    if not tracing.available():
        return rasterize.rasterize_passes(scene, width=width, height=height)
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
    return passes_of(scene, world, still, (("quality", "previs"), ("edge_samples", edge), ("edge_pixels", refined)))


def _final(scene: Scene, world: World, samples: int) -> Passes:
    center = take_still(world, world.lens, (0.0, 0.0), _FINAL, 0)
    beauty, clay, alpha = np.zeros_like(center.beauty), np.zeros_like(center.clay), np.zeros_like(center.alpha)
    for sample in range(samples):
        lens, shift = _through_lens(scene.camera, world.lens, sample, samples)
        still = take_still(world, lens, shift, _FINAL, sample)
        beauty += still.beauty
        clay += still.clay
        alpha += still.alpha
    whole = replace(center, beauty=_mean(beauty, samples), clay=_mean(clay, samples), alpha=_mean(alpha, samples))
    return passes_of(scene, world, whole, (("quality", "final"), ("samples", samples)))


def _mean(total: Floats, samples: int) -> Floats:
    return (total / np.float32(samples)).astype(np.float32)


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
