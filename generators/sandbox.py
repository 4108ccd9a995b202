"""Run a local generator in a process that holds the cleared bytes and nothing else.

The child gives up files (Landlock), network (a namespace of its own and a seccomp filter on sockets),
environment, capabilities and unbounded resources before it imports the generator: see
`generators.lockdown`. Each means is tried and the level that was reached is recorded with the result;
where the level matters, `required` refuses to start below Landlock plus one means against sockets.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from generators.api import Canceled, GeneratorError, Unsupported
from generators.request import GenerationRequest
from generators.result import Produced
from provenance.decision import PermitRefused
from provenance.digest import Digest

_ANSWER_LIMIT = 16 << 20
_LOG_LINES = 6
_ALL_STEPS = ("landlock", "namespace", "filter")
_SYSTEM = (
    *("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime"),
    *("/dev/urandom", "/dev/random", "/dev/zero", "/proc/self", "/proc/cpuinfo", "/proc/meminfo"),
    *("/sys/devices/system/cpu", "/sys/devices/system/node"),
)
_ERRORS: dict[str, type[Exception]] = {e.__name__: e for e in (GeneratorError, Unsupported, Canceled, PermitRefused)}


class IsolationUnavailable(GeneratorError):
    """This machine cannot isolate a generator as far as the work demands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one job: bytes of address space and per file, CPU and wall seconds, seconds to heed a cancel."""

    memory: int = 24 << 30
    cpu_seconds: int = 4 * 3600
    wall_seconds: float = 4 * 3600
    file_size: int = 8 << 30
    open_files: int = 512
    cancel_seconds: float = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """How far a process was isolated; `str` is what goes into the record."""

    landlock: int
    namespace: bool
    filter: bool

    @property
    def sufficient(self) -> bool:
        """Landlock, and the network closed for UDP as well."""
        return self.landlock > 0 and (self.namespace or self.filter)

    def __str__(self) -> str:
        parts = [f"landlock-{self.landlock}"] if self.landlock else []
        parts += ["network-namespace"] if self.namespace else []
        parts += ["seccomp"] if self.filter else []
        return "+".join(parts) or "subprocess"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What the child is told: which generator, which request, and the digests the permit names."""

    generator: str
    request: GenerationRequest
    named: tuple[Digest, ...]


def probe(*, timeout: float = 30) -> Level:
    """The level this machine reaches, found by trying in a process that then ends."""
    with tempfile.TemporaryDirectory() as folder:
        answers = _Child(Path(folder), None, Limits(wall_seconds=timeout), False, _ALL_STEPS, ()).converse(
            progress=lambda _done, _total: None, canceled=lambda: False
        )
    return _level(answers)


def run_sandboxed(
    folder: Path,
    work: Work,
    *,
    limits: Limits,
    required: bool,
    progress: Callable[[int, int], None],
    canceled: Callable[[], bool],
    readable: Iterable[Path] = (),
    unsafe_without: Iterable[str] = (),
) -> tuple[Produced, Level]:
    """Let the generator work the job in `folder` and return what it says it produced, and the level reached.

    `readable` adds files outside the folder (model files that could not be linked). `unsafe_without`
    switches single means off, so that tests can show what each one stops. Raises IsolationUnavailable,
    and GeneratorError for a process that died, was killed at its limits or answered nonsense.
    """
    steps = tuple(step for step in _ALL_STEPS if step not in set(unsafe_without))
    child = _Child(folder, work, limits, required, steps, tuple(readable))
    answers = child.converse(progress=progress, canceled=canceled)
    level = _level(answers)
    if required and not level.sufficient:
        raise IsolationUnavailable(
            f"this work needs Landlock and a closed network, this machine reached '{level}'; "
            "use a Linux kernel with Landlock (assetlib doctor shows what is missing)"
        )
    if "error" in answers:
        kind, message = answers["error"]
        raise _ERRORS.get(str(kind), GeneratorError)(str(message))
    try:
        return Produced.from_json(answers["produced"]), level
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise GeneratorError(f"the generator's answer is not readable: {type(error).__name__} {error}") from error


def _level(answers: dict[str, Any]) -> Level:
    if "level" not in answers:
        raise GeneratorError("the generator's process ended before it was isolated; its log has the reason")
    return Level(**answers["level"])


