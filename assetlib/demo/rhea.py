"""Rhea: a tall, slender fox engineer in a striped coat, with big ears, a saffron scarf and goggles.

Her marks, which hold at any distance: two tall ears, vertical stripes of teal and ivory, orange fur, a long tail.
1.75 m to the crown, 2.1 m to the ear tips; faces +Z, stands on y = 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from assetlib.demo.figure import Part
from assetlib.demo.paint import Paint, Painter, Texels, coat, fractal, fur, mix, plain, rgb, step, stripes, weave
from assetlib.demo.shapes import (
    Array,
    Field,
    Sheet,
    blend,
    cast,
    cone,
    ellipsoid,
    lathe,
    project,
    rotation,
    rounded_box,
    spline,
    sweep,
)
from assetlib.demo.skeleton import Hem, Skeleton

ORANGE, CREAM, SOOT = rgb("#d9671f"), rgb("#f6e6cd"), rgb("#33241f")
TEAL, IVORY, SAFFRON = rgb("#12656b"), rgb("#efe3c4"), rgb("#e9a820")
HEAD = np.array([0.0, 1.545, 0.015])
EYE = np.array([0.062, 1.572, 0.098])
EYE_RADIUS = 0.040
STRIPES = 18

_CENTER = {
    "root": (0, 0, 0),
    "root/hips": (0, 0.93, 0),
    "root/hips/spine": (0, 1.04, 0),
    "root/hips/spine/chest": (0, 1.18, 0),
    "root/hips/spine/chest/neck": (0, 1.38, -0.005),
    "root/hips/spine/chest/neck/head": (0, 1.46, 0),
    "root/hips/tail_1": (0, 0.93, -0.09),
    "root/hips/tail_1/tail_2": (0, 0.80, -0.26),
    "root/hips/tail_1/tail_2/tail_3": (0, 0.76, -0.46),
    "root/hips/tail_1/tail_2/tail_3/tail_4": (0, 0.92, -0.64),
    "root/hips/spine/chest/scarf_1": (-0.07, 1.36, -0.08),
    "root/hips/spine/chest/scarf_1/scarf_2": (-0.12, 1.18, -0.17),
    "root/hips/spine/chest/scarf_1/scarf_2/scarf_3": (-0.13, 1.00, -0.19),
}
_SIDE = {
    "root/hips/thigh": (0.075, 0.89, 0),
    "root/hips/thigh/shin": (0.085, 0.49, 0.012),
    "root/hips/thigh/shin/foot": (0.09, 0.085, -0.015),
    "root/hips/spine/chest/shoulder": (0.05, 1.32, 0),
    "root/hips/spine/chest/shoulder/arm": (0.145, 1.315, -0.005),
    "root/hips/spine/chest/shoulder/arm/forearm": (0.205, 1.06, -0.015),
    "root/hips/spine/chest/shoulder/arm/forearm/hand": (0.245, 0.83, 0.02),
    "root/hips/spine/chest/neck/head/ear": (0.085, 1.64, -0.01),
    "root/hips/spine/chest/neck/head/eye": tuple(EYE),
    "root/hips/spine/chest/neck/head/lid": tuple(EYE),
    "root/hips/spine/chest/neck/head/brow": (0.065, 1.625, 0.115),
}


def sided(path: str, side: str) -> str:
    """The joint path of one side: every segment that exists twice gets ``_l`` or ``_r``."""
    twice = {"thigh", "shin", "foot", "shoulder", "arm", "forearm", "hand", "ear", "eye", "lid", "brow", "strap"}
    return "/".join(f"{s}_{side}" if s in twice else s for s in path.split("/"))


def skeleton_of(center: Mapping[str, Sequence[float]], side: Mapping[str, Sequence[float]]) -> Skeleton:
    """A skeleton from its middle joints and the left half of its paired ones."""
    rest: dict[str, Sequence[float]] = dict(center)
    for path, (x, y, z) in side.items():
        rest[sided(path, "l")] = (x, y, z)
        rest[sided(path, "r")] = (-x, y, z)
    order = sorted(rest, key=lambda p: (p.count("/"), p))
    return Skeleton(
        joints=tuple(order), places=tuple((float(x), float(y), float(z)) for x, y, z in (rest[p] for p in order))
    )


SKELETON = skeleton_of(_CENTER, _SIDE)


def parts() -> list[Part]:
    return [*_head(), *_face(), *_ears(), *_coat(), *_arms(), *_legs(), *_scarf(), *_goggles(), _tail()]


# -- paint ------------------------------------------------------------------------------------------------------


def _pelt(t: Texels) -> Paint:
    """Orange fur, cream cheeks, chin and throat, a darker crown and nose bridge."""
    p = t.place - HEAD
    edge = -0.012 + 0.05 * np.abs(p[..., 0]) / 0.1 - 0.045 * np.clip((p[..., 2] - 0.1) / 0.1, 0, 1)
    ragged = 0.010 * (fractal(t.place, 0.02, 3) - 0.5)
    light = step(0.0, edge - p[..., 1] + ragged, 0.012) * step(-0.05, p[..., 2], 0.02)
    crown = step(0.07, p[..., 1], 0.12) * 0.35
    color = mix(mix(ORANGE, rgb("#a8431a"), crown), CREAM, light)
    return coat(color, fur(t), 0.85)


def _stripe_cloth(t: Texels) -> Paint:
    """Vertical stripes with a woven grain, a saffron hem and dust toward the bottom."""
    band = stripes(t.u, STRIPES, 0.5, 0.06)
    color = mix(IVORY, TEAL, band)
    hem = 1 - step(0.045, t.v, 0.006)
    color = mix(color, SAFFRON * 0.92, hem)
    dust = 0.12 * (1 - step(0.2, t.v, 0.4)) * fractal(t.place, 0.05, 8)
    shade = weave(t, 220, 150, 0.045) * (1 - dust) * (0.94 + 0.12 * fractal(t.place, 0.08, 2))
    return coat(color, shade, 0.78)


def _sleeve(t: Texels) -> Paint:
    band = stripes(t.u, 6, 0.5, 0.1)
    cuff = step(0.86, t.v, 0.01)
    color = mix(mix(IVORY, TEAL, band), SAFFRON * 0.92, cuff)
    return coat(color, weave(t, 70, 110, 0.045) * (0.94 + 0.12 * fractal(t.place, 0.06, 4)), 0.78)


def _knit(t: Texels) -> Paint:
    """A chunky knit: slanted stitches in columns."""
    rib = np.abs(((t.u * 26) % 1) - 0.5) * 2
    stitch = np.sin((t.v * 90 + rib * 1.2) * 2 * np.pi)
    shade = 0.86 + 0.12 * rib + 0.06 * stitch + 0.06 * fractal(t.place, 0.03, 6)
    return coat(np.broadcast_to(SAFFRON, (*t.u.shape, 3)), shade, 0.9)


def _tail_fur(t: Texels) -> Paint:
    ragged = 0.05 * (fractal(t.place, 0.03, 11) - 0.5)
    tip = step(0.72, t.v + ragged, 0.03)
    dark = step(0.60, t.v + ragged, 0.10) * (1 - tip) * 0.45
    return coat(mix(mix(ORANGE, SOOT, dark), CREAM, tip), fur(t, 0.16), 0.88)


def _ear_fur(t: Texels) -> Paint:
    """Cream inside the dish, soot at the tip."""
    inside = step(0.5, np.sin(np.clip((t.u - 0.54) / 0.42, 0, 1) * np.pi), 0.25) * step(0.1, t.v, 0.1)
    tip = step(0.70, t.v + 0.04 * (fractal(t.place, 0.03, 2) - 0.5), 0.04)
    color = mix(mix(ORANGE, rgb("#f0c9ae"), inside * (1 - tip)), SOOT, tip * (1 - 0.5 * inside))
    return coat(color, fur(t, 0.12), 0.86)


def iris(color: str, ring: str) -> Painter:
    """A painted eye whose v runs from the back (0) to the pupil (1), with two lights in it."""

    def painter(t: Texels) -> Paint:
        white = np.broadcast_to(rgb("#fbf6ec"), (*t.u.shape, 3))
        spokes = 0.85 + 0.3 * fractal(np.stack([np.cos(t.u * 6.28), np.sin(t.u * 6.28), t.v * 0.2], -1), 0.2, 3)
        shading = mix(rgb(ring), rgb(color), step(0.84, t.v, 0.08)) * spokes[..., None]
        eye = mix(white, np.clip(shading, 0, 1), step(0.735, t.v, 0.012))
        eye = mix(eye, rgb("#0d0a0c"), step(0.865, t.v, 0.012))
        big = (0.84 - t.v) ** 2 / 0.055**2 + ((t.u - 0.36) / 0.075) ** 2
        small = (0.84 - t.v) ** 2 / 0.028**2 + ((t.u - 0.86) / 0.04) ** 2
        glint = np.maximum(1 - step(1, big, 0.3), 0.7 * (1 - step(1, small, 0.4)))
        return coat(mix(eye, rgb("#ffffff"), glint), np.ones(t.u.shape), 0.12)

    return painter


# -- shape ------------------------------------------------------------------------------------------------------


def head_field() -> Field:
    """Skull, cheek ruffs and a tapering muzzle, melted together."""
    h = HEAD
    ruffs = [cone(h + (s * 0.07, -0.045, 0.015), h + (s * 0.175, -0.085, -0.015), 0.055, 0.010) for s in (-1.0, 1.0)]
    skull = ellipsoid(h + (0, 0.02, -0.01), (0.132, 0.120, 0.122))
    jaw = ellipsoid(h + (0, -0.055, 0.05), (0.075, 0.050, 0.075))
    muzzle = cone(h + (0, -0.035, 0.07), h + (0, -0.052, 0.205), 0.062, 0.024)
    return blend([skull, jaw, muzzle, *ruffs], 0.05)


def _head() -> list[Part]:
    head = cast(head_field(), HEAD, rows=54, columns=60, pole="z", reach=0.42)
    neck = sweep(spline([(0, 1.33, -0.015), (0, 1.40, -0.008), (0, 1.48, 0)], 8), [0.05] * 8, columns=20)
    return [
        Part(group="head", sheets=(head,), skin=SKELETON.rigid("head"), paint=_pelt, texels=(320, 320)),
        Part(
            group="head",
            sheets=(neck,),
            skin=SKELETON.chain("chest", "neck", "head", end=(0, 1.6, 0)),
            paint=plain("#b5521c", 0.85),
            texels=(64, 32),
        ),
    ]


def eye_globe(center: Array, radius: float, cast_out: float = 6.0) -> Sheet:
    """A sphere whose pole (v = 1) looks forward, turned a little outward."""
    globe = cast(ellipsoid(center, (radius,) * 3), center, rows=28, columns=28, pole="z", reach=radius * 2)
    return globe.turned(rotation("y", cast_out), center)


def eyelid(center: Array, radius: float, closed: float, tilt: float) -> Sheet:
    """The upper part of a shell around the eye; `closed` degrees below straight up-front, `tilt` leans it."""
    angle = np.linspace(-100, closed, 18)  # from behind over the top toward the front
    across = np.linspace(-88, 88, 24)
    a, b = np.radians(angle)[:, None], np.radians(across)[None, :]
    shell = np.stack([np.sin(b) + 0 * a, np.cos(b) * np.cos(a), np.cos(b) * np.sin(a)], -1) * radius
    rim = shell[-1:] * 0.94
    sheet = Sheet(points=np.concatenate([shell, rim])[::-1] + center)
    return sheet.turned(rotation("z", tilt), center)


def _face() -> list[Part]:
    field = head_field()
    nose = cast(ellipsoid((0, 1.507, 0.236), (0.026, 0.020, 0.020)), (0, 1.507, 0.236), rows=20, columns=24, reach=0.1)
    x = np.linspace(-1, 1, 25)
    line = np.stack([x * 0.066, HEAD[1] - 0.092 + 0.046 * x**2, 0 * x + 0.12], -1)
    smile = project(field, line, (0, 0, -1))
    mouth = sweep(smile, 0.0045 * np.sqrt(np.clip(1.05 - x**2, 0.05, 1)), columns=8)
    parts = [
        Part(group="face", sheets=(nose,), skin=SKELETON.rigid("head"), paint=plain("#1c1413", 0.25), texels=(32, 32)),
        Part(group="face", sheets=(mouth,), skin=SKELETON.rigid("head"), paint=plain("#4a1f1a", 0.5), texels=(32, 16)),
    ]
    painted_eye = iris("#2fb3a3", "#0b4a4c")
    for side, sign in (("l", 1.0), ("r", -1.0)):
        center = EYE * (sign, 1, 1)
        globe = eye_globe(center, EYE_RADIUS, 7 * sign)
        lid = eyelid(center, EYE_RADIUS * 1.09, 40, -4 * sign)
        parts.append(
            Part(
                group="eyes",
                sheets=(globe,),
                skin=SKELETON.rigid(f"eye_{side}"),
                paint=painted_eye,
                texels=(128, 128),
            )
        )
        parts.append(
            Part(
                group="face",
                sheets=(lid,),
                skin=SKELETON.rigid(f"lid_{side}"),
                paint=plain("#b5521c", 0.8),
                texels=(48, 32),
            )
        )
        brow = spline([(0.024, 1.637, 0.135), (0.060, 1.652, 0.125), (0.103, 1.630, 0.090)], 12) * (sign, 1, 1)
        brow = project(field, brow, (0, 0, -1)) + (0, 0, 0.002)
        parts.append(
            Part(
                group="face",
                sheets=(sweep(brow, np.interp(np.linspace(0, 1, 12), [0, 0.4, 1], [0.008, 0.010, 0.003]), columns=10),),
                skin=SKELETON.rigid(f"brow_{side}"),
                paint=plain("#3b2018", 0.9),
                texels=(32, 16),
            )
        )
    return parts


def _ears() -> list[Part]:
    """Tall leaves with a dish in front: the section's front half is pushed in."""

    def section(angle: Array) -> Array:
        # sweep's second axis points to -Z when the path rises, so the front is the lower half of the circle
        front = np.clip(-np.sin(angle), 0, 1)
        return np.stack([np.cos(angle), np.sin(angle) + 1.35 * front**2], -1)

    path = spline([(0.080, 1.60, -0.01), (0.105, 1.70, -0.02), (0.140, 1.84, -0.035), (0.162, 1.97, -0.05)], 22)
    t = np.linspace(0, 1, 22)
    width = 0.074 * np.interp(t, [0, 0.25, 0.6, 0.9, 1], [0.80, 1.0, 0.78, 0.26, 0.07])
    thick = 0.030 * np.interp(t, [0, 0.3, 0.8, 1], [1.2, 1.0, 0.5, 0.2])
    left = sweep(path, np.stack([width, thick], -1), columns=28, section=section, side=(1, 0, 0.25))
    tip = np.array([0.162, 1.97, -0.05])
    return [
        Part(
            group="head",
            sheets=(sheet,),
            skin=SKELETON.chain("head", f"ear_{side}", end=tip * (sign, 1, 1), softness=0.03),
            paint=_ear_fur,
            texels=(160, 160),
        )
        for side, sign, sheet in (("l", 1.0, left), ("r", -1.0, left.mirrored()))
    ]


