"""A stage read as arrays: sizes in meters, Y up, triangles facing out, every asset with its number."""

from __future__ import annotations

import dataclasses
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from pxr import Gf, Sdf, Usd, UsdGeom, UsdLux, UsdShade, UsdSkel

from assetlib.model.scene import LightKind, Mesh, Scene, SceneEntity
from assetlib.model.shot_description import (
    BlockingKey,
    CameraKey,
    ClipUse,
    Pacing,
    ShotCamera,
    ShotDescription,
    Subject,
)
from assetlib.usd.compose import compose_shot
from assetlib.usd.errors import UsdError
from assetlib.usd.extract import ExtractCache, extract_scene
from tests.unit.assetlib.usd.stages import add_box, new_stage, pin, write_box_asset, write_puppet


def extracted(stage: Usd.Stage, frame: int = 1) -> Scene:
    stage.Save()
    return extract_scene(Path(stage.GetRootLayer().realPath), frame)


def volume(mesh: Mesh) -> float:
    """Signed volume in m³: positive when every triangle faces out."""
    a, b, c = (mesh.points[mesh.triangles[:, i]].astype(np.float64) for i in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)) / 6)


@pytest.mark.parametrize(("meters", "up"), [(1.0, "Y"), (0.01, "Y"), (0.01, "Z")])
def test_every_stage_is_read_in_meters_with_y_up(tmp_path: Path, meters: float, up: str) -> None:
    stage = new_stage(tmp_path / "a.usda", meters=meters, up=up)
    low, high = ((0, 0, 0), (1, 2, 3)) if up == "Y" else ((0, -3, 0), (1, 0, 2))
    add_box(stage, "/a/box", *(tuple(v / meters for v in corner) for corner in (low, high)))
    (mesh,) = extracted(stage).meshes
    assert mesh.points.min(axis=0).tolist() == pytest.approx([0, 0, 0], abs=1e-5)
    assert mesh.points.max(axis=0).tolist() == pytest.approx([1, 2, 3], rel=1e-5)
    assert volume(mesh) == pytest.approx(6.0, rel=1e-4)
    assert mesh.normals is None
    assert mesh.next_points is mesh.points


def test_a_left_handed_mesh_still_faces_out(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    box = add_box(stage, "/a/box", (0, 0, 0), (1, 1, 1))
    box.CreateOrientationAttr("leftHanded")
    indices = np.array(box.GetFaceVertexIndicesAttr().Get()).reshape(6, 4)[:, ::-1].reshape(-1)
    box.GetFaceVertexIndicesAttr().Set(indices.tolist())
    assert volume(extracted(stage).meshes[0]) == pytest.approx(1.0)


def test_a_mirrored_mesh_still_faces_out_with_normals_that_agree(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    box = add_box(stage, "/a/box", (1, 0, 0), (2, 1, 1))
    box.CreateSubdivisionSchemeAttr("catmullClark")
    UsdGeom.XformCommonAPI(box).SetScale((-1, 1, 1))
    (mesh,) = extracted(stage).meshes
    assert volume(mesh) == pytest.approx(1.0)
    assert mesh.normals is not None
    outward = mesh.points[mesh.triangles] - mesh.points.mean(axis=0)
    assert (np.einsum("tcd,tcd->tc", mesh.normals, outward) > 0).all()


def test_a_subdivision_surface_is_smooth_and_its_normals_are_unit(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    add_box(stage, "/a/box", (-1, -1, -1), (1, 1, 1)).CreateSubdivisionSchemeAttr("catmullClark")
    normals = extracted(stage).meshes[0].normals
    assert normals is not None
    assert np.linalg.norm(normals, axis=2) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("interpolation", ["faceVarying", "vertex", "uniform", "constant"])
def test_texture_coordinates_of_every_interpolation_reach_the_corners(tmp_path: Path, interpolation: str) -> None:
    stage = new_stage(tmp_path / "a.usda")
    box = add_box(stage, "/a/box", (0, 0, 0), (1, 1, 1))
    count = {"faceVarying": 24, "vertex": 8, "uniform": 6, "constant": 1}[interpolation]
    values = [(i / 32, 1 - i / 32) for i in range(count)]
    UsdGeom.PrimvarsAPI(box).CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, interpolation).Set(values)
    (mesh,) = extracted(stage).meshes
    assert mesh.uv is not None
    indices = np.array(box.GetFaceVertexIndicesAttr().Get())
    first = {"faceVarying": [0, 1, 2], "vertex": indices[:3].tolist(), "uniform": [0] * 3, "constant": [0] * 3}
    assert mesh.uv[0, :, 0].tolist() == [i / 32 for i in first[interpolation]]


def test_primvars_of_the_wrong_length_are_ignored_with_a_sentence(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    box = add_box(stage, "/a/box", (0, 0, 0), (1, 1, 1))
    UsdGeom.PrimvarsAPI(box).CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, "vertex").Set([(0, 0)] * 3)
    scene = extracted(stage)
    assert scene.meshes[0].uv is None
    assert "texture coordinates st do not fit" in " ".join(scene.warnings)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("faceVertexIndices", [0, 1, 99, 3] * 6, "points outside"),
        ("faceVertexCounts", [4, 4], "face counts ask for"),
        ("points", [(float("nan"), 0, 0)] * 8, "not all finite"),
        ("points", [], "no faces or no points"),
    ],
)
def test_a_broken_mesh_is_left_out_with_a_sentence(
    tmp_path: Path, name: str, value: list[object], sentence: str
) -> None:
    stage = new_stage(tmp_path / "a.usda")
    add_box(stage, "/a/box", (0, 0, 0), (1, 1, 1)).GetPrim().GetAttribute(name).Set(value)
    scene = extracted(stage)
    assert scene.meshes == ()
    assert sentence in " ".join(scene.warnings)


