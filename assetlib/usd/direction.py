"""A first direction for a shot that came from a cut without any: subjects standing, a medium shot, three lights."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assetlib.model.asset import AssetKind
from assetlib.model.ids import EntityUri
from assetlib.model.scene import LightKind
from assetlib.model.shot import Pin, Shot
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
from assetlib.usd.frame import camera_for

_GAP = 0.35
_LENS = 50.0
_TOE_IN = 14.0
_ACTORS = (AssetKind.CHARACTER, AssetKind.PROP, AssetKind.VEHICLE)


@dataclass(frozen=True, slots=True)
class _Box:
    """A placed subject's size, in meters."""

    low: Vec3
    high: Vec3

    @property
    def width(self) -> float:
        return self.high[0] - self.low[0]


def asset_path(pin: Pin) -> str:
    """Where a pinned version lies in a tree: ``characters/hero/v003/hero.usda``."""
    entity = EntityUri.parse(pin.entity)
    return f"{entity.path}/{pin.version}/{entity.name}.usda"


def default_description(
    shot: Shot,
    pins: Sequence[Pin] | None = None,
    set_pin: Pin | None = None,
    *,
    search_paths: Sequence[Path],
    resolution: tuple[int, int] = (1920, 1080),
) -> ShotDescription:
    """Characters and props of `pins` (the shot's own by default) in a row, framed and lit by their boxes.

    Sets among the pins are used as sets. Raises UsdError or AssetNotFound when an asset is not in `search_paths`.
    """
    given = tuple(shot.pins if pins is None else pins)
    sets = [pin for pin in given if _kind(pin) is AssetKind.SET] + ([set_pin] if set_pin else [])
    actors = [pin for pin in given if _kind(pin) in _ACTORS]
    boxes = [_Box(*bounds(locate(asset_path(pin), search_paths), search_paths)) for pin in actors]
    subjects, group = _in_a_row(actors, boxes)
    pacing = Pacing(
        cut_in=shot.cut_in, cut_out=shot.cut_out, handles=shot.handles, rate=shot.rate, time_scalar=shot.time_scalar
    )
    return ShotDescription(
        code=shot.code,
        sequence=shot.sequence,
        production=shot.production,
        pacing=pacing,
        camera=ShotCamera(keys=(_camera(group, len(actors), shot.cut_in, sets, search_paths),)),
        subjects=subjects,
        sets=tuple(SetUse(name=_name(pin), pin=_renamed(pin), asset=asset_path(pin)) for pin in sets),
        lights=_three_lights(group),
        resolution=resolution,
        timeline=shot.timeline,
        clip=shot.clip,
        prompt=shot.prompt,
    )


def _in_a_row(pins: Sequence[Pin], boxes: Sequence[_Box]) -> tuple[tuple[Subject, ...], _Box]:
    """Side by side along X, turned a little toward each other; and the box around all of them."""
    total = sum(box.width for box in boxes) + _GAP * max(len(boxes) - 1, 0)
    left, subjects = -total / 2, []
    for pin, box in zip(pins, boxes, strict=True):
        middle = left + box.width / 2
        heading = 0.0 if len(pins) == 1 else -_TOE_IN * (1 if middle > 0 else -1 if middle < 0 else 0)
        mark = BlockingKey(
            frame=0,
            position=(round(middle - (box.low[0] + box.high[0]) / 2, 4), round(-box.low[1], 4), 0.0),
            heading=heading,
        )
        subjects.append(
            Subject(
                name=_name(pin),
                pin=_renamed(pin),
                asset=asset_path(pin),
                kind=_kind(pin) or AssetKind.PROP,
                blocking=(mark,),
            )
        )
        left += box.width + _GAP
    height = max((box.high[1] - box.low[1] for box in boxes), default=1.7)
    depth = max((box.high[2] - box.low[2] for box in boxes), default=0.5) / 2
    return tuple(subjects), _Box((-total / 2, 0.0, -depth), (total / 2, height, depth))


def _camera(group: _Box, actors: int, frame: int, sets: Sequence[Pin], search_paths: Sequence[Path]) -> CameraKey:
    """One subject from the waist up; several so that all fit; an empty set as a whole, from eye level."""
    if not actors and sets:
        low, high = bounds(locate(asset_path(sets[0]), search_paths), search_paths)
        return camera_for("full", lens_mm=28.0, low=low, high=high, frame=frame, angle="high")
    key = camera_for("medium", lens_mm=_LENS, low=group.low, high=group.high, frame=frame, around=12.0)
    needed = group.width * 1.25 * _LENS / 36.0
    distance = max(key.position[2] - key.look_at[2], needed) if actors > 1 else key.position[2] - key.look_at[2]
    share = distance / max(key.position[2] - key.look_at[2], 1e-6)
    position = tuple(at + (p - at) * share for p, at in zip(key.position, key.look_at, strict=True))
    return replace(key, position=(position[0], position[1], position[2]))


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
        panel("key", (-1.3, 0.9, 1.5), (0.8, 0.8), 17.0, 5000.0),
        panel("fill", (1.8, 0.3, 1.4), (1.4, 1.4), 1.4, 6500.0),
        panel("rim", (1.0, 1.1, -1.6), (0.5, 1.0), 16.0, 7500.0),
        ShotLight(name="sky", kind=LightKind.DOME, intensity=0.12, color=(0.85, 0.92, 1.0)),
    )


def _kind(pin: Pin) -> AssetKind | None:
    folder = EntityUri.parse(pin.entity).path.split("/", 1)[0]
    return next((kind for kind in AssetKind if kind.folder == folder), None)


def _name(pin: Pin) -> str:
    """The pin's name as USD can hold it."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", pin.name)
    return name if re.match(r"[A-Za-z_]", name) and name != "asset" else f"_{name}"


def _renamed(pin: Pin) -> Pin:
    return replace(pin, name=_name(pin))
