"""The two performances: idle, walk, wave, point, look up, look around, talk and cheer, at 24 frames a second.

Feet are placed, knees follow: every pose solves the legs so that a planted foot stays where it is. A walk is made
on the spot; moving the subject `stride` meters a cycle keeps its feet from sliding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from assetlib.demo.skeleton import Motion, Pose, Skeleton, motion

Turns = dict[str, tuple[float, float, float]]
STANCE = 0.6
"""Share of a walk cycle that a foot spends on the ground."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """How a character moves: reach of a step and lift of a foot (m), frames of a walk cycle, bounce, arm's rest."""

    step: float
    lift: float
    cycle: int
    bounce: float
    sway: float
    arms_down: float
    swing: float
    appendages: Mapping[str, float]

    @property
    def stride(self) -> float:
        """Meters that one walk cycle covers."""
        return self.step / STANCE

    @property
    def pace(self) -> float:
        """Meters a frame."""
        return self.stride / self.cycle


RHEA = Temper(
    step=0.44,
    lift=0.07,
    cycle=24,
    bounce=0.022,
    sway=2.5,
    arms_down=5.0,
    swing=26.0,
    appendages={"tail_1": 8, "tail_2": 10, "tail_3": 12, "tail_4": 14, "scarf_1": 5, "scarf_2": 8, "scarf_3": 10},
)
BRUNO = Temper(
    step=0.17,
    lift=0.05,
    cycle=14,
    bounce=0.018,
    sway=8.0,
    arms_down=16.0,
    swing=22.0,
    appendages={"tail_1": 6, "lantern": 9, "pack": 1.5},
)


def performances(skeleton: Skeleton, temper: Temper) -> tuple[tuple[Motion, bool], ...]:
    """Every clip of one character, each with whether it loops."""
    scripts: tuple[tuple[str, int, bool, Callable[[float, int], Pose]], ...] = (
        ("idle", 72, True, lambda t, f: _idle(skeleton, temper, t, f)),
        ("walk", temper.cycle, True, lambda t, f: _walk(skeleton, temper, t)),
        ("wave", 48, True, lambda t, f: _wave(skeleton, temper, t, f)),
        ("point", 72, True, lambda t, f: _point(skeleton, temper, t, f)),
        ("look_up", 72, True, lambda t, f: _look_up(skeleton, temper, t, f)),
        ("look_around", 96, True, lambda t, f: _look_around(skeleton, temper, t, f)),
        ("talk", 48, True, lambda t, f: _talk(skeleton, temper, t, f)),
        ("cheer", 24, True, lambda t, f: _cheer(skeleton, temper, t, f)),
    )
    return tuple(
        (motion(name, skeleton, [script(f / count, f) for f in range(count)]), loops)
        for name, count, loops, script in scripts
    )


# -- building blocks --------------------------------------------------------------------------------------------


def _add(*layers: Mapping[str, tuple[float, float, float]]) -> Turns:
    total: Turns = {}
    for layer in layers:
        for joint, (x, y, z) in layer.items():
            a, b, c = total.get(joint, (0.0, 0.0, 0.0))
            total[joint] = (a + x, b + y, c + z)
    return total


def _wave_of(t: float, times: float = 1, phase: float = 0) -> float:
    return float(np.sin(2 * np.pi * (t * times + phase)))


