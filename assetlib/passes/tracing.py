"""Rays against triangles, by embreex (Embree). This file is the only importer of embreex."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Floats, Ints


class TracerMissing(Exception):
    """Ray tracing was asked for and embreex is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What N rays met: triangle (N,) or -1, barycentric u and v, and the multiple of the direction to get there."""

    triangle: Ints
    u: Floats
    v: Floats
    along: Floats


def available() -> bool:
    return find_spec("embreex") is not None


class Tracer:
    """The triangles of one frame, ready for rays. Built once a frame; points (V, 3), triangles (T, 3)."""

    def __init__(self, points: Floats, triangles: Ints) -> None:
        if not available():
            raise TracerMissing("expected embreex for ray tracing, found none; install assetlib[previs]")
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        self._scene: Any = EmbreeScene()
        self._empty = not len(triangles)
        if not self._empty:
            self._mesh = TriangleMesh(
                self._scene, np.ascontiguousarray(points, np.float32), np.ascontiguousarray(triangles, np.int32)
            )

    def nearest(self, origins: Floats, directions: Floats) -> Found:
        """First triangles met by (3, N) rays; `origins` may be (3, 1)."""
        count = directions.shape[1]
        if self._empty or not count:
            nothing = np.zeros(count, np.float32)
            return Found(triangle=np.full(count, -1, np.int32), u=nothing, v=nothing, along=nothing)
        met = self._scene.run(_rows(origins, count), _rows(directions, count), output=True)
        return Found(triangle=met["primID"], u=met["u"], v=met["v"], along=met["tfar"])

    def blocked(self, origins: Floats, directions: Floats, reach: float) -> npt.NDArray[np.bool_]:
        """Whether anything lies on (3, N) rays before `reach` times their direction."""
        count = directions.shape[1]
        if self._empty or not count:
            return np.zeros(count, bool)
        far = np.full(count, reach, np.float32)
        met = self._scene.run(_rows(origins, count), _rows(directions, count), dists=far, query="OCCLUDED")
        return np.asarray(met >= 0)


def _rows(vectors: Floats, count: int) -> Floats:
    rows = np.empty((count, 3), np.float32)
    rows.T[...] = vectors
    return rows
