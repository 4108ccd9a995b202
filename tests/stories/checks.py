"""What every story asks of a library that was left in the middle."""

from __future__ import annotations

from datetime import timedelta

from assetlib.flows.check_library import check_library
from assetlib.library import Library


def damage(library: Library) -> list[str]:
    """What fsck finds, every blob read: nothing, if the library is whole."""
    report = check_library(library, read_data=True, repair_orphans=False)
    return [f"{found['kind']}: {found['where']}: {found['sentence']}" for found in report["damage"]]


def left_after_sweep(library: Library) -> list[str]:
    """What a sweep two days later still finds in staging: nothing, but for the finished pieces of frames."""
    now = library.clock()
    library.clock = lambda: now + timedelta(days=2)
    check_library(library, read_data=False, repair_orphans=True)
    return [f"in staging: {path.name}" for path in library.staging.iterdir() if path.name != "pieces"]
