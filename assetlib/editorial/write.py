"""Timelines out: our canonical ``.otio`` with the shots' media put in, and the lossy formats with a warning.

`.otio` is the only lossless form; everywhere else the shot code in the clip name joins back to the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from assetlib.model.cut import Timeline
from provenance.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotMedia:
    """What stands behind a shot: frames (inclusive) at `rate`; `url` is '' until a take is there.

    `alternates` are further takes by code. `decision` is the id under which the active take was made.
    """

    shot: str
    cut_in: int
    cut_out: int
    first: int
    last: int
    rate: Fraction
    url: str = ""
    take: str = ""
    digest: Digest | None = None
    decision: str = ""
    alternates: tuple[tuple[str, str], ...] = ()
    request: tuple[tuple[str, str], ...] = ()


_LOSSES = {
    "edl": "an EDL keeps one picture track and drops metadata, alternates and time warps",
    "fcpxml": "FCPX XML drops metadata, transitions and time warps",
    "fcp7": "FCP 7 XML drops our metadata and time warps",
    "aaf": "AAF drops metadata and alternates",
}
_SUFFIX = {"otio": ".otio", "edl": ".edl", "fcpxml": ".fcpxml", "fcp7": ".xml", "aaf": ".aaf"}
_ADAPTER = {"otio": "otio_json", "edl": "cmx_3600", "fcpxml": "fcpx_xml", "fcp7": "fcp_xml", "aaf": "AAF"}


class UnwritableTimeline(ValueError):
    """The cut cannot be said in that format; the message names the reason."""


def write_cut(canonical: Path, media: Mapping[str, ShotMedia], target: Path, *, kind: str = "otio") -> tuple[str, ...]:
    """Write the cut whose canonical ``.otio`` is given, with the shots' media; returns what the format loses.

    Clip names become shot codes, so that a reader without our metadata can still join. Raises UnwritableTimeline.
    """
    import opentimelineio as otio

    if kind not in _ADAPTER:
        raise UnwritableTimeline(f"expected one of {', '.join(_ADAPTER)}, found {kind!r}")
    timeline = otio.adapters.read_from_file(str(canonical), adapter_name="otio_json")
    for clip in timeline.find_clips():
        shot = media.get(str(clip.metadata.get("assetlib", {}).get("shot", "")))
        if shot is not None:
            _relink(clip, shot, external_only=kind != "otio")
    try:
        otio.adapters.write_to_file(timeline, str(target), adapter_name=_ADAPTER[kind], **_arguments(kind))
    except Exception as error:
        raise UnwritableTimeline(f"this cut cannot be written as {kind}: {error}") from error
    return (_LOSSES[kind],) if kind in _LOSSES else ()


def suffix(kind: str) -> str:
    return _SUFFIX[kind]


def new_timeline(timeline: Timeline, media: Sequence[ShotMedia], target: Path) -> None:
    """Write a cut that never came from a file: the edits in record order on one picture track."""
    import opentimelineio as otio

    shots = {shot.shot: shot for shot in media}
    rate = float(timeline.rate)
    root = otio.schema.Timeline(name=timeline.name, global_start_time=otio.opentime.RationalTime(0, rate))
    root.metadata["assetlib"] = {"schema": 1, "timeline": timeline.uuid}
    track = otio.schema.Track(name="V1", kind=otio.schema.TrackKind.Video)
    root.tracks.append(track)
    for edit in timeline.edits:
        clip = otio.schema.Clip(name=edit.shot)
        clip.source_range = _range(float(edit.source_in), edit.duration, rate)
        track.append(clip)
        if edit.time_scalar != 1:
            clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(edit.time_scalar)))
        if edit.shot in shots:
            _relink(clip, shots[edit.shot], external_only=False)
    otio.adapters.write_to_file(root, str(target), adapter_name="otio_json")


def _relink(clip: Any, shot: ShotMedia, *, external_only: bool) -> None:
    import opentimelineio as otio

    rate = float(shot.rate)
    available = _range(shot.first, shot.last - shot.first + 1, rate)
    clip.name = shot.shot
    clip.source_range = _range(shot.cut_in, shot.cut_out - shot.cut_in + 1, rate)
    clip.metadata["assetlib"] = {
        "schema": 1,
        "shot": shot.shot,
        "take": shot.take,
        "digest": shot.digest or "",
        "decision": shot.decision,
    }
    active: Any = otio.schema.MissingReference(available_range=available)
    if shot.url:
        active = otio.schema.ExternalReference(target_url=shot.url, available_range=available)
    references = {otio.schema.Clip.DEFAULT_MEDIA_KEY: active}
    if not external_only:
        for code, url in shot.alternates:
            references[code] = otio.schema.ExternalReference(target_url=url, available_range=available)
        if shot.request:
            references["assetlib.request"] = otio.schema.GeneratorReference(
                generator_kind="assetlib.shot.v1", available_range=available, parameters=dict(shot.request)
            )
    clip.set_media_references(references, otio.schema.Clip.DEFAULT_MEDIA_KEY)


def _range(start: float, duration: int, rate: float) -> Any:
    import opentimelineio as otio

    return otio.opentime.TimeRange(otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(duration, rate))


def _arguments(kind: str) -> dict[str, Any]:
    return {"use_empty_mob_ids": True} if kind == "aaf" else {}
