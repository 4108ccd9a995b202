"""The limited child: reads a request on standard input, answers one JSON line per item.

Started by `assetlib.intake.harness` as ``python -m assetlib.intake.child`` in an empty folder. This process
binds itself to its limits, imports the task's function and never touches a foreign byte: each chunk of items
is read in a fork, whose death is an answer about the item it was reading.
"""

from __future__ import annotations

import importlib
import json
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assetlib.intake.answers import Outcome
from assetlib.intake.limits import Limits, confine, limit_cpu, limit_process

Task = Callable[..., Any]
_LONGEST_ANSWER = 64 << 20
_LONGEST_REASON = 600
_OURS = ("assetlib.", "provenance.")


@dataclass(slots=True)
class _Reader:
    """A fork at work on `items`; those before `done` are answered."""

    pid: int
    pipe: int
    items: list[int]
    deadline: float
    done: int = 0
    buffer: bytearray = field(default_factory=bytearray)
    killed_for: Outcome | None = None


def main() -> None:
    request = json.loads(sys.stdin.buffer.read())
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    limits = Limits(**request["limits"])
    limit_process(limits)
    confine(map(Path, request["readable"]), map(Path, request["writable"]))
    module, _, function = request["task"].partition(":")
    room = importlib.import_module(module)
    task: Task = getattr(room, function)
    getattr(room, "prepare", int)()  # libraries that every fork needs are loaded once
    _send(answers, {"ready": True})
    for index, answer in answer_all(
        task, request["items"], limits, workers=request["workers"], chunk=request["chunk"], private=answers
    ):
        _send(answers, {"item": index, **answer})


def answer_all(
    task: Task, items: list[dict[str, Any]], limits: Limits, *, workers: int, chunk: int, private: int
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The answers, as they come; `private` is a descriptor that no fork may keep."""
    waiting = [list(range(i, min(i + chunk, len(items)))) for i in range(0, len(items), chunk)][::-1]
    selector = selectors.DefaultSelector()
    while waiting or selector.get_map():
        while waiting and len(selector.get_map()) < workers:
            reader = _fork(task, items, waiting.pop(), limits, private)
            selector.register(reader.pipe, selectors.EVENT_READ, reader)
        for key, _ in selector.select(timeout=0.25):
            reader = key.data
            data = os.read(reader.pipe, 1 << 16)
            if data:
                yield from _take(reader, data, limits)
                continue
            selector.unregister(reader.pipe)
            left = yield from _bury(reader, limits)
            if left:
                waiting.append(left)
        _end_overdue(selector)


def _fork(task: Task, items: list[dict[str, Any]], chosen: list[int], limits: Limits, private: int) -> _Reader:
    out_of, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(private)
            os.close(out_of)
            for index in chosen:
                limit_cpu(limits.cpu_seconds)
                _send(into, _answer(task, items[index]))
        finally:
            os._exit(0)
    os.close(into)
    return _Reader(pid=pid, pipe=out_of, items=chosen, deadline=time.monotonic() + limits.wall_seconds)


def _answer(task: Task, item: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"outcome": Outcome.READ, "value": task(**{name: _decoded(value) for name, value in item.items()})}
    except MemoryError:
        return {"outcome": Outcome.OVER_LIMIT, "reason": "reading it needs more memory than intake allows"}
    except Exception as error:  # noqa: BLE001  readers raise anything on hostile input; it is an answer
        return _refusal(error)


def _decoded(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"$path"}:
        return Path(value["$path"])
    return [_decoded(part) for part in value] if isinstance(value, list) else value


def _refusal(error: Exception) -> dict[str, Any]:
    text = " ".join(str(error).split())[:_LONGEST_REASON]
    if type(error).__module__.startswith(_OURS):
        return {"outcome": Outcome.REFUSED, "reason": text}
    return {"outcome": Outcome.FAILED, "reason": f"it cannot be read ({type(error).__name__}: {text})"}


def _take(reader: _Reader, data: bytes, limits: Limits) -> Iterator[tuple[int, dict[str, Any]]]:
    reader.buffer += data
    if len(reader.buffer) > _LONGEST_ANSWER:
        _kill(reader, Outcome.OVER_LIMIT)
        reader.buffer.clear()
    while reader.killed_for is None and reader.done < len(reader.items) and b"\n" in reader.buffer:
        line, _, rest = bytes(reader.buffer).partition(b"\n")
        reader.buffer = bytearray(rest)
        yield reader.items[reader.done], json.loads(line)
        reader.done += 1
        reader.deadline = time.monotonic() + limits.wall_seconds


def _bury(reader: _Reader, limits: Limits) -> Generator[tuple[int, dict[str, Any]], None, list[int]]:
    """Wait for a fork that closed its pipe; answer for the item it died on, return those it never began."""
    os.close(reader.pipe)
    _, status = os.waitpid(reader.pid, 0)
    if reader.done == len(reader.items):
        return []
    yield reader.items[reader.done], _death(reader, os.waitstatus_to_exitcode(status), limits)
    return reader.items[reader.done + 1 :]


def _death(reader: _Reader, code: int, limits: Limits) -> dict[str, Any]:
    if reader.killed_for is Outcome.TIMED_OUT:
        return {"outcome": Outcome.TIMED_OUT, "reason": f"reading it did not end within {limits.wall_seconds:g} s"}
    if reader.killed_for is Outcome.OVER_LIMIT:
        return {"outcome": Outcome.OVER_LIMIT, "reason": "there is more in it than intake reports"}
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return {
            "outcome": Outcome.OVER_LIMIT,
            "reason": f"reading it took more than {limits.cpu_seconds} s of CPU or all of the memory",
        }
    name = signal.Signals(-code).name if code < 0 else f"exit {code}"
    return {"outcome": Outcome.CRASHED, "reason": f"its reader crashed ({name}); the file is damaged or hostile"}


def _end_overdue(selector: selectors.BaseSelector) -> None:
    now = time.monotonic()
    for key in list(selector.get_map().values()):
        if key.data.deadline < now and key.data.killed_for is None:
            _kill(key.data, Outcome.TIMED_OUT)


def _kill(reader: _Reader, why: Outcome) -> None:
    reader.killed_for = why
    os.kill(reader.pid, signal.SIGKILL)


def _send(descriptor: int, document: dict[str, Any]) -> None:
    data = memoryview(json.dumps(document).encode() + b"\n")
    while data:
        data = data[os.write(descriptor, data) :]


if __name__ == "__main__":
    main()