def _coat_profile() -> list[tuple[float, float]]:
    return [
        (0.140, 0.735),
        (0.188, 0.73),
        (0.176, 0.80),
        (0.150, 0.92),
        (0.118, 1.03),
        (0.122, 1.12),
        (0.148, 1.23),
        (0.150, 1.30),
        (0.105, 1.365),
        (0.055, 1.40),
        (0.045, 1.41),
    ]


def _coat() -> list[Part]:
    def flare(angle: Array, v: Array) -> Array:
        folds = np.clip(1 - v / 0.42, 0, 1)
        return np.asarray(1 + folds * 0.055 * np.cos(angle * 9) * (1 - 0.25 * np.cos(angle)))

    sheet = lathe(_coat_profile(), columns=76, rows=40, squash=(1, 0.74), ripple=flare)
    body = Part(
        group="coat",
        sheets=(sheet,),
        skin=Hem(
            body=SKELETON.chain("hips", "spine", "chest", end=(0, 1.4, 0), softness=0.06),
            thighs=(SKELETON.index("thigh_l"), SKELETON.index("thigh_r")),
            top=0.96,
            bottom=0.73,
            share=0.92,
        ),
        paint=_stripe_cloth,
        texels=(400, 300),
    )
    ring = np.linspace(0, 2 * np.pi, 49)
    loop = np.stack([0.124 * np.sin(ring), 1.035 + 0 * ring, 0.094 * np.cos(ring)], -1)
    belt = sweep(loop, np.full((49, 2), (0.009, 0.026)), columns=12, looped=True, side=(1, 0, 0))
    buckle = rounded_box((0.062, 0.052, 0.018), 0.006, (0, 1.035, 0.100))
    buttons = tuple(
        cast(ellipsoid((x, y, 0.74 * r), (0.012, 0.012, 0.008)), (x, y, 0.74 * r), rows=7, columns=10, reach=0.05)
        for x in (-0.045, 0.045)
        for y, r in ((1.10, 0.116), (1.165, 0.130), (1.23, 0.146))
    )
    waist = SKELETON.chain("hips", "spine", "chest", end=(0, 1.4, 0), softness=0.06)
    return [
        body,
        Part(group="coat", sheets=(belt,), skin=waist, paint=plain("#5a3420", 0.55), texels=(128, 24)),
        Part(group="brass", sheets=buckle, skin=waist, material="brass"),
        *(Part(group="brass", sheets=(b,), skin=waist, material="brass") for b in buttons),
    ]


