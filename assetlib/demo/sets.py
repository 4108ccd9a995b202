"""The observatory terrace at dusk: arcade, facade, domed tower, balustrade, garden, lamps; sea and sky beyond.

X runs east, -Z north toward the sea, Y up; the terrace is 14 m wide and lies on y = 0. Every side that a camera
of the cut looks at is built: west the arcade, south the house, east the tower, north the balustrade and the water.
"""

from __future__ import annotations

import numpy as np

from assetlib.demo import textures
from assetlib.demo.garden import bush, leaves_along, potted, urn
from assetlib.demo.shapes import Sheet, lathe, rotation, rounded_box, spline, sweep
from assetlib.demo.stage import Stage, StageMesh, arch, model_of
from assetlib.model.model_description import ModelDescription

DAIS = (1.7, 0.0, -2.7)
DAIS_HEIGHT = 0.16
LAMP_POSTS = ((-3.7, 0.0, -3.6), (4.6, 0.0, 2.4), (-4.2, 0.0, 3.6))
METERS = {
    "flagstone": 4.0,
    "ashlar": 2.4,
    "plaster": 3.0,
    "plank": 1.0,
    "terracotta": 0.8,
    "leaf": 0.8,
    "copper": 2.6,
}
NORTH, WEST, SOUTH, EAST = -5.7, -7.0, 7.0, 7.0


def build_set() -> ModelDescription:
    """The terrace as a model: meshes by label and finish, painted textures, no skeleton."""
    return model_of("terrace", build_stage())


def build_stage() -> tuple[StageMesh, ...]:
    """All meshes of the set, one for each label and finish."""
    stage = Stage(meters=METERS)
    _ground(stage)
    _balustrade(stage)
    _arcade(stage)
    _house(stage)
    _tower(stage)
    _lamps(stage)
    _garland(stage)
    _clutter(stage)
    _plants(stage)
    _surroundings(stage)
    return stage.meshes()


def _ground(stage: Stage) -> None:
    x, z = np.linspace(WEST - 1, EAST + 1, 17), np.linspace(SOUTH + 1, NORTH - 0.4, 15)
    grid = np.stack([*np.meshgrid(x, z)], -1)
    floor = np.stack([grid[..., 0], 0 * grid[..., 0], grid[..., 1]], -1)
    stage.add("floor", "flagstone", Sheet(points=floor))
    disk = [(1.95, 0), (1.95, DAIS_HEIGHT * 0.45), (1.65, DAIS_HEIGHT * 0.45), (1.65, DAIS_HEIGHT), (0, DAIS_HEIGHT)]
    stage.add("dais", "ashlar", lathe(disk, columns=64).moved(DAIS), smooth=False)
    for radius, wide in ((1.45, 0.05), (0.55, 0.03)):
        ring = [(radius + wide, DAIS_HEIGHT), (radius + wide, DAIS_HEIGHT + 0.008), (radius, DAIS_HEIGHT + 0.008)]
        stage.add("dais", "brass", lathe(ring, columns=64).moved(DAIS), smooth=False)
    for n in range(16):
        long = 1.32 if n % 4 == 0 else 0.98 if n % 2 == 0 else 0.76
        wide = 0.15 if n % 4 == 0 else 0.09
        point = np.array([[[-wide, 0, 0.6], [0, 0, 0.58]], [[0, 0, long], [0, 0, long]]])
        half = Sheet(points=point + (0, DAIS_HEIGHT + 0.006, 0))
        other = Sheet(points=(half.points * (-1, 1, 1))[:, ::-1])
        stage.place("dais", "brass" if n % 2 == 0 else "dark", [half, other], DAIS, n * 22.5)


def _baluster() -> Sheet:
    profile = [
        (0.055, 0),
        (0.055, 0.06),
        (0.04, 0.08),
        (0.075, 0.22),
        (0.062, 0.32),
        (0.032, 0.46),
        (0.05, 0.56),
        (0.055, 0.60),
    ]
    return lathe(profile, columns=12, rows=16)


