"""Materials at surface points, and how they answer to light: Lambert plus GGX, the core of UsdPreviewSurface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats, Ints, Material
from assetlib.passes.geometry import Hits, dot, pick
from assetlib.passes.textures import TextureAtlas

_SMOOTHEST = 0.09
_BLACK, _ROUGH = np.float32(0.002), np.float32(0.9)
_MISSING = Material(name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """All materials as columns. `textures` (M, 5): base color, roughness, metallic, emissive, opacity, or -1."""

    base: Floats
    emissive: Floats
    scalars: Floats
    textures: Ints
    veiled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Material values of N points: base (3, N) linear, roughness and metallic (N,), emissive (3, N) radiance."""

    base: Floats
    roughness: Floats
    metallic: Floats
    emissive: Floats

    def only(self, chosen: npt.NDArray[np.intp] | slice) -> Look:
        return Look(**{name: pick(getattr(self, name), chosen) for name in self.__slots__})

    def mirror_color(self) -> Floats:
        """Reflectance at normal incidence: 4 % for dielectrics (ior 1.5), base color for metals."""
        return np.float32(0.04) + (self.base - np.float32(0.04)) * self.metallic

    def matte_color(self) -> Floats:
        matte: Floats = self.base * ((1.0 - self.metallic) * np.float32(0.96))
        return matte

    def dull(self) -> npt.NDArray[np.bool_]:
        """(N,) what shines by itself and is black and rough otherwise: it shows no light but its own."""
        shining, black = self.emissive.max(axis=0) > 0.0, self.base.max(axis=0) < _BLACK
        return np.asarray(shining & black & (self.roughness > _ROUGH))


def palette_of(materials: tuple[Material, ...]) -> Palette:
    """Columns of every material and, as the last one, the default for faces without any."""
    every = (*materials, _MISSING)
    textures = [
        [m.base_color_texture, m.roughness_texture, m.metallic_texture, m.emissive_texture, m.opacity_texture]
        for m in every
    ]
    return Palette(
        base=np.array([m.base_color for m in every], np.float32).T,
        emissive=np.array([m.emissive for m in every], np.float32).T,
        scalars=np.array([(m.roughness, m.metallic, m.opacity) for m in every], np.float32).T,
        textures=np.array([[-1 if t is None else t for t in row] for row in textures], np.int32),
        veiled=any(m.opacity < 1.0 or m.opacity_texture is not None for m in every),
    )


def mean_colors(palette: Palette, atlas: TextureAtlas) -> Floats:
    """(3, M) base color of each material, textures by their mean: for surfaces that nobody looks at directly."""
    colors = palette.base.copy()
    painted = np.flatnonzero(palette.textures[:, 0] >= 0)
    if len(painted):
        middle, whole = np.full((2, len(painted)), 0.5, np.float32), np.ones(len(painted), np.float32)
        colors[:, painted] = atlas.sample(palette.textures[painted, 0], middle, whole)[:3]
    matte: Floats = colors * (1.0 - palette.scalars[1])
    return matte


def index_of(palette: Palette, material: Ints) -> Ints:
    """Material numbers with anything out of range turned to the default one."""
    last = palette.base.shape[1] - 1
    return np.where((material < 0) | (material > last), last, material).astype(np.int32)


def look_at(palette: Palette, atlas: TextureAtlas, hits: Hits, pixel_angle: float) -> Look:
    """Material values where rays hit; `pixel_angle` is a pixel's width at one meter, for texture filtering."""
    index = index_of(palette, hits.material)
    base, emissive = palette.base.take(index, axis=1), palette.emissive.take(index, axis=1)
    roughness, metallic = palette.scalars[0].take(index), palette.scalars[1].take(index)
    for column, target in enumerate((base, roughness, metallic, emissive)):
        if (palette.textures[:, column] >= 0).any():
            _paint(target, palette.textures[:, column].take(index), atlas, hits, pixel_angle)
    return Look(
        base=np.clip(base, 0.0, 1.0),
        roughness=np.clip(roughness, _SMOOTHEST, 1.0),
        metallic=np.clip(metallic, 0.0, 1.0),
        emissive=emissive,
    )


