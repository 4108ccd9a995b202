"""The scan of foreign USD with its path policy switched off: what each hostile file would take if nobody refused.

Runs in the limited child; see `test_hostile_usd`. A case that takes nothing here proves nothing there.
"""

from __future__ import annotations

from pathlib import Path

from assetlib.usd import foreign
from assetlib.usd.inspect import load_libraries


def prepare() -> None:
    load_libraries()


def takes(path: Path, tree: Path, canary: str) -> bool:
    """Whether the canary is in a file that the scan would take in."""
    foreign.defect = lambda layer, name: ""  # type: ignore[assignment]
    foreign._is_plain = lambda tree, path: True  # type: ignore[assignment]
    foreign._layer_names = lambda layer, path: foreign.asset_paths(layer)  # type: ignore[assignment]
    found = foreign.scan(path, tree, foreign.Caps())
    in_layers = any(canary in layer.ExportToString() for layer in found.layers.values())
    return in_layers or any(canary.encode() in (tree / path).read_bytes() for path in found.media)


def counts(path: Path, tree: Path) -> int:
    """How many prims a file composes to when no estimate stops it."""
    from pxr import Usd

    stage = Usd.Stage.Open(str(path))
    return sum(1 for _ in stage.TraverseAll()) if path.is_relative_to(tree) else 0
