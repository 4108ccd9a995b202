"""Who may look at the pictures of an audit: showing them is a *view*, asked like any other and on record first.

What may be seen is asked picture by picture, since one refused reference must not hide all others; what is shown is
then one recorded decision for each set of scenes and content declarations, and what is withheld another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assetlib.flows.ask import Recorded, decide, question_for, reference_digests
from assetlib.flows.world import load_world
from assetlib.model.production import Production
from assetlib.model.shot import Shot
from assetlib.rights.evaluate import evaluate
from provenance.decision import Decision, Outcome, Question
from provenance.digest import Digest
from provenance.errors import KeyUnavailable

if TYPE_CHECKING:
    from assetlib.library import Library

_VIEW, _PURPOSE = "view", "review"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A picture that a page would show in the section of `shot`; `references` is everything that is in it."""

    shot: Shot
    picture: Digest
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The recorded answers: `withheld` says for a sight why it is not shown; all others are shown under `decisions`."""

    decisions: tuple[str, ...]
    withheld: dict[Sight, str]


def ask_to_view(library: Library, production: Production, sights: Sequence[Sight]) -> Seen:
    """Ask for the person who asks for the page, and record the answers. Without the log's key nothing is shown."""
    alike: dict[tuple[object, ...], list[Sight]] = defaultdict(list)
    for sight in sights:
        alike[sight.shot.scenes, sight.shot.content].append(sight)
    answers = _answers(library, production, sights)
    decisions: list[str] = []
    withheld: dict[Sight, str] = {}
    for group in alike.values():
        shown = [sight for sight in group if answers[sight].outcome is Outcome.ALLOW]
        kept = [sight for sight in group if answers[sight].outcome is not Outcome.ALLOW]
        withheld |= {sight: answers[sight].findings[0].sentence for sight in kept}
        for part in (shown, kept):
            recorded = _recorded(library, production, part) if part else None
            if isinstance(recorded, Recorded):
                decisions.append(recorded.id)
                if part is shown and not recorded.allowed:  # rights moved between asking and recording
                    withheld |= dict.fromkeys(shown, recorded.decision.findings[0].sentence)
            elif recorded is not None and part is shown:
                withheld |= dict.fromkeys(shown, recorded)
    return Seen(decisions=tuple(decisions), withheld=withheld)


def _answers(library: Library, production: Production, sights: Sequence[Sight]) -> dict[Sight, Decision]:
    references = sorted({reference for sight in sights for reference in sight.references})
    with library.catalog.reader() as queries:
        world = load_world(library, queries, reference_digests(references), now=library.clock())
    return {sight: evaluate(world, _question(library, production, [sight])) for sight in sights}


def _recorded(library: Library, production: Production, sights: Sequence[Sight]) -> Recorded | str:
    try:
        return decide(library, _question(library, production, sights))
    except KeyUnavailable as error:
        return f"showing it must be on record first, and the log's key does not open: {error}"


def _question(library: Library, production: Production, sights: Sequence[Sight]) -> Question:
    """All of `sights` are of shots with the same scenes and declarations; looking is no decision about any one shot."""
    return question_for(
        production,
        sorted({reference for sight in sights for reference in sight.references}),
        requester=library.actor,
        now=library.clock(),
        actions=(_VIEW,),
        purpose=_PURPOSE,
        scenes=sights[0].shot.scenes,
        content=sights[0].shot.content,
    )
