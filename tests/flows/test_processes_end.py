"""No process outlives the library that started it, nor the process that opened the library."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.flows.studio import ALONE, build

ROOT = Path(__file__).parents[2]
_PATIENCE = 100.0
_SCRIPT = f"""
import json, os, sys, time
from pathlib import Path
from assetlib.flows.generate_shot import generate_shot
from tests.flows.studio import Studio

def children():
    found = {{}}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            if parent == str(os.getpid()):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().decode()
        except OSError:
            pass
    return found

if __name__ == "__main__":
    with Studio(folder=Path(sys.argv[1])).open() as library:
        for seed in range(2):
            generate_shot(library, {ALONE!r}, seed=seed)
        during = children()
        print(json.dumps({{"during": during}}), flush=True)
        if sys.argv[2] == "killed":
            time.sleep(1000)
    print(json.dumps({{"after": children()}}), flush=True)
"""


def started(folder: Path, how: str) -> subprocess.Popen[str]:
    build(folder / "studio")
    script = folder / "script.py"
    script.write_text(_SCRIPT)
    return subprocess.Popen(
        [sys.executable, str(script), str(folder / "studio"), how],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )


def renderers(children: dict[str, str]) -> list[int]:
    """The processes that a pool started, by what multiprocessing calls them."""
    return [int(number) for number, command in children.items() if "spawn_main" in command]


def gone(process: int) -> bool:
    """Not there, or dead and waiting for its parent to notice."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def wait_until_gone(processes: list[int]) -> list[int]:
    deadline = time.monotonic() + _PATIENCE
    while left := [process for process in processes if not gone(process)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return left


def test_closing_the_library_ends_its_render_processes(tmp_path: Path) -> None:
    process = started(tmp_path, "closed")
    output, _ = process.communicate(timeout=280)
    assert process.returncode == 0
    during, after = (json.loads(line) for line in output.splitlines())
    assert renderers(during["during"])
    assert renderers(after["after"]) == []
    assert wait_until_gone([int(number) for number in during["during"]]) == []


def test_killing_the_process_ends_its_render_processes(tmp_path: Path) -> None:
    process = started(tmp_path, "killed")
    assert process.stdout is not None
    during = json.loads(process.stdout.readline())["during"]
    assert renderers(during)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert wait_until_gone([int(number) for number in during]) == []


@pytest.mark.parametrize("times", [1, 2])
def test_a_library_may_be_closed_more_than_once(tmp_path: Path, times: int) -> None:
    from assetlib.library import Library

    ended: list[str] = []
    environ = {"XDG_STATE_HOME": str(tmp_path / "state")}
    library = Library.create(tmp_path / "library", name="Small Films", environ=environ)
    for name in ("first", "second", "first"):
        library.keep_running(name, lambda name=name: lambda: ended.append(name))  # type: ignore[misc]
    for _ in range(times):
        library.close()
    assert ended == ["second", "first"]
