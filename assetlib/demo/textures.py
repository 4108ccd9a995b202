"""The set's painted surfaces: tiling stone, plaster, wood and leaves, and the evening sky with its northern light.

Every function returns color (H, W, 3) and, where light depends on it, roughness (H, W), both uint8, row 0 on top.
All of them tile except the sky and the sea.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from assetlib.demo.paint import bytes_of, gradient, mix, rgb, step

Array = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]
Painted = tuple[Pixels, Pixels]

SKY_LOW, SKY_HIGH = -14.0, 68.0
"""Elevation in degrees of the sky texture's bottom and top."""


def _plane(width: int, height: int) -> tuple[Array, Array]:
    """u to the right and v up, 0…1."""
    u, v = np.meshgrid((np.arange(width) + 0.5) / width, 1 - (np.arange(height) + 0.5) / height)
    return u, v


def tiled(u: Array, v: Array, cells_u: int, cells_v: int, seed: int, octaves: int = 3) -> Array:
    """Value noise 0…1 that repeats at u = 1 and v = 1."""
    if (u == u[:1]).all() and (v == v[:, :1]).all():
        octave, u_given, v_given = _grid_octave, u[0], v[:, 0]
    else:
        octave, u_given, v_given = _tile_octave, u, v
    total, share, norm = np.zeros(u.shape), 1.0, 0.0
    for n in range(octaves):
        total += share * octave(u_given, v_given, cells_u << n, cells_v << n, seed + n)
        norm += share
        share *= 0.5
    return np.asarray(total / norm)


def _grid_octave(u: Array, v: Array, nu: int, nv: int, seed: int) -> Array:
    """One octave on the grid of u (W,) and v (H,): first along the table's rows, then between them. The same numbers as
    point by point, for a tenth of the work."""
    table = np.random.default_rng(seed).random((nv, nu))
    (i, fx), (j, fy) = _between(u * nu), _between(v * nv)
    rows = table[:, i % nu] * (1 - fx) + table[:, (i + 1) % nu] * fx
    return np.asarray(rows[j % nv] * (1 - fy)[:, None] + rows[(j + 1) % nv] * fy[:, None])


def _between(x: Array) -> tuple[npt.NDArray[np.int64], Array]:
    """The whole part, and the rest eased in and out."""
    i = np.floor(x).astype(np.int64)
    rest = x - i
    return i, rest * rest * (3 - 2 * rest)


def _tile_octave(u: Array, v: Array, nu: int, nv: int, seed: int) -> Array:
    """One octave point by point, at any u and v (H, W)."""
    table = np.random.default_rng(seed).random((nv, nu))
    (i, fx), (j, fy) = _between(u * nu), _between(v * nv)
    a, b = table[j % nv, i % nu], table[j % nv, (i + 1) % nu]
    c, d = table[(j + 1) % nv, i % nu], table[(j + 1) % nv, (i + 1) % nu]
    return np.asarray((a * (1 - fx) + b * fx) * (1 - fy) + (c * (1 - fx) + d * fx) * fy)


def _cells(u: Array, v: Array, across: int, up: int, seed: int, bond: float) -> tuple[Array, Array]:
    """Distance to the joint in cell units (0 at the joint) and a random value for each stone."""
    row = np.floor(v * up)
    x = u * across + (row % 2) * bond
    fx, fy = x % 1, (v * up) % 1
    edge = np.minimum(np.minimum(fx, 1 - fx), np.minimum(fy, 1 - fy) * across / up)
    table = np.random.default_rng(seed).random((up, across))
    return edge, table[row.astype(int) % up, np.floor(x).astype(int) % across]


