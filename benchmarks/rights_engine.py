"""The engine of rights at three sizes beside two policy engines, and a whole season with every finding.

The questions and the world are those of the benchmark `rights`: 10 references of two facets. Cedar is asked in the
fastest encoding found there, pycasbin with one policy line a license and a matcher over all dimensions, the fastest
of those that can tell any question; both only say yes or no. The season is 350 shots of 60 ancestors in 12
territories with some grants that do not cover, so that findings, repairs and envelopes are all worked out.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from assetlib.model.asset import Derivation, DerivationKind
from assetlib.model.license import Territories
from assetlib.model.world import World
from assetlib.rights.evaluate import evaluate
from benchmarks import rights
from provenance.decision import Outcome, Question

ISSUE = 3
SIZES = (1, 100, 10_000)  # licenses; the one of the first size is asked with one reference
SHOTS, ANCESTORS = 350, 60
TERRITORIES = ("AT", "AU", "BR", "CA", "CH", "DE", "ES", "FR", "GB", "IT", "JP", "US")
DEMAND_S = 10.0


def run() -> list[dict[str, Any]]:
    return [*_sizes(), *_season()]


def _sizes() -> list[dict[str, Any]]:
    rows = []
    for licenses in SIZES:
        world, questions = _sized(licenses, random.Random(20261121))
        evaluate(world, questions[0])  # the index is built once for a world
        cedar, _ = rights._cedar(world)
        casbin = _casbin(world)
        says = [evaluate(world, q).outcome is Outcome.ALLOW for q in questions]
        few = [q for q, allowed in zip(questions, says, strict=True) if allowed][: 2 if licenses > 1000 else None]
        if says != [cedar(q) for q in questions] or not all(casbin(q) for q in few):
            raise AssertionError("the engines disagree")
        ours, theirs, _ = rights._compare((lambda q, w=world: evaluate(w, q), cedar, lambda _: None), questions)
        slow = statistics.median(_seconds(casbin, q) for q in few)
        demand = "≥ 20× Cedar" if licenses == SIZES[-1] else "reported"
        name = f"{len(questions[0].references)} references, {licenses:,} licenses"
        rows.append(_row(f"{name}, beside Cedar", ours * 1e3, "ms", theirs * 1e3, demand, theirs / ours >= 20))
        rows.append(_row(f"{name}, beside pycasbin", ours * 1e3, "ms", slow * 1e3, "reported", True))
        rows.append(_row(f"{name}, rate", 1 / ours, "decisions/s", 1 / theirs, "reported", True))
    return rows


def _row(name: str, value: float, unit: str, baseline: float | None, demand: str, met: bool) -> dict[str, Any]:
    ratio = None
    if baseline is not None:
        ratio = round(value / baseline if unit.endswith("/s") else baseline / value, 2)
    return {
        "issue": ISSUE,
        "name": f"rights: {name}",
        "value": round(value, 4),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 4),
        "ratio": ratio,
        "demand": demand,
        "met": met or demand == "reported",
    }


def _sized(licenses: int, chance: random.Random) -> tuple[World, list[Question]]:
    """A world with so many licenses, two an asset; the smallest has one asset of one facet and one license."""
    assets = [rights._version(number) for number in range(max(1, licenses // 2))]
    if licenses == 1:
        assets = [replace(assets[0], facets=assets[0].facets[:1])]
    held = tuple(rights._license(asset, claim.facet, chance) for asset in assets for claim in asset.facets)
    whole = rights._world_of(assets, held)
    count = min(rights.REFERENCES, len(assets))
    return whole, [rights._question(whole, chance, count) for _ in range(rights.QUESTIONS)]


_MODEL = """
[request_definition]
r = asset, facet, q
[policy_definition]
p = asset, facet, grant
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.asset == p.asset && r.facet == p.facet && covers(p.grant, r.q)
"""


def _casbin(world: World) -> Callable[[Question], bool]:
    """pycasbin over the same world: a line a license, its dimensions looked up by id and compared as sets."""
    import casbin

    model = casbin.Model()
    model.load_model_from_text(_MODEL)
    enforcer = casbin.Enforcer(model, enable_log=False)
    grants = {grant.id: grant for held in world.licenses for grant in held.license.grants}
    enforcer.add_policies([[g.selector.entities[0], g.facets[0].value, g.id] for g in grants.values()])
    facets = {facts.version.entity: [c.facet.value for c in facts.version.facets] for facts in world.assets}
    prepared = {id_: _sets(grant) for id_, grant in grants.items()}

    def covers(grant: str, question: Question) -> bool:
        return _covers(prepared[grant], question)

    enforcer.add_function("covers", covers)

    def ask(question: Question) -> bool:
        entities = [pin.partition("?")[0] for pin in question.references]
        return all(enforcer.enforce(entity, facet, question) for entity in entities for facet in facets[entity])

    return ask


def _sets(grant: Any) -> dict[str, Any]:
    named = {name: frozenset(getattr(grant, name)) for name in ("actions", "purposes", "productions", "media")}
    named |= {"recipients": frozenset(grant.recipients), "territories": frozenset(grant.territories.included)}
    return {**named, "starts": grant.generate_from, "ends": grant.generate_until, "until": grant.exploit_until}


def _covers(grant: dict[str, Any], question: Question) -> bool:
    return bool(
        grant["actions"].issuperset(question.actions)
        and question.purpose in grant["purposes"]
        and question.production in grant["productions"]
        and grant["territories"].issuperset(question.territories)
        and grant["media"].issuperset(question.media)
        and question.recipient in grant["recipients"]
        and grant["starts"] <= question.now < grant["ends"]
        and question.exploit_until <= grant["until"]
    )


def _seconds(ask: Callable[[Question], object], question: Question) -> float:
    started = time.perf_counter()
    ask(question)
    return time.perf_counter() - started


def _season() -> list[dict[str, Any]]:
    """Processor seconds on one core for a season and for two and four times as many shots, index included."""
    times = [_season_of(SHOTS * factor) for factor in (1, 2, 4)]
    (one, refused, atoms), two, four = times
    rows = [
        _row(
            f"a season, {atoms:,} atoms, {refused} of {SHOTS} shots refused", one, "s", None, "≤ 10 s", one <= DEMAND_S
        )
    ]
    for factor, (taken, _, _) in ((2, two), (4, four)):
        growth = taken / one / factor
        name = f"{factor} seasons, against {factor} times one"
        rows.append(_row(name, growth, "×", None, "linear, ≤ 1.25", growth <= 1.25))
    return rows


def _season_of(shots: int) -> tuple[float, int, int]:
    world, questions = _shots(shots, random.Random(20261121))
    started = time.process_time()
    decisions = [evaluate(world, question) for question in questions]
    taken = time.process_time() - started
    refused = sum(decision.outcome is not Outcome.ALLOW for decision in decisions)
    return taken, refused, sum(len(d.closure) * len(TERRITORIES) for d in decisions)


def _shots(shots: int, chance: random.Random) -> tuple[World, list[Question]]:
    """Shots, each composed of `ANCESTORS` of the season's assets; every other shot has one that is not cleared."""
    pool = [rights._version(number) for number in range(ANCESTORS * 10)]
    takes = [rights._version(100_000 + number) for number in range(shots)]
    held = [rights._license(asset, facet, chance) for asset in (*pool, *takes) for facet in rights.FACETS]
    licenses = [_in_all(filed, chance.random() < 0.012) for filed in held]
    edges = []
    for take in takes:
        for parent in chance.sample(pool, ANCESTORS):
            edges.append(Derivation(parent=parent.digest, child=take.digest, kind=DerivationKind.COMPOSITE))
    world = replace(rights._world_of([*pool, *takes], tuple(licenses)), derivations=tuple(edges))
    asked = rights._question(world, chance, 1)
    return world, [replace(asked, references=(take.pinned,), territories=TERRITORIES) for take in takes]


def _in_all(filed: Any, narrow: bool) -> Any:
    reach = Territories(included=TERRITORIES[:6] if narrow else TERRITORIES)
    grants = tuple(replace(grant, territories=reach) for grant in filed.license.grants)
    return replace(filed, license=replace(filed.license, grants=grants))
