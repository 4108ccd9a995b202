"""Ask a recorded question once more where the answer may have aged: before a permit, and before a result is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from assetlib.flows.ask import Recorded, decide

if TYPE_CHECKING:
    from assetlib.library import Library


def ask_again(library: Library, recorded: Recorded) -> Recorded:
    """The answer as of now: the same one while neither rights nor windows moved, else a new one, recorded."""
    now = library.clock()
    with library.catalog.reader() as queries:
        moved = queries.rights_revision() != recorded.revision
    if not moved and not _closed(recorded, now):
        return recorded
    return decide(library, replace(recorded.decision.question, now=now), reserve=bool(recorded.reserved))


def _closed(recorded: Recorded, now: datetime) -> bool:
    """Whether the time in which the cited grants let something be made is over."""
    until = dict(recorded.decision.envelope or ()).get("generate_until")
    return until is not None and now >= datetime.fromisoformat(until)
