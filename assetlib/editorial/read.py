"""Timelines in: any file OTIO can read becomes a `Timeline` of exact frames and a canonical ``.otio``.

Runs in the limited subprocess of `intake` for foreign files. Rules: audio and disabled clips make no
shots; nested stacks are walked; linear time warps multiply; duplicate or empty names get stable
generated codes and a warning. Nothing is guessed: an unknown rate or one of several timelines is asked for.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.model.cut import Edit, Timeline

if TYPE_CHECKING:
    import opentimelineio as otio

_NAMESPACE = uuid.UUID("3f0e6c1e-6f0e-5d57-9c39-6a5a3c1f7a10")
_NTSC = tuple(Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120))
_MEDIA_SUFFIX = re.compile(r"\.(mov|mp4|mxf|avi|r3d|wav|png|jpe?g|tiff?|exr|dpx)$", re.IGNORECASE)
_NEEDS_RATE = re.compile(r"frame rate mismatch|rate", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,79}")
_KNOWN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:\-]{0,127}")
_LONGEST_CODE, _LONGEST_NAME = 72, 255  # a code has room for _02 and stands in file names
_HIGHEST_RATE = 1_000_000
_FARTHEST = 10**12
_MOST_FRAMES = 10_000_000  # four days at 24 fps
_MOST_CLIPS = 50_000


class UnreadableTimeline(ValueError):
    """The file cannot become a cut; the message says what was found and what to do."""


def exact_rate(rate: float) -> Fraction:
    """The exact frames per second behind a floating rate: 23.976 → 24000/1001, 29.97 → 30000/1001.

    Raises UnreadableTimeline for a rate that is not positive, or above a million.
    """
    if not 0 < rate <= _HIGHEST_RATE:
        raise UnreadableTimeline(f"expected a positive frame rate of at most {_HIGHEST_RATE}, found {rate}")
    for ntsc in _NTSC:
        if abs(rate - float(ntsc)) < 0.005:
            return ntsc
    exact = Fraction(rate).limit_denominator(1001)
    if not exact:
        raise UnreadableTimeline(f"expected a positive frame rate, found {rate}")
    return exact


def read_timeline(
    path: Path, *, rate: float | None = None, timeline: str | None = None, canonical: Path | None = None
) -> Timeline:
    """The cut in `path`; `canonical` is where our own ``.otio``, its clips labeled with shot codes, is written.

    `rate` is for formats that do not state one (EDL); `timeline` picks one by name when the file holds several.
    Raises UnreadableTimeline.
    """
    root = _open(path, rate)
    chosen = _choose(root, timeline)
    edits, clips, warnings = _edits(chosen)
    result = Timeline(
        name=(chosen.name or path.stem)[:_LONGEST_NAME],
        uuid=_timeline_uuid(chosen, path),
        rate=timeline_rate(chosen),
        edits=tuple(edits),
        warnings=tuple(warnings),
    )
    if canonical is not None:
        _write_canonical(chosen, clips, result, canonical)
    return result


def _open(path: Path, rate: float | None) -> Any:
    import opentimelineio as otio

    arguments = {} if rate is None or path.suffix.lower() != ".edl" else {"rate": rate}
    try:
        return otio.adapters.read_from_file(str(path), **arguments)
    except otio.exceptions.UnsupportedSchemaError as error:
        raise UnreadableTimeline(
            f"{path.name}: OpenTimelineIO {otio.__version__} does not read {_newer_schemas(path)}; "
            "write it again with OTIO_DEFAULT_TARGET_VERSION_FAMILY_LABEL set to an older release, "
            "or update OpenTimelineIO here"
        ) from error
    except otio.exceptions.NoKnownAdapterForExtensionError as error:
        raise UnreadableTimeline(
            f"{path.name}: no reader for {path.suffix or 'files without an extension'}; "
            f"readable here: {', '.join(sorted(otio.adapters.suffixes_with_defined_adapters(read=True)))}"
        ) from error
    except Exception as error:
        hint = "; say the rate with --rate" if rate is None and _NEEDS_RATE.search(str(error)) else ""
        raise UnreadableTimeline(f"{path.name}: not a readable timeline ({error}){hint}") from error


def _newer_schemas(path: Path) -> str:
    """The schema versions in the file that this OpenTimelineIO does not know, for the person who wrote it."""
    import opentimelineio as otio

    known = otio.core.type_version_map()
    named = set(re.findall(r'"OTIO_SCHEMA"\s*:\s*"(\w+)\.(\d+)"', path.read_text("utf-8", "replace")))
    newer = sorted(f"{name}.{version}" for name, version in named if int(version) > known.get(name, int(version)))
    return ", ".join(newer) or "a newer one"


def _choose(root: Any, name: str | None) -> otio.schema.Timeline:
    import opentimelineio as otio

    if isinstance(root, otio.schema.Timeline):
        found = [root]
    elif isinstance(root, otio.schema.SerializableCollection):
        found = list(root.find_children(descended_from_type=otio.schema.Timeline))
    else:
        raise UnreadableTimeline(f"expected a timeline, found a {type(root).__name__}")
    if name is not None:
        found = [candidate for candidate in found if candidate.name == name]
        if not found:
            raise UnreadableTimeline(f"no timeline named {name!r} in this file")
    if not found:
        clips = len(list(root.find_children(descended_from_type=otio.schema.Clip)))
        raise UnreadableTimeline(f"no timeline in this file, only a collection of {clips} clips")
    if len(found) > 1:
        names = ", ".join(repr(candidate.name) for candidate in found)
        raise UnreadableTimeline(f"{len(found)} timelines in this file: {names}; choose one with --timeline")
    return found[0]


def _timeline_uuid(timeline: otio.schema.Timeline, path: Path) -> str:
    """The uuid we gave it before, else one that follows from its name, so that a re-import finds it."""
    known = _ours(timeline).get("timeline")
    if isinstance(known, str) and _KNOWN_ID.fullmatch(known):
        return known
    return str(uuid.uuid5(_NAMESPACE, timeline.name or path.stem))


def _ours(item: Any) -> Mapping[str, Any]:
    """What we noted in an item's metadata before, or nothing when something else stands there."""
    noted = item.metadata.get("assetlib")
    return noted if isinstance(noted, Mapping) else {}


