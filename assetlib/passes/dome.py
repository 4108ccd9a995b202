"""Dome lights: the sky as nine numbers a channel for matte light, and as a picture for reflections.

Latitude-longitude as in OpenEXR: the picture's center looks along +Z, its left half toward +X, the top row up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assetlib.model.scene import Floats, Light, LightKind, Scene
from assetlib.passes.textures import TextureAtlas

# Cosine lobe over the bands of spherical harmonics (Ramamoorthi & Hanrahan 2001), divided by pi.
_LOBE = np.array([1.0] + [2.0 / 3.0] * 3 + [0.25] * 5, np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """All dome lights together. `harmonics` (9, 3) gives mean radiance about a normal."""

    harmonics: Floats
    domes: tuple[tuple[Floats, Floats, int], ...]
    flat: Floats

    @property
    def dark(self) -> bool:
        return not self.domes and not self.flat.any()

    @property
    def pictured(self) -> bool:
        return bool(self.domes)

    def diffuse(self, normal: Floats) -> Floats:
        """(3, N) irradiance over pi for an open sky."""
        if not self.pictured:
            return np.broadcast_to(self.flat[:, None], normal.shape)
        mean: Floats = np.maximum(self.harmonics.T @ _basis(normal), np.float32(0.0))
        return mean

    def radiance(self, direction: Floats, blur: Floats, atlas: TextureAtlas) -> Floats:
        """(3, N) what is seen along unit directions; `blur` (N,) is the looked-at width in radians."""
        seen = np.repeat(self.flat[:, None], direction.shape[1], axis=1)
        for color, to_local, texture in self.domes:
            uv = _latlong(to_local @ direction)
            index = np.full(direction.shape[1], texture, np.int32)
            seen += atlas.sample(index, uv, blur * np.float32(1 / (2 * np.pi)))[:3] * color[:, None]
        return seen


def sky_of(scene: Scene, atlas: TextureAtlas) -> Sky:
    flat = np.zeros(3, np.float32)
    domes = []
    for light in scene.lights:
        if light.kind is LightKind.DOME:
            color = np.asarray(light.color, np.float32)
            if light.texture is None:
                flat = flat + color
            else:
                domes.append((color, _to_local(light), light.texture))
    sky = Sky(harmonics=np.zeros((9, 3), np.float32), domes=tuple(domes), flat=flat)
    return Sky(harmonics=_projected(sky, atlas), domes=sky.domes, flat=flat) if domes else sky


def _to_local(light: Light) -> Floats:
    axes = np.asarray(light.transform, np.float64)[:3, :3]
    to_local: Floats = (axes / np.maximum(np.linalg.norm(axes, axis=0), 1e-12)).T.astype(np.float32)
    return to_local


def _latlong(d: Floats) -> Floats:
    longitude = np.arctan2(d[0], d[2])
    latitude = np.arcsin(np.clip(d[1], -1.0, 1.0))
    return np.stack((0.5 - longitude / (2 * np.pi), 0.5 + latitude / np.pi)).astype(np.float32)


def _projected(sky: Sky, atlas: TextureAtlas) -> Floats:
    """The sky's spherical harmonics, from 64 x 32 directions, already spread by the cosine lobe."""
    longitude = (np.arange(64) + 0.5) / 64 * 2 * np.pi
    sine = (np.arange(32) + 0.5) / 16 - 1.0
    angle, height = (g.ravel() for g in np.meshgrid(longitude, sine))
    ring = np.sqrt(1.0 - height**2)
    directions = np.stack((np.sin(angle) * ring, height, np.cos(angle) * ring)).astype(np.float32)
    seen = sky.radiance(directions, np.full(len(angle), 0.1, np.float32), atlas)
    weights = _basis(directions) @ seen.T * np.float32(4 * np.pi / len(angle))
    return (weights * _LOBE[:, None]).astype(np.float32)


def _basis(n: Floats) -> Floats:
    x, y, z = n
    rows = (
        np.full_like(x, 0.282095),
        0.488603 * y,
        0.488603 * z,
        0.488603 * x,
        1.092548 * x * y,
        1.092548 * y * z,
        0.315392 * (3.0 * z * z - 1.0),
        1.092548 * x * z,
        0.546274 * (x * x - y * y),
    )
    return np.stack(rows).astype(np.float32)
