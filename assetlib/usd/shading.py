"""Preview materials: UsdPreviewSurface networks, their texture files, and which faces wear them.

A texture replaces the material's constant, it does not multiply it: the shader input is connected to the texture,
and the constant stays as the texture's fallback.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from assetlib.model.model_description import MeshDescription, ModelDescription
from assetlib.model.scene import Bytes, Material, Texture

_PNG_COLOR_TYPE = {1: 0, 2: 4, 3: 2, 4: 6}


def write_textures(model: ModelDescription, folder: Path) -> dict[int, str]:
    """Write every texture as PNG and return the asset path of each, relative to the material layer."""
    if model.textures:
        folder.mkdir(parents=True, exist_ok=True)
    for texture in model.textures:
        (folder / f"{texture.name}.png").write_bytes(png_bytes(texture.pixels))
    return {index: f"./{folder.name}/{texture.name}.png" for index, texture in enumerate(model.textures)}


def png_bytes(pixels: Bytes) -> bytes:
    """An 8-bit PNG of (H, W, C) or (H, W) pixels without any metadata: the same pixels give the same bytes."""
    image = pixels if pixels.ndim == 3 else pixels[..., None]
    height, width, channels = image.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each row starts with filter type 0
    rows[:, 1:] = image.reshape(height, -1)
    header = struct.pack(">IIBBBBB", width, height, 8, _PNG_COLOR_TYPE[channels], 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_materials(stage: Any, model: ModelDescription, scope: str, maps: dict[int, str]) -> None:
    """Write each material of `model` under `scope` as a UsdPreviewSurface network."""
    from pxr import UsdGeom

    UsdGeom.Scope.Define(stage, scope)
    for material in model.materials:
        _Network(stage, f"{scope}/{material.name}", model.textures, maps).write(material)


class _Network:
    """The shaders of one material, made on demand so that an untextured material has a single shader."""

    def __init__(self, stage: Any, path: str, textures: tuple[Texture, ...], maps: dict[int, str]) -> None:
        from pxr import UsdShade

        self._stage, self._path = stage, path
        self._textures, self._maps = textures, maps
        self._material = UsdShade.Material.Define(stage, path)
        self._shader = self._define("surface", "UsdPreviewSurface")
        self._material.CreateSurfaceOutput().ConnectToSource(self._shader.ConnectableAPI(), "surface")
        self._st: Any = None

    def write(self, material: Material) -> None:
        self._color("diffuseColor", material.base_color, material.base_color_texture)
        self._color("emissiveColor", material.emissive, material.emissive_texture)
        self._number("roughness", material.roughness, material.roughness_texture)
        self._number("metallic", material.metallic, material.metallic_texture)
        self._number("opacity", material.opacity, material.opacity_texture, channel="a")

    def _color(self, name: str, value: tuple[float, float, float], texture: int | None) -> None:
        from pxr import Gf, Sdf

        slot = self._shader.CreateInput(name, Sdf.ValueTypeNames.Color3f)
        slot.Set(Gf.Vec3f(*value))
        if texture is not None:
            reader = self._reader(name, texture, Gf.Vec4f(*value, 1.0))
            reader.CreateOutput("rgb", Sdf.ValueTypeNames.Float3)
            slot.ConnectToSource(reader.ConnectableAPI(), "rgb")

    def _number(self, name: str, value: float, texture: int | None, channel: str = "r") -> None:
        from pxr import Gf, Sdf

        slot = self._shader.CreateInput(name, Sdf.ValueTypeNames.Float)
        slot.Set(float(value))
        if texture is not None:
            has_alpha = self._textures[texture].pixels.shape[-1] in (2, 4)
            output = channel if channel == "r" or has_alpha else "r"
            reader = self._reader(name, texture, Gf.Vec4f(value))
            reader.CreateOutput(output, Sdf.ValueTypeNames.Float)
            slot.ConnectToSource(reader.ConnectableAPI(), output)

    def _reader(self, name: str, index: int, fallback: Any) -> Any:
        from pxr import Sdf

        texture, types = self._textures[index], Sdf.ValueTypeNames
        reader = self._define(f"{name}_texture", "UsdUVTexture")
        reader.CreateInput("file", types.Asset).Set(Sdf.AssetPath(self._maps[index]))
        reader.CreateInput("sourceColorSpace", types.Token).Set("sRGB" if texture.srgb else "raw")
        reader.CreateInput("wrapS", types.Token).Set(texture.wrap)
        reader.CreateInput("wrapT", types.Token).Set(texture.wrap)
        reader.CreateInput("fallback", types.Float4).Set(fallback)
        reader.CreateInput("st", types.Float2).ConnectToSource(self._coordinates().ConnectableAPI(), "result")
        return reader

    def _coordinates(self) -> Any:
        from pxr import Sdf

        if self._st is None:
            self._st = self._define("st", "UsdPrimvarReader_float2")
            self._st.CreateInput("varname", Sdf.ValueTypeNames.String).Set("st")
            self._st.CreateOutput("result", Sdf.ValueTypeNames.Float2)
        return self._st

    def _define(self, name: str, shader_id: str) -> Any:
        from pxr import Sdf, UsdShade

        shader = UsdShade.Shader.Define(self._stage, f"{self._path}/{name}")
        shader.CreateIdAttr(shader_id)
        if shader_id == "UsdPreviewSurface":
            shader.CreateOutput("surface", Sdf.ValueTypeNames.Token)
        return shader


def bind_faces(prim: Any, mesh: MeshDescription, materials: list[str]) -> None:
    """Bind one material to the mesh, or each to a GeomSubset of its faces."""
    if mesh.face_materials is None:
        bind(prim, materials[mesh.material])
        return
    from pxr import UsdGeom, UsdShade, Vt

    for index in np.unique(mesh.face_materials):
        faces = np.flatnonzero(mesh.face_materials == index).astype(np.int32)
        path = materials[int(index)]
        subset = UsdGeom.Subset.CreateGeomSubset(
            UsdGeom.Mesh(prim), path.rpartition("/")[2], "face", Vt.IntArray.FromNumpy(faces), "materialBind"
        )
        bind(subset.GetPrim(), path)
    UsdShade.MaterialBindingAPI(prim).SetMaterialBindSubsetsFamilyType("partition")


def bind(prim: Any, material: str) -> None:
    """Bind by path: the material may lie in another layer than the mesh."""
    from pxr import Sdf, UsdShade

    UsdShade.MaterialBindingAPI.Apply(prim)
    prim.CreateRelationship("material:binding", custom=False).SetTargets([Sdf.Path(material)])
