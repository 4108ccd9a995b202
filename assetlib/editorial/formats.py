"""The formats that lose something: written, read back, and believed only as far as they read back equal.

A timeline goes out whole where its adapter brings the same picture clips back. Otherwise a plain one is written, which
holds the shots and nothing else; and where even that comes back different, nothing is written.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from assetlib.editorial.read import edits_of, exact_rate
from assetlib.model.cut import Edit

ADAPTERS = {"otio": "otio_json", "edl": "cmx_3600", "fcpxml": "fcpx_xml", "fcp7": "fcp_xml", "aaf": "AAF"}
PACKAGES = {
    "edl": "otio-cmx3600-adapter",
    "fcpxml": "otio-fcpx-xml-adapter",
    "fcp7": "otio-fcp-adapter",
    "aaf": "otio-aaf-adapter",
}
_Row = tuple[str, int, int, Fraction, Fraction]


class UnwritableTimeline(ValueError):
    """The cut cannot be said in that format; the message names the reason."""


def require_adapter(kind: str) -> None:
    """Raise UnwritableTimeline unless OpenTimelineIO can write `kind` here; it says what to install."""
    import opentimelineio as otio

    if kind not in ADAPTERS:
        raise UnwritableTimeline(f"expected one of {', '.join(ADAPTERS)}, found {kind!r}")
    if ADAPTERS[kind] not in otio.adapters.available_adapter_names():
        raise UnwritableTimeline(
            f"{kind} needs the OpenTimelineIO adapter {ADAPTERS[kind]}, which is not installed; "
            f"pip install {PACKAGES.get(kind, 'opentimelineio')}, or export otio"
        )


def write_lossy(timeline: Any, rate: Fraction, target: Path, kind: str) -> tuple[str, ...]:
    """Write `timeline` (relinked, with shot codes as names) as `kind`; what it lost. Raises UnwritableTimeline."""
    edits, _ = edits_of(timeline)
    if not edits:
        raise UnwritableTimeline(f"there is no picture in this cut to be written as {kind}; export otio")
    told = _link_offline(timeline) if kind == "fcpxml" else ()
    wanted = _rows(edits, rate, kind)
    whole = _attempt(timeline, wanted, rate, target, kind)
    if whole is None:
        return told
    plain, lost = _plain(timeline, edits, rate, kind)
    wanted = _rows(edits_of(plain)[0], rate, kind)
    reason = _attempt(plain, wanted, rate, target, kind)
    if reason is not None:
        target.unlink(missing_ok=True)
        raise UnwritableTimeline(f"this cut cannot be written as {kind}: {reason}; export otio, which holds all of it")
    return (f"written plainly, since {kind} did not bring the whole timeline back ({whole})", *lost, *told)


def _link_offline(timeline: Any) -> tuple[str, ...]:
    """FCPX XML has no clip without media, and its adapter would invent one in this machine's temporary folder."""
    import opentimelineio as otio

    linked = 0
    for clip in timeline.find_clips():
        if isinstance(clip.media_reference, otio.schema.ExternalReference):
            continue
        span = clip.media_reference.available_range or clip.trimmed_range()
        clip.media_reference = otio.schema.ExternalReference(target_url=f"offline/{clip.name}", available_range=span)
        linked += 1
    return (
        (f"{linked} offline clip{'' if linked == 1 else 's'} linked into a folder 'offline' that is not there",)
        if linked
        else ()
    )


def _attempt(timeline: Any, wanted: list[_Row], rate: Fraction, target: Path, kind: str) -> str | None:
    """None when the adapter writes the file and reads the same picture clips back, else why not."""
    import opentimelineio as otio

    target.unlink(missing_ok=True)
    try:
        otio.adapters.write_to_file(timeline, str(target), adapter_name=ADAPTERS[kind], **_arguments(kind, rate))
        back = otio.adapters.read_from_file(
            str(target), adapter_name=ADAPTERS[kind], **({"rate": float(rate)} if kind == "edl" else {})
        )
        found = _rows(edits_of(_one(back))[0], rate, kind)
    except Exception as error:  # noqa: BLE001  the adapters raise whatever their parsers stumble over
        return f"its adapter says: {' '.join(str(error).split())[:160] or type(error).__name__}"
    if found == wanted:
        return None
    same = len([row for row in wanted if row in found])
    return f"{same} of {len(wanted)} clips come back with their ranges"


def _rows(edits: list[Edit], rate: Fraction, kind: str) -> list[_Row]:
    """What must come back. An EDL's record is read from its first event on, whatever hour that stands at."""
    start = min((edit.record_in for edit in edits), default=0) if kind == "edl" else 0
    return sorted((e.name, e.record_in - start, e.duration, e.source_in, rate) for e in edits)


