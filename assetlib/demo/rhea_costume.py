"""What Rhea wears: the striped coat with its belt and buttons, the scarf, the goggles; and the cloth they are of."""

from __future__ import annotations

import numpy as np

from assetlib.demo.figure import Part
from assetlib.demo.paint import Paint, Texels, coat, fractal, mix, plain, rgb, step, stripes, weave
from assetlib.demo.rhea_form import (
    HEAD,
    IVORY,
    SAFFRON,
    SKELETON,
    STRIPES,
    TEAL,
    head_field,
)
from assetlib.demo.shapes import (
    Array,
    Sheet,
    cast,
    ellipsoid,
    lathe,
    project,
    rotation,
    rounded_box,
    spline,
    sweep,
)
from assetlib.demo.skeleton import Hem


def _stripe_cloth(t: Texels) -> Paint:
    """Vertical stripes with a woven grain, a saffron hem and dust toward the bottom."""
    band = stripes(t.u, STRIPES, 0.5, 0.06)
    color = mix(IVORY, TEAL, band)
    hem = 1 - step(0.045, t.v, 0.006)
    color = mix(color, SAFFRON * 0.92, hem)
    dust = 0.12 * (1 - step(0.2, t.v, 0.4)) * fractal(t.place, 0.05, 8)
    shade = weave(t, 220, 150, 0.045) * (1 - dust) * (0.94 + 0.12 * fractal(t.place, 0.08, 2))
    return coat(color, shade, 0.78)


def sleeve_cloth(t: Texels) -> Paint:
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


def leather(t: Texels) -> Paint:
    """Brown leather, darker sole, scuffed toes."""
    scuff = fractal(t.place, 0.035, 21)
    sole = 1 - step(0.018, t.y, 0.006)
    color = mix(mix(rgb("#6e3f22"), rgb("#93603a"), scuff * 0.6), rgb("#20140e"), sole)
    return coat(color, 0.9 + 0.2 * fractal(t.place, 0.012, 5), 0.5 + 0.25 * scuff)


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


def coat_parts() -> list[Part]:
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


def scarf_parts() -> list[Part]:
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


def goggle_parts() -> list[Part]:
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
