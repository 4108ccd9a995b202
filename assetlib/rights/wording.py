"""Plain words for the closed vocabularies and for moments: what a lawyer says where the record says a token.

Instants of a license are told as days of its own time zone, as its document does: the end of a half-open
window at midnight is the day before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assetlib.model.license import LicenseKind
from assetlib.rights import territory

ACTIONS = MappingProxyType(
    {
        "view": "viewing",
        "generate.previs": "previs",
        "generate.final": "final pictures",
        "generate.likeness": "a generated likeness",
        "generate.voice": "a generated voice",
        "edit": "editing",
        "upscale": "upscaling",
        "export.provider": "transfer to a provider",
        "export.delivery": "delivery",
        "export.publish": "publication",
        "mine": "text and data mining",
        "train.nongen": "training of analytic models",
        "train.gen": "training of generative models",
        "train.finetune_internal": "in-house fine-tuning",
        "delete": "deletion",
        "purge": "purging",
    }
)
FACETS = MappingProxyType(
    {
        "character_ip": "character rights",
        "underlying_work": "underlying work",
        "likeness": "likeness",
        "voice": "voice",
        "performance": "performance",
        "location": "property",
        "trademark": "trademark",
        "music": "music",
        "model": "model",
        "dataset": "dataset",
        "tool_output": "tool output",
        "synthetic_performer": "synthetic performer",
    }
)
KINDS = MappingProxyType(
    {
        LicenseKind.LICENSE: "license",
        LicenseKind.ASSIGNMENT: "assignment",
        LicenseKind.WORK_FOR_HIRE: "work-for-hire agreement",
        LicenseKind.PERFORMER_CONSENT: "consent",
        LicenseKind.RELEASE: "release",
        LicenseKind.PUBLIC_DOMAIN_FINDING: "public domain finding",
        LicenseKind.OPEN_LICENSE: "open license",
        LicenseKind.PROVIDER_TERMS: "provider terms",
        LicenseKind.COUNSEL_OVERRIDE: "counsel override",
        LicenseKind.EMBEDDED_SIGNAL: "signal in the file",
        LicenseKind.LEGAL_HOLD: "legal hold",
    }
)
FLAGS = MappingProxyType(
    {
        "alcohol_tobacco": "alcohol or tobacco",
        "product_endorsement": "product endorsement",
        "minors_present": "minors",
        "sexual": "sexual content",
    }
)


def listed(words: Iterable[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    held = list(words)
    if len(held) < 2:
        return "".join(held)
    return f"{', '.join(held[:-1])} {last} {held[-1]}"


def actions(words: Iterable[str], last: str = "and") -> str:
    return listed((ACTIONS.get(word, word) for word in words), last)


def facets(words: Iterable[str]) -> str:
    return listed(FACETS.get(word, word) for word in words)


def flags(words: Iterable[str], last: str = "or") -> str:
    return listed((FLAGS.get(word, word) for word in words), last)


def places(words: Sequence[str]) -> str:
    """``worldwide`` or ``in DE and US``."""
    return "worldwide" if tuple(words) == (territory.WORLD,) else f"in {listed(words)}"


def territories(mask: int) -> str:
    """What a grant reaches: ``DE and US``, ``WW minus CN, RU``."""
    told = territory.describe(mask)
    return told if territory.WORLD in told else listed(told.split(", "))


def scenes(words: Sequence[str]) -> str:
    """``scene 4``, ``scenes 1 to 3``, ``scenes 1 to 3 and 20A``; ranges of a license are kept."""
    told = [" to ".join(part.strip() for part in word.split("-")) for word in words]
    return f"scene{'' if len(words) == 1 and '-' not in words[0] else 's'} {listed(told)}"


def scene_order(scene: str) -> tuple[int, str]:
    """Sorts scene 2 before 10, and 20A after 20."""
    digits = scene[: len(scene) - len(scene.lstrip("0123456789"))]
    return int(digits or 0), scene


def day(moment: datetime, timezone: str = "UTC") -> str:
    """``31 December 2031``: the day of `moment`."""
    return calendar_day(local_date(moment, timezone))


def local_date(moment: datetime, timezone: str = "UTC") -> date:
    """The calendar date of `moment` in a license's zone."""
    return moment.astimezone(_zone(timezone)).date()


def calendar_day(date_: date) -> str:
    """``31 December 2031``."""
    return f"{date_.day} {date_:%B %Y}"


def last_day(end: datetime, timezone: str = "UTC") -> str:
    """The last day before the end of a half-open window, with the hour where the window ends within a day."""
    local = (end + timedelta(microseconds=1)).astimezone(_zone(timezone)).replace(microsecond=0)
    if local.time() == time():
        return day(local - timedelta(days=1), timezone)
    return f"{day(end, timezone)}, {local:%H:%M %Z}"


def last_date(end: datetime, timezone: str = "UTC") -> date:
    """The last day on which a half-open window is still open, in the zone its dates were read in."""
    return (end - timedelta(microseconds=1)).astimezone(_zone(timezone)).date()


def due(when: str) -> str:
    """An instant as a day; words as they stand."""
    try:
        return day(datetime.fromisoformat(when))
    except ValueError:
        return when


def until(end: datetime | None) -> str:
    """``until 31 December 2031`` or ``in perpetuity``."""
    return "in perpetuity" if end is None else f"until {last_day(end)}"


def end_words(end: datetime, timezone: str = "UTC") -> str:
    """``the end of 31 December 2031``, or ``1 January 2032, 12:00 PST`` where the window ends within a day."""
    last = last_day(end, timezone)
    return last if ":" in last else f"the end of {last}"


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    """The named zone; UTC where this machine does not know it, since words must not keep a decision from being made."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