def _balustrade(stage: Stage) -> None:
    baluster = _baluster()
    for x in np.arange(-6.72, 6.73, 0.28):
        if min(abs(x - p) for p in (-7, -3.5, 0, 3.5, 7)) > 0.22:
            stage.add("balustrade", "ashlar", baluster.moved((x, 0.16, NORTH)))
    stage.box("balustrade", "ashlar", (14, 0.16, 0.34), (0, 0, NORTH))
    for part in rounded_box((14, 0.12, 0.36), 0.04, (0, 0.82, NORTH), 3):
        stage.add("balustrade", "ashlar", part)
    for n, x in enumerate((-7, -3.5, 0, 3.5, 7)):
        stage.box("balustrade", "ashlar", (0.42, 0.96, 0.46), (x, 0, NORTH))
        for part in rounded_box((0.52, 0.09, 0.56), 0.03, (x, 0.99, NORTH), 3):
            stage.add("balustrade", "ashlar", part)
        if n % 2 == 0:
            globe_lamp(stage, (x, 1.03, NORTH), 0.17)
        else:
            urn(stage, (x, 1.03, NORTH), seed=n)


def globe_lamp(stage: Stage, at: tuple[float, float, float], radius: float) -> None:
    """A glowing globe in an iron cup with a cap."""
    cup = lathe([(0.04, 0), (0.05, 0.03), (0.03, 0.06), (radius * 0.6, 0.10), (radius * 0.62, 0.12)], columns=20)
    globe = lathe(_circle(radius, 12), columns=24).moved((0, 0.10 + radius * 0.85, 0))
    cap = lathe([(radius * 0.5, 0), (radius * 0.35, 0.04), (0.015, 0.07), (0.02, 0.10), (0, 0.12)], columns=20)
    stage.place("lamp", "iron", [cup, cap.moved((0, 0.08 + radius * 1.78, 0))], at)
    stage.place("lamp", "lamplight", [globe], at)


def _circle(radius: float, rows: int) -> list[tuple[float, float]]:
    angle = np.linspace(-np.pi / 2, np.pi / 2, rows)
    return [(float(radius * np.cos(a)), float(radius * np.sin(a))) for a in angle]


def _bay(stage: Stage, at: tuple[float, float, float], turn: float, top: float, lit: bool) -> None:
    """One bay of an arcade, 3.2 m wide: arch, its pier to the left, and a lit window or a door behind."""
    shape = arch(2.2, 2.1, top, 0.55)
    for finish, key in (("plaster", "wall"), ("ashlar", "soffit"), ("ashlar", "trim")):
        stage.place("arcade", finish, shape[key], at, turn)
    spin = rotation("y", turn)

    def local(x: float, y: float, z: float) -> np.ndarray:
        return np.asarray(np.asarray(at) + spin @ np.array([x, y, z]))

    for x in (-1.35, 1.35):
        stage.box("arcade", "plaster", (0.5, top, 0.56), local(x, 0, -0.28), turn)
        column = lathe(
            [
                (0.17, 0),
                (0.17, 0.08),
                (0.13, 0.12),
                (0.125, 1.0),
                (0.11, 1.92),
                (0.13, 1.96),
                (0.17, 2.04),
                (0.19, 2.10),
            ],
            columns=20,
        )
        stage.place("arcade", "ashlar", [column], local(x, 0, 0.12), turn)
    stage.box("arcade", "plaster", (2.3, top, 0.1), local(0, 0, -0.62), turn)
    if lit:
        glass = Sheet(points=_round_topped(1.24, 0.8, 1.9))
        stage.add("window", "glazing", Sheet(points=(glass.points @ spin.T) + local(0, 0, -0.555)), unwrap=True)
        stage.box("window", "ashlar", (1.6, 0.10, 0.30), local(0, 0.68, -0.50), turn)
    else:
        stage.place("door", "plank", [Sheet(points=_round_topped(1.6, 0.0, 1.7))], local(0, 0, -0.555), turn)
        stage.place("door", "iron", [Sheet(points=_round_topped(1.7, 0.0, 1.7))], local(0, 0, -0.562), turn)
        stage.box("door", "brass", (0.06, 0.06, 0.06), local(0.62, 1.0, -0.54), turn)


