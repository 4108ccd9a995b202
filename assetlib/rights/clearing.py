"""Clearing one facet of one asset: which grants cover what is asked, what somebody could still give, what is missing.

Each atom (action × territory × medium) needs one grant that covers it alone; atoms may be covered by different
grants. A grant that only waits for an approval clears nothing, but turns a refusal into a request.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from assetlib.rights import cover, explain, minors, territory, vocabulary
from assetlib.rights.asked import Asked
from assetlib.rights.authority import BIOMETRIC, NOBODY, OF_PEOPLE
from assetlib.rights.gaps import Awaited, Miss
from assetlib.rights.index import ClaimRules, Holding, RightsIndex
from assetlib.rights.rules import GrantRule
from provenance.decision import Finding, NearestGrant, Outcome
from provenance.digest import Digest

ALL_ATOMS = -1  # every bit, also those of media that a rule pack adds
Given = tuple[GrantRule, int]  # a grant, and the asked actions it gives now
Candidate = tuple[GrantRule, list[str], list[str]]  # a grant, the dimensions it lacks, the duties owed before use
_NEAREST = 3


@dataclass(slots=True, kw_only=True)
class Cleared:
    """What was found for one facet; `atoms` are cleared for every asked action, also beyond what was asked.

    Misses and grants that await an approval become findings once those of all facets are known: what one reason
    explains is said in one sentence.
    """

    findings: list[Finding] = field(default_factory=list)
    misses: list[Miss] = field(default_factory=list)
    awaited: list[Awaited] = field(default_factory=list)
    relied: dict[str, GrantRule] = field(default_factory=dict)
    atoms: int = 0


def clear(claim: ClaimRules, holding: Holding, asked: Asked, index: RightsIndex) -> Cleared:
    """Find the smallest grants, by id, that cover each atom of one facet; note whatever no grant covers."""
    found = Cleared()
    if asked.to_provider and asked.agreement is not None and claim.claim.facet in OF_PEOPLE:
        found.findings += _people(claim, holding, asked)
    if claim.person is not NOBODY and asked.now < claim.person.minor_until:
        found.findings += minors.protected(claim, holding, asked)
    usable, conditional = _sorted_out(claim, holding, asked, index)
    awaited: dict[str, GrantRule] = {}
    missing: list[tuple[str, int]] = []
    for action in asked.actions:
        bit = vocabulary.ACTION_BIT[action]
        left = _take(asked.cover, bit, usable, found.relied)
        if left:
            missing.append((action, _take(left, bit, conditional, awaited)))
    found.misses += _misses(claim, holding, asked, index, missing)
    found.awaited += [
        Awaited(asset=holding.uri, facet=claim.claim.facet.value, grant=rule.id) for rule in awaited.values()
    ]
    on_override = any(rule.override for rule in found.relied.values())
    found.atoms = _beyond([given for given in usable if on_override or not given[0].override], asked)
    return found


def _sorted_out(
    claim: ClaimRules, holding: Holding, asked: Asked, index: RightsIndex
) -> tuple[list[Given], list[Given]]:
    """The grants that cover now, and those that lack only an approval somebody can give."""
    asset = holding.facts.version.digest
    usable: list[Given] = []
    conditional: list[Given] = []
    for rule in claim.rules:
        if cover.lacks(rule, claim, asked, index, asset):
            continue
        given = cover.open_actions(rule, asked, index, asset)
        if not given:
            continue
        owed = cover.pending(rule, asked, index)
        if not owed.unmet:
            (conditional if owed.approvals else usable).append((rule, given))
    return usable, conditional


def _take(left: int, action: int, grants: list[Given], chosen: dict[str, GrantRule]) -> int:
    """Cover what is left with grants in their order, note those that help, return what remains."""
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


def _misses(
    claim: ClaimRules, holding: Holding, asked: Asked, index: RightsIndex, missing: list[tuple[str, int]]
) -> Iterator[Miss]:
    """Each uncovered atom, with the grants that come nearest to covering it."""
    asset = holding.facts.version.digest
    candidates: list[Candidate] = []
    for action, left in missing:
        if not left:
            continue
        candidates = candidates or _candidates(claim, asked, index, asset)
        here = [
            (rule, always + cover.why_closed(rule, action, asked, index, asset), owed)
            for rule, always, owed in candidates
        ]
        for medium in asked.media:
            for where in asked.territories:
                if territory.of_medium(left, medium) & territory.cover_mask(where):
                    yield Miss(
                        asset=holding.uri,
                        facet=claim.claim.facet.value,
                        subject=claim.claim.subject,
                        action=action,
                        territory=where,
                        medium=medium,
                        nearest=_nearest(here, where, medium),
                    )


def _candidates(claim: ClaimRules, asked: Asked, index: RightsIndex, asset: Digest) -> list[Candidate]:
    """The grants of this facet and subject; only where there is none, those of other facets of the same asset."""
    if claim.rules:
        return [(rule, *cover.misses(rule, claim, asked, index, asset)) for rule in claim.rules]
    others = [(rule, *cover.misses(rule, claim, asked, index, asset)) for rule in claim.others]
    return [(rule, ["facet", *always], owed) for rule, always, owed in others]


def _nearest(candidates: list[Candidate], where: str, medium: str) -> tuple[NearestGrant, ...]:
    """Those that lack the fewest dimensions, by id; after them what has been replaced, which nobody would amend."""
    near = [([*always, *cover.outside(rule, where, medium), *owed], rule.id) for rule, always, owed in candidates]
    near.sort(key=lambda miss: ("superseded" in miss[0], len(miss[0]), miss[1]))
    return tuple(NearestGrant(grant=id_, missing=tuple(lacking)) for lacking, id_ in near[:_NEAREST])


def _people(claim: ClaimRules, holding: Holding, asked: Asked) -> list[Finding]:
    """A face or voice sent to a provider is personal data; terms that do not allow it do not."""
    terms, facet, found = asked.agreement, claim.claim.facet, []
    assert terms is not None
    for what, allowed, of in (
        ("personal data", terms.personal_data_allowed, OF_PEOPLE),
        ("biometric data", terms.biometric_allowed, BIOMETRIC),
    ):
        if not allowed and facet in of:
            carried = [f.value for f in of if f in holding.facets]
            sentence = explain.personal_data(terms.id, holding.uri, carried, what)
            found.append(
                Finding(
                    code="personal-data", outcome=Outcome.DENY, sentence=sentence, asset=holding.uri, facet=facet.value
                )
            )
    return found
