"""One question about 10 references against 10,000 licenses: our evaluator beside Cedar in its best encoding.

Both answer the same questions in the same process, alternating, over prepared data; the verdicts are compared.
Cedar says allow or deny; ours also finds every reason, the nearest grant, obligations and the envelope.

Encodings of Cedar tried, in the order of speed: licenses as attributes of the facet they license, one policy over
them, the policies and entities parsed once, the question's facets asked as one batch (used here); the same with
only the asked entities parsed per question; one policy a license.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from assetlib.model.asset import AssetKind, AssetVersion, Facet, FacetClaim
from assetlib.model.license import Grant, License, LicenseKind, LicenseParty, LicenseStatus, Selector, Territories
from assetlib.model.production import Production
from assetlib.model.world import AssetFacts, FiledLicense, Integrity, World
from assetlib.rights.evaluate import evaluate
from provenance.decision import Outcome, Question
from provenance.digest import digest_bytes

NOW = datetime(2026, 9, 1, tzinfo=UTC)
ASSETS, REFERENCES, QUESTIONS, ROUNDS = 5_000, 10, 60, 7
FACETS = (Facet.CHARACTER_IP, Facet.LIKENESS)
TERRITORIES = ("US", "DE", "FR", "GB", "JP", "BR")

_POLICY = """
permit(principal, action, resource) when {
  resource.actions.containsAll(context.actions) &&
  resource.purposes.contains(context.purpose) &&
  resource.productions.contains(context.production) &&
  resource.territories.containsAll(context.territories) &&
  resource.media.containsAll(context.media) &&
  resource.recipients.contains(context.recipient) &&
  resource.starts <= context.now && context.now < resource.ends &&
  context.until <= resource.until
};
"""


def run() -> list[dict[str, Any]]:
    """The rows of this benchmark; see the README of the benchmarks for what each field means."""
    chance = random.Random(20261121)
    started = time.perf_counter()
    world = _world(chance)
    values = time.perf_counter() - started
    questions = [_question(world, chance) for _ in range(QUESTIONS)]
    started = time.perf_counter()
    evaluate(world, questions[0])
    build = time.perf_counter() - started
    cedar = _cedar(world)
    ours_says = [evaluate(world, q).outcome is Outcome.ALLOW for q in questions]
    theirs_says = [cedar(q) for q in questions]
    if ours_says != theirs_says:
        raise AssertionError("the two engines disagree")
    allowed = sum(ours_says)
    ours, theirs = _compare(lambda q: evaluate(world, q), cedar, questions)
    ratio = theirs / ours
    return [
        _row(
            "decision over 10 references, 10,000 licenses, p50",
            ours * 1e3,
            "ms",
            theirs * 1e3,
            ratio,
            "≥ 20× Cedar",
            ratio >= 20,
        ),
        _row("verdicts equal to Cedar's", QUESTIONS, f"questions, {allowed} allowed", QUESTIONS, 1.0, "all", True),
        _row("index of 10,000 licenses, with the first decision", build * 1e3, "ms", None, None, "reported", True),
        _row("10,000 licenses as values", values * 1e3, "ms", None, None, "reported", True),
    ]


def _row(
    name: str, value: float, unit: str, baseline: float | None, ratio: float | None, demand: str, met: bool
) -> dict[str, Any]:
    return {
        "issue": 2,
        "name": f"rights: {name}",
        "value": round(value, 4),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 4),
        "ratio": None if ratio is None else round(ratio, 2),
        "demand": demand,
        "met": met,
    }


def _compare(
    ours: Callable[[Question], object], theirs: Callable[[Question], object], questions: list[Question]
) -> tuple[float, float]:
    """Median seconds a question for each, in rounds taken in turns, so that a busy machine slows both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for engine, taken in zip((ours, theirs), times, strict=True):
            for question in questions:
                started = time.perf_counter()
                engine(question)
                taken.append(time.perf_counter() - started)
    return statistics.median(times[0]), statistics.median(times[1])


def _world(chance: random.Random) -> World:
    versions = [_version(number) for number in range(ASSETS)]
    licenses = [_license(version, facet, chance) for version in versions for facet in FACETS]
    return World(
        assets=tuple(AssetFacts(version=version, integrity=Integrity.VERIFIED) for version in versions),
        licenses=tuple(licenses),
        productions=(Production(id="HOUSE", name="House"),),
    )


