"""UsdSkel: where a skinned mesh's points are at a frame, by the schema's own skinning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats


@dataclass(frozen=True, slots=True)
class Skin:
    """A mesh's skinning: the skeleton's query, the mesh's own, and its blend shapes when it has any."""

    skeleton: Any
    mesh: Any
    blend: Any

    def points(self, rest: Any, time: float) -> Floats:
        """The points (V, 3) in the skeleton's space at `time`; `rest` is the authored point array."""
        from pxr import Vt

        moved = Vt.Vec3fArray(rest)
        self._blend(moved, time)
        if self.mesh.HasJointInfluences():
            transforms = self.skeleton.ComputeSkinningTransforms(time)
            self.mesh.ComputeSkinnedPoints(transforms, moved, time)
        return np.array(moved, np.float32)

    def to_world(self, cache: Any) -> npt.NDArray[np.float64]:
        """The skeleton's row-vector matrix: skinned points live there, the mesh's own transform is ignored."""
        owner = self.skeleton.GetPrim() if self.mesh.HasJointInfluences() else self.mesh.GetPrim()
        return np.array(cache.GetLocalToWorldTransform(owner))

    def _blend(self, points: Any, time: float) -> None:
        animation = self.skeleton.GetAnimQuery()
        if self.blend is None or not animation:
            return
        weights = self.mesh.GetBlendShapeMapper().Remap(animation.ComputeBlendShapeWeights(time))
        sub_weights, shapes, sub_shapes = self.blend.ComputeSubShapeWeights(weights)
        self.blend.ComputeDeformedPoints(
            sub_weights,
            shapes,
            sub_shapes,
            self.blend.ComputeBlendShapePointIndices(),
            self.blend.ComputeSubShapePointOffsets(),
            points,
        )


def skins(roots: list[Any], predicate: Any) -> tuple[dict[Any, Skin], Any]:
    """Every skinned mesh below the SkelRoots by path, and the cache that must outlive them."""
    from pxr import UsdSkel

    cache, found = UsdSkel.Cache(), {}
    for root in roots:
        skel_root = UsdSkel.Root(root)
        cache.Populate(skel_root, predicate)
        for binding in cache.ComputeSkelBindings(skel_root, predicate):
            skeleton = cache.GetSkelQuery(binding.GetSkeleton())
            for mesh in binding.GetSkinningTargets() if skeleton else ():
                found[mesh.GetPrim().GetPath()] = Skin(skeleton, mesh, _blend_query(mesh))
    return found, cache


def _blend_query(mesh: Any) -> Any:
    from pxr import UsdSkel

    return UsdSkel.BlendShapeQuery(UsdSkel.BindingAPI(mesh.GetPrim())) if mesh.HasBlendShapes() else None
