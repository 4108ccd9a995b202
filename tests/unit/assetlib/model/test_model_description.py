"""A model of arrays that do not fit together cannot be made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from assetlib.model.model_description import (
    ClipDescription,
    MeshDescription,
    ModelDescription,
    SkeletonDescription,
    UnfitModel,
    VariantDescription,
    texture_indices,
)
from assetlib.model.scene import Material, Texture

TRIANGLE = MeshDescription(
    name="blade",
    points=np.eye(3, dtype=np.float32),
    face_counts=np.array([3], np.int32),
    face_indices=np.array([0, 1, 2], np.int32),
)
SKELETON = SkeletonDescription(
    joints=("root", "root/tip"),
    bind=np.stack([np.eye(4, dtype=np.float32)] * 2),
    rest=np.stack([np.eye(4, dtype=np.float32)] * 2),
)


def test_a_face_index_beyond_the_points_is_refused() -> None:
    with pytest.raises(UnfitModel, match="expected face_indices from 0 to 2, found 0 to 3"):
        replace(TRIANGLE, face_indices=np.array([0, 1, 3], np.int32))


def test_points_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(UnfitModel, match="not a finite number"):
        replace(TRIANGLE, points=np.full((3, 3), np.nan, np.float32))


def test_uv_is_per_corner() -> None:
    with pytest.raises(UnfitModel, match=r"expected uv of shape \(3, 2\), found \(4, 2\)"):
        replace(TRIANGLE, uv=np.zeros((4, 2), np.float32))


def test_weights_that_do_not_add_up_to_one_are_refused() -> None:
    with pytest.raises(UnfitModel, match="add up to 1"):
        replace(TRIANGLE, joints=np.zeros((3, 1), np.int32), weights=np.full((3, 1), 0.5, np.float32))


def test_weights_without_a_skeleton_are_refused() -> None:
    mesh = replace(TRIANGLE, joints=np.zeros((3, 1), np.int32), weights=np.ones((3, 1), np.float32))
    with pytest.raises(UnfitModel, match="no skeleton"):
        ModelDescription(name="sword", meshes=(mesh,))


def test_a_joint_before_its_parent_is_refused() -> None:
    with pytest.raises(UnfitModel, match="parent 'root' earlier"):
        replace(SKELETON, joints=("root/tip", "root"))


def test_a_clip_for_another_skeleton_is_refused() -> None:
    clip = ClipDescription(
        name="sway",
        translations=np.zeros((2, 3, 3), np.float32),
        rotations=np.tile(np.array([1, 0, 0, 0], np.float32), (2, 3, 1)),
    )
    with pytest.raises(UnfitModel, match="expected 2 joints, found 3"):
        ModelDescription(name="sword", meshes=(TRIANGLE,), skeleton=SKELETON, clips=(clip,))


def test_a_material_that_reads_an_unknown_texture_is_refused() -> None:
    with pytest.raises(UnfitModel, match="texture index below 0, found 2"):
        ModelDescription(name="sword", meshes=(TRIANGLE,), materials=(Material(name="steel", base_color_texture=2),))


def test_a_variant_that_hides_an_unknown_mesh_is_refused() -> None:
    with pytest.raises(UnfitModel, match="no mesh named scarf"):
        ModelDescription(
            name="sword",
            meshes=(TRIANGLE,),
            variants=(VariantDescription(variant_set="costume", name="bare", hidden=("scarf",)),),
        )


def test_two_textures_of_one_name_are_refused() -> None:
    texture = Texture(name="weave", pixels=np.zeros((2, 2, 3), np.uint8), srgb=True)
    with pytest.raises(UnfitModel, match="every texture name once"):
        ModelDescription(name="sword", meshes=(TRIANGLE,), textures=(texture, texture))


def test_a_joint_knows_its_parent() -> None:
    assert [SKELETON.parent_of(i) for i in range(2)] == [-1, 0]


def test_texture_indices_follow_the_slots() -> None:
    assert texture_indices(Material(name="m", roughness_texture=4, base_color_texture=1)) == (1, 4)