def flagstones() -> Painted:
    """Floor: worn square flags in sand and slate, damp in places; 4 m a tile."""
    u, v = _plane(1024, 1024)
    edge, each = _cells(u, v, 8, 8, 3, 0.0)
    wobble = 0.02 * (tiled(u, v, 40, 40, 9) - 0.5)
    color = mix(
        gradient(each, [(0, "#6d6a72"), (0.45, "#8f8473"), (0.8, "#a3957c"), (1, "#59636d")]),
        rgb("#3a3733"),
        0.55 * tiled(u, v, 9, 9, 5),
    )
    joint = 1 - step(0.035, edge + wobble, 0.03)
    bevel = step(0.10, edge + wobble, 0.12)
    color = mix(color * (0.82 + 0.18 * bevel)[..., None], rgb("#25221f"), joint * 0.85)
    color = color * (0.90 + 0.2 * tiled(u, v, 160, 160, 31, 2))[..., None]
    damp = step(0.56, tiled(u, v, 5, 5, 77), 0.18)
    rough = 0.62 - 0.34 * damp + 0.15 * joint + 0.1 * (tiled(u, v, 60, 60, 8) - 0.5)
    return bytes_of(color * (1 - 0.25 * damp)[..., None]), bytes_of(rough)


def ashlar() -> Painted:
    """Walls: courses of pale stone with moss in the joints; 2.4 m a tile."""
    u, v = _plane(768, 768)
    edge, each = _cells(u, v, 4, 8, 12, 0.5)
    stone = gradient(each, [(0, "#8d7f72"), (0.5, "#a39381"), (1, "#b8a68e")])
    pits = tiled(u, v, 70, 70, 4, 3)
    joint = 1 - step(0.03, edge + 0.02 * (pits - 0.5), 0.035)
    color = mix(stone * (0.80 + 0.35 * pits)[..., None], rgb("#4b4a3c"), joint * 0.8)
    color = mix(color, rgb("#5f6a45"), 0.35 * step(0.62, tiled(u, v, 6, 6, 22), 0.2))
    return bytes_of(color), bytes_of(0.86 + 0.1 * (pits - 0.5))


def plaster() -> Painted:
    """A warm limewash, patched and rain-streaked; 3 m a tile."""
    u, v = _plane(512, 512)
    cloud, streak = tiled(u, v, 5, 5, 41, 4), tiled(u, v, 48, 3, 17)
    color = mix(rgb("#c98f63"), rgb("#e3b98a"), cloud)
    color = mix(color, rgb("#8b5d45"), 0.35 * step(0.58, streak, 0.2))
    return bytes_of(color * (0.93 + 0.12 * tiled(u, v, 90, 90, 6, 2))[..., None]), bytes_of(0.9 + 0 * u)


def planks() -> Painted:
    """Weathered boards along u, five to a tile; 1 m a tile."""
    u, v = _plane(512, 512)
    board = np.floor(v * 5)
    each = np.random.default_rng(8).random(5)[board.astype(int) % 5]
    gap = np.minimum((v * 5) % 1, 1 - (v * 5) % 1)
    grain = tiled(u, v, 4, 110, 15, 3)
    color = mix(rgb("#6b4526"), rgb("#a8763f"), 0.6 * grain + 0.4 * each)
    color = mix(color, rgb("#22160c"), 1 - step(0.05, gap, 0.05))
    nail = ((u * 2) % 1 - 0.08) ** 2 + (((v * 5) % 1 - 0.5) / 2.5) ** 2 < 0.0004
    color = mix(color, rgb("#2a2725"), nail.astype(float))
    return bytes_of(color), bytes_of(0.68 + 0.2 * (grain - 0.5))


def terracotta() -> Painted:
    u, v = _plane(256, 256)
    chalk = step(0.55, tiled(u, v, 6, 6, 2), 0.3)
    color = mix(rgb("#b5562e"), rgb("#d9a58a"), 0.5 * chalk)
    return bytes_of(color * (0.85 + 0.3 * tiled(u, v, 40, 40, 3))[..., None]), bytes_of(0.85 + 0 * u)


