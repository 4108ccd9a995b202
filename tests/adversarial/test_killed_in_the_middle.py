"""kill -9 in the middle of a registration, a generation, an export: the library is whole, and doing it again works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.timeout(900)
_WHOLE_MATRIX = [pytest.mark.nightly, pytest.mark.timeout(4 * 3600)]


def killed(folder: Path, story: str, points: str, patience: int = 880) -> list[dict]:
    """What each point left: the lines of `tests.kills`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.kills", story, str(folder), points],
        capture_output=True,
        text=True,
        timeout=patience,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if '"at"' in line]


@pytest.mark.parametrize(
    ("story", "points"),
    [
        ("export", "4+rename+commit"),
        ("register", "4+commit"),
        ("generate", "7"),
        *(pytest.param(story, "all", marks=_WHOLE_MATRIX) for story in ("export", "register", "generate")),
    ],
)
def test_killed_at_any_step_nothing_is_half_done_and_it_can_be_done_again(
    tmp_path: Path, story: str, points: str
) -> None:
    rows = killed(tmp_path, story, points, 4 * 3600 if points == "all" else 880)
    assert len(rows) >= 4
    assert [row for row in rows if row["faults"]] == []
    assert any(row["killed"] for row in rows)


def test_an_export_recorded_after_it_moved_is_caught(tmp_path: Path) -> None:
    rows = killed(tmp_path, "export_recorded_late", "commit")
    assert any("a delivery stands that no record knows" in row["faults"] for row in rows)
