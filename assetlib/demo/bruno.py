"""Bruno: a short, round, violet creature with yellow dots, a leather backpack and a lantern on it.

His marks, which hold at any distance: an egg on two feet, small round ears, big dots, a pack wider than his head.
1.02 m to the crown; faces +Z, stands on y = 0.
"""

from __future__ import annotations

import numpy as np

from assetlib.demo.anatomy import eye_globe, eyelid, iris, skeleton_of
from assetlib.demo.figure import Part
from assetlib.demo.paint import Paint, Texels, coat, fractal, fur, mix, plain, rgb, spots, step, weave
from assetlib.demo.shapes import (
    Array,
    Field,
    Sheet,
    blend,
    cast,
    ellipsoid,
    lathe,
    project,
    rotation,
    rounded_box,
    spline,
    sweep,
)
from assetlib.demo.skeleton import Skin

VIOLET, LILAC, YELLOW = rgb("#6a3fb0"), rgb("#d9c4ee"), rgb("#ffd23a")
HIDE, CANVAS = rgb("#8a4f26"), rgb("#2f7f83")
EYE = np.array([0.092, 0.735, 0.185])
EYE_RADIUS = 0.074
MIDDLE = np.array([0.0, 0.50, 0.0])

_CENTER = {
    "root": (0, 0, 0),
    "root/hips": (0, 0.26, 0),
    "root/hips/spine": (0, 0.38, 0),
    "root/hips/spine/chest": (0, 0.50, 0),
    "root/hips/spine/chest/neck": (0, 0.58, 0),
    "root/hips/spine/chest/neck/head": (0, 0.64, 0),
    "root/hips/tail_1": (0, 0.22, -0.27),
    "root/hips/spine/chest/pack": (0, 0.55, -0.24),
    "root/hips/spine/chest/pack/lantern": (-0.245, 0.53, -0.36),
}
_SIDE = {
    "root/hips/thigh": (0.135, 0.22, 0.01),
    "root/hips/thigh/shin": (0.14, 0.14, 0.015),
    "root/hips/thigh/shin/foot": (0.145, 0.07, 0.0),
    "root/hips/spine/chest/shoulder": (0.18, 0.54, 0.02),
    "root/hips/spine/chest/shoulder/arm": (0.265, 0.535, 0.03),
    "root/hips/spine/chest/shoulder/arm/forearm": (0.355, 0.42, 0.05),
    "root/hips/spine/chest/shoulder/arm/forearm/hand": (0.405, 0.31, 0.085),
    "root/hips/spine/chest/neck/head/ear": (0.165, 0.90, -0.02),
    "root/hips/spine/chest/neck/head/eye": tuple(EYE),
    "root/hips/spine/chest/neck/head/lid": tuple(EYE),
    "root/hips/spine/chest/neck/head/brow": (0.10, 0.84, 0.19),
}
SKELETON = skeleton_of(_CENTER, _SIDE)


def parts() -> list[Part]:
    return [*_body(), *_face(), *_ears(), *_arms(), *_legs(), *_backpack(), *_straps(), *_lantern()]


# -- paint ------------------------------------------------------------------------------------------------------


def dot_centers(count: int = 74) -> tuple[Array, Array]:
    """Dots spread over the body by the golden angle, none on the belly or the face; centers (n, 3) and radii."""
    n = np.arange(count) + 0.5
    height, turn = 1 - 2 * n / count, np.pi * (1 + 5**0.5) * n
    around = np.sqrt(1 - height**2)
    rays = np.stack([around * np.cos(turn), height, around * np.sin(turn)], -1)
    on_body = _from_middle(rays)
    radii = 0.032 + 0.020 * np.abs(np.sin(n * 2.39))
    x, y, z = on_body.T
    belly = (x / 0.225) ** 2 + ((y - 0.34) / 0.26) ** 2 < 1
    face = (x / 0.22) ** 2 + ((y - 0.68) / 0.165) ** 2 < 1
    free = ~((belly | face) & (z > 0))
    return on_body[free], radii[free]


def _from_middle(rays: Array) -> Array:
    distance = np.full(len(rays), 0.9)
    field = body_field()
    for _ in range(48):
        distance -= 0.8 * field(MIDDLE + rays * distance[:, None])
    return np.asarray(MIDDLE + rays * distance[:, None])


