"""Our own figure for somebody whose model we do not have, or may not use: a jointed artist's mannequin.

It stands in for characters known from images alone and for references that were refused, so that blocking never
waits for legal. It is made here from a handful of measures and holds no byte of anybody's asset. Every part is a
rigid shell on one joint, like the wooden figure on a drawing table, so it can be posed without weights going wrong.

>>> figure = mannequin("stand_in", height=1.8)
>>> round(max(float(mesh.points[:, 1].max()) for mesh in figure.meshes), 2)
1.8
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assetlib.model.model_description import MeshDescription, ModelDescription, SkeletonDescription, UnfitModel
from assetlib.model.scene import Material
from assetlib.usd.mannequin_motion import performances

_SIDES, _RINGS = 20, 9
_TALLEST = 30.0
_SHELL, _JOINT = 0, 1
_MATERIALS = (
    Material(name="shell", base_color=(0.62, 0.60, 0.56), roughness=0.55),
    Material(name="joint", base_color=(0.16, 0.22, 0.30), roughness=0.4),
)

Array = npt.NDArray[np.float64]
Point = tuple[float, float, float]

# Fractions of the height: where each joint sits (x to the figure's left, y up, z forward), of a figure of
# seven and a half heads that stands with its arms a little away from the body.
_CENTER: dict[str, tuple[str, Point]] = {
    "hips": ("", (0.0, 0.530, 0.0)),
    "spine": ("hips", (0.0, 0.595, -0.004)),
    "chest": ("spine", (0.0, 0.690, -0.006)),
    "neck": ("chest", (0.0, 0.822, -0.008)),
    "head": ("neck", (0.0, 0.866, 0.004)),
}
_SIDE: dict[str, tuple[str, Point]] = {
    "arm": ("chest", (0.118, 0.806, -0.008)),
    "forearm": ("arm", (0.176, 0.636, -0.006)),
    "hand": ("forearm", (0.212, 0.488, 0.010)),
    "thigh": ("hips", (0.055, 0.505, 0.0)),
    "shin": ("thigh", (0.062, 0.283, 0.006)),
    "foot": ("shin", (0.066, 0.042, -0.012)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A shell around the line from `start` to `end`: radii along it, and how wide it is to how deep."""

    name: str
    joint: str
    start: Point
    end: Point
    radii: tuple[float, ...]
    width: float = 1.0
    depth: float = 1.0
    material: int = _SHELL
    round_ends: bool = True


_BALL = (1.0,)
_MIDDLE = (
    _Part(name="pelvis", joint="hips", start=(0, 0.475, 0), end=(0, 0.575, 0), radii=(0.052, 0.066, 0.060), width=1.45),
    _Part(name="waist", joint="spine", start=(0, 0.58, -0.004), end=(0, 0.69, -0.005), radii=(0.05, 0.052), width=1.3),
    _Part(
        name="ribs",
        joint="chest",
        start=(0, 0.665, -0.004),
        end=(0, 0.818, -0.008),
        radii=(0.052, 0.070, 0.072, 0.045),
        width=1.45,
    ),
    _Part(name="throat", joint="neck", start=(0, 0.81, -0.01), end=(0, 0.88, 0), radii=(0.031, 0.027, 0.026)),
    _Part(
        name="skull",
        joint="head",
        start=(0, 0.872, 0.012),
        end=(0, 1.0, 0.0),
        radii=(0.028, 0.048, 0.056, 0.050),
        width=0.88,
        depth=1.08,
    ),
)
_LEFT = (
    _Part(
        name="upper_arm", joint="arm", start=(0.118, 0.806, -0.008), end=(0.175, 0.645, -0.006), radii=(0.032, 0.026)
    ),
    _Part(
        name="lower_arm",
        joint="forearm",
        start=(0.177, 0.63, -0.006),
        end=(0.210, 0.50, 0.009),
        radii=(0.023, 0.026, 0.018),
    ),
    _Part(
        name="palm",
        joint="hand",
        start=(0.212, 0.488, 0.010),
        end=(0.226, 0.398, 0.024),
        radii=(0.014, 0.022, 0.021, 0.013),
        width=0.55,
        depth=1.15,
    ),
    _Part(
        name="upper_leg",
        joint="thigh",
        start=(0.056, 0.505, 0),
        end=(0.062, 0.295, 0.006),
        radii=(0.052, 0.050, 0.036),
    ),
    _Part(
        name="lower_leg",
        joint="shin",
        start=(0.062, 0.27, 0.005),
        end=(0.066, 0.055, -0.012),
        radii=(0.034, 0.039, 0.022),
    ),
    _Part(
        name="sole",
        joint="foot",
        start=(0.066, 0.0215, -0.040),
        end=(0.072, 0.0215, 0.098),
        radii=(0.020, 0.0215, 0.0215, 0.016),
        width=1.35,
    ),
)
# A ball shows where a figure bends; without them a gray shape reads as a blob at thumbnail size.
_BALLS = {"arm": 0.036, "forearm": 0.027, "hand": 0.019, "thigh": 0.046, "shin": 0.036, "foot": 0.025}


def mannequin(name: str, height: float = 1.75) -> ModelDescription:
    """A figure of `height` meters at the origin, looking along +Z, with the clips stand, walk, wave and look.

    Raises UnfitModel for a height that is not above 0 and at most 30 meters.
    """
    if not 0 < height <= _TALLEST:
        raise UnfitModel(f"expected a height above 0 and up to {_TALLEST:g} meters, found {height}")
    joints = _joints()
    skeleton = _skeleton(joints, height)
    meshes = tuple(_mesh(part, list(joints), height) for part in _parts())
    return ModelDescription(
        name=name, meshes=meshes, materials=_MATERIALS, skeleton=skeleton, clips=performances(skeleton, height)
    )