def _round_topped(width: float, foot: float, spring: float) -> np.ndarray:
    """A round-topped pane as a grid: columns across, rows from the sill to the arch."""
    x = np.linspace(-width / 2, width / 2, 15)
    top = spring + np.sqrt(np.maximum((width / 2) ** 2 - x**2, 0))
    share = np.linspace(0, 1, 5)[:, None]
    return np.stack([x + 0 * share, foot + (top - foot) * share, 0 * x + 0 * share], -1)


def _arcade(stage: Stage) -> None:
    for n, z in enumerate((-4.1, -0.9, 2.3, 5.5)):
        _bay(stage, (WEST, 0, z), 90, 4.3, lit=n != 2)
    for y, out, high in ((4.25, 0.34, 0.22), (4.47, 0.22, 0.16), (0.0, 0.06, 0.22)):
        stage.box("arcade", "ashlar", (0.8 + out, high, 12.9), (WEST - 0.4 + out / 2, y, 0.7))
    roof = np.array([[[WEST + 0.4, 4.6, 7.2], [WEST + 0.4, 4.6, -5.7]], [[WEST - 3, 6.1, 7.2], [WEST - 3, 6.1, -5.7]]])
    stage.add("arcade", "roof", Sheet(points=roof), smooth=False)


def _house(stage: Stage) -> None:
    for n, x in enumerate((-5.0, -1.8, 1.4, 4.6)):
        _bay(stage, (x, 0, SOUTH), 180, 3.6, lit=n != 1)
        pane = Sheet(points=_round_topped(0.9, 4.3, 5.3) * (-1, 1, 1) + (x, 0, SOUTH - 0.02))
        stage.add("window", "glazing", pane, unwrap=True)
        stage.box("window", "ashlar", (1.2, 0.1, 0.2), (x, 4.2, SOUTH - 0.06))
    stage.box("house", "plaster", (14, 2.9, 0.5), (0, 3.6, SOUTH + 0.27))
    for y, out in ((3.52, 0.16), (6.4, 0.30)):
        stage.box("house", "ashlar", (14.2, 0.22, 0.6 + out), (0, y, SOUTH + 0.25 - out / 2))


def _tower(stage: Stage) -> None:
    """The observatory: a round stone tower with a copper dome whose slit stands open and glows."""
    at = (7.6, 0, -1.2)
    body = [(3.05, 0), (3.05, 0.5), (2.85, 0.6), (2.75, 3.9), (2.95, 4.0), (3.05, 4.15), (3.05, 4.4), (2.7, 4.45)]
    stage.add("tower", "ashlar", lathe(body, columns=56).moved(at), smooth=False)
    angle = np.linspace(0, np.pi / 2, 14)
    dome = [(2.7 * float(np.cos(a)), 4.45 + 2.5 * float(np.sin(a))) for a in angle]
    stage.add("tower", "copper", lathe(dome, columns=64).moved(at), unwrap=True)
    stage.add(
        "tower", "brass", lathe([(0.12, 6.9), (0.05, 7.1), (0.14, 7.25), (0.05, 7.4), (0, 7.8)], columns=16).moved(at)
    )
    slit_angle = np.linspace(0.12, 1.45, 14)
    across = np.array([-0.32, 0.32])
    rows = [[(x, 4.45 + 2.54 * np.sin(a), 2.74 * np.cos(a)) for x in across] for a in slit_angle]
    stage.place("tower", "lamplight", [Sheet(points=np.array(rows))], at, -68)
    for side in (-0.36, 0.36):
        rail = [(side, 4.45 + 2.56 * np.sin(a), 2.78 * np.cos(a)) for a in slit_angle]
        stage.place("tower", "iron", [sweep(rail, [0.05] * len(rail), columns=8)], at, -68)
    for turn in (-98, -50, -20):
        pane = Sheet(points=_round_topped(0.7, 1.7, 2.9) + (0, 0, 2.84))
        stage.add("window", "glazing", pane.turned(rotation("y", turn)).moved(at), unwrap=True)
        frame = arch(0.72, 2.9, 3.3, 0.1)["trim"][0]
        stage.place("tower", "ashlar", [Sheet(points=frame.points + (0, 0, 2.80))], at, turn)


