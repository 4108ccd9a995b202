"""Data that travels with assetlib: USD schemas, JSON Schemas and dated rule packs.

Nothing here is code. `path` gives a file's place on disk, `load` its parsed content.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parent


def path(name: str) -> Path:
    """Return the file or folder `name` (for example ``"usd"``); raises FileNotFoundError."""
    found = (_ROOT / name).resolve()
    if not found.is_relative_to(_ROOT.resolve()) or not found.exists():
        raise FileNotFoundError(f"no schema data named {name!r}")
    return found


def load(name: str) -> Any:
    """Return the parsed JSON document `name`; raises FileNotFoundError or json.JSONDecodeError."""
    return json.loads(path(name).read_text(encoding="utf-8"))
