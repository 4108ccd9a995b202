"""What no file of ours contains: somebody's home folder, prints outside the one place that prints, leftovers."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = ("assetlib", "cli", "generators", "provenance", "schemas")
TEXTS = (*CODE, "tests", "benchmarks", "docs", "examples")
_HOME = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/[A-Za-z0-9_.-]+")
# written apart, so that this file does not contain them
_LEFTOVERS = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X+", "raise NotImplemented" + "Error")))


def files(folders: tuple[str, ...], *suffixes: str) -> list[Path]:
    return [p for f in folders for p in sorted((ROOT / f).rglob("*")) if p.suffix in suffixes and p.is_file()]


def test_no_file_names_a_home_folder():
    texts = files(TEXTS, ".py", ".md", ".yaml", ".toml", ".json", ".usda", ".html", ".sh")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in [*texts, *ROOT.glob("*.md"), *ROOT.glob("*.toml"), ROOT / "Makefile"]
        for match in _HOME.finditer(path.read_text(encoding="utf-8"))
        if not match[0].startswith(("/home/you", "/home/USER"))
    ]
    assert found == []


@pytest.mark.parametrize("folder", CODE)
def test_only_the_screen_prints(folder):
    printing = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in files((folder,), ".py")
        if path != ROOT / "cli" / "render.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_nothing_is_left_undone_in_the_code():
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in files(CODE, ".py")
        for match in _LEFTOVERS.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []
