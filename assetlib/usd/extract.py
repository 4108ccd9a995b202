"""A stage at a frame as plain arrays: what `assetlib.passes` renders, in meters with Y up.

>>> cache = ExtractCache()                                               # doctest: +SKIP
>>> scene = extract_scene(root, 1001, search_paths=[tree], cache=cache)  # doctest: +SKIP

Only the layers are asked, so whatever somebody changed in them with any USD tool is what gets pictured. What previs
does not honor (curves, volumes, shaping, normal maps, foreign shaders) is a sentence in `Scene.warnings`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assetlib.model.scene import Camera, Mesh, Scene, SceneEntity
from assetlib.usd.errors import UsdError
from assetlib.usd.extract_camera import camera_around, camera_at, find_camera
from assetlib.usd.extract_entities import Cast, cast
from assetlib.usd.extract_geometry import MOST_PARTS, Shaper
from assetlib.usd.extract_instances import Expansion, Matrix, Placed
from assetlib.usd.extract_lights import light_at, light_warnings
from assetlib.usd.extract_materials import MaterialTable
from assetlib.usd.extract_skel import skins
from assetlib.usd.extract_textures import Lookup, TextureTable
from assetlib.usd.extract_walk import Contents, below, contents, is_pictured, predicate
from assetlib.usd.stage import composition_warnings, open_stage, stage_rate

MOST_TRIANGLES = 20_000_000


@dataclass(slots=True)
class _Opened:
    """A stage with everything about it that holds for all its frames."""

    key: tuple[Any, ...]
    stage: Any
    contents: Contents
    shaper: Shaper
    cast: Cast
    skel_cache: Any
    meters: float
    world_fix: Matrix
    warnings: tuple[str, ...]


class ExtractCache:
    """Keeps the stage and its constant arrays between the frames of one run; after an edit make a new one."""

    def __init__(self) -> None:
        self._opened: _Opened | None = None

    def open(
        self, root_layer: Path, search_paths: Sequence[Path], entities: Mapping[str, SceneEntity] | None
    ) -> _Opened:
        listed = None if entities is None else tuple(sorted(entities))
        key = (root_layer, tuple(search_paths), listed)
        if self._opened is None or self._opened.key != key:
            self._opened = _open(key, root_layer, search_paths, entities)
        return self._opened


def extract_scene(
    root_layer: Path,
    frame: int,
    *,
    search_paths: Sequence[Path] = (),
    entities: Mapping[str, SceneEntity] | None = None,
    cache: ExtractCache | None = None,
    camera: str | Camera | None = None,
) -> Scene:
    """The scene that `root_layer` shows at `frame`; raises UsdError when the layer cannot be opened.

    Textures are read from `search_paths` and the root layer's folder only. `entities` maps prim paths, or names of
    pinned prims, to the catalog's assets; None trusts the pins in the layers. `camera` is a prim path or a camera
    of the caller's; by default the render settings' camera, else the first, else one around everything.
    """
    opened = (cache or ExtractCache()).open(root_layer, search_paths, entities)
    from pxr import UsdGeom

    time = float(frame)
    caches = (UsdGeom.XformCache(time), UsdGeom.XformCache(time + 1.0))
    opened.shaper.materials.refresh(time)
    opened.shaper.forget_before(time)
    meshes, notes = _meshes(opened, caches, time)
    lights = tuple(
        light_at(prim, time, _to_scene(opened, caches[0], prim), opened.meters, _dome_texture(opened))
        for prim in opened.contents.lights
        if is_pictured(prim, time)
    )
    view, more = _camera(opened, camera, caches, time, meshes)
    table = opened.shaper.materials
    warnings = (*opened.warnings, *opened.shaper.warnings, *table.warnings, *table.textures.warnings, *notes, *more)
    return Scene(
        frame=frame,
        rate=stage_rate(opened.stage),
        meshes=meshes,
        materials=tuple(look.material for look in table.looks),
        textures=tuple(table.textures.textures),
        lights=lights,
        camera=view,
        entities=opened.cast.entities,
        background=_background(opened.stage, time),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _open(
    key: tuple[Any, ...], root_layer: Path, search_paths: Sequence[Path], entities: Mapping[str, SceneEntity] | None
) -> _Opened:
    from pxr import Usd, UsdGeom

    stage = open_stage(root_layer, search_paths)
    found, who = contents(stage), cast(stage, entities)
    meters = float(UsdGeom.GetStageMetersPerUnit(stage))
    fix = _world_fix(meters, str(UsdGeom.GetStageUpAxis(stage)))
    skinned, skel_cache = skins(found.skeleton_roots, predicate())
    textures = TextureTable(folders=(*search_paths, root_layer.parent))
    parts, too_many = _parts(stage, found)
    shaper = Shaper(
        world_fix=fix,
        materials=MaterialTable(textures=textures),
        skins=skinned,
        cast=who,
        parts=parts,
        rest_cache=UsdGeom.XformCache(Usd.TimeCode.EarliestTime()),
    )
    notes = [*composition_warnings(stage), *too_many, *([found.cut_short] if found.cut_short else [])]
    notes += [f"{count} × {kind}: not pictured" for kind, count in sorted(found.unpictured.items())]
    notes += [sentence for prim in found.lights for sentence in light_warnings(prim)]
    return _Opened(key, stage, found, shaper, who, skel_cache, meters, fix, tuple(notes))


def _world_fix(meters: float, up: str) -> Matrix:
    """Row-vector matrix from the stage's units and up axis to meters and Y up."""
    fix = np.diag([meters, meters, meters, 1.0])
    if up == "Z":
        turn = np.array([(1, 0, 0, 0), (0, 0, -1, 0), (0, 1, 0, 0), (0, 0, 0, 1)], np.float64)
        fix = fix @ turn
    return fix


