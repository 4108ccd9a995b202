"""The cut "First Light": eight shots, 246 frames, in which Bruno brings the lantern and Rhea shows him the sky.

Scene 1 is Bruno's way across the terrace, scene 2 their meeting, scene 3 the northern light, scene 4 the look
through the telescope, written after Rhea's performer had signed: her consent names scenes 1 to 3, so that shot
is refused until the consent is amended. Shots count their own frames from 1001; positions are those of `sets`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from assetlib.demo.motion import BRUNO
from assetlib.demo.sets import DAIS, DAIS_HEIGHT, LAMP_POSTS
from assetlib.model.asset import AssetKind
from assetlib.model.scene import LightKind
from assetlib.model.shot import Pin
from assetlib.model.shot_description import (
    BlockingKey,
    CameraKey,
    ClipUse,
    Pacing,
    SetUse,
    ShotCamera,
    ShotDescription,
    ShotLight,
    Subject,
    Vec3,
)

PRODUCTION, SEQUENCE = "northlight", "sq010"
RATE, FIRST, HANDLES = Fraction(24), 1001, 8
RESOLUTION = (640, 360)
REFUSED_SHOT = "sq010_sh0070"
RHEA_MARK: Vec3 = (-0.35, 0.0, -1.55)
BRUNO_MARK: Vec3 = (-1.45, 0.0, -0.95)
TELESCOPE: Vec3 = (DAIS[0], DAIS_HEIGHT + 0.008, DAIS[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class CastMember:
    """A registered asset of the demo: its pin and its root layer by search path."""

    pin: Pin
    asset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One clip of the cut: the shot's code, its own frames, where it lies in the record (frames from 0), its scene."""

    code: str
    cut_in: int
    cut_out: int
    record_in: int
    handles: int
    rate: Fraction
    scene: str
    subjects: tuple[str, ...]
    note: str

    @property
    def duration(self) -> int:
        return self.cut_out - self.cut_in + 1


_SCRIPT: tuple[tuple[str, int, str, tuple[str, ...], str], ...] = (
    ("sh0010", 36, "1", ("rhea", "bruno"), "Wide, crane down. Dusk on the terrace; Bruno comes with the lantern."),
    ("sh0020", 30, "1", ("bruno",), "Tracking. Bruno trots past the lit arcade."),
    ("sh0030", 30, "2", ("rhea", "bruno"), "Medium two-shot. Rhea waves: just in time."),
    ("sh0040", 28, "2", ("rhea",), "Close on Rhea. Something green in her eyes."),
    ("sh0050", 28, "3", ("rhea", "bruno"), "Over Bruno's shoulder. Rhea points north."),
    ("sh0060", 28, "3", ("bruno",), "Close on Bruno, who has never seen it."),
    ("sh0070", 30, "4", ("rhea",), "Low. Rhea at the telescope under the dome."),
    ("sh0080", 36, "3", ("rhea", "bruno"), "Wide from behind, crane up. The northern light over the sea."),
)


def edits() -> tuple[Edit, ...]:
    """The cut in record order, for whoever writes the timeline."""
    found, record = [], 0
    for name, frames, scene, subjects, note in _SCRIPT:
        found.append(
            Edit(
                code=f"{SEQUENCE}_{name}",
                cut_in=FIRST,
                cut_out=FIRST + frames - 1,
                record_in=record,
                handles=HANDLES,
                rate=RATE,
                scene=scene,
                subjects=subjects,
                note=note,
            )
        )
        record += frames
    return tuple(found)


def shots(cast: Mapping[str, CastMember]) -> tuple[ShotDescription, ...]:
    """Every shot of the cut with the pinned assets of `cast`: rhea, bruno, terrace and telescope."""
    stagings = (_arrival, _tracking, _meeting, _close_rhea, _over_shoulder, _close_bruno, _telescope, _finale)
    return tuple(staging(edit, cast) for staging, edit in zip(stagings, edits(), strict=True))


# -- words of the set floor ---------------------------------------------------------------------------------------


def _shot(
    edit: Edit,
    cast: Mapping[str, CastMember],
    camera: tuple[CameraKey, ...],
    players: tuple[Subject, ...],
    lights: tuple[ShotLight, ...],
) -> ShotDescription:
    terrace, telescope = cast["terrace"], cast["telescope"]
    prop = Subject(
        name="telescope",
        pin=telescope.pin,
        asset=telescope.asset,
        kind=AssetKind.PROP,
        blocking=(BlockingKey(frame=FIRST, position=TELESCOPE, heading=-20.0),),
    )
    return ShotDescription(
        code=edit.code,
        sequence=SEQUENCE,
        production=PRODUCTION,
        pacing=Pacing(cut_in=edit.cut_in, cut_out=edit.cut_out, handles=edit.handles, rate=edit.rate),
        camera=ShotCamera(keys=camera),
        subjects=(*players, prop),
        sets=(SetUse(name="terrace", pin=terrace.pin, asset=terrace.asset),),
        lights=lights,
        background=(0.010, 0.016, 0.045),
        resolution=RESOLUTION,
        prompt=edit.note,
    )


