"""The characters' reference sheets: which cameras and lights picture a model from the front, side, back and face.

The pictures are rendered from the model when it is registered; here are only the set-ups, as shot values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from assetlib.model.scene import LightKind
from assetlib.model.shot_description import CameraKey, ShotCamera, ShotLight, Vec3

SHEET_SIZE = (512, 768)
FACE_SIZE = (768, 768)
HEIGHTS = {"rhea": (1.99, 1.58), "bruno": (1.06, 0.73)}
"""Top of the figure and height of its eyes, meters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetView:
    """One picture of a reference sheet: its role, its size in pixels and its camera."""

    role: str
    size: tuple[int, int]
    camera: ShotCamera


def sheet_views(character: str) -> tuple[SheetView, ...]:
    """Front, side, back and face of a character that stands at the origin and faces +Z."""
    top, eyes = HEIGHTS[character]
    body = tuple(
        SheetView(role=role, size=SHEET_SIZE, camera=_camera(turn, top / 2, top * 1.14, SHEET_SIZE, 85.0))
        for role, turn in (("front", 0.0), ("side", 90.0), ("back", 180.0))
    )
    face = _camera(18.0, eyes, 0.62 if character == "rhea" else 0.72, FACE_SIZE, 85.0)
    return (*body, SheetView(role="face", size=FACE_SIZE, camera=face))


def sheet_lights(character: str) -> tuple[ShotLight, ...]:
    """An even studio: a soft key, a cool rim and a neutral dome."""
    middle: Vec3 = (0.0, HEIGHTS[character][0] * 0.6, 0.0)
    return (
        ShotLight(
            name="key",
            kind=LightKind.RECT,
            position=(-2.2, 3.2, 3.2),
            look_at=middle,
            size=(2.0, 2.0),
            intensity=8.0,
            temperature=5000.0,
        ),
        ShotLight(
            name="rim",
            kind=LightKind.RECT,
            position=(2.6, 2.8, -2.6),
            look_at=middle,
            size=(1.2, 2.0),
            intensity=10.0,
            temperature=7500.0,
        ),
        ShotLight(name="studio", kind=LightKind.DOME, intensity=1.0, color=(0.42, 0.43, 0.46)),
    )


def _camera(turn: float, height: float, covers: float, size: tuple[int, int], lens: float) -> ShotCamera:
    """A level camera at the distance from which `covers` meters fill the picture's height."""
    aperture = (36.0 * size[0] / size[1], 36.0)
    away, angle = covers * lens / aperture[1], math.radians(turn)
    position = (away * math.sin(angle), height, away * math.cos(angle))
    key = CameraKey(frame=1001, position=position, look_at=(0.0, height, 0.0), focal_length=lens)
    return ShotCamera(keys=(key,), aperture=aperture)
