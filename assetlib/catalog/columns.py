"""Column types that mean the same on SQLite and on PostgreSQL.

Times are UTC microseconds in a 64-bit integer, because SQLite drops zones; text sorts by code point and holds
no NUL, because PostgreSQL refuses it; integers stay in the signed 63-bit range.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 2**63 - 1


def to_microseconds(moment: datetime) -> int:
    """UTC microseconds since 1970; raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"expected a time with a zone, found {moment!r}")
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(value: int) -> datetime:
    return _EPOCH + value * _MICROSECOND


def _integer(dialect: Dialect) -> TypeEngine[Any]:
    return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())


class Utc(TypeDecorator[datetime]):
    """An aware time, stored as UTC microseconds."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return _integer(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_microseconds(value)


class Whole(TypeDecorator[int]):
    """A signed 63-bit integer; anything larger is refused before a driver can raise its own error."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return _integer(dialect)

    def process_bind_param(self, value: int | None, dialect: Dialect) -> int | None:
        if value is not None and not -_LARGEST <= value <= _LARGEST:
            raise ValueError(f"expected a number of at most 63 bits, found {value}")
        return value


class Words(TypeDecorator[str]):
    """Text without NUL, compared and sorted by code point."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and "\x00" in value:
            raise ValueError(f"expected text without NUL characters, found {value[:40]!r}")
        return value


Bytes = LargeBinary
