"""Counsel's later word on an old decision, when evidence arrives late.

A license that turns out to have been valid never rewrites what was decided without it. Counsel asks the old
question again, at the old moment, over what is known now; the answer is a decision of its own that names the old
one, and it opens no door.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from assetlib.model.world import World
from assetlib.rights.authority import is_counsel
from assetlib.rights.evaluate import evaluate
from assetlib.rights.index import prepared
from provenance.decision import Decision, DecisionKind


class RatifyRefused(ValueError):
    """What was asked is no ratification."""


def ratify(world: World, old: Decision, old_id: str, *, by: str, at: datetime) -> Decision:
    """The old question over `world`, what is known at `at`; raises RatifyRefused unless counsel asks, and later."""
    if not is_counsel(prepared(world).people.get(by)):
        raise RatifyRefused(f"only counsel ratifies a decision; {by} is not enrolled as counsel")
    if old.kind is not DecisionKind.DECIDE:
        raise RatifyRefused(f"{old_id} ratifies {old.ratifies} itself; ratify that one")
    if at < old.decided_at:
        raise RatifyRefused(f"{old_id} was decided at {old.decided_at}; a ratification comes after it, not at {at}")
    again = evaluate(world, old.question)
    return replace(again, kind=DecisionKind.RATIFY, ratifies=old_id, ratified_by=by, decided_at=at)
