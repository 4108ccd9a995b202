"""Sphere, cube, cylinder, cone, capsule and plane as triangles: what UsdGeom says with a few numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats
from assetlib.usd.extract_mesh import Topology

_AROUND = 48
_RINGS = 24
SHAPES = ("Sphere", "Cube", "Cylinder", "Cylinder_1", "Cone", "Capsule", "Capsule_1", "Plane")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """points (P, 3); topology of T triangles; normals (T, 3, 3) or None for flat faces; uv (T, 3, 2)."""

    points: Floats
    topology: Topology
    uv: Floats
    smooth: bool


def shape_of(prim: Any, time: float) -> Shape:
    """The triangles of an implicit shape in its own space; sizes at `time`."""

    def size(name: str, fallback: float) -> float:
        attribute = prim.GetAttribute(name)
        value = attribute.Get(time) if attribute else None
        return fallback if value is None else float(value)

    kind = prim.GetTypeName()
    if kind == "Cube":
        return _cube(size("size", 2.0))
    if kind == "Plane":
        return _plane(size("width", 2.0), size("length", 2.0), _axis(prim))
    profile = _profile(kind.removesuffix("_1"), size)
    return _lathe(profile, _axis(prim), smooth=kind != "Cone")


def _axis(prim: Any) -> str:
    attribute = prim.GetAttribute("axis")
    return str(attribute.Get() or "Z") if attribute else "Z"


def _profile(kind: str, size: Any) -> Floats:
    """(radius, height) from bottom to top; a doubled row keeps a hard edge."""
    radius, height = (
        size("radius", 0.5 if kind == "Capsule" else 1.0),
        size("height", 1.0 if kind == "Capsule" else 2.0),
    )
    half = height / 2
    if kind == "Cylinder":
        top, bottom = size("radiusTop", radius), size("radiusBottom", radius)
        return np.array([(0, -half), (bottom, -half), (bottom, -half), (top, half), (top, half), (0, half)], np.float32)
    if kind == "Cone":
        return np.array([(0, -half), (radius, -half), (radius, -half), (0, half)], np.float32)
    turn = np.linspace(-np.pi / 2, np.pi / 2, _RINGS + 1)
    arc = np.stack([np.cos(turn) * radius, np.sin(turn) * radius], axis=1)
    if kind == "Capsule":
        lift = np.array((0.0, half))
        below, above = arc[: _RINGS // 2 + 1] - lift, arc[_RINGS // 2 :] + lift
        arc = np.concatenate([below, above])
    return arc.astype(np.float32)


def _lathe(profile: Floats, axis: str, *, smooth: bool) -> Shape:
    """Turn a profile around the axis. Rows doubled in the profile share no points, so their edge stays hard."""
    turn = np.linspace(0.0, 2 * np.pi, _AROUND + 1)
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    flat = profile[:, None, :1] * ring[None]
    points = np.concatenate([flat, np.broadcast_to(profile[:, None, 1:], (*flat.shape[:2], 1))], axis=2)
    rows, columns = np.meshgrid(np.arange(len(profile) - 1), np.arange(_AROUND), indexing="ij")
    a = (rows * (_AROUND + 1) + columns).reshape(-1)
    quads = np.stack([a, a + 1, a + _AROUND + 2, a + _AROUND + 1], axis=1)
    v = np.linspace(0.0, 1.0, len(profile))
    grid = np.stack(np.meshgrid(turn / (2 * np.pi), v), axis=2).reshape(-1, 2)
    return _shape(_turned(points.reshape(-1, 3), axis), quads, grid.astype(np.float32), smooth=smooth)


def _shape(points: Floats, quads: npt.NDArray[np.integer[Any]], grid: Floats, *, smooth: bool) -> Shape:
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)
    a, b, c = (points[triangles[:, i]] for i in range(3))
    solid = np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-12
    kept = triangles[solid]
    topology = Topology(corners=kept, triangles=kept, faces=np.arange(len(kept), dtype=np.int32))
    return Shape(points=points.astype(np.float32), topology=topology, uv=grid[kept].astype(np.float32), smooth=smooth)


def _turned(points: Floats, axis: str) -> Floats:
    """Points made around Z, cyclically moved so that Z becomes `axis`."""
    return points[:, {"X": [2, 0, 1], "Y": [1, 2, 0], "Z": [0, 1, 2]}[axis]].astype(np.float32)


def _cube(edge: float) -> Shape:
    square = np.array([(-1, -1, 1), (1, -1, 1), (1, 1, 1), (-1, 1, 1)], np.float32) * edge / 2
    faces = [square[:, order] * sign for order, sign in _CUBE_SIDES]
    quads = np.arange(24).reshape(6, 4)
    quads[3:] = quads[3:, ::-1]
    return _shape(np.concatenate(faces), quads, np.tile([(0, 0), (1, 0), (1, 1), (0, 1)], (6, 1)), smooth=False)


_CUBE_SIDES = [(order, sign) for sign in (1.0, -1.0) for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0])]


def _plane(width: float, length: float, axis: str) -> Shape:
    corners = np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], np.float32)
    corners *= np.array([width, length, 0], np.float32) / 2
    # UsdGeomPlane: width lies along X (along Z for axis X), length along Y (along Z for axis Y).
    turned = {"Z": corners, "Y": corners[:, [0, 2, 1]] * (1, 1, -1), "X": corners[:, [2, 1, 0]] * (1, 1, -1)}[axis]
    grid = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    return _shape(turned.astype(np.float32), np.array([[0, 1, 2, 3]]), grid, smooth=False)
