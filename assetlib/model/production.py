"""A production: its frame conventions and the use everything in it must be cleared for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Production:
    """Frames are inclusive integers; `rate` is frames per second as an exact fraction (24000/1001 for 23.976).

    `exploit_until` None means in perpetuity. `commercial` decides whether non-commercial licenses can cover.
    """

    id: str
    name: str
    rate: Fraction = Fraction(24)
    first_frame: int = 1001
    handles: int = 8
    width: int = 1920
    height: int = 1080
    purpose: str = "previs"
    territories: tuple[str, ...] = ("WW",)
    media: tuple[str, ...] = ("svod",)
    exploit_until: datetime | None = None
    rulepacks: tuple[str, ...] = ()
    commercial: bool = True