def _hand(side: str, sign: float) -> list[Part]:
    """A palm, three fingers and a thumb; dark as a fox's socks."""
    wrist = SKELETON.place("hand_l")
    down = np.array([0.10, -0.99, 0.10])
    palm = cast(
        ellipsoid(wrist + down * 0.045, (0.020, 0.050, 0.036)), wrist + down * 0.045, rows=20, columns=24, reach=0.2
    )
    sheets = [palm]
    for z, length, splay in ((0.026, 0.060, 0.25), (0.002, 0.068, 0.0), (-0.020, 0.058, -0.22)):
        root = wrist + down * 0.075 + (0, 0, z)
        path = spline([root, root + (0.004, -length * 0.55, splay * 0.03), root + (-0.008, -length, splay * 0.06)], 8)
        sheets.append(sweep(path, np.linspace(0.0125, 0.0095, 8), columns=12))
    root = wrist + down * 0.03 + (0, 0, 0.028)
    sheets.append(sweep(spline([root, root + (-0.008, -0.025, 0.026), root + (-0.012, -0.055, 0.032)], 8), [0.012] * 8))
    mirrored = tuple(sheets if sign > 0 else [s.mirrored() for s in sheets])
    skin = SKELETON.rigid(f"hand_{side}")
    return [Part(group="hands", sheets=mirrored, skin=skin, paint=plain("#3a2a26", 0.8, 0.15, 0.02), texels=(48, 48))]


