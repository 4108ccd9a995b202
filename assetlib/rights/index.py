"""A world prepared for questions: every license found by asset and facet, its dimensions as sets and bits.

Prepared once for each `World` and kept with it (`prepared`), and each asset on first use. Nothing here decides;
`cover` and `evaluate` do. A `Holding` also carries the digest of everything that can matter about its
asset, so that a decision can name the exact slice of the world it rests on.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from assetlib.model.asset import AssetStatus, AssetVersion, Facet, FacetClaim, FacetStatus
from assetlib.model.license import (
    Grant,
    Prohibition,
    ProviderAgreement,
    Selector,
)
from assetlib.model.plain import to_plain
from assetlib.model.world import AssetFacts, CapUse, DutyFulfilment, FiledLicense, Integrity, Recipient, World
from assetlib.rights.rules import (
    GrantRule,
    ProhibitionRule,
    grant_rule,
    prohibition_rule,
    speaks,
)
from provenance.decision import instant
from provenance.digest import Digest, canonical_json

Clause = TypeVar("Clause", Grant, Prohibition)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRules:
    """One facet of an asset that needs a grant here, the grants that name it, and the others on the same asset.

    `single` is the grant where there is just one and it is plain.
    """

    claim: FacetClaim
    rules: tuple[GrantRule, ...]
    others: tuple[GrantRule, ...]
    single: GrantRule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Everything the library holds about one asset version; `digest` changes when any of it does.

    `sound`: verified, in use, with facets that somebody stands behind, so nothing about the asset itself denies.
    """

    uri: str
    facts: AssetFacts
    claims: tuple[ClaimRules, ...]
    facets: frozenset[Facet]
    prohibitions: tuple[ProhibitionRule, ...]
    sound: bool
    unanswered: tuple[FacetClaim, ...]
    broken: tuple[FacetClaim, ...]
    digest: bytes


class _Selections(Generic[Clause]):
    """Clauses by what they select."""

    def __init__(self) -> None:
        self._by: dict[tuple[str, str], list[tuple[FiledLicense, Clause]]] = defaultdict(list)

    def add(self, selector: Selector, filed: FiledLicense, clause: Clause) -> None:
        for entity in selector.entities:
            self._by["entity", entity].append((filed, clause))
        for collection in selector.collections:
            self._by["collection", collection].append((filed, clause))
        for kind in selector.kinds:
            self._by["kind", kind.value].append((filed, clause))

    def of(self, version: AssetVersion) -> Iterable[tuple[FiledLicense, Clause]]:
        keys = [("entity", version.entity), ("entity", version.pinned), ("kind", version.kind.value)]
        for key in keys + [("collection", name) for name in version.collections]:
            yield from self._by.get(key, ())


