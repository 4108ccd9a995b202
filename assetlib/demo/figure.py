"""From surfaces and brushes to a finished figure: welded triangles, one painted atlas, skin weights.

A `Part` is modeled (sheets), painted and bound to joints in one place; `assemble` lays all parts out in an
atlas, bakes the paint and welds the points, so that normals run on smoothly over every seam, also when skinned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assetlib.demo.paint import Painter, Texels, bytes_of
from assetlib.demo.shapes import Sheet
from assetlib.demo.skeleton import Hem, Skeleton, Skin

Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ATLAS = 1024
GUTTER = 3
INFLUENCES = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """Sheets that share one painted rectangle of `texels` (width, height) and one skin.

    `material` "painted" uses the atlas; other names are plain materials of the figure. `group` names the mesh.
    """

    group: str
    sheets: tuple[Sheet, ...]
    skin: Skin | Hem
    paint: Painter | None = None
    texels: tuple[int, int] = (64, 64)
    material: str = "painted"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FigureMesh:
    """V welded points, T triangles; uv per corner (T, 3, 2), origin bottom left; weights (V, J)."""

    name: str
    material: str
    points: Array
    triangles: Ints
    uv: Array
    weights: Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure:
    """Meshes and the atlas: color (H, W, 3) display sRGB and roughness (H, W), row 0 on top."""

    skeleton: Skeleton
    meshes: tuple[FigureMesh, ...]
    color: npt.NDArray[np.uint8]
    rough: npt.NDArray[np.uint8]


def assemble(skeleton: Skeleton, parts: Sequence[Part]) -> Figure:
    places = _lay_out([p.texels for p in parts])
    color, rough = np.full((ATLAS, ATLAS, 3), 0.5), np.full((ATLAS, ATLAS), 0.7)
    for part, at in zip(parts, places, strict=True):
        if part.paint is not None:
            _bake(part, at, color, rough)
    keys = list(dict.fromkeys((p.group, p.material) for p in parts))
    meshes = tuple(
        _weld(group, material, [(p, at) for p, at in zip(parts, places, strict=True) if (p.group, p.material) == key])
        for key in keys
        for group, material in [key]
    )
    joints = len(skeleton.joints)
    skinned = tuple(_with_weights(mesh, found, joints) for mesh, found in meshes)
    return Figure(skeleton=skeleton, meshes=skinned, color=bytes_of(color), rough=bytes_of(rough))


def _lay_out(sizes: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Shelves, tallest first: top left corner of each rectangle; raises ValueError when the atlas is too small."""
    places = [(0, 0)] * len(sizes)
    x = y = shelf = 0
    for n in sorted(range(len(sizes)), key=lambda n: (-sizes[n][1], -sizes[n][0], n)):
        width, height = sizes[n]
        if x + width > ATLAS:
            x, y, shelf = 0, y + shelf, 0
        if y + height > ATLAS:
            raise ValueError(f"expected the painted parts to fit into {ATLAS} × {ATLAS} texels, found more")
        places[n] = (x, y)
        x, shelf = x + width, max(shelf, height)
    return places


def _bake(part: Part, at: tuple[int, int], color: Array, rough: Array) -> None:
    (x, y), (width, height) = at, part.texels
    u = _inside(np.arange(width), width)
    v = 1 - _inside(np.arange(height), height)
    grid_u, grid_v = np.meshgrid(u, v)
    assert part.paint is not None
    sheet = part.sheets[0]
    place = _sample(sheet.points, 1 - grid_u if sheet.mirror else grid_u, grid_v)
    paint = part.paint(Texels(u=grid_u, v=grid_v, place=place))
    color[y : y + height, x : x + width] = paint.color
    rough[y : y + height, x : x + width] = paint.rough


def _inside(texel: Ints, size: int) -> Array:
    """Texel centers to 0…1 within the rectangle's gutter; the gutter repeats the border."""
    return np.asarray(np.clip((texel + 0.5 - GUTTER) / (size - 2 * GUTTER), 0, 1))