def _arms() -> list[Part]:
    path = spline([(0.10, 1.325, -0.005), (0.145, 1.305, -0.005), (0.205, 1.06, -0.015), (0.243, 0.845, 0.018)], 30)
    t = np.linspace(0, 1, 30)
    radius = np.interp(t, [0, 0.2, 0.36, 0.66, 0.9, 1], [0.050, 0.056, 0.050, 0.041, 0.044, 0.048])
    sleeve = sweep(path, radius, columns=28, side=(0, 0, 1))
    parts = []
    for side, sign, sheet in (("l", 1.0, sleeve), ("r", -1.0, sleeve.mirrored())):
        skin = SKELETON.chain(
            f"shoulder_{side}", f"arm_{side}", f"forearm_{side}", end=(sign * 0.25, 0.80, 0.02), softness=0.045
        )
        parts.append(Part(group="coat", sheets=(sheet,), skin=skin, paint=_sleeve, texels=(128, 160)))
        parts += _hand(side, sign)
    return parts


def _legs() -> list[Part]:
    path = spline([(0.072, 0.90, 0), (0.078, 0.80, 0.004), (0.085, 0.49, 0.012), (0.09, 0.24, -0.006)], 28)
    t = np.linspace(0, 1, 28)
    leg = sweep(path, np.interp(t, [0, 0.3, 0.66, 1], [0.078, 0.070, 0.050, 0.044]), columns=24)
    shaft = lathe(
        [
            (0.030, 0.05),
            (0.052, 0.07),
            (0.049, 0.13),
            (0.056, 0.24),
            (0.062, 0.29),
            (0.066, 0.31),
            (0.058, 0.318),
            (0.046, 0.315),
        ],
        columns=28,
        rows=24,
        center=(0.09, 0, -0.012),
    )
    foot = blend(
        [
            cone((0.09, 0.062, -0.035), (0.095, 0.045, 0.075), 0.050, 0.042),
            ellipsoid((0.096, 0.042, 0.115), (0.050, 0.040, 0.062)),
        ],
        0.03,
    )
    boot = cast(lambda p: np.maximum(foot(p), 0.004 - p[:, 1]), (0.093, 0.045, 0.04), rows=32, columns=36, pole="z")
    parts = []
    for side, sign in (("l", 1.0), ("r", -1.0)):
        both = [s if sign > 0 else s.mirrored() for s in (leg, shaft, boot)]
        limb = SKELETON.chain("hips", f"thigh_{side}", f"shin_{side}", end=(sign * 0.09, 0.1, 0), softness=0.05)
        skin = SKELETON.chain(f"shin_{side}", f"foot_{side}", end=(sign * 0.09, 0.03, 0.0), softness=0.04)
        foot_skin = SKELETON.rigid(f"foot_{side}")
        parts += [
            Part(group="legs", sheets=(both[0],), skin=limb, paint=plain("#1d3a44", 0.8, 0.10, 0.03), texels=(96, 128)),
            Part(group="boots", sheets=(both[1],), skin=skin, paint=_leather, texels=(96, 64)),
            Part(group="boots", sheets=(both[2],), skin=foot_skin, paint=_leather, texels=(96, 96)),
        ]
    return parts


