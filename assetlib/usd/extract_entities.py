"""Which pinned asset a prim belongs to: the nearest ancestor that says so, checked against the shot's pins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from assetlib.model.scene import SceneEntity
from assetlib.usd.extract_walk import everything


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The assets in a stage, in the order of their prims, and the prims at which they start."""

    entities: tuple[SceneEntity, ...]
    roots: Mapping[Any, int]

    def number(self, prim: Any) -> tuple[int, Any | None]:
        """Id of the asset that `prim` belongs to (0 for none) and the path at which the asset starts."""
        for path in prim.GetPath().GetAncestorsRange():
            if path in self.roots:
                return self.roots[path] + 1, path
        return 0, None


def cast(stage: Any, listed: Mapping[str, SceneEntity] | None) -> Cast:
    """Assets by prim path or name from `listed`; without it, from the pins written at the shot's references.

    An asset inside an asset counts as its own only where a pin names its digest; otherwise the outer one, whose
    digest covers it, answers for its pixels.
    """
    found: list[SceneEntity] = []
    roots: dict[Any, int] = {}
    for prim in everything(stage):
        entity = _listed(prim, listed) if listed is not None else _pinned(prim) or _labeled(prim, roots)
        if entity is None:
            continue
        path = prim.GetPath()
        if _same_as_above(path, entity, roots, found):
            continue
        roots[path] = len(found)
        found.append(replace(entity, path=str(path)))
    return Cast(entities=tuple(found), roots=roots)


def _listed(prim: Any, listed: Mapping[str, SceneEntity]) -> SceneEntity | None:
    """By path, or by name for the prims that carry a pin: a bone called like a character is no character."""
    by_path = listed.get(str(prim.GetPath()))
    return by_path or (listed.get(prim.GetName()) if _pinned(prim) else None)


def _pinned(prim: Any) -> SceneEntity | None:
    data = prim.GetCustomDataByKey("assetlib")
    if not isinstance(data, dict) or not data.get("entity") or not data.get("digest"):
        return None
    name = str(data.get("name") or prim.GetName())
    return SceneEntity(name=name, entity=str(data["entity"]), digest=str(data["digest"]), path="")


def _labeled(prim: Any, roots: Mapping[Any, int]) -> SceneEntity | None:
    """An asset's own label, for a stage that is the asset itself; below a pin the pin answers."""
    attribute = prim.GetAttribute("assetlib:entity")
    value = attribute.Get() if attribute else None
    if not value or any(path in roots for path in prim.GetPath().GetAncestorsRange()):
        return None
    return SceneEntity(name=prim.GetName(), entity=str(value), digest="", path="")


def _same_as_above(path: Any, entity: SceneEntity, roots: Mapping[Any, int], found: list[SceneEntity]) -> bool:
    above = next((roots[p] for p in path.GetParentPath().GetAncestorsRange() if p in roots), None)
    return above is not None and found[above].entity == entity.entity and found[above].digest == entity.digest
