"""Caps: how many shots, seconds or titles a grant gives, what is used, and what a use would take.

A shot or title counts once per cap, however many takes; seconds of a shot made anew replace its own. What is not
said counts as too much: work of unknown length fits no cap on seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assetlib.model.license import Cap, CapUnit
from assetlib.model.world import CapUse, World
from assetlib.rights import vocabulary
from provenance.decision import Decision, Outcome, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """What an allowed use takes of a cap: `amount` units of `limit`, for the shot or title `of`."""

    cap: str
    of: str
    amount: int
    limit: int


def has_room(cap: Cap, uses: Iterable[CapUse], question: Question) -> bool:
    """Whether `question` fits beside what is reserved and committed."""
    mine, held = unit_of(cap, question), tuple(uses)
    others = [use for use in held if use.of != mine]
    if cap.unit is CapUnit.SECONDS:
        asked = question.seconds
        return asked is not None and asked > 0 and sum(use.amount for use in others) + asked <= cap.limit
    return cap.limit > 0 and (len(others) < len(held) or len({use.of for use in others}) < cap.limit)


def unit_of(cap: Cap, question: Question) -> str | None:
    """What counts once: the shot, or for titles the production; None where the question names no shot."""
    return question.production if cap.unit is CapUnit.TITLES else question.shot


def reservations(world: World, decision: Decision) -> tuple[Reservation, ...]:
    """What an allow-decision has to reserve before its work starts, by cap; nothing where nothing is made."""
    if decision.outcome is not Outcome.ALLOW or vocabulary.MAKING.isdisjoint(_asked(decision)):
        return ()
    cited = set(decision.cited)
    grants = (g for filed in dict.fromkeys(world.licenses) for g in filed.license.grants if g.id in cited)
    found = {cap.id: _reservation(cap, decision.question) for grant in grants for cap in grant.caps}
    return tuple(found[id_] for id_ in sorted(found))


def _asked(decision: Decision) -> set[str]:
    return {*decision.question.actions, *(action for action, _ in decision.added_actions)}


def _reservation(cap: Cap, question: Question) -> Reservation:
    amount = (question.seconds or 0) if cap.unit is CapUnit.SECONDS else 1
    return Reservation(cap=cap.id, of=unit_of(cap, question) or "", amount=amount, limit=cap.limit)
