"""Dates as an iCalendar file (RFC 5545), so that the end of a license stands in the calendar of whoever must act."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_LINE = 75  # octets, RFC 5545 section 3.1


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEntry:
    """Something that falls on one whole day; `uid` stays the same from file to file, so that an entry is replaced."""

    uid: str
    day: date
    summary: str
    description: str = ""


def calendar(entries: Iterable[DayEntry], *, stamp: datetime) -> bytes:
    """A VCALENDAR of all-day events, lines folded and ended with CRLF; `stamp` is aware, in UTC."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//assetlib//rights//EN", "CALSCALE:GREGORIAN"]
    for entry in entries:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{_text(entry.uid)}",
            f"DTSTAMP:{stamp:%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{entry.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{entry.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(entry.summary)}",
            *([f"DESCRIPTION:{_text(entry.description)}"] if entry.description else []),
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return b"".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _text(value: str) -> str:
    """TEXT of section 3.3.11: backslash, semicolon, comma and line ends escaped."""
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def _folded(line: str) -> bytes:
    """The line in pieces of at most 75 octets, never within a character; continuations begin with a space."""
    pieces, room = [b""], _LINE
    for character in line:
        octets = character.encode()
        if len(pieces[-1]) + len(octets) > room:
            pieces.append(b" ")
        pieces[-1] += octets
    return b"\r\n".join(pieces) + b"\r\n"
