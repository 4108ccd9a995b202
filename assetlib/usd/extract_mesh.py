"""Polygons to triangles: topology, per-corner normals and texture coordinates. Pure numpy, no stage.

A mesh has P points and F faces; its face-vertices are all faces' corners in a row. Subdivision surfaces are taken
as their control polygons with smooth normals. Faces are fanned from their first corner, which suits convex ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """T triangles, counterclockwise from outside. corners (T, 3) index face-vertices, triangles (T, 3) points.

    faces (T,): the face that each triangle came from.
    """

    corners: Ints
    triangles: Ints
    faces: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Smoothing:
    """Which corners share a normal when the points move: groups (T, 3) numbered 0 … count - 1."""

    groups: Ints
    count: int


def fault(counts: Ints, indices: Ints, points: Floats) -> str:
    """What is wrong with a mesh's topology in words, or '' for a sound one."""
    if not len(counts) or not len(points):
        return "it has no faces or no points"
    if int(counts.sum()) != len(indices) or counts.min() < 0:
        return f"its face counts ask for {int(counts.sum())} indices and there are {len(indices)}"
    if len(indices) and (indices.min() < 0 or indices.max() >= len(points)):
        return f"its faces name points outside 0…{len(points) - 1}"
    return "" if np.isfinite(points).all() else "its points are not all finite"


def triangulate(counts: Ints, indices: Ints, *, holes: Ints, left_handed: bool) -> Topology:
    """Fan every face with three or more corners; faces listed in `holes` are left open."""
    fans = np.maximum(counts - 2, 0)
    fans[holes[(holes >= 0) & (holes < len(counts))]] = 0
    faces = np.repeat(np.arange(len(counts), dtype=np.int32), fans)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int32)
    step = np.arange(len(faces), dtype=np.int32) - np.repeat(np.cumsum(fans) - fans, fans).astype(np.int32)
    first = starts[faces]
    corners = np.stack([first, first + step + 1, first + step + 2], axis=1)
    if left_handed:
        corners = corners[:, [0, 2, 1]]
    return Topology(corners=corners, triangles=indices[corners].astype(np.int32), faces=faces)


def at_corners(values: Floats, interpolation: str, topology: Topology, points: int) -> Floats | None:
    """A primvar at the triangles' corners (T, 3, D); None when its length does not fit its interpolation."""
    needed = {"constant": 1, "uniform": int(topology.faces.max(initial=-1)) + 1, "vertex": points, "varying": points}
    wanted = needed.get(interpolation, int(topology.corners.max(initial=-1)) + 1)
    if len(values) < max(wanted, 1) or not np.isfinite(values).all():
        return None
    if interpolation == "constant":
        return np.broadcast_to(values[0], (*topology.corners.shape, values.shape[1])).astype(np.float32)
    if interpolation == "uniform":
        return np.repeat(values[topology.faces][:, None], 3, axis=1).astype(np.float32)
    chosen = topology.triangles if interpolation in ("vertex", "varying") else topology.corners
    return values[chosen].astype(np.float32)


def smoothing(topology: Topology, normals: Floats | None) -> Smoothing:
    """Corners of one point share a normal, unless the authored `normals` (T, 3, 3) keep an edge between them."""
    point = topology.triangles.astype(np.int64)
    if normals is None:
        return Smoothing(groups=topology.triangles, count=int(point.max(initial=-1)) + 1)
    steps = np.clip(np.rint((normals + 1.0) * 511.0), 0, 1023).astype(np.int64)
    key = (point << 30) | (steps[..., 0] << 20) | (steps[..., 1] << 10) | steps[..., 2]
    unique, groups = np.unique(key, return_inverse=True)
    return Smoothing(groups=groups.reshape(point.shape).astype(np.int32), count=len(unique))


def smooth_normals(points: Floats, triangles: Ints, shared: Smoothing) -> Floats:
    """Unit normals (T, 3, 3): per group, the mean of its faces' normals weighted by area."""
    a, b, c = points[triangles[:, 0]], points[triangles[:, 1]], points[triangles[:, 2]]
    cross = np.cross(b - a, c - a)
    groups = shared.groups.reshape(-1)
    summed = [np.bincount(groups, np.repeat(cross[:, i], 3), minlength=shared.count) for i in range(3)]
    return unit(np.stack(summed, axis=1).astype(np.float32))[shared.groups]


def unit(vectors: npt.NDArray[np.float32]) -> Floats:
    """Vectors of length 1; those without length point up."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0], np.float32)
    return np.where(length > 1e-20, vectors / np.maximum(length, 1e-20), up).astype(np.float32)
