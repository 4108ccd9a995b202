"""Two processes do the same thing at the same moment: one wins, the other hears of a conflict or makes its own take."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("story", "rounds"), [("export", 3), ("register", 2), ("generate", 2)])
def test_two_at_once_do_not_get_into_each_others_way(tmp_path: Path, story: str, rounds: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.two_at_once", story, str(tmp_path), str(rounds)],
        capture_output=True,
        text=True,
        timeout=880,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(rows) == rounds
    assert [row for row in rows if row["faults"]] == []
