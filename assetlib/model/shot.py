"""Shots and takes. Frame numbers are inclusive integers in the shot's own count (cut starts at 1001)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction

from provenance.digest import Digest


class ShotStatus(StrEnum):
    READY = "ready"
    GENERATED = "generated"
    PICKED = "picked"
    OMITTED = "omitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A shot's reference to one exact asset version, under the name it has in the shot."""

    name: str
    entity: str
    version: str
    digest: Digest
    role: str = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One shot of a cut. `layers` is the asset digest of the shot's own USD tree, None before it is framed."""

    code: str
    sequence: str
    production: str
    cut_in: int
    cut_out: int
    handles: int
    rate: Fraction
    timeline: str
    clip: str
    time_scalar: Fraction = Fraction(1)
    head: int = 0
    tail: int = 0
    pins: tuple[Pin, ...] = ()
    layers: Digest | None = None
    scenes: tuple[str, ...] = ()
    content: tuple[tuple[str, str], ...] = ()
    prompt: str = ""
    status: ShotStatus = ShotStatus.READY

    @property
    def frames(self) -> range:
        """The frames of the cut, first to last, without handles."""
        return range(self.cut_in, self.cut_out + 1)

    @property
    def frames_with_handles(self) -> range:
        """With handles and what neighboring transitions need beyond the cut."""
        return range(self.cut_in - self.handles - self.head, self.cut_out + self.handles + self.tail + 1)


class TakeStatus(StrEnum):
    CURRENT = "current"
    PICKED = "picked"
    QUARANTINED = "quarantined"
    STAND_IN = "stand_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One generation of a shot: immutable media, with the decision and permit it was made under."""

    shot: str
    number: int
    digest: Digest
    decision: str
    permit: str
    generator: str
    source_type: str
    created_at: datetime
    created_by: str
    seed: int
    status: TakeStatus = TakeStatus.CURRENT

    @property
    def code(self) -> str:
        return f"take_{self.number:03d}"
