"""Looks as previs pictures them: constants, textures, wrap and color space; what is missing is gray and said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pxr import Gf, Sdf, Usd, UsdGeom, UsdShade

from assetlib.model.scene import Material, Scene
from assetlib.usd.extract import extract_scene
from tests.unit.assetlib.usd.stages import add_box, new_stage


def textured(
    folder: Path, image: str, channel: str = "rgb", target: str = "diffuseColor", **inputs: object
) -> tuple[Scene, Material]:
    """A box whose `target` input reads `image`; `inputs` are those of the UsdUVTexture."""
    stage = new_stage(folder / "a.usda")
    box = add_box(stage, "/a/box", (0, 0, 0), (1, 1, 1))
    uv = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)] * 6
    UsdGeom.PrimvarsAPI(box).CreatePrimvar("map", Sdf.ValueTypeNames.TexCoord2fArray, "faceVarying").Set(uv)
    material = UsdShade.Material.Define(stage, "/a/paint")
    surface, texture = shader(stage, "surface", "UsdPreviewSurface"), shader(stage, "texture", "UsdUVTexture")
    material.CreateSurfaceOutput().ConnectToSource(surface.ConnectableAPI(), "surface")
    kind = Sdf.ValueTypeNames.Color3f if channel == "rgb" else Sdf.ValueTypeNames.Float
    surface.CreateInput(target, kind).ConnectToSource(texture.ConnectableAPI(), channel)
    texture.CreateInput("file", Sdf.ValueTypeNames.Asset).Set(Sdf.AssetPath(image))
    for name, value in inputs.items():
        known = Sdf.ValueTypeNames.Float4 if isinstance(value, Gf.Vec4f) else Sdf.ValueTypeNames.Token
        texture.CreateInput(name, known).Set(value)
    coordinates(stage, texture)
    UsdShade.MaterialBindingAPI.Apply(box.GetPrim()).Bind(material)
    stage.Save()
    scene = extract_scene(folder / "a.usda", 1)
    return scene, scene.materials[scene.meshes[0].materials[0]]


def shader(stage: Usd.Stage, name: str, kind: str) -> UsdShade.Shader:
    made = UsdShade.Shader.Define(stage, f"/a/paint/{name}")
    made.CreateIdAttr(kind)
    return made


def coordinates(stage: Usd.Stage, texture: UsdShade.Shader) -> None:
    """primvar "map" → twice as dense, moved by (0.25, 0)."""
    reader, transform = shader(stage, "reader", "UsdPrimvarReader_float2"), shader(stage, "place", "UsdTransform2d")
    reader.CreateInput("varname", Sdf.ValueTypeNames.String).Set("map")
    transform.CreateInput("in", Sdf.ValueTypeNames.Float2).ConnectToSource(reader.ConnectableAPI(), "result")
    transform.CreateInput("scale", Sdf.ValueTypeNames.Float2).Set(Gf.Vec2f(2, 2))
    transform.CreateInput("translation", Sdf.ValueTypeNames.Float2).Set(Gf.Vec2f(0.25, 0))
    texture.CreateInput("st", Sdf.ValueTypeNames.Float2).ConnectToSource(transform.ConnectableAPI(), "result")


def save(folder: Path, name: str, color: tuple[int, ...], size: tuple[int, int] = (8, 4)) -> None:
    Image.fromarray(np.full((size[1], size[0], len(color)), color, np.uint8).squeeze()).save(folder / name)


def test_a_color_texture_is_loaded_with_its_wrap_and_its_coordinates(tmp_path: Path) -> None:
    save(tmp_path, "paint.png", (200, 100, 50))
    scene, material = textured(tmp_path, "./paint.png", wrapS="clamp", wrapT="clamp")
    assert material.base_color_texture == 0
    texture = scene.textures[0]
    assert (texture.name, texture.srgb, texture.wrap, texture.pixels.shape) == ("paint.png", True, "clamp", (4, 8, 3))
    assert texture.pixels[0, 0].tolist() == [200, 100, 50]
    uv = scene.meshes[0].uv
    assert uv is not None
    assert uv[0].tolist() == [[0.25, 0.0], [2.25, 0.0], [2.25, 2.0]]
    assert scene.warnings[-1:] == ("the stage has no camera; pictured from the front",)


@pytest.mark.parametrize(("colorspace", "srgb"), [("raw", False), ("sRGB", True), ("auto", True)])
def test_the_color_space_is_what_the_layer_says(tmp_path: Path, colorspace: str, srgb: bool) -> None:
    save(tmp_path, "paint.png", (200, 100, 50))
    scene, _ = textured(tmp_path, "./paint.png", sourceColorSpace=colorspace)
    assert scene.textures[0].srgb is srgb


def test_one_channel_feeds_a_number(tmp_path: Path) -> None:
    save(tmp_path, "arm.png", (10, 150, 250))
    scene, material = textured(tmp_path, "./arm.png", "g", "roughness", sourceColorSpace="raw")
    assert material.roughness_texture == 0
    assert scene.textures[0].pixels.shape == (4, 8, 1)
    assert scene.textures[0].pixels[0, 0, 0] == 150


def test_scale_and_bias_are_folded_into_the_pixels(tmp_path: Path) -> None:
    save(tmp_path, "gray.png", (100,))
    scale, bias = Gf.Vec4f(0.5), Gf.Vec4f(0.2)
    scene, _ = textured(tmp_path, "./gray.png", "r", "roughness", sourceColorSpace="raw", scale=scale, bias=bias)
    assert scene.textures[0].pixels[0, 0, 0] == round((100 / 255 * 0.5 + 0.2) * 255)


def test_a_big_texture_is_reduced(tmp_path: Path) -> None:
    save(tmp_path, "big.png", (1, 2, 3), (4096, 64))
    assert textured(tmp_path, "./big.png")[0].textures[0].pixels.shape == (32, 2048, 3)


def test_sixteen_bit_gray_keeps_its_tones(tmp_path: Path) -> None:
    Image.fromarray(np.full((4, 4), 0x8000, np.uint16)).save(tmp_path / "deep.png")
    assert textured(tmp_path, "./deep.png", "r", "roughness")[0].textures[0].pixels[0, 0, 0] == 128


@pytest.mark.parametrize("fault", ["missing", "not an image", "outside"])
def test_a_texture_that_cannot_be_read_is_gray_and_said(tmp_path: Path, fault: str) -> None:
    folder = tmp_path / "asset"
    folder.mkdir()
    path = {"missing": "./no.png", "not an image": "./lie.png", "outside": "../secret.png"}[fault]
    (folder / "lie.png").write_bytes(b"GIF89a but no")
    save(tmp_path, "secret.png", (255, 0, 0))
    scene, material = textured(folder, path)
    assert material.base_color_texture is None
    assert material.base_color == (0.18, 0.18, 0.18)
    assert scene.textures == ()
    assert "pictured as gray" in " ".join(scene.warnings)


def test_without_a_material_the_display_color_is_worn(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    UsdGeom.Cube.Define(stage, "/a/box").CreateDisplayColorAttr([(0.1, 0.2, 0.3)])
    stage.Save()
    scene = extract_scene(tmp_path / "a.usda", 1)
    assert scene.materials[0].base_color == pytest.approx((0.1, 0.2, 0.3))


def test_a_foreign_shader_is_said_and_pictured_in_display_color(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    cube = UsdGeom.Cube.Define(stage, "/a/box")
    material = UsdShade.Material.Define(stage, "/a/paint")
    surface = shader(stage, "surface", "OmniPBR")
    material.CreateSurfaceOutput().ConnectToSource(surface.ConnectableAPI(), "surface")
    UsdShade.MaterialBindingAPI.Apply(cube.GetPrim()).Bind(material)
    stage.Save()
    scene = extract_scene(tmp_path / "a.usda", 1)
    assert "found OmniPBR" in " ".join(scene.warnings)


def test_a_glow_that_flickers_is_read_at_each_frame(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    cube = UsdGeom.Cube.Define(stage, "/a/box")
    material = UsdShade.Material.Define(stage, "/a/paint")
    surface = shader(stage, "surface", "UsdPreviewSurface")
    glow = surface.CreateInput("emissiveColor", Sdf.ValueTypeNames.Color3f)
    glow.Set(Gf.Vec3f(0), 1)
    glow.Set(Gf.Vec3f(2), 3)
    material.CreateSurfaceOutput().ConnectToSource(surface.ConnectableAPI(), "surface")
    UsdShade.MaterialBindingAPI.Apply(cube.GetPrim()).Bind(material)
    stage.Save()
    from assetlib.usd.extract import ExtractCache

    cache = ExtractCache()
    scenes = [extract_scene(tmp_path / "a.usda", frame, cache=cache) for frame in (1, 2, 3)]
    assert [scene.materials[0].emissive[0] for scene in scenes] == [0, 1, 2]
