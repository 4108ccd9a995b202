"""A dry run does the real thing, on a copy: what it says is what would happen, and nothing of it stays.

The copy has the catalog and the keys; bytes are read from the library's own store and written into the copy's.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assetlib.storage.overlay import Overlay

if TYPE_CHECKING:
    from assetlib.library import Library

_CATALOG, _STORE, _KEYS = "catalog.sqlite", "store", "keys"


def rehearse(library: Library, folder: Path) -> Library:
    """A library in `folder` that knows all that `library` knows. Raises CatalogRefused unless that is on SQLite."""
    library.catalog.copy_to(folder / _CATALOG)
    shutil.copytree(library.settings.path("keys.path"), folder / _KEYS)
    moved = {"catalog.url": f"sqlite:///{_CATALOG}", "store.path": _STORE, "keys.path": _KEYS}
    settings = replace(
        library.settings,
        directory=folder,
        values=tuple((name, moved.get(name, value)) for name, value in library.settings.values),
    )
    return library.moved_to(settings, Overlay(settings.path("store.path"), library.store))
