"""A cut as values: the edits of a timeline, in record order, in exact frames.

Frames are integers at the timeline's rate; `rate` is an exact fraction (24000/1001 for 23.976).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from provenance.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One clip on a picture track.

    `record_in` counts from the start of the record; `source_in` is the first source frame asked for, at the
    clip's own rate. `time_scalar` is the product of all linear time warps above the clip (0 freezes, negative
    reverses). `head` and `tail` are the frames that neighboring transitions need beyond the cut.

    `returned` marks a clip as we sent it out, by the first frame it was sent with: its name and media still stand for
    those on record, which never left. `editorial.compare.restored` puts them back.
    """

    shot: str
    name: str
    track: str
    record_in: int
    duration: int
    source_in: Fraction
    time_scalar: Fraction = Fraction(1)
    head: int = 0
    tail: int = 0
    media: str = ""
    returned: int | None = None

    @property
    def source_frames(self) -> int:
        """Frames that must exist: the cut's length times the speed, rounded up; one for a freeze."""
        return max(1, math.ceil(self.duration * abs(self.time_scalar)))

    def to_json(self) -> dict[str, Any]:
        return {
            "shot": self.shot,
            "name": self.name,
            "track": self.track,
            "record_in": self.record_in,
            "duration": self.duration,
            "source_in": str(self.source_in),
            "time_scalar": str(self.time_scalar),
            "head": self.head,
            "tail": self.tail,
            "media": self.media,
            **({"returned": self.returned} if self.returned is not None else {}),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Edit:
        fractions = {name: Fraction(document[name]) for name in ("source_in", "time_scalar")}
        return cls(**{**document, **fractions})


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What was read from a timeline file: its edits, and what was left out and why."""

    name: str
    uuid: str
    rate: Fraction
    edits: tuple[Edit, ...]
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "uuid": self.uuid,
            "rate": str(self.rate),
            "edits": [edit.to_json() for edit in self.edits],
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Timeline:
        return cls(
            name=document["name"],
            uuid=document["uuid"],
            rate=Fraction(document["rate"]),
            edits=tuple(Edit.from_json(edit) for edit in document["edits"]),
            warnings=tuple(document["warnings"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CutDiff:
    """What an import changes, by shot code. An import of the same file again changes nothing."""

    added: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    trimmed: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """An imported timeline as the library keeps it; `otio` is the digest of our canonical re-export."""

    timeline: Timeline
    production: str
    otio: Digest
    imported_at: datetime
    imported_by: str