def _legs(
    skeleton: Skeleton, shift: tuple[float, float, float], feet: Mapping[str, tuple[float, float, float]]
) -> Turns:
    """Turns that put each ankle at rest + (up, forward), its sole pitched by degrees, while the hips are shifted."""
    turns: Turns = {}
    for side, (forward, up, pitch) in feet.items():
        hip, knee, ankle = (skeleton.place(f"{name}_{side}")[1:] for name in ("thigh", "shin", "foot"))
        start = hip + (shift[1], shift[2])
        target = ankle + (up, forward)
        upper, lower = float(np.linalg.norm(knee - hip)), float(np.linalg.norm(ankle - knee))
        reach = target - start
        distance = float(np.clip(np.linalg.norm(reach), abs(upper - lower) + 1e-4, upper + lower - 1e-5))
        bend = np.arccos(np.clip((upper**2 + distance**2 - lower**2) / (2 * upper * distance), -1, 1))
        thigh = np.arctan2(reach[1], reach[0]) + _toward_front(reach) * bend
        middle = start + upper * np.array([np.cos(thigh), np.sin(thigh)])
        shin = np.arctan2(target[1] - middle[1], target[0] - middle[0])
        first = np.degrees(_wrap(thigh - _angle(knee - hip)))
        second = np.degrees(_wrap(shin - _angle(ankle - knee))) - first
        sideways = np.degrees(np.arctan2(shift[0], upper + lower))
        turns[f"thigh_{side}"] = (float(first), 0.0, float(-sideways))
        turns[f"shin_{side}"] = (float(second), 0.0, 0.0)
        turns[f"foot_{side}"] = (float(pitch - first - second), 0.0, float(sideways))
    return turns


def _angle(vector: np.ndarray) -> float:
    return float(np.arctan2(vector[1], vector[0]))


def _wrap(angle: float) -> float:
    return float((angle + np.pi) % (2 * np.pi) - np.pi)


def _toward_front(reach: np.ndarray) -> float:
    """Sign that turns a downward leg's knee toward +Z: angles of (y, z) fall toward the front."""
    return -1.0 if reach[0] < 0 else 1.0


def _planted(skeleton: Skeleton, shift: tuple[float, float, float]) -> Turns:
    return _legs(skeleton, shift, {"l": (0, 0, 0), "r": (0, 0, 0)})


def _arms(temper: Temper) -> Turns:
    down = temper.arms_down
    return {
        "arm_l": (0, 0, -down),
        "arm_r": (0, 0, down),
        "forearm_l": (-12, 0, 0),
        "forearm_r": (-12, 0, 0),
        "shoulder_l": (0, 0, 0),
    }


def _followers(skeleton: Skeleton, temper: Temper, t: float, times: float, strength: float) -> Turns:
    """Tail, scarf and lantern swing after the body, each joint later than the one before."""
    turns: Turns = {}
    for n, (joint, degrees) in enumerate(temper.appendages.items()):
        angle = degrees * strength * _wave_of(t, times, -0.09 * n)
        turns[joint] = (0.35 * angle, 0.6 * angle, 0) if joint.startswith("tail") else (0.6 * angle, 0, 0.7 * angle)
    return turns


def _blink(frame: int, at: tuple[int, ...]) -> Turns:
    closing = (0.4, 1.0, 1.0, 0.6, 0.2)
    amount = max((closing[frame - b] for b in at if 0 <= frame - b < len(closing)), default=0.0)
    return {} if amount == 0 else {"lid_l": (62 * amount, 0, 0), "lid_r": (62 * amount, 0, 0)}


def _gaze(across: float, up: float) -> Turns:
    return {"eye_l": (-up, across, 0), "eye_r": (-up, across, 0)}


def _ears(t: float, times: float, degrees: float) -> Turns:
    flick = degrees * max(0.0, _wave_of(t, times)) ** 4
    return {"ear_l": (-flick, 0, -flick * 0.6), "ear_r": (-flick * 0.5, 0, flick)}


def _breath(t: float, times: float) -> Turns:
    air = _wave_of(t, times)
    return {
        "spine": (-0.6 * air, 0, 0),
        "chest": (-1.2 * air, 0, 0),
        "neck": (0.8 * air, 0, 0),
        "head": (0.9 * air, 0, 0),
    }


def _base(
    skeleton: Skeleton, temper: Temper, t: float, f: int, blinks: tuple[int, ...], breaths: float
) -> tuple[Turns, tuple[float, float, float]]:
    shift = (0.010 * _wave_of(t), -0.006 - 0.004 * _wave_of(t, breaths), 0.0)
    turns = _add(
        _arms(temper),
        _planted(skeleton, shift),
        _breath(t, breaths),
        _followers(skeleton, temper, t, 1, 0.6),
        _blink(f, blinks),
    )
    return turns, shift


