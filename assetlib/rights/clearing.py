"""Clearing one facet of one asset: which grants cover what is asked, what somebody could still give, what is missing.

Each atom (action × territory × medium) needs one grant that covers it alone; atoms may be covered by different
grants. A grant that only waits for an approval clears nothing, but turns a refusal into a request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from assetlib.rights import cover, explain, territory, vocabulary
from assetlib.rights.asked import Asked
from assetlib.rights.index import ClaimRules, Holding, RightsIndex
from assetlib.rights.rules import GrantRule
from provenance.decision import Finding, NearestGrant, Outcome

ALL_ATOMS = territory.spread(territory.EVERYWHERE, vocabulary.MEDIA)
Given = tuple[GrantRule, int]  # a grant, and the asked actions it gives now
_NEAREST = 3
_PROVIDER_ONLY = frozenset({"retention", "region"})


@dataclass(slots=True, kw_only=True)
class Cleared:
    """What was found for one facet; `atoms` are cleared for every asked action, also beyond what was asked."""

    findings: list[Finding] = field(default_factory=list)
    relied: dict[str, GrantRule] = field(default_factory=dict)
    atoms: int = 0


def clear(claim: ClaimRules, holding: Holding, asked: Asked, index: RightsIndex) -> Cleared:
    """Find the smallest grants, by id, that cover each atom of one facet; note whatever no grant covers."""
    found = Cleared()
    if asked.to_provider and asked.agreement is not None and cover.facets_of_people(claim):
        found.findings += _people(claim, holding, asked)
    usable, conditional = _sorted_out(claim, holding, asked, index)
    awaited: dict[str, GrantRule] = {}
    missing: list[tuple[str, int]] = []
    for action in asked.actions:
        bit = vocabulary.ACTION_BIT[action]
        left = _take(asked.cover, bit, usable, found.relied)
        if left:
            missing.append((action, _take(left, bit, conditional, awaited)))
    found.findings += _no_grants(claim, holding, asked, index, missing)
    found.findings += [_awaits(rule, claim, holding, asked, index) for rule in awaited.values()]
    found.atoms = _beyond(usable, asked)
    return found


def _sorted_out(
    claim: ClaimRules, holding: Holding, asked: Asked, index: RightsIndex
) -> tuple[list[Given], list[Given]]:
    """The grants that cover now, and those that lack only an approval somebody can give."""
    asset = holding.facts.version.digest
    usable: list[Given] = []
    conditional: list[Given] = []
    for rule in claim.rules:
        if cover.lacks(rule, asked, index, asset):
            continue
        given = cover.open_actions(rule, asked, index, asset)
        if not given:
            continue
        owed = cover.pending(rule, asked, index)
        if not owed.unmet:
            (conditional if owed.approvals else usable).append((rule, given))
    return usable, conditional


def _take(left: int, action: int, grants: list[Given], chosen: dict[str, GrantRule]) -> int:
    """Cover what is left with grants in the order of their ids, note those that help, return what remains."""
    for rule, given in grants:
        if given & action and rule.reach & left:
            chosen[rule.id] = rule
            left &= ~rule.reach
            if not left:
                break
    return left


def _beyond(usable: list[Given], asked: Asked) -> int:
    """Per action the union over grants, then what all actions have in common."""
    atoms = ALL_ATOMS
    for action in asked.actions:
        reach = 0
        for rule, given in usable:
            if given & vocabulary.ACTION_BIT[action]:
                reach |= rule.reach
        atoms &= reach
    return atoms


def _no_grants(
    claim: ClaimRules, holding: Holding, asked: Asked, index: RightsIndex, missing: list[tuple[str, int]]
) -> Iterator[Finding]:
    """One finding an uncovered atom, each with the grants that miss it by the fewest dimensions."""
    asset = holding.facts.version.digest
    candidates: list[tuple[GrantRule, list[str], list[str]]] = []
    for action, left in missing:
        if not left:
            continue
        if not candidates:
            candidates = [(r, *cover.misses(r, asked, index, asset)) for r in claim.rules]
            others = [(r, *cover.misses(r, asked, index, asset)) for r in claim.others]
            candidates += [(rule, ["facet", *always], owed) for rule, always, owed in others]
        here = [
            (rule, always + cover.why_closed(rule, action, asked, index, asset), owed)
            for rule, always, owed in candidates
        ]
        for medium in asked.media:
            for where in asked.territories:
                if territory.of_medium(left, medium) & territory.cover_mask(where):
                    yield _no_grant(claim, holding, action, where, medium, here)


def _no_grant(
    claim: ClaimRules,
    holding: Holding,
    action: str,
    where: str,
    medium: str,
    candidates: list[tuple[GrantRule, list[str], list[str]]],
) -> Finding:
    near = [([*always, *cover.outside(rule, where, medium), *owed], rule.id) for rule, always, owed in candidates]
    near.sort(key=lambda miss: (len(miss[0]), miss[1]))
    nearest = tuple(NearestGrant(grant=id_, missing=tuple(lacking)) for lacking, id_ in near[:_NEAREST])
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
            found.append(
                Finding(code="personal-data", outcome=Outcome.DENY, sentence=sentence, asset=holding.uri, facet=facet)
            )
    return found
