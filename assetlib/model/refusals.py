"""Answers that are not a success, each one something a caller treats differently.

    Refusal
    ├── BadInput             the thing given is not what was expected      exit 1
    ├── Denied               rights, or an approval that is missing        exit 3, 6
    ├── VerificationFailed   signatures, digests or the ledger disagree    exit 4
    ├── NotFound             no such library, asset, shot, license …       exit 5
    ├── Conflict             somebody else holds it, or it exists already  exit 7
    └── Unavailable          a provider or service does not answer         exit 8

Messages say what was expected, what was found, and what would change the answer.
"""

from __future__ import annotations

import errno
import os
from typing import ClassVar

from provenance.decision import Decision, Outcome


class Refusal(Exception):
    """Root of everything a person is told instead of a result."""

    exit_code: ClassVar[int] = 1


class BadInput(Refusal):
    """The input is not what was expected."""


class Denied(Refusal):
    """A recorded decision said no, or not yet; it travels along so that a person can read it."""

    exit_code: ClassVar[int] = 3

    def __init__(self, decision: Decision, decision_id: str, message: str) -> None:
        super().__init__(message)
        self.decision = decision
        self.decision_id = decision_id

    @property
    def needs_approval(self) -> bool:
        return self.decision.outcome is Outcome.NEEDS_APPROVAL


class VerificationFailed(Refusal):
    exit_code: ClassVar[int] = 4


class NotFound(Refusal):
    exit_code: ClassVar[int] = 5


class Conflict(Refusal):
    exit_code: ClassVar[int] = 7


class Unavailable(Refusal):
    exit_code: ClassVar[int] = 8


_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def no_room(error: BaseException) -> str | None:
    """What the operating system said when `error`, or what it came from, is a disk that takes no more; else None.

    Libraries that write files themselves pass on only its words.
    """
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        for number in _NO_ROOM:
            if (isinstance(cause, OSError) and cause.errno == number) or os.strerror(number) in str(cause):
                return os.strerror(number)
        seen.add(id(cause))
        cause = cause.__cause__ or cause.__context__
    return None
