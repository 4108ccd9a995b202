"""How many prims a stage would have, before it is opened: a 1 kB layer can compose to millions.

The count walks Sdf specs only and follows references, payloads, inherits and specializes, remembering each
target. It is an upper bound up to instancing (a prototype counts once) and takes the largest variant of each
set. A target that exists only through another arc counts as its nearest ancestor. Cycles end at the second
visit, as in composition.
"""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from assetlib.usd.errors import UsdError
from assetlib.usd.paths import inside

_RECURSION = 5_000
_Target = tuple[str, str]
"""The root of a layer stack, and a prim path in it."""


@dataclass(slots=True)
class _Count:
    layers: dict[str, Any]
    most: int
    known: dict[_Target, int] = field(default_factory=dict)
    open: set[_Target] = field(default_factory=set)
    shared: set[_Target] = field(default_factory=set)

    def stack(self, root: str) -> tuple[str, ...]:
        """The layers of the stack of `root`, strongest first."""
        found, waiting = [], [root]
        while waiting:
            path = waiting.pop()
            if path in self.layers and path not in found:
                found.append(path)
                waiting.extend(inside(path, sub) for sub in reversed(self.layers[path].subLayerPaths))
        return tuple(found)

    def stage(self, root: str) -> int:
        roots = [(path, prim) for path in self.stack(root) for prim in self.layers[path].rootPrims]
        return self._checked(sum(self.prim(root, path, prim) for path, prim in roots))

    def prim(self, stack: str, path: str, spec: Any) -> int:
        """Prims at and below `spec`, which is written in the layer `path` of the stack of `stack`."""
        total = 1 + sum(self.prim(stack, path, child) for child in spec.nameChildren)
        for _, variants in spec.variantSets.items():
            each = [self.prim(stack, path, variant.primSpec) for variant in variants.variants]
            total += max(each, default=0)
        for target in self._targets(stack, path, spec):
            if spec.instanceable and target in self.shared:
                continue
            total += self.target(target)
            if spec.instanceable:
                self.shared.add(target)
        return self._checked(total)

    def target(self, target: _Target) -> int:
        """Prims that an arc to `target` adds."""
        if target in self.known:
            return self.known[target]
        if target in self.open or target[0] not in self.layers:
            return 0
        self.open.add(target)
        stack, prim_path = target
        specs = self._specs(stack, prim_path)
        while not specs and prim_path not in ("/", ""):
            prim_path = posixpath.dirname(prim_path)
            specs = self._specs(stack, prim_path)
        total = sum(self.prim(stack, path, spec) for path, spec in specs)
        self.open.discard(target)
        self.known[target] = total
        return total

    def _specs(self, stack: str, prim_path: str) -> list[tuple[str, Any]]:
        found = [(path, self.layers[path].GetPrimAtPath(prim_path)) for path in self.stack(stack)]
        return [(path, spec) for path, spec in found if spec is not None]

    def _targets(self, stack: str, path: str, spec: Any) -> Iterator[_Target]:
        for arcs in (spec.referenceList, spec.payloadList):
            for arc in arcs.GetAddedOrExplicitItems():
                layer = inside(path, arc.assetPath) if arc.assetPath else stack
                if layer in self.layers:
                    yield layer, str(arc.primPath) or "/" + self.layers[layer].defaultPrim.lstrip("/")
        for arcs in (spec.inheritPathList, spec.specializesList):
            for prim_path in arcs.GetAddedOrExplicitItems():
                yield stack, str(prim_path)

    def _checked(self, total: int) -> int:
        if total > self.most:
            raise UsdError(
                f"expected an asset of at most {self.most} prims, found one whose references compose to more; "
                "split it, or use instances"
            )
        return total


def estimate_prims(root: str, layers: dict[str, Any], most: int) -> int:
    """The number of prims that `root` composes to; raises UsdError above `most`. `layers` by path in the tree."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _RECURSION))
    try:
        return _Count(layers=layers, most=most).stage(root)
    except RecursionError:
        raise UsdError("expected an asset nested less deeply; its references cannot be followed to the end") from None
    finally:
        sys.setrecursionlimit(before)