def _parts(stage: Any, found: Contents) -> tuple[dict[str, int], list[str]]:
    """A number from 1 for every shape and material subset in stage order, the same at every frame."""
    from pxr import UsdGeom, UsdShade

    parts: dict[str, int] = {}
    inside = [p for i in found.instancers for target in _prototypes(stage, i) for p in below(target)]
    for prim in (*found.shapes, *inside):
        parts.setdefault(str(prim.GetPath()), len(parts) + 1)
        if prim.IsA(UsdGeom.Mesh):
            for subset in UsdShade.MaterialBindingAPI(prim).GetMaterialBindSubsets():
                parts.setdefault(str(subset.GetPath()), len(parts) + 1)
    kept = {path: number for path, number in parts.items() if number <= MOST_PARTS}
    notes = [f"{len(parts)} parts, numbered up to {MOST_PARTS}; the rest is 0"] if len(kept) < len(parts) else []
    return kept, notes


def _prototypes(stage: Any, instancer: Any) -> list[Any]:
    from pxr import UsdGeom

    targets = UsdGeom.PointInstancer(instancer).GetPrototypesRel().GetForwardedTargets()
    return [prim for path in targets if (prim := stage.GetPrimAtPath(path))]


def _meshes(opened: _Opened, caches: tuple[Any, Any], time: float) -> tuple[tuple[Mesh, ...], list[str]]:
    here, there = Expansion(time, caches[0]), Expansion(time + 1.0, caches[1])
    placed = [
        Placed(p, "", np.array(caches[0].GetLocalToWorldTransform(p)), p)
        for p in opened.contents.shapes
        if is_pictured(p, time)
    ]
    instancers = [i for i in opened.contents.instancers if is_pictured(i, time)]
    later = {(p.prim.GetPath(), p.suffix): p.to_world for i in instancers for p in there.placed(i)}
    placed += [p for i in instancers for p in here.placed(i)]
    meshes, triangles = [], 0
    for one in placed:
        unknown = one.to_world if one.suffix else np.array(caches[1].GetLocalToWorldTransform(one.prim))
        mesh = opened.shaper.mesh(one, later.get((one.prim.GetPath(), one.suffix), unknown), caches, time)
        if mesh is None:
            continue
        triangles += len(mesh.triangles)
        if triangles > MOST_TRIANGLES:
            here.warnings.append(f"more than {MOST_TRIANGLES} triangles; the rest is not pictured")
            break
        meshes.append(mesh)
    return tuple(meshes), here.warnings


def _camera(
    opened: _Opened, wanted: str | Camera | None, caches: tuple[Any, Any], time: float, meshes: Sequence[Mesh]
) -> tuple[Camera, list[str]]:
    if isinstance(wanted, Camera):
        return wanted, []
    prim = find_camera(opened.stage, opened.contents.cameras, wanted)
    if prim is not None:
        here, there = (_to_scene(opened, cache, prim) for cache in caches)
        return camera_at(prim, time, here, there, opened.meters), []
    if wanted is not None:
        raise UsdError(f"expected a camera at {wanted}, found none; name one of the stage's cameras")
    boxes = [mesh.points for mesh in meshes if len(mesh.points)] or [np.zeros((1, 3), np.float32)]
    low = np.min([points.min(axis=0) for points in boxes], axis=0)
    high = np.max([points.max(axis=0) for points in boxes], axis=0)
    return camera_around(low, high), ["the stage has no camera; pictured from the front"]


def _to_scene(opened: _Opened, cache: Any, prim: Any) -> Matrix:
    return np.asarray(np.array(cache.GetLocalToWorldTransform(prim)) @ opened.world_fix, np.float64)


def _dome_texture(opened: _Opened) -> Any:
    def index(asset: Any) -> int | None:
        textures = opened.shaper.materials.textures
        return textures.index(Lookup(path=asset.resolvedPath or asset.path, channel="rgb"))

    return index


def _background(stage: Any, time: float) -> tuple[float, float, float]:
    """``assetlib:background`` of the default prim, linear Rec.709; black without it."""
    root = stage.GetDefaultPrim()
    attribute = root.GetAttribute("assetlib:background") if root else None
    value = attribute.Get(time) if attribute else None
    return (float(value[0]), float(value[1]), float(value[2])) if value is not None else (0.0, 0.0, 0.0)
