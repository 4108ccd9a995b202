"""Run a story of the library in a real process, end it by SIGKILL before one of its steps, and look at what is left.

    python -m tests.kills STORY FOLDER POINTS

A step is every file opened for writing, renamed, linked, removed or synced, every folder made or removed, and every SQL
statement that writes, and COMMIT. POINTS is ``all``, a number of points
spread over the story, the name of a step, or some of each as in ``8+rename+commit``. For each point two
forks are made from this process, which has no threads: one lives the story until it is killed, the other opens the
library as the next command would, checks it, and tells the story again. Each point is one JSON line
``{"at", "step", "faults", "told"}``.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_AUDITED = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
_READING = {"SELECT", "WITH", "PRAGMA", "BEGIN"}  # to die before one of these is to die before what follows it
_PATIENCE = 240.0


class Steps:
    """Counts the steps of this process, and ends it before number `limit`."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.names: list[str] = []
        self._turn = threading.Lock()

    def __call__(self, name: str) -> None:
        with self._turn:
            self.names.append(name)
            if len(self.names) == self.limit:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """From now on, for the rest of this process."""
        from sqlalchemy import Engine, event

        sys.addaudithook(self._audit)
        sync = os.fsync

        def synced(descriptor: Any) -> None:
            self("fsync")
            sync(descriptor)

        os.fsync = synced
        event.listen(Engine, "before_cursor_execute", lambda connection, cursor, sql, *_: self._statement(sql))
        event.listen(Engine, "commit", lambda _: self("commit"))

    def _statement(self, sql: str) -> None:
        if (verb := sql.split(maxsplit=1)[0].upper()) not in _READING:
            self(f"sql {verb}")

    def _audit(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING:
            self("open")
        elif name in _AUDITED:
            self(name.removeprefix("os."))


class Child:
    """A fork of this process at work on `act`, whose answer comes back as JSON."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._answer, writer = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(self._answer)
            _act_and_end(act, writer)
        os.close(writer)

    def end(self) -> tuple[int, Any]:
        """Exit code (negative: the signal) and the answer, None without one; a hang is ended."""
        watch = threading.Timer(_PATIENCE, os.kill, (self._process, signal.SIGTERM))
        watch.daemon = True
        with os.fdopen(self._answer, "rb") as pipe:
            watch.start()
            data = pipe.read()
        status = os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])
        watch.cancel()
        watch.join()
        return status, json.loads(data) if data else None


def _act_and_end(act: Callable[[], Any], writer: int) -> NoReturn:
    """A fork never returns into its parent's code."""
    code = 1
    try:
        answer = json.dumps(act()).encode()
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(answer)
        code = 0
    except BaseException:  # noqa: BLE001  told on stderr and by the exit code
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def in_a_child(act: Callable[[], Any]) -> tuple[int, Any]:
    return Child(act).end()


def lived(story: Any, folder: Path, at: int) -> list[str]:
    """The steps of the story up to its end, or to its death before step `at`."""
    steps = Steps(at)
    steps.watch()
    story.live(folder)
    steps.limit = 0
    return list(steps.names)


def points(names: list[str], wanted: str) -> list[int]:
    """Step numbers: ``all``, so many spread from the first to the last, those of a name, or some of each with a +."""
    total, chosen = len(names), set[int]()
    for part in wanted.split("+"):
        if part == "all" or part.isdecimal():
            count = total if part == "all" else min(int(part), total)
            chosen |= {1 + round(i * (total - 1) / max(count - 1, 1)) for i in range(count)}
        else:
            chosen |= {number for number, name in enumerate(names, 1) if name == part}
    return sorted(chosen)


@contextmanager
def copied(source: Path, folder: Path) -> Iterator[Path]:
    shutil.copytree(source, folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def tell(**line: Any) -> None:
    print(json.dumps(line), flush=True)  # noqa: T201


def must(status: int, what: str) -> None:
    if status != 0:
        raise SystemExit(f"{what} ended with {status}")


def main(name: str, folder: Path, wanted: str) -> None:
    story = importlib.import_module(f"tests.stories.{name}")
    built = folder / "built"
    must(in_a_child(lambda: story.build(built))[0], "building the library")
    with copied(built, folder / "whole") as place:
        status, names = in_a_child(lambda: lived(story, place, 0))
        must(status, "the story by itself")
        status, expected = in_a_child(lambda: story.outcome(place))
        must(status, "looking at the outcome")
    tell(steps=len(names), names=names)
    for at in points(names, wanted):
        with copied(built, folder / str(at)) as place:
            started = sum(os.times()[2:4])
            status, _ = in_a_child(lambda place=place, at=at: lived(story, place, at))
            checked, report = in_a_child(lambda place=place: story.examine(place, expected))
            faults, told = report if checked == 0 else ([f"examining ended with {checked}"], [])
            if status not in (0, -signal.SIGKILL):
                faults.append(f"the story ended with {status}")
            tell(
                at=at,
                step=names[at - 1],
                killed=status != 0,
                faults=faults,
                told=told,
                cpu=round(sum(os.times()[2:4]) - started, 2),
            )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
