"""Finished pieces of unfinished jobs, one small file each, so that a killed worker's frames are not made again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from provenance.digest import Digest, hex_of, parse_digest


class FilePieces:
    """Pieces in a folder: ``<recipe>`` holds the digest of what was made. `has` asks the store for the bytes.

    A piece whose bytes are missing or whose file is damaged counts as not made.
    """

    def __init__(self, folder: Path, has: Callable[[Digest], bool]) -> None:
        self._folder = folder
        self._has = has

    def find(self, recipe: Digest) -> Digest | None:
        try:
            made = parse_digest((self._folder / hex_of(recipe)).read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None
        return made if self._has(made) else None

    def keep(self, recipe: Digest, made: Digest) -> None:
        """Whole or not at all: written beside, synced, renamed."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=".piece-")
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(made)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(self._folder / hex_of(recipe))
