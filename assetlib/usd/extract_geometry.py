"""Shapes to triangles in the scene's space, keeping between frames whatever does not change.

What is constant of a shape (topology, coordinates, parts, rest) is its `Body`, made once; a frame only moves points
and turns normals. Points skinned for the next frame are kept, because the next frame asks for them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats, Ints, Mesh
from assetlib.usd.extract_entities import Cast
from assetlib.usd.extract_instances import Matrix, Placed
from assetlib.usd.extract_materials import MaterialTable
from assetlib.usd.extract_mesh import (
    Smoothing,
    Topology,
    at_corners,
    fault,
    smooth_normals,
    smoothing,
    triangulate,
    unit,
)
from assetlib.usd.extract_shapes import SHAPES, shape_of
from assetlib.usd.extract_skel import Skin

_UV_NAMES = ("st", "UVMap", "st0", "map1", "uv")
MOST_PARTS = 65_535


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The constant part of a shape. `points` are local at the earliest time, `normals` local corners or None (flat).

    `shared` tells which corners share a normal when points move; `moving` that the points have samples of their own.
    """

    points: Floats
    topology: Topology
    uv: Floats | None
    normals: Floats | None
    shared: Smoothing | None
    materials: Ints
    parts: Ints
    double_sided: bool
    moving: bool
    implicit: bool


