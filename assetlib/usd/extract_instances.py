"""Point instancers expanded to placed shapes, within a limit that keeps a small file from filling the memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from assetlib.usd.extract_shapes import SHAPES
from assetlib.usd.extract_walk import below, is_pictured

Matrix = npt.NDArray[np.float64]
MOST_INSTANCES = 20_000
MOST_PLACES = 2_000_000  # OpenUSD computes the matrices of all at once, 128 bytes each
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Placed:
    """A shape and its row-vector matrix into the stage's world; `suffix` tells instances apart (``[3]``)."""

    prim: Any
    suffix: str
    to_world: Matrix
    owner: Any


@dataclass(slots=True)
class Expansion:
    """One frame's expansion of all instancers of a stage."""

    time: float
    cache: Any
    left: int = MOST_INSTANCES
    warnings: list[str] = field(default_factory=list)

    def placed(self, instancer: Any) -> Iterator[Placed]:
        world = np.array(self.cache.GetLocalToWorldTransform(instancer))
        yield from self._expand(instancer, [("", world)], 0, instancer)

    def _expand(self, instancer: Any, places: list[tuple[str, Matrix]], depth: int, owner: Any) -> Iterator[Placed]:
        if depth >= _DEEPEST:
            self._warn(f"{instancer.GetPath()}: instancers nested deeper than {_DEEPEST} are not pictured")
            return
        for number, prototype in enumerate(self._prototypes(instancer)):
            own = self._matrices(instancer, number)
            for prim in below(prototype):
                if self.left <= 0:
                    return
                here = self._inside(prim, prototype)
                every = ((f"{s}[{i}]", here @ m @ world) for s, world in places for i, m in own)
                into = list(islice(every, self.left + 1))  # nested counts multiply: never hold more than the limit
                if prim.GetTypeName() == "PointInstancer":
                    yield from self._expand(prim, into, depth + 1, owner)
                elif (prim.GetTypeName() == "Mesh" or prim.GetTypeName() in SHAPES) and is_pictured(prim, self.time):
                    yield from self._spend(prim, into, owner)

    def _spend(self, prim: Any, places: list[tuple[str, Matrix]], owner: Any) -> Iterator[Placed]:
        if len(places) > self.left:
            self._warn(f"{owner.GetPath()}: more than {MOST_INSTANCES} instances; the rest is not pictured")
        for suffix, matrix in places[: self.left]:
            yield Placed(prim, suffix, matrix, owner)
        self.left -= min(len(places), self.left)

    def _inside(self, prim: Any, prototype: Any) -> Matrix:
        """From the prim into its prototype root's space: the instance matrices bring the root's own transform."""
        mine = np.array(self.cache.GetLocalToWorldTransform(prim))
        root = np.array(self.cache.GetLocalToWorldTransform(prototype))
        return np.asarray(mine @ np.linalg.inv(root), np.float64)

    def _prototypes(self, instancer: Any) -> list[Any]:
        from pxr import UsdGeom

        stage = instancer.GetStage()
        targets = UsdGeom.PointInstancer(instancer).GetPrototypesRel().GetForwardedTargets()
        return [prim for path in targets if (prim := stage.GetPrimAtPath(path))]

    def _matrices(self, instancer: Any, prototype: int) -> list[tuple[int, Matrix]]:
        from pxr import UsdGeom

        api = UsdGeom.PointInstancer(instancer)
        indices = api.GetProtoIndicesAttr().Get(self.time) or []
        if len(indices) > MOST_PLACES:
            self._warn(f"{instancer.GetPath()}: more than {MOST_PLACES} places; none of them is pictured")
            return []
        mask = api.ComputeMaskAtTime(self.time)
        wanted = [i for i, which in enumerate(indices) if which == prototype and (not mask or mask[i])]
        if not wanted:
            return []
        if len(wanted) > self.left:
            self._warn(f"{instancer.GetPath()}: more than {MOST_INSTANCES} instances; the rest is not pictured")
            wanted = wanted[: self.left]
        matrices = api.ComputeInstanceTransformsAtTime(
            self.time, self.time, UsdGeom.PointInstancer.IncludeProtoXform, UsdGeom.PointInstancer.IgnoreMask
        )
        return [(i, np.array(matrices[i])) for i in wanted if i < len(matrices)]

    def _warn(self, sentence: str) -> None:
        if sentence not in self.warnings:
            self.warnings.append(sentence)
