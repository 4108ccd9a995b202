"""The telescope: a brass refractor on a wooden tripod, the prop that the story turns around.

It stands on y = 0 with its axis over the origin and looks up toward -Z, about 1.9 m high.
"""

from __future__ import annotations

import numpy as np

from assetlib.demo.shapes import Sheet, lathe, rotation, rounded_box, sweep
from assetlib.demo.stage import Stage, StageMesh, model_of
from assetlib.model.model_description import ModelDescription

PIVOT = np.array([0.0, 1.32, 0.0])
TILT = 28.0
METERS = {"wood": 0.5, "leather": 0.4}


def build_prop() -> ModelDescription:
    """The telescope as a model."""
    return model_of("telescope", build_telescope())


def build_telescope() -> tuple[StageMesh, ...]:
    stage = Stage(meters=METERS)
    _tube(stage)
    _mount(stage)
    _tripod(stage)
    return stage.meshes()


def eyepiece() -> tuple[float, float, float]:
    """Where an eye goes, in the prop's own space."""
    end = _aim([Sheet(points=np.array([[[0.0, -0.74, 0.0]]]))])[0].points[0, 0]
    return float(end[0]), float(end[1]), float(end[2])


def _aim(sheets: list[Sheet]) -> list[Sheet]:
    """From upright to looking up toward -Z, around the pivot."""
    return [s.turned(rotation("x", TILT - 90)).moved(PIVOT) for s in sheets]


def _tube(stage: Stage) -> None:
    brass = [
        [(0.088, -0.30), (0.093, -0.30), (0.093, -0.24), (0.088, -0.24)],
        [
            (0.088, 0.52),
            (0.108, 0.54),
            (0.114, 0.60),
            (0.114, 0.84),
            (0.120, 0.85),
            (0.120, 0.88),
            (0.104, 0.88),
            (0.104, 0.80),
        ],
        [
            (0.03, -0.74),
            (0.036, -0.74),
            (0.034, -0.70),
            (0.026, -0.68),
            (0.026, -0.60),
            (0.045, -0.58),
            (0.045, -0.48),
            (0.060, -0.46),
            (0.062, -0.32),
            (0.088, -0.30),
        ],
        [(0.088, 0.08), (0.096, 0.08), (0.096, 0.14), (0.088, 0.14)],
    ]
    stage.add("tube", "brass", *_aim([lathe(p, columns=40) for p in brass]))
    stage.add("tube", "leather", *_aim([lathe([(0.088, -0.24), (0.088, 0.52)], columns=40)]))
    lens = lathe([(0.104, 0.80), (0.07, 0.82), (0.0, 0.83)], columns=32)
    glass = lathe([(0.0, -0.738), (0.03, -0.738)], columns=24)
    stage.add("tube", "glass", *_aim([lens, Sheet(points=glass.points[::-1])]))
    finder = [
        lathe([(0.02, -0.16), (0.024, -0.16), (0.022, 0.0), (0.028, 0.16), (0.022, 0.16)], columns=20).moved(
            (0, 0, 0.135)
        )
    ]
    stage.add("tube", "brass", *_aim(finder))
    for n in (-0.09, 0.10):
        stage.add("tube", "brass", *_aim(list(rounded_box((0.02, 0.02, 0.06), 0.004, (0, n, 0.105), 2))))
    knob = lathe([(0.0, 0.0), (0.02, 0.0), (0.024, 0.01), (0.02, 0.022), (0.0, 0.022)], columns=18).turned(
        rotation("z", -90)
    )
    stage.add("tube", "brass", *_aim([knob.moved((0.058, -0.40, 0)), knob.mirrored().moved((-0.058, -0.40, 0))]))


def _mount(stage: Stage) -> None:
    """A fork of brass on a head, with the setting circle."""
    for x in (-0.125, 0.125):
        for part in rounded_box((0.022, 0.30, 0.06), 0.008, (x, 1.22, 0), 3):
            stage.add("mount", "brass", part)
    for part in rounded_box((0.28, 0.03, 0.08), 0.01, (0, 1.075, 0), 3):
        stage.add("mount", "brass", part)
    head = lathe(
        [(0, 0.93), (0.10, 0.93), (0.12, 0.96), (0.12, 1.00), (0.05, 1.02), (0.045, 1.07), (0, 1.07)], columns=36
    )
    circle = lathe([(0.07, -0.006), (0.10, -0.006), (0.10, 0.006), (0.07, 0.006)], columns=40)
    axle = lathe(
        [
            (0.018, -0.16),
            (0.03, -0.155),
            (0.03, -0.14),
            (0.014, -0.135),
            (0.014, 0.135),
            (0.03, 0.14),
            (0.03, 0.155),
            (0.018, 0.16),
        ],
        columns=20,
    )
    stage.add("mount", "brass", head, circle.turned(rotation("z", 90)).moved(PIVOT + (0.145, 0, 0)))
    stage.add("mount", "brass", axle.turned(rotation("z", 90)).moved(PIVOT))


def _tripod(stage: Stage) -> None:
    for n in range(3):
        turn = np.radians(60 + 120 * n)
        out = np.array([np.sin(turn), 0, np.cos(turn)])
        side = np.array([np.cos(turn), 0, -np.sin(turn)])
        for s in (-0.035, 0.035):
            top, foot = np.array([0, 0.97, 0]) + out * 0.09 + side * s, out * 0.42 + side * s * 0.4 + (0, 0.10, 0)
            path = np.linspace(top, foot, 6)
            stage.add("tripod", "wood", sweep(path, np.full((6, 2), (0.015, 0.020)), columns=10, side=side))
        stage.add(
            "tripod",
            "brass",
            sweep([out * 0.405 + (0, 0.14, 0), out * 0.44 + (0, 0.012, 0)], [0.03, 0.012], columns=12),
        )
        brace = [out * 0.255 + (0, 0.52, 0), np.array([0, 0.50, 0])]
        stage.add("tripod", "brass", sweep(brace, [0.010, 0.010], columns=8))
    stage.add("tripod", "brass", lathe([(0, 0.48), (0.05, 0.485), (0.05, 0.515), (0, 0.52)], columns=24))
