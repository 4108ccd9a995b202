"""The demo's models: whole, skinned, painted, standing on the ground, and the same on every run."""

from __future__ import annotations

import hashlib
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from assetlib.demo import bruno, motion, rhea_form, sets
from assetlib.demo.characters import build_bruno, build_characters, build_rhea
from assetlib.demo.prop import build_prop, eyepiece
from assetlib.demo.sets import build_set
from assetlib.demo.skeleton import Skeleton, joint_matrices, skinned
from assetlib.model.model_description import ClipDescription, MeshDescription, ModelDescription

SKELETONS = {"rhea": rhea_form.SKELETON, "bruno": bruno.SKELETON}
TEMPERS = {"rhea": motion.RHEA, "bruno": motion.BRUNO}
both = pytest.mark.parametrize("name", ["rhea", "bruno"])


@cache
def model(name: str) -> ModelDescription:
    builders = {"rhea": build_rhea, "bruno": build_bruno, "terrace": build_set, "telescope": build_prop}
    return builders[name]()


def triangles(name: str) -> int:
    return sum(len(m.face_counts) for m in model(name).meshes)


def fingerprint(described: ModelDescription) -> str:
    digest = hashlib.sha256()
    for mesh in described.meshes:
        for array in (mesh.points, mesh.face_indices, mesh.normals, mesh.uv, mesh.weights):
            digest.update(b"" if array is None else np.ascontiguousarray(array).tobytes())
    for texture in described.textures:
        digest.update(texture.pixels.tobytes())
    for clip in described.clips:
        digest.update(clip.rotations.tobytes() + clip.translations.tobytes())
    return digest.hexdigest()


def dense_weights(mesh: MeshDescription, joints: int) -> np.ndarray:
    assert mesh.joints is not None and mesh.weights is not None
    dense = np.zeros((len(mesh.points), joints))
    np.put_along_axis(dense, mesh.joints.astype(int), mesh.weights.astype(float), 1)
    return dense


def clip_of(name: str, clip: str) -> ClipDescription:
    return next(c for c in model(name).clips if c.name == clip)


def posed(name: str, clip: str, frame: int, meshes: tuple[str, ...]) -> np.ndarray:
    played = clip_of(name, clip)
    rotations, translations = played.rotations[frame].astype(float), played.translations[frame].astype(float)
    joints = len(SKELETONS[name].joints)
    return np.concatenate(
        [
            skinned(SKELETONS[name], m.points.astype(float), dense_weights(m, joints), rotations, translations)
            for m in model(name).meshes
            if m.name in meshes
        ]
    )


def ankles(skeleton: Skeleton, clip: ClipDescription, frame: int) -> dict[str, np.ndarray]:
    _, places = joint_matrices(skeleton, clip.rotations[frame].astype(float), clip.translations[frame].astype(float))
    return {side: places[skeleton.index(f"foot_{side}")] for side in ("l", "r")}


def test_every_build_gives_the_same_bytes() -> None:
    again = {m.name: m for m in (*build_characters(), build_prop(), build_set())}
    for name in ("rhea", "bruno", "telescope", "terrace"):
        assert fingerprint(again[name]) == fingerprint(model(name)), name


@pytest.mark.parametrize(
    ("name", "fewest", "most"),
    [("rhea", 15e3, 60e3), ("bruno", 15e3, 60e3), ("terrace", 30e3, 120e3), ("telescope", 2e3, 20e3)],
)
def test_triangles_stay_within_the_budget(name: str, fewest: float, most: float) -> None:
    assert fewest <= triangles(name) <= most


@pytest.mark.parametrize("name", ["rhea", "bruno", "terrace", "telescope"])
def test_no_coordinate_is_undefined_and_every_normal_is_a_direction(name: str) -> None:
    for mesh in model(name).meshes:
        assert np.isfinite(mesh.points).all() and mesh.normals is not None
        assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-3), mesh.name


@both
def test_skin_weights_are_few_positive_and_whole(name: str) -> None:
    for mesh in model(name).meshes:
        assert mesh.joints is not None and mesh.weights is not None
        assert mesh.joints.shape[1] <= 4 and mesh.weights.min() >= 0
        assert np.allclose(mesh.weights.sum(axis=1), 1, atol=1e-5)
        assert mesh.joints.max() < len(SKELETONS[name].joints)


@both
def test_the_atlas_holds_every_corner(name: str) -> None:
    painted = [m for m in model(name).meshes if model(name).materials[m.material].name == "painted"]
    assert painted
    for mesh in painted:
        assert mesh.uv is not None and mesh.uv.min() >= 0 and mesh.uv.max() <= 1


