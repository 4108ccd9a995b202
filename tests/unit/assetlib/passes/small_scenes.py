"""Scenes whose pictures are known from geometry alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from assetlib.model.scene import Camera, Floats, Light, LightKind, Material, Mesh, Scene, SceneEntity

GRAY = Material(name="gray", base_color=(0.5, 0.5, 0.5), roughness=1.0)


def at(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Floats:
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, 3] = x, y, z
    return matrix


def downward(x: float, y: float, z: float) -> Floats:
    """A light's placing whose -z looks along world -y."""
    matrix = np.array([[1, 0, 0, x], [0, 0, 1, y], [0, -1, 0, z], [0, 0, 0, 1]], np.float32)
    assert np.allclose(matrix[:3, :3] @ (0, 0, -1), (0, -1, 0))
    return matrix


def camera(*, position: Floats | None = None, following: Floats | None = None, **lens: float) -> Camera:
    """A camera at the origin that looks along -z with a 90 degree wide view."""
    place = at() if position is None else position
    values = {"focal_length": 18.0, "horizontal_aperture": 36.0, "vertical_aperture": 36.0} | lens
    return Camera(path="/Camera", to_world=place, next_to_world=place if following is None else following, **values)


def quad(
    corners: list[tuple[float, float, float]],
    *,
    entity: int = 1,
    part: int = 1,
    material: int = 0,
    drift: tuple[float, float, float] = (0, 0, 0),
) -> Mesh:
    points = np.array(corners, np.float32)
    return Mesh(
        path="/Quad",
        points=points,
        next_points=points + np.array(drift, np.float32),
        rest=points + 100.0,
        triangles=np.array([[0, 1, 2], [0, 2, 3]], np.int32),
        materials=np.full(2, material, np.int32),
        parts=np.full(2, part, np.int32),
        entity=entity,
        uv=np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)[[[0, 1, 2], [0, 2, 3]]],
    )


def wall(z: float, half: float = 50.0, **kwargs: object) -> Mesh:
    corners = [(-half, -half, z), (half, -half, z), (half, half, z), (-half, half, z)]
    return quad(corners, **kwargs)  # type: ignore[arg-type]


def floor(y: float = 0.0, half: float = 50.0, **kwargs: object) -> Mesh:
    corners = [(-half, y, half), (half, y, half), (half, y, -half), (-half, y, -half)]
    return quad(corners, **kwargs)  # type: ignore[arg-type]


def ball(center: tuple[float, float, float], radius: float, detail: int = 96, entity: int = 1) -> Mesh:
    u, v = np.meshgrid(np.linspace(0, 2 * np.pi, detail), np.linspace(-np.pi / 2, np.pi / 2, detail), indexing="ij")
    unit = np.stack([np.cos(v) * np.sin(u), np.sin(v), np.cos(v) * np.cos(u)], -1).reshape(-1, 3)
    index = np.arange(detail * detail).reshape(detail, detail)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], -1).reshape(-1, 4)
    triangles = np.concatenate((quads[:, [0, 1, 2]], quads[:, [0, 2, 3]])).astype(np.int32)
    points = (unit * radius + np.array(center)).astype(np.float32)
    return Mesh(
        path="/Ball",
        points=points,
        next_points=points,
        rest=points,
        triangles=triangles,
        materials=np.zeros(len(triangles), np.int32),
        parts=np.ones(len(triangles), np.int32),
        entity=entity,
        normals=unit[triangles].astype(np.float32),
    )


def dome(radiance: float = 1.0) -> Light:
    return Light(path="/Dome", kind=LightKind.DOME, transform=at(), color=(radiance,) * 3)


def sun(angle: float = 0.5) -> Light:
    """Straight from above, irradiance 1 on the floor."""
    return Light(
        path="/Sun", kind=LightKind.DISTANT, transform=downward(0, 5, 0), color=(1, 1, 1), size=(angle,), normalize=True
    )


def scene(*meshes: Mesh, **kwargs: object) -> Scene:
    entities = tuple(SceneEntity(name=f"e{i}", entity="", digest="", path="") for i in range(3))
    values: dict[str, object] = {
        "frame": 1001,
        "rate": Fraction(24),
        "materials": (GRAY,),
        "textures": (),
        "lights": (dome(),),
        "camera": camera(),
        "entities": entities,
    }
    return Scene(meshes=meshes, **(values | kwargs))  # type: ignore[arg-type]


def looking_down(height: float) -> Camera:
    """A camera above the floor, looking straight down; picture up is world -z."""
    matrix = np.array([[1, 0, 0, 0], [0, 0, 1, height], [0, -1, 0, 0], [0, 0, 0, 1]], np.float32)
    return replace(camera(position=matrix))
