"""A first direction for a shot that came from a cut without any: subjects standing, a medium shot, three lights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assetlib.model.asset import AssetKind
from assetlib.model.scene import LightKind
from assetlib.model.shot import Shot
from assetlib.model.shot_description import (
    BlockingKey,
    CameraKey,
    Pacing,
    SetUse,
    ShotCamera,
    ShotDescription,
    ShotLight,
    Subject,
    Vec3,
)
from assetlib.usd.assets import bounds, locate
from assetlib.usd.frame import SHOT_SIZES, camera_for

_GAP = 0.35
_TOE_IN = 14.0
_AROUND = 12.0
_SIDES = 1.25
_APERTURE = (36.0, 20.25)
_ARMS_DOWN = 0.5
_BELOW_TOP = 0.42
_NOBODY = (1.7, 0.5)
"""Height and depth that an empty shot is framed for, in meters."""


@dataclass(frozen=True, slots=True)
class _Box:
    """A placed subject's size, in meters."""

    low: Vec3
    high: Vec3

    @property
    def width(self) -> float:
        return self.high[0] - self.low[0]


def default_description(
    shot: Shot,
    *,
    subjects: Sequence[Subject] = (),
    sets: Sequence[SetUse] = (),
    size: str = "medium",
    lens_mm: float = 50.0,
    search_paths: Sequence[Path],
    resolution: tuple[int, int] = (1920, 1080),
) -> ShotDescription:
    """Stand the subjects in a row, frame them in the given shot size, light them by their boxes.

    A subject that has marks keeps them. Raises UsdError for an unknown shot size, AssetNotFound for an asset in none
    of `search_paths`.
    """
    boxes = [
        _standing(subject, _Box(*bounds(locate(subject.asset, search_paths), search_paths, subject.variants)))
        for subject in subjects
    ]
    standing, group = _in_a_row(subjects, boxes)
    pacing = Pacing(
        cut_in=shot.cut_in, cut_out=shot.cut_out, handles=shot.handles, rate=shot.rate, time_scalar=shot.time_scalar
    )
    if subjects or not sets:
        shortest = min((box.high[1] - box.low[1] for box in boxes), default=group.high[1])
        key = _camera(group, shortest, size, lens_mm, shot.cut_in)
    else:
        key = _set_camera(sets[0], shot.cut_in, search_paths)
    return ShotDescription(
        code=shot.code,
        sequence=shot.sequence,
        production=shot.production,
        pacing=pacing,
        camera=ShotCamera(keys=(key,)),
        subjects=standing,
        sets=tuple(sets),
        lights=_three_lights(group),
        resolution=resolution,
        timeline=shot.timeline,
        clip=shot.clip,
        prompt=shot.prompt,
    )


def _in_a_row(subjects: Sequence[Subject], boxes: Sequence[_Box]) -> tuple[tuple[Subject, ...], _Box]:
    """Side by side along X, turned a little toward each other; and the box around all of them."""
    total = sum(box.width for box in boxes) + _GAP * max(len(boxes) - 1, 0)
    left, standing = -total / 2, []
    for subject, box in zip(subjects, boxes, strict=True):
        middle = left + box.width / 2
        place = (round(middle - (box.low[0] + box.high[0]) / 2, 4), round(-box.low[1], 4), 0.0)
        toward = 0.0 if abs(middle) < 1e-6 else math.copysign(_TOE_IN, -middle)
        mark = BlockingKey(frame=0, position=place, heading=toward)
        standing.append(subject if subject.blocking else replace(subject, blocking=(mark,)))
        left += box.width + _GAP
    height = max((box.high[1] - box.low[1] for box in boxes), default=_NOBODY[0])
    depth = max((box.high[2] - box.low[2] for box in boxes), default=_NOBODY[1]) / 2
    return tuple(standing), _Box((-total / 2, 0.0, -depth), (total / 2, height, depth))


def _standing(subject: Subject, box: _Box) -> _Box:
    """The box a subject stands in: a character is modeled with its arms out and stands with them down."""
    (a, b, c), (x, y, z) = (tuple(v * subject.scale for v in corner) for corner in (box.low, box.high))
    if subject.kind is AssetKind.CHARACTER:
        middle, half = (a + x) / 2, min(x - a, _ARMS_DOWN * (y - b)) / 2
        a, x = middle - half, middle + half
    return _Box((a, b, c), (x, y, z))


def _camera(group: _Box, shortest: float, size: str, lens_mm: float, frame: int) -> CameraKey:
    """The shot size asked for, moved back until all subjects fit side by side and the shortest shows its share too."""
    key = camera_for(size, lens_mm=lens_mm, low=group.low, high=group.high, frame=frame, around=_AROUND)
    wide = group.width * _SIDES * _APERTURE[1] / _APERTURE[0]
    tall = (group.high[1] - shortest * (1 - min(SHOT_SIZES[size], 1.0))) * _SIDES
    several = shortest < group.high[1] or group.width > _ARMS_DOWN * group.high[1]
    span = max(wide, tall) if several else 0.0
    needed = span * lens_mm / _APERTURE[1] + group.high[2]
    distance = math.dist(key.position, key.look_at)
    if needed <= distance:
        return key
    middle = max(group.high[1] / 2, group.high[1] - span * _BELOW_TOP)
    x, y, z = (at + (p - at) * needed / distance for p, at in zip(key.position, key.look_at, strict=True))
    lowered = middle - key.look_at[1]
    return replace(key, position=(x, y + lowered, z), look_at=(key.look_at[0], middle, key.look_at[2]))


def _set_camera(use: SetUse, frame: int, search_paths: Sequence[Path]) -> CameraKey:
    """An empty set as a whole, a little from above."""
    low, high = bounds(locate(use.asset, search_paths), search_paths, use.variants)
    return camera_for("full", lens_mm=28.0, low=low, high=high, frame=frame, angle="high")


def _three_lights(group: _Box) -> tuple[ShotLight, ...]:
    """Key from camera left, large soft fill from the right, cool rim from behind, dim sky; scaled to the group."""
    reach = max(group.high[1], group.width, 0.5)
    face = (0.0, group.high[1] * 0.75, 0.0)

    def panel(name: str, place: Vec3, size: tuple[float, float], intensity: float, kelvin: float) -> ShotLight:
        at = (place[0] * reach, face[1] + place[1] * reach, place[2] * reach)
        return ShotLight(
            name=name,
            kind=LightKind.RECT,
            position=at,
            look_at=face,
            size=(size[0] * reach, size[1] * reach),
            intensity=intensity,
            temperature=kelvin,
        )

    return (
        panel("key", (-1.3, 0.9, 1.5), (0.8, 0.8), 26.0, 5000.0),
        panel("fill", (1.8, 0.3, 1.4), (1.4, 1.4), 2.4, 6500.0),
        panel("rim", (1.0, 1.1, -1.6), (0.5, 1.0), 22.0, 7500.0),
        ShotLight(name="sky", kind=LightKind.DOME, intensity=0.12, color=(0.85, 0.92, 1.0)),
    )
