"""Tell a story on a disk that fills up, by the command that people use; then free some space and tell it again.

    python -m tests.full_disk STORY FOLDER POINTS

The disk is a tmpfs of its own in a mount namespace (``unshare``); where none may be mounted, a limit on the size of
any file stands in: that too is the operating system refusing a write. The first line says which it was. The library
is copied onto it with room for so many bytes more, from none to just not enough, at POINTS sizes, and once with
enough. Each size is one JSON line ``{"room", "code", "said", "faults", "told"}``.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.kills import in_a_child, must, tell

_PAGE = 4096
_FIRST = 512 * 1024
_INSIDE = "ASSETLIB_TEST_DISK"


class Tmpfs:
    """A file system in memory of a chosen size."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir(exist_ok=True)

    def fill(self, built: Path, room: int) -> None:
        """Mount it, put `built` on it, and leave `room` bytes."""
        _mount("-t", "tmpfs", "-o", "size=1g,mode=700", "tmpfs", str(self.place))
        shutil.copytree(built, self.place, dirs_exist_ok=True)
        found = os.statvfs(self.place)
        used = (found.f_blocks - found.f_bfree) * found.f_frsize
        _mount("-o", f"remount,size={used + room}", str(self.place))

    def limit(self) -> None:
        """Nothing more: the disk itself is small."""

    def free(self) -> None:
        _mount("-o", "remount,size=1g", str(self.place))

    def empty(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.place)], check=True)


class SizeLimit:
    """No file of this process or its children may grow beyond the chosen size."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.room = 0

    def fill(self, built: Path, room: int) -> None:
        shutil.copytree(built, self.place)
        self.room = room

    def limit(self) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.room, resource.RLIM_INFINITY))

    def free(self) -> None:
        """Only who lived under the limit was limited."""

    def empty(self) -> None:
        shutil.rmtree(self.place)


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def command(story: Any, place: Path) -> list[Any]:
    """Exit code and what was said by the command that tells the story."""
    from cli.main import main

    said = io.StringIO()
    code = 0
    os.environ.update(story.environ(place), TMPDIR=str(place / "tmp"))
    tempfile.tempdir = None
    (place / "tmp").mkdir(exist_ok=True)
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            main(story.command(place), standalone_mode=False)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return [code, said.getvalue()]


def told_with(story: Any, disk: Tmpfs | SizeLimit, built: Path, expected: Any, room: int) -> dict[str, Any]:
    """One telling with `room` bytes, and what was found when there was space again."""
    disk.fill(built, room)
    try:
        status, answer = in_a_child(lambda: (disk.limit(), command(story, disk.place))[1])
        disk.free()
        examined, report = in_a_child(lambda: story.examine(disk.place, expected))
    finally:
        disk.empty()
    code, said = answer or [status, "the command did not end by itself"]
    faults, told = report if examined == 0 else ([f"examining ended with {examined}"], [])
    return {"room": room, "code": code, "said": said, "faults": faults, "told": told}


def enough(story: Any, disk: Tmpfs | SizeLimit, built: Path, expected: Any) -> int:
    """Bytes with which the story ends well, doubled until it does."""
    room = _FIRST
    while told_with(story, disk, built, expected, room)["code"] != 0:
        room *= 2
    return room


def namespace() -> list[str] | None:
    """How to start a process that may mount, None where nothing may."""
    for prefix in (["unshare", "--user", "--map-root-user", "--mount"], ["unshare", "--mount"]):
        with tempfile.TemporaryDirectory() as folder, contextlib.suppress(OSError):
            tried = [*prefix, "mount", "-t", "tmpfs", "tmpfs", folder]
            if subprocess.run(tried, capture_output=True, check=False).returncode == 0:
                return prefix
    return None


def main(name: str, folder: Path, points: int) -> None:
    story = importlib.import_module(f"tests.stories.{name}")
    disk = Tmpfs(folder / "disk") if os.environ[_INSIDE] == "tmpfs" else SizeLimit(folder / "disk")
    tell(disk=os.environ[_INSIDE])
    built = folder / "built"
    must(in_a_child(lambda: story.build(built))[0], "building the library")
    shutil.copytree(built, folder / "whole")
    must(in_a_child(lambda: story.live(folder / "whole"))[0], "the story by itself")
    status, expected = in_a_child(lambda: story.outcome(folder / "whole"))
    must(status, "looking at the outcome")
    most = enough(story, disk, built, expected)
    for number in range(points):
        tell(**told_with(story, disk, built, expected, most * number // points // _PAGE * _PAGE))
    tell(**told_with(story, disk, built, expected, 2 * most))


if __name__ == "__main__":
    if _INSIDE not in os.environ:
        prefix = namespace()
        os.environ[_INSIDE] = "size limit" if prefix is None else "tmpfs"
        started = [*(prefix or []), sys.executable, "-m", "tests.full_disk", *sys.argv[1:]]
        os.execvp(started[0], started)
    main(sys.argv[1], Path(sys.argv[2]).resolve(), int(sys.argv[3]))