SHAPES = {
    "Sphere": (4 / 3 * np.pi, [1, 1, 1]),
    "Cube": (8.0, [1, 1, 1]),
    "Cylinder": (2 * np.pi, [1, 1, 1]),
    "Cone": (2 / 3 * np.pi, [1, 1, 1]),
    "Capsule": (np.pi / 4 + np.pi / 6, [0.5, 0.5, 1.0]),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_implicit_shapes_have_the_size_usd_says(tmp_path: Path, kind: str) -> None:
    stage = new_stage(tmp_path / "a.usda")
    stage.DefinePrim("/a/shape", kind)
    (mesh,) = extracted(stage).meshes
    expected, half = SHAPES[kind]
    assert volume(mesh) == pytest.approx(expected, rel=0.02)
    assert mesh.points.max(axis=0).tolist() == pytest.approx(half, rel=0.02)


@pytest.mark.parametrize(("axis", "flat"), [("X", 0), ("Y", 1), ("Z", 2)])
def test_a_plane_faces_along_its_axis(tmp_path: Path, axis: str, flat: int) -> None:
    stage = new_stage(tmp_path / "a.usda")
    UsdGeom.Plane.Define(stage, "/a/floor").CreateAxisAttr(axis)
    (mesh,) = extracted(stage).meshes
    a, b, c = mesh.points[mesh.triangles[0]]
    normal = np.cross(b - a, c - a)
    assert normal[flat] > 0
    assert np.ptp(mesh.points, axis=0)[flat] == 0


def test_invisible_and_guide_shapes_are_not_pictured(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    for name in ("seen", "hidden", "guide", "blinking"):
        UsdGeom.Cube.Define(stage, f"/a/{name}")
    UsdGeom.Imageable(stage.GetPrimAtPath("/a/hidden")).MakeInvisible()
    UsdGeom.Imageable(stage.GetPrimAtPath("/a/guide")).CreatePurposeAttr("guide")
    blink = UsdGeom.Imageable(stage.GetPrimAtPath("/a/blinking")).CreateVisibilityAttr()
    blink.Set("inherited", 1)
    blink.Set("invisible", 5)
    parts = {mesh.path: int(mesh.parts[0]) for mesh in extracted(stage, 1).meshes}
    assert set(parts) == {"/a/seen", "/a/blinking"}
    later = {mesh.path: int(mesh.parts[0]) for mesh in extracted(stage, 5).meshes}
    assert later == {"/a/seen": parts["/a/seen"]}


def test_a_point_instancer_is_expanded_and_its_mask_honored(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    grass = UsdGeom.PointInstancer.Define(stage, "/a/grass")
    add_box(stage, "/a/grass/blade", (0, 0, 0), (0.1, 0.1, 0.1))
    grass.CreatePrototypesRel().SetTargets(["/a/grass/blade"])
    grass.CreateProtoIndicesAttr([0] * 4)
    grass.CreatePositionsAttr([(i, 0, 0) for i in range(4)])
    grass.CreateInvisibleIdsAttr([2])
    meshes = extracted(stage).meshes
    assert [mesh.path for mesh in meshes] == [f"/a/grass/blade[{i}]" for i in (0, 1, 3)]
    assert [round(float(mesh.points[:, 0].min()), 3) for mesh in meshes] == [0, 1, 3]
    assert meshes[0].triangles is meshes[1].triangles


def test_a_swarm_beyond_the_limit_is_cut_with_a_sentence(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    swarm = UsdGeom.PointInstancer.Define(stage, "/a/swarm")
    UsdGeom.Cube.Define(stage, "/a/swarm/bee")
    swarm.CreatePrototypesRel().SetTargets(["/a/swarm/bee"])
    swarm.CreateProtoIndicesAttr([0] * 25_000)
    swarm.CreatePositionsAttr([(0, 0, 0)] * 25_000)
    scene = extracted(stage)
    assert len(scene.meshes) == 20_000
    assert "more than 20000 instances" in " ".join(scene.warnings)


def test_instanceable_references_are_pictured_each_at_its_place(tmp_path: Path) -> None:
    write_box_asset(tmp_path, "crate", height=1.0)
    stage = new_stage(tmp_path / "a.usda")
    for i in range(2):
        crate = stage.DefinePrim(f"/a/crate{i}", "Xform")
        crate.GetReferences().AddReference("./characters/crate/v001/crate.usda")
        crate.SetInstanceable(True)
        UsdGeom.XformCommonAPI(crate).SetTranslate((2.0 * i, 0, 0))
    meshes = extracted(stage).meshes
    assert [round(float(mesh.points[:, 0].mean()), 3) for mesh in meshes] == [0.0, 2.0]


def test_subsets_wear_their_own_materials_and_are_parts(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    box = add_box(stage, "/a/box", (0, 0, 0), (1, 1, 1))
    for index, name in enumerate(("red", "blue")):
        subset = UsdShade.MaterialBindingAPI.Apply(box.GetPrim()).CreateMaterialBindSubset(name, [index])
        UsdShade.MaterialBindingAPI.Apply(subset.GetPrim()).Bind(preview(stage, f"/a/{name}_paint", (index, 0, 1)))
    scene = extracted(stage)
    (mesh,) = scene.meshes
    colors = [scene.materials[i].base_color for i in mesh.materials[[0, 2, 4]]]
    assert colors[:2] == [(0, 0, 1), (1, 0, 1)]
    assert colors[2] == pytest.approx((0.18, 0.18, 0.18))
    assert len(set(mesh.parts[[0, 2, 4]].tolist())) == 3


def preview(stage: Usd.Stage, path: str, color: tuple[float, ...]) -> UsdShade.Material:
    material = UsdShade.Material.Define(stage, path)
    shader = UsdShade.Shader.Define(stage, f"{path}/surface")
    shader.CreateIdAttr("UsdPreviewSurface")
    shader.CreateInput("diffuseColor", Sdf.ValueTypeNames.Color3f).Set(Gf.Vec3f(*color))
    material.CreateSurfaceOutput().ConnectToSource(shader.ConnectableAPI(), "surface")
    return material


def test_lights_come_in_meters_with_their_radiance(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda", meters=0.01)
    lamp = UsdLux.SphereLight.Define(stage, "/a/lamp")
    lamp.CreateRadiusAttr(10.0)
    lamp.CreateIntensityAttr(3.0)
    lamp.CreateExposureAttr(2.0)
    lamp.CreateColorAttr((1.0, 0.5, 0.25))
    UsdGeom.XformCommonAPI(lamp).SetTranslate((100, 200, 0))
    panel = UsdLux.RectLight.Define(stage, "/a/panel")
    panel.CreateWidthAttr(200.0)
    panel.CreateHeightAttr(50.0)
    panel.CreateIntensityAttr(100.0)
    panel.CreateNormalizeAttr(True)
    panel.CreateEnableColorTemperatureAttr(True)
    panel.CreateColorTemperatureAttr(3200.0)
    UsdLux.CylinderLight.Define(stage, "/a/tube")
    scene = extracted(stage)
    by_name = {light.path: light for light in scene.lights}
    lamp_light, panel_light = by_name["/a/lamp"], by_name["/a/panel"]
    assert (lamp_light.kind, lamp_light.size) == (LightKind.SPHERE, pytest.approx((0.1,)))
    assert lamp_light.color == pytest.approx((12.0, 6.0, 3.0))
    assert lamp_light.transform[:3, 3].tolist() == pytest.approx([1.0, 2.0, 0.0])
    assert panel_light.size == pytest.approx((2.0, 0.5))
    assert panel_light.normalize
    # 100 over 200 × 50 square units equals what is left over 1 m².
    assert panel_light.color[1] / (2.0 * 0.5) == pytest.approx(100 * 0.86596864 / (200 * 50), rel=1e-4)
    assert panel_light.color[0] > 2 * panel_light.color[2]
    assert "cylinder light is pictured as a sphere" in " ".join(scene.warnings)


def shot(root: Path, subject: Subject, **camera: object) -> Path:
    key = CameraKey(frame=1001, position=(0.0, 1.0, 5.0), look_at=(0.0, 1.0, 0.0), focal_length=50.0, f_stop=2.8)
    described = ShotDescription(
        code="sq010_sh0010",
        sequence="sq010",
        production="ep201",
        pacing=Pacing(cut_in=1001, cut_out=1024, rate=Fraction(24000, 1001)),
        camera=ShotCamera(keys=(key,)),
        subjects=(subject,),
    )
    return compose_shot(described, root).root


def test_a_composed_shot_is_pictured_as_it_was_described(tmp_path: Path) -> None:
    marks = (BlockingKey(frame=1001), BlockingKey(frame=1011, position=(1.0, 0.0, 0.0)))
    hero = Subject(name="hero", pin=pin("hero"), asset=write_box_asset(tmp_path, "hero"), blocking=marks)
    root = shot(tmp_path, hero)
    scene = extract_scene(root, 1006, search_paths=[tmp_path])
    (mesh,) = scene.meshes
    assert mesh.points.mean(axis=0).tolist() == pytest.approx([0.5, 0.9, 0.0], abs=1e-5)
    assert (mesh.next_points - mesh.points)[0].tolist() == pytest.approx([0.1, 0.0, 0.0], abs=1e-5)
    assert mesh.rest.max(axis=0).tolist() == pytest.approx([0.25, 1.8, 0.25], abs=1e-5)
    (entity,) = scene.entities
    assert (mesh.entity, entity.name, entity.digest) == (1, "hero", pin("hero").digest)
    view = scene.camera
    assert (view.focal_length, view.horizontal_aperture, view.f_stop) == pytest.approx((50.0, 36.0, 2.8))
    assert view.to_world[:3, 3].tolist() == pytest.approx([0, 1, 5])
    assert view.focus_distance == pytest.approx(5.0)
    assert (view.near, view.far) == pytest.approx((0.05, 1000.0))
    assert scene.rate == Fraction(24000, 1001)
    assert scene.background == pytest.approx((0.02, 0.022, 0.03))
    assert scene.warnings == ()


def test_rest_positions_are_the_same_at_every_frame_and_place(tmp_path: Path) -> None:
    marks = (BlockingKey(frame=1001, heading=30.0), BlockingKey(frame=1011, position=(1.0, 0.0, 0.0), heading=90.0))
    puppet = Subject(
        name="puppet", pin=pin("puppet"), asset=write_puppet(tmp_path), blocking=marks, clip=ClipUse(clip="bend")
    )
    cache, root = ExtractCache(), shot(tmp_path, puppet)
    rests = [extract_scene(root, f, search_paths=[tmp_path], cache=cache).meshes[0].rest for f in (1001, 1004, 1010)]
    assert np.ptp(np.stack(rests), axis=0).max() == 0
    assert rests[0].max(axis=0).tolist() == pytest.approx([0.1, 2.0, 0.1], abs=1e-5)


def test_a_skinned_puppet_bends_at_its_joint_and_the_next_frame_is_the_next_frame(tmp_path: Path) -> None:
    puppet = Subject(
        name="puppet", pin=pin("puppet"), asset=write_puppet(tmp_path), clip=ClipUse(clip="bend", loop=False)
    )
    root = shot(tmp_path, puppet)
    bent = extract_scene(root, 1013, search_paths=[tmp_path]).meshes[0]
    straight = extract_scene(root, 1001, search_paths=[tmp_path]).meshes[0]
    top = straight.points[:, 1] > 1.5
    # A quarter turn about Z around the joint at 1 m: up becomes -X.
    assert bent.points[top][:, 0].tolist() == pytest.approx([-1.0] * 4, abs=1e-4)
    assert bent.points[~top] == pytest.approx(straight.points[~top], abs=1e-5)
    before = extract_scene(root, 1012, search_paths=[tmp_path]).meshes[0]
    assert before.next_points == pytest.approx(bent.points, abs=1e-6)


def test_the_callers_entities_decide_when_they_are_given(tmp_path: Path) -> None:
    hero = Subject(name="hero", pin=pin("hero"), asset=write_box_asset(tmp_path, "hero"))
    root = shot(tmp_path, hero)
    known = SceneEntity(name="hero", entity="assetlib:///characters/hero", digest="sha256:" + "1" * 64, path="")
    scene = extract_scene(root, 1001, search_paths=[tmp_path], entities={"hero": known})
    assert scene.entities == (dataclasses.replace(known, path="/shot/chars/hero"),)
    assert extract_scene(root, 1001, search_paths=[tmp_path], entities={}).meshes[0].entity == 0


def test_a_stage_without_a_camera_is_seen_whole(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    add_box(stage, "/a/box", (4, 0, 0), (5, 3, 1))
    scene = extracted(stage)
    to_camera = np.linalg.inv(scene.camera.to_world)
    seen = (to_camera @ np.c_[scene.meshes[0].points, np.ones(8)].T)[:3]
    assert (seen[2] < 0).all()
    assert (np.abs(seen[0] / seen[2]) < 18.0 / 50.0).all()
    assert (np.abs(seen[1] / seen[2]) < 10.125 / 50.0).all()
    assert "no camera" in " ".join(scene.warnings)


def test_an_unknown_camera_and_an_unreadable_layer_are_refused(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    stage.Save()
    with pytest.raises(UsdError, match="expected a camera at /nowhere"):
        extract_scene(tmp_path / "a.usda", 1, camera="/nowhere")
    (tmp_path / "broken.usda").write_text("#usda 1.0\n(((")
    with pytest.raises(UsdError, match="cannot be opened"):
        extract_scene(tmp_path / "broken.usda", 1)


def test_a_missing_reference_is_a_sentence(tmp_path: Path) -> None:
    stage = new_stage(tmp_path / "a.usda")
    stage.DefinePrim("/a/gone").GetReferences().AddReference("./gone.usda")
    assert any("gone.usda" in sentence for sentence in extracted(stage).warnings)


def test_a_hundred_thousand_skinned_vertices_take_less_than_a_third_of_a_second(tmp_path: Path) -> None:
    path = tmp_path / write_puppet(tmp_path)
    stage = Usd.Stage.Open(str(path))
    side = 317
    geo = UsdGeom.Mesh(stage.GetPrimAtPath("/puppet/body/geo"))
    grid = np.stack(np.meshgrid(np.linspace(-1, 1, side), np.linspace(0, 2, side)), axis=2).reshape(-1, 2)
    geo.GetPointsAttr().Set([(float(x), float(y), 0.0) for x, y in grid])
    a = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).reshape(-1)
    geo.GetFaceVertexCountsAttr().Set([4] * len(a))
    geo.GetFaceVertexIndicesAttr().Set(np.stack([a, a + 1, a + side + 1, a + side], 1).reshape(-1).tolist())
    geo.CreateSubdivisionSchemeAttr("catmullClark")
    binding = UsdSkel.BindingAPI(geo.GetPrim())
    weights = np.stack([1 - grid[:, 1] / 2, grid[:, 1] / 2], 1).reshape(-1).tolist()
    binding.CreateJointIndicesPrimvar(False, 2).Set([0, 1] * len(grid))
    binding.CreateJointWeightsPrimvar(False, 2).Set(weights)
    skeleton = UsdSkel.BindingAPI.Apply(stage.GetPrimAtPath("/puppet/body/skeleton"))
    skeleton.CreateAnimationSourceRel().SetTargets(["/puppet/body/clips/bend"])
    stage.Save()
    cache = ExtractCache()
    extract_scene(path, 1, cache=cache)
    costs = []
    for frame in (2, 3, 4):
        start = time.process_time()
        extract_scene(path, frame, cache=cache)
        costs.append(time.process_time() - start)
    assert min(costs) < 0.3
