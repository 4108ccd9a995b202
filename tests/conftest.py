"""Fixtures that more than one room's tests use."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server per test process."""
    with postgres_server() as server:
        yield server


@pytest.fixture(autouse=True)
def state_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Passphrases and settings lie in a folder of the test, never in the developer's own."""
    home = tmp_path_factory.mktemp("state")
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.delenv("ASSETLIB_PASSPHRASE_FILE", raising=False)
    monkeypatch.delenv("ASSETLIB_LIBRARY", raising=False)
    monkeypatch.delenv("ASSETLIB_PERSON", raising=False)
    return home


# A skip hides a test. The CI forbids all of them but those of third-party data that is not part of this repository.
_FORBID_SKIPS = os.environ.get("ASSETLIB_FORBID_SKIPS") == "1"
_ALLOWED = "needs ../shared"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    outcome = yield
    _forbid(outcome.get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Any:
    outcome = yield
    _forbid(outcome.get_result())


def _forbid(report: Any) -> None:
    """Turn a skip with any other reason into a failure that says so; an expected failure is none."""
    if not _FORBID_SKIPS or report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not reason.removeprefix("Skipped: ").startswith(_ALLOWED):
        report.outcome = "failed"
        report.longrepr = f"skips are forbidden here (ASSETLIB_FORBID_SKIPS=1): {reason}"