def _player(
    cast: Mapping[str, CastMember],
    name: str,
    mark: Vec3,
    heading: float,
    clip: str,
    start: int,
    to: BlockingKey | None = None,
) -> Subject:
    """A character on its mark; `to` is where a walk has brought it on the given frame."""
    first = BlockingKey(frame=FIRST - HANDLES, position=mark, heading=heading)
    blocking = (first,) if to is None else (first, to)
    member = cast[name]
    return Subject(
        name=name, pin=member.pin, asset=member.asset, blocking=blocking, clip=ClipUse(clip=clip, start=start)
    )


def _walked(mark: Vec3, heading: float, frames: int, pace: float) -> Vec3:
    turn, way = math.radians(heading), frames * pace
    return (mark[0] + math.sin(turn) * way, mark[1], mark[2] + math.cos(turn) * way)


def _move(
    edit: Edit, start: tuple[Vec3, Vec3], end: tuple[Vec3, Vec3], lens: float, f_stop: float = 0.0
) -> tuple[CameraKey, ...]:
    """A move from one (position, look-at) to another over the cut, handles included."""
    keys = ((edit.cut_in - edit.handles, start), (edit.cut_out + edit.handles, end))
    return tuple(
        CameraKey(frame=frame, position=position, look_at=look_at, focal_length=lens, f_stop=f_stop)
        for frame, (position, look_at) in keys
    )


def _key(position: Vec3, look_at: Vec3, power: float, kelvin: float = 3200.0, size: float = 1.8) -> ShotLight:
    return ShotLight(
        name="key",
        kind=LightKind.RECT,
        position=position,
        look_at=look_at,
        size=(size, size),
        intensity=power,
        temperature=kelvin,
    )


def _rim(position: Vec3, look_at: Vec3, power: float, kelvin: float = 8500.0) -> ShotLight:
    return ShotLight(
        name="rim",
        kind=LightKind.RECT,
        position=position,
        look_at=look_at,
        size=(1.6, 2.2),
        intensity=power,
        temperature=kelvin,
    )


def _practical(post: int, power: float = 22.0) -> ShotLight:
    """A lamp post's light, a little larger than its globe so that the glass casts no shadow; it breathes slightly."""
    x, y, z = LAMP_POSTS[post]
    return ShotLight(
        name=f"practical_{post}",
        kind=LightKind.SPHERE,
        position=(x, y + 2.76, z),
        size=(0.26,),
        intensity=power,
        temperature=2300.0,
    )


def _dusk(power: float = 1.35) -> ShotLight:
    return ShotLight(name="dusk", kind=LightKind.DOME, intensity=power, color=(0.10, 0.14, 0.26))


# -- the shots ----------------------------------------------------------------------------------------------------


def _arrival(edit: Edit, cast: Mapping[str, CastMember]) -> ShotDescription:
    mark, heading, frames = (-2.4, 0.0, 1.0), 132.0, edit.duration + 2 * HANDLES
    end = BlockingKey(
        frame=edit.cut_out + HANDLES, position=_walked(mark, heading, frames - 1, BRUNO.pace), heading=heading
    )
    players = (
        _player(cast, "rhea", (0.55, DAIS_HEIGHT, -2.0), 130.0, "look_around", FIRST - 60),
        _player(cast, "bruno", mark, heading, "walk", FIRST - HANDLES, end),
    )
    camera = _move(edit, ((3.0, 2.7, 3.5), (-0.7, 1.15, -2.2)), ((2.4, 1.7, 2.9), (-0.7, 1.05, -2.2)), 24.0)
    lights = (
        _key((-4.6, 4.4, 3.4), (0.0, 0.5, -1.4), 26.0),
        _rim((3.8, 5.0, -5.2), (-0.6, 1.0, -1.2), 11.0),
        _practical(0),
        _practical(1),
        _dusk(),
    )
    return _shot(edit, cast, camera, players, lights)


def _tracking(edit: Edit, cast: Mapping[str, CastMember]) -> ShotDescription:
    mark, heading, frames = (-3.2, 0.0, 1.9), 128.0, edit.duration + 2 * HANDLES
    after = _walked(mark, heading, frames - 1, BRUNO.pace)
    end = BlockingKey(frame=edit.cut_out + HANDLES, position=after, heading=heading)
    players = (_player(cast, "bruno", mark, heading, "walk", FIRST - HANDLES, end),)

    def beside(at: Vec3, push: float) -> tuple[Vec3, Vec3]:
        return (at[0] + 2.35 - push, 0.80, at[2] - 0.60), (at[0] + 0.25, 0.58, at[2])

    camera = _move(edit, beside(mark, 0.0), beside(after, 0.12), 35.0)
    lights = (
        _key((-0.4, 3.4, 3.8), (-2.8, 0.5, 1.6), 12.0),
        _rim((-5.6, 3.6, -1.2), (-2.8, 0.6, 1.6), 20.0, 7500.0),
        _practical(2),
        _dusk(),
    )
    return _shot(edit, cast, camera, players, lights)