def _pelt(t: Texels) -> Paint:
    """Violet fur with yellow dots, a lilac belly, a lilac mask around the eyes and warm cheeks."""
    centers, radii = dot_centers()
    dots = spots(t.place + 0.006 * (fractal(t.place, 0.03, 7)[..., None] - 0.5), centers, radii, 0.005)
    ragged = 0.03 * (fractal(t.place, 0.025, 4) - 0.5)
    front = step(0.02, t.z, 0.04)
    belly = 1 - step(1.0, (t.x / 0.185) ** 2 + ((t.y - 0.34) / 0.215) ** 2 + ragged * 3, 0.08)
    face = 1 - step(1.0, (t.x / 0.17) ** 2 + ((t.y - 0.655) / 0.115) ** 2 + ragged * 3, 0.08)
    shade_top = step(0.55, t.y, 0.6) * 0.25
    color = mix(mix(VIOLET, rgb("#4c2a92"), 1 - step(0.3, t.y, 0.5)), rgb("#8458cf"), shade_top)
    color = mix(mix(color, YELLOW, dots), LILAC, np.maximum(belly, face) * front)
    cheek = sum(np.exp(-(((t.x - s * 0.165) / 0.045) ** 2 + ((t.y - 0.635) / 0.035) ** 2)) for s in (-1.0, 1.0)) * front
    return coat(mix(color, rgb("#ff8fa8"), 0.75 * np.asarray(cheek)), fur(t, 0.13), 0.88)


def _limb(t: Texels) -> Paint:
    shade = fur(t, 0.13)
    tip = step(0.80, t.v + 0.03 * (fractal(t.place, 0.03, 3) - 0.5), 0.05)
    return coat(mix(VIOLET, rgb("#43257f"), tip), shade, 0.88)


def _ear(t: Texels) -> Paint:
    inner = (1 - step(1.0, ((np.abs(t.x) - 0.172) / 0.052) ** 2 + ((t.y - 0.945) / 0.055) ** 2, 0.2)) * step(
        -0.005, t.z, 0.01
    )
    return coat(mix(VIOLET, rgb("#f0a6c4"), inner), fur(t, 0.12), 0.88)


def _mouth(t: Texels) -> Paint:
    """A dark mouth with a pink tongue at its floor."""
    tongue = 1 - step(0.55, t.v + 1.6 * (t.u - 0.5) ** 2, 0.08)
    return coat(mix(rgb("#3a0f2b"), rgb("#e2607c"), tongue), np.ones(t.u.shape), 0.4)


def _leather(t: Texels) -> Paint:
    """Tan leather with a pale worn edge and a stitched border."""
    edge = np.minimum(np.minimum(t.u, 1 - t.u), np.minimum(t.v, 1 - t.v))
    worn = 0.5 * (1 - step(0.05, edge, 0.05)) + 0.35 * fractal(t.place, 0.05, 12)
    stitch = (np.abs(edge - 0.09) < 0.008) * (np.sin((t.u + t.v) * 160) > 0)
    color = mix(mix(HIDE, rgb("#c08a52"), worn * 0.7), rgb("#f2dcae"), np.asarray(stitch, np.float64) * 0.9)
    return coat(color, 0.88 + 0.24 * fractal(t.place, 0.012, 5), 0.52 + 0.2 * worn)


def _blanket(t: Texels) -> Paint:
    band = (np.abs(((t.v * 5) % 1) - 0.5) < 0.12).astype(float)
    color = mix(CANVAS, rgb("#f4e2b8"), band)
    return coat(color, weave(t, 90, 120, 0.06) * (0.92 + 0.16 * fractal(t.place, 0.04, 9)), 0.9)


# -- shape ------------------------------------------------------------------------------------------------------


def body_field() -> Field:
    """A pear: belly and head melted into one."""
    return blend(
        [
            ellipsoid((0, 0.37, 0.0), (0.305, 0.275, 0.275)),
            ellipsoid((0, 0.70, 0.015), (0.252, 0.235, 0.232)),
            ellipsoid((0, 0.635, 0.17), (0.105, 0.060, 0.085)),
        ],
        0.12,
    )


def _spine(softness: float = 0.07) -> Skin:
    return SKELETON.chain("hips", "spine", "chest", "neck", "head", end=(0, 1.0, 0), softness=softness)


def _body() -> list[Part]:
    body = cast(body_field(), MIDDLE, rows=72, columns=80, reach=0.9)
    path = spline([(0, 0.93, 0.0), (0.012, 0.985, 0.01), (0.045, 1.02, 0.03)], 10)
    tufts = [sweep(path, np.linspace(0.024, 0.003, 10), columns=10)]
    for lean, size in ((-0.055, 0.9), (0.02, 0.75)):
        knots = [(lean * 0.5, 0.925, -0.02), (lean, 0.975, -0.015), (lean * 1.9, 1.0 * size + 0.11, 0.005)]
        tufts.append(sweep(spline(knots, 10), np.linspace(0.022, 0.003, 10), columns=10))
    puff = cast(ellipsoid((0, 0.215, -0.29), (0.062,) * 3), (0, 0.215, -0.29), rows=16, columns=20, reach=0.2)
    return [
        Part(group="body", sheets=(body,), skin=_spine(), paint=_pelt, texels=(640, 512)),
        Part(
            group="body",
            sheets=tuple(tufts),
            skin=SKELETON.rigid("head"),
            paint=plain("#5a329f", 0.88),
            texels=(32, 32),
        ),
        Part(
            group="body",
            sheets=(puff,),
            skin=SKELETON.rigid("tail_1"),
            paint=plain("#ffd23a", 0.9, 0.15),
            texels=(32, 32),
        ),
    ]


def _face() -> list[Part]:
    field, head = body_field(), SKELETON.rigid("head")
    nose = cast(ellipsoid((0, 0.672, 0.262), (0.030, 0.022, 0.020)), (0, 0.672, 0.262), rows=16, columns=20, reach=0.1)
    x = np.linspace(-1, 1, 29)
    upper = np.stack([x * 0.088, 0.606 + 0.030 * x**2, 0 * x + 0.2], -1)
    open_by = 0.048 * np.clip(1 - x**2, 0, 1) ** 0.8
    rows = [upper - np.stack([0 * x, open_by * share, 0 * x], -1) for share in np.linspace(1, 0, 9)]
    on_face = [project(field, row, (0, 0, -1)) for row in rows]
    inside = Sheet(points=np.stack(on_face) + (0, 0, 0.002))
    lips = [
        sweep(edge, 0.0055 * np.sqrt(np.clip(1.08 - x**2, 0.08, 1)), columns=8) for edge in (on_face[0], on_face[-1])
    ]
    tooth_at = project(field, np.array([[0.018, 0.598, 0.2]]), (0, 0, -1))[0]
    tooth = rounded_box((0.026, 0.020, 0.010), 0.004, tooth_at, 3)
    parts = [
        Part(group="face", sheets=(nose,), skin=head, paint=plain("#3a1838", 0.25), texels=(32, 32)),
        Part(group="face", sheets=(inside,), skin=head, paint=_mouth, texels=(64, 48)),
        Part(group="face", sheets=tuple(lips), skin=head, paint=plain("#41163a", 0.5), texels=(32, 16)),
        Part(group="face", sheets=tooth, skin=head, paint=plain("#fdf8ec", 0.35), texels=(16, 16)),
    ]
    eye = iris("#8a4b1c", "#3d1c0a")
    for side, sign in (("l", 1.0), ("r", -1.0)):
        center = EYE * (sign, 1, 1)
        brow = spline([(0.050, 0.852, 0), (0.090, 0.866, 0), (0.138, 0.838, 0)], 12) * (sign, 1, 1)
        brow = project(field, brow + (0, 0, 0.2), (0, 0, -1)) + (0, 0, 0.006)
        girth = np.interp(np.linspace(0, 1, 12), [0, 0.5, 1], [0.007, 0.013, 0.005])
        parts += [
            Part(
                group="eyes",
                sheets=(eye_globe(center, EYE_RADIUS, 4 * sign),),
                skin=SKELETON.rigid(f"eye_{side}"),
                paint=eye,
                texels=(128, 128),
            ),
            Part(
                group="face",
                sheets=(eyelid(center, EYE_RADIUS * 1.07, 36, -7 * sign),),
                skin=SKELETON.rigid(f"lid_{side}"),
                paint=plain("#5a329f", 0.85),
                texels=(48, 32),
            ),
            Part(
                group="face",
                sheets=(sweep(brow, girth, columns=10),),
                skin=SKELETON.rigid(f"brow_{side}"),
                paint=plain("#2c1556", 0.9),
                texels=(32, 16),
            ),
        ]
    return parts


def _ears() -> list[Part]:
    field = blend([ellipsoid((0.172, 0.94, -0.02), (0.078, 0.080, 0.034))], 0.01)
    dish = ellipsoid((0.174, 0.945, 0.035), (0.050, 0.052, 0.035))
    left = cast(
        lambda p: np.maximum(field(p), -dish(p)), (0.172, 0.935, -0.03), rows=28, columns=32, pole="z", reach=0.2
    )
    return [
        Part(group="body", sheets=(sheet,), skin=SKELETON.rigid(f"ear_{side}"), paint=_ear, texels=(96, 96))
        for side, sheet in (("l", left), ("r", left.mirrored()))
    ]


