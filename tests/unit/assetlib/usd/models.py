"""Small models for tests: a skinned, textured arm with a clip and two coats, made of few arrays."""

from __future__ import annotations

import numpy as np

from assetlib.model.model_description import (
    ClipDescription,
    MeshDescription,
    ModelDescription,
    SkeletonDescription,
    VariantDescription,
)
from assetlib.model.scene import Material, Texture

ELBOW_HEIGHT = 1.0


def arm() -> ModelDescription:
    """A two-joint strip along Y, bent by 90° about Z at frame 1 of its clip; its tip moves from (0,2,0) to (-1,1,0)."""
    return ModelDescription(
        name="arm",
        meshes=(_strip(), _patches()),
        materials=(
            Material(name="checker", base_color=(0.1, 0.2, 0.3), roughness=0.25, base_color_texture=0),
            Material(name="brass", base_color=(0.8, 0.6, 0.2), metallic=1.0),
        ),
        textures=(Texture(name="checks", pixels=_checks(), srgb=True),),
        skeleton=SkeletonDescription(
            joints=("shoulder", "shoulder/elbow"),
            bind=np.stack([np.eye(4), _lifted(ELBOW_HEIGHT)]).astype(np.float32),
            rest=np.stack([np.eye(4), _lifted(ELBOW_HEIGHT)]).astype(np.float32),
        ),
        clips=(_bend(),),
        variants=(
            VariantDescription(variant_set="costume", name="plain"),
            VariantDescription(variant_set="costume", name="bare", hidden=("patches",), materials=(("strip", 1),)),
        ),
    )


def _strip() -> MeshDescription:
    heights = np.repeat([0.0, 1.0, 2.0], 2)
    points = np.stack([np.tile([0.0, 0.1], 3), heights, np.zeros(6)], axis=1).astype(np.float32)
    corners = np.array([0, 1, 3, 2, 2, 3, 5, 4], np.int32)
    joints = np.array([[0, 1]] * 6, np.int32)
    weights = np.array([[1, 0]] * 4 + [[0, 1]] * 2, np.float32)
    return MeshDescription(
        name="strip",
        points=points,
        face_counts=np.array([4, 4], np.int32),
        face_indices=corners,
        normals=np.tile(np.array([0, 0, 1], np.float32), (8, 1)),
        uv=points[corners][:, :2].copy(),
        joints=joints,
        weights=weights,
        label="arm",
    )


def _patches() -> MeshDescription:
    return MeshDescription(
        name="patches",
        points=np.array([[0, 0, 0.1], [1, 0, 0.1], [0, 1, 0.1], [1, 1, 0.1]], np.float32),
        face_counts=np.array([3, 3], np.int32),
        face_indices=np.array([0, 1, 2, 1, 3, 2], np.int32),
        face_materials=np.array([0, 1], np.int32),
        double_sided=True,
    )


def _bend() -> ClipDescription:
    translations = np.tile(np.array([[0, 0, 0], [0, ELBOW_HEIGHT, 0]], np.float32), (2, 1, 1))
    rotations = np.tile(np.array([1, 0, 0, 0], np.float32), (2, 2, 1))
    rotations[1, 1] = (np.sqrt(0.5), 0, 0, np.sqrt(0.5))
    return ClipDescription(name="bend", translations=translations, rotations=rotations)


def _lifted(height: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[1, 3] = height
    return matrix


def _checks() -> np.ndarray:
    odd = np.indices((8, 8)).sum(axis=0) % 2
    return np.stack([odd * 255, odd * 128, 255 - odd * 255], axis=-1).astype(np.uint8)