def foliage() -> Painted:
    """Leaves on leaves, lighter toward their tips."""
    u, v = _plane(512, 512)
    color = np.broadcast_to(rgb("#18301c"), (512, 512, 3)).copy()
    rng = np.random.default_rng(5)
    for n in range(700):
        x, y, turn, size, tone = rng.random(5)
        near = np.ix_((np.arange(-26, 27) + int((1 - y) * 512)) % 512, (np.arange(-26, 27) + int(x * 512)) % 512)
        du, dv = (u[near] - x + 0.5) % 1 - 0.5, (v[near] - y + 0.5) % 1 - 0.5
        c, s = np.cos(turn * 6.28), np.sin(turn * 6.28)
        a, b = (du * c + dv * s) / (0.02 + 0.02 * size), (dv * c - du * s) / 0.011
        leaf = (a**2 + b**2 * (1.2 + a)) < 1
        shade = (0.45 + 0.5 * tone + 0.18 * a) * (1 - 0.25 * (np.abs(b) < 0.12)) * (0.5 + n / 1400)
        hue = rgb("#5d8f3e") * (1 - tone * 0.5) + rgb("#3f7a55") * tone * 0.5
        color[near] = np.where(leaf[..., None], np.clip(shade, 0, 1.2)[..., None] * hue, color[near])
    return bytes_of(color), bytes_of(np.full(u.shape, 0.7))


def copper() -> Painted:
    """A verdigris roof in standing seams; 16 seams a tile."""
    u, v = _plane(512, 256)
    seam = np.abs(((u * 16) % 1) - 0.5) * 2
    patina = tiled(u, v, 12, 6, 33, 4)
    color = mix(rgb("#2d6a60"), rgb("#6fb5a0"), patina)
    color = mix(color, rgb("#7a4a2c"), 0.6 * step(0.66, tiled(u, v, 7, 4, 90), 0.12))
    return bytes_of(color * (0.72 + 0.28 * step(0.08, 1 - seam, 0.08))[..., None]), bytes_of(0.5 + 0.3 * patina)


def glazing() -> Pixels:
    """A lit window: leaded panes, warm, brighter in the middle; used as emission."""
    u, v = _plane(256, 384)
    bars = np.minimum(np.abs(((u * 4 + v * 6) % 1) - 0.5), np.abs(((u * 4 - v * 6) % 1) - 0.5))
    glow = 0.55 + 0.45 * np.exp(-(((u - 0.5) / 0.4) ** 2 + ((v - 0.42) / 0.45) ** 2))
    pane = tiled(u, v, 8, 12, 61, 1)
    color = gradient(glow * (0.85 + 0.3 * pane), [(0.3, "#7a3410"), (0.75, "#e88a2e"), (1.15, "#ffd284")])
    return bytes_of(color * (0.12 + 0.88 * step(0.06, bars, 0.03))[..., None])


def sky() -> Pixels:
    """Dusk all around: u runs clockwise from south (+Z) seen from above, v from SKY_LOW to SKY_HIGH degrees.

    An afterglow in the west, the northern light over the sea in the north, stars, and a far shore with its lamps.
    """
    u, v = _plane(2048, 512)
    elevation = SKY_LOW + v * (SKY_HIGH - SKY_LOW)
    color = gradient(
        elevation,
        [(0, "#d98a5c"), (2.5, "#b8746e"), (7, "#5d5a8c"), (16, "#2b3f78"), (34, "#152758"), (68, "#0b153c")],
    )
    west = np.exp(-(((((u - 0.75 + 0.5) % 1) - 0.5) / 0.16) ** 2))
    glow = gradient(elevation, [(0, "#ffb058"), (4, "#ff8a4c"), (12, "#d0608a"), (26, "#5a4a8e"), (45, "#1c2f66")])
    color = mix(color, glow, west * 0.85)
    color = _clouds(color, u, v, elevation)
    color = color + _stars(u, v, elevation)[..., None] * rgb("#dfe8ff")
    color = color + _aurora(u, v, elevation)
    return bytes_of(_shore(color, u, elevation))


