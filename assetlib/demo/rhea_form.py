"""Rhea's measures: colors, joints and the shape of her head, in meters; everything else is fitted to them."""

from __future__ import annotations

import numpy as np

from assetlib.demo.anatomy import skeleton_of
from assetlib.demo.paint import rgb
from assetlib.demo.shapes import (
    Field,
    blend,
    cone,
    ellipsoid,
)

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
SKELETON = skeleton_of(_CENTER, _SIDE)


def head_field() -> Field:
    """Skull, cheek ruffs and a tapering muzzle, melted together."""
    h = HEAD
    ruffs = [cone(h + (s * 0.07, -0.045, 0.015), h + (s * 0.175, -0.085, -0.015), 0.055, 0.010) for s in (-1.0, 1.0)]
    skull = ellipsoid(h + (0, 0.02, -0.01), (0.132, 0.120, 0.122))
    jaw = ellipsoid(h + (0, -0.055, 0.05), (0.075, 0.050, 0.075))
    muzzle = cone(h + (0, -0.035, 0.07), h + (0, -0.052, 0.205), 0.062, 0.024)
    return blend([skull, jaw, muzzle, *ruffs], 0.05)
