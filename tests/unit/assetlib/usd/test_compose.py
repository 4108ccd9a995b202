"""A shot written as layers reads back, in any order of editing, as the shot that was described."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from pathlib import Path

import pytest
from pxr import Gf, Sdf, Usd, UsdGeom, UsdLux, UsdSkel

from assetlib.model.scene import LightKind
from assetlib.model.shot_description import (
    BlockingKey,
    CameraKey,
    ClipUse,
    Ease,
    Pacing,
    SetUse,
    ShotCamera,
    ShotDescription,
    ShotLight,
    Subject,
)
from assetlib.usd.compose import compose_sequence, compose_shot
from assetlib.usd.compose_anim import clip_times
from assetlib.usd.errors import AssetNotFound, UsdError
from assetlib.usd.stage import open_stage, stage_rate
from tests.unit.assetlib.usd.stages import edit_attribute, pin, write_box_asset, write_puppet

CODE = "sq010_sh0020"


def describe(root: Path, **changes: object) -> ShotDescription:
    hero = Subject(name="hero", pin=pin("hero"), asset=write_box_asset(root, "hero"), variants=(("costume", "winter"),))
    camera = ShotCamera(keys=(CameraKey(frame=1001, position=(0, 1.5, 4), look_at=(0, 1, 0), focal_length=50.0),))
    shot = ShotDescription(
        code=CODE,
        sequence="sq010",
        production="ep201",
        pacing=Pacing(cut_in=1001, cut_out=1024, handles=8),
        camera=camera,
        subjects=(hero,),
    )
    return dataclasses.replace(shot, **changes)  # type: ignore[arg-type]


OPEN: list[Usd.Stage] = []  # prims and attributes die with their stage


def opened(root: Path) -> Usd.Stage:
    OPEN[:] = [open_stage(root / "shots/sq010" / CODE / "v001" / f"{CODE}.usda", [root])]
    return OPEN[0]


def test_the_root_carries_frames_with_handles_pins_and_the_department_order(tmp_path: Path) -> None:
    written = compose_shot(describe(tmp_path), tmp_path)
    layer = Sdf.Layer.FindOrOpen(str(written.root))
    departments = [f"./{CODE}_{name}.usda" for name in ("lighting", "anim", "layout")]
    assert list(layer.subLayerPaths) == [*departments, "../../sq010.usda"]
    assert (layer.startTimeCode, layer.endTimeCode, layer.timeCodesPerSecond) == (993, 1032, 24)
    data = layer.customLayerData["assetlib"]
    assert (data["cutIn"], data["cutOut"], data["handles"], data["rate"]) == (1001, 1024, 8, "24/1")
    assert data["pins"]["hero"]["digest"] == pin("hero").digest
    assert all(path.is_file() for path in written.files)
    shot = opened(tmp_path).GetPrimAtPath("/shot")
    assert shot.GetAttribute("shot:cutOut").Get() == 1024
    assert shot.GetCustomDataByKey("assetlib:pins:hero:entity") == "assetlib:///characters/hero"
    assert "AssetlibShotAPI" in shot.GetMetadata("apiSchemas").GetAddedOrExplicitItems()


def test_the_subject_composes_with_its_variant_and_its_pin(tmp_path: Path) -> None:
    compose_shot(describe(tmp_path), tmp_path)
    stage = opened(tmp_path)
    asset = stage.GetPrimAtPath("/shot/chars/hero/asset")
    assert asset.GetVariantSet("costume").GetVariantSelection() == "winter"
    assert stage.GetPrimAtPath("/shot/chars/hero/asset/geo").IsA(UsdGeom.Mesh)
    assert stage.GetPrimAtPath("/shot/chars/hero").GetCustomDataByKey("assetlib:digest") == pin("hero").digest
    assert not stage.GetCompositionErrors()


@pytest.mark.parametrize(("meters", "up"), [(1.0, "Y"), (0.01, "Y"), (0.01, "Z"), (1.0, "Z")])
def test_an_asset_stands_upright_at_its_size_whatever_its_units(tmp_path: Path, meters: float, up: str) -> None:
    asset = write_box_asset(tmp_path, "tower", height=3.0, meters=meters, up=up)
    mark = BlockingKey(frame=1001, position=(1.0, 0.0, -2.0), heading=90.0)
    compose_shot(
        describe(tmp_path, subjects=(Subject(name="tower", pin=pin("tower"), asset=asset, blocking=(mark,)),)), tmp_path
    )
    box = UsdGeom.BBoxCache(1001, ["default"]).ComputeWorldBound(opened(tmp_path).GetPrimAtPath("/shot/chars/tower"))
    span = box.ComputeAlignedRange()
    assert list(span.GetMin()) == pytest.approx([75.0, 0.0, -225.0], abs=1e-3)
    assert list(span.GetMax()) == pytest.approx([125.0, 300.0, -175.0], abs=1e-3)


def test_blocking_keys_become_samples_in_the_anim_layer(tmp_path: Path) -> None:
    marks = (BlockingKey(frame=1001), BlockingKey(frame=1021, position=(2.0, 0.0, 0.0), heading=90.0))
    hero = dataclasses.replace(describe(tmp_path).subjects[0], blocking=marks)
    compose_shot(describe(tmp_path, subjects=(hero,)), tmp_path)
    attribute = opened(tmp_path).GetPrimAtPath("/shot/chars/hero").GetAttribute("xformOp:translate:blocking")
    assert attribute.GetTimeSamples() == [1001.0, 1021.0]
    assert attribute.Get(1011) == Gf.Vec3d(100.0, 0.0, 0.0)
    writers = [spec.layer.identifier.rsplit("_", 1)[-1] for spec in attribute.GetPropertyStack(1011)]
    assert writers == ["anim.usda", "layout.usda"]


def test_a_camera_move_eases_and_keeps_its_subject_in_the_middle(tmp_path: Path) -> None:
    keys = (
        CameraKey(frame=1001, position=(-3.0, 1.5, 4.0), look_at=(0.0, 1.0, 0.0), focal_length=35.0),
        CameraKey(frame=1024, position=(3.0, 1.5, 4.0), look_at=(0.0, 1.0, 0.0), focal_length=50.0, f_stop=2.8),
    )
    compose_shot(describe(tmp_path, camera=ShotCamera(keys=keys)), tmp_path)
    camera = UsdGeom.Camera(opened(tmp_path).GetPrimAtPath("/shot/cams/main"))
    for frame in (1001, 1007, 1013, 1024):
        view = camera.GetCamera(frame).frustum
        middle = view.ComputeViewMatrix() * view.ComputeProjectionMatrix()
        assert list(middle.Transform(Gf.Vec3d(0, 100, 0)))[:2] == pytest.approx([0, 0], abs=1e-4)
    assert [round(camera.GetFocalLengthAttr().Get(f), 3) for f in (993, 1001, 1024, 1032)] == [35, 35, 50, 50]
    steps = [camera.GetLocalTransformation(f).ExtractTranslation()[0] for f in (1001, 1002, 1012, 1013)]
    assert steps[1] - steps[0] < 0.3 * (steps[3] - steps[2])
    assert camera.GetHorizontalApertureAttr().Get() == 36.0


def test_an_edited_camera_wins_because_the_layers_are_the_truth(tmp_path: Path) -> None:
    written = compose_shot(describe(tmp_path), tmp_path)
    layout = next(path for path in written.files if path.name.endswith("_layout.usda"))
    edit_attribute(layout, "/shot/cams/main", "xformOp:translate", Gf.Vec3d(0, 500, 900))
    camera = UsdGeom.Camera(opened(tmp_path).GetPrimAtPath("/shot/cams/main"))
    assert camera.GetLocalTransformation(1010).ExtractTranslation() == Gf.Vec3d(0, 500, 900)


def test_lights_are_usdlux_with_sizes_in_stage_units(tmp_path: Path) -> None:
    key = ShotLight(
        name="key",
        kind=LightKind.RECT,
        position=(2.0, 3.0, 2.0),
        look_at=(2.0, 0.0, 2.0),
        size=(1.5, 0.5),
        intensity=20.0,
        exposure=1.0,
        temperature=3200.0,
    )
    lantern = ShotLight(name="lantern", kind=LightKind.SPHERE, size=(0.1,), intensity_keys=((1001, 5.0), (1005, 8.0)))
    sky = ShotLight(name="sky", kind=LightKind.DOME, intensity=0.3, color=(0.4, 0.5, 0.9))
    compose_shot(describe(tmp_path, lights=(key, lantern, sky)), tmp_path)
    stage = opened(tmp_path)
    rect = UsdLux.RectLight(stage.GetPrimAtPath("/shot/lgt/key"))
    assert (rect.GetWidthAttr().Get(), rect.GetHeightAttr().Get()) == (150.0, 50.0)
    assert rect.GetColorTemperatureAttr().Get() == 3200.0
    assert rect.GetEnableColorTemperatureAttr().Get() is True
    down = UsdGeom.Xformable(rect).ComputeLocalToWorldTransform(1001).TransformDir(Gf.Vec3d(0, 0, -1))
    assert list(down) == pytest.approx([0, -1, 0], abs=1e-6)
    assert stage.GetPrimAtPath("/shot/lgt/lantern").GetAttribute("inputs:intensity").Get(1003) == 6.5
    assert stage.GetPrimAtPath("/shot/lgt/sky").IsA(UsdLux.DomeLight)


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), Fraction(24000, 1001)])
def test_every_rate_is_read_back_exactly(tmp_path: Path, rate: Fraction) -> None:
    compose_shot(describe(tmp_path, pacing=Pacing(cut_in=1001, cut_out=1010, rate=rate)), tmp_path)
    stage = opened(tmp_path)
    assert stage_rate(stage) == rate
    data = stage.GetRootLayer().customLayerData["assetlib"]
    assert data["rate"] == f"{rate.numerator}/{rate.denominator}"


def bend_angles(root: Path, frames: list[int], **pace: object) -> list[float]:
    """How far the puppet's upper joint is turned about Z at `frames`."""
    subject = Subject(name="puppet", pin=pin("puppet"), asset=write_puppet(root), clip=pace.pop("clip"))  # type: ignore[arg-type]
    pacing = Pacing(cut_in=1001, cut_out=1048, **pace)  # type: ignore[arg-type]
    compose_shot(describe(root, subjects=(subject,), pacing=pacing), root)
    rotations = opened(root).GetPrimAtPath("/shot/chars/puppet/performance").GetAttribute("rotations")
    return [Gf.Rotation(Gf.Quatd(rotations.Get(frame)[1])).GetAngle() for frame in frames]


