"""What a stage holds that a picture needs: shapes, instancers, lights, cameras, skeletons, pinned assets.

The list is made once a stage; whether a thing is visible is asked at each frame. A walk through instances ends at a
limit: twenty lines of nested instances are a million prims.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from assetlib.usd.extract_lights import LIGHT_TYPES
from assetlib.usd.extract_shapes import SHAPES

_UNPICTURED = ("BasisCurves", "NurbsCurves", "HermiteCurves", "NurbsPatch", "Points", "TetMesh", "Volume")
_PICTURED_PURPOSES = ("default", "render")
MOST_SHAPES = 20_000
MOST_VISITED = 500_000


@dataclass(slots=True)
class Contents:
    """Prims by what they are, in the order of the stage."""

    shapes: list[Any] = field(default_factory=list)
    instancers: list[Any] = field(default_factory=list)
    lights: list[Any] = field(default_factory=list)
    cameras: list[Any] = field(default_factory=list)
    skeleton_roots: list[Any] = field(default_factory=list)
    unpictured: Counter[str] = field(default_factory=Counter)
    cut_short: str = ""


def predicate() -> Any:
    from pxr import Usd

    return Usd.TraverseInstanceProxies(Usd.PrimDefaultPredicate)


def contents(stage: Any) -> Contents:
    """Everything below the root. What is below a point instancer is pictured only through it."""
    found = Contents()
    for number, prim in enumerate(below(stage.GetPseudoRoot()), start=1):
        if len(found.shapes) >= MOST_SHAPES or number >= MOST_VISITED:
            found.cut_short = f"more than {MOST_SHAPES} shapes or {MOST_VISITED} prims; the rest is not pictured"
            break
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


def everything(stage: Any) -> Iterator[Any]:
    """All prims through instances and into point instancers, up to the limit."""
    from pxr import Usd

    return islice(Usd.PrimRange(stage.GetPseudoRoot(), predicate()), MOST_VISITED)


def below(root: Any) -> Iterator[Any]:
    """`root` and its descendants through instances, not into point instancers; up to the limit."""
    from pxr import Usd

    walk = iter(Usd.PrimRange(root, predicate()))
    for prim in islice(walk, MOST_VISITED):
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