class _Child:
    """One process, from start to the certainty that it and all it started are gone."""

    def __init__(
        self,
        folder: Path,
        work: Work | None,
        limits: Limits,
        required: bool,
        steps: tuple[str, ...],
        readable: tuple[Path, ...],
    ) -> None:
        self.folder = folder
        self.limits = limits
        place = work.generator if work else ""
        path, code = _import_path(folder, place)
        inner, outer = os.pipe()
        self._inlet = os.fdopen(inner, "rb", buffering=0)
        spec = {
            "path": path,
            "outlet": outer,
            "required": required,
            "steps": steps,
            "limits": {name: value for name, value in asdict(limits).items() if name in _RESOURCE_LIMITS},
            "read": [*_SYSTEM, *code, *(str(folder / d) for d in ("inputs", "model", "code")), *map(str, readable)],
            "write": [str(folder / d) for d in ("output", "tmp", "home")] + ["/dev/null"],
            "generator": place,
            "request": work.request.to_json() if work else None,
            "named": list(work.named) if work else [],
        }
        (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
        try:
            self._start(outer)
        finally:
            os.close(outer)

    def _start(self, outer: int) -> None:
        script = str(Path(__file__).with_name("sandbox_child.py"))
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", script, str(self.folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=_environment(self.folder),
                pass_fds=(outer,),
                start_new_session=True,
            )

    def converse(self, *, progress: Callable[[int, int], None], canceled: Callable[[], bool]) -> dict[str, Any]:
        """Read messages until the child ends; pass cancel on; kill at the limits."""
        answers: dict[str, Any] = {}
        deadline = time.monotonic() + self.limits.wall_seconds
        try:
            for message in self._messages(canceled, deadline):
                if "progress" in message:
                    done, total = message["progress"]
                    progress(int(done), int(total))
                else:
                    # The first word on each subject holds: the level is told before foreign code runs.
                    answers = {**message, **answers}
        except (ValueError, TypeError, AttributeError) as error:
            raise GeneratorError(f"the generator's process sent something unreadable: {error}") from error
        finally:
            self._end()
        if not answers.keys() & {"produced", "error"} and self.process.returncode:
            raise GeneratorError(f"the generator's process {_fate(self.process.returncode)}{self._log_tail()}")
        return answers

    def _messages(self, canceled: Callable[[], bool], deadline: float) -> Iterable[dict[str, Any]]:
        pending, asked = b"", False
        while True:
            if not asked and canceled():
                asked, deadline = True, min(deadline, time.monotonic() + self.limits.cancel_seconds)
                self._ask_to_stop()
            if time.monotonic() > deadline:
                raise _overdue(asked, self.limits)
            ended = self.process.poll() is not None
            if not select.select([self._inlet], [], [], 0 if ended else 0.05)[0]:
                if ended:  # what it forked may hold the pipe open and is ended with it
                    return
                continue
            chunk = self._inlet.read(1 << 16) or b""
            if not chunk:
                return
            *lines, pending = (pending + chunk).split(b"\n")
            if len(pending) > _ANSWER_LIMIT:
                raise GeneratorError(f"the generator's answer is longer than {_ANSWER_LIMIT} bytes")
            yield from map(json.loads, lines)

    def _ask_to_stop(self) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(b"c")
            self.process.stdin.flush()
        except BrokenPipeError:
            return  # it has just ended

    def _end(self) -> None:
        """End the process and everything it started; the filter keeps them all in one process group."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=2)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        self._inlet.close()

    def _log_tail(self) -> str:
        text = (self.folder / "log").read_bytes()[-4000:].decode("utf-8", "replace").strip()
        return ":\n" + "\n".join(text.splitlines()[-_LOG_LINES:]) if text else ""


_RESOURCE_LIMITS = ("memory", "cpu_seconds", "file_size", "open_files")


def _overdue(asked: bool, limits: Limits) -> GeneratorError:
    if asked:
        return Canceled(f"canceled; the generator did not stop within {limits.cancel_seconds:g} s and was ended")
    return GeneratorError(f"the generator ran longer than {limits.wall_seconds:g} s and was ended")


def _fate(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    hint = {signal.SIGXCPU: ", its limit of CPU time", signal.SIGXFSZ: ", its limit of file size"}
    return f"was ended by {signal.Signals(-code).name}{hint.get(signal.Signals(-code), '')}"


def _environment(folder: Path) -> dict[str, str]:
    """All that the child sees of an environment: scratch folders, and model libraries told to stay offline."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "USER": "generator",
        "LOGNAME": "generator",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "DIFFUSERS_DISABLE_REMOTE_CODE": "1",
        "TORCH_NUM_THREADS": str(os.cpu_count() or 1),
    }


def _import_path(folder: Path, generator: str) -> tuple[list[str], list[str]]:
    """The child's `sys.path`, and the folders it must be able to read for it.

    A checkout's root is never on it, because a library may lie below: packages outside of a
    site-packages folder (ours in a checkout, a plug-in under development) are linked one by one.
    """
    prefixes = [Path(p).resolve() for p in (sys.base_prefix, sys.prefix)]
    installed = [p for p in sys.path if p and _is_installed(Path(p), prefixes)]
    code = folder / "code"
    code.mkdir(exist_ok=True)
    linked = []
    for package in {"generators", "provenance", generator.partition(":")[0].partition(".")[0]} - {""}:
        source = _source_of(package)
        if source is not None and not any(source.is_relative_to(p) for p in installed):
            (code / source.name).symlink_to(source)
            linked.append(str(source))
    return [str(code), *installed], [*linked, *installed, *map(str, prefixes)]


def _is_installed(entry: Path, prefixes: list[Path]) -> bool:
    place = entry.resolve()
    return "site-packages" in place.parts or any(place.is_relative_to(p / "lib") for p in prefixes)


def _source_of(package: str) -> Path | None:
    found = importlib.util.find_spec(package)
    if found is None:
        raise GeneratorError(f"the generator's package {package!r} cannot be imported; install it")
    if found.submodule_search_locations:
        return Path(next(iter(found.submodule_search_locations))).resolve()
    return Path(found.origin).resolve() if found.origin and found.has_location else None


def wipe(folder: Path) -> None:
    """Remove everything of a job but its outputs and its log."""
    for name in ("inputs", "model", "home", "tmp", "code"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "spec.json").unlink(missing_ok=True)


__all__ = ["IsolationUnavailable", "Level", "Limits", "Work", "probe", "run_sandboxed", "wipe"]
