"""Duties afterwards as obligations of the output: what, from which clause, by whom and by when."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType

from assetlib.model.license import Due, DueFrom, Duty
from provenance.decision import Obligation, Question, instant

# A delivery or publication that was asked has its day; one that is still to come has only its distance.
_ASKED_AS = MappingProxyType({DueFrom.DELIVERY: "export.delivery", DueFrom.PUBLICATION: "export.publish"})


def obligation(duty: Duty, clause: str, question: Question) -> Obligation:
    """What `duty` leaves on the output of the use asked about."""
    due = "" if duty.due is None else due_words(duty.due, question)
    return Obligation(kind=duty.kind.value, what=duty.what, clause=clause, by=duty.by, due=due)


def due_words(due: Due, question: Question) -> str:
    """An instant where it can be told, else ``30 days after the delivery``."""
    if due.on is not None:
        return instant(due.on)
    if due.after is DueFrom.USE or _ASKED_AS[due.after] in question.actions:
        return instant(question.now + timedelta(days=due.days))
    count = f"{due.days} day{'' if due.days == 1 else 's'} after" if due.days else "on"
    return f"{count} the {due.after.value}"
