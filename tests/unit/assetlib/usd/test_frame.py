"""Framing from the layers: what is in frame, where and how large; film words make cameras that keep their promise."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from assetlib.model.shot import Shot
from assetlib.model.shot_description import BlockingKey, Pacing, SetUse, ShotCamera, ShotDescription, Subject
from assetlib.usd.compose import compose_shot
from assetlib.usd.direct import default_description
from assetlib.usd.errors import AssetNotFound, UsdError
from assetlib.usd.extract import extract_scene
from assetlib.usd.frame import SHOT_SIZES, SubjectFraming, camera_for, framing
from tests.unit.assetlib.usd.stages import new_stage, pin, write_box_asset

LOW, HIGH = (-0.25, 0.0, -0.25), (0.25, 1.8, 0.25)


def framed(root: Path, size: str = "full", *, place: float = 0.0, **words: object) -> SubjectFraming:
    """The box figure in a shot, whose camera was made for it standing at the origin."""
    mark = BlockingKey(frame=1001, position=(place, 0.0, 0.0))
    hero = Subject(name="hero", pin=pin("hero"), asset=write_box_asset(root, "hero"), blocking=(mark,))
    key = camera_for(size, lens_mm=85.0, low=LOW, high=HIGH, frame=1001, **words)  # type: ignore[arg-type]
    shot = ShotDescription(
        code="sq010_sh0010",
        sequence="sq010",
        production="ep201",
        pacing=Pacing(cut_in=1001, cut_out=1024),
        camera=ShotCamera(keys=(key,)),
        subjects=(hero,),
    )
    (found,) = framing(compose_shot(shot, root).root, 1005, search_paths=[root])
    return found


def test_a_full_shot_holds_the_whole_subject_in_the_middle(tmp_path: Path) -> None:
    found = framed(tmp_path)
    assert found.in_frame
    assert found.ndc_center == pytest.approx((0.0, 0.0), abs=0.01)
    assert found.visible_share == pytest.approx(1.0)
    assert 0.8 < found.screen_height_fraction < 0.95


@pytest.mark.parametrize("size", SHOT_SIZES)
def test_every_shot_size_gives_the_subject_its_share_of_the_frame(tmp_path: Path, size: str) -> None:
    found = framed(tmp_path, size)
    assert found.in_frame
    assert found.screen_height_fraction == pytest.approx(1 / SHOT_SIZES[size] / 1.08, rel=0.25)


def test_a_medium_shot_keeps_headroom(tmp_path: Path) -> None:
    found = framed(tmp_path, "medium")
    top = found.ndc_center[1] + found.screen_height_fraction
    assert 0.7 < top < 1.05


def test_a_subject_outside_the_frame_is_said_to_be_outside(tmp_path: Path) -> None:
    found = framed(tmp_path, place=8.0)
    assert not found.in_frame
    assert found.ndc_center[0] > 1
    assert found.visible_share == 0


@pytest.mark.parametrize(("around", "angle"), [(90.0, "eye"), (180.0, "low"), (45.0, "high"), (0.0, "dutch")])
def test_the_camera_keeps_its_subject_from_every_side(tmp_path: Path, around: float, angle: str) -> None:
    assert framed(tmp_path, around=around, angle=angle).ndc_center == pytest.approx((0.0, 0.0), abs=0.02)


def test_unknown_film_words_are_refused() -> None:
    with pytest.raises(UsdError, match="expected one of extreme close-up"):
        camera_for("huge", lens_mm=35.0, low=LOW, high=HIGH, frame=1)
    with pytest.raises(UsdError, match="expected one of eye, low"):
        camera_for("full", lens_mm=35.0, low=LOW, high=HIGH, frame=1, angle="sideways")


def test_a_stage_without_a_camera_cannot_be_framed(tmp_path: Path) -> None:
    new_stage(tmp_path / "a.usda").Save()
    with pytest.raises(UsdError, match="expected a camera"):
        framing(tmp_path / "a.usda", 1)


def imported() -> Shot:
    return Shot(
        code="sq010_sh0010",
        sequence="sq010",
        production="ep201",
        cut_in=1001,
        cut_out=1024,
        handles=8,
        rate=Fraction(24),
        timeline="cut",
        clip="sq010_sh0010",
    )


@pytest.mark.parametrize("names", [("hero",), ("hero", "tower"), ("hero", "tower", "imp")])
def test_a_shot_without_direction_frames_all_its_subjects(tmp_path: Path, names: tuple[str, ...]) -> None:
    heights = {"hero": 1.8, "tower": 2.2, "imp": 0.9}
    units = {"hero": (0.01, "Y"), "tower": (0.01, "Z"), "imp": (1.0, "Y")}
    subjects = tuple(
        Subject(
            name=name,
            pin=pin(name),
            asset=write_box_asset(tmp_path, name, height=heights[name], meters=units[name][0], up=units[name][1]),
        )
        for name in names
    )
    described = default_description(imported(), subjects=subjects, search_paths=[tmp_path])
    root = compose_shot(described, tmp_path).root
    for found in framing(root, 1010, search_paths=[tmp_path]):
        assert found.in_frame
        assert abs(found.ndc_center[0]) < 0.85, found
    scene = extract_scene(root, 1001, search_paths=[tmp_path])
    assert len(scene.meshes) == len(names)
    assert len(scene.lights) == 4
    assert min(float(mesh.points[:, 1].min()) for mesh in scene.meshes) == pytest.approx(0.0, abs=1e-4)
    spans = sorted((float(mesh.points[:, 0].min()), float(mesh.points[:, 0].max())) for mesh in scene.meshes)
    assert all(a[1] < b[0] for a, b in pairwise(spans))


def test_a_set_alone_and_nothing_at_all_still_make_a_shot(tmp_path: Path) -> None:
    yard = SetUse(name="yard", pin=pin("yard", "sets"), asset=write_box_asset(tmp_path, "yard", height=4.0))
    described = default_description(imported(), sets=(yard,), search_paths=[tmp_path])
    scene = extract_scene(compose_shot(described, tmp_path).root, 1001, search_paths=[tmp_path])
    assert [mesh.path for mesh in scene.meshes] == ["/shot/env/yard/asset/geo"]
    assert scene.camera.to_world[1, 3] > 4.0
    assert default_description(imported(), search_paths=[tmp_path]).subjects == ()


def test_a_subject_with_marks_keeps_them_and_a_missing_asset_is_refused(tmp_path: Path) -> None:
    mark = BlockingKey(frame=1001, position=(0.0, 0.0, -3.0), heading=180.0)
    hero = Subject(name="hero", pin=pin("hero"), asset=write_box_asset(tmp_path, "hero"), blocking=(mark,))
    described = default_description(imported(), subjects=(hero,), search_paths=[tmp_path])
    assert described.subjects[0].blocking == (mark,)
    ghost = dataclasses.replace(hero, asset="characters/ghost/v001/ghost.usda")
    with pytest.raises(AssetNotFound, match="characters/ghost"):
        default_description(imported(), subjects=(ghost,), search_paths=[tmp_path])
