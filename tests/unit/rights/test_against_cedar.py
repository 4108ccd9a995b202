"""The single-asset core beside Cedar: the same question of the same grants and prohibitions, the same answer.

Cedar has no facets, closure, duties or counts, so the worlds here have one asset with one facet. Everything that both
can say is drawn at random: actions, purpose, production, territories, media, recipient, windows, prohibitions.
"""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from datetime import datetime
from typing import Any

import cedarpy
import pytest

from assetlib.model.asset import Facet
from assetlib.model.license import Grant, Prohibition, Territories
from assetlib.model.production import Production
from assetlib.model.world import World
from assetlib.rights.evaluate import evaluate
from provenance.decision import Outcome, Question
from tests.unit.rights.worlds import DAY, NOW, ban, facts, filed, grant, question, version
from tests.unit.rights.worlds import world as cleared_world

GATE = version("gate", Facet.LOCATION)
ACTIONS = ("generate.previs", "generate.final", "edit", "upscale")
PURPOSES = ("final_shot", "previs")
PRODUCTIONS = ("HOUSE", "SPINOFF")
PLACES = ("US", "DE", "FR")
MEDIA = ("svod", "avod", "airline")
RECIPIENTS = ("local", "netfilms")
MOMENTS = tuple(NOW + days * DAY for days in (-2, -1, 0, 1, 2))
FULL = 10_000


def _some(chance: random.Random, words: tuple[str, ...], least: int = 1) -> tuple[str, ...]:
    return tuple(sorted(chance.sample(words, chance.randint(least, len(words)))))


def _grant(chance: random.Random, n: int) -> Grant:
    return grant(
        f"L{n}#1",
        "gate",
        facets=(Facet.LOCATION,),
        actions=_some(chance, ACTIONS, 2),
        purposes=_some(chance, PURPOSES),
        productions=_some(chance, PRODUCTIONS),
        territories=Territories(included=_some(chance, PLACES, 2)),
        media=_some(chance, MEDIA, 2),
        recipients=_some(chance, RECIPIENTS),
        generate_from=chance.choice(MOMENTS[:3]),
        generate_until=chance.choice(MOMENTS[2:]),
        exploit_until=chance.choice((None, NOW + 5 * DAY, NOW + 9 * DAY)),
    )


def _ban(chance: random.Random, n: int) -> Prohibition:
    return ban(
        f"B{n}#1",
        "gate",
        actions=_some(chance, ACTIONS),
        productions=_some(chance, PRODUCTIONS),
        territories=Territories(included=_some(chance, PLACES)),
        media=_some(chance, MEDIA),
        from_=chance.choice(MOMENTS[:3]),
        until=chance.choice(MOMENTS[2:]),
    )


def _world(chance: random.Random) -> World:
    grants = [filed(f"L{n}", _grant(chance, n)) for n in range(chance.randint(1, 3))]
    bans = [filed(f"B{n}", bans=(_ban(chance, n),)) for n in range(chance.choice((0, 0, 1)))]
    productions = tuple(Production(id=id_, name=id_) for id_ in PRODUCTIONS)
    return replace(cleared_world(*grants, *bans), assets=(facts(GATE),), productions=productions)


def _question(chance: random.Random) -> Question:
    purpose = chance.choice(PURPOSES)
    return question(
        GATE,
        actions=(chance.choice(ACTIONS),),
        purpose=purpose,
        production=chance.choice(PRODUCTIONS),
        territories=_some(chance, PLACES),
        media=_some(chance, MEDIA),
        recipient=chance.choice(RECIPIENTS),
        now=chance.choice(MOMENTS),
        exploit_until=chance.choice((NOW + 4 * DAY, NOW + 8 * DAY, None)),
    )


_PERMIT = (
    "permit(principal, action, resource) when {{ {actions}.contains(context.action) && "
    "{purposes}.contains(context.purpose) && {productions}.contains(context.production) && "
    "{territories}.contains(context.territory) && {media}.contains(context.medium) && "
    "{recipients}.contains(context.recipient) && {starts} <= context.now && context.now < {ends} && "
    "context.until <= {until} }};"
)
_FORBID = (
    "forbid(principal, action, resource) when {{ {actions}.contains(context.action) && "
    "{productions}.contains(context.production) && {territories}.contains(context.territory) && "
    "{media}.contains(context.medium) && {starts} <= context.now && context.now < {ends} }};"
)
_FOREVER = 1 << 40


def _policies(world: World) -> str:
    permits = (_permit(g) for held in world.licenses for g in held.license.grants)
    forbids = (_forbid(b) for held in world.licenses for b in held.license.prohibitions)
    return "\n".join((*permits, *forbids))


def _permit(g: Grant) -> str:
    actions = (*g.actions, *(("generate.previs",) if "generate.final" in g.actions else ()))
    named = {"actions": actions, "purposes": g.purposes, "productions": g.productions, "media": g.media}
    named |= {"territories": g.territories.included, "recipients": g.recipients}
    times = {"starts": _at(g.generate_from), "ends": _at(g.generate_until), "until": _at(g.exploit_until)}
    return _PERMIT.format(**{name: _set(words) for name, words in named.items()}, **times)


def _forbid(b: Prohibition) -> str:
    named = {"actions": b.actions, "productions": b.productions, "media": b.media}
    named["territories"] = b.territories.included
    times = {"starts": _at(b.from_), "ends": _at(b.until)}
    return _FORBID.format(**{name: _set(words) for name, words in named.items()}, **times)


def _set(words: tuple[str, ...]) -> str:
    return json.dumps(list(words))


def _at(moment: datetime | None) -> int:
    return _FOREVER if moment is None else int(moment.timestamp())


def _cedar(world: World, asked: Question) -> bool:
    """Cedar asked once an atom: each has to be permitted, since Cedar does not put grants together."""
    shared = {"purpose": asked.purpose, "production": asked.production, "recipient": asked.recipient}
    shared |= {"now": _at(asked.now), "until": _at(asked.exploit_until)}
    purpose_asks = {"final_shot": "generate.final", "previs": "generate.previs"}[asked.purpose]
    atoms = [
        shared | {"action": action, "territory": place, "medium": medium}
        for action in sorted({*asked.actions, purpose_asks})
        for place in asked.territories
        for medium in asked.media
    ]
    request: dict[str, Any] = {"principal": 'U::"li"', "action": 'A::"use"', "resource": 'R::"gate"'}
    answers = cedarpy.is_authorized_batch([request | {"context": atom} for atom in atoms], _policies(world), [])
    return all(answer.allowed for answer in answers)


@pytest.mark.parametrize(
    "count",
    [int(os.environ.get("ASSETLIB_EXAMPLES", "40")) * 10, pytest.param(FULL, marks=pytest.mark.nightly)],
)
def test_every_random_question_has_the_answer_that_cedar_gives(count: int) -> None:
    chance = random.Random(20261121)
    allowed = 0
    for _ in range(count):
        world, asked = _world(chance), _question(chance)
        ours = evaluate(world, asked).outcome is Outcome.ALLOW
        assert ours == _cedar(world, asked), (world.licenses, asked)
        allowed += ours
    assert 0.05 <= allowed / count <= 0.6
