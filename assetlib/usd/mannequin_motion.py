"""What the mannequin can do: stand, walk, wave, look around. Plain keys as functions of the clip's phase."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from assetlib.model.model_description import ClipDescription, SkeletonDescription

Array = npt.NDArray[np.float64]
Turns = Mapping[str, tuple[float, float, float]]
"""Joint → turns in degrees about X (bend forward), Y (twist to the left) and Z (lean to the figure's right)."""

_HIPS_SWAY = 0.006
_STEP_SINK = 0.012


def performances(skeleton: SkeletonDescription, height: float) -> tuple[ClipDescription, ...]:
    """The mannequin's clips for its skeleton; the first, ``stand``, plays when a shot asks for nothing."""
    return (
        _clip("stand", 96, _stand, skeleton, height),
        _clip("walk", 26, _walk, skeleton, height),
        _clip("wave", 48, _wave, skeleton, height),
        _clip("look", 72, _look, skeleton, height),
    )


def _clip(
    name: str, frames: int, pose: Callable[[float], Turns], skeleton: SkeletonDescription, height: float
) -> ClipDescription:
    names = [joint.rpartition("/")[2] for joint in skeleton.joints]
    translations = np.tile(skeleton.rest[:, :3, 3], (frames, 1, 1))
    rotations = np.zeros((frames, len(names), 4), np.float32)
    rotations[..., 0] = 1.0
    for frame in range(frames):
        turns = pose(frame / frames)
        for joint, degrees in turns.items():
            if joint == "root":  # not a turn: how far the hips move, in thousandths of the height
                translations[frame, 0] += np.array(degrees, np.float32) * height / 1000
            else:
                rotations[frame, names.index(joint)] = _quaternion(degrees)
    return ClipDescription(name=name, translations=translations, rotations=rotations, loops=True)


def _quaternion(degrees: tuple[float, float, float]) -> Array:
    """Turn about X first, then Y, then Z, all about the parent's axes."""
    result = np.array([1.0, 0.0, 0.0, 0.0])
    for axis, angle in enumerate(np.radians(degrees)):
        turn = np.zeros(4)
        turn[0], turn[1 + axis] = np.cos(angle / 2), np.sin(angle / 2)
        result = _product(turn, result)
    return result


def _product(a: Array, b: Array) -> Array:
    scalar = a[0] * b[0] - a[1:] @ b[1:]
    return np.concatenate([[scalar], a[0] * b[1:] + b[0] * a[1:] + np.cross(a[1:], b[1:])])


def _sine(phase: float, shift: float = 0.0, cycles: int = 1) -> float:
    return float(np.sin(2 * np.pi * (cycles * phase + shift)))


def _stand(phase: float) -> Turns:
    breath = _sine(phase)
    return {
        "root": (1000 * _HIPS_SWAY * _sine(phase, 0.1), 0.0, 0.0),
        "spine": (0.5 * breath, 0.0, 0.0),
        "chest": (-1.2 * breath, 0.0, 0.4 * _sine(phase, 0.1)),
        "head": (1.0 * breath, 2.0 * _sine(phase, 0.3), 0.0),
        "arm_l": (2.0, 0.0, -6.0 - 0.6 * breath),
        "arm_r": (2.0, 0.0, 6.0 + 0.6 * breath),
        "forearm_l": (-12.0, 0.0, 0.0),
        "forearm_r": (-12.0, 0.0, 0.0),
    }


def _walk(phase: float) -> Turns:
    swing = _sine(phase)
    return {
        "root": (0.0, 1000 * _STEP_SINK * (abs(float(np.cos(2 * np.pi * phase))) - 1.0), 0.0),
        "hips": (2.0, 5.0 * swing, 2.0 * _sine(phase, 0.25)),
        "chest": (1.0, -8.0 * swing, -2.0 * _sine(phase, 0.25)),
        "head": (-3.0, 3.0 * swing, 0.0),
        "arm_l": (24.0 * swing, 0.0, -6.0),
        "arm_r": (-24.0 * swing, 0.0, 6.0),
        "forearm_l": (-22.0 + 10.0 * swing, 0.0, 0.0),
        "forearm_r": (-22.0 - 10.0 * swing, 0.0, 0.0),
        **_leg("l", phase),
        **_leg("r", phase + 0.5),
    }


def _leg(side: str, phase: float) -> Turns:
    """The thigh swings, the knee bends while the foot passes under the body, the sole stays near level."""
    thigh = -27.0 * _sine(phase) - 4.0
    knee = 6.0 + 46.0 * max(0.0, _sine(phase, 0.28)) ** 2
    return {
        f"thigh_{side}": (thigh, 0.0, 0.0),
        f"shin_{side}": (knee, 0.0, 0.0),
        f"foot_{side}": (-0.75 * (thigh + knee), 0.0, 0.0),
    }


def _wave(phase: float) -> Turns:
    swing = 18.0 * _sine(phase, 0.0, 3)
    return {
        **_stand(phase),
        "arm_r": (-8.0, 0.0, -98.0),
        "forearm_r": (-10.0, 0.0, -58.0 + swing),
        "hand_r": (0.0, 0.0, 0.5 * swing),
        "head": (-2.0, -8.0, -3.0),
    }


def _look(phase: float) -> Turns:
    turn = _sine(phase)
    return {
        **_stand(phase),
        "chest": (0.0, 8.0 * turn, 0.0),
        "neck": (0.0, 14.0 * turn, 0.0),
        "head": (2.0 * _sine(phase, 0.25, 2), 30.0 * turn, 0.0),
    }
