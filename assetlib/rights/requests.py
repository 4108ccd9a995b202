"""What somebody could still give: approvals, consents, notices and fees that a question waits for, as requests.

A request is about one duty in one scope (once, a production, a shot, a shot and purpose, a prompt), so that the same
request asked for by several decisions is one, and one answer serves them all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from assetlib.model.asset import Facet
from assetlib.model.license import Duty, DutyWhen
from assetlib.model.world import World
from assetlib.rights import cover, packs
from assetlib.rights.asked import Asked, prepare
from assetlib.rights.clearing import clear
from assetlib.rights.explain import name_of
from assetlib.rights.index import Holding, RightsIndex, prepared
from assetlib.rights.rules import GrantRule, share_alike_duty
from provenance.decision import Question
from provenance.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One answer that is missing. `source` is the clause or rule that asks for it, `assets` are names for people."""

    duty: Duty
    scope: str
    source: str
    assets: tuple[str, ...]

    @property
    def id(self) -> str:
        """``A-9f2c11d04b7a``: the same for the same duty and scope, whoever asks."""
        return request_id(self.duty.id, self.scope)


def request_id(duty: str, scope: str) -> str:
    return "A-" + hashlib.sha256(f"{duty}\n{scope}".encode()).hexdigest()[:12]


def open_requests(world: World, question: Question) -> tuple[Request, ...]:
    """The requests that `question` waits for in `world`, by id; empty also where something else denies it for good."""
    index = prepared(world)
    asked = prepare(index, question)
    closure = sorted(frozenset[Digest]().union(*map(index.closure, asked.references)))
    holdings, _ = index.holdings(closure)
    found: dict[str, Request] = {}
    for request in (*_of_grants(holdings, asked, index), *_of_packs(holdings, asked, index)):
        known = found.get(request.id)
        assets = request.assets if known is None else tuple(sorted({*known.assets, *request.assets}))
        found[request.id] = Request(duty=request.duty, scope=request.scope, source=request.source, assets=assets)
    return tuple(found[name] for name in sorted(found))


def _of_grants(holdings: list[Holding], asked: Asked, index: RightsIndex) -> Iterator[Request]:
    """What the grants that would cover wait for; a facet that is covered already waits for nothing."""
    for holding in holdings:
        asset = holding.facts.version.digest
        for claim in holding.claims:
            cleared = clear(claim, holding, asked, index)
            if not cleared.awaited and not cleared.misses:
                continue
            for rule in claim.rules:
                if cover.lacks(rule, claim, asked, index, asset) or not cover.open_actions(rule, asked, index, asset):
                    continue
                yield from _of_rule(rule, holding, asked, index)


def _of_rule(rule: GrantRule, holding: Holding, asked: Asked, index: RightsIndex) -> Iterator[Request]:
    owed = cover.pending(rule, asked, index)
    for duty in (*owed.approvals, *owed.unmet):
        scope = cover.scope_of(duty, asked)
        if scope is not None and cover.state_of(duty, asked, index) is None:
            yield Request(duty=duty, scope=scope, source=rule.id, assets=(name_of(holding.uri),))


def _of_packs(holdings: list[Holding], asked: Asked, index: RightsIndex) -> Iterator[Request]:
    facets = frozenset[Facet]().union(*(holding.facets for holding in holdings))
    names = tuple(
        sorted({name_of(holding.uri) for holding in holdings if holding.facts.version.digest in asked.references})
    )
    for bound, duty in packs.duties(asked.bound, facets, DutyWhen.PRE):
        scope = cover.scope_of(duty, asked)
        if scope is not None and cover.state_of(duty, asked, index) is None:
            yield Request(duty=duty, scope=scope, source=f"{bound.pack.name}#{bound.entry.id}", assets=names)


def duties_before(world: World) -> dict[str, Duty]:
    """Each duty before use that a license or rule pack in the world asks for, by its id."""
    grants = [grant for filed in world.licenses for grant in filed.license.grants]
    found = [duty for grant in grants for duty in grant.duties]
    found += [share_alike_duty(grant) for grant in grants if grant.share_alike]
    found += [cover.described_use(grant) for grant in grants if grant.use_description]
    found += [duty for pack in world.rulepacks for entry in pack.entries for duty in entry.duties]
    return {duty.id: duty for duty in found if duty.when is DutyWhen.PRE}
