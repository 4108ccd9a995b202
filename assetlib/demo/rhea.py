"""Rhea: a tall, slender fox engineer in a striped coat, with big ears, a saffron scarf and goggles.

Her marks, which hold at any distance: two tall ears, vertical stripes of teal and ivory, orange fur, a long tail.
1.75 m to the crown, 2.1 m to the ear tips; faces +Z, stands on y = 0.
"""

from __future__ import annotations

import numpy as np

from assetlib.demo.anatomy import eye_globe, eyelid, iris
from assetlib.demo.figure import Part
from assetlib.demo.paint import Paint, Texels, coat, fractal, fur, mix, plain, rgb, step
from assetlib.demo.rhea_costume import coat_parts, goggle_parts, leather, scarf_parts, sleeve_cloth
from assetlib.demo.rhea_form import (
    CREAM,
    EYE,
    EYE_RADIUS,
    HEAD,
    ORANGE,
    SKELETON,
    SOOT,
    head_field,
)
from assetlib.demo.shapes import (
    Array,
    blend,
    cast,
    cone,
    ellipsoid,
    lathe,
    project,
    spline,
    sweep,
)


def parts() -> list[Part]:
    return [*_head(), *_face(), *_ears(), *coat_parts(), *_arms(), *_legs(), *scarf_parts(), *goggle_parts(), _tail()]


def _pelt(t: Texels) -> Paint:
    """Orange fur, cream cheeks, chin and throat, a darker crown and nose bridge."""
    p = t.place - HEAD
    edge = -0.012 + 0.05 * np.abs(p[..., 0]) / 0.1 - 0.045 * np.clip((p[..., 2] - 0.1) / 0.1, 0, 1)
    ragged = 0.010 * (fractal(t.place, 0.02, 3) - 0.5)
    light = step(0.0, edge - p[..., 1] + ragged, 0.012) * step(-0.05, p[..., 2], 0.02)
    crown = step(0.07, p[..., 1], 0.12) * 0.35
    color = mix(mix(ORANGE, rgb("#a8431a"), crown), CREAM, light)
    return coat(color, fur(t), 0.85)


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
        parts.append(Part(group="coat", sheets=(sheet,), skin=skin, paint=sleeve_cloth, texels=(128, 160)))
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
            Part(group="boots", sheets=(both[1],), skin=skin, paint=leather, texels=(96, 64)),
            Part(group="boots", sheets=(both[2],), skin=foot_skin, paint=leather, texels=(96, 96)),
        ]
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
