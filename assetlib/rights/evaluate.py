"""May this be done? One pure function from the facts of the world and a question to a decision.

Each facet of every asset in the closure needs, for every atom (action × territory × medium), ONE grant that
covers all dimensions; a prohibition need only touch. All findings are collected, never just the first, and
the worst decides: deny before needs approval before allow.

    decision = evaluate(world, question)
    decision.outcome, decision.findings, decision.repairs
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter

from assetlib.model.asset import AssetStatus, Facet
from assetlib.model.license import DutyWhen
from assetlib.model.world import FulfilmentState, Integrity, World
from assetlib.rights import cover, explain, minors, packs, prohibiting, territory, vocabulary, wording
from assetlib.rights.asked import Asked, prepare
from assetlib.rights.authority import FOREVER
from assetlib.rights.clearing import ALL_ATOMS, clear
from assetlib.rights.duties import obligation
from assetlib.rights.gaps import Awaited, Gap, Miss
from assetlib.rights.index import Holding, RightsIndex, prepared
from assetlib.rights.reasons import awaits, no_grants
from assetlib.rights.repairs import repairs
from assetlib.rights.rules import GrantRule, ProhibitionRule
from provenance.decision import PERPETUAL, Decision, Finding, Obligation, Outcome, Question, instant
from provenance.digest import Digest

EVALUATOR = "1.1.0"
_LASTS = attrgetter("lasts")
_ENDS = attrgetter("closes")


def evaluate(world: World, question: Question) -> Decision:
    """The answer to `question` in `world`; raises ValueError only for times without a zone."""
    index = prepared(world)
    asked = prepare(index, question)
    findings = asked.findings
    told: dict[str, Gap | GrantRule | ProhibitionRule] = {}
    misses: list[Miss] = []
    awaited: list[Awaited] = []
    relied: dict[str, GrantRule] = {}
    envelope = last = ALL_ATOMS
    lifted: prohibiting.Lifted = {}
    restricted: list[Holding] = []
    closure = sorted(frozenset[Digest]().union(*map(index.closure, asked.references)))
    holdings, unknown = index.holdings(closure)
    findings += [_deny("unknown-asset", explain.missing_ancestor(digest), asset=digest) for digest in unknown]
    plain = cover.plainly if asked.plain else None
    for holding in holdings:
        if not holding.sound:
            findings += _condition(holding, asked)
        if holding.prohibitions or asked.bound:
            restricted.append(holding)
            for finding, rule in prohibiting.met(holding, asked, index, lifted):
                findings.append(finding)
                told[finding.sentence] = rule
        for claim in holding.claims:
            single = claim.single
            if single is not None and plain is not None and plain(single, asked):
                relied[single.id] = single
                if single.reach is not last:  # equal reaches are one object, and most are equal
                    last = single.reach
                    envelope &= last
            else:
                cleared = clear(claim, holding, asked, index)
                findings += cleared.findings
                misses += cleared.misses
                awaited += cleared.awaited
                relied |= cleared.relied
                envelope &= cleared.atoms
    if misses or awaited:
        for found, about in (no_grants(misses, index, asked), awaits(awaited, index, asked)):
            findings += found
            told |= about
    if asked.bound or asked.content:
        findings += _of_the_whole(holdings, asked, index)
    if lifted:
        relied |= {override.id: override for override in lifted.values()}
    outcome = _worst(findings) if findings else Outcome.ALLOW
    allowed = outcome is Outcome.ALLOW
    ordered = tuple(sorted(findings, key=_finding_order)) if findings else ()
    return Decision(
        outcome=outcome,
        question=question,
        evaluator=EVALUATOR,
        world_digest=_slice_digest(index, asked, holdings, unknown),
        decided_at=question.now,
        findings=ordered,
        repairs=repairs(ordered, told, index, asked) if ordered else (),
        cited=tuple(sorted(relied)) if allowed else (),
        owed=_obligations(relied, holdings, asked) if allowed else (),
        envelope=_envelope(envelope, restricted, relied, lifted, asked) if allowed else None,
        added_actions=asked.added,
        closure=tuple(closure),
        facet_count=sum([len(holding.claims) for holding in holdings]),
        rulepacks=_versions(asked) if asked.packs else (),
        unconfirmed=_unconfirmed(asked, world.confirmed),
        overrides=_overrides(relied) if allowed and index.overridden else (),
    )


def _worst(findings: Iterable[Finding]) -> Outcome:
    return max((finding.outcome for finding in findings), key=lambda o: o.rank)


def _condition(holding: Holding, asked: Asked) -> list[Finding]:
    """Findings about the asset itself: bytes, retirement, and whether anybody said whose it is."""
    facts, uri, found = holding.facts, holding.uri, []
    asked_for = facts.version.digest in asked.references
    if facts.integrity is Integrity.FAILED or (asked_for and facts.integrity is not Integrity.VERIFIED):
        sentence = explain.integrity(uri, facts.integrity.value, facts.integrity_note)
        found.append(_deny("integrity", sentence, asset=uri))
    if asked_for and facts.version.status is AssetStatus.RETIRED:
        found.append(_deny("retired", explain.retired(uri), asset=uri))
    if not facts.version.facets or holding.unanswered:
        found.append(_deny("no-rights-record", explain.no_record(uri, holding.unanswered), asset=uri))
    for claim, lacking in holding.unproven:
        sentence = explain.synthetic_performer(uri, claim.subject, lacking)
        found.append(_deny("synthetic-performer", sentence, asset=uri, facet=claim.facet.value))
    for claim in holding.broken:
        sentence = explain.broken_lineage(uri, claim)
        found.append(_deny("broken-lineage", sentence, asset=uri, facet=claim.facet.value))
    return found


def _of_the_whole(holdings: list[Holding], asked: Asked, index: RightsIndex) -> list[Finding]:
    """Findings about the use, not one asset: what no shot may show, and what rule packs ask for before it."""
    found = list(minors.shown(asked))
    for bound, duty in packs.duties(asked.bound, _facets(holdings), DutyWhen.PRE):
        if cover.state_of(duty, asked, index) is FulfilmentState.FULFILLED:
            continue
        refused = cover.state_of(duty, asked, index) is FulfilmentState.REFUSED
        can_be_given = duty.kind.can_still_be_given and not refused
        found.append(
            Finding(
                code="rule-asks",
                outcome=Outcome.NEEDS_APPROVAL if can_be_given else Outcome.DENY,
                sentence=explain.rule_asks(bound.pack.name, bound.entry, duty),
                license=bound.pack.name,
                clause=bound.entry.id,
            )
        )
    return found


def _facets(holdings: list[Holding]) -> frozenset[Facet]:
    return frozenset[Facet]().union(*(holding.facets for holding in holdings))


def _versions(asked: Asked) -> tuple[str, ...]:
    return tuple(pack.version for pack in asked.packs)


def _unconfirmed(asked: Asked, confirmed: tuple[str, ...]) -> tuple[str, ...]:
    """The vocabulary and the packs that no lawyer has confirmed."""
    packs_too = tuple(version for version in _versions(asked) if version not in confirmed) if asked.packs else ()
    return packs_too if vocabulary.VOCABULARY in confirmed else (vocabulary.VOCABULARY, *packs_too)


def _overrides(relied: dict[str, GrantRule]) -> tuple[str, ...]:
    return tuple(sorted(id_ for id_, rule in relied.items() if rule.override))


def _envelope(
    atoms: int, restricted: list[Holding], relied: dict[str, GrantRule], lifted: prohibiting.Lifted, asked: Asked
) -> tuple[tuple[str, str], ...]:
    for holding in restricted:
        atoms &= ~prohibiting.closed_atoms(holding, asked, lifted)
    lines = list(_by_medium(atoms, _media(asked) if asked.packs else vocabulary.MEDIA))
    until = min(map(_LASTS, relied.values()), default=FOREVER)
    lines.append(("until", PERPETUAL if until == FOREVER else _instant(until)))
    stops = min(map(_ENDS, relied.values()), default=FOREVER)
    if stops != FOREVER:
        lines.append(("generate_until", _instant(stops)))
    if until != FOREVER:
        lines.append(("weakest", min([id_ for id_, rule in relied.items() if rule.lasts == until])))
    return tuple(lines)


def _media(asked: Asked) -> tuple[str, ...]:
    added = {medium for pack in asked.packs for medium in pack.media}
    return (*vocabulary.MEDIA, *sorted(added - set(vocabulary.MEDIA)))


@lru_cache(maxsize=1024)
def _instant(seconds: float) -> str:
    return instant(datetime.fromtimestamp(seconds, UTC))


@lru_cache(maxsize=1024)
def _by_medium(atoms: int, media: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    held = ((medium, territory.of_medium(atoms, medium)) for medium in media)
    return tuple((medium, territory.describe(places)) for medium, places in held if places)


def _obligations(relied: dict[str, GrantRule], holdings: list[Holding], asked: Asked) -> tuple[Obligation, ...]:
    """What the output owes: duties of grants and rule packs, the described use, the provider's restrictions."""
    owed: dict[tuple[str, str], Obligation] = {}
    for id_, rule in sorted((id_, rule) for id_, rule in relied.items() if rule.owes):
        for duty in rule.grant.duties:
            if duty.when is DutyWhen.POST:
                owed.setdefault((duty.kind.value, duty.what), obligation(duty, id_, asked.question))
        described = rule.grant.use_description
        if described:
            one = Obligation(kind="described_use", what=described, clause=id_)
            owed.setdefault((one.kind, one.what), one)
    if asked.bound:
        for bound, duty in packs.duties(asked.bound, _facets(holdings), DutyWhen.POST):
            owed.setdefault((duty.kind.value, duty.what), obligation(duty, bound.entry.id, asked.question))
    for ban in asked.agreement.output_restrictions if asked.agreement is not None else ():
        what = f"{ban.id}: no {wording.listed(ban.actions, 'or') or 'use'}"
        owed["output_restriction", what] = Obligation(kind="output_restriction", what=what)
    return tuple(owed.values())


def _slice_digest(index: RightsIndex, asked: Asked, holdings: list[Holding], unknown: list[Digest]) -> Digest:
    """Digest of the facts this decision rests on: facts about other assets do not move it."""
    held = [holding.digest for holding in holdings] + [digest.encode() for digest in unknown]
    held.append(index.surroundings(asked.production, asked.recipient))
    return Digest("sha256:" + hashlib.sha256(b"".join(held)).hexdigest())


def _finding_order(finding: Finding) -> tuple[object, ...]:
    return (
        -finding.outcome.rank,
        finding.asset is not None,  # what is wrong with the question comes before what that does to each asset
        finding.code,
        finding.asset or "",
        finding.facet or "",
        finding.action or "",
        finding.atom,
        finding.license or "",
        finding.clause or "",
        finding.sentence,
    )


def _deny(code: str, sentence: str, *, asset: str | None = None, facet: str | None = None) -> Finding:
    return Finding(code=code, outcome=Outcome.DENY, sentence=sentence, asset=asset, facet=facet)