def _clouds(color: Array, u: Array, v: Array, elevation: Array) -> Array:
    wisps = tiled(u, v, 14, 22, 101, 5)
    cover = step(0.56, wisps, 0.16) * np.exp(-(((elevation - 9) / 8) ** 2))
    return mix(color, rgb("#f2a27c") * 0.9, cover * 0.5)


def _stars(u: Array, v: Array, elevation: Array) -> Array:
    rng = np.random.default_rng(19)
    field = np.zeros(u.shape)
    height, width = u.shape
    ys, xs, power = rng.integers(1, height - 1, 900), rng.integers(1, width - 1, 900), rng.random(900) ** 3
    for y, x, p in zip(ys, xs, power, strict=True):
        field[y, x] += 0.35 + 0.65 * p
        field[y - 1 : y + 2, x - 1 : x + 2] += 0.18 * p
    return np.asarray(field * step(16, elevation, 20))


def _aurora(u: Array, v: Array, elevation: Array) -> Array:
    """Three curtains over the north: sharp below, fading upward, with fine rays."""
    light = np.zeros((*u.shape, 3))
    around = ((u - 0.5 + 0.5) % 1) - 0.5
    for base, sway, phase, power in ((9.0, 4.0, 0.3, 1.0), (15.0, 6.0, 2.1, 0.8), (24.0, 5.0, 4.0, 0.6)):
        foot = base + sway * np.sin(around * 22 + phase) + 1.8 * np.sin(around * 57 + phase * 3)
        height = (elevation - foot) / 13.0
        curtain = step(0.05, height, 0.22) * np.exp(-np.clip(height, 0, None) * 3.0)
        rays = 0.25 + 0.75 * tiled(u + 0.004 * height, 0 * v, 260, 1, int(base), 2) ** 1.5
        fade = np.exp(-((around / 0.24) ** 2)) * (0.25 + 0.75 * tiled(u, 0 * v, 12, 1, int(base) + 5, 1))
        hue = gradient(np.clip(height, 0, 1), [(0, "#4dffb0"), (0.35, "#2fd0b0"), (0.7, "#6a6fe0"), (1, "#b050d0")])
        light += hue * (curtain * rays * fade * power)[..., None]
    return light * 0.8


def _shore(color: Array, u: Array, elevation: Array) -> Array:
    """Two ridges against the sky, the nearer with lamps along the water; below them the sea's haze."""
    far = 1.2 + 2.6 * tiled(u, 0 * u, 9, 1, 7, 4)
    near = -0.6 + 2.4 * tiled(u, 0 * u, 14, 1, 3, 4)
    color = mix(color, rgb("#4a4570"), 1 - step(far, elevation, 0.25))
    color = mix(color, rgb("#232a4c"), 1 - step(near, elevation, 0.25))
    rng = np.random.default_rng(23)
    height, width = u.shape
    row = int((1 - (0.0 - SKY_LOW) / (SKY_HIGH - SKY_LOW)) * height)
    for x, up in zip(rng.integers(1, width - 1, 260), rng.integers(0, 6, 260), strict=True):
        color[row - up, x : x + 2] = rgb("#ffd890") * (1 - up * 0.07)
    return mix(color, rgb("#1b2a4a"), 1 - step(-0.9, elevation, 0.4))


def sea() -> Pixels:
    """Water seen from the terrace: dark, long ripples, a path of green light in the middle; tiles along u only."""
    u, v = _plane(512, 512)
    ripple = tiled(u, v, 10, 70, 51, 3)
    color = gradient(v, [(0, "#0b1a33"), (0.6, "#14284a"), (1, "#2f3f66")])
    color = mix(color, rgb("#3f9a8e"), 0.5 * step(0.60, ripple, 0.12))
    return bytes_of(mix(color, rgb("#c98a6a"), 0.4 * step(0.72, tiled(u, v, 14, 110, 8, 2), 0.08)))
