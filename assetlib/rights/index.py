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
    LicenseKind,
    Prohibition,
    ProviderAgreement,
    Selector,
)
from assetlib.model.plain import to_plain
from assetlib.model.world import AssetFacts, CapUse, DutyFulfilment, FiledLicense, Integrity, Recipient, World
from assetlib.rights import agreements, authority, synthetic, vocabulary
from assetlib.rights.authority import NEVER, NOBODY, PersonFacts
from assetlib.rights.rules import GrantRule, ProhibitionRule, grant_rule, prohibition_rules, speaks
from provenance.decision import instant
from provenance.digest import Digest, canonical_json

Clause = TypeVar("Clause", Grant, Prohibition)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRules:
    """One facet of an asset that needs a grant here, the grants that name it, and the others on the same asset.

    The grants are in the order in which they are cited: by id, and counsel's overrides last. `single` is the grant
    where there is just one, it is plain, and nothing is to be minded about the `person`.
    """

    claim: FacetClaim
    person: PersonFacts
    rules: tuple[GrantRule, ...]
    others: tuple[GrantRule, ...]
    single: GrantRule | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Everything the library holds about one asset version; `digest` changes when any of it does.

    `sound`: verified, in use, with facets that somebody stands behind, so nothing about the asset itself denies.
    `overrides` are counsel's that select it; `unproven` says what a synthetic performer in it lacks.
    """

    uri: str
    facts: AssetFacts
    claims: tuple[ClaimRules, ...]
    facets: frozenset[Facet]
    prohibitions: tuple[ProhibitionRule, ...]
    overrides: tuple[GrantRule, ...]
    sound: bool
    unproven: tuple[tuple[FacetClaim, str], ...]
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
        self.parties = {party.id: party for party in world.parties}
        self.synthetics = {one.subject: one for one in world.synthetics}
        self.rulepacks = {pack.name: pack for pack in world.rulepacks}
        self.settings_seen = agreements.seen_by_terms(world.settings_seen)
        for medium in sorted({medium for pack in world.rulepacks for medium in pack.media}):
            vocabulary.slot_of(medium)  # before any clause is read, so that "every medium" includes it
        self.overridden = any(filed.license.kind is LicenseKind.COUNSEL_OVERRIDE for filed in world.licenses)
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
        self._strikes: list[tuple[FiledLicense, Prohibition]] = []
        self._grants: _Selections[Grant] = _Selections()
        self._prohibitions: _Selections[Prohibition] = _Selections()
        for filed in world.licenses:
            for grant in filed.license.grants:
                self._grants.add(grant.selector, filed, grant)
            for prohibition in filed.license.prohibitions:
                self._prohibitions.add(prohibition.selector, filed, prohibition)
                if prohibition.selector.replicas:
                    self._strikes.append((filed, prohibition))
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
        # By value, not by id: no clause may hide behind another that carries its name, nor a live one behind a draft.
        bans = {(ban.id, filed.digest, ban): filed for filed, ban in self._prohibitions.of(version) if speaks(filed)}
        struck = (one for one in self._strikes if speaks(one[0]) and _struck(one[1], rules))
        bans |= {(ban.id, filed.digest, ban): filed for filed, ban in struck}
        prohibitions = tuple(
            rule for key in sorted(bans, key=lambda key: key[:2]) for rule in prohibition_rules(bans[key], key[2])
        )
        prohibitions += agreements.on_outputs(version, self.world.agreements)
        carried = tuple(claim for claim in version.facets if not self._released(claim))
        needed = [claim for claim in carried if claim.inherited_from is None]
        needed += synthetic.likenesses(needed, self.synthetics)
        unanswered = tuple(c for c in needed if c.status is FacetStatus.DECLARED and not c.by)
        broken = tuple(c for c in version.facets if c.inherited_from is not None and not self._carries(c))
        unproven = synthetic.unproven(needed, self.synthetics, self.people)
        in_order = facts.integrity is Integrity.VERIFIED and version.status is AssetStatus.ACTIVE
        return Holding(
            uri=version.pinned,
            facts=facts,
            claims=tuple(self._claim_rules(claim, rules) for claim in sorted(set(needed), key=_claim_order)),
            facets=frozenset(claim.facet for claim in (*carried, *needed)),
            prohibitions=prohibitions,
            overrides=tuple(rule for rule in rules if rule.override and not rule.fault),
            sound=in_order and bool(version.facets) and not (unanswered or broken or unproven),
            unproven=unproven,
            unanswered=unanswered,
            broken=broken,
            digest=self._digest_of(facts, rules, prohibitions),
        )

    def _released(self, claim: FacetClaim) -> bool:
        """Only counsel can say that a facet is not in an asset; anybody else's word leaves it there."""
        return claim.status is FacetStatus.RELEASED and authority.is_counsel(self.people.get(claim.by))

    def _claim_rules(self, claim: FacetClaim, rules: tuple[GrantRule, ...]) -> ClaimRules:
        def names(rule: GrantRule) -> bool:
            subjects = rule.grant.selector.subjects
            return claim.facet in rule.facets and (not subjects or claim.subject in subjects)

        naming = tuple(sorted(filter(names, rules), key=lambda rule: (rule.override, rule.id)))
        consents = [rule.filed.license.consent for rule in naming if rule.filed.license.consent is not None]
        person = authority.person_of(claim, self.parties, consents)
        plain = len(naming) == 1 and naming[0].plain and person is NOBODY
        plain = plain and not authority.unfit(naming[0].filed.license, claim.facet, person, NEVER)
        return ClaimRules(
            claim=claim,
            person=person,
            rules=naming,
            others=tuple(rule for rule in rules if not names(rule)),
            single=naming[0] if plain else None,
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
        named = known.rulepacks if known is not None else ()
        terms = sorted(self.agreements.get(recipient, ()), key=lambda a: a.id)
        bound = [self.rulepacks[name] for name in sorted(set(named)) if name in self.rulepacks]
        asks = [duty.id for pack in bound for entry in pack.entries for duty in entry.duties]
        seen = (one for a in terms for one in self.settings_seen.get(a.id, ()))
        facts = {
            "production": known and [known.id, known.commercial],
            "registered": [to_plain(r) for r in registered if r],
            "agreements": [to_plain(a) for a in terms],
            "person": person and [person.id, to_plain(person.revoked_at)],
            "confirmed": sorted(set(self.world.confirmed)),
            "rulepacks": [to_plain(pack) for pack in bound],
            "named": sorted(set(named)),
            "answers": [to_plain(f) for duty in asks for f in self._answers(duty)],
            "seen": [to_plain(one) for one in sorted(seen, key=lambda one: (one.agreement, one.setting, one.at))],
        }
        return hashlib.sha256(canonical_json(facts)).digest()

    def _answers(self, duty: str) -> list[DutyFulfilment]:
        held = [f for (id_, _), told in self.fulfilments.items() if id_ == duty for f in told]
        return sorted(held, key=lambda f: (f.scope, f.at, f.state, f.by))

    def _carries(self, claim: FacetClaim) -> bool:
        source = self.assets.get(claim.inherited_from) if claim.inherited_from else None
        if source is None:
            return False
        return any((c.facet, c.subject) == (claim.facet, claim.subject) for c in source.version.facets)

    def _rule(self, filed: FiledLicense, grant: Grant) -> GrantRule:
        if (known := self._rules.get(grant.id)) is None:
            known = self._rules[grant.id] = grant_rule(filed, grant, self.people, self.parties)
        return known

    def _people_around(self, version: AssetVersion, rules: tuple[GrantRule, ...]) -> list[Any]:
        """What is on file about the people of the facets, those who license them, and those who released or signed."""
        ids = {claim.subject for claim in version.facets} | {rule.filed.license.licensor.party for rule in rules}
        made_up = [self.synthetics[id_] for id_ in sorted(ids & self.synthetics.keys())]
        signers = {claim.by for claim in version.facets} | {one.approved_by for one in made_up}
        for rule in rules:
            signers |= {rule.filed.activated_by, rule.filed.second_signer} if rule.override else set()
        return [
            [to_plain(self.parties[id_]) for id_ in sorted(ids & self.parties.keys())],
            [to_plain(one) for one in made_up],
            [[id_, sorted(self.people[id_].roles)] for id_ in sorted(signers & self.people.keys())],
        ]

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
            "parties": self._people_around(version, rules),
            "terms": sorted({b.filed.digest + b.id for b in prohibitions if b.filed.digest}),
        }
        return hashlib.sha256(canonical_json(document)).digest()


def prepared(world: World) -> RightsIndex:
    """The index of `world`, built on first use."""
    index = world.prepared.get("rights")
    if index is None:
        index = world.prepared["rights"] = RightsIndex(world)
    assert isinstance(index, RightsIndex)
    return index


def _struck(ban: Prohibition, rules: tuple[GrantRule, ...]) -> bool:
    return authority.struck(ban.selector, (rule.filed.license for rule in rules))


def _claim_order(claim: FacetClaim) -> tuple[Any, ...]:
    return (claim.facet.value, claim.subject, claim.status.value, claim.by)


def _standing(filed: FiledLicense) -> str:
    times = [instant(t) if t else "" for t in (filed.revoked_at, filed.superseded_at)]
    signed = (str(filed.activated), filed.activated_by, filed.second_signer)
    return "|".join((filed.license.id, filed.digest, filed.status.value, *signed, *times))
