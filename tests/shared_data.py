"""Finds the material that lies beside the repository and is no part of it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared(*parts: str) -> Path:
    """A file or folder of ../shared/data; skips the module that asks where it is absent."""
    path = Path(os.environ.get("ASSETLIB_SHARED", Path(__file__).parents[1].parent / "shared")).joinpath("data", *parts)
    if not path.exists():
        pytest.skip(f"needs ../shared/data/{'/'.join(parts)}", allow_module_level=True)
    return path