def timeline_rate(timeline: otio.schema.Timeline) -> Fraction:
    """The global start's rate, else that of the first picture clip, else 24."""
    if timeline.global_start_time is not None:
        return exact_rate(timeline.global_start_time.rate)
    for clip in _picture_clips(timeline):
        return exact_rate(clip.trimmed_range().duration.rate)
    return Fraction(24)


def _picture_clips(timeline: otio.schema.Timeline) -> Iterable[otio.schema.Clip]:
    import opentimelineio as otio

    for clip in timeline.find_clips():
        if any(isinstance(a, otio.schema.Track) and a.kind == otio.schema.TrackKind.Audio for a in _ancestors(clip)):
            continue
        yield clip


def _ancestors(item: Any) -> list[Any]:
    found = []
    while (item := item.parent()) is not None:
        found.append(item)
    return found


def edits_of(timeline: otio.schema.Timeline) -> tuple[list[Edit], list[Any]]:
    """The edits of an opened timeline in record order, and the clip of each."""
    edits, clips, _ = _edits(timeline)
    return edits, clips


def _edits(timeline: otio.schema.Timeline) -> tuple[list[Edit], list[Any], list[str]]:
    """Edits in record order with the clips they came from, and what was left out."""
    rate = timeline_rate(timeline)
    warnings: list[str] = []
    rows: list[tuple[int, Edit, Any]] = []
    for clip in _picture_clips(timeline):
        label = _label(clip)
        if not all(getattr(item, "enabled", True) for item in (clip, *_ancestors(clip))):
            warnings.append(f"clip {label} is disabled and makes no shot")
            continue
        try:
            edit = _edit(clip, timeline, rate, warnings)
        except _NotShown as reason:
            warnings.append(f"clip {label} {reason} and makes no shot")
            continue
        rows.append((edit.record_in, edit, clip))
        if len(rows) > _MOST_CLIPS:
            raise UnreadableTimeline(f"expected a cut of at most {_MOST_CLIPS} clips, found more; split it")
    rows.sort(key=lambda row: (row[0], row[1].track))
    coded = _with_codes([row[1] for row in rows], _given_codes([row[2] for row in rows], warnings), warnings)
    return coded, [row[2] for row in rows], warnings