def _leather(t: Texels) -> Paint:
    """Brown leather, darker sole, scuffed toes."""
    scuff = fractal(t.place, 0.035, 21)
    sole = 1 - step(0.018, t.y, 0.006)
    color = mix(mix(rgb("#6e3f22"), rgb("#93603a"), scuff * 0.6), rgb("#20140e"), sole)
    return coat(color, 0.9 + 0.2 * fractal(t.place, 0.012, 5), 0.5 + 0.25 * scuff)


def _scarf() -> list[Part]:
    ring = np.linspace(0, 2 * np.pi, 65)
    loop = np.stack(
        [0.086 * np.sin(ring), 1.408 + 0.016 * np.cos(ring + 2.6) + 0.006 * np.sin(3 * ring), 0.078 * np.cos(ring)], -1
    )
    girth = 0.042 + 0.006 * np.cos(ring * 4 + 0.7)
    wrap = sweep(loop, np.stack([girth, girth * 0.95], -1), columns=24, looped=True)
    chest = SKELETON.rigid("chest")
    path = spline(
        [
            (-0.05, 1.385, -0.07),
            (-0.085, 1.31, -0.145),
            (-0.12, 1.18, -0.185),
            (-0.13, 1.0, -0.20),
            (-0.125, 0.86, -0.19),
        ],
        30,
    )
    width = np.interp(np.linspace(0, 1, 30), [0, 0.15, 1], [0.030, 0.052, 0.066])
    tail = sweep(path, np.stack([width, np.full(30, 0.014)], -1), columns=20, side=(1, 0, 0))
    fringe = tuple(
        sweep(
            spline([(-0.125 + x, 0.868, -0.19), (-0.124 + x * 1.1, 0.83, -0.188), (-0.122 + x * 1.2, 0.79, -0.18)], 6),
            [0.008] * 6,
            columns=8,
        )
        for x in np.linspace(-0.052, 0.052, 6)
    )
    hanging = SKELETON.chain("scarf_1", "scarf_2", "scarf_3", end=(-0.125, 0.80, -0.19), softness=0.07)
    return [
        Part(group="scarf", sheets=(wrap,), skin=chest, paint=_knit, texels=(224, 128)),
        Part(group="scarf", sheets=(tail,), skin=hanging, paint=_knit, texels=(128, 192)),
        Part(group="scarf", sheets=fringe, skin=hanging, paint=plain("#c98a14", 0.9), texels=(16, 16)),
    ]