def _lamps(stage: Stage) -> None:
    post = lathe(
        [
            (0.17, 0),
            (0.17, 0.06),
            (0.10, 0.16),
            (0.06, 0.30),
            (0.045, 0.34),
            (0.036, 1.3),
            (0.055, 1.36),
            (0.034, 1.42),
            (0.03, 2.5),
        ],
        columns=18,
    )
    for at in LAMP_POSTS:
        stage.place("lamp", "iron", [post], at)
        globe_lamp(stage, (at[0], 2.5, at[2]), 0.19)


def _garland(stage: Stage) -> None:
    """Strings of small lamps from the arcade to the tower and the house, sagging."""
    spans = [
        ((-6.8, 3.9, -2.6), (-3.7, 3.05, -3.6), 0.35),
        ((-3.7, 3.05, -3.6), (4.9, 4.0, -2.2), 1.0),
        ((-6.8, 3.9, 3.9), (4.6, 3.05, 2.4), 0.35),
        ((4.6, 3.05, 2.4), (5.9, 4.0, -0.2), 0.3),
        ((-6.8, 3.9, 0.6), (5.1, 4.0, -1.0), 1.0),
    ]
    bulb = lathe([(0, -0.085), (0.035, -0.07), (0.05, -0.035), (0.035, 0), (0.014, 0.02)], columns=10)
    for start, end, sag in spans:
        t = np.linspace(0, 1, 25)[:, None]
        line = np.array(start) * (1 - t) + np.array(end) * t - np.array([0, 4 * sag, 0]) * t * (1 - t)
        stage.add("garland", "iron", sweep(line, [0.008] * 25, columns=5))
        count = max(3, int(np.linalg.norm(np.subtract(end, start)) / 0.75))
        for place in spline(line, count + 2)[1:-1]:
            stage.add("garland", "bulb", bulb.moved(place - (0, 0.03, 0)))


def _crate(stage: Stage, at: tuple[float, float, float], size: float, turn: float) -> None:
    stage.box("crate", "plank", (size, size, size), at, turn)
    spin, half = rotation("y", turn), size / 2
    for x in (-half, half):
        for z in (-half, half):
            stage.box("crate", "batten", (0.06, size + 0.02, 0.06), np.asarray(at) + spin @ np.array([x, 0, z]), turn)
    for y in (0.0, size - 0.05):
        for x, z, sx, sz in (
            (0, half, size, 0.05),
            (0, -half, size, 0.05),
            (half, 0, 0.05, size),
            (-half, 0, 0.05, size),
        ):
            stage.box("crate", "batten", (sx, 0.06, sz), np.asarray(at) + spin @ np.array([x, y, z]), turn)


