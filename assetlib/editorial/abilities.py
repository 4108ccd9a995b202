"""Which timelines the installed OpenTimelineIO reads and writes, for `assetlib doctor`."""

from __future__ import annotations

from dataclasses import dataclass

_WANTED = {"edl": "cmx_3600", "fcp7": "fcp_xml", "fcpxml": "fcpx_xml", "aaf": "AAF"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineAbilities:
    """`formats` and `missing` are the words of ``cut export --format``; `schemas` are newest (name, version)."""

    version: str
    formats: tuple[str, ...]
    missing: tuple[str, ...]
    schemas: tuple[tuple[str, int], ...]


def timeline_abilities() -> TimelineAbilities:
    """Raises ImportError where OpenTimelineIO is absent."""
    import opentimelineio as otio

    names = set(otio.adapters.available_adapter_names())
    versions = otio.core.type_version_map()
    shown = ("Timeline", "Clip", "ExternalReference", "MissingReference", "Transition", "Marker")
    return TimelineAbilities(
        version=str(otio.__version__),
        formats=("otio", *(word for word, adapter in _WANTED.items() if adapter in names)),
        missing=tuple(word for word, adapter in _WANTED.items() if adapter not in names),
        schemas=tuple((name, int(versions[name])) for name in shown if name in versions),
    )