@both
def test_textures_are_painted_and_1024_wide(name: str) -> None:
    color, rough = model(name).textures
    assert color.pixels.shape == (1024, 1024, 3) and color.srgb
    assert rough.pixels.shape == (1024, 1024, 1) and not rough.srgb
    assert color.pixels.reshape(-1, 3).std(axis=0).min() > 20


@both
def test_a_figure_stands_on_the_ground_and_faces_forward(name: str) -> None:
    points = np.concatenate([m.points for m in model(name).meshes])
    assert 0 <= points[:, 1].min() < 0.012
    eyes = SKELETONS[name].place("eye_l")
    assert eyes[2] > SKELETONS[name].place("head")[2] and eyes[0] > 0


def test_the_two_are_told_apart_by_shape_and_color() -> None:
    height = {n: max(m.points[:, 1].max() for m in model(n).meshes) for n in SKELETONS}
    assert height["rhea"] > 1.7 * height["bruno"]
    tint = {n: model(n).textures[0].pixels.reshape(-1, 3).mean(axis=0) for n in SKELETONS}
    assert np.linalg.norm(tint["rhea"] - tint["bruno"]) > 25


@both
def test_the_rest_pose_reproduces_the_model(name: str) -> None:
    skeleton, joints = SKELETONS[name], len(SKELETONS[name].joints)
    unturned = np.tile([1.0, 0, 0, 0], (joints, 1))
    for mesh in model(name).meshes:
        moved = skinned(skeleton, mesh.points.astype(float), dense_weights(mesh, joints), unturned, skeleton.offsets())
        assert np.allclose(moved, mesh.points, atol=1e-5)


@both
def test_each_character_plays_every_clip(name: str) -> None:
    names = {c.name for c in model(name).clips}
    assert names == {"idle", "walk", "wave", "point", "look_up", "look_around", "talk", "cheer"}


@both
@pytest.mark.parametrize("clip", ["idle", "wave", "point", "look_up", "look_around", "talk"])
def test_planted_feet_do_not_move(name: str, clip: str) -> None:
    rest = {side: SKELETONS[name].place(f"foot_{side}") for side in ("l", "r")}
    for frame in range(0, clip_of(name, clip).frame_count, 6):
        for side, place in ankles(SKELETONS[name], clip_of(name, clip), frame).items():
            assert np.linalg.norm(place[1:] - rest[side][1:]) < 0.004, (frame, side)


@both
def test_a_carrying_foot_moves_back_exactly_at_walking_pace(name: str) -> None:
    clip, temper = clip_of(name, "walk"), TEMPERS[name]
    carrying = int(motion.STANCE * temper.cycle) - 1
    heights = [ankles(SKELETONS[name], clip, f)["l"] for f in range(carrying)]
    for before, after in pairwise(heights):
        assert after[1] == pytest.approx(before[1], abs=2e-3)
        assert before[2] - after[2] == pytest.approx(temper.pace, abs=2e-3)


@both
@pytest.mark.parametrize("clip", ["idle", "walk", "cheer"])
def test_no_shoe_sinks_into_the_ground(name: str, clip: str) -> None:
    shoes = ("boots",) if name == "rhea" else ("body",)
    for frame in range(0, clip_of(name, clip).frame_count, 3):
        assert posed(name, clip, frame, shoes)[:, 1].min() > -0.015, frame


@both
def test_loops_close_without_a_jump(name: str) -> None:
    for clip in model(name).clips:
        steps = np.abs(np.diff(np.concatenate([clip.rotations, clip.rotations[:1]]), axis=0)).max(axis=(1, 2))
        assert clip.loops and steps[-1] <= steps[:-1].max() * 1.3 + 1e-3, clip.name


def test_the_set_surrounds_every_camera() -> None:
    sky = next(m for m in model("terrace").meshes if m.name == "sky_sky")
    assert {"floor_flagstone", "balustrade_ashlar", "tower_copper", "sea_sea"} <= {
        m.name for m in model("terrace").meshes
    }
    azimuth = np.degrees(np.arctan2(sky.points[:, 0], sky.points[:, 2]))
    assert azimuth.min() < -170 and azimuth.max() > 170


def test_the_floor_is_level_zero_and_faces_up() -> None:
    floor = next(m for m in model("terrace").meshes if m.name == "floor_flagstone")
    assert floor.normals is not None
    assert np.abs(floor.points[:, 1]).max() == 0 and floor.normals[:, 1].min() > 0.999


def test_the_telescope_fits_its_dais_and_is_at_eye_height() -> None:
    points = np.concatenate([m.points for m in model("telescope").meshes])
    assert 0 <= points[:, 1].min() < 0.02
    assert np.hypot(points[points[:, 1] < 0.3, 0], points[points[:, 1] < 0.3, 2]).max() < 1.65
    assert 0.8 < eyepiece()[1] + sets.DAIS_HEIGHT < 1.7
