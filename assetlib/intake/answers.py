"""What a limited child answers about one item, and what this room raises."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class IntakeError(Exception):
    """Root of what intake raises."""


class Unreadable(IntakeError):
    """The foreign file was not taken in; the message says what was found and what to do."""


class IntakeBroken(IntakeError):
    """The child itself could not start: a fault of this installation, not of the file."""


class Outcome(StrEnum):
    """How the reading of one item ended."""

    READ = "read"
    REFUSED = "refused"  # a rule of ours says no
    FAILED = "failed"  # the reader raised
    CRASHED = "crashed"  # a signal ended the child
    TIMED_OUT = "timed out"
    OVER_LIMIT = "over the limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`value` is plain JSON and holds something only when the item was read; else `reason` is a sentence."""

    outcome: Outcome
    value: Any = None
    reason: str = field(default="")

    @property
    def was_read(self) -> bool:
        return self.outcome is Outcome.READ

    def value_or_raise(self) -> Any:
        """The value; raises Unreadable with the reason."""
        if not self.was_read:
            raise Unreadable(self.reason)
        return self.value