def _goggles() -> list[Part]:
    """Brass goggles pushed up to the forehead, on a leather strap that follows the skull."""
    field = head_field()
    ring = np.linspace(0, 2 * np.pi, 49)
    circle = np.stack([np.sin(ring), 0 * ring, np.cos(ring)], -1) * 0.3 + HEAD + (0, 0.085, 0)
    circle[:, 1] += 0.025 * np.cos(ring)
    inward = HEAD + (0, 0.085, -0.01) - circle
    loop = np.stack([project(field, c[None], d, 0.0)[0] for c, d in zip(circle, inward, strict=True)])
    strap = sweep(loop, np.full((49, 2), (0.006, 0.015)), columns=10, looped=True)
    head = SKELETON.rigid("head")
    parts = [Part(group="head", sheets=(strap,), skin=head, paint=plain("#4b2d1c", 0.6), texels=(96, 16))]
    profile = [(0.030, 0.0), (0.037, 0.004), (0.038, 0.022), (0.034, 0.028), (0.030, 0.026), (0.029, 0.016)]
    lens_profile = [(0.0, 0.021), (0.015, 0.0205), (0.030, 0.016)]
    for sign in (-1.0, 1.0):
        seat = np.array([0.043 * sign, HEAD[1] + 0.122, 0.066])
        turn = rotation("y", 14 * sign) @ rotation("x", 44)
        rim = lathe(profile, columns=28).turned(turn).moved(seat)
        lens = Sheet(points=lathe(lens_profile, columns=28).points[::-1]).turned(turn).moved(seat)
        parts.append(Part(group="brass", sheets=(rim,), skin=head, material="brass"))
        parts.append(Part(group="lenses", sheets=(lens,), skin=head, material="lens"))
    return parts


def _tail() -> Part:
    knots = [
        (0, 0.93, -0.07),
        (0, 0.83, -0.22),
        (0, 0.755, -0.44),
        (0, 0.86, -0.63),
        (0, 1.08, -0.72),
        (0, 1.22, -0.70),
    ]
    t = np.linspace(0, 1, 56)
    radius = np.interp(t, [0, 0.12, 0.35, 0.6, 0.8, 0.93, 1], [0.030, 0.045, 0.085, 0.118, 0.100, 0.045, 0.010])
    sheet = sweep(spline(knots, 56), radius, columns=40, section=_tufts)
    skin = SKELETON.chain("tail_1", "tail_2", "tail_3", "tail_4", end=(0, 1.24, -0.70), softness=0.10)
    return Part(group="tail", sheets=(sheet,), skin=skin, paint=_tail_fur, texels=(160, 256))


def _tufts(angle: Array) -> Array:
    r = 1 + 0.035 * np.cos(angle * 7) + 0.02 * np.cos(angle * 3 + 1)
    return np.stack([np.cos(angle) * r, np.sin(angle) * r], -1)
