"""UsdSkel: the joints of a model, the weights of its meshes, and its animation clips.

USD's matrices act on row vectors and its quaternion arrays hold the real part last, ours the other way around.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from assetlib.model.model_description import ClipDescription, MeshDescription, ModelDescription
from assetlib.model.scene import Floats

_QUATERNION_TO_USD = (1, 2, 3, 0)


def write_skeleton(stage: Any, model: ModelDescription, scope: str, time_codes_per_second: int) -> None:
    """Write ``skeleton`` and ``clips/<name>`` under the SkelRoot `scope`; the first clip plays by default."""
    from pxr import UsdGeom, UsdSkel, Vt

    if model.skeleton is None:
        return
    skeleton = UsdSkel.Skeleton.Define(stage, f"{scope}/skeleton")
    skeleton.CreateJointsAttr(list(model.skeleton.joints))
    skeleton.CreateBindTransformsAttr(Vt.Matrix4dArray.FromNumpy(_to_usd(model.skeleton.bind)))
    skeleton.CreateRestTransformsAttr(Vt.Matrix4dArray.FromNumpy(_to_usd(model.skeleton.rest)))
    if model.clips:
        UsdGeom.Scope.Define(stage, f"{scope}/clips")
    for clip in model.clips:
        _write_clip(stage, clip, model.skeleton.joints, f"{scope}/clips/{clip.name}", time_codes_per_second)
    if model.clips:
        first = f"{scope}/clips/{model.clips[0].name}"
        UsdSkel.BindingAPI.Apply(skeleton.GetPrim()).CreateAnimationSourceRel().SetTargets([first])


def _write_clip(
    stage: Any, clip: ClipDescription, joints: tuple[str, ...], path: str, time_codes_per_second: int
) -> None:
    from pxr import UsdSkel, Vt

    animation = UsdSkel.Animation.Define(stage, path)
    animation.CreateJointsAttr(list(joints))
    attributes = (
        (animation.CreateTranslationsAttr(), Vt.Vec3fArray, clip.translations.astype(np.float32)),
        (animation.CreateRotationsAttr(), Vt.QuatfArray, _quaternions(clip)),
        (animation.CreateScalesAttr(), Vt.Vec3hArray, _scales(clip)),
    )
    for frame in range(clip.frame_count):
        time = float(frame * time_codes_per_second / clip.rate)
        for attribute, kind, values in attributes:
            attribute.Set(kind.FromNumpy(np.ascontiguousarray(values[frame])), time)
    animation.GetPrim().SetCustomDataByKey("assetlib:loops", clip.loops)


def _quaternions(clip: ClipDescription) -> Floats:
    return clip.rotations[..., _QUATERNION_TO_USD].astype(np.float32)


def _scales(clip: ClipDescription) -> Any:
    scales = np.ones_like(clip.translations) if clip.scales is None else clip.scales
    return scales.astype(np.float16)


def _to_usd(matrices: Floats) -> Any:
    return np.ascontiguousarray(matrices.transpose(0, 2, 1), np.float64)


def bind_skin(prim: Any, mesh: MeshDescription, skeleton: str) -> None:
    """Weight a mesh to the skeleton; a mesh without weights keeps still."""
    if mesh.joints is None or mesh.weights is None:
        return
    from pxr import Gf, UsdSkel, Vt

    binding = UsdSkel.BindingAPI.Apply(prim)
    influences = mesh.joints.shape[1]
    joints = np.ascontiguousarray(mesh.joints, np.int32).reshape(-1)
    weights = np.ascontiguousarray(mesh.weights, np.float32).reshape(-1)
    binding.CreateJointIndicesPrimvar(False, influences).Set(Vt.IntArray.FromNumpy(joints))
    binding.CreateJointWeightsPrimvar(False, influences).Set(Vt.FloatArray.FromNumpy(weights))
    binding.CreateGeomBindTransformAttr(Gf.Matrix4d(1.0))
    binding.CreateSkeletonRel().SetTargets([skeleton])