def _arms() -> list[Part]:
    path = spline([(0.20, 0.555, 0.02), (0.265, 0.535, 0.03), (0.355, 0.42, 0.05), (0.405, 0.31, 0.085)], 24)
    arm = sweep(path, np.interp(np.linspace(0, 1, 24), [0, 0.4, 1], [0.078, 0.072, 0.060]), columns=24, side=(0, 0, 1))
    palm_at = np.array([0.418, 0.272, 0.095])
    palm = cast(ellipsoid(palm_at, (0.058, 0.062, 0.064)), palm_at, rows=20, columns=24, reach=0.2)
    fingers = []
    for x, z in ((0.412, 0.150), (0.452, 0.120), (0.448, 0.066)):
        root = np.array([0.42, 0.262, 0.095])
        end = np.array([x, 0.205, z])
        fingers.append(sweep(spline([root, (root + end) / 2 + (0.006, 0, 0), end], 8), [0.026] * 8, columns=12))
    thumb = sweep(spline([palm_at, (0.385, 0.255, 0.135), (0.365, 0.225, 0.150)], 8), [0.024] * 8, columns=12)
    parts = []
    for side, sign in (("l", 1.0), ("r", -1.0)):
        sheets = [s if sign > 0 else s.mirrored() for s in (arm, palm, *fingers, thumb)]
        skin = SKELETON.chain(
            f"shoulder_{side}", f"arm_{side}", f"forearm_{side}", end=(sign * 0.41, 0.29, 0.09), softness=0.05
        )
        hand = SKELETON.rigid(f"hand_{side}")
        parts += [
            Part(group="body", sheets=(sheets[0],), skin=skin, paint=_limb, texels=(96, 96)),
            Part(group="body", sheets=tuple(sheets[1:]), skin=hand, paint=plain("#43257f", 0.85, 0.2), texels=(48, 48)),
        ]
    return parts


def _legs() -> list[Part]:
    leg = sweep(
        spline([(0.125, 0.26, 0.0), (0.14, 0.15, 0.015), (0.145, 0.095, 0.01)], 14), np.linspace(0.105, 0.082, 14)
    )
    sole = blend(
        [ellipsoid((0.15, 0.055, 0.055), (0.088, 0.058, 0.125)), ellipsoid((0.145, 0.06, 0.0), (0.08, 0.06, 0.08))],
        0.03,
    )
    foot = cast(lambda p: np.maximum(sole(p), 0.003 - p[:, 1]), (0.148, 0.05, 0.04), rows=28, columns=36, reach=0.3)
    toes = tuple(
        cast(ellipsoid((x, 0.033, z), (0.027, 0.030, 0.026)), (x, 0.033, z), rows=12, columns=16, reach=0.1)
        for x, z in ((0.100, 0.160), (0.150, 0.176), (0.200, 0.160))
    )
    parts = []
    for side, sign in (("l", 1.0), ("r", -1.0)):
        limb, pad, *tips = (s if sign > 0 else s.mirrored() for s in (leg, foot, *toes))
        skin = SKELETON.chain("hips", f"thigh_{side}", f"shin_{side}", end=(sign * 0.145, 0.05, 0.01), softness=0.04)
        foot_skin = SKELETON.rigid(f"foot_{side}")
        parts += [
            Part(group="body", sheets=(limb,), skin=skin, paint=_limb, texels=(96, 64)),
            Part(group="body", sheets=(pad,), skin=foot_skin, paint=plain("#43257f", 0.85, 0.2), texels=(64, 64)),
            Part(group="body", sheets=tuple(tips), skin=foot_skin, paint=plain("#d9c4ee", 0.8), texels=(24, 24)),
        ]
    return parts


