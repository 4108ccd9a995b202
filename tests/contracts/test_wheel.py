"""The wheel holds the data that the code reads, and nothing of the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PARTS = ("assetlib", "cli", "generators", "provenance", "schemas")
NEEDED = (
    "schemas/usd/schema.usda",
    "schemas/usd/generatedSchema.usda",
    "schemas/usd/plugInfo.json",
    "schemas/rights/license.json",
    "assetlib/catalog/migrations/env.py",
    "assetlib/catalog/migrations/versions/0001_first_schema.py",
    "assetlib/audit/templates/audit.html",
    "assetlib/py.typed",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that no build folder appears in the checkout; no network is needed."""
    source = tmp_path_factory.mktemp("source")
    for part in PARTS:
        shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "out"],
        cwd=source,
        env=environment,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (built,) = (source / "out").glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        yield archive


def test_it_holds_the_data_that_the_code_reads(wheel):
    assert [name for name in NEEDED if name not in wheel.namelist()] == []


def test_it_holds_every_file_of_the_packages(wheel):
    held = set(wheel.namelist())
    sources = (
        path.relative_to(ROOT).as_posix()
        for part in PARTS
        for path in (ROOT / part).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    assert [name for name in sources if name not in held] == []


def test_it_holds_no_tests_and_names_the_command(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PARTS)
    (entry_points,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "assetlib = cli.main:main" in wheel.read(entry_points).decode()