class RightsIndex:
    """Look-ups over one world. Build with `prepared`, which keeps it beside the world it describes."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.assets = {facts.version.digest: facts for facts in world.assets}
        self.by_pin = {facts.version.pinned: facts.version.digest for facts in world.assets}
        self.productions = {production.id: production for production in world.productions}
        self.recipients: dict[str, Recipient] = {recipient.id: recipient for recipient in world.recipients}
        self.people = {person.id: person for person in world.people}
        self.known = {party.id for party in world.parties} | set(self.people)
        self.agreements: dict[str, list[ProviderAgreement]] = defaultdict(list)
        for agreement in dict.fromkeys(world.agreements):  # a fact told twice is one fact
            self.agreements[agreement.recipient].append(agreement)
        self.fulfilments: dict[tuple[str, str], list[DutyFulfilment]] = defaultdict(list)
        for fulfilment in dict.fromkeys(world.fulfilments):
            self.fulfilments[fulfilment.duty, fulfilment.scope].append(fulfilment)
        self.cap_uses: dict[str, list[CapUse]] = defaultdict(list)
        for use in dict.fromkeys(world.cap_uses):
            self.cap_uses[use.cap].append(use)
        self._grants: _Selections[Grant] = _Selections()
        self._prohibitions: _Selections[Prohibition] = _Selections()
        for filed in world.licenses:
            for grant in filed.license.grants:
                self._grants.add(grant.selector, filed, grant)
            for prohibition in filed.license.prohibitions:
                self._prohibitions.add(prohibition.selector, filed, prohibition)
        self.parents = self._lineage()
        self._holdings: dict[Digest, Holding] = {}
        self._closures: dict[Digest, frozenset[Digest]] = {}
        self._rules: dict[str, GrantRule] = {}
        self._surroundings: dict[tuple[str, str], bytes] = {}

    def _lineage(self) -> dict[Digest, frozenset[Digest]]:
        parents: dict[Digest, set[Digest]] = defaultdict(set)
        for edge in self.world.derivations:
            if edge.kind.transmits_rights:
                parents[edge.child].add(edge.parent)
        for digest, facts in self.assets.items():
            inputs = {c.inherited_from for c in facts.version.facets if c.inherited_from}
            if inputs:
                parents[digest] |= inputs
        return {child: frozenset(inputs) for child, inputs in parents.items()}

    def closure(self, digest: Digest) -> frozenset[Digest]:
        """`digest` and all ancestors whose rights it carries, also those the world has no facts about."""
        if (known := self._closures.get(digest)) is not None:
            return known
        seen = {digest}
        waiting = [digest]
        while waiting:
            fresh = self.parents.get(waiting.pop(), frozenset()) - seen
            seen |= fresh
            waiting.extend(fresh)
        self._closures[digest] = found = frozenset(seen)
        return found

    def holdings(self, digests: Iterable[Digest]) -> tuple[list[Holding], list[Digest]]:
        """The prepared facts of those assets the world knows, and the digests of the others."""
        found: list[Holding] = []
        unknown: list[Digest] = []
        for digest in digests:
            held = self._holdings.get(digest)
            if held is not None:
                found.append(held)
            elif digest in self.assets:
                found.append(self.holding(digest))
            else:
                unknown.append(digest)
        return found, unknown

    def holding(self, digest: Digest) -> Holding:
        """The prepared facts of an asset in the world; raises KeyError for one that is not."""
        if (known := self._holdings.get(digest)) is not None:
            return known
        self._holdings[digest] = made = self._hold(self.assets[digest])
        return made

    def _hold(self, facts: AssetFacts) -> Holding:
        version = facts.version
        selected = {grant.id: (filed, grant) for filed, grant in self._grants.of(version)}
        rules = tuple(self._rule(*selected[id_]) for id_ in sorted(selected))
        bans = {ban.id: (filed, ban) for filed, ban in self._prohibitions.of(version) if speaks(filed)}
        prohibitions = tuple(prohibition_rule(*bans[id_]) for id_ in sorted(bans))
        needed = [c for c in version.facets if c.status is not FacetStatus.RELEASED and c.inherited_from is None]
        unanswered = tuple(c for c in needed if c.status is FacetStatus.DECLARED and not c.by)
        broken = tuple(c for c in version.facets if c.inherited_from is not None and not self._carries(c))
        in_order = facts.integrity is Integrity.VERIFIED and version.status is AssetStatus.ACTIVE
        return Holding(
            uri=version.pinned,
            facts=facts,
            claims=tuple(_claim_rules(claim, rules) for claim in sorted(set(needed), key=_claim_order)),
            facets=frozenset(claim.facet for claim in version.facets if claim.status is not FacetStatus.RELEASED),
            prohibitions=prohibitions,
            sound=in_order and bool(version.facets) and not unanswered and not broken,
            unanswered=unanswered,
            broken=broken,
            digest=self._digest_of(facts, rules, prohibitions),
        )

    def rule(self, grant_id: str) -> GrantRule:
        """The rule of a grant that some holding has prepared."""
        return self._rules[grant_id]

    def surroundings(self, production: str, recipient: str) -> bytes:
        """Digest of what matters beside the assets: the production, the recipient and the terms with it."""
        key = (production, recipient)
        if (known := self._surroundings.get(key)) is None:
            known = self._surroundings[key] = self._digest_around(production, recipient)
        return known

    def _digest_around(self, production: str, recipient: str) -> bytes:
        known = self.productions.get(production)
        parts = recipient.split("/")
        registered = (self.recipients.get("/".join(parts[:n])) for n in range(1, len(parts) + 1))
        person = self.people.get(recipient)
        facts = {
            "production": known and [known.id, known.commercial],
            "registered": [to_plain(r) for r in registered if r],
            "agreements": [to_plain(a) for a in sorted(self.agreements.get(recipient, ()), key=lambda a: a.id)],
            "person": person and [person.id, to_plain(person.revoked_at)],
            "confirmed": sorted(set(self.world.confirmed)),
        }
        return hashlib.sha256(canonical_json(facts)).digest()

    def _carries(self, claim: FacetClaim) -> bool:
        source = self.assets.get(claim.inherited_from) if claim.inherited_from else None
        if source is None:
            return False
        return any((c.facet, c.subject) == (claim.facet, claim.subject) for c in source.version.facets)

    def _rule(self, filed: FiledLicense, grant: Grant) -> GrantRule:
        if (known := self._rules.get(grant.id)) is None:
            known = self._rules[grant.id] = grant_rule(filed, grant)
        return known

    def _digest_of(
        self, facts: AssetFacts, rules: tuple[GrantRule, ...], prohibitions: tuple[ProhibitionRule, ...]
    ) -> bytes:
        version = facts.version
        duties = [duty.id for rule in rules for duty in rule.before]
        document = {
            "asset": [version.pinned, version.kind.value, version.status.value, facts.integrity.value],
            "created_at": instant(version.created_at),
            "collections": sorted(version.collections),
            "facets": sorted([c.facet, c.subject, c.status, c.by, c.inherited_from or ""] for c in version.facets),
            "parents": sorted(self.parents.get(version.digest, ())),
            "licenses": sorted({_standing(r.filed) for r in rules} | {_standing(b.filed) for b in prohibitions}),
            "fulfilments": [
                [f.duty, f.scope, f.state.value, f.by, instant(f.at)]
                for f in sorted(set(self.world.fulfilments), key=lambda f: (f.duty, f.scope, f.at, f.state))
                if f.duty in duties
            ],
            "caps": [
                [use.cap, use.of, str(use.amount)]
                for rule in rules
                for cap in rule.grant.caps
                for use in sorted(self.cap_uses.get(cap.id, ()), key=lambda u: (u.cap, u.of, u.amount))
            ],
            "approvers": sorted({d.by for rule in rules for d in rule.before if d.by in self.known}),
        }
        return hashlib.sha256(canonical_json(document)).digest()


def prepared(world: World) -> RightsIndex:
    """The index of `world`, built on first use."""
    index = world.prepared.get("rights")
    if index is None:
        index = world.prepared["rights"] = RightsIndex(world)
    assert isinstance(index, RightsIndex)
    return index


def _claim_rules(claim: FacetClaim, rules: tuple[GrantRule, ...]) -> ClaimRules:
    def names(rule: GrantRule) -> bool:
        subjects = rule.grant.selector.subjects
        return claim.facet in rule.facets and (not subjects or claim.subject in subjects)

    naming = tuple(rule for rule in rules if names(rule))
    return ClaimRules(
        claim=claim,
        rules=naming,
        others=tuple(rule for rule in rules if not names(rule)),
        single=naming[0] if len(naming) == 1 and naming[0].plain else None,
    )


def _claim_order(claim: FacetClaim) -> tuple[Any, ...]:
    return (claim.facet.value, claim.subject, claim.status.value, claim.by)


def _standing(filed: FiledLicense) -> str:
    times = [instant(t) if t else "" for t in (filed.revoked_at, filed.superseded_at)]
    return "|".join((filed.license.id, filed.digest, filed.status.value, str(filed.activated), *times))
