"""UsdPreviewSurface: constants, textures, and how their coordinates are made. Everything else becomes a warning."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats, Material
from assetlib.usd.extract_textures import Lookup, TextureTable

MID_GRAY = (0.18, 0.18, 0.18)
_IDENTITY = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_WRAPS = {"repeat": "repeat", "clamp": "clamp", "mirror": "mirror", "black": "clamp", "useMetadata": "repeat"}
_IGNORED = ("normal", "displacement", "occlusion", "clearcoat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A material with the primvar its textures read and the row-vector map (a b c d tx ty) of its coordinates."""

    material: Material
    primvar: str = "st"
    uv_map: tuple[float, ...] = _IDENTITY
    varying: bool = False

    def mapped(self, uv: Floats) -> Floats:
        if self.uv_map == _IDENTITY:
            return uv
        a, b, c, d, x, y = self.uv_map
        return (uv @ np.array([(a, b), (c, d)], np.float32) + np.array((x, y), np.float32)).astype(np.float32)


@dataclass(slots=True)
class MaterialTable:
    """The scene's materials so far, by material prim and display color."""

    textures: TextureTable
    looks: list[Look] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _known: dict[tuple[str, Any], int] = field(default_factory=dict)
    _sources: dict[int, tuple[Any, tuple[float, float, float]]] = field(default_factory=dict)

    def index(self, prim: Any, time: float) -> int:
        """The material bound to a mesh or subset, else one made of its display color."""
        from pxr import UsdShade

        bound, _ = UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial(UsdShade.Tokens.preview)
        display = _display_color(prim, time)
        key = (str(bound.GetPath()) if bound else "", display)
        if key not in self._known:
            self._known[key] = len(self.looks)
            self._sources[len(self.looks)] = (bound, display)
            self.looks.append(self._read(bound, display, time))
        return self._known[key]

    def refresh(self, time: float) -> None:
        """Read again what changes over time."""
        for index, look in enumerate(self.looks):
            if look.varying:
                self.looks[index] = self._read(*self._sources[index], time)

    def _read(self, bound: Any, display: tuple[float, float, float], time: float) -> Look:
        plain = Look(material=Material(name="displayColor", base_color=display))
        if not bound:
            return plain
        shader, _, _ = bound.ComputeSurfaceSource("")
        name = str(bound.GetPath())
        if not shader or shader.GetIdAttr().Get() != "UsdPreviewSurface":
            kind = (shader.GetIdAttr().Get() or shader.GetPrim().GetName()) if shader else "no surface"
            self._warn(f"{name}: expected a UsdPreviewSurface, found {kind}; pictured in its display color")
            return replace(plain, material=replace(plain.material, name=name))
        return _Reader(self, shader, time).look(name, display)

    def _warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)