def _version(number: int) -> AssetVersion:
    name = f"asset{number:05d}"
    return AssetVersion(
        entity=f"assetlib:///characters/{name}",
        version="v001",
        digest=digest_bytes(name.encode()),
        kind=AssetKind.CHARACTER,
        name=name,
        facets=tuple(FacetClaim(facet=facet, subject=name, by="li") for facet in FACETS),
        files=(),
        source_type="digitalCreation",
        created_by="li",
        created_at=NOW - timedelta(days=60),
    )


def _license(version: AssetVersion, facet: Facet, chance: random.Random) -> FiledLicense:
    id_ = f"LIC-{version.name}-{facet.value}"
    rare = chance.random() < 0.03
    grant = Grant(
        id=f"{id_}#1",
        clause="1",
        facets=(facet,),
        selector=Selector(entities=(version.entity,)),
        actions=("generate.previs", "generate.final", "edit"),
        purposes=("previs", "final_shot"),
        productions=("HOUSE",),
        territories=Territories(included=TERRITORIES[:2] if rare else TERRITORIES),
        media=("svod", "avod"),
        recipients=("local", "bedrock"),
        generate_from=NOW - timedelta(days=30),
        generate_until=NOW + timedelta(days=30),
        exploit_until=NOW + timedelta(days=3650),
    )
    license_ = License(
        id=id_,
        kind=LicenseKind.LICENSE,
        timezone="UTC",
        licensor=LicenseParty(party="owner"),
        licensee="studio",
        grants=(grant,),
    )
    return FiledLicense(
        license=license_, digest=digest_bytes(id_.encode()), status=LicenseStatus.ACTIVE, activated=True
    )


def _question(world: World, chance: random.Random) -> Question:
    return Question(
        actions=("generate.final",),
        purpose="final_shot",
        production="HOUSE",
        territories=("US", "DE", "GB"),
        media=("svod", "avod"),
        recipient="local",
        references=tuple(facts.version.pinned for facts in chance.sample(world.assets, REFERENCES)),
        requester="li",
        now=NOW,
        exploit_until=NOW + timedelta(days=365),
    )


def _cedar(world: World) -> Callable[[Question], bool]:
    """Cedar over the same world: every facet with its license as attributes, all parsed once."""
    import json

    import cedarpy

    policies = cedarpy.PolicySet.from_str(_POLICY)
    entities = cedarpy.Entities.from_json_str(json.dumps([_entity(filed) for filed in world.licenses]))

    def ask(question: Question) -> bool:
        context = _context(question)
        requests = [
            {
                "principal": 'User::"li"',
                "action": 'Action::"use"',
                "resource": _resource(pin, facet),
                "context": context,
            }
            for pin in question.references
            for facet in FACETS
        ]
        return all(answer.allowed for answer in cedarpy.is_authorized_batch(requests, policies, entities))

    return ask


def _resource(pin: str, facet: Facet) -> dict[str, str]:
    return {"type": "Facet", "id": f"{pin.partition('?')[0]}#{facet.value}"}


def _entity(filed: FiledLicense) -> dict[str, Any]:
    grant = filed.license.grants[0]
    assert grant.generate_from is not None
    assert grant.generate_until is not None
    assert grant.exploit_until is not None
    return {
        "uid": _resource(grant.selector.entities[0], grant.facets[0]),
        "attrs": {
            "actions": grant.actions,
            "purposes": grant.purposes,
            "productions": grant.productions,
            "territories": grant.territories.included,
            "media": grant.media,
            "recipients": grant.recipients,
            "starts": int(grant.generate_from.timestamp()),
            "ends": int(grant.generate_until.timestamp()),
            "until": int(grant.exploit_until.timestamp()),
        },
        "parents": [],
    }


def _context(question: Question) -> dict[str, Any]:
    assert question.exploit_until is not None
    return {
        "actions": list(question.actions),
        "purpose": question.purpose,
        "production": question.production,
        "territories": list(question.territories),
        "media": list(question.media),
        "recipient": question.recipient,
        "now": int(question.now.timestamp()),
        "until": int(question.exploit_until.timestamp()),
    }
