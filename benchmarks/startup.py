"""`assetlib --help` against the smallest click program, each in a fresh interpreter, alternating."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from typing import Any

_ROUNDS = 15
_MOST_RATIO = 2.0
_OURS = "from cli.main import main; main(['--help'], prog_name='assetlib')"
_BARE = """
import click
@click.group()
def main(): "A bare program."
@main.command()
def verb(): "A verb."
main(['--help'], prog_name='bare')
"""


def run() -> list[dict[str, Any]]:
    """One row; medians of alternating rounds, after one of each that only warms the file cache."""
    _seconds(_OURS), _seconds(_BARE)
    pairs = [(_seconds(_OURS), _seconds(_BARE)) for _ in range(_ROUNDS)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    return [
        {
            "issue": 2,
            "name": "assetlib --help",
            "value": ours,
            "unit": "s",
            "baseline": bare,
            "ratio": ours / bare,
            "demand": f"≤ {_MOST_RATIO:g}× a bare click program",
            "met": ours / bare <= _MOST_RATIO,
        }
    ]


def _seconds(code: str) -> float:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL, env=environment, timeout=60)
    return time.perf_counter() - start
