"""Building a set: pieces of architecture that pile up by material and come out as a few large meshes.

World meters. Texture coordinates lie flat on the surface, one repeat every `Finish.meters`, so that stone keeps
its size on every wall.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from assetlib.demo.finishes import Palette
from assetlib.demo.shapes import Sheet, Vec, rotation
from assetlib.model.model_description import MeshDescription, ModelDescription

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StageMesh:
    """All surfaces of one finish: V points, T triangles, normals and uv per corner (T, 3, …)."""

    name: str
    finish: str
    points: Array
    triangles: Ints
    normals: Array
    uv: Array


@dataclass(slots=True)
class Stage:
    """Collects surfaces under a finish; `meters` gives the size of one texture repeat for each finish."""

    meters: dict[str, float]
    pieces: dict[tuple[str, str], list[tuple[Array, Ints, Array, Array]]] = field(default_factory=dict)

    def add(self, label: str, finish: str, *sheets: Sheet, smooth: bool = True, unwrap: bool = False) -> None:
        """Add surfaces. `smooth` shades over edges within a sheet; `unwrap` uses the sheet's own 0…1 uv."""
        for sheet in sheets:
            points, faces = sheet.points.reshape(-1, 3), _whole(sheet)
            normals = _smooth_normals(points, faces) if smooth else _face_normals(points, faces)[:, None].repeat(3, 1)
            size = self.meters.get(finish, 1.0)
            uv = sheet.uv().reshape(-1, 2)[faces] if unwrap else _flat_uv(points, faces) / size
            self.pieces.setdefault((label, finish), []).append((points, faces, normals, uv))

    def box(self, label: str, finish: str, size: Vec, at: Vec, turn: float = 0.0) -> None:
        """A box that stands on `at` (middle of its bottom face), turned about Y by degrees."""
        middle = np.asarray(at, float) + (0, size[1] / 2, 0)
        for face in _box_faces(np.asarray(size, float) / 2):
            self.add(label, finish, face.turned(rotation("y", turn)).moved(middle), smooth=False)

    def place(self, label: str, finish: str, sheets: Iterable[Sheet], at: Vec, turn: float = 0.0) -> None:
        """Add sheets modeled at the origin, turned about Y and moved."""
        self.add(label, finish, *(s.turned(rotation("y", turn)).moved(at) for s in sheets))

    def meshes(self) -> tuple[StageMesh, ...]:
        return tuple(_merge(label, finish, pieces) for (label, finish), pieces in self.pieces.items())


def model_of(name: str, meshes: tuple[StageMesh, ...]) -> ModelDescription:
    """The stage's meshes as a model, with the materials and textures of their finishes."""
    palette = Palette()
    described = tuple(
        MeshDescription(
            name=mesh.name,
            label=mesh.name.partition("_")[0],
            points=mesh.points.astype(np.float32),
            face_counts=np.full(len(mesh.triangles), 3, np.int32),
            face_indices=mesh.triangles.reshape(-1).astype(np.int32),
            normals=mesh.normals.reshape(-1, 3).astype(np.float32),
            uv=mesh.uv.reshape(-1, 2).astype(np.float32),
            material=palette.index(mesh.finish),
            double_sided=True,
        )
        for mesh in meshes
    )
    return ModelDescription(
        name=name, meshes=described, materials=tuple(palette.materials), textures=tuple(palette.textures)
    )


def _merge(label: str, finish: str, pieces: list[tuple[Array, Ints, Array, Array]]) -> StageMesh:
    starts = np.cumsum([0, *(len(p[0]) for p in pieces)])
    return StageMesh(
        name=f"{label}_{finish}",
        finish=finish,
        points=np.concatenate([p[0] for p in pieces]),
        triangles=np.concatenate([p[1] + start for p, start in zip(pieces, starts, strict=False)]),
        normals=np.concatenate([p[2] for p in pieces]),
        uv=np.concatenate([p[3] for p in pieces]),
    )


