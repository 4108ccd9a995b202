"""A disk that really fills up in the middle: one sentence, exit 1, nothing half-written; with room again it works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_MANY = [pytest.mark.nightly, pytest.mark.timeout(2 * 3600)]
pytestmark = pytest.mark.timeout(900)


@pytest.mark.parametrize(
    ("story", "points"),
    [
        *((story, 4) for story in ("export", "register", "generate")),
        *(pytest.param(story, 60, marks=_MANY) for story in ("export", "register", "generate")),
    ],
)
def test_a_disk_that_fills_up_is_named_and_leaves_nothing_behind(tmp_path: Path, story: str, points: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.full_disk", story, str(tmp_path), str(points)],
        capture_output=True,
        text=True,
        timeout=880 if points == 4 else 2 * 3600,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    disk, *rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert [row for row in rows if row["faults"]] == []
    stopped = [row for row in rows if row["code"] != 0]
    assert len(stopped) >= 2
    assert rows[-1]["code"] == 0
    for row in stopped:
        (sentence,) = row["said"].splitlines()
        assert sentence.startswith("error: "), row
        if disk == {"disk": "tmpfs"} or "disk I/O error" not in sentence:  # which is all SQLite says of a size limit
            assert row["code"] == 1, row
            assert any(words in sentence for words in ("disk with the database is full", "the disk is full")), row
