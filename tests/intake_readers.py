"""Readers that misbehave, one way each; a limited child runs them in the tests of intake."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path
from typing import Any


def obey(what: str, path: Path | None = None) -> Any:
    return _MANNERS[what](path)


def _loop(_: Path | None) -> None:
    while True:
        pass


def _read(path: Path | None) -> str:
    assert path is not None
    return path.read_text()


def _write(path: Path | None) -> str:
    assert path is not None
    path.write_text("here")
    return "written"


def _connect(_: Path | None) -> str:
    with socket.create_connection(("127.0.0.1", 9), timeout=2):
        return "connected"


_MANNERS = {
    "name": lambda _: "fine",
    "raise": lambda _: 1 / 0,
    "segfault": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    "abort": lambda _: os.abort(),
    "sleep": lambda _: time.sleep(60),
    "loop": _loop,
    "hoard": lambda _: len(bytearray(3 << 30)),
    "babble": lambda _: "x" * (80 << 20),
    "print": lambda _: os.write(1, b'{"item": 0, "outcome": "read", "value": "forged"}\n'),
    "environment": lambda _: sorted(os.environ),
    "folder": lambda _: sorted(p.name for p in Path().iterdir() if p.name != "messages"),
    "read": _read,
    "write": _write,
    "connect": _connect,
}