def _backpack() -> list[Part]:
    skin = SKELETON.rigid("pack")
    bag = rounded_box((0.40, 0.36, 0.19), 0.06, (0, 0.50, -0.375), 5)
    flap = rounded_box((0.415, 0.17, 0.205), 0.055, (0, 0.625, -0.375), 5)
    pocket = rounded_box((0.22, 0.15, 0.06), 0.028, (0, 0.43, -0.485), 4)
    roll = sweep(
        np.stack([np.linspace(-0.23, 0.23, 20), np.full(20, 0.775), np.full(20, -0.365)], -1),
        [0.072] * 20,
        columns=32,
        side=(0, 0, 1),
    )
    ties = tuple(
        sweep(
            _ring((x, 0.775, -0.365), 0.076, "x"),
            np.full((33, 2), (0.006, 0.012)),
            columns=8,
            looped=True,
            side=(0, 1, 0),
        )
        for x in (-0.13, 0.13)
    )
    belts = tuple(rounded_box((0.034, 0.20, 0.012), 0.004, (x, 0.565, -0.482), 2) for x in (-0.13, 0.13))
    buckles = tuple(rounded_box((0.046, 0.040, 0.016), 0.005, (x, 0.535, -0.488), 2) for x in (-0.13, 0.13))
    return [
        Part(group="pack", sheets=bag, skin=skin, paint=_leather, texels=(160, 160)),
        Part(group="pack", sheets=flap, skin=skin, paint=_leather, texels=(160, 96)),
        Part(group="pack", sheets=pocket, skin=skin, paint=_leather, texels=(96, 96)),
        Part(group="pack", sheets=(roll,), skin=skin, paint=_blanket, texels=(128, 160)),
        Part(group="pack", sheets=ties, skin=skin, paint=plain("#4a2a15", 0.6), texels=(16, 16)),
        *(Part(group="pack", sheets=b, skin=skin, paint=plain("#4a2a15", 0.6), texels=(16, 16)) for b in belts),
        *(Part(group="brass", sheets=b, skin=skin, material="brass") for b in buckles),
    ]


def _ring(center: tuple[float, float, float], radius: float, axis: str) -> Array:
    angle = np.linspace(0, 2 * np.pi, 33)
    a, b, zero = radius * np.sin(angle), radius * np.cos(angle), 0 * angle
    loop = {"x": (zero, b, a), "y": (a, zero, b), "z": (b, a, zero)}[axis]
    return np.asarray(np.stack(loop, -1) + center)


def _straps() -> list[Part]:
    """Two straps from the top of the pack around the shoulders, under the arms and back, snug on the body."""
    knots = [
        (0.150, 0.640, -0.285),
        (0.200, 0.665, -0.130),
        (0.225, 0.655, 0.02),
        (0.215, 0.600, 0.155),
        (0.215, 0.480, 0.225),
        (0.262, 0.385, 0.145),
        (0.290, 0.345, -0.03),
        (0.225, 0.355, -0.255),
    ]
    line = spline(knots, 48)
    for _ in range(6):
        line = line - (body_field()(line) - 0.004)[:, None] * _gradient(line)
    strap = sweep(line, np.full((48, 2), (0.020, 0.007)), columns=10, side=(1, 0, 0))
    skin = _spine()
    return [
        Part(group="pack", sheets=(s,), skin=skin, paint=plain("#7a4520", 0.6, 0.15, 0.03), texels=(24, 96))
        for s in (strap, strap.mirrored())
    ]


def _gradient(points: Array) -> Array:
    """Unit outward direction of the body's field."""
    field, h = body_field(), 1e-4
    slope = np.stack([field(points + h * axis) - field(points - h * axis) for axis in np.eye(3)], -1)
    return np.asarray(slope / np.linalg.norm(slope, axis=-1, keepdims=True))


def _lantern() -> list[Part]:
    """A brass lantern that hangs from the pack's right side, glowing."""
    at, skin = np.array([-0.255, 0.40, -0.37]), SKELETON.rigid("lantern")
    base = lathe([(0, -0.06), (0.046, -0.06), (0.050, -0.05), (0.044, -0.038), (0.036, -0.034)], columns=20)
    roof = lathe(
        [(0.036, 0.040), (0.052, 0.042), (0.040, 0.058), (0.018, 0.072), (0.010, 0.080), (0, 0.082)], columns=20
    )
    glass = lathe([(0.034, -0.036), (0.040, -0.015), (0.040, 0.02), (0.034, 0.042)], columns=20, rows=10)
    ring = Sheet(
        points=sweep(
            _ring((0, 0.105, 0), 0.026, "x"), np.full(33, 0.004), columns=8, looped=True, side=(0, 1, 0)
        ).points
    )
    posts = [
        sweep(
            [(0.041 * np.sin(a), -0.05, 0.041 * np.cos(a)), (0.041 * np.sin(a), 0.05, 0.041 * np.cos(a))],
            [0.0035] * 2,
            columns=6,
        )
        for a in np.radians([45, 135, 225, 315])
    ]
    brass = tuple(s.turned(rotation("z", 0)).moved(at) for s in (base, roof, ring, *posts))
    return [
        Part(group="brass", sheets=brass, skin=skin, material="brass"),
        Part(group="lantern", sheets=(glass.moved(at),), skin=skin, material="glow"),
    ]