class _NotShown(Exception):
    pass


def _edit(clip: otio.schema.Clip, timeline: otio.schema.Timeline, rate: Fraction, warnings: list[str]) -> Edit:
    try:
        trimmed = clip.trimmed_range()
        shown = _shown_range(clip, timeline)
    except Exception as error:
        raise _NotShown(f"has no usable range ({error})") from error
    start, end = _frames(shown.start_time, rate), _frames(shown.end_time_exclusive(), rate)
    duration = round(end - start)
    if duration <= 0:
        raise _NotShown("has no length")
    scalar = _time_scalar(clip)
    most: Fraction = duration * max(Fraction(1), abs(scalar))
    if most > _MOST_FRAMES:
        raise UnreadableTimeline(f"clip {_label(clip)}: expected at most {_MOST_FRAMES} frames, found {float(most):g}")
    if (end - start).denominator != 1:
        warnings.append(
            f"clip {_label(clip)}: {float(end - start):g} frames at {float(rate):g} fps, rounded to {duration}"
        )
    head, tail = _transition_frames(clip, rate)
    return Edit(
        shot="",
        name=(clip.name or "")[:_LONGEST_NAME],
        track=(next((a.name for a in _ancestors(clip) if type(a).__name__ == "Track"), "") or "V")[:_LONGEST_NAME],
        record_in=round(start),
        duration=duration,
        source_in=_frames(trimmed.start_time, exact_rate(trimmed.start_time.rate)),
        time_scalar=scalar,
        head=head,
        tail=tail,
        media=_media_url(clip),
        returned=_as_sent(clip),
    )


def _as_sent(clip: otio.schema.Clip) -> int | None:
    """The first frame under which we sent this clip out, while its name and media are still as we wrote them."""
    ours = clip.metadata.get("assetlib", {})
    sent = ours.get("sent")
    if not sent or clip.name != ours.get("shot") or _media_url(clip) != sent.get("url"):
        return None
    return int(sent["cut_in"])


def _shown_range(clip: otio.schema.Clip, timeline: otio.schema.Timeline) -> otio.opentime.TimeRange:
    """The clip's place on the record, cut down to what its parents' own source ranges let through.

    A track's own source range may be a bare timecode offset (EDLs say 01:00:00:00 there): it trims only
    where it overlaps what the track holds.
    """
    import opentimelineio as otio

    above = _ancestors(clip)
    track = above[-2] if len(above) > 1 else above[-1]
    shown = clip.transformed_time_range(clip.trimmed_range(), track)
    for level, parent in enumerate(above[: len(above) - 1]):
        if parent.source_range is None:
            continue
        outermost = level == len(above) - 2
        window = parent.transformed_time_range(parent.source_range, track)
        if outermost and not window.intersects(parent.available_range()):
            continue
        if not window.intersects(shown):
            raise _NotShown("lies outside what its parent shows")
        start = max(window.start_time, shown.start_time)
        end = min(window.end_time_exclusive(), shown.end_time_exclusive())
        shown = otio.opentime.range_from_start_end_time(start, end)
        if outermost:
            shown = otio.opentime.TimeRange(shown.start_time - window.start_time, shown.duration)
    return shown


def _frames(time: otio.opentime.RationalTime, rate: Fraction) -> Fraction:
    """A RationalTime in frames at `rate`, exactly. Raises UnreadableTimeline for one that no reel can hold."""
    if not abs(time.value) <= _FARTHEST:
        raise UnreadableTimeline(f"expected a time of at most {_FARTHEST} frames, found {time.value}")
    return Fraction(time.value).limit_denominator(100000) / exact_rate(time.rate) * rate


def _time_scalar(clip: otio.schema.Clip) -> Fraction:
    """Product of the linear time warps on the clip and on everything it is nested in; 0 for a freeze."""
    import opentimelineio as otio

    scalar = Fraction(1)
    for item in (clip, *_ancestors(clip)):
        for effect in getattr(item, "effects", ()):
            if isinstance(effect, otio.schema.LinearTimeWarp):
                if not math.isfinite(effect.time_scalar):
                    raise UnreadableTimeline(
                        f"clip {_label(clip)}: expected a time warp by a number, found {effect.time_scalar}"
                    )
                scalar *= Fraction(effect.time_scalar).limit_denominator(100000)
    return scalar


