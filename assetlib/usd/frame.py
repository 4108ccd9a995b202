"""Framing with the layers alone: who is in frame and how large, and a camera from film words.

>>> camera_for("medium", lens_mm=50.0, low=(-0.3, 0.0, -0.2), high=(0.3, 1.8, 0.2), frame=1001).position[2] > 1.0
True
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assetlib.model.shot_description import CameraKey, Vec3
from assetlib.usd.errors import UsdError
from assetlib.usd.extract_camera import find_camera
from assetlib.usd.extract_entities import cast
from assetlib.usd.extract_walk import contents
from assetlib.usd.stage import open_stage

SHOT_SIZES = {
    "extreme close-up": 0.13,
    "close-up": 0.25,
    "medium close-up": 0.36,
    "medium": 0.5,
    "cowboy": 0.68,
    "full": 1.12,
    "wide": 2.2,
    "extreme wide": 5.0,
}
"""How much of the subject's height the frame is high: up to 1 counted from the top of the head."""

ANGLES = {"eye": 0.0, "low": -18.0, "high": 25.0, "overhead": 75.0, "dutch": 0.0}
"""Degrees by which the camera looks down on the subject."""

_HEADROOM = 0.08
_DUTCH_ROLL = 12.0
_SIDES = 1.1


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectFraming:
    """A subject on the screen. NDC runs from -1 to 1, left to right and bottom to top.

    `screen_height_fraction` is the height of its box over the frame's (above 1 it is cut), `visible_share` the
    part of its box on the screen that lies inside the frame. Occlusion is not considered: the id pass tells it.
    """

    name: str
    entity: str
    in_frame: bool
    ndc_center: tuple[float, float]
    screen_height_fraction: float
    visible_share: float


def framing(root_layer: Path, frame: int, *, search_paths: Sequence[Path] = ()) -> tuple[SubjectFraming, ...]:
    """Every pinned character and prop of a shot (sets are left out) as the shot's camera sees its box at `frame`.

    Raises UsdError when the layer cannot be opened or has no camera.
    """
    from pxr import UsdGeom

    stage = open_stage(root_layer, search_paths)
    camera = find_camera(stage, contents(stage).cameras, None)
    if camera is None:
        raise UsdError(f"expected a camera in {root_layer.name} to frame by, found none; add one to the layout")
    view = UsdGeom.Camera(camera).GetCamera(float(frame)).frustum
    boxes = UsdGeom.BBoxCache(float(frame), [UsdGeom.Tokens.default_, UsdGeom.Tokens.render], useExtentsHint=False)
    return tuple(
        _framed(entity.name, entity.entity, boxes.ComputeWorldBound(stage.GetPrimAtPath(entity.path)), view)
        for entity in cast(stage, None).entities
        if not entity.path.startswith("/shot/env/")
    )


def _framed(name: str, entity: str, box: Any, view: Any) -> SubjectFraming:
    size = box.ComputeAlignedRange()
    if size.IsEmpty():
        return SubjectFraming(
            name=name, entity=entity, in_frame=False, ndc_center=(0, 0), screen_height_fraction=0, visible_share=0
        )
    to_screen = np.array(view.ComputeViewMatrix() * view.ComputeProjectionMatrix())
    corners = np.array([box.GetMatrix().Transform(box.GetRange().GetCorner(i)) for i in range(8)])
    seen = _projected(corners, to_screen)
    center = _projected(np.array([list(box.ComputeCentroid())]), to_screen)[0]
    low, high = seen.min(axis=0), seen.max(axis=0)
    inside = np.clip(np.minimum(high, 1) - np.maximum(low, -1), 0, None)
    return SubjectFraming(
        name=name,
        entity=entity,
        in_frame=bool(view.Intersects(box)),
        ndc_center=(float(center[0]), float(center[1])),
        screen_height_fraction=float(high[1] - low[1]) / 2,
        visible_share=float(np.prod(inside) / max(float(np.prod(high - low)), 1e-12)),
    )


def _projected(points: Any, to_screen: Any) -> Any:
    """Row-vector projection; a point behind the camera is held just in front of it."""
    clip = np.c_[points, np.ones(len(points))] @ to_screen
    return clip[:, :2] / np.maximum(clip[:, 3:], 1e-3)


def camera_for(
    size: str,
    *,
    lens_mm: float,
    low: Vec3,
    high: Vec3,
    frame: int,
    around: float = 0.0,
    angle: str = "eye",
    aperture: tuple[float, float] = (36.0, 20.25),
    f_stop: float = 0.0,
) -> CameraKey:
    """The camera that sees the box from `low` to `high` (meters) in the given shot size.

    `around` is the heading from which it looks (0 from +Z, the subject's front; 90 from +X). Raises UsdError for a
    word that is none of `SHOT_SIZES` or `ANGLES`.
    """
    if size not in SHOT_SIZES or angle not in ANGLES:
        known = ", ".join(SHOT_SIZES if size not in SHOT_SIZES else ANGLES)
        raise UsdError(f"expected one of {known}, found {size if size not in SHOT_SIZES else angle!r}")
    height = max(high[1] - low[1], 1e-3)
    span = SHOT_SIZES[size] * height * (1 + _HEADROOM)
    if SHOT_SIZES[size] >= 1:
        span = max(span, _SIDES * _width(low, high, around) * aperture[1] / aperture[0])
    target = ((low[0] + high[0]) / 2, _eye_line(low[1], high[1], span, SHOT_SIZES[size]), (low[2] + high[2]) / 2)
    front = _width(low, high, around + 90.0) / 2
    # A tail or a cape makes a box deep without bringing the face nearer.
    distance = span * lens_mm / aperture[1] + (front if SHOT_SIZES[size] >= 1 else min(front, height / 4))
    return CameraKey(
        frame=frame,
        position=_orbit(target, distance, around, ANGLES[angle]),
        look_at=target,
        focal_length=lens_mm,
        f_stop=f_stop,
        roll=_DUTCH_ROLL if angle == "dutch" else 0.0,
    )


def _eye_line(bottom: float, top: float, span: float, size: float) -> float:
    """Height of the frame's middle: headroom above the head, or the feet a little above the frame's lower edge."""
    if size < 1:
        return top + _HEADROOM * span - span / 2
    return max(bottom + span * 0.36, (bottom + top) / 2) if size > 2 else (bottom + top) / 2


def _width(low: Vec3, high: Vec3, around: float) -> float:
    turn = math.radians(around)
    return abs(math.cos(turn)) * (high[0] - low[0]) + abs(math.sin(turn)) * (high[2] - low[2])


def _orbit(target: Vec3, distance: float, around: float, down: float) -> Vec3:
    turn, tilt = math.radians(around), math.radians(down)
    flat = distance * math.cos(tilt)
    return (
        target[0] + flat * math.sin(turn),
        target[1] + distance * math.sin(tilt),
        target[2] + flat * math.cos(turn),
    )
