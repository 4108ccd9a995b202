"""Timelines out: our canonical ``.otio`` with the shots' media put in, and the lossy formats with a warning.

`.otio` is the only lossless form; everywhere else the shot code in the clip name joins back to the catalog.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from assetlib.editorial.formats import ADAPTERS, UnwritableTimeline, require_adapter, write_lossy
from assetlib.editorial.read import timeline_rate
from assetlib.editorial.withhold import withhold
from assetlib.model.cut import Timeline
from provenance.digest import Digest

__all__ = ["ShotMedia", "UnwritableTimeline", "new_timeline", "require_adapter", "suffix", "write_cut"]


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
    "edl": "an EDL keeps names, ranges and one picture track; it drops metadata, alternates and links to media",
    "fcpxml": "FCPX XML drops metadata, transitions and changes of speed",
    "fcp7": "FCP 7 XML drops our metadata and changes of speed",
    "aaf": "AAF drops metadata and alternates",
}
_SUFFIX = {"otio": ".otio", "edl": ".edl", "fcpxml": ".fcpxml", "fcp7": ".xml", "aaf": ".aaf"}


def write_cut(
    canonical: Path,
    media: Mapping[str, ShotMedia],
    target: Path,
    *,
    kind: str = "otio",
    asked_about: AbstractSet[str] = frozenset(),
) -> tuple[str, ...]:
    """Write the cut whose canonical ``.otio`` is given, with the shots' media; returns what went missing and why.

    Clip names become shot codes, so that a reader without our metadata can still join. Nothing else of the imported
    timeline keeps its media, unless it names an entity in `asked_about`. Raises UnwritableTimeline.
    """
    import opentimelineio as otio

    require_adapter(kind)
    timeline = otio.adapters.read_from_file(str(canonical), adapter_name="otio_json")
    sent = set()
    for clip in timeline.find_clips():
        shot = media.get(str(clip.metadata.get("assetlib", {}).get("shot", "")))
        if shot is not None:
            _relink(clip, shot, external_only=kind != "otio")
            sent.add(id(clip))
    warnings = withhold(timeline, sent, asked_about).sentences()
    if kind != "otio":
        lost = write_lossy(timeline, _rate(timeline, media), target, kind)
        return *warnings, _LOSSES[kind], *lost
    try:
        otio.adapters.write_to_file(timeline, str(target), adapter_name=ADAPTERS[kind])
    except Exception as error:
        raise UnwritableTimeline(f"this cut cannot be written as {kind}: {error}") from error
    return warnings


def _rate(timeline: Any, media: Mapping[str, ShotMedia]) -> Fraction:
    return next((shot.rate for shot in media.values()), timeline_rate(timeline))


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
    # as long as it was on the record: a change of speed asks for more or fewer frames, and moves no other clip
    length = clip.trimmed_range().duration.rescaled_to(rate).value
    clip.source_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(shot.cut_in, rate), otio.opentime.RationalTime(length, rate)
    )
    clip.metadata["assetlib"] = {
        "schema": 1,
        "shot": shot.shot,
        "take": shot.take,
        "digest": shot.digest or "",
        "decision": shot.decision,
        "sent": {"url": shot.url, "cut_in": shot.cut_in},
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
