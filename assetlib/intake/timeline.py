"""Foreign timelines in: the cut as values, and our own ``.otio`` of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assetlib.editorial.read import read_timeline
from assetlib.intake.answers import Unreadable
from assetlib.intake.harness import run_limited
from assetlib.intake.limits import Limits
from assetlib.model.cut import Timeline

TIMELINE_LIMITS = Limits(memory=2 << 30, cpu_seconds=60, wall_seconds=120.0, file_size=512 << 20)
_LARGEST = 256 << 20


def intake_timeline(
    path: Path, rate: float | None, timeline_name: str | None, output_dir: Path, *, limits: Limits = TIMELINE_LIMITS
) -> tuple[Timeline, Path]:
    """The cut in `path` and where its canonical ``.otio`` was written; raises Unreadable.

    `rate` and `timeline_name` answer what the file leaves open; see `assetlib.editorial.read`.
    """
    path = path.resolve()
    if not path.is_file():
        raise Unreadable(f"expected a timeline at {path}, found no file")
    if path.stat().st_size > _LARGEST:
        raise Unreadable(f"expected a timeline of at most {_LARGEST >> 20} MiB, found {path.stat().st_size >> 20} MiB")
    output_dir.mkdir(parents=True, exist_ok=True)
    canonical = output_dir.resolve() / f"{path.stem}.otio"
    payload = {"path": path, "rate": rate, "timeline": timeline_name, "canonical": canonical}
    answer = run_limited("timeline", payload, inputs=[path], output=output_dir, limits=limits)
    if not answer.was_read:
        raise Unreadable(answer.reason if path.name in answer.reason else f"{path.name}: {answer.reason}")
    return Timeline.from_json(answer.value), canonical


def read_cut(path: Path, rate: float | None, timeline: str | None, canonical: Path) -> dict[str, Any]:
    """Runs in the limited child."""
    return read_timeline(path, rate=rate, timeline=timeline, canonical=canonical).to_json()
