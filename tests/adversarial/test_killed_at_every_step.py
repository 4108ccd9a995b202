"""kill -9 before every file operation, statement and commit of an ingest: nothing acknowledged is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from assetlib.catalog import Catalog, Committer
from tests.crash_runner import INGESTS, KEY, ORIGIN

ROOT = Path(__file__).parents[2]


def matrix(folder: Path, protocol: str, stride: int = 1) -> list[dict]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash_runner", str(folder), protocol, str(stride)],
        capture_output=True,
        text=True,
        timeout=200,
        cwd=ROOT,
        env={"PYTHONPATH": ":".join([str(ROOT), *sys.path])},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_killed_at_any_step_the_library_is_whole(tmp_path):
    rows = matrix(tmp_path, "right")
    assert len(rows) > 40
    assert rows[-1]["acknowledged"] == INGESTS
    assert [row for row in rows if row["faults"]] == []


@pytest.mark.parametrize(
    ("protocol", "fault"),
    [("database-first", "blob-missing"), ("two-commits", "row-unrecorded"), ("final-name", "blob-corrupt")],
)
def test_a_wrong_protocol_is_caught(tmp_path, protocol, fault):
    rows = matrix(tmp_path, protocol, stride=3)
    assert any(fault in row["faults"] for row in rows)
    assert rows[-1]["faults"] == []  # wrong only when something happens in between


def test_a_full_disk_in_the_middle_of_a_commit_keeps_the_log_whole(tmp_path):
    """RLIMIT_FSIZE stands in for the full disk: every write beyond it fails."""
    script = f"""
import resource, signal, sys
from pathlib import Path
from assetlib.catalog import Catalog, CatalogUnavailable, Committer
from tests.crash_runner import KEY, ORIGIN
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
catalog = Catalog.create({str(tmp_path / "library.db")!r})
committer = Committer(catalog, KEY, ORIGIN)
committer.commit("note", {{}}, lambda w, i: None)
size = max(p.stat().st_size for p in Path({str(tmp_path)!r}).iterdir())
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 40_000, resource.RLIM_INFINITY))
done = 1
try:
    while done < 500:
        committer.commit("note", {{"text": "x" * 5000}}, lambda w, i: None)
        done += 1
except CatalogUnavailable as refusal:
    print(done, refusal)
    sys.exit(0)
sys.exit("the disk never filled")
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=ROOT,
        env={"PYTHONPATH": ":".join([str(ROOT), *sys.path])},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    acknowledged = int(done.stdout.split()[0])
    catalog = Catalog.open(str(tmp_path / "library.db"))
    report = catalog.ledger().verify_all(ORIGIN, KEY.public_key())
    assert (report.size, report.verdict) == (acknowledged, "pass")
    Committer(catalog, KEY, ORIGIN).commit("note", {}, lambda w, i: None)
    assert catalog.structural_damage() == ()
    catalog.close()
