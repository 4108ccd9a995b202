"""Start a limited child, give it items, collect its answers.

A signal, a timeout or a limit is an answer; nothing is tried again here, because here is where the
library's keys and records are. The child gets an empty folder as home and working directory, a bare
environment, and sees only its inputs and its output (see `limits`).
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import schemas
from assetlib.intake.answers import Answer, IntakeBroken, Outcome
from assetlib.intake.limits import Limits
from assetlib.intake.tasks import TASKS

_START_SECONDS = 60.0
_SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/System", "/Library", "/sys/devices/system/cpu")
_SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/mime.types",
    "/dev/urandom",
    "/dev/random",
    "/proc/cpuinfo",  # not /proc itself: it shows the environment of the process that started this one
    "/proc/meminfo",
)
_LOST = Answer(outcome=Outcome.CRASHED, reason="its reader was ended from outside; try again")


def run_limited(
    task: str, payload: Mapping[str, Any], *, inputs: Sequence[Path], output: Path | None, limits: Limits
) -> Answer:
    """What `task` says about one `payload` (keyword arguments of its function: JSON and paths).

    `inputs` are the files and folders that the child may read, `output` the folder that it may write.
    Raises IntakeBroken when the child cannot start.
    """
    return run_many(task, [payload], inputs=inputs, output=output, limits=limits)[0]


def run_many(
    task: str,
    payloads: Sequence[Mapping[str, Any]],
    *,
    inputs: Sequence[Path],
    output: Path | None,
    limits: Limits,
    workers: int = 1,
    chunk: int = 1,
) -> tuple[Answer, ...]:
    """One answer per payload, in order. A fork reads `chunk` items one after the other, `workers` forks at a time."""
    if not payloads:
        return ()
    with tempfile.TemporaryDirectory(prefix="assetlib-intake-") as scratch:
        folder = Path(scratch).resolve()
        request = {
            "task": TASKS[task],
            "items": [_encoded(payload) for payload in payloads],
            "limits": limits.to_json(),
            "workers": workers,
            "chunk": chunk,
            "readable": [*map(str, _code()), *_absolute(inputs)],
            "writable": [str(folder), "/dev/null", *_absolute([] if output is None else [output])],
        }
        return _converse(json.dumps(request).encode(), folder, len(payloads), limits)


def _converse(request: bytes, folder: Path, count: int, limits: Limits) -> tuple[Answer, ...]:
    answers = [_LOST] * count
    with (folder / "messages").open("wb") as messages:
        child = subprocess.Popen(
            [sys.executable, "-P", "-s", "-m", "assetlib.intake.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=messages,
            cwd=folder,
            env=_environment(folder),
            start_new_session=True,
        )
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        _write(child.stdin, request)
        lines = _lines(child.stdout, limits.wall_seconds + _START_SECONDS)
        if next(lines, None) is None:
            raise IntakeBroken(f"the limited reader did not start: {_last_words(folder / 'messages')}")
        for line in lines:
            document = json.loads(line)
            answers[document.pop("item")] = _answer(document)
    finally:
        _end(child)
    return tuple(answers)


def _encoded(payload: Mapping[str, Any]) -> dict[str, Any]:
    """JSON for `payload`; the child turns ``{"$path": …}`` back into paths."""

    def encode(value: Any) -> Any:
        if isinstance(value, Path):
            return {"$path": str(value.resolve())}
        return [encode(part) for part in value] if isinstance(value, (list, tuple)) else value

    return {name: encode(value) for name, value in payload.items()}


def _answer(document: dict[str, Any]) -> Answer:
    return Answer(outcome=Outcome(document["outcome"]), value=document.get("value"), reason=document.get("reason", ""))


def _write(stdin: IO[bytes], request: bytes) -> None:
    try:
        with stdin:
            stdin.write(request)
    except BrokenPipeError:
        return  # it died while starting; the missing first line tells


def _lines(stdout: IO[bytes], patience: float) -> Iterator[bytes]:
    """Lines of the child until it ends or is silent for `patience` seconds."""
    buffer, descriptor = bytearray(), stdout.fileno()
    deadline = time.monotonic() + patience
    while select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
        data = os.read(descriptor, 1 << 20)
        if not data:
            return
        buffer += data
        deadline = time.monotonic() + patience
        *complete, rest = bytes(buffer).split(b"\n")
        buffer = bytearray(rest)
        yield from complete


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and every fork of it."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _last_words(messages: Path) -> str:
    lines = messages.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no message"


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of ours: no keys, tokens, search paths or home. One thread, so that a fork is safe."""
    environment = {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(map(str, _import_paths())),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PXR_WORK_THREAD_LIMIT": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MALLOC_ARENA_MAX": "2",
        "PXR_PLUGINPATH_NAME": str(schemas.path("usd")),
    }
    adapters = os.environ.get("OTIO_PLUGIN_MANIFEST_PATH")
    return environment | ({"OTIO_PLUGIN_MANIFEST_PATH": adapters} if adapters else {})


def _import_paths() -> list[Path]:
    return [Path(entry or ".").resolve() for entry in sys.path]


def _code() -> list[Path]:
    """Where Python, its packages and the system's libraries lie, and adapters that the studio configured."""
    prefixes = {sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()}
    manifests = os.environ.get("OTIO_PLUGIN_MANIFEST_PATH", "").split(os.pathsep)
    adapters = [str(Path(manifest).parent) for manifest in manifests if manifest]
    return [Path(entry) for entry in (*sorted(prefixes), *_SYSTEM, *_SYSTEM_FILES, *adapters)] + _import_paths()


def _absolute(paths: Sequence[Path]) -> list[str]:
    return [str(path.resolve()) for path in paths]
