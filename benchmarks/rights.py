"""One question about 10 references against 10,000 licenses: our evaluator beside Cedar in its best encoding.

Both answer the same questions in the same process, alternating, over prepared data; the verdicts are compared.
Cedar says allow or deny; ours also finds every reason, the nearest grant, obligations and the envelope.

Cedar's encoding here is the fastest found that answers any question: an asset carries the license of each of its
facets as attributes, one policy reads them, policies and entities are parsed once, the references go in one batch.
Slower: an entity a facet (1.8 times), parsing the asked entities per question (3 times), one policy a license
(hundreds of times). Faster, and reported beside it: one request whose policy is written out for exactly ten
references of two facets, which answers no other question.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from assetlib.model.asset import AssetKind, AssetVersion, Facet, FacetClaim
from assetlib.model.license import (
    Grant,
    License,
    LicenseKind,
    LicenseParty,
    LicenseStatus,
    Selector,
    Survival,
    SurvivalKind,
    Territories,
)
from assetlib.model.production import Production
from assetlib.model.world import AssetFacts, FiledLicense, Integrity, World
from assetlib.rights.evaluate import evaluate
from provenance.decision import Outcome, Question
from provenance.digest import digest_bytes

NOW = datetime(2026, 9, 1, tzinfo=UTC)
ASSETS, REFERENCES, QUESTIONS, ROUNDS, PASSES = 5_000, 10, 60, 5, 5
FACETS = (Facet.CHARACTER_IP, Facet.LIKENESS)
TERRITORIES = ("US", "DE", "FR", "GB", "JP", "BR")

_COVERS = (
    "{at}.actions.containsAll(context.actions) && {at}.purposes.contains(context.purpose) && "
    "{at}.productions.contains(context.production) && {at}.territories.containsAll(context.territories) && "
    "{at}.media.containsAll(context.media) && {at}.recipients.contains(context.recipient) && "
    "{at}.starts <= context.now && context.now < {at}.ends && context.until <= {at}.until"
)


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
    cedar, fixed = _cedar(world)
    says = [evaluate(world, q).outcome is Outcome.ALLOW for q in questions]
    if says != [cedar(q) for q in questions] or says != [fixed(q) for q in questions]:
        raise AssertionError("the engines disagree")
    ours, theirs, special = _compare((lambda q: evaluate(world, q), cedar, fixed), questions)
    refused = [question for question, allowed in zip(questions, says, strict=True) if not allowed]
    ours_no, theirs_no, _ = _compare((lambda q: evaluate(world, q), cedar, fixed), refused)
    ratio = theirs / ours
    mix = f"questions, {len(refused)} refused"
    return [
        _row("10 references, 10,000 licenses, p50", ours * 1e3, "ms", theirs * 1e3, "≥ 20× Cedar", ratio >= 20),
        _row("the same, refused, with all reasons", ours_no * 1e3, "ms", theirs_no * 1e3, "reported", True),
        _row("the same, Cedar written out for this shape", ours * 1e3, "ms", special * 1e3, "reported", True),
        _row("verdicts equal to Cedar's", QUESTIONS, mix, QUESTIONS, "all", True),
        _row("index of 10,000 licenses, with the first decision", build * 1e3, "ms", None, "reported", True),
        _row("10,000 licenses as values", values * 1e3, "ms", None, "reported", True),
    ]


def _row(name: str, value: float, unit: str, baseline: float | None, demand: str, met: bool) -> dict[str, Any]:
    return {
        "issue": 2,
        "name": f"rights: {name}",
        "value": round(value, 4),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 4),
        "ratio": None if baseline is None else round(baseline / value, 2),
        "demand": demand,
        "met": met,
    }


def _compare(engines: tuple[Callable[[Question], object], ...], questions: list[Question]) -> list[float]:
    """Median seconds a question for each, in rounds taken in turns, so that a busy machine slows all alike.

    A round is several passes, since no one runs two engines in turn and none should pay for the other's cold caches.
    """
    times: list[list[float]] = [[] for _ in engines]
    for _ in range(ROUNDS):
        for engine, taken in zip(engines, times, strict=True):
            for question in questions * PASSES:
                started = time.perf_counter()
                engine(question)
                taken.append(time.perf_counter() - started)
    return [statistics.median(taken) for taken in times]


def _world(chance: random.Random) -> World:
    versions = [_version(number) for number in range(ASSETS)]
    return _world_of(versions, tuple(_license(version, facet, chance) for version in versions for facet in FACETS))


def _world_of(versions: list[AssetVersion], licenses: tuple[FiledLicense, ...]) -> World:
    return World(
        assets=tuple(AssetFacts(version=version, integrity=Integrity.VERIFIED) for version in versions),
        licenses=licenses,
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
    rare = chance.random() < 0.006
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
        survival=Survival(kind=SurvivalKind.PERPETUAL),
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


def _question(world: World, chance: random.Random, references: int = REFERENCES) -> Question:
    return Question(
        actions=("generate.final",),
        purpose="final_shot",
        production="HOUSE",
        territories=("US", "DE", "GB"),
        media=("svod", "avod"),
        recipient="local",
        references=tuple(facts.version.pinned for facts in chance.sample(world.assets, references)),
        requester="li",
        now=NOW,
        exploit_until=NOW + timedelta(days=365),
    )


def _cedar(world: World) -> tuple[Callable[[Question], bool], Callable[[Question], bool]]:
    """Cedar over the same world, general and written out for this shape of question; everything parsed once."""
    import json

    import cedarpy

    general = " && ".join(
        f"(!(resource has {f.value}) || ({_COVERS.format(at=f'resource.{f.value}')}))" for f in FACETS
    )
    shaped = " && ".join(_COVERS.format(at=f"context.r{n}.{f.value}") for n in range(REFERENCES) for f in FACETS)
    policies = cedarpy.PolicySet.from_str(f"permit(principal, action, resource) when {{ {general} }};")
    written_out = cedarpy.PolicySet.from_str(f"permit(principal, action, resource) when {{ {shaped} }};")
    entities = cedarpy.Entities.from_json_str(json.dumps(_entities(world)))

    def ask(question: Question) -> bool:
        shared = {"principal": 'User::"li"', "action": 'Action::"use"', "context": _context(question)}
        requests = [shared | {"resource": _asset(pin)} for pin in question.references]
        return all(answer.allowed for answer in cedarpy.is_authorized_batch(requests, policies, entities))

    def ask_shaped(question: Question) -> bool:
        references = {f"r{n}": {"__entity": _asset(pin)} for n, pin in enumerate(question.references)}
        request = {"principal": 'User::"li"', "action": 'Action::"use"', "resource": 'Set::"all"'}
        request |= {"context": _context(question) | references}
        return bool(cedarpy.is_authorized(request, written_out, entities).allowed)

    return ask, ask_shaped


def _asset(pin: str) -> dict[str, str]:
    return {"type": "Asset", "id": pin.partition("?")[0]}


def _entities(world: World) -> list[dict[str, Any]]:
    """One entity an asset, with the license of each facet under the facet's name."""
    assets: dict[str, dict[str, Any]] = {}
    for filed in world.licenses:
        grant = filed.license.grants[0]
        assets.setdefault(grant.selector.entities[0], {})[grant.facets[0].value] = _attributes(grant)
    return [{"uid": _asset(entity), "attrs": attributes, "parents": []} for entity, attributes in assets.items()]


def _attributes(grant: Grant) -> dict[str, Any]:
    assert grant.generate_from is not None
    assert grant.generate_until is not None
    assert grant.exploit_until is not None
    return {
        "actions": grant.actions,
        "purposes": grant.purposes,
        "productions": grant.productions,
        "territories": grant.territories.included,
        "media": grant.media,
        "recipients": grant.recipients,
        "starts": int(grant.generate_from.timestamp()),
        "ends": int(grant.generate_until.timestamp()),
        "until": int(grant.exploit_until.timestamp()),
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
