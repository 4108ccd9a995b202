"""Foreign pictures as digests and view hashes, many at a time; see `assetlib.protection.scan`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assetlib.intake.harness import run_many
from assetlib.intake.limits import Limits

SCAN_LIMITS = Limits(memory=2 << 30, cpu_seconds=30, wall_seconds=60.0, file_size=1 << 20)
_CHUNK = 64


def intake_scan(paths: Sequence[Path], *, workers: int = 2, limits: Limits = SCAN_LIMITS) -> list[dict[str, Any]]:
    """What `assetlib.protection.scan.read_items` takes: one document per path, in order.

    A picture that ends its reader is an item with an error, and the ones after it are hashed all the same.
    """
    answers = run_many(
        "scan",
        [{"paths": [path]} for path in paths],
        inputs=sorted({path.resolve().parent for path in paths}),
        output=None,
        limits=limits,
        workers=workers,
        chunk=_CHUNK,
    )
    return [
        {**answer.value[0], "item": str(path)}
        if answer.was_read
        else {"item": str(path), "sha256": None, "views": [], "error": answer.reason}
        for path, answer in zip(paths, answers, strict=True)
    ]
