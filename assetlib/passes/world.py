"""One frame made ready for tracing: built once, then asked for many rays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats, Scene
from assetlib.passes.dome import Sky, sky_of
from assetlib.passes.geometry import Hits, Surface, flatten, pick, resolve
from assetlib.passes.lens import Lens, lens_at
from assetlib.passes.lights import Lamp, lamps_of
from assetlib.passes.looks import Palette, index_of, mean_colors, opacity_at, palette_of
from assetlib.passes.textures import TextureAtlas, build_atlas
from assetlib.passes.tracing import Found, Tracer

CHUNK = 1 << 14
_VEIL = 0.9  # what is less opaque than this is seen through, and the data passes describe what is behind it
_MOST_VEILS = 8
_STEP = np.float32(1e-4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Veil:
    """See-through points in front of what rays finally meet: which rays, where, how opaque."""

    rays: npt.NDArray[np.intp]
    hits: Hits
    opacity: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Surface, tracers, lamps, sky and materials of a frame, and its camera now and at the next frame."""

    surface: Surface
    tracer: Tracer | None
    shadow_tracer: Tracer | None
    caster_colors: Floats
    lens: Lens
    next_lens: Lens
    near: float
    far: float
    lamps: tuple[Lamp, ...]
    sky: Sky
    atlas: TextureAtlas
    palette: Palette
    background: Floats

    def hits(self, found: Found, chosen: npt.NDArray[np.intp], origin: Floats, direction: Floats) -> Hits:
        """Surface values of the `chosen` rays; `origin` (3, 1) or (3, N)."""
        start = origin if origin.shape[1] == 1 else pick(origin, chosen)
        return resolve(
            self.surface,
            found.triangle[chosen],
            found.u[chosen],
            found.v[chosen],
            start,
            pick(direction, chosen),
            found.along[chosen],
        )

    def nearest(self, origins: Floats, directions: Floats) -> Found:
        """What (3, N) rays meet first. Only a traced world can tell."""
        assert self.tracer is not None
        return self.tracer.nearest(origins, directions)

    def nearest_caster(self, origins: Floats, directions: Floats) -> Found:
        """Like `nearest`, but glass is left out. Its triangle numbers are those of `caster_colors`."""
        assert self.shadow_tracer is not None
        return self.shadow_tracer.nearest(origins, directions)

    def blocked(self, origins: Floats, directions: Floats, reach: float) -> npt.NDArray[np.bool_]:
        """Whether something casts a shadow on (3, N) rays before `reach` times their direction."""
        assert self.shadow_tracer is not None
        return self.shadow_tracer.blocked(origins, directions, reach)

    def look_through(self, origin: Floats, direction: Floats) -> tuple[Found, tuple[Veil, ...]]:
        """The first opaque triangle on camera rays from one `origin` (3, 1), and the veils before it."""
        found = self._within_clip(self.nearest(origin + direction * np.float32(self.near), direction))
        if not self.palette.veiled:
            return found, ()
        return self._behind_veils(found, origin, direction)

    def _within_clip(self, found: Found) -> Found:
        along = found.along + np.float32(self.near)
        triangle = np.where((found.triangle >= 0) & (along <= self.far), found.triangle, -1).astype(np.int32)
        return Found(triangle=triangle, u=found.u, v=found.v, along=along)

    def _behind_veils(self, found: Found, origin: Floats, direction: Floats) -> tuple[Found, tuple[Veil, ...]]:
        veils: list[Veil] = []
        triangle, u, v, along = found.triangle.copy(), found.u.copy(), found.v.copy(), found.along.copy()
        waiting = np.flatnonzero(triangle >= 0)
        for _ in range(_MOST_VEILS):
            state = Found(triangle=triangle, u=u, v=v, along=along)
            hits = self.hits(state, waiting, origin, direction)
            opacity = opacity_at(self.palette, self.atlas, hits.material, hits.uv)
            passed = np.flatnonzero(opacity < _VEIL)
            if not len(passed):
                break
            seen = passed[opacity[passed] > 0.0]
            veils.append(Veil(rays=waiting[seen], hits=hits.only(seen), opacity=opacity[seen]))
            waiting = waiting[passed]
            step = along[waiting] + _STEP * (1.0 + along[waiting])
            behind = self.nearest(origin + direction[:, waiting] * step, direction[:, waiting])
            triangle[waiting], u[waiting], v[waiting] = behind.triangle, behind.u, behind.v
            along[waiting] = behind.along + step
            triangle[waiting[along[waiting] > self.far]] = -1
            waiting = waiting[triangle[waiting] >= 0]
        else:
            triangle[waiting] = -1
        return Found(triangle=triangle, u=u, v=v, along=along), tuple(veils)


def world_of(scene: Scene, width: int, height: int, *, traced: bool = True) -> World:
    """`scene` ready for a picture of this size; without tracers when it will be rasterized."""
    surface, palette, atlas = flatten(scene), palette_of(scene.materials), build_atlas(scene.textures)
    tracer = Tracer(surface.points, surface.triangles) if traced else None
    camera, casters = scene.camera, _casters(surface, palette)
    return World(
        surface=surface,
        tracer=tracer,
        shadow_tracer=_shadow_tracer(surface, casters, tracer) if tracer else None,
        caster_colors=mean_colors(palette, atlas)[:, index_of(palette, surface.materials[casters])],
        lens=lens_at(camera, camera.to_world, width, height),
        next_lens=lens_at(camera, camera.next_to_world, width, height),
        near=camera.near,
        far=camera.far,
        lamps=lamps_of(scene.lights),
        sky=sky_of(scene, atlas),
        atlas=atlas,
        palette=palette,
        background=np.asarray(scene.background, np.float32),
    )


def _casters(surface: Surface, palette: Palette) -> npt.NDArray[np.intp]:
    """Triangles that cast shadows. Glass casts none in previs: it would turn everything behind it black."""
    solid = palette.scalars[2] >= _VEIL
    return np.flatnonzero(solid[index_of(palette, surface.materials)])


def _shadow_tracer(surface: Surface, casters: npt.NDArray[np.intp], tracer: Tracer) -> Tracer:
    if len(casters) == len(surface.triangles):
        return tracer
    return Tracer(surface.points, surface.triangles[casters])