def test_a_looped_clip_repeats_before_and_after_its_start(tmp_path: Path) -> None:
    angles = bend_angles(tmp_path, [995, 1001, 1007, 1013, 1019, 1025], clip=ClipUse(clip="bend", start=1001))
    assert angles == pytest.approx([45, 0, 45, 0, 45, 0], abs=1e-3)


def test_a_clip_marked_as_looping_adds_the_frame_it_leaves_out() -> None:
    stage = Usd.Stage.CreateInMemory()
    animation = UsdSkel.Animation.Define(stage, "/walk")
    for frame in range(12):
        animation.CreateTranslationsAttr().Set([(frame, 0, 0)], float(frame))
    once = clip_times(ClipUse(clip="walk"), animation.GetPrim(), Fraction(24), Fraction(24))
    animation.GetPrim().SetCustomDataByKey("assetlib:loops", True)
    marked = clip_times(ClipUse(clip="walk"), animation.GetPrim(), Fraction(24), Fraction(24))
    assert (once(1012), marked(1012), marked(1013)) == (0.0, 11.0, 0.0)


def test_a_clip_played_once_holds_both_ends(tmp_path: Path) -> None:
    clip = ClipUse(clip="bend", start=1005, loop=False, speed=2.0)
    assert bend_angles(tmp_path, [995, 1005, 1008, 1011, 1030], clip=clip) == pytest.approx(
        [0, 0, 45, 90, 90], abs=1e-3
    )