def _transition_frames(clip: otio.schema.Clip, rate: Fraction) -> tuple[int, int]:
    """Frames before and after the cut that the transitions beside the clip reach into it."""
    import opentimelineio as otio

    parent = clip.parent()
    if not isinstance(parent, otio.schema.Track):
        return 0, 0
    before, after = parent.neighbors_of(clip)
    head = _frames(before.in_offset, rate) if isinstance(before, otio.schema.Transition) else Fraction(0)
    tail = _frames(after.out_offset, rate) if isinstance(after, otio.schema.Transition) else Fraction(0)
    return max(0, math.ceil(head)), max(0, math.ceil(tail))


def _media_url(clip: otio.schema.Clip) -> str:
    reference = clip.media_reference
    return str(getattr(reference, "target_url", "") or getattr(reference, "target_url_base", "") or "")


def _label(clip: otio.schema.Clip) -> str:
    return (clip.name or "(without a name)")[:_LONGEST_NAME]


def _given_codes(clips: Iterable[otio.schema.Clip], warnings: list[str]) -> list[str]:
    """The shot code each clip was labeled with before; '' for none, for one that another clip has, and for a label
    that is no code: codes name folders, so that a label is never taken on trust."""
    taken: set[str] = set()
    given = []
    for clip in clips:
        label = _ours(clip).get("shot") or ""
        usable = isinstance(label, str) and _CODE.fullmatch(label) is not None and label.casefold() not in taken
        if label and not usable:
            warnings.append(f"clip {_label(clip)} carries the label {str(label)[:80]!r}, which is no free shot code")
        given.append(label if usable else "")
        taken.add(given[-1].casefold())
    return given


def _with_codes(edits: list[Edit], given: list[str], warnings: list[str]) -> list[Edit]:
    """Give every edit a code of its own: the label it carries, its clip name, or a generated one."""
    from dataclasses import replace

    taken: set[str] = {code.casefold() for code in given if code}  # some file systems do not tell case
    coded, repeated = [], set()
    for place, (edit, label) in enumerate(zip(edits, given, strict=True), start=1):
        code = label or shot_code(edit.name) or f"sh{place * 10:04d}"
        if not label:
            if code.casefold() in taken:
                repeated.add(code)
            code = _free(code, taken)
            taken.add(code.casefold())
        coded.append(replace(edit, shot=code))
    unnamed = sum(1 for edit, label in zip(edits, given, strict=True) if not label and not shot_code(edit.name))
    if unnamed:
        warnings.append(f"{unnamed} clips have no usable name; they got codes in tens, such as sh0010")
    warnings.extend(f"several clips are named {code}; they became {code}, {code}_02, …" for code in sorted(repeated))
    return coded


def _free(code: str, taken: set[str]) -> str:
    if code.casefold() not in taken:
        return code
    numbered = (f"{code}_{n:02d}" for n in range(2, len(taken) + 3))
    return next(candidate for candidate in numbered if candidate.casefold() not in taken)


def shot_code(name: str) -> str:
    """A clip name as a shot code: letters, digits, ``_ - .``, no media suffix; '' when nothing readable is left."""
    stem = _MEDIA_SUFFIX.sub("", name.strip())
    code = re.sub(r"[^A-Za-z0-9_.\-]+", "_", stem[: 4 * _LONGEST_CODE])[:_LONGEST_CODE].strip("_.-")
    return code if code[:1].isalnum() else ""


def _write_canonical(timeline: Any, clips: list[Any], result: Timeline, path: Path) -> None:
    import opentimelineio as otio

    for clip, edit in zip(clips, result.edits, strict=True):
        clip.metadata["assetlib"] = {"schema": 1, "shot": edit.shot}
    timeline.metadata["assetlib"] = {"schema": 1, "timeline": result.uuid}
    otio.adapters.write_to_file(timeline, str(path), adapter_name="otio_json")
