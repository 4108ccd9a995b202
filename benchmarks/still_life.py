"""A procedural scene of the passes benchmark: about 100,000 triangles, textured, with three area lights and a dome."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Camera, Floats, Light, LightKind, Material, Mesh, Scene, SceneEntity, Texture

_Grid = tuple[Floats, Floats, Floats]


def still_life(*, detail: int = 128, frame: int = 1001) -> Scene:
    """A table top with a checkered ball, a metal ball, a striped torus, a wooden box and a wall behind."""
    meshes = (
        _mesh("/Set/Floor", _floor(), 0, 0, spread=12.0),
        _mesh("/Set/Wall", _wall(), 1, 0, spread=1.0),
        _mesh("/Hero/Ball", _torus_or_ball(detail, 0.0, 0.6, (-0.95, 0.6, 0.2)), 2, 1, part=1, drift=0.03),
        _mesh("/Chrome/Ball", _torus_or_ball(detail, 0.0, 0.5, (0.35, 0.5, -0.55)), 3, 2, part=1),
        _mesh("/Ring/Torus", _torus_or_ball(detail, 0.55, 0.2, (1.25, 0.2, 0.55)), 4, 3, part=1, spread=6.0),
        _mesh("/Box/Box", _box((-0.1, 0.275, 0.95), 0.275, 0.5), 5, 4, part=1),
        _mesh("/Pearl/Ball", _torus_or_ball(detail // 2, 0.0, 0.22, (0.55, 0.22, 1.1)), 6, 5, part=1),
    )
    names = ("Hero", "Chrome", "Ring", "Box", "Pearl")
    return Scene(
        frame=frame,
        rate=Fraction(24),
        meshes=meshes,
        materials=_materials(),
        textures=_textures(),
        lights=_lights(),
        camera=_camera(),
        entities=tuple(
            SceneEntity(name=n, entity=f"assetlib:///props/{n.lower()}", digest="", path=f"/{n}") for n in names
        ),
        background=(0.05, 0.06, 0.08),
    )


def _materials() -> tuple[Material, ...]:
    return (
        Material(name="floor", base_color_texture=0, roughness=0.42),
        Material(name="wall", base_color=(0.30, 0.36, 0.42), roughness=0.9),
        Material(name="checker", base_color_texture=1, roughness=0.35),
        Material(name="chrome", base_color=(0.92, 0.88, 0.80), roughness=0.16, metallic=1.0),
        Material(name="stripes", base_color_texture=2, roughness=0.5),
        Material(name="wood", base_color_texture=3, roughness=0.6),
        Material(name="pearl", base_color=(0.75, 0.12, 0.10), roughness=0.2),
    )


def _textures() -> tuple[Texture, ...]:
    y, x = np.mgrid[0:512, 0:512]
    planks = 0.5 + 0.05 * np.sin(x / 3.0 + 6 * np.sin(y / 90.0)) - 0.22 * ((y % 64) < 2)
    checks = ((x // 32 + y // 64) % 2).astype(float)
    stripes = ((x // 64) % 2).astype(float)
    rings = 0.5 + 0.12 * np.sin(np.hypot(x - 150, (y - 200) * 0.25) / 3.5)
    return (
        _texture("planks", planks, (66, 48, 36), (190, 158, 122)),
        _texture("checks", checks, (28, 66, 120), (238, 232, 214)),
        _texture("stripes", stripes, (222, 150, 32), (60, 42, 92)),
        _texture("rings", rings, (96, 58, 28), (224, 176, 118)),
    )


def _texture(name: str, mix: npt.NDArray[np.floating], dark: tuple[int, ...], light: tuple[int, ...]) -> Texture:
    share = np.clip(mix, 0, 1)[..., None]
    return Texture(
        name=name, pixels=(np.array(dark) * (1 - share) + np.array(light) * share).astype(np.uint8), srgb=True
    )


def _lights() -> tuple[Light, ...]:
    return (
        Light(
            path="/Key",
            kind=LightKind.RECT,
            transform=_aim((-2.6, 3.6, 2.8), (0, 0.3, 0)),
            color=(17.0, 15.4, 13.4),
            size=(1.4, 1.4),
        ),
        Light(
            path="/Rim",
            kind=LightKind.DISK,
            transform=_aim((2.8, 2.9, -1.6), (0.2, 0.5, 0)),
            color=(9.0, 11.0, 15.0),
            size=(0.6,),
        ),
        Light(
            path="/Fill",
            kind=LightKind.SPHERE,
            transform=_aim((3.4, 1.9, 3.4), (0, 0, 0)),
            color=(3.2, 3.4, 4.0),
            size=(0.5,),
        ),
        Light(path="/Dome", kind=LightKind.DOME, transform=np.eye(4, dtype=np.float32), color=(0.16, 0.19, 0.24)),
    )


def _camera() -> Camera:
    return Camera(
        path="/Camera",
        to_world=_aim((0.35, 1.55, 5.2), (0.12, 0.5, 0.0)),
        next_to_world=_aim((0.40, 1.55, 5.18), (0.12, 0.5, 0.0)),
        focal_length=40.0,
        horizontal_aperture=36.0,
        vertical_aperture=20.25,
        focus_distance=4.7,
        f_stop=2.8,
    )


def _aim(eye: tuple[float, float, float], target: tuple[float, float, float]) -> Floats:
    back = np.subtract(eye, target) / np.linalg.norm(np.subtract(eye, target))
    right = np.cross((0.0, 1.0, 0.0), back)
    right /= np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = right, np.cross(back, right), back, eye
    return matrix.astype(np.float32)


def _mesh(
    path: str, grid: _Grid, material: int, entity: int, *, part: int = 0, drift: float = 0.0, spread: float = 1.0
) -> Mesh:
    points, normals, uv = grid
    rows, columns = points.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], -1).reshape(-1, 4)
    triangles = np.concatenate((quads[:, [0, 1, 2]], quads[:, [0, 2, 3]])).astype(np.int32)
    flat = points.reshape(-1, 3).astype(np.float32)
    return Mesh(
        path=path,
        points=flat,
        next_points=flat + np.float32((drift, 0, 0)) if drift else flat,
        rest=flat,
        triangles=triangles,
        materials=np.full(len(triangles), material, np.int32),
        parts=np.full(len(triangles), part, np.int32),
        entity=entity,
        normals=normals.reshape(-1, 3).astype(np.float32)[triangles],
        uv=(uv.reshape(-1, 2) * spread).astype(np.float32)[triangles],
    )


def _floor() -> _Grid:
    v, u = np.meshgrid(np.linspace(0, 1, 2), np.linspace(0, 1, 2))
    return np.stack([u * 24 - 12, u * 0, v * 24 - 12], -1), np.broadcast_to([0, 1, 0], (2, 2, 3)), np.stack([u, v], -1)


def _wall() -> _Grid:
    """A studio sweep: the floor bends up into the wall."""
    angle = np.linspace(0, np.pi / 2, 24)
    z, y = np.append(-3.0 - np.sin(angle), -4.0), np.append(1.001 - np.cos(angle), 9.0)
    nz, ny = np.append(np.sin(angle), 1.0), np.append(np.cos(angle), 0.0)
    x = np.array([-12.0, 12.0])
    points = np.stack([np.repeat(x[None], 25, 0), np.repeat(y[:, None], 2, 1), np.repeat(z[:, None], 2, 1)], -1)
    normals = np.stack([np.zeros((25, 2)), np.repeat(ny[:, None], 2, 1), np.repeat(nz[:, None], 2, 1)], -1)
    return points, normals, np.zeros((25, 2, 2))


def _torus_or_ball(detail: int, ring: float, radius: float, center: tuple[float, float, float]) -> _Grid:
    """A torus with horizontal ring radius `ring`, or a ball where that is zero."""
    u, v = np.linspace(0, 1, detail), np.linspace(0, 1, detail if ring else detail // 2 + 1)
    around, up = np.meshgrid(u * 2 * np.pi, v * 2 * np.pi if ring else (0.5 - v) * np.pi, indexing="ij")
    normals = np.stack([np.cos(up) * np.sin(around), np.sin(up), np.cos(up) * np.cos(around)], -1)
    spine = np.stack([np.sin(around), np.zeros_like(around), np.cos(around)], -1) * ring
    uv = np.stack(np.meshgrid(u, 1 - v, indexing="ij"), -1)
    return spine + normals * radius + np.array(center), normals, uv


def _box(center: tuple[float, float, float], half: float, turn: float) -> _Grid:
    """Six faces as one strip of separate quads would break the grid; a swept square profile with flat normals does."""
    angles = np.repeat(np.arange(5) * np.pi / 2 + np.pi / 4, 2) + turn
    faces = np.concatenate(([0.0], np.repeat(np.arange(4) * np.pi / 2 + np.pi / 2, 2), [0.0])) + turn
    faces[0], faces[-1] = faces[-2], faces[1]
    corner = np.stack([np.sin(angles), np.zeros(10), np.cos(angles)], -1) * half * np.sqrt(2)
    side = np.stack([np.sin(faces), np.zeros(10), np.cos(faces)], -1)
    top = corner + np.array([0, half, 0])
    rows = [corner - np.array([0, half, 0]), top, top, np.repeat([[0, half, 0]], 10, 0)]
    normals = [side, side, np.repeat([[0, 1, 0]], 10, 0), np.repeat([[0, 1, 0]], 10, 0)]
    u = np.repeat(np.arange(5), 2)[None] * np.ones((4, 1)) * 0.5
    v = np.array([0, 0.5, 0.5, 0.8])[:, None] * np.ones((1, 10))
    points = np.stack(rows, 1) + np.array(center)
    return points, np.stack(normals, 1), np.stack([u, v], -1).transpose(1, 0, 2)
