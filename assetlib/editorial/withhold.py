"""What of an imported timeline must not leave with an exported one: where the studio keeps its files.

Media of clips that nobody asked about become offline, and every name and metadata value that spells a path or URL is
taken out. Ranges, order, markers and effects stay.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

# file and other URLs, POSIX paths of two parts and more, drive letters, UNC shares
_PATH = re.compile(
    r"[a-z][a-z0-9+.\-]*://"
    r"|(?:^|[\s\"'=:(])~?(?:/[^/\s\"']+){2,}"
    r"|\b[a-z]:[\\/]"
    r"|\\\\[^\\\s]+\\",
    re.IGNORECASE,
)
_NAMED = ("name", "comment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """How many clips went offline that are no shot of ours, and how many names and values were taken out."""

    clips: int
    values: int

    def sentences(self) -> tuple[str, ...]:
        told = []
        if self.clips:
            told.append(f"{_count(self.clips, 'other clip')} went offline, since nobody asked about the media")
        if self.values:
            told.append(f"{_count(self.values, 'path')} in names and metadata of the timeline stayed here")
        return tuple(told)


def is_path(text: str) -> bool:
    """Whether `text` names a place on somebody's disk or network."""
    return bool(_PATH.search(text))


def withhold(timeline: Any, sent: AbstractSet[int], asked_about: AbstractSet[str]) -> Withheld:
    """Take out of `timeline` all but the media of the clips in `sent` (by identity) and of entities asked about."""
    import opentimelineio as otio

    clips = sum(_offline(clip, asked_about) for clip in timeline.find_clips() if id(clip) not in sent)
    values = 0
    everything = [timeline, timeline.tracks, *timeline.tracks.find_children()]
    for item in everything:
        values += _cleaned(item)
        for part in (*getattr(item, "markers", ()), *getattr(item, "effects", ())):
            values += _cleaned(part)
        if isinstance(item, otio.schema.Clip):
            values += sum(_cleaned(reference) for reference in item.media_references().values())
    return Withheld(clips=clips, values=values)


def _offline(clip: Any, asked_about: AbstractSet[str]) -> bool:
    """Replace every reference that leads somewhere; whether there was one."""
    import opentimelineio as otio

    kept, changed = {}, False
    for key, reference in clip.media_references().items():
        if _leads_nowhere(reference) or _entity(reference) in asked_about:
            kept[key] = reference
            continue
        kept[key], changed = otio.schema.MissingReference(available_range=reference.available_range), True
    if changed:
        clip.set_media_references(kept, clip.active_media_reference_key)
    return changed


def _leads_nowhere(reference: Any) -> bool:
    import opentimelineio as otio

    return reference is None or isinstance(reference, otio.schema.MissingReference)


def _entity(reference: Any) -> str:
    url = str(getattr(reference, "target_url", "") or "")
    return url.partition("?")[0] if url.startswith("assetlib:") else ""


def _cleaned(item: Any) -> int:
    count = 0
    for field in _NAMED:
        text = getattr(item, field, None)
        if isinstance(text, str) and is_path(text):
            setattr(item, field, re.split(r"[\\/]", text.rstrip("\\/"))[-1])
            count += 1
    metadata = getattr(item, "metadata", None)
    return count + (0 if metadata is None else _without_paths(metadata))


def _without_paths(holder: Any) -> int:
    """Remove path-like text from nested metadata; how many values went."""
    count = 0
    if isinstance(holder, str):
        return 0
    if hasattr(holder, "items"):
        for key in [key for key, value in holder.items() if isinstance(value, str) and is_path(value)]:
            del holder[key]
            count += 1
        return count + sum(_without_paths(value) for value in holder.values() if not isinstance(value, str))
    if hasattr(holder, "__iter__"):
        for index in reversed([i for i, value in enumerate(holder) if isinstance(value, str) and is_path(value)]):
            del holder[index]
            count += 1
        return count + sum(_without_paths(value) for value in holder if not isinstance(value, str))
    return 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
