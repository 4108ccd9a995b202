"""A shot's frame as plain arrays: what `usd` extracts and `passes` renders.

Space: right-handed, Y up, meters, world space unless said otherwise. Color: linear light,
Rec.709 primaries, D65. Matrices are 4×4, row-major, acting on column vectors (p' = M @ p).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Texture:
    """An image lookup. `pixels` is (H, W, C) uint8, row 0 on top; `srgb` says it must be linearized."""

    name: str
    pixels: Bytes
    srgb: bool
    wrap: str = "repeat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The part of UsdPreviewSurface that previs honors; textures are indices into `Scene.textures`."""

    name: str
    base_color: tuple[float, float, float] = (0.5, 0.5, 0.5)
    roughness: float = 0.5
    metallic: float = 0.0
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    opacity: float = 1.0
    base_color_texture: int | None = None
    roughness_texture: int | None = None
    metallic_texture: int | None = None
    emissive_texture: int | None = None
    opacity_texture: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mesh:
    """Triangles of one prim at this frame. V vertices, T triangles.

    points, next_points, rest: (V, 3); `rest` is in asset space before skinning. triangles: (T, 3).
    normals: (T, 3, 3) per corner, or None to shade by the geometric normal. uv: (T, 3, 2) or None.
    materials, parts: (T,). `entity` is 0 for none, else 1 + index into `Scene.entities`.
    """

    path: str
    points: Floats
    next_points: Floats
    rest: Floats
    triangles: Ints
    materials: Ints
    parts: Ints
    entity: int
    normals: Floats | None = None
    uv: Floats | None = None
    double_sided: bool = True


class LightKind(StrEnum):
    DISTANT = "distant"
    SPHERE = "sphere"
    RECT = "rect"
    DISK = "disk"
    DOME = "dome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A UsdLux light. It shines along its local -Z; `color` is color × intensity × 2**exposure, not normalized.

    size: DISTANT (angle in degrees,), SPHERE and DISK (radius,), RECT (width, height), DOME ().
    """

    path: str
    kind: LightKind
    transform: Floats
    color: tuple[float, float, float]
    size: tuple[float, ...] = ()
    texture: int | None = None
    normalize: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A UsdGeomCamera: millimeters for lens and aperture, meters for distances, looking along local -Z."""

    path: str
    to_world: Floats
    next_to_world: Floats
    focal_length: float
    horizontal_aperture: float
    vertical_aperture: float
    horizontal_offset: float = 0.0
    vertical_offset: float = 0.0
    near: float = 0.1
    far: float = 1.0e4
    focus_distance: float = 0.0
    f_stop: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneEntity:
    """A referenced asset in the picture: its name in the shot, its entity URI and its version digest."""

    name: str
    entity: str
    digest: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Everything needed to picture one frame. Index 0 of an id pass is background."""

    frame: int
    rate: Fraction
    meshes: tuple[Mesh, ...]
    materials: tuple[Material, ...]
    textures: tuple[Texture, ...]
    lights: tuple[Light, ...]
    camera: Camera
    entities: tuple[SceneEntity, ...]
    background: tuple[float, float, float] = (0.0, 0.0, 0.0)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passes:
    """The rendered arrays of one frame, each (H, W) or (H, W, C).

    beauty, clay: linear Rec.709 float32, 3 channels. depth: metric planar depth in meters, +inf where nothing.
    normal: world space, unit. entity, part: uint16 ids, 0 for none. motion: pixels to the next frame (x, y; y down).
    pref: rest position in asset space, meters. alpha: coverage 0…1.
    """

    frame: int
    beauty: Floats
    clay: Floats
    depth: Floats
    normal: Floats
    entity: npt.NDArray[np.uint16]
    part: npt.NDArray[np.uint16]
    motion: Floats
    pref: Floats
    alpha: Floats
    info: tuple[tuple[str, Any], ...] = ()
