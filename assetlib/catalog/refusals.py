"""Why the catalog says no. Each class is one thing a caller treats differently; `exit_code` is the command line's."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar


class CatalogRefused(Exception):
    """The catalog did not do what was asked; nothing of it was kept."""


class NotFound(CatalogRefused):
    """Nothing of this name is here."""

    exit_code: ClassVar[int] = 5


def absent(sentence: str, name: str, known: Iterable[str]) -> NotFound:
    """NotFound that ends with what was probably meant, when a known name is close to `name`."""
    near = get_close_matches(name, sorted(set(known)), n=3)
    return NotFound(f"{sentence}; did you mean {' or '.join(near)}?" if near else sentence)


class Ambiguous(CatalogRefused):
    """A name that several things have; the message lists them."""


class Conflict(CatalogRefused):
    """The catalog already says something else, or the rows would contradict each other."""

    exit_code: ClassVar[int] = 7


class RevisionMoved(Conflict):
    """Rights changed since they were read; ask again."""


class AlreadyRedeemed(Conflict):
    """A permit opens one door once."""


class CapExhausted(Conflict):
    """A license's cap has no room left."""


class LeaseLost(Conflict):
    """A job that somebody else holds now, or that has ended."""


class ClockRefused(CatalogRefused):
    """The clock is so far behind the ledger that nothing may be dated by it."""


class SchemaTooNew(CatalogRefused):
    """The library was written by a newer assetlib."""


class CatalogBusy(CatalogRefused):
    """Another process held the database for too long."""

    exit_code: ClassVar[int] = 7


class DiskFull(CatalogRefused):
    """There is no space left where the database lies; what was asked was not kept."""


class CatalogUnavailable(CatalogRefused):
    """The database cannot be reached, read or written."""

    exit_code: ClassVar[int] = 8
