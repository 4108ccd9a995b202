"""The anim department: blocking as sampled marks, and each subject's clip played at the shot's frames.

USD has no looping and scales referenced samples by the layers' rates, so a clip is copied into the shot frame by
frame as a SkelAnimation of its own (``/shot/chars/rhea/performance``) that the skeleton is bound to. 24 and
23.976 conform frame to frame; any other pair of rates plays in real time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from assetlib.model.shot_description import ClipUse, Ease, ShotDescription, Subject
from assetlib.usd.assets import locate, open_asset
from assetlib.usd.compose_layout import subject_path
from assetlib.usd.errors import UsdError
from assetlib.usd.moves import travel
from assetlib.usd.specs import UNITS_PER_METER, attribute, new_layer, prim, relationship, samples, vector
from assetlib.usd.stage import stage_rate

_CHANNELS = (
    ("translations", "float3[]"),
    ("rotations", "quatf[]"),
    ("scales", "half3[]"),
    ("blendShapeWeights", "float[]"),
)
_CONFORM = Fraction(1, 500)


def anim_layer(shot: ShotDescription, search_paths: Sequence[Path]) -> Any:
    layer = new_layer(shot.pacing.rate, comment=f"Animation of {shot.code}: blocking and performances.")
    prim(layer, "/shot")
    for subject in shot.subjects:
        if len(subject.blocking) > 1:
            _add_blocking(layer, subject)
        if subject.clip is not None:
            _add_performance(layer, shot, subject, subject.clip, search_paths)
    return layer


def _add_blocking(layer: Any, subject: Subject) -> None:
    """Straight moves keep only their keys, which people can edit; eased ones are sampled at every frame."""
    keys = sorted(subject.blocking, key=lambda key: key.frame)
    marked = [key.frame for key in keys]
    frames = marked if subject.ease is Ease.LINEAR else list(range(marked[0], marked[-1] + 1))
    rows = travel(marked, np.array([(*key.position, key.heading) for key in keys]), frames, subject.ease)
    spec = prim(layer, subject_path(subject))
    places = {f: vector(row[:3] * UNITS_PER_METER, double=True) for f, row in zip(frames, rows, strict=True)}
    samples(spec, "xformOp:translate:blocking", "double3", places)
    turns = {f: round(float(row[3]), 6) for f, row in zip(frames, rows, strict=True)}
    samples(spec, "xformOp:rotateY:blocking", "float", turns)


def _add_performance(
    layer: Any, shot: ShotDescription, subject: Subject, clip: ClipUse, search_paths: Sequence[Path]
) -> None:
    stage = open_asset(locate(subject.asset, search_paths), search_paths, subject.variants)
    source = _find_clip(stage, clip.clip, subject)
    path = f"{subject_path(subject)}/performance"
    spec = prim(layer, path, "SkelAnimation")
    spec.customData = {"assetlib": {"clip": clip.clip, "start": clip.start, "speed": clip.speed, "loop": clip.loop}}
    when = clip_times(clip, source.GetPrim(), stage_rate(stage), shot.pacing.rate)
    frames = range(shot.pacing.first, shot.pacing.last + 2)
    for name in ("joints", "blendShapes"):
        if value := source.GetPrim().GetAttribute(name).Get():
            attribute(spec, name, "token[]", value, uniform=True)
    for name, type_name in _CHANNELS:
        channel = source.GetPrim().GetAttribute(name)
        if channel and channel.HasAuthoredValue():
            samples(spec, name, type_name, {frame: channel.Get(when(frame)) for frame in frames})
    for skeleton in _skeletons(stage, subject):
        bound = str(skeleton.GetPath()).replace(str(stage.GetDefaultPrim().GetPath()), "", 1)
        over = prim(layer, f"{subject_path(subject)}/asset{bound}", apis=["SkelBindingAPI"])
        relationship(over, "skel:animationSource", [path])


def clip_times(clip: ClipUse, animation: Any, clip_rate: Fraction, shot_rate: Fraction) -> Callable[[int], float]:
    """Shot frame → time in the clip's own layer; holds the ends of a clip that does not loop."""
    times = sorted({time for name, _ in _CHANNELS for time in _times(animation, name)}) or [0.0]
    first, length = times[0], times[-1] - times[0]
    if clip.loop and len(times) > 1 and animation.GetCustomDataByKey("assetlib:loops"):
        length += times[-1] - times[-2]  # such a clip leaves out the frame that would repeat its first
    pace = clip.speed * float(_conformed(clip_rate, shot_rate))

    def at(frame: int) -> float:
        passed = (frame - clip.start) * pace
        if clip.loop and length > 0:
            # fmod on exact frames keeps every cycle identical
            return float(first + math.fmod(math.fmod(passed, length) + length, length))
        return float(first + min(max(passed, 0.0), length))

    return at


def _conformed(clip_rate: Fraction, shot_rate: Fraction) -> Fraction:
    ratio = clip_rate / shot_rate
    return Fraction(1) if abs(ratio - 1) < _CONFORM else ratio


def _times(animation: Any, name: str) -> list[float]:
    channel = animation.GetAttribute(name)
    return list(channel.GetTimeSamples()) if channel else []


def _find_clip(stage: Any, name: str, subject: Subject) -> Any:
    from pxr import UsdSkel

    clips = {p.GetName(): UsdSkel.Animation(p) for p in stage.Traverse() if p.IsA(UsdSkel.Animation)}
    if name not in clips:
        offered = ", ".join(sorted(clips)) or "none"
        raise UsdError(f"{subject.name}: expected an animation clip of {subject.asset} ({offered}), found {name!r}")
    return clips[name]


def _skeletons(stage: Any, subject: Subject) -> list[Any]:
    from pxr import UsdSkel

    found = [p for p in stage.Traverse() if p.IsA(UsdSkel.Skeleton)]
    if not found:
        raise UsdError(f"{subject.name}: expected a skeleton in {subject.asset} for its clip, found none")
    return found