@dataclass(slots=True)
class Shaper:
    """Makes the meshes of one stage. `world_fix` is the row-vector matrix from stage units and axes to the scene's."""

    world_fix: Matrix
    materials: MaterialTable
    skins: dict[Any, Skin]
    cast: Cast
    parts: dict[str, int]
    rest_cache: Any
    warnings: list[str] = field(default_factory=list)
    _bodies: dict[Any, Body | None] = field(default_factory=dict)
    _rests: dict[tuple[str, str], Floats] = field(default_factory=dict)
    _still: dict[tuple[str, str], tuple[bytes, Floats, Floats | None]] = field(default_factory=dict)
    _skinned: dict[tuple[Any, float], Floats] = field(default_factory=dict)

    def mesh(self, placed: Placed, next_world: Matrix, caches: tuple[Any, Any], time: float) -> Mesh | None:
        """One shape at `time` and the next frame; None when it cannot be pictured (a warning says why)."""
        body = self._body(placed.prim, time)
        if body is None:
            return None
        skin = self.skins.get(placed.prim.GetPath()) if not placed.suffix else None
        here, there = placed.to_world, next_world
        if skin is not None:
            here, there = skin.to_world(caches[0]), skin.to_world(caches[1])
        here, there = here @ self.world_fix, there @ self.world_fix
        local = self._local(placed.prim, body, skin, time)
        later = self._local(placed.prim, body, skin, time + 1.0)
        points, normals = self._placed(placed, body, local, here)
        stays = later is local and np.array_equal(here, there)
        flipped = np.linalg.det(here[:3, :3]) < 0
        return self._assembled(placed, body, points, points if stays else _moved(later, there), normals, flipped)

    def forget_before(self, time: float) -> None:
        """Drop skinned points of earlier frames."""
        self._skinned = {key: value for key, value in self._skinned.items() if key[1] >= time}

    def _assembled(
        self, placed: Placed, body: Body, points: Floats, later: Floats, normals: Floats | None, flipped: bool
    ) -> Mesh:
        triangles, uv = body.topology.triangles, body.uv
        if flipped:  # a mirrored transform turns triangles inside out
            triangles = triangles[:, [0, 2, 1]]
            normals = None if normals is None else normals[:, [0, 2, 1]]
            uv = None if uv is None else uv[:, [0, 2, 1]]
        entity, _ = self.cast.number(placed.owner)
        return Mesh(
            path=f"{placed.prim.GetPath()}{placed.suffix}",
            points=points,
            next_points=later,
            rest=self._rest(placed, body),
            triangles=triangles,
            materials=body.materials,
            parts=body.parts,
            entity=entity,
            normals=normals,
            uv=uv,
            double_sided=body.double_sided,
        )

    def _placed(self, placed: Placed, body: Body, local: Floats, here: Matrix) -> tuple[Floats, Floats | None]:
        """Points and normals in the scene; those of a shape that keeps still are computed once."""
        key, still = (str(placed.prim.GetPath()), placed.suffix), local is body.points
        if still and key in self._still and self._still[key][0] == here.tobytes():
            return self._still[key][1:]
        points = _moved(local, here)
        if body.shared is None:
            normals = None
        elif still and body.normals is not None:
            normals = unit(body.normals @ np.linalg.inv(here[:3, :3]).T.astype(np.float32))
        else:
            normals = smooth_normals(points, body.topology.triangles, body.shared)
            normals = -normals if np.linalg.det(here[:3, :3]) < 0 else normals
        if still:
            self._still[key] = (here.tobytes(), points, normals)
        return points, normals

    def _local(self, prim: Any, body: Body, skin: Skin | None, time: float) -> Floats:
        """Points before the matrix: `body.points` itself when nothing moves them."""
        if body.implicit:
            return shape_of(prim, time).points if body.moving else body.points
        if skin is None and not body.moving:
            return body.points
        key = (prim.GetPath(), time)
        if key not in self._skinned:
            authored = prim.GetAttribute("points").Get(time)
            self._skinned[key] = skin.points(authored, time) if skin else np.array(authored, np.float32)
        moved = self._skinned[key]
        return moved if len(moved) == len(body.points) and np.isfinite(moved).all() else body.points

    def _rest(self, placed: Placed, body: Body) -> Floats:
        """Points in the asset's space before skinning, in meters: a stable place for every point of an asset."""
        key = (str(placed.prim.GetPath()), placed.suffix)
        if key not in self._rests:
            world = np.array(self.rest_cache.GetLocalToWorldTransform(placed.prim))
            world = placed.to_world if placed.suffix else world
            _, root = self.cast.number(placed.owner)
            if root is not None:
                start = placed.prim.GetStage().GetPrimAtPath(root)
                world = world @ np.linalg.inv(_rigid(np.array(self.rest_cache.GetLocalToWorldTransform(start))))
                world = world @ np.diag([*np.diag(_scale_only(self.world_fix))])
            else:
                world = world @ self.world_fix
            self._rests[key] = _moved(_authored_rest(placed.prim, body), world)
        return self._rests[key]

    def _body(self, prim: Any, time: float) -> Body | None:
        key = prim.GetPrimInPrototype().GetPath() if prim.IsInstanceProxy() else prim.GetPath()
        known = (str(key), str(prim.GetPath())) if prim.IsInstanceProxy() else key
        if known not in self._bodies:
            made = self._implicit_body(prim, time) if prim.GetTypeName() in SHAPES else self._mesh_body(prim, time)
            self._bodies[known] = made
        return self._bodies[known]

    def _implicit_body(self, prim: Any, time: float) -> Body:
        shape = shape_of(prim, time)
        index = self.materials.index(prim, time)
        count = len(shape.topology.triangles)
        sizes = [a for a in prim.GetAuthoredAttributes() if a.GetBaseName() in _SIZES]
        shared = smoothing(shape.topology, None) if shape.smooth else None
        shared = _welded(shape.points, shape.topology) if shared is not None else None
        normals = smooth_normals(shape.points, shape.topology.triangles, shared) if shared else None
        return Body(
            points=shape.points,
            topology=shape.topology,
            uv=self.materials.looks[index].mapped(shape.uv),
            normals=normals,
            shared=shared,
            materials=np.full(count, index, np.int32),
            parts=np.full(count, self.parts.get(str(prim.GetPath()), 0), np.int32),
            double_sided=True,
            moving=any(a.ValueMightBeTimeVarying() for a in sizes),
            implicit=True,
        )

    def _mesh_body(self, prim: Any, time: float) -> Body | None:
        from pxr import Usd, UsdGeom

        mesh, earliest = UsdGeom.Mesh(prim), Usd.TimeCode.EarliestTime()
        counts = np.array(mesh.GetFaceVertexCountsAttr().Get(earliest) or [], np.int32)
        indices = np.array(mesh.GetFaceVertexIndicesAttr().Get(earliest) or [], np.int32)
        points = np.array(mesh.GetPointsAttr().Get(earliest) or [], np.float32).reshape(-1, 3)
        if wrong := fault(counts, indices, points):
            self.warnings.append(f"{prim.GetPath()}: the mesh is not pictured: {wrong}")
            return None
        holes = np.array(mesh.GetHoleIndicesAttr().Get(earliest) or [], np.int32)
        left = mesh.GetOrientationAttr().Get() == UsdGeom.Tokens.leftHanded
        topology = triangulate(counts, indices, holes=holes, left_handed=left)
        materials, parts = self._dressed(prim, topology, len(counts), time)
        authored = self._authored_normals(mesh, topology, len(points))
        faceted = authored is None and mesh.GetSubdivisionSchemeAttr().Get() == UsdGeom.Tokens.none
        shared = None if faceted else smoothing(topology, authored)
        if authored is None and shared is not None:
            authored = smooth_normals(points, topology.triangles, shared)
        return Body(
            points=points,
            topology=topology,
            uv=self._uv(prim, topology, len(points), materials),
            normals=authored,
            shared=shared,
            materials=materials,
            parts=parts,
            double_sided=bool(mesh.GetDoubleSidedAttr().Get()),
            moving=mesh.GetPointsAttr().ValueMightBeTimeVarying(),
            implicit=False,
        )

    def _dressed(self, prim: Any, topology: Topology, faces: int, time: float) -> tuple[Ints, Ints]:
        """Material and part of every triangle: the mesh's own, then its material subsets'."""
        from pxr import UsdShade

        own = str(prim.GetPath())
        material = np.full(faces, -1, np.int32)
        part = np.full(faces, self.parts.get(own, 0), np.int32)
        for subset in UsdShade.MaterialBindingAPI(prim).GetMaterialBindSubsets():
            chosen = np.array(subset.GetIndicesAttr().Get() or [], np.int64)
            chosen = chosen[(chosen >= 0) & (chosen < faces)]
            material[chosen] = self.materials.index(subset.GetPrim(), time)
            part[chosen] = self.parts.get(str(subset.GetPath()), part[0])
        if (material < 0).any():
            material[material < 0] = self.materials.index(prim, time)
        return material[topology.faces], part[topology.faces]

    def _authored_normals(self, mesh: Any, topology: Topology, points: int) -> Floats | None:
        from pxr import Usd, UsdGeom

        earliest = Usd.TimeCode.EarliestTime()
        primvar = UsdGeom.PrimvarsAPI(mesh).GetPrimvar("normals")
        if primvar and primvar.HasAuthoredValue():
            values, interpolation = primvar.ComputeFlattened(earliest), primvar.GetInterpolation()
        else:
            values, interpolation = mesh.GetNormalsAttr().Get(earliest), mesh.GetNormalsInterpolation()
        return self._corner_values(values, interpolation, topology, points, 3, f"{mesh.GetPath()}: its normals")

    def _uv(self, prim: Any, topology: Topology, points: int, materials: Ints) -> Floats | None:
        """Texture coordinates by the name that the materials read, moved by their UsdTransform2d."""
        worn = [self.materials.looks[i] for i in sorted(set(materials.tolist()))]
        raw = self._first_primvar(prim, topology, points, [look.primvar for look in worn])
        if raw is None:
            return None
        mapped = raw.copy()
        for index in sorted(set(materials.tolist())):
            chosen = materials == index
            mapped[chosen] = self.materials.looks[index].mapped(raw[chosen])
        return mapped

    def _first_primvar(self, prim: Any, topology: Topology, points: int, wanted: Sequence[str]) -> Floats | None:
        from pxr import Usd, UsdGeom

        api = UsdGeom.PrimvarsAPI(prim)
        for name in dict.fromkeys((*wanted, *_UV_NAMES)):
            primvar = api.FindPrimvarWithInheritance(name)
            if primvar and primvar.HasValue():
                values = primvar.ComputeFlattened(Usd.TimeCode.EarliestTime())
                label = f"{prim.GetPath()}: its texture coordinates {name}"
                return self._corner_values(values, primvar.GetInterpolation(), topology, points, 2, label)
        return None

    def _corner_values(
        self, values: Any, interpolation: str, topology: Topology, points: int, width: int, label: str
    ) -> Floats | None:
        array: npt.NDArray[np.float32] = np.array(values if values is not None else [], np.float32)
        if not array.size:
            return None
        fitting = array.ndim == 2 and array.shape[1] == width
        found = at_corners(array, str(interpolation), topology, points) if fitting else None
        if found is None:
            self.warnings.append(f"{label} do not fit its faces and are ignored")
        return found


