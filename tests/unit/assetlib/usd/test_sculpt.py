"""A model of arrays becomes USD that other tools read: geometry, materials, skin, clips; the same bytes each time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from assetlib.usd.sculpt import write_model
from tests.unit.assetlib.usd.models import arm


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory):
    from pxr import Usd

    return Usd.Stage.Open(str(write_model(arm(), tmp_path_factory.mktemp("arm"), "hero")))


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write_model(arm(), tmp_path / folder)
    files = sorted(p.relative_to(tmp_path / "one") for p in (tmp_path / "one").rglob("*") if p.is_file())
    assert [str(f) for f in files] == ["geo.usdc", "maps/checks.png", "mtl.usda", "payload.usda", "skel.usdc"]
    for file in files:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes(), file


def test_every_validator_of_openusd_is_content(stage) -> None:
    from pxr import UsdValidation

    context = UsdValidation.ValidationContext(UsdValidation.ValidationRegistry().GetOrLoadAllValidators())
    assert [error.GetMessage() for error in context.Validate(stage)] == []


def test_polygons_normals_and_uv_arrive_unchanged(stage) -> None:
    from pxr import UsdGeom

    strip, mesh = arm().meshes[0], UsdGeom.Mesh(stage.GetPrimAtPath("/hero/geo/strip"))
    assert np.array_equal(mesh.GetPointsAttr().Get(), strip.points)
    assert list(mesh.GetFaceVertexCountsAttr().Get()) == [4, 4]
    assert mesh.GetNormalsInterpolation() == "faceVarying"
    st = UsdGeom.PrimvarsAPI(mesh).GetPrimvar("st")
    assert st.GetInterpolation() == "faceVarying"
    assert np.allclose(st.Get(), strip.uv)


def test_the_clip_bends_the_skin(stage) -> None:
    from pxr import Usd, UsdSkel

    root = UsdSkel.Root(stage.GetPrimAtPath("/hero/geo"))
    cache = UsdSkel.Cache()
    cache.Populate(root, Usd.PrimDefaultPredicate)
    (binding,) = cache.ComputeSkelBindings(root, Usd.PrimDefaultPredicate)
    query = cache.GetSkelQuery(binding.GetSkeleton())
    (target,) = binding.GetSkinningTargets()
    points = target.GetPrim().GetAttribute("points").Get()
    for time, tip in ((0, (0, 2, 0)), (1, (-1, 1, 0))):
        moved = type(points)(points)
        assert target.ComputeSkinnedPoints(query.ComputeSkinningTransforms(time), moved, time)
        assert np.allclose(moved[4], tip, atol=1e-5)


def test_faces_wear_the_materials_they_name(stage) -> None:
    from pxr import UsdShade

    def worn(path: str) -> str:
        prim = stage.GetPrimAtPath(path)
        return UsdShade.MaterialBindingAPI(prim).ComputeBoundMaterial()[0].GetPath().name

    assert worn("/hero/geo/strip") == "checker"
    assert worn("/hero/geo/patches/brass") == "brass"


def test_a_texture_replaces_the_constant_and_knows_its_color_space(stage) -> None:
    from pxr import UsdShade

    surface = UsdShade.Shader(stage.GetPrimAtPath("/hero/mtl/checker/surface"))
    source = surface.GetInput("diffuseColor").GetConnectedSources()[0][0].source
    reader = UsdShade.Shader(source.GetPrim())
    assert reader.GetInput("sourceColorSpace").Get() == "sRGB"
    assert Path(reader.GetInput("file").Get().resolvedPath).is_file()
    assert surface.GetInput("roughness").Get() == pytest.approx(0.25)


def test_the_texture_file_holds_the_pixels_given(tmp_path: Path) -> None:
    from PIL import Image

    write_model(arm(), tmp_path)
    with Image.open(tmp_path / "maps/checks.png") as image:
        assert np.array_equal(np.asarray(image), arm().textures[0].pixels)


def test_parts_carry_their_label(stage) -> None:
    from pxr import UsdSemantics

    labels = UsdSemantics.LabelsAPI.Get(stage.GetPrimAtPath("/hero/geo/strip"), "assetlib")
    assert list(labels.GetLabelsAttr().Get()) == ["arm"]