def opacity_at(palette: Palette, atlas: TextureAtlas, material: Ints, uv: Floats) -> Floats:
    index = index_of(palette, material)
    opacity = palette.scalars[2, index].copy()
    texture = palette.textures[index, 4]
    chosen = np.flatnonzero(texture >= 0)
    if len(chosen):
        sharp = np.zeros(len(chosen), np.float32)
        texels = atlas.sample(texture[chosen], uv[:, chosen], sharp)
        # A cutout picture keeps its mask in alpha; a gray mask has alpha 1 everywhere.
        opacity[chosen] = np.minimum(texels[3], np.where(texels[3] < 1.0, 1.0, texels[0]))
    clipped: Floats = np.clip(opacity, 0.0, 1.0)
    return clipped


def _paint(target: Floats, texture: Ints, atlas: TextureAtlas, hits: Hits, pixel_angle: float) -> None:
    chosen = np.flatnonzero(texture >= 0)
    if not len(chosen):
        return
    facing = np.abs(dot(pick(hits.flat, chosen), pick(hits.to_eye, chosen)))
    # Isotropic lookup: between the short and the long axis of the pixel's ellipse, so that floors stay readable.
    foreshortened: Floats = np.sqrt(np.maximum(facing, np.float32(0.02)))
    width: Floats = hits.density[chosen] * hits.distance[chosen] * np.float32(pixel_angle)
    texels = atlas.sample(texture[chosen], pick(hits.uv, chosen), width / foreshortened)
    if target.ndim == 2:
        target[:, chosen] = texels[:3]
    else:
        target[chosen] = texels[0]


def highlight(look: Look, facing: Floats, lit: Floats, ahead: Floats, spread: Floats) -> Floats:
    """(3, N) GGX reflectance. Cosines of normal and eye, normal and light, eye and light; `spread` is the light's half
    angle, which widens the lobe. The half vector of unit directions has the length 2 cos(half their angle)."""
    length = np.sqrt(np.maximum(2.0 + 2.0 * ahead, np.float32(1e-8)))
    cosine = np.clip((facing + lit) / length, 0.0, 1.0)
    facing, lit = np.maximum(facing, np.float32(1e-3)), np.maximum(lit, np.float32(1e-3))
    alpha = look.roughness * look.roughness
    squared = np.minimum(alpha + spread * np.float32(0.5), np.float32(1.0))
    squared *= squared
    cosine *= cosine
    low = cosine * (squared - 1.0) + 1.0
    k = look.roughness + 1.0
    k *= k * np.float32(0.125)
    rest = 1.0 - k
    below = (facing * rest + k) * (lit * rest + k)
    below *= low * low
    peak = alpha * alpha * np.float32(0.25 / np.pi) / below
    shine: Floats = _fresnel(look.mirror_color(), np.clip(0.5 * length, 0.0, 1.0)) * peak
    return shine


def _fresnel(mirror: Floats, cosine: Floats) -> Floats:
    rest = 1.0 - cosine
    rest = rest * rest * rest * rest * rest
    fresnel: Floats = mirror + (1.0 - mirror) * rest
    return fresnel


def ambient_mirror(look: Look, facing: Floats) -> Floats:
    """(3, N) share of an even surrounding that is reflected (Karis 2014, environment BRDF fit for mobile)."""
    x, y = 1.0 - look.roughness, 0.0425 - 0.0275 * look.roughness
    z, w = 1.04 - 0.572 * look.roughness, 0.022 * look.roughness - 0.04
    a = np.minimum(x * x, np.exp2(-9.28 * facing)) * x + y
    reflected: Floats = look.mirror_color() * (z - 1.04 * a) + (1.04 * a + w)
    return np.maximum(reflected, 0.0)