def _meeting(edit: Edit, cast: Mapping[str, CastMember]) -> ShotDescription:
    players = (
        _player(cast, "rhea", RHEA_MARK, -38.0, "wave", FIRST - 6),
        _player(cast, "bruno", BRUNO_MARK, 52.0, "look_up", FIRST - 24),
    )
    camera = _move(edit, ((-1.10, 1.20, 2.75), (-0.80, 1.08, -1.2)), ((-1.00, 1.18, 2.50), (-0.80, 1.08, -1.2)), 50.0)
    lights = (
        _key((-4.2, 3.4, 1.8), (-0.9, 1.0, -1.2), 15.0),
        _rim((2.6, 4.2, -5.2), (-0.9, 1.2, -1.2), 15.0),
        _practical(0),
        _dusk(),
    )
    return _shot(edit, cast, camera, players, lights)


def _close_rhea(edit: Edit, cast: Mapping[str, CastMember]) -> ShotDescription:
    players = (_player(cast, "rhea", RHEA_MARK, -34.0, "talk", FIRST - 6),)
    look = (-0.20, 1.64, -1.5)
    camera = _move(edit, ((-1.02, 1.64, 1.05), look), ((-0.98, 1.64, 0.85), look), 85.0, 2.8)
    lights = (_key((-3.6, 2.8, 0.2), look, 13.0, size=1.4), _rim((1.8, 3.4, -4.2), look, 16.0), _dusk(1.5))
    return _shot(edit, cast, camera, players, lights)


def _over_shoulder(edit: Edit, cast: Mapping[str, CastMember]) -> ShotDescription:
    players = (
        _player(cast, "rhea", RHEA_MARK, -32.0, "point", FIRST - 20),
        _player(cast, "bruno", BRUNO_MARK, 118.0, "look_up", FIRST - 24),
    )
    camera = _move(edit, ((-2.62, 1.14, 0.18), (-0.72, 1.14, -1.48)), ((-2.52, 1.12, 0.14), (-0.72, 1.17, -1.48)), 35.0)
    lights = (
        _key((-4.6, 3.2, -0.2), (-0.6, 1.2, -1.4), 14.0),
        _rim((2.2, 3.8, -4.8), (-0.8, 1.0, -1.2), 16.0),
        _practical(0, 12.0),
        _dusk(),
    )
    return _shot(edit, cast, camera, players, lights)


def _close_bruno(edit: Edit, cast: Mapping[str, CastMember]) -> ShotDescription:
    players = (_player(cast, "bruno", BRUNO_MARK, 118.0, "look_up", FIRST - 22),)
    look = (-1.40, 0.76, -0.98)
    camera = _move(edit, ((1.05, 0.80, -1.55), look), ((0.85, 0.80, -1.50), look), 85.0, 2.8)
    lights = (
        _key((0.2, 2.6, 1.6), look, 11.0, size=1.4),
        _rim((-3.4, 2.8, -3.2), look, 17.0),
        _practical(0),
        _dusk(1.5),
    )
    return _shot(edit, cast, camera, players, lights)


def _telescope(edit: Edit, cast: Mapping[str, CastMember]) -> ShotDescription:
    players = (_player(cast, "rhea", (1.05, DAIS_HEIGHT, -1.95), 205.0, "talk", FIRST),)
    look = (1.35, 1.42, -2.15)
    camera = _move(edit, ((-0.95, 0.62, -4.35), look), ((-1.05, 0.78, -4.10), look), 35.0)
    lights = (
        _key((-2.2, 3.0, -4.6), (1.2, 1.3, -2.1), 13.0),
        _rim((4.4, 4.2, 0.4), (1.2, 1.4, -2.1), 16.0),
        _practical(1),
        _dusk(),
    )
    return _shot(edit, cast, camera, players, lights)


def _finale(edit: Edit, cast: Mapping[str, CastMember]) -> ShotDescription:
    players = (
        _player(cast, "rhea", (-0.55, 0.0, -4.55), 172.0, "point", FIRST - 22),
        _player(cast, "bruno", (0.35, 0.0, -4.45), 190.0, "cheer", FIRST),
    )
    camera = _move(edit, ((0.25, 1.05, -1.25), (0.25, 1.35, -5.5)), ((0.25, 1.45, -0.55), (0.25, 1.75, -5.5)), 30.0)
    lights = (
        _key((-4.0, 3.2, -1.2), (-0.1, 1.0, -4.5), 17.0),
        ShotLight(
            name="aurora",
            kind=LightKind.RECT,
            position=(0.6, 5.4, -9.0),
            look_at=(-0.1, 1.2, -4.5),
            size=(5.0, 1.6),
            intensity=11.0,
            color=(0.30, 1.0, 0.72),
        ),
        _practical(0),
        _dusk(),
    )
    return _shot(edit, cast, camera, players, lights)