def _hold(t: float, rise: float, fall: float) -> float:
    """Up from 0 by `rise`, held at 1, down again from `fall` to the end: a gesture's envelope over the clip."""
    up = np.clip(t / rise, 0, 1)
    down = np.clip((1 - t) / (1 - fall), 0, 1)
    a = min(up, down)
    return float(a * a * (3 - 2 * a))


# -- performances -----------------------------------------------------------------------------------------------


def _idle(skeleton: Skeleton, temper: Temper, t: float, f: int) -> Pose:
    turns, shift = _base(skeleton, temper, t, f, (20, 58), 2)
    sway = {"head": (0.0, 4 * _wave_of(t), 2 * _wave_of(t, 1, 0.2)), "spine": (0.0, 1.5 * _wave_of(t), 0.0)}
    return Pose(turns=_add(turns, sway, _ears(t, 2, 8), _gaze(3 * _wave_of(t, 1, 0.3), 0)), shift=shift)


def _walk(skeleton: Skeleton, temper: Temper, t: float) -> Pose:
    shift = (0.0, temper.bounce * (-1.25 - np.cos(4 * np.pi * (t - 0.05))), 0.0)
    feet = {"l": _step(temper, t), "r": _step(temper, (t + 0.5) % 1)}
    a, sway = _wave_of(t, 1, 0.25), temper.sway
    body: Turns = {
        "spine": (2.0, -4 * a, sway * 0.5 * _wave_of(t)),
        "chest": (1.0, -5 * a, -sway * 0.25 * _wave_of(t)),
        "head": (-2.0 + 1.5 * _wave_of(t, 2), 8 * a, -sway * 0.3 * _wave_of(t)),
        "arm_l": (temper.swing * a, 0, 0),
        "arm_r": (-temper.swing * a, 0, 0),
        "forearm_l": (-14 + 10 * a, 0, 0),
        "forearm_r": (-14 - 10 * a, 0, 0),
    }
    ears = {"ear_l": (5 * _wave_of(t, 2), 0, 0), "ear_r": (5 * _wave_of(t, 2, 0.1), 0, 0)}
    turns = _add(_arms(temper), _legs(skeleton, shift, feet), body, ears, _followers(skeleton, temper, t, 1, 1.0))
    return Pose(turns=turns, shift=shift)


def _step(temper: Temper, t: float) -> tuple[float, float, float]:
    """One foot: forward (m), up (m), pitch (degrees); flat and steady while it carries, lifted while it swings."""
    if t < STANCE:
        return temper.step * (0.5 - t / STANCE), 0.0, 0.0
    s = (t - STANCE) / (1 - STANCE)
    ease = s * s * (3 - 2 * s)
    height = temper.lift * float(np.sin(np.pi * s))
    return temper.step * (ease - 0.5), height, 200 * temper.lift * float(np.sin(2 * np.pi * s)) * s * (1 - s) * 2


def _wave(skeleton: Skeleton, temper: Temper, t: float, f: int) -> Pose:
    turns, shift = _base(skeleton, temper, t, f, (8, 34), 2)
    up = _hold(t, 0.2, 0.8)
    swing = 24 * _wave_of(t, 4) * up
    gesture: Turns = {
        "shoulder_r": (0, 0, -10 * up),
        "arm_r": (-12 * up, 0, -(108 + temper.arms_down) * up),
        "forearm_r": (-8 * up, 0, -32 * up + swing),
        "hand_r": (0, 0, 0.5 * swing),
        "head": (-3 * up, -4 * up, 6 * up),
        "brow_l": (-7 * up, 0, 0),
        "brow_r": (-7 * up, 0, 0),
        "spine": (0, 0, 2 * up),
    }
    return Pose(turns=_add(turns, gesture, _ears(t, 2, 12)), shift=shift)