class _Reader:
    """Reads one UsdPreviewSurface; collects the coordinates that its textures agree on."""

    def __init__(self, table: MaterialTable, shader: Any, time: float) -> None:
        self.table, self.shader, self.time = table, shader, time
        self.coordinates: list[tuple[str, tuple[float, ...]]] = []
        self.varying = False

    def look(self, name: str, display: tuple[float, float, float]) -> Look:
        color, color_map = self._color("diffuseColor", (0.18, 0.18, 0.18), display)
        glow, glow_map = self._color("emissiveColor", (0.0, 0.0, 0.0), display)
        rough, rough_map = self._number("roughness", 0.5)
        metal, metal_map = self._number("metallic", 0.0)
        opacity, opacity_map = self._number("opacity", 1.0)
        if self._constant("useSpecularWorkflow", 0):
            metal, metal_map = 0.0, None
        self._name_what_is_ignored(name)
        primvar, uv_map = self._agreed(name)
        material = Material(
            name=name,
            base_color=color,
            roughness=rough,
            metallic=metal,
            emissive=glow,
            opacity=opacity,
            base_color_texture=color_map,
            roughness_texture=rough_map,
            metallic_texture=metal_map,
            emissive_texture=glow_map,
            opacity_texture=opacity_map,
        )
        return Look(material=material, primvar=primvar, uv_map=uv_map, varying=self.varying)

    def _color(
        self, name: str, fallback: tuple[float, float, float], display: tuple[float, float, float]
    ) -> tuple[tuple[float, float, float], int | None]:
        source = self._source(name)
        if source is None:
            return fallback, None
        if _is(source, "UsdUVTexture"):
            index = self._texture(source)
            return (fallback if name == "emissiveColor" and index is None else MID_GRAY), index
        if _is(source, "UsdPrimvarReader_float3"):
            return display, None
        value = np.nan_to_num(np.array(self._get(source, fallback), np.float64).reshape(-1))
        return ((float(value[0]), float(value[1]), float(value[2])) if len(value) >= 3 else fallback), None

    def _number(self, name: str, fallback: float) -> tuple[float, int | None]:
        source = self._source(name)
        if source is None:
            return fallback, None
        if _is(source, "UsdUVTexture"):
            return fallback, self._texture(source)
        value = self._get(source, fallback)
        return (float(value) if isinstance(value, int | float) and np.isfinite(value) else fallback), None

    def _constant(self, name: str, fallback: Any) -> Any:
        source = self._source(name)
        return fallback if source is None else self._get(source, fallback)

    def _source(self, name: str, shader: Any = None) -> Any | None:
        """The attribute that gives an input its value, through interfaces and node graphs."""
        from pxr import UsdShade

        found = (shader or self.shader).GetInput(name)
        attributes = UsdShade.Utils.GetValueProducingAttributes(found) if found else ()
        return attributes[0] if attributes else None

    def _get(self, attribute: Any, fallback: Any) -> Any:
        self.varying = self.varying or attribute.ValueMightBeTimeVarying()
        value = attribute.Get(self.time)
        return fallback if value is None else value

    def _texture(self, output: Any) -> int | None:
        from pxr import UsdShade

        node = UsdShade.Shader(output.GetPrim())
        file = self._node_value(node, "file", None)
        if file is None or not file.path:
            self.table._warn(f"{node.GetPath()}: it names no file; pictured as gray")
            return None
        if not file.resolvedPath:
            self.table._warn(f"{node.GetPath()}: texture {file.path} is not there; pictured as gray")
            return None
        self.coordinates.append(self._coordinates(node))
        return self.table.textures.index(
            Lookup(
                path=file.resolvedPath,
                channel=output.GetBaseName(),
                colorspace=str(self._node_value(node, "sourceColorSpace", "auto")),
                wrap=_WRAPS.get(str(self._node_value(node, "wrapS", "useMetadata")), "repeat"),
                scale=tuple(self._node_value(node, "scale", (1.0,) * 4)),
                bias=tuple(self._node_value(node, "bias", (0.0,) * 4)),
            )
        )

    def _node_value(self, node: Any, name: str, fallback: Any) -> Any:
        source = self._source(name, node)
        return fallback if source is None else self._get(source, fallback)

    def _coordinates(self, node: Any) -> tuple[str, tuple[float, ...]]:
        """The primvar a texture reads and the UsdTransform2d on the way."""
        from pxr import UsdShade

        source = self._source("st", node)
        uv_map: tuple[float, ...] = _IDENTITY
        if source is not None and _is(source, "UsdTransform2d"):
            transform = UsdShade.Shader(source.GetPrim())
            uv_map = self._transform2d(transform)
            source = self._source("in", transform)
        if source is None or not str(_node_id(source)).startswith("UsdPrimvarReader"):
            return "st", uv_map
        name = self._node_value(UsdShade.Shader(source.GetPrim()), "varname", "st")
        return str(name or "st"), uv_map

    def _transform2d(self, node: Any) -> tuple[float, ...]:
        """UsdTransform2d scales, then rotates counterclockwise, then translates."""
        turn = np.radians(float(self._node_value(node, "rotation", 0.0)))
        sx, sy = self._node_value(node, "scale", (1.0, 1.0))
        tx, ty = self._node_value(node, "translation", (0.0, 0.0))
        cos, sin = float(np.cos(turn)), float(np.sin(turn))
        return (cos * sx, sin * sx, -sin * sy, cos * sy, float(tx), float(ty))

    def _agreed(self, name: str) -> tuple[str, tuple[float, ...]]:
        if len(set(self.coordinates)) > 1:
            self.table._warn(f"{name}: its textures use different coordinates; pictured with those of the first")
        return self.coordinates[0] if self.coordinates else ("st", _IDENTITY)

    def _name_what_is_ignored(self, name: str) -> None:
        mapped = [i for i in _IGNORED if (s := self._source(i)) is not None and _is(s, "UsdUVTexture")]
        if mapped:
            self.table._warn(f"{name}: {', '.join(mapped)} textures are not pictured")


def _node_id(attribute: Any) -> Any:
    from pxr import UsdShade

    shader = UsdShade.Shader(attribute.GetPrim())
    return shader.GetIdAttr().Get() if shader else None


def _is(attribute: Any, node_id: str) -> bool:
    from pxr import UsdShade

    return bool(UsdShade.Output.IsOutput(attribute)) and _node_id(attribute) == node_id


def _display_color(prim: Any, time: float) -> tuple[float, float, float]:
    """The mean of primvars:displayColor, inherited; mid gray without any."""
    from pxr import UsdGeom

    owner = prim.GetParent() if prim.IsA(UsdGeom.Subset) else prim
    primvar = UsdGeom.PrimvarsAPI(owner).FindPrimvarWithInheritance("displayColor")
    value = primvar.Get(time) if primvar else None
    if not value:
        return MID_GRAY
    mean: npt.NDArray[np.float64] = np.nan_to_num(np.array(value, np.float64).reshape(-1, 3).mean(axis=0))
    return (float(mean[0]), float(mean[1]), float(mean[2]))
