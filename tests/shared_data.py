"""Where the shared third-party test data lies: beside the checkout, or where ASSETLIB_SHARED says."""

import os
from pathlib import Path

import pytest


def shared(*parts: str) -> Path:
    """The path of shared data; skips the whole test module, with the reason, when it is absent."""
    root = Path(os.environ.get("ASSETLIB_SHARED", Path(__file__).parents[1].parent / "shared"))
    path = root.joinpath("data", *parts)
    if not path.exists():
        pytest.skip(f"needs ../shared/data/{'/'.join(parts)}", allow_module_level=True)
    return path
