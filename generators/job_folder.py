"""The sealed folder of one job, and the `Job` that a generator sees of it.

    inputs/<64 hex digits>   the cleared files, copied and digested on the way in
    model/<path>             the model's files, linked and never copied
    output/<name>            what the generator hands back
    home/ tmp/ code/ log     scratch of the process that works the job

The same `FolderJob` serves a sandboxed process and in-process work.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from generators.api import GeneratorError
from provenance.decision import PermitRefused
from provenance.digest import Digest, chunks, hex_of

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,199}")


def is_plain_name(name: str) -> bool:
    """Whether `name` is a single file name of letters, digits, '_', '.' and '-'."""
    return _NAME.fullmatch(name) is not None


class FolderJob:
    """A `Job` over one folder: opens what the permit names, takes outputs, reports and listens."""

    def __init__(
        self,
        folder: Path,
        named: frozenset[Digest],
        *,
        progress: Callable[[int, int], None],
        canceled: Callable[[], bool],
    ) -> None:
        self.folder = folder
        self._named = named
        self._progress = progress
        self._canceled = canceled

    def open(self, digest: Digest) -> BinaryIO:
        path = self.folder / "inputs" / hex_of(digest)
        if digest not in self._named or not path.is_file():
            raise PermitRefused(f"the permit of this job does not name {digest}")
        return path.open("rb")

    def put(self, name: str, data: BinaryIO) -> Digest:
        """Raises GeneratorError for a name that is no plain file name, or one already used."""
        if not is_plain_name(name):
            raise GeneratorError(f"expected a plain file name such as 'frame.1001.npy', found {name!r}")
        hasher = hashlib.sha256()
        try:
            with (self.folder / "output" / name).open("xb") as target:
                for chunk in chunks(data):
                    hasher.update(chunk)
                    target.write(chunk)
        except FileExistsError:
            raise GeneratorError(f"an output named {name!r} exists already; give every file its own name") from None
        return Digest("sha256:" + hasher.hexdigest())

    def progress(self, done: int, total: int) -> None:
        self._progress(done, total)

    def canceled(self) -> bool:
        return self._canceled()

    def model_folder(self) -> Path | None:
        """The model's files when the request names a model, read-only; None otherwise."""
        path = self.folder / "model"
        return path if path.is_dir() else None

    def scratch(self) -> Path:
        """A folder for temporary files, wiped when the job ends."""
        return self.folder / "tmp"


def make_job_folder(folder: Path) -> None:
    """Create the empty parts of `folder`; raises GeneratorError when it already holds something."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if any(folder.iterdir()):
        raise GeneratorError(f"expected an empty folder for the job, found files in {folder}")
    for name in ("inputs", "output", "home", "tmp", "code"):
        (folder / name).mkdir(mode=0o700)


def copy_in(source: BinaryIO, digest: Digest, folder: Path) -> None:
    """Copy `source` to ``inputs/``, digesting the very bytes that are written; GeneratorError when they differ."""
    hasher = hashlib.sha256()
    target = folder / "inputs" / hex_of(digest)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o400)
    with os.fdopen(handle, "wb") as stream:
        for chunk in chunks(source):
            hasher.update(chunk)
            stream.write(chunk)
    if hasher.hexdigest() != hex_of(digest):
        target.unlink()
        raise GeneratorError(f"expected the bytes of {digest}, found sha256:{hasher.hexdigest()}: run fsck")
