"""Make a library, and tell the person what it is and is not."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from assetlib.library import Library
from provenance.passphrases import stored_passphrase_path

refuse_unfit = Library.refuse_unfit


def create_library(
    directory: Path, *, name: str | None, passphrase_file: Path | None, config: Path | None = None
) -> dict[str, Any]:
    """Raises Conflict when a library is there, BadInput when other files are."""
    library = Library.create(
        directory, name=name or directory.resolve().name, passphrase_file=passphrase_file, config=config
    )
    try:
        notices = [
            "its certificate authority is a development authority: every verdict says so",
            "nobody is enrolled yet: assetlib person enroll NAME --role rights-admin --role librarian",
        ]
        if passphrase_file is None and not os.environ.get("ASSETLIB_PASSPHRASE_FILE"):
            kept = stored_passphrase_path(library.settings["library.id"], os.environ)
            notices.insert(0, f"the passphrase of its keys lies in {kept}; keep a copy apart from the library")
        return {
            "directory": str(library.directory),
            "name": library.settings["library.name"],
            "library": library.settings["library.id"],
            "production": library.settings["library.production"],
            "python": sys.version.split()[0],
            "notices": notices,
        }
    finally:
        library.close()
