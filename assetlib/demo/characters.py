"""The demo's characters, finished: Rhea and Bruno as models with skeleton, weights, textures and clips.

>>> [model.name for model in build_characters()]
['rhea', 'bruno']
"""

from __future__ import annotations

import numpy as np

from assetlib.demo import bruno, rhea, rhea_form
from assetlib.demo.figure import INFLUENCES, Figure, FigureMesh, assemble
from assetlib.demo.finishes import Palette
from assetlib.demo.motion import BRUNO, RHEA, Temper, performances
from assetlib.demo.skeleton import Skeleton
from assetlib.model.model_description import ClipDescription, MeshDescription, ModelDescription, SkeletonDescription
from assetlib.model.scene import Material


def build_characters() -> tuple[ModelDescription, ...]:
    return build_rhea(), build_bruno()


def build_rhea() -> ModelDescription:
    return _character("rhea", assemble(rhea_form.SKELETON, rhea.parts()), RHEA)


def build_bruno() -> ModelDescription:
    return _character("bruno", assemble(bruno.SKELETON, bruno.parts()), BRUNO)


def _character(name: str, figure: Figure, temper: Temper) -> ModelDescription:
    palette = Palette()
    painted = palette.add(
        Material(
            name="painted",
            base_color_texture=palette.texture(f"{name}_color", figure.color, srgb=True, wrap="clamp"),
            roughness_texture=palette.texture(f"{name}_roughness", figure.rough[..., None], srgb=False, wrap="clamp"),
        )
    )
    meshes = tuple(_mesh(m, painted if m.material == "painted" else palette.index(m.material)) for m in figure.meshes)
    return ModelDescription(
        name=name,
        meshes=meshes,
        materials=tuple(palette.materials),
        textures=tuple(palette.textures),
        skeleton=_skeleton(figure.skeleton),
        clips=_clips(figure.skeleton, temper),
    )


def _mesh(mesh: FigureMesh, material: int) -> MeshDescription:
    order = np.argsort(-mesh.weights, axis=1, kind="stable")[:, :INFLUENCES]
    weights = np.take_along_axis(mesh.weights, order, 1)
    triangles = len(mesh.triangles)
    return MeshDescription(
        name=mesh.name,
        label=mesh.name,
        points=mesh.points.astype(np.float32),
        face_counts=np.full(triangles, 3, np.int32),
        face_indices=mesh.triangles.reshape(-1).astype(np.int32),
        normals=_normals(mesh).astype(np.float32),
        uv=mesh.uv.reshape(-1, 2).astype(np.float32),
        material=material,
        joints=order.astype(np.int32),
        weights=(weights / weights.sum(axis=1, keepdims=True)).astype(np.float32),
    )


def _normals(mesh: FigureMesh) -> np.ndarray:
    """Smooth, area-weighted, one for each corner (3T, 3)."""
    a, b, c = (mesh.points[mesh.triangles[:, n]] for n in range(3))
    cross, total = np.cross(b - a, c - a), np.zeros_like(mesh.points)
    for n in range(3):
        np.add.at(total, mesh.triangles[:, n], cross)
    total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    return np.asarray(total[mesh.triangles.reshape(-1)])


def _skeleton(skeleton: Skeleton) -> SkeletonDescription:
    def moved(places: np.ndarray) -> np.ndarray:
        matrices = np.tile(np.eye(4, dtype=np.float32), (len(places), 1, 1))
        matrices[:, :3, 3] = places
        return matrices

    return SkeletonDescription(
        joints=skeleton.joints, bind=moved(np.array(skeleton.places)), rest=moved(skeleton.offsets())
    )


def _clips(skeleton: Skeleton, temper: Temper) -> tuple[ClipDescription, ...]:
    return tuple(
        ClipDescription(
            name=clip.name,
            translations=clip.translations.astype(np.float32),
            rotations=clip.rotations.astype(np.float32),
            loops=loops,
        )
        for clip, loops in performances(skeleton, temper)
    )