def _clutter(stage: Stage) -> None:
    """Things that people left: crates, barrels, a bench, books and a rolled chart."""
    for at, size, turn in (
        ((4.1, 0, -4.6), 0.7, 12),
        ((4.85, 0, -4.75), 0.6, -18),
        ((4.3, 0.72, -4.65), 0.5, 33),
        ((-6.0, 0, 0.7), 0.6, 8),
        ((-5.9, 0.62, 0.75), 0.42, 40),
        ((5.6, 0, 3.6), 0.75, 20),
    ):
        _crate(stage, at, size, turn)
    barrel = lathe([(0, 0), (0.24, 0), (0.30, 0.3), (0.31, 0.42), (0.30, 0.54), (0.24, 0.84), (0, 0.82)], columns=24)
    for at in ((3.4, 0, -4.9), (6.2, 0, 2.7)):
        stage.place("barrel", "plank", [barrel], at)
        for y, r in ((0.14, 0.275), (0.36, 0.315), (0.50, 0.315), (0.70, 0.275)):
            hoop = lathe([(r - 0.01, -0.025), (r + 0.004, -0.025), (r + 0.004, 0.025), (r - 0.01, 0.025)], columns=24)
            stage.place("barrel", "iron", [hoop], (at[0], y, at[2]))
    for part in rounded_box((1.9, 0.10, 0.5), 0.03, (-2.1, 0.47, 4.9), 3):
        stage.add("bench", "ashlar", part)
    for x in (-2.75, -1.45):
        stage.box("bench", "ashlar", (0.18, 0.42, 0.42), (x, 0, 4.9))
    for n, (w, turn) in enumerate(((0.34, 5), (0.30, -14), (0.26, 22))):
        stage.box("book", ("cloth", "dark", "cloth")[n], (w, 0.06, w * 0.75), (-2.6, 0.52 + 0.06 * n, 4.9), turn)
    chart = sweep([(-1.9, 0.555, 4.95), (-1.4, 0.555, 4.85)], [0.035, 0.035], columns=14)
    stage.add("chart", "paper", chart)


def _plants(stage: Stage) -> None:
    for n, (x, z, size) in enumerate(
        (
            (-6.2, -2.5, 1.0),
            (-6.2, 4.0, 0.9),
            (-4.4, 6.2, 1.1),
            (2.9, 6.2, 0.9),
            (5.0, -4.0 + 9.6, 1.0),
            (-5.6, -5.0, 0.9),
            (6.3, 5.9, 1.2),
        )
    ):
        potted(stage, (x, 0.0, z), size, seed=n)
    for n, (x, z, r) in enumerate(((-6.6, -5.1, 0.5), (5.4, -5.3, 0.45), (-3.4, 6.5, 0.4), (6.0, 6.4, 0.6))):
        bush(stage, (x, 0.0, z), r, seed=40 + n)
    leaves_along(
        stage, [(-6.55, 4.2, -5.2), (-6.5, 4.35, -2.4), (-6.5, 4.1, 0.6), (-6.55, 4.3, 3.0)], 260, 0.42, seed=1
    )
    leaves_along(stage, [(-6.6, 0.2, -2.55), (-6.55, 1.8, -2.45), (-6.5, 4.1, -2.5)], 120, 0.20, seed=2)
    leaves_along(stage, [(-6.0, 3.5, 6.75), (-1.5, 3.75, 6.7), (2.6, 3.5, 6.75)], 260, 0.40, seed=3)
    leaves_along(stage, [(4.95, 0.2, 0.0), (5.0, 2.2, 0.25), (5.1, 3.9, -0.2)], 140, 0.30, seed=4)


def _surroundings(stage: Stage) -> None:
    water = np.linspace(5.6, 60, 12)
    angle = np.linspace(0, 2 * np.pi, 49)
    grid = np.stack([water[:, None] * np.sin(angle), np.full((12, 49), -6.0), -water[:, None] * np.cos(angle)], -1)
    stage.add("sea", "sea", Sheet(points=grid[::-1]), unwrap=True)
    elevation = np.radians(np.linspace(textures.SKY_LOW, textures.SKY_HIGH, 24))[:, None]
    turn = np.linspace(0, 2 * np.pi, 73)[None]
    ring = np.stack(
        [-np.sin(turn) * np.cos(elevation), np.sin(elevation) + 0 * turn, np.cos(turn) * np.cos(elevation)], -1
    )
    stage.add("sky", "sky", Sheet(points=ring * 62 + (0, 1.5, 0)), unwrap=True)
