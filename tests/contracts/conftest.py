"""Two real libraries, each built once a run: one with a take in it, one blocked and ready to generate."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows import small_library, studio
from tests.terminal import Terminal
from tests.tiny_models import OFFLINE

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> small_library.Place:
    return small_library.build(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def blocked(tmp_path_factory: pytest.TempPathFactory) -> studio.Studio:
    return studio.build(tmp_path_factory.mktemp("studios") / "studio")


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder to copy. Made in a process of its own: torch here would hang every sandbox forked later."""
    folder = tmp_path_factory.mktemp("models") / "tiny"
    environ = {**os.environ, **OFFLINE, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    subprocess.run(
        [sys.executable, "-m", "tests.tiny_models", str(folder)], cwd=ROOT, env=environ, check=True, timeout=280
    )
    return folder


@pytest.fixture
def place(small: small_library.Place, tmp_path: Path) -> small_library.Place:
    return small.copy(tmp_path / "small")


@pytest.fixture
def terminal(place: small_library.Place) -> Terminal:
    """In the folder that holds `library`, as the person who may do everything there."""
    environ = {**place.environ, "ASSETLIB_LIBRARY": str(place.directory), "ASSETLIB_PERSON": "lee-park"}
    return Terminal(folder=place.directory.parent, environ=environ)


@pytest.fixture
def studio_terminal(blocked: studio.Studio, tmp_path: Path) -> Terminal:
    copied = blocked.copy(tmp_path / "studio")
    environ = {
        **copied.environ,
        "ASSETLIB_LIBRARY": str(copied.directory),
        "ASSETLIB_PASSPHRASE_FILE": str(copied.passphrase_file),
        "ASSETLIB_PERSON": "lee-park",
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }
    return Terminal(folder=copied.folder, environ=environ)
