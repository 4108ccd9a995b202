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
from functools import lru_cache

from assetlib.model.asset import AssetStatus
from assetlib.model.license import DutyWhen, ProhibitionClass
from assetlib.model.world import Integrity, World
from assetlib.rights import cover, explain, territory, vocabulary
from assetlib.rights.asked import Asked, prepare
from assetlib.rights.index import ClaimRules, GrantRule, Holding, ProhibitionRule, RightsIndex, prepared
from assetlib.rights.repairs import repairs
from provenance.decision import PERPETUAL, Decision, Finding, NearestGrant, Outcome, Question, instant
from provenance.digest import Digest

EVALUATOR = "1.0.0"
_NEAREST = 3
_PROVIDER_ONLY = frozenset({"retention", "region"})


def evaluate(world: World, question: Question) -> Decision:
    """The answer to `question` in `world`; raises ValueError only for times without a zone."""
    index = prepared(world)
    asked = prepare(index, question)
    findings = asked.findings
    relied: dict[str, GrantRule] = {}
    envelope = _ALL_ATOMS
    closure = sorted(frozenset[Digest]().union(*map(index.closure, asked.references)))
    facets = 0
    for digest in closure:
        if digest not in index.assets:
            findings.append(_deny("unknown-asset", explain.missing_ancestor(digest), asset=digest))
            continue
        holding = index.holding(digest)
        facets += len(holding.claims)
        findings += _condition(holding, asked)
        for rule in holding.prohibitions:
            findings += _prohibited(rule, holding, asked)
        for claim in holding.claims:
            envelope &= _covered(claim, holding, asked, index, findings, relied)
    outcome = _worst(findings)
    allowed = outcome is Outcome.ALLOW
    ordered = tuple(sorted(findings, key=_finding_order)) if findings else ()
    return Decision(
        outcome=outcome,
        question=question,
        evaluator=EVALUATOR,
        world_digest=_slice_digest(index, asked, closure),
        decided_at=question.now,
        findings=ordered,
        repairs=repairs(ordered, index, asked) if ordered else (),
        cited=tuple(sorted(relied)) if allowed else (),
        obligations=_obligations(relied, asked) if allowed else (),
        envelope=_envelope(envelope, closure, relied, asked, index) if allowed else None,
        added_actions=asked.added,
        closure=tuple(closure),
        facet_count=facets,
        unconfirmed=() if vocabulary.VOCABULARY in world.confirmed else (vocabulary.VOCABULARY,),
    )


