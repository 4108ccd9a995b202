"""The small library, built once a run and copied for each test that needs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from assetlib.flows.frame_passes import hold_render_processes
from assetlib.library import Library
from tests.flows.small_library import Place, build


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return build(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session", autouse=True)
def render_processes() -> Iterator[None]:
    """One pair for all tests: each library would start its own and end it when it closes."""
    release = hold_render_processes()
    yield
    release()


@pytest.fixture
def place(built: Place, tmp_path: Path) -> Place:
    return built.copy(tmp_path / "copy")


@pytest.fixture
def library(place: Place) -> Iterator[Library]:
    opened = place.open(person="lee-park")
    yield opened
    opened.close()
