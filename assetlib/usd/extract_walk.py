"""What a stage holds that a picture needs: shapes, instancers, lights, cameras, skeletons, pinned assets.

The list is made once a stage; whether a thing is visible is asked at each frame.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from assetlib.usd.extract_lights import LIGHT_TYPES
from assetlib.usd.extract_shapes import SHAPES

_UNPICTURED = ("BasisCurves", "NurbsCurves", "HermiteCurves", "NurbsPatch", "Points", "TetMesh", "Volume")
_PICTURED_PURPOSES = ("default", "render")


@dataclass(slots=True)
class Contents:
    """Prims by what they are, in the order of the stage."""

    shapes: list[Any] = field(default_factory=list)
    instancers: list[Any] = field(default_factory=list)
    lights: list[Any] = field(default_factory=list)
    cameras: list[Any] = field(default_factory=list)
    skeleton_roots: list[Any] = field(default_factory=list)
    unpictured: Counter[str] = field(default_factory=Counter)


def predicate() -> Any:
    from pxr import Usd

    return Usd.TraverseInstanceProxies(Usd.PrimDefaultPredicate)


def contents(stage: Any) -> Contents:
    """Everything below the root. What is below a point instancer is pictured only through it."""
    found = Contents()
    for prim in below(stage.GetPseudoRoot()):
        kind = prim.GetTypeName()
        if kind == "Mesh" or kind in SHAPES:
            found.shapes.append(prim)
        elif kind == "PointInstancer":
            found.instancers.append(prim)
        elif kind in LIGHT_TYPES:
            found.lights.append(prim)
        elif kind == "Camera":
            found.cameras.append(prim)
        elif kind == "SkelRoot":
            found.skeleton_roots.append(prim)
        elif kind in _UNPICTURED or kind.endswith("Light"):
            found.unpictured[kind] += 1
    return found


def below(root: Any) -> Iterator[Any]:
    """`root` and its descendants through instances, not into point instancers."""
    from pxr import Usd

    walk = iter(Usd.PrimRange(root, predicate()))
    for prim in walk:
        yield prim
        if prim.GetTypeName() == "PointInstancer":
            walk.PruneChildren()


def is_pictured(prim: Any, time: float) -> bool:
    """Visible at `time` and meant for the final picture (no guide, no proxy)."""
    from pxr import UsdGeom

    imageable = UsdGeom.Imageable(prim)
    if imageable.ComputePurpose() not in _PICTURED_PURPOSES:
        return False
    return bool(imageable.ComputeVisibility(time) != UsdGeom.Tokens.invisible)
