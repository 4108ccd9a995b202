"""Where the real files of other people lie, for tests that need them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared(*parts: str) -> Path:
    """A path under ../shared/data; skips the whole module, with the reason, where it is absent."""
    root = Path(os.environ.get("ASSETLIB_SHARED", Path(__file__).parents[1].parent / "shared"))
    path = root.joinpath("data", *parts)
    if not path.exists():
        pytest.skip(f"needs ../shared/data/{'/'.join(parts)}", allow_module_level=True)
    return path