def test_24_and_23976_conform_frame_to_frame_and_25_plays_in_real_time(tmp_path: Path) -> None:
    clip = ClipUse(clip="bend", start=1001, loop=False)
    slowed = bend_angles(tmp_path / "ntsc", [1007], clip=clip, rate=Fraction(24000, 1001))
    assert slowed == pytest.approx([45.0], abs=1e-4)
    faster = bend_angles(tmp_path / "pal", [1007], clip=clip, rate=Fraction(25))
    assert faster == pytest.approx([45.0 * 24 / 25], abs=1e-2)


def test_the_skeleton_is_bound_to_the_shots_performance(tmp_path: Path) -> None:
    bend_angles(tmp_path, [1001], clip=ClipUse(clip="bend"))
    skeleton = opened(tmp_path).GetPrimAtPath("/shot/chars/puppet/asset/body/skeleton")
    assert skeleton.GetRelationship("skel:animationSource").GetTargets() == ["/shot/chars/puppet/performance"]


def test_a_sequence_set_that_the_shot_does_not_pin_is_not_pictured(tmp_path: Path) -> None:
    yard = SetUse(name="yard", pin=pin("yard", "sets"), asset=write_box_asset(tmp_path, "yard"))
    hall = SetUse(name="hall", pin=pin("hall", "sets"), asset=write_box_asset(tmp_path, "hall"))
    compose_sequence("sq010", (yard, hall), tmp_path)
    compose_shot(describe(tmp_path, sets=(yard,)), tmp_path)
    stage = opened(tmp_path)
    assert stage.GetPrimAtPath("/shot/env/yard/asset/geo")
    assert not stage.GetPrimAtPath("/shot/env/hall").IsActive()


