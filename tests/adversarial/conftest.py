"""A library that hostile files are thrown at; whatever they did, it must be sound afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adversarial.cli_kit import HostileCli


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileCli]:
    made = HostileCli(tmp_path_factory.mktemp("library"))
    yield made
    made.check()
