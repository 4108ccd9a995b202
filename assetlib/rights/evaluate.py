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

from assetlib.model.asset import AssetStatus
from assetlib.model.license import DutyWhen, ProhibitionClass
from assetlib.model.world import Integrity, World
from assetlib.rights import cover, explain, territory, vocabulary, wording
from assetlib.rights.asked import Asked, prepare
from assetlib.rights.clearing import ALL_ATOMS, clear
from assetlib.rights.gaps import Awaited, Gap, Miss
from assetlib.rights.index import Holding, RightsIndex, prepared
from assetlib.rights.reasons import awaits, no_grants
from assetlib.rights.repairs import repairs
from assetlib.rights.rules import FOREVER, GrantRule, ProhibitionRule
from provenance.decision import PERPETUAL, Decision, Finding, Outcome, Question, instant
from provenance.digest import Digest

EVALUATOR = "1.1.0"
_EXPLOIT_UNTIL = attrgetter("exploit_until")
_ENDS = attrgetter("ends")


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
    closure = sorted(frozenset[Digest]().union(*map(index.closure, asked.references)))
    holdings, unknown = index.holdings(closure)
    findings += [_deny("unknown-asset", explain.missing_ancestor(digest), asset=digest) for digest in unknown]
    plain = None if asked.to_provider else cover.plainly
    for holding in holdings:
        if not holding.sound:
            findings += _condition(holding, asked)
        for rule in holding.prohibitions:
            met = _prohibited(rule, holding, asked)
            findings += met
            told |= {finding.sentence: rule for finding in met}
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
        obligations=_obligations(relied, asked) if allowed else (),
        envelope=_envelope(envelope, holdings, relied, asked) if allowed else None,
        added_actions=asked.added,
        closure=tuple(closure),
        facet_count=sum(len(holding.claims) for holding in holdings),
        unconfirmed=() if vocabulary.VOCABULARY in world.confirmed else (vocabulary.VOCABULARY,),
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
    for claim in holding.broken:
        sentence = explain.broken_lineage(uri, claim)
        found.append(_deny("broken-lineage", sentence, asset=uri, facet=claim.facet.value))
    return found


def _prohibited(rule: ProhibitionRule, holding: Holding, asked: Asked) -> list[Finding]:
    ban, kind = rule.prohibition, rule.filed.license.kind
    if not rule.reach & asked.touch or not _concerns(rule, holding, asked):
        return []
    declared = [flag for flag in ban.content if asked.content.get(flag) == "yes"]
    unsaid = [flag for flag in ban.content if asked.content.get(flag) not in ("yes", "no")]
    if ban.content and not declared:
        if not unsaid:
            return []
        return [
            Finding(
                code="undeclared-content",
                outcome=Outcome.NEEDS_APPROVAL,
                sentence=explain.undeclared_content(kind, rule.id, holding.uri, unsaid),
                asset=holding.uri,
                license=rule.filed.license.id,
                clause=ban.clause,
            )
        ]
    document = rule.filed.license.document
    protected = ban.severity is ProhibitionClass.PROTECTED
    touched = [action for action in asked.actions if rule.actions & vocabulary.ACTION_BIT[action]]
    sentence = explain.prohibited(kind, rule.id, holding.uri, touched, declared, protected)
    return [
        Finding(
            code="prohibited",
            outcome=Outcome.DENY,
            sentence=sentence,
            asset=holding.uri,
            action=action,
            license=rule.filed.license.id,
            clause=ban.clause,
            document=None if document is None else document.digest,
        )
        for action in touched
    ]


def _concerns(rule: ProhibitionRule, holding: Holding, asked: Asked) -> bool:
    """Whether the prohibition meets the question in all but territory and medium; what is not said counts as met."""
    return bool(
        rule.actions & asked.action_mask
        and rule.purposes & asked.purpose
        and (not rule.productions or asked.production in rule.productions)
        and (not rule.facets or rule.facets & holding.facets)
        and (not rule.recipients or _reaches(rule.recipients, asked))
        and (not rule.scenes or not asked.scenes or rule.scenes & asked.scenes)
        and rule.starts <= asked.now < min(rule.ends, rule.superseded_at)
    )


def _shows(rule: ProhibitionRule, asked: Asked) -> bool:
    """Whether the shot shows what the prohibition is about; one that names no content is about everything."""
    flags = rule.prohibition.content
    return not flags or any(asked.content.get(flag) == "yes" for flag in flags)


def _reaches(recipients: frozenset[str], asked: Asked) -> bool:
    below = asked.recipient + "/"
    return bool(recipients & asked.recipient_names) or any(name.startswith(below) for name in recipients)


def _envelope(
    atoms: int, holdings: list[Holding], relied: dict[str, GrantRule], asked: Asked
) -> tuple[tuple[str, str], ...]:
    for holding in holdings:
        for rule in holding.prohibitions:
            if _shows(rule, asked) and _concerns(rule, holding, asked):
                atoms &= ~rule.reach
    lines = list(_by_medium(atoms))
    until = min(map(_EXPLOIT_UNTIL, relied.values()), default=FOREVER)
    lines.append(("until", PERPETUAL if until == FOREVER else _instant(until)))
    stops = min(map(_ENDS, relied.values()), default=FOREVER)
    if stops != FOREVER:
        lines.append(("generate_until", _instant(stops)))
    return tuple(lines)


@lru_cache(maxsize=1024)
def _instant(seconds: float) -> str:
    return instant(datetime.fromtimestamp(seconds, UTC))


@lru_cache(maxsize=1024)
def _by_medium(atoms: int) -> tuple[tuple[str, str], ...]:
    held = ((medium, territory.of_medium(atoms, medium)) for medium in vocabulary.MEDIA)
    return tuple((medium, territory.describe(places)) for medium, places in held if places)


def _obligations(relied: dict[str, GrantRule], asked: Asked) -> tuple[tuple[str, str], ...]:
    """What the output owes: the cited grants' duties afterwards, their described use, the provider's restrictions."""
    owed: dict[tuple[str, str], None] = {}
    for _, rule in sorted((id_, rule) for id_, rule in relied.items() if rule.owes):
        for duty in rule.grant.duties:
            if duty.when is DutyWhen.POST:
                owed[duty.kind.value, duty.what] = None
        if rule.grant.use_description:
            owed["described_use", rule.grant.use_description] = None
    for ban in asked.agreement.output_restrictions if asked.agreement is not None else ():
        owed["output_restriction", f"{ban.id}: no {wording.listed(ban.actions, 'or') or 'use'}"] = None
    return tuple(owed)


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
