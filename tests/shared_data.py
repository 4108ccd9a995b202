"""Where the third-party test data lies; a test that needs an absent part skips with the reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared(*parts: str) -> Path:
    root = Path(os.environ.get("ASSETLIB_SHARED", Path(__file__).parents[1].parent / "shared"))
    path = root.joinpath("data", *parts)
    if not path.exists():
        pytest.skip(f"needs ../shared/data/{'/'.join(parts)}", allow_module_level=True)
    return path