_SIZES = ("radius", "height", "size", "width", "length", "radiusTop", "radiusBottom")


def _welded(points: Floats, topology: Topology) -> Smoothing:
    """Share normals by place, so that the seam of a lathe does not show."""
    _, place = np.unique(np.rint(points * 1e5).astype(np.int64), axis=0, return_inverse=True)
    groups = place.reshape(-1)[topology.triangles].astype(np.int32)
    return Smoothing(groups=groups, count=int(groups.max(initial=-1)) + 1)


def _authored_rest(prim: Any, body: Body) -> Floats:
    """``primvars:Pref`` where an asset brings one, else its points."""
    attribute = prim.GetAttribute("primvars:Pref")
    authored = np.array(attribute.Get() or [], np.float32).reshape(-1, 3) if attribute else body.points[:0]
    return authored if len(authored) == len(body.points) and np.isfinite(authored).all() else body.points


def _moved(points: Floats, matrix: Matrix) -> Floats:
    return (points @ matrix[:3, :3].astype(np.float32) + matrix[3, :3].astype(np.float32)).astype(np.float32)


def _rigid(matrix: Matrix) -> Matrix:
    """The matrix without its scale: a turn and a place."""
    rigid = matrix.copy()
    lengths = np.linalg.norm(matrix[:3, :3], axis=1, keepdims=True)
    rigid[:3, :3] = matrix[:3, :3] / np.where(lengths > 0, lengths, 1.0)
    return rigid


def _scale_only(matrix: Matrix) -> Matrix:
    scale = float(np.cbrt(abs(np.linalg.det(matrix[:3, :3]))))
    return np.diag([scale, scale, scale, 1.0])
