"""Prohibitions on an asset: which touch what is asked, what a shot must declare, and which counsel has overridden.

A prohibition need only touch one asked atom. One that names content touches where the shot shows it, and asks where
the shot does not say. An override lifts it only by covering all that is asked of all that the clause is about, and
never lifts a protected clause or a legal hold.
"""

from __future__ import annotations

from collections.abc import Iterable

from assetlib.model.license import ProhibitionClass
from assetlib.rights import cover, explain, territory, vocabulary
from assetlib.rights.asked import Asked
from assetlib.rights.index import Holding, RightsIndex
from assetlib.rights.rules import GrantRule, ProhibitionRule
from provenance.decision import Finding, Outcome

Lifted = dict[tuple[str, str], GrantRule]  # by asset and prohibition, the override that lifts it


def met(holding: Holding, asked: Asked, index: RightsIndex, lifted: Lifted) -> list[tuple[Finding, ProhibitionRule]]:
    """The findings of every prohibition on the asset that touches the question; notes in `lifted` those overridden."""
    found: list[tuple[Finding, ProhibitionRule]] = []
    for rule in rules_on(holding, asked):
        findings = _touching(rule, holding, asked)
        if findings and not rule.firm and (override := _lifted(rule, holding, asked, index)) is not None:
            lifted[holding.uri, rule.id] = override
            continue
        found += [(finding, rule) for finding in findings]
    return found


def rules_on(holding: Holding, asked: Asked) -> Iterable[ProhibitionRule]:
    """The asset's own prohibitions, and those of the rule packs that bind the question."""
    yield from holding.prohibitions
    for bound in asked.bound:
        yield from bound.prohibitions


def closed_atoms(holding: Holding, asked: Asked, lifted: Lifted) -> int:
    """The atoms that prohibitions take away, also beyond what was asked; an override gives back what it reaches."""
    atoms = 0
    for rule in rules_on(holding, asked):
        if shows(rule, asked) and concerns(rule, holding, asked):
            override = lifted.get((holding.uri, rule.id))
            atoms |= rule.reach if override is None else rule.reach & ~override.reach
    return atoms


def concerns(rule: ProhibitionRule, holding: Holding, asked: Asked) -> bool:
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


def shows(rule: ProhibitionRule, asked: Asked) -> bool:
    """Whether the shot shows what the prohibition is about; one that names no content is about everything."""
    flags = rule.prohibition.content
    return not flags or any(asked.content.get(flag) == "yes" for flag in flags)


def _touching(rule: ProhibitionRule, holding: Holding, asked: Asked) -> list[Finding]:
    ban = rule.prohibition
    if not rule.reach & asked.touch or not concerns(rule, holding, asked):
        return []
    declared = [flag for flag in ban.content if asked.content.get(flag) == "yes"]
    unsaid = [flag for flag in ban.content if asked.content.get(flag) not in ("yes", "no")]
    if ban.content and not declared:
        return [_undeclared(rule, holding, unsaid)] if unsaid else []
    document = rule.filed.license.document
    touched = [action for action in asked.actions if rule.actions & vocabulary.ACTION_BIT[action]]
    sentence = _prohibits(rule, holding, touched, declared)
    return [
        Finding(
            code="prohibited",
            outcome=Outcome.DENY,
            sentence=sentence,
            asset=holding.uri,
            action=action,
            license=rule.filed.license.id,
            clause=ban.clause if rule.entry is None else rule.entry.id,
            document=None if document is None else document.digest,
        )
        for action in touched
    ]


def _undeclared(rule: ProhibitionRule, holding: Holding, unsaid: list[str]) -> Finding:
    kind = rule.filed.license.kind
    return Finding(
        code="undeclared-content",
        outcome=Outcome.NEEDS_APPROVAL,
        sentence=explain.undeclared_content(kind, rule.id, holding.uri, unsaid),
        asset=holding.uri,
        license=rule.filed.license.id,
        clause=rule.prohibition.clause if rule.entry is None else rule.entry.id,
    )


def _prohibits(rule: ProhibitionRule, holding: Holding, touched: list[str], declared: list[str]) -> str:
    protected = rule.prohibition.severity is ProhibitionClass.PROTECTED
    if rule.entry is None:
        return explain.prohibited(rule.filed.license.kind, rule.id, holding.uri, touched, declared, protected)
    return explain.rule_prohibits(rule.filed.license.id, rule.entry, holding.uri, protected)


def _lifted(rule: ProhibitionRule, holding: Holding, asked: Asked, index: RightsIndex) -> GrantRule | None:
    """The override that covers, alone, all asked atoms of every facet that the prohibition is about."""
    about = (rule.facets & holding.facets) if rule.facets else holding.facets
    wanted = asked.action_mask & rule.actions
    asset = holding.facts.version.digest
    for override in holding.overrides:
        claim = next(iter(holding.claims), None)
        if claim is None or not about <= override.facets or override.grant.selector.subjects:
            continue
        if not territory.covers(override.reach, asked.cover) or cover.lacks(override, claim, asked, index, asset):
            continue
        owed = cover.pending(override, asked, index)
        given = cover.open_actions(override, asked, index, asset)
        if given & wanted == wanted and not owed.unmet and not owed.approvals:
            return override
    return None


def _reaches(recipients: frozenset[str], asked: Asked) -> bool:
    below = asked.recipient + "/"
    return bool(recipients & asked.recipient_names) or any(name.startswith(below) for name in recipients)