def test_the_same_description_gives_the_same_bytes(tmp_path: Path) -> None:
    first = {path: path.read_bytes() for path in compose_shot(describe(tmp_path), tmp_path).files}
    again = {path: path.read_bytes() for path in compose_shot(describe(tmp_path), tmp_path).files}
    assert first == again
    assert not [path.name for path in tmp_path.rglob(".*")]


def test_every_layer_opens_alone_without_a_complaint(tmp_path: Path) -> None:
    for path in compose_shot(describe(tmp_path), tmp_path).files:
        stage = open_stage(path, [tmp_path])
        assert not stage.GetCompositionErrors(), path.name
        assert UsdGeom.GetStageMetersPerUnit(stage) == 0.01
        assert stage.GetDefaultPrim().GetPath() == "/shot"


def test_refusals_name_what_to_change(tmp_path: Path) -> None:
    shot = describe(tmp_path)
    hero = shot.subjects[0]
    lamp = ShotLight(name="lamp", kind=LightKind.SPHERE, size=(1.0, 2.0))
    refused = [
        ({"subjects": (hero, hero)}, UsdError, "found twice: hero"),
        ({"subjects": (dataclasses.replace(hero, name="other"),)}, UsdError, "pins named like"),
        ({"subjects": (dataclasses.replace(hero, asset="../secret.usda"),)}, UsdError, "expected a search path"),
        ({"subjects": (dataclasses.replace(hero, asset="characters/no/v001/no.usda"),)}, AssetNotFound, "check the"),
        ({"subjects": (dataclasses.replace(hero, variants=(("costume", "rain"),)),)}, UsdError, "summer, winter"),
        ({"subjects": (dataclasses.replace(hero, clip=ClipUse(clip="walk")),)}, UsdError, "animation clip"),
        ({"lights": (lamp,)}, UsdError, r"takes \(radius\)"),
        ({"code": "sq010/../sh"}, UsdError, "expected a name of letters"),
        ({"version": "4"}, UsdError, "expected a version such as v001"),
        ({"camera": ShotCamera(keys=())}, UsdError, "at least one key"),
    ]
    for changes, error, sentence in refused:
        with pytest.raises(error, match=sentence):
            compose_shot(dataclasses.replace(shot, **changes), tmp_path)
    assert not (tmp_path / "shots/sq010" / CODE / "v001" / f"{CODE}.usda").exists()


def test_an_eased_walk_is_sampled_at_every_frame(tmp_path: Path) -> None:
    marks = (BlockingKey(frame=1001), BlockingKey(frame=1011, position=(1.0, 0.0, 0.0)))
    hero = dataclasses.replace(describe(tmp_path).subjects[0], blocking=marks, ease=Ease.SMOOTH)
    compose_shot(describe(tmp_path, subjects=(hero,)), tmp_path)
    attribute = opened(tmp_path).GetPrimAtPath("/shot/chars/hero").GetAttribute("xformOp:translate:blocking")
    assert len(attribute.GetTimeSamples()) == 11
    assert attribute.Get(1006)[0] == pytest.approx(50.0)
