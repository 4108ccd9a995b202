"""Materials of the demo as UsdPreviewSurface values, with the textures that they need."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from assetlib.demo import textures
from assetlib.demo.textures import Pixels
from assetlib.model.scene import Material, Texture

_PAINTED: dict[str, Callable[[], textures.Painted]] = {
    "flagstone": textures.flagstones,
    "ashlar": textures.ashlar,
    "plaster": textures.plaster,
    "plank": textures.planks,
    "terracotta": textures.terracotta,
    "leaf": textures.foliage,
    "copper": textures.copper,
}
_GLOWING: dict[str, tuple[Callable[[], Pixels], str]] = {
    "glazing": (textures.glazing, "repeat"),
    "sky": (textures.sky, "repeat"),
    "sea": (textures.sea, "repeat"),
}
_PLAIN: dict[str, Material] = {
    m.name: m
    for m in (
        Material(name="brass", base_color=(0.72, 0.48, 0.16), roughness=0.32, metallic=1.0),
        Material(name="lens", base_color=(0.05, 0.25, 0.28), roughness=0.08),
        Material(name="glow", base_color=(0.8, 0.5, 0.2), roughness=0.5, emissive=(2.2, 1.05, 0.34)),
        Material(name="lamplight", base_color=(0.8, 0.5, 0.3), roughness=0.5, emissive=(1.9, 1.0, 0.36)),
        Material(name="bulb", base_color=(0.8, 0.5, 0.3), roughness=0.5, emissive=(2.2, 1.1, 0.36)),
        Material(name="iron", base_color=(0.03, 0.032, 0.035), roughness=0.5, metallic=0.6),
        Material(name="dark", base_color=(0.05, 0.06, 0.09), roughness=0.4),
        Material(name="cloth", base_color=(0.35, 0.06, 0.05), roughness=0.8),
        Material(name="paper", base_color=(0.75, 0.65, 0.45), roughness=0.8),
        Material(name="blossom", base_color=(0.75, 0.10, 0.30), roughness=0.7),
        Material(name="leather", base_color=(0.12, 0.03, 0.025), roughness=0.4),
        Material(name="glass", base_color=(0.05, 0.15, 0.20), roughness=0.08),
    )
}
_SAME_AS = {"batten": "plank", "roof": "terracotta", "wood": "plank"}


class Palette:
    """Materials and textures of one model, gathered in the order they are asked for."""

    def __init__(self) -> None:
        self.materials: list[Material] = []
        self.textures: list[Texture] = []

    def index(self, finish: str) -> int:
        """The material's index in this model; raises KeyError for a finish that nobody painted."""
        names = [m.name for m in self.materials]
        name = _SAME_AS.get(finish, finish)
        if name not in names:
            self.materials.append(self._material(name))
            names.append(name)
        return names.index(name)

    def texture(self, name: str, pixels: Pixels, *, srgb: bool, wrap: str = "repeat") -> int:
        self.textures.append(Texture(name=name, pixels=np.ascontiguousarray(pixels), srgb=srgb, wrap=wrap))
        return len(self.textures) - 1

    def add(self, material: Material) -> int:
        self.materials.append(material)
        return len(self.materials) - 1

    def _material(self, name: str) -> Material:
        if name in _PAINTED:
            color, rough = _PAINTED[name]()
            return Material(
                name=name,
                base_color_texture=self.texture(f"{name}_color", color, srgb=True),
                roughness_texture=self.texture(f"{name}_roughness", rough[..., None], srgb=False),
            )
        if name in _GLOWING:
            paint, wrap = _GLOWING[name]
            return Material(
                name=name,
                base_color=(0.0, 0.0, 0.0),
                roughness=1.0,
                emissive=(1.0, 1.0, 1.0),
                emissive_texture=self.texture(f"{name}_light", paint(), srgb=True, wrap=wrap),
            )
        return _PLAIN[name]


def used(finishes: Iterable[str]) -> set[str]:
    """The materials behind these finishes, by name."""
    return {_SAME_AS.get(f, f) for f in finishes}