def _worst(findings: Iterable[Finding]) -> Outcome:
    return max((finding.outcome for finding in findings), key=lambda o: o.rank, default=Outcome.ALLOW)


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
    ban = rule.prohibition
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
                sentence=explain.undeclared_content(holding.uri, rule.id, unsaid),
                asset=holding.uri,
                license=rule.filed.license.id,
                clause=ban.clause,
            )
        ]
    document = rule.filed.license.document
    protected = ban.severity is ProhibitionClass.PROTECTED
    return [
        Finding(
            code="prohibited",
            outcome=Outcome.DENY,
            sentence=explain.prohibited(holding.uri, action, rule.id, declared, protected),
            asset=holding.uri,
            action=action,
            license=rule.filed.license.id,
            clause=ban.clause,
            document=None if document is None else document.digest,
        )
        for action in asked.actions
        if rule.actions & vocabulary.ACTION_BIT[action]
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


def _covered(
    claim: ClaimRules,
    holding: Holding,
    asked: Asked,
    index: RightsIndex,
    findings: list[Finding],
    relied: dict[str, GrantRule],
) -> int:
    """Find the grants for one facet, note what is missing, and return the atoms cleared beyond what was asked."""
    asset = holding.facts.version.digest
    if asked.to_provider and asked.agreement is not None and cover.facets_of_people(claim):
        findings += _people(claim, holding, asked)
    usable: list[tuple[GrantRule, int]] = []
    conditional: list[tuple[GrantRule, int]] = []
    for rule in claim.rules:
        if cover.lacks(rule, asked, index, asset):
            continue
        given = cover.open_actions(rule, asked, index, asset)
        if given:
            owed = cover.pending(rule, asked, index)
            if owed is cover.NOTHING_PENDING or not (owed.unmet or owed.approvals):
                usable.append((rule, given))
            elif not owed.unmet:
                conditional.append((rule, given))
    if usable and usable[0][1] == asked.action_mask and usable[0][0].reach & asked.cover == asked.cover:
        relied[usable[0][0].id] = usable[0][0]  # one grant for everything: the common case
    else:
        _by_atom(claim, holding, asked, index, usable, conditional, findings, relied)
    return _cleared(usable, asked)


def _by_atom(
    claim: ClaimRules,
    holding: Holding,
    asked: Asked,
    index: RightsIndex,
    usable: list[tuple[GrantRule, int]],
    conditional: list[tuple[GrantRule, int]],
    findings: list[Finding],
    relied: dict[str, GrantRule],
) -> None:
    awaited: dict[str, GrantRule] = {}
    for action in asked.actions:
        left = _take(asked.cover, vocabulary.ACTION_BIT[action], usable, relied)
        still = _take(left, vocabulary.ACTION_BIT[action], conditional, awaited) if left else 0
        for medium in asked.media if still else ():
            for where in asked.territories:
                if territory.of_medium(still, medium) & territory.cover_mask(where):
                    findings.append(_no_grant(claim, holding, asked, index, action, where, medium))
    for rule in awaited.values():
        findings.append(_awaits(rule, claim, holding, asked, index))


def _take(left: int, action: int, grants: list[tuple[GrantRule, int]], chosen: dict[str, GrantRule]) -> int:
    """Cover what is left with grants in the order of their ids, note those that help, return what remains."""
    for rule, given in grants:
        if given & action and rule.reach & left:
            chosen[rule.id] = rule
            left &= ~rule.reach
        if not left:
            break
    return left


def _awaits(rule: GrantRule, claim: ClaimRules, holding: Holding, asked: Asked, index: RightsIndex) -> Finding:
    duties = cover.pending(rule, asked, index).approvals
    return Finding(
        code="share-alike" if all(d.id.endswith("/share-alike") for d in duties) else "needs-approval",
        outcome=Outcome.NEEDS_APPROVAL,
        sentence=explain.awaits(holding.uri, claim.claim, rule.id, duties),
        asset=holding.uri,
        facet=claim.claim.facet.value,
        license=rule.filed.license.id,
        clause=rule.grant.clause,
    )


def _no_grant(
    claim: ClaimRules, holding: Holding, asked: Asked, index: RightsIndex, action: str, where: str, medium: str
) -> Finding:
    asset = holding.facts.version.digest
    near = [(cover.misses(r, action, where, medium, asked, index, asset), r.id) for r in claim.rules]
    near += [(["facet", *cover.misses(r, action, where, medium, asked, index, asset)], r.id) for r in claim.others]
    near.sort(key=lambda miss: (len(miss[0]), miss[1]))
    nearest = tuple(NearestGrant(grant=id_, missing=tuple(missing)) for missing, id_ in near[:_NEAREST])
    only = nearest[0].missing if nearest else ()
    return Finding(
        code=only[0] if len(only) == 1 and only[0] in _PROVIDER_ONLY else "no-grant",
        outcome=Outcome.DENY,
        sentence=explain.no_grant(holding.uri, claim.claim, action, where, medium, nearest),
        asset=holding.uri,
        facet=claim.claim.facet.value,
        atom=(("action", action), ("territory", where), ("media", medium)),
        nearest=nearest,
    )


def _people(claim: ClaimRules, holding: Holding, asked: Asked) -> list[Finding]:
    """A face or voice sent to a provider is personal data; terms that do not allow it do not."""
    terms, facet, found = asked.agreement, claim.claim.facet.value, []
    assert terms is not None
    biometric = facet != "performance"
    for what, allowed in (
        ("personal data", terms.personal_data_allowed),
        ("biometric data", terms.biometric_allowed or not biometric),
    ):
        if not allowed:
            sentence = explain.personal_data(terms.id, holding.uri, facet, what)
            found.append(_deny("personal-data", sentence, asset=holding.uri, facet=facet))
    return found


def _cleared(usable: list[tuple[GrantRule, int]], asked: Asked) -> int:
    """Atoms that the usable grants give for every asked action, also beyond the asked ones."""
    if len(usable) == 1:
        return usable[0][0].reach if usable[0][1] == asked.action_mask else 0
    cleared = _ALL_ATOMS
    for action in asked.actions:
        reach = 0
        for rule, given in usable:
            if given & vocabulary.ACTION_BIT[action]:
                reach |= rule.reach
        cleared &= reach
    return cleared


def _envelope(
    atoms: int, closure: list[Digest], relied: dict[str, GrantRule], asked: Asked, index: RightsIndex
) -> tuple[tuple[str, str], ...]:
    for holding in map(index.holding, closure):
        for rule in holding.prohibitions:
            if _shows(rule, asked) and _concerns(rule, holding, asked):
                atoms &= ~rule.reach
    lines = list(_by_medium(atoms))
    ends = [rule.grant.exploit_until for rule in relied.values() if rule.grant.exploit_until is not None]
    lines.append(("until", instant(min(ends)) if ends else PERPETUAL))
    stops = [rule.grant.generate_until for rule in relied.values() if rule.grant.generate_until is not None]
    if stops:
        lines.append(("generate_until", instant(min(stops))))
    return tuple(lines)


@lru_cache(maxsize=1024)
def _by_medium(atoms: int) -> tuple[tuple[str, str], ...]:
    held = ((medium, territory.of_medium(atoms, medium)) for medium in vocabulary.MEDIA)
    return tuple((medium, territory.describe(places)) for medium, places in held if places)


def _obligations(relied: dict[str, GrantRule], asked: Asked) -> tuple[tuple[str, str], ...]:
    """What the output owes: the cited grants' duties afterwards, their described use, the provider's restrictions."""
    owed: dict[tuple[str, str], None] = {}
    for _, rule in sorted(relied.items()):
        for duty in rule.grant.duties:
            if duty.when is DutyWhen.POST:
                owed[duty.kind.value, duty.what] = None
        if rule.grant.use_description:
            owed["described_use", rule.grant.use_description] = None
    for ban in asked.agreement.output_restrictions if asked.agreement is not None else ():
        owed["output_restriction", f"{ban.id}: no {explain.listed(ban.actions, 'or') or 'use'}"] = None
    return tuple(owed)


def _slice_digest(index: RightsIndex, asked: Asked, closure: list[Digest]) -> Digest:
    """Digest of the facts this decision rests on: facts about other assets do not move it."""
    hasher = hashlib.sha256()
    for digest in closure:
        hasher.update(index.holding(digest).digest if digest in index.assets else digest.encode())
    hasher.update(index.surroundings(asked.production, asked.recipient))
    return Digest("sha256:" + hasher.hexdigest())


def _finding_order(finding: Finding) -> tuple[object, ...]:
    return (
        -finding.outcome.rank,
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


_ALL_ATOMS = territory.spread(territory.EVERYWHERE, vocabulary.MEDIA)
