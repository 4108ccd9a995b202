"""Frames as SMPTE time code; drop-frame (with ``;``) where the rate asks for it."""

from __future__ import annotations

from fractions import Fraction


def timecode(frame: int, rate: Fraction) -> str:
    """``01:00:00:00`` for a count of frames at `rate`, or ``frame N`` for a rate that has no time code."""
    import opentimelineio as otio

    moment = otio.opentime.RationalTime(frame, float(rate))
    drop = rate in (Fraction(30000, 1001), Fraction(60000, 1001))

    try:
        return str(otio.opentime.to_timecode(moment, float(rate), drop))
    except ValueError:
        return f"frame {frame}"
