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
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from assetlib.model.asset import AssetVersion, Facet, FacetClaim, FacetStatus
from assetlib.model.license import (
    Duty,
    DutyKind,
    DutyWhen,
    Grant,
    LicenseKind,
    LicenseStatus,
    Prohibition,
    ProviderAgreement,
    RevocationEffect,
    Selector,
    SurvivalKind,
)
from assetlib.model.party import Role
from assetlib.model.plain import to_plain
from assetlib.model.world import AssetFacts, CapUse, DutyFulfilment, FiledLicense, Recipient, World
from assetlib.rights import territory, vocabulary
from provenance.decision import instant
from provenance.digest import Digest, canonical_json

Clause = TypeVar("Clause", Grant, Prohibition)

ANY = "*"  # in productions and recipients only: an open license names nobody
NEVER = float("-inf")
FOREVER = float("inf")
COUNSEL = Role.COUNSEL.value
_SILENT = (LicenseStatus.PROPOSED, LicenseStatus.DRAFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRule:
    """A grant with its dimensions as sets and bits, and times as POSIX seconds. `fault`: why it covers nothing."""

    id: str
    grant: Grant
    filed: FiledLicense
    facets: frozenset[Facet]
    actions: int
    purposes: int
    productions: frozenset[str]
    territories: int
    media: frozenset[str]
    reach: int
    recipients: frozenset[str]
    starts: float
    ends: float
    survives_until: float
    exploit_until: float
    revoked_at: float
    superseded_at: float
    outlives_revocation: bool
    scenes: frozenset[str] | None
    before: tuple[Duty, ...]
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProhibitionRule:
    """A prohibition with its dimensions as sets and bits; an empty set means any."""

    id: str
    prohibition: Prohibition
    filed: FiledLicense
    facets: frozenset[Facet]
    actions: int
    purposes: int
    productions: frozenset[str]
    reach: int
    recipients: frozenset[str]
    scenes: frozenset[str]
    starts: float
    ends: float
    superseded_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRules:
    """One facet of an asset that needs a grant here, the grants that name it, and the others on the same asset."""

    claim: FacetClaim
    rules: tuple[GrantRule, ...]
    others: tuple[GrantRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Everything the library holds about one asset version; `digest` changes when any of it does."""

    uri: str
    facts: AssetFacts
    claims: tuple[ClaimRules, ...]
    facets: frozenset[Facet]
    prohibitions: tuple[ProhibitionRule, ...]
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
        bans = {ban.id: (filed, ban) for filed, ban in self._prohibitions.of(version)}
        prohibitions = tuple(_prohibition_rule(*bans[id_]) for id_ in sorted(bans) if _speaks(bans[id_][0]))
        needed = [c for c in version.facets if c.status is not FacetStatus.RELEASED and c.inherited_from is None]
        return Holding(
            uri=version.pinned,
            facts=facts,
            claims=tuple(_claim_rules(claim, rules) for claim in sorted(set(needed), key=_claim_order)),
            facets=frozenset(claim.facet for claim in version.facets if claim.status is not FacetStatus.RELEASED),
            prohibitions=prohibitions,
            unanswered=tuple(c for c in needed if c.status is FacetStatus.DECLARED and not c.by),
            broken=tuple(c for c in version.facets if c.inherited_from is not None and not self._carries(c)),
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
            known = self._rules[grant.id] = _grant_rule(filed, grant)
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


def expand_scenes(scenes: Iterable[str]) -> frozenset[str]:
    """``("12-14", "20A")`` is scenes 12, 13, 14 and 20A."""
    found: set[str] = set()
    for scene in scenes:
        first, dash, last = scene.partition("-")
        if dash and first.strip().isdecimal() and last.strip().isdecimal():
            found |= {str(n) for n in range(int(first), int(last) + 1)}
        else:
            found.add(scene.strip())
    return frozenset(found)


def _speaks(filed: FiledLicense) -> bool:
    """Whether its prohibitions hold: those of a draft do not; a signal found in a file does without activation."""
    return filed.status not in _SILENT or filed.license.kind is LicenseKind.EMBEDDED_SIGNAL


def _grant_rule(filed: FiledLicense, grant: Grant) -> GrantRule:
    territories = territory.mask_of(grant.territories)
    ends = _seconds(grant.generate_until, FOREVER)
    return GrantRule(
        id=grant.id,
        grant=grant,
        filed=filed,
        facets=frozenset(grant.facets),
        actions=vocabulary.action_mask(vocabulary.actions_granted(grant.actions)),
        purposes=vocabulary.purpose_mask(grant.purposes),
        productions=frozenset(grant.productions),
        territories=territories,
        media=frozenset(grant.media),
        reach=territory.spread(territories, grant.media),
        recipients=frozenset(grant.recipients),
        starts=_seconds(grant.generate_from, NEVER),
        ends=ends,
        survives_until=_survives_until(grant),
        exploit_until=_seconds(grant.exploit_until, FOREVER),
        revoked_at=min(_seconds(grant.revoked_at, FOREVER), _seconds(filed.revoked_at, FOREVER)),
        superseded_at=_seconds(filed.superseded_at, FOREVER),
        outlives_revocation=filed.license.on_revocation.effect is RevocationEffect.PROSPECTIVE,
        scenes=expand_scenes(grant.scenes) if grant.scenes else None,
        before=tuple(_before(grant)),
        fault=_fault(filed),
    )


def _before(grant: Grant) -> Iterable[Duty]:
    yield from (duty for duty in grant.duties if duty.when is DutyWhen.PRE)
    if grant.share_alike:
        yield share_alike_duty(grant)


def share_alike_duty(grant: Grant) -> Duty:
    """Share-alike binds what is made from it, so counsel decides: an approval owed before any use."""
    return Duty(
        id=f"{grant.id}/share-alike",
        when=DutyWhen.PRE,
        kind=DutyKind.APPROVAL,
        what="release under the same license",
        by=COUNSEL,
    )


def _fault(filed: FiledLicense) -> str:
    if not filed.license.kind.grants:
        return "license kind"
    if filed.status is LicenseStatus.REVOKED and filed.revoked_at is None:
        return "license status"
    if filed.status not in (LicenseStatus.ACTIVE, LicenseStatus.REVOKED):
        return "license status"
    return "" if filed.activated else "activation"


def _survives_until(grant: Grant) -> float:
    match grant.survival.kind:
        case SurvivalKind.PERPETUAL:
            return FOREVER
        case SurvivalKind.UNTIL:
            return _seconds(grant.survival.until, NEVER)
        case SurvivalKind.SELL_OFF:
            end = grant.revoked_at or grant.generate_until
            return FOREVER if end is None else (end + timedelta(days=grant.survival.days)).timestamp()
        case SurvivalKind.NONE:
            return NEVER


def _prohibition_rule(filed: FiledLicense, ban: Prohibition) -> ProhibitionRule:
    everywhere = not ban.territories.included
    # One prohibited country is enough to lose the unrestricted world.
    reach = territory.EVERYWHERE if everywhere else territory.mask_of(ban.territories) | territory.UNRESTRICTED
    return ProhibitionRule(
        id=ban.id,
        prohibition=ban,
        filed=filed,
        facets=frozenset(ban.facets),
        actions=vocabulary.action_mask(vocabulary.actions_prohibited(ban.actions)),
        purposes=vocabulary.purpose_mask(ban.purposes or tuple(vocabulary.PURPOSES)),
        productions=frozenset(ban.productions) - {ANY},
        reach=territory.spread(reach, ban.media or vocabulary.MEDIA),
        recipients=frozenset(ban.recipients) - {ANY},
        scenes=expand_scenes(ban.scenes),
        starts=_seconds(ban.from_, NEVER),
        ends=_seconds(ban.until, FOREVER),
        superseded_at=_seconds(filed.superseded_at, FOREVER),
    )


def _claim_rules(claim: FacetClaim, rules: tuple[GrantRule, ...]) -> ClaimRules:
    def names(rule: GrantRule) -> bool:
        subjects = rule.grant.selector.subjects
        return claim.facet in rule.facets and (not subjects or claim.subject in subjects)

    return ClaimRules(
        claim=claim,
        rules=tuple(rule for rule in rules if names(rule)),
        others=tuple(rule for rule in rules if not names(rule)),
    )


def _claim_order(claim: FacetClaim) -> tuple[Any, ...]:
    return (claim.facet.value, claim.subject, claim.status.value, claim.by)


def _standing(filed: FiledLicense) -> str:
    times = [instant(t) if t else "" for t in (filed.revoked_at, filed.superseded_at)]
    return "|".join((filed.license.id, filed.digest, filed.status.value, str(filed.activated), *times))


def _seconds(moment: datetime | None, absent: float) -> float:
    if moment is None:
        return absent
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment!r}")
    return moment.timestamp()
