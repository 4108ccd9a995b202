"""Bones: a skeleton whose joints rest without rotation, weights along chains of joints, poses over time.

Joints are paths (``root/hips/spine``). In the rest pose every joint is only moved, never turned, so a rotation
is about the model's own axes: +X nods a head down, +Y turns it to its left, +Z leans it to its right hand side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Skeleton:
    """Joint paths, parents before children, and where each rests in the model (meters)."""

    joints: tuple[str, ...]
    places: tuple[tuple[float, float, float], ...]

    def index(self, name: str) -> int:
        """Position of the joint whose last path segment is `name`."""
        return [j.rsplit("/", 1)[-1] for j in self.joints].index(name)

    def place(self, name: str) -> Array:
        return np.array(self.places[self.index(name)])

    def parent(self, joint: int) -> int | None:
        above = self.joints[joint].rpartition("/")[0]
        return self.joints.index(above) if above else None

    def offsets(self) -> Array:
        """(J, 3): each joint's place relative to its parent's."""
        places = np.array(self.places)
        parents = [self.parent(j) for j in range(len(places))]
        return np.array([p - (0 if k is None else places[k]) for p, k in zip(places, parents, strict=True)])

    def chain(self, *names: str, end: Sequence[float] | Array, softness: float = 0.05) -> Skin:
        """Weights along the named joints, the last of which reaches to `end`."""
        at = np.array([*(self.place(n) for n in names), np.asarray(end, float)])
        return Skin(joints=tuple(self.index(n) for n in names), at=at, softness=softness)

    def rigid(self, name: str) -> Skin:
        return Skin(joints=(self.index(name),), at=np.array([self.place(name)] * 2), softness=1.0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Skin:
    """Weights that pass from joint to joint along a line, over `softness` meters either side of each joint."""

    joints: tuple[int, ...]
    at: Array
    softness: float

    def weights(self, points: Array, joint_count: int) -> Array:
        """(N, joint_count), each row summing to 1."""
        along, stops = _arc_length(points, self.at)
        total = np.zeros((len(points), joint_count))
        reach = [np.ones(len(points))]
        for stop in stops[1 : len(self.joints)]:
            t = np.clip((along - stop) / (2 * self.softness) + 0.5, 0, 1)
            reach.append(np.minimum(reach[-1], t * t * (3 - 2 * t)))
        reach.append(np.zeros(len(points)))
        for n, joint in enumerate(self.joints):
            total[:, joint] += reach[n] - reach[n + 1]
        return total


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hem:
    """A coat's weights: the body's, but its skirt below `top` goes along with the thigh of its side."""

    body: Skin
    thighs: tuple[int, int]
    top: float
    bottom: float
    share: float

    def weights(self, points: Array, joint_count: int) -> Array:
        """(N, joint_count), each row summing to 1."""
        total = self.body.weights(points, joint_count)
        drop = np.clip((self.top - points[:, 1]) / (self.top - self.bottom), 0, 1) * self.share
        left = np.clip(points[:, 0] / 0.14 + 0.5, 0, 1)
        total *= (1 - drop)[:, None]
        total[:, self.thighs[0]] += drop * left
        total[:, self.thighs[1]] += drop * (1 - left)
        return total


def _arc_length(points: Array, line: Array) -> tuple[Array, Array]:
    """How far along the polyline the nearest place to each point lies, and where its knots lie."""
    lengths = np.linalg.norm(np.diff(line, axis=0), axis=1)
    stops = np.concatenate([[0], np.cumsum(lengths)])
    best, along = np.full(len(points), np.inf), np.zeros(len(points))
    for n, length in enumerate(lengths):
        axis = (line[n + 1] - line[n]) / max(length, 1e-9)
        t = np.clip((points - line[n]) @ axis, 0, length)
        distance = np.linalg.norm(points - line[n] - t[:, None] * axis, axis=1)
        along = np.where(distance < best, stops[n] + t, along)
        best = np.minimum(best, distance)
    return along, stops


def quaternion(x: float = 0, y: float = 0, z: float = 0) -> Array:
    """(w, x, y, z) of degrees about Z, then X, then Y; unit length."""
    h = np.radians([x, y, z]) / 2
    (cx, cy, cz), (sx, sy, sz) = np.cos(h), np.sin(h)
    qz, qx, qy = np.array([cz, 0, 0, sz]), np.array([cx, sx, 0, 0]), np.array([cy, 0, sy, 0])
    return multiply(qy, multiply(qx, qz))


def multiply(a: Array, b: Array) -> Array:
    w1, x1, y1, z1 = a
    w2, x2, y2, z2 = b
    return np.array(
        [
            w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
            w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
            w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
            w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
        ]
    )


def matrix(q: Array) -> Array:
    """3×3 rotation of a unit quaternion (w, x, y, z)."""
    w, x, y, z = q
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Turns in degrees (x, y, z) by joint name; the hips' shift from rest in meters."""

    turns: Mapping[str, tuple[float, float, float]]
    shift: tuple[float, float, float] = (0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Motion:
    """A clip: per frame the local rotation (F, J, 4) as w, x, y, z and translation (F, J, 3) of every joint."""

    name: str
    rotations: Array
    translations: Array


def motion(name: str, skeleton: Skeleton, poses: Sequence[Pose]) -> Motion:
    offsets, names = skeleton.offsets(), [j.rsplit("/", 1)[-1] for j in skeleton.joints]
    rotations = np.zeros((len(poses), len(names), 4))
    translations = np.repeat(offsets[None], len(poses), 0)
    for f, pose in enumerate(poses):
        for j, joint in enumerate(names):
            rotations[f, j] = quaternion(*pose.turns.get(joint, (0, 0, 0)))
        translations[f, names.index("hips")] += pose.shift
    return Motion(name=name, rotations=rotations, translations=translations)


def joint_matrices(skeleton: Skeleton, rotations: Array, translations: Array) -> tuple[Array, Array]:
    """World rotation (J, 3, 3) and place (J, 3) of every joint for one frame's local pose."""
    turn, place = np.empty((len(rotations), 3, 3)), np.empty((len(rotations), 3))
    for j in range(len(rotations)):
        above, local = skeleton.parent(j), matrix(rotations[j])
        turn[j] = local if above is None else turn[above] @ local
        place[j] = translations[j] if above is None else place[above] + turn[above] @ translations[j]
    return turn, place


def skinned(skeleton: Skeleton, points: Array, weights: Array, rotations: Array, translations: Array) -> Array:
    """Linear blend skinning of rest points (N, 3) by weights (N, J)."""
    turn, place = joint_matrices(skeleton, rotations, translations)
    rest = np.array(skeleton.places)
    moved = np.einsum("jab,njb->nja", turn, points[:, None] - rest[None]) + place
    return np.asarray(np.einsum("nj,nja->na", weights, moved))