def _sample(points: Array, u: Array, v: Array) -> Array:
    rows, columns = points.shape[:2]
    r, c = v * (rows - 1), u * (columns - 1)
    i, j = np.minimum(r.astype(int), rows - 2), np.minimum(c.astype(int), columns - 2)
    fr, fc = (r - i)[..., None], (c - j)[..., None]
    low = points[i, j] * (1 - fc) + points[i, j + 1] * fc
    high = points[i + 1, j] * (1 - fc) + points[i + 1, j + 1] * fc
    return np.asarray(low * (1 - fr) + high * fr)


Placed = tuple[Part, tuple[int, int]]


def _weld(group: str, material: str, placed: list[Placed]) -> tuple[FigureMesh, list[tuple[Skin | Hem, Array, Ints]]]:
    """One mesh of several parts. Points weld within a part only, so that two parts may touch and move apart."""
    points: list[Array] = []
    triangles: list[Ints] = []
    uvs: list[Array] = []
    skins: list[tuple[Skin | Hem, Array, Ints]] = []
    count = 0
    for part, at in placed:
        own, faces, uv = _weld_sheets(part, at)
        skins.append((part.skin, own, np.arange(count, count + len(own))))
        points.append(own)
        triangles.append(faces + count)
        uvs.append(uv)
        count += len(own)
    name = group if material == "painted" else f"{group}_{material}"
    mesh = FigureMesh(
        name=name,
        material=material,
        points=np.concatenate(points),
        triangles=np.concatenate(triangles),
        uv=np.concatenate(uvs),
        weights=np.zeros((0, 0)),
    )
    return mesh, skins


def _weld_sheets(part: Part, at: tuple[int, int]) -> tuple[Array, Ints, Array]:
    loose = np.concatenate([s.points.reshape(-1, 3) for s in part.sheets])
    starts = np.cumsum([0, *(s.rows * s.columns for s in part.sheets)])
    faces = np.concatenate([s.triangles() + start for s, start in zip(part.sheets, starts, strict=False)])
    uv = np.concatenate([_atlas_uv(s, part.texels, at).reshape(-1, 2) for s in part.sheets])
    _, first, joined = np.unique(np.round(loose, 6), axis=0, return_index=True, return_inverse=True)
    welded = joined.reshape(-1)[faces]
    whole = (
        (welded[:, 0] != welded[:, 1]) & (welded[:, 1] != welded[:, 2]) & (welded[:, 2] != welded[:, 0])
    )  # drops the slivers at the poles
    return loose[first], welded[whole], uv[faces[whole]]


def _atlas_uv(sheet: Sheet, size: tuple[int, int], at: tuple[int, int]) -> Array:
    (x, y), (width, height), uv = at, size, sheet.uv()
    column = x + GUTTER + uv[..., 0] * (width - 2 * GUTTER)
    row = y + GUTTER + (1 - uv[..., 1]) * (height - 2 * GUTTER)
    return np.stack([column / ATLAS, 1 - row / ATLAS], -1)


def _with_weights(mesh: FigureMesh, skins: list[tuple[Skin | Hem, Array, Ints]], joints: int) -> FigureMesh:
    weights = np.concatenate([skin.weights(points, joints) for skin, points, _ in skins])
    return FigureMesh(
        name=mesh.name,
        material=mesh.material,
        points=mesh.points,
        triangles=mesh.triangles,
        uv=mesh.uv,
        weights=strongest(weights),
    )


def strongest(weights: Array) -> Array:
    """Only the INFLUENCES largest weights of each row, summing to 1."""
    limit = np.sort(weights, axis=1)[:, -INFLUENCES][:, None]
    kept = np.where(weights >= np.maximum(limit, 1e-6), weights, 0)
    return np.asarray(kept / kept.sum(axis=1, keepdims=True))