def _joints() -> dict[str, tuple[str, Point]]:
    """Name → (parent, place), parents first; the sides are mirrored."""
    sides = {f"{name}_{side}": _to_side(place, side) for side in "lr" for name, place in _SIDE.items()}
    return {**_CENTER, **sides}


def _to_side(joint: tuple[str, Point], side: str) -> tuple[str, Point]:
    parent, point = joint
    return (parent if parent in _CENTER else f"{parent}_{side}", _mirrored(point, side))


def _mirrored(point: Point, side: str) -> Point:
    return point if side == "l" else (-point[0], point[1], point[2])


def _skeleton(joints: dict[str, tuple[str, Point]], height: float) -> SkeletonDescription:
    bind = np.tile(np.eye(4, dtype=np.float32), (len(joints), 1, 1))
    rest = bind.copy()
    for index, (parent, point) in enumerate(joints.values()):
        bind[index, :3, 3] = np.array(point) * height
        origin = np.array(joints[parent][1]) * height if parent else np.zeros(3)
        rest[index, :3, 3] = np.array(point) * height - origin
    return SkeletonDescription(joints=tuple(_path(name, joints) for name in joints), bind=bind, rest=rest)


def _path(name: str, joints: dict[str, tuple[str, Point]]) -> str:
    parent = joints[name][0]
    return f"{_path(parent, joints)}/{name}" if parent else name


def _parts() -> tuple[_Part, ...]:
    sided = [*_LEFT, *(_ball(name, radius) for name, radius in _BALLS.items())]
    return (*_MIDDLE, *(_sided(part, side) for side in "lr" for part in sided))


def _ball(joint: str, radius: float) -> _Part:
    x, y, z = _SIDE[joint][1]
    low, high = (x, y - radius, z), (x, y + radius, z)
    return _Part(name=f"{joint}_ball", joint=joint, start=low, end=high, radii=(), width=radius, material=_JOINT)


def _sided(part: _Part, side: str) -> _Part:
    return _Part(
        name=f"{part.name}_{side}",
        joint=f"{part.joint}_{side}",
        start=_mirrored(part.start, side),
        end=_mirrored(part.end, side),
        radii=part.radii,
        width=part.width,
        depth=part.depth,
        material=part.material,
    )


def _mesh(part: _Part, joints: list[str], height: float) -> MeshDescription:
    points = _shell(part) * height
    counts, indices = _grid_faces()
    return MeshDescription(
        name=part.name,
        points=points.astype(np.float32),
        face_counts=counts,
        face_indices=indices,
        normals=_normals(points, counts, indices),
        uv=_uv()[indices],
        material=part.material,
        joints=np.full((len(points), 1), joints.index(part.joint), np.int32),
        weights=np.ones((len(points), 1), np.float32),
        label=part.name,
    )


def _shell(part: _Part) -> Array:
    """Rings around the part's line, closing round at both ends; ring by ring, each from the figure's left."""
    start, end = np.array(part.start, float), np.array(part.end, float)
    steps = (1 - np.cos(np.linspace(0, np.pi, _RINGS))) / 2
    closing = np.sqrt(np.clip(1 - (2 * steps - 1) ** 2, 0, 1))
    if part.radii:
        along = np.interp(steps, np.linspace(0, 1, len(part.radii)), part.radii)
        radii, width = along * closing**0.5, part.width
    else:
        radii, width = part.width * closing, 1.0
    across, front = _frame(end - start)
    angles = np.linspace(0, 2 * np.pi, _SIDES, endpoint=False)
    ring = np.cos(angles)[:, None] * across * width + np.sin(angles)[:, None] * front * part.depth
    return np.asarray((start + steps[:, None] * (end - start))[:, None] + radii[:, None, None] * ring).reshape(-1, 3)


def _frame(line: Array) -> tuple[Array, Array]:
    """Two unit vectors across `line`, so that width runs along X and angles turn counter-clockwise from outside."""
    along = line / np.linalg.norm(line)
    helper = np.array([0.0, 0.0, 1.0]) if abs(along[2]) < 0.9 else np.array([0.0, -1.0, 0.0])
    across = np.cross(along, helper)
    across /= np.linalg.norm(across)
    return across, np.cross(along, across)


def _grid_faces() -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    ring, side = np.mgrid[0 : _RINGS - 1, 0:_SIDES]
    after = (side + 1) % _SIDES
    low, high = ring * _SIDES, (ring + 1) * _SIDES
    quads = np.stack([low + side, low + after, high + after, high + side], axis=-1).reshape(-1)
    return np.full((_RINGS - 1) * _SIDES, 4, np.int32), quads.astype(np.int32)


def _uv() -> npt.NDArray[np.float32]:
    ring, side = np.mgrid[0:_RINGS, 0:_SIDES]
    return np.stack([side / _SIDES, ring / (_RINGS - 1)], axis=-1).reshape(-1, 2).astype(np.float32)


def _normals(points: Array, counts: npt.NDArray[np.int32], indices: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    """Smooth and area-weighted, one for each corner; the points of a closing ring coincide and share theirs."""
    quads = indices.reshape(-1, 4)
    faces = np.cross(points[quads[:, 2]] - points[quads[:, 0]], points[quads[:, 3]] - points[quads[:, 1]])
    total = np.zeros_like(points)
    for corner in range(4):
        np.add.at(total, quads[:, corner], faces)
    for pole in (slice(0, _SIDES), slice(-_SIDES, None)):
        total[pole] = total[pole].sum(axis=0)
    total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)
    return np.asarray(total[indices], np.float32)
