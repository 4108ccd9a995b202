"""Every catalog test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assetlib.catalog import Catalog, Committer

ORIGIN = "example.com/assetlib/test"
KEY = Ed25519PrivateKey.from_private_bytes(b"log key of the catalog tests 32b"[:32])
START = datetime(2026, 11, 21, 10, 0, 0, 123456, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that tests set; it ticks one second a reading."""

    now: datetime = START
    tick: timedelta = field(default=timedelta(seconds=1))

    def __call__(self) -> datetime:
        self.now += self.tick
        return self.now


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    if request.param == "sqlite":
        file = f"sqlite:///{tmp_path}/library.db"
        Catalog.create(file).close()
        return file
    return str(request.getfixturevalue("postgres").fresh())


@pytest.fixture
def catalog(url: str) -> Iterator[Catalog]:
    opened = Catalog.open(url)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def committer(catalog: Catalog, clock: Clock) -> Committer:
    return Committer(catalog, KEY, ORIGIN, clock)
