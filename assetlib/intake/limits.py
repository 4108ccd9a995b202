"""What a child that reads foreign bytes may use: memory, CPU, file size, time, and which folders it sees.

Resource limits hold on every POSIX system. On Linux, Landlock takes the rest of the file system and TCP
away as well, so that a path check that misses something still reads nothing outside its inputs. The
kernel says whether it can (`landlock_version`); without it the other limits stand alone.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

_GIB = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bytes of address space, CPU seconds and wall seconds for one item, bytes of one written file."""

    memory: int = 4 * _GIB
    cpu_seconds: int = 120
    wall_seconds: float = 180.0
    file_size: int = 2 * _GIB
    open_files: int = 512

    def to_json(self) -> dict[str, float]:
        return asdict(self)


def limit_process(limits: Limits) -> None:
    """Bind this process and its children to `limits`; the CPU is bound per item by `limit_cpu`."""
    _lower(resource.RLIMIT_AS, limits.memory)
    _lower(resource.RLIMIT_FSIZE, limits.file_size)
    _lower(resource.RLIMIT_NOFILE, limits.open_files)
    _lower(resource.RLIMIT_CORE, 0)


def limit_cpu(seconds: int) -> None:
    """From here on this process may use `seconds` of CPU, then SIGXCPU ends it; call it again for the next item."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (bound, bound))


# Landlock: include/uapi/linux/landlock.h; the system call numbers are the same on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1
_ASK_VERSION = 1
_NO_NEW_PRIVILEGES = 38
_EXECUTE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
_WRITE_FILE, _TRUNCATE = 1 << 1, 1 << 14
_FILE_RIGHTS = _EXECUTE | _READ_FILE | _WRITE_FILE | _TRUNCATE
_RIGHTS_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_NETWORK = 0b11  # bind and connect TCP, version 4
_SCOPES = 0b11  # abstract sockets and signals, version 6


def landlock_version() -> int:
    """The version of Landlock that this kernel offers; 0 for none."""
    if sys.platform != "linux":
        return 0
    return max(0, _syscall(_CREATE_RULESET, None, 0, _ASK_VERSION))


def confine(readable: Iterable[Path], writable: Iterable[Path]) -> bool:
    """Take every other path, TCP and foreign processes away from this process; False when the kernel cannot.

    Paths that do not exist are left out. There is no way back.
    """
    version = landlock_version()
    if version == 0:
        return False
    handled = _RIGHTS_BY_VERSION.get(version, (1 << 16) - 1)
    rules = struct.pack("<QQQ", handled, _NETWORK if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    ruleset = _syscall(_CREATE_RULESET, rules, len(rules) if version >= 6 else 16 if version >= 4 else 8, 0)
    if ruleset < 0:
        return False
    try:
        for path in readable:
            _allow(ruleset, path, handled & (_EXECUTE | _READ_FILE | _READ_FOLDER))
        for path in writable:
            _allow(ruleset, path, handled & ~_EXECUTE)
        _libc().prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return _syscall(_RESTRICT_SELF, ruleset, 0) == 0
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not path.is_dir():
            rights &= _FILE_RIGHTS
        rule = struct.pack("<Qi", rights, place)
        _syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(place)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _syscall(number: int, *arguments: object) -> int:
    def as_c(argument: object) -> object:
        return ctypes.c_long(argument) if isinstance(argument, int) else argument

    return int(_libc().syscall(ctypes.c_long(number), *map(as_c, arguments)))
