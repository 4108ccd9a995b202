"""Ask a recorded question once more where the answer may have aged: before a permit, before bytes leave, and before a
result is kept. Rights move by what people record, and by time alone: a window closes, a dated prohibition begins,
terms run out. So the question is decided again each time, and recorded again only when its answer is another one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from assetlib.flows.ask import Recorded, decide, reference_digests
from assetlib.flows.world import load_world
from assetlib.rights.evaluate import evaluate
from provenance.decision import Decision

if TYPE_CHECKING:
    from assetlib.library import Library


def ask_again(library: Library, recorded: Recorded) -> Recorded:
    """The answer as of now: the same one while it stands on the same grants, else a new one, recorded."""
    question = replace(recorded.decision.question, now=library.clock())
    with library.catalog.reader() as queries:
        moved = queries.rights_revision() != recorded.revision
        world = load_world(library, queries, reference_digests(question.references), now=question.now)
    if not moved and _stands(recorded.decision, evaluate(world, question)):
        return recorded
    return decide(library, question, reserve=bool(recorded.reserved))


def _stands(then: Decision, now: Decision) -> bool:
    return (then.outcome, then.cited, then.closure) == (now.outcome, now.cited, now.closure)