def _point(skeleton: Skeleton, temper: Temper, t: float, f: int) -> Pose:
    turns, shift = _base(skeleton, temper, t, f, (4, 52), 3)
    up = _hold(t, 0.25, 0.9)
    gesture: Turns = {
        "chest": (-3 * up, 6 * up, 0),
        "arm_l": (-118 * up, 0, 14 * up),
        "forearm_l": (6 * up, 0, 0),
        "hand_l": (-12 * up, 0, 0),
        "head": (-13 * up, 5 * up, -3 * up),
        "brow_l": (-8 * up, 0, 0),
        "brow_r": (-8 * up, 0, 0),
    }
    return Pose(turns=_add(turns, gesture, _gaze(2 * up, 8 * up)), shift=shift)


def _look_up(skeleton: Skeleton, temper: Temper, t: float, f: int) -> Pose:
    turns, shift = _base(skeleton, temper, t, f, (6, 44), 3)
    up = _hold(t, 0.45, 0.93)
    wonder: Turns = {
        "neck": (-5 * up, 0, 0),
        "head": (-14 * up, 6 * up, 3 * up),
        "brow_l": (-10 * up, 0, 0),
        "brow_r": (-10 * up, 0, 0),
        "lid_l": (-10 * up, 0, 0),
        "lid_r": (-10 * up, 0, 0),
        "chest": (-2 * up, 0, 0),
    }
    return Pose(turns=_add(turns, wonder, _gaze(4 * up, 9 * up), _ears(t, 3, 7)), shift=shift)


def _look_around(skeleton: Skeleton, temper: Temper, t: float, f: int) -> Pose:
    turns, shift = _base(skeleton, temper, t, f, (22, 70), 3)
    side = _wave_of(t)
    look: Turns = {"head": (-2, 26 * side, 3 * side), "neck": (0, 8 * side, 0), "chest": (0, 6 * side, 0)}
    return Pose(turns=_add(turns, look, _gaze(12 * _wave_of(t, 1, 0.06), 2), _ears(t, 3, 8)), shift=shift)


def _talk(skeleton: Skeleton, temper: Temper, t: float, f: int) -> Pose:
    turns, shift = _base(skeleton, temper, t, f, (14, 40), 2)
    beat, half = _wave_of(t, 3), _wave_of(t, 1, 0.1)
    words: Turns = {
        "head": (3 * beat, 5 * half, 4 * _wave_of(t, 2)),
        "arm_l": (-18 - 8 * half, 0, 6),
        "forearm_l": (-46 - 14 * beat, 0, 0),
        "hand_l": (-8 * beat, 0, 10),
        "brow_l": (-4 - 3 * beat, 0, 0),
        "brow_r": (-4 - 3 * beat, 0, 0),
    }
    return Pose(turns=_add(turns, words, _ears(t, 2, 8)), shift=shift)


def _cheer(skeleton: Skeleton, temper: Temper, t: float, f: int) -> Pose:
    """A hop on the spot with both arms up; the feet leave the ground together in the second half."""
    air = max(0.0, _wave_of(t, 1, -0.3)) ** 0.9
    crouch = max(0.0, _wave_of(t, 1, 0.2)) ** 2
    height = 0.075 * air
    shift = (0.0, height - 0.035 * crouch - 0.004, 0.0)
    foot = (0.0, height * 0.98, 10 * air)
    feet = {"l": foot, "r": foot}
    joy: Turns = {
        "arm_l": (-14, 0, 95 + temper.arms_down + 18 * air),
        "arm_r": (-14, 0, -95 - temper.arms_down - 18 * air),
        "forearm_l": (0, 0, 22 + 10 * air),
        "forearm_r": (0, 0, -22 - 10 * air),
        "spine": (4 * crouch - 3 * air, 0, 0),
        "head": (-6 - 5 * air, 0, 5 * _wave_of(t)),
        "brow_l": (-9, 0, 0),
        "brow_r": (-9, 0, 0),
    }
    turns = _add(
        _arms(temper), _legs(skeleton, shift, feet), joy, _followers(skeleton, temper, t, 1, 1.2), _blink(f, (3,))
    )
    return Pose(turns=turns, shift=shift)
