"""Shares of limits while work is under way: given back when it fails, or when nobody works on it any more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from assetlib.flows.ask import Recorded
from assetlib.model.record import CapState, CapUse, Job, JobState

if TYPE_CHECKING:
    from assetlib.library import Library

_OPEN = (JobState.QUEUED, JobState.LEASED, JobState.RUNNING)


@contextmanager
def holding(library: Library, recorded: Recorded) -> Iterator[None]:
    """Give back what `recorded` reserved when the work inside fails; an interrupted process keeps it and can go on."""
    try:
        yield
    except Exception:
        shares = [(one.cap, one.of) for one in recorded.reserved]
        if shares:
            _release(library, shares, f"the work under {recorded.id} failed")
        raise


def release_abandoned(library: Library) -> tuple[str, ...]:
    """Give back every reservation on which no open job works any more; a sentence for each."""
    with library.catalog.reader() as queries:
        reserved = [use for use in queries.cap_uses() if use.state is CapState.RESERVED]
        if not reserved:
            return ()
        shots = {_shot(job) for state in _OPEN for job in queries.jobs(state)}
        worked_on = shots | {queries.shot(code).production for code in shots if code}
    left = [use for use in reserved if use.shot not in worked_on]
    if left:
        _release(library, [(use.cap, use.shot) for use in left], "no open job works on it")
    return tuple(_sentence(use) for use in left)


def _release(library: Library, shares: list[tuple[str, str]], why: str) -> None:
    entry = {"caps": [list(share) for share in shares], "why": why}

    def write(writer: Any, _: int) -> None:
        for cap, of in shares:
            writer.release_cap(cap, of)

    library.committer.commit("cap.released", entry, write)


def _shot(job: Job) -> str:
    try:
        return str(json.loads(job.request).get("shot", ""))
    except (ValueError, AttributeError):
        return ""


def _sentence(use: CapUse) -> str:
    return f"{use.shot} gave back its share of {use.cap}: no open job works on it"