def _one(back: Any) -> Any:
    import opentimelineio as otio

    if isinstance(back, otio.schema.Timeline):
        return back
    return next(iter(back.find_children(descended_from_type=otio.schema.Timeline)))


def _plain(timeline: Any, edits: list[Edit], rate: Fraction, kind: str) -> tuple[Any, tuple[str, ...]]:
    """The shots alone, on as few picture tracks as keep their order, and what that leaves out, counted."""
    import opentimelineio as otio

    _, clips = edits_of(timeline)
    plain = otio.schema.Timeline(name=timeline.name)
    # editors expect the record of an EDL to start at one hour; at zero the adapter loses a leading gap
    start = -3600 * round(rate) if kind == "edl" else 0
    lanes = _lanes(timeline, list(zip(edits, clips, strict=True)))
    for number, lane in enumerate(lanes, start=1):
        track = otio.schema.Track(name=f"V{number}", kind=otio.schema.TrackKind.Video)
        at = start
        for edit, clip in lane:
            if edit.record_in > at:
                track.append(otio.schema.Gap(source_range=_range(0, edit.record_in - at, rate)))
            track.append(_bare(edit, clip, rate))
            at = edit.record_in + edit.duration
        plain.tracks.append(track)
    told = list(_left_out(timeline, edits))
    if kind == "edl" and len(lanes) > 1:
        seen = otio.algorithms.flatten_stack(plain.tracks)
        seen.name = "V1"
        plain.tracks[:] = [seen]
        told.append(f"an EDL has one picture track: of {len(lanes)} tracks it shows what lies on top")
    return plain, tuple(told)


def _lanes(timeline: Any, pairs: list[tuple[Edit, Any]]) -> list[list[tuple[Edit, Any]]]:
    """Picture tracks from bottom to top; clips that overlap within one get another above it."""
    place = {id(clip): number for number, track in enumerate(timeline.tracks) for clip in _clips_in(track)}
    found: dict[int, list[list[tuple[Edit, Any]]]] = {}
    for edit, clip in sorted(pairs, key=lambda pair: pair[0].record_in):
        lanes = found.setdefault(place.get(id(clip), 0), [])
        lane = next((one for one in lanes if _ends(one) <= edit.record_in), None)
        if lane is None:
            lanes.append(lane := [])
        lane.append((edit, clip))
    return [lane for number in sorted(found) for lane in found[number]]


def _clips_in(track: Any) -> list[Any]:
    return list(track.find_clips())


def _ends(lane: list[tuple[Edit, Any]]) -> int:
    return lane[-1][0].record_in + lane[-1][0].duration


def _bare(edit: Edit, clip: Any, rate: Fraction) -> Any:
    """The clip with its name, its range at the cut's rate and its medium, and nothing else."""
    import opentimelineio as otio

    span = _range(float(edit.source_in), edit.duration, rate)
    reference = clip.media_reference
    url = str(getattr(reference, "target_url", "") or "")
    known = None if reference is None else reference.available_range
    held = known if known is not None and exact_rate(known.duration.rate) == rate else None
    available = span if held is None else held.extended_by(span)
    medium: Any = otio.schema.MissingReference(available_range=available)
    if url:
        medium = otio.schema.ExternalReference(target_url=url, available_range=available)
    return otio.schema.Clip(name=edit.name, source_range=span, media_reference=medium)


def _left_out(timeline: Any, edits: list[Edit]) -> list[str]:
    import opentimelineio as otio

    def count(kind: Any) -> int:
        return len(list(timeline.tracks.find_children(descended_from_type=kind)))

    warped = sum(1 for edit in edits if edit.time_scalar != 1)
    numbers = (
        (len(list(timeline.find_clips())) - len(edits), "sound or disabled clip"),
        (count(otio.schema.Transition), "transition"),
        (warped, "speed change"),
        (count(otio.schema.Stack), "nesting"),
    )
    told = [f"{number} {what}{'' if number == 1 else 's'}" for number, what in numbers if number]
    return [f"left out: {', '.join(told)}"] if told else []


def _range(start: float, duration: int, rate: Fraction) -> Any:
    import opentimelineio as otio

    speed = float(rate)
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, speed), otio.opentime.RationalTime(duration, speed)
    )


def _arguments(kind: str, rate: Fraction) -> dict[str, Any]:
    match kind:
        case "aaf":
            return {"use_empty_mob_ids": True}
        case "edl":
            return {"rate": float(rate)}
        case _:
            return {}