def _whole(sheet: Sheet) -> Ints:
    """The sheet's triangles without the slivers at its poles."""
    points, faces = sheet.points.reshape(-1, 3), sheet.triangles()
    area = np.linalg.norm(_cross(points, faces), axis=1)
    return np.asarray(faces[area > 1e-12])


def _cross(points: Array, faces: Ints) -> Array:
    a, b, c = (points[faces[:, n]] for n in range(3))
    return np.cross(b - a, c - a)


def _face_normals(points: Array, faces: Ints) -> Array:
    cross = _cross(points, faces)
    return np.asarray(cross / np.linalg.norm(cross, axis=1, keepdims=True))


def _smooth_normals(points: Array, faces: Ints) -> Array:
    """Per corner, averaged over all points at the same place (area-weighted)."""
    _, joined = np.unique(np.round(points, 5), axis=0, return_inverse=True)
    joined = joined.reshape(-1)
    total = np.zeros((joined.max() + 1, 3))
    cross = _cross(points, faces)
    for n in range(3):
        np.add.at(total, joined[faces[:, n]], cross)
    total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    return np.asarray(total[joined[faces]])


def _flat_uv(points: Array, faces: Ints) -> Array:
    """Project each triangle along the axis it faces most; meters."""
    facing = np.abs(_face_normals(points, faces)).argmax(1)
    across, up = np.array([2, 0, 0])[facing], np.array([1, 2, 1])[facing]
    corners = points[faces]
    rows = np.arange(len(faces))[:, None]
    columns = np.arange(3)[None]
    return np.stack([corners[rows, columns, across[:, None]], corners[rows, columns, up[:, None]]], -1)


def _box_faces(half: Array) -> list[Sheet]:
    faces = []
    for axis in range(3):
        for sign in (-1.0, 1.0):
            u, v = (axis + 1) % 3, (axis + 2) % 3
            grid = np.empty((2, 2, 3))
            grid[..., axis] = sign * half[axis]
            grid[..., u] = np.array([-1.0, 1.0])[None] * half[u] * sign
            grid[..., v] = np.array([-1.0, 1.0])[:, None] * half[v]
            faces.append(Sheet(points=grid))
    return faces


def arch(span: float, spring: float, top: float, depth: float, segments: int = 20) -> dict[str, list[Sheet]]:
    """A round arch in the plane z = 0, middle at x = 0: its wall above the spring line, its soffit and its trim.

    span is the opening's width, spring the height where the curve starts, top the height of the wall.
    """
    angle = np.linspace(np.pi, 0, segments + 1)
    x, y = span / 2 * np.cos(angle), spring + span / 2 * np.sin(angle)
    edge_x = np.interp(np.linspace(0, 1, segments + 1), [0, 1], [-span / 2, span / 2])
    lower = np.stack([x, y, 0 * x], -1)
    upper = np.stack([edge_x, np.full_like(x, top), 0 * x], -1)
    wall = Sheet(points=np.stack([lower, upper]))
    back = lower - (0, 0, depth)
    soffit = Sheet(points=np.stack([back, lower]))
    trim = _archivolt(lower, span)
    return {"wall": [wall], "soffit": [soffit], "trim": [trim]}


def _archivolt(curve: Array, span: float) -> Sheet:
    """A molding of stone around the opening, 0.16 m wide, that stands 0.07 m out."""
    feet = np.concatenate([[[-span / 2, 0, 0]], curve, [[span / 2, 0, 0]]])
    out = feet.copy()
    middle = np.array([0, curve[0, 1], 0])
    direction = feet - middle
    direction[[0, -1]] = [[-1, 0, 0], [1, 0, 0]]
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    out = feet + direction * 0.16
    forward = np.array([0, 0, 0.07])
    return Sheet(points=np.stack([feet, feet + forward, out + forward, out]))
