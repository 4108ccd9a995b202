"""The stand-in is a whole figure of our own: of the height asked for, on the ground, poseable, facing outward."""

from __future__ import annotations

import numpy as np
import pytest

from assetlib.model.model_description import ClipDescription, ModelDescription, SkeletonDescription, UnfitModel
from assetlib.usd.mannequin import mannequin


@pytest.fixture(scope="module")
def figure() -> ModelDescription:
    return mannequin("stand_in", 1.8)


def test_it_stands_on_the_ground_and_is_as_tall_as_asked(figure: ModelDescription) -> None:
    heights = np.concatenate([mesh.points[:, 1] for mesh in figure.meshes])
    assert heights.min() == pytest.approx(0.0, abs=0.003)
    assert heights.max() == pytest.approx(1.8, abs=0.001)


def test_it_is_the_same_from_left_and_right(figure: ModelDescription) -> None:
    points = np.concatenate([mesh.points for mesh in figure.meshes])
    assert points[:, 0].min() == pytest.approx(-points[:, 0].max(), abs=1e-5)


def test_every_shell_is_closed_and_faces_outward(figure: ModelDescription) -> None:
    for mesh in figure.meshes:
        quads = mesh.points[mesh.face_indices.reshape(-1, 4)].astype(float)
        corners = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
        assert volume > 0, mesh.name


def test_normals_point_away_from_the_middle_of_each_shell(figure: ModelDescription) -> None:
    for mesh in figure.meshes:
        assert mesh.normals is not None
        outward = mesh.points[mesh.face_indices] - mesh.points.mean(axis=0)
        assert np.mean(np.einsum("ij,ij->i", outward, mesh.normals) > 0) > 0.95, mesh.name
        assert np.allclose(np.linalg.norm(mesh.normals, axis=1), 1.0, atol=1e-5)


def test_it_performs_and_every_clip_closes_without_a_jump(figure: ModelDescription) -> None:
    assert [clip.name for clip in figure.clips] == ["stand", "walk", "wave", "look"]
    for clip in figure.clips:
        steps = np.abs(np.diff(clip.rotations, axis=0, append=clip.rotations[:1])).max(axis=(1, 2))
        assert steps[-1] <= steps[:-1].max() * 1.5 + 1e-6, clip.name


def test_the_right_hand_waves_above_the_shoulder(figure: ModelDescription) -> None:
    wave = next(clip for clip in figure.clips if clip.name == "wave")
    assert figure.skeleton is not None
    names = [joint.rpartition("/")[2] for joint in figure.skeleton.joints]
    places = _places(figure.skeleton, wave, 12)
    hand, shoulder = places[names.index("hand_r")], places[names.index("arm_r")]
    assert hand[1] > shoulder[1] + 0.1
    assert hand[0] < 0  # its right is the viewer's left: it looks along +Z


def _places(skeleton: SkeletonDescription, clip: ClipDescription, frame: int) -> np.ndarray:
    world = np.zeros((len(skeleton.joints), 4, 4))
    for index in range(len(world)):
        w, x, y, z = clip.rotations[frame, index]
        local = np.eye(4)
        local[:3, :3] = [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
        local[:3, 3] = clip.translations[frame, index]
        parent = skeleton.parent_of(index)
        world[index] = world[parent] @ local if parent >= 0 else local
    return world[:, :3, 3]


@pytest.mark.parametrize("height", [0.0, -1.0, 31.0, float("nan")])
def test_an_impossible_height_is_refused(height: float) -> None:
    with pytest.raises(UnfitModel, match="expected a height above 0"):
        mannequin("stand_in", height)
