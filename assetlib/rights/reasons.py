"""Why nothing covers a gap, as one sentence: what is not covered, the clause that comes nearest, what that clause says.

>>> # No grant covers the likeness of rhea (jane-doe) for previs in DE and US, for svod:
>>> # the consent LIC-2026-0004 cl. 3.1 covers scenes 1 to 3; this shot is scene 4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from types import MappingProxyType

from assetlib.model.license import Duty
from assetlib.rights import cover, explain, fields, packs, vocabulary, wording
from assetlib.rights.asked import Asked
from assetlib.rights.authority import MIN_REASON
from assetlib.rights.explain import duty_words, instrument, name_of
from assetlib.rights.gaps import Awaited, Gap, Miss, gaps, in_order
from assetlib.rights.index import RightsIndex
from assetlib.rights.rules import GrantRule
from assetlib.rights.wording import listed
from provenance.decision import Finding, Outcome

# What a license lacks in itself, whatever is asked; continues "the license … cl. …".
FAULTS = MappingProxyType(
    {
        "license kind": "can give no permission",
        "activation": "has not been activated under a rights-admin's signature",
        "guardian": "is not signed by the guardian of a minor",
        "date of majority": "does not say when the minor comes of age",
        "majority": "was given for a minor who has come of age since",
        "after death": "was given by somebody who has died, and does not say that it continues",
        "proof of authority": "speaks for somebody else without a proof of authority",
        "public-domain opinion": "lacks its basis, its year or the opinion that it rests on",
        "single territories": "claims the whole world, and the public domain is found country by country",
        "counsel's signature": "is not signed by counsel",
        "reason": f"gives no reason of at least {MIN_REASON} characters",
        "scope": "does not name its assets and productions one by one",
        "term": "does not begin and end within 12 months",
        "second signer": "lacks the second signature that a final deliverable needs",
    }
)
_PROVIDER_ONLY = frozenset({"retention", "region"})
_CLEARANCE_ENDED = frozenset({"generation window", "revoked", "survival"})  # what was cleared once, and is no longer
_MANY = 8  # more territories than this are counted where they are all that was asked


def no_grants(misses: Iterable[Miss], index: RightsIndex, asked: Asked) -> tuple[list[Finding], dict[str, Gap]]:
    """One finding a miss, all of one gap with the same sentence; and the gaps by their sentences."""
    told: dict[str, Gap] = {}
    sentences: dict[Gap, str] = {}
    entries = frozenset(one.entry.id for one in asked.bound)
    found = []
    for miss, gap in gaps(misses).items():
        if gap not in sentences:
            sentences[gap] = no_grant(gap, index, asked)
            told[sentences[gap]] = gap
        found.append(_finding(miss, sentences[gap], entries))
    return found, told


def no_grant(gap: Gap, index: RightsIndex, asked: Asked) -> str:
    what = claimed(gap)
    if not gap.grant:
        return f"No license on file grants the {what}."
    rule = index.rule(gap.grant)
    if "facet" in gap.missing:
        given = wording.facets(facet.value for facet in rule.grant.facets)
        whom = f" ({listed(rule.grant.selector.subjects)})" if rule.grant.selector.subjects else ""
        return f"No license on file grants the {what}; {named(rule)} is for the {given}{whom}."
    reasons = "; it ".join([*_reach(rule, gap), *(_reason(dimension, rule, asked) for dimension in gap.missing)])
    return f"No grant covers the {what} for {_atoms(gap, asked)}: {named(rule)} {reasons}."


def awaits(awaited: Iterable[Awaited], index: RightsIndex, asked: Asked) -> tuple[list[Finding], dict[str, GrantRule]]:
    """One finding a facet, all that one grant keeps waiting with the same sentence; and the grants by sentence."""
    waiting: dict[str, list[Awaited]] = defaultdict(list)
    for one in awaited:
        waiting[one.grant].append(one)
    found: list[Finding] = []
    told: dict[str, GrantRule] = {}
    for grant, held in waiting.items():
        rule = index.rule(grant)
        found += _awaits(rule, held, index, asked)
        told[found[-1].sentence] = rule
    return found, told


def _awaits(rule: GrantRule, held: list[Awaited], index: RightsIndex, asked: Asked) -> Iterator[Finding]:
    duties = cover.pending(rule, asked, index).approvals
    assets, facets = sorted({one.asset for one in held}), in_order(one.facet for one in held)
    sentence = explain.awaits(rule.filed.license.kind, rule.id, assets, facets, duties)
    for one in held:
        yield Finding(
            code="share-alike" if all(d.id.endswith("/share-alike") for d in duties) else "needs-approval",
            outcome=Outcome.NEEDS_APPROVAL,
            sentence=sentence,
            asset=one.asset,
            facet=one.facet,
            license=rule.filed.license.id,
            clause=rule.grant.clause,
        )


def claimed(gap: Gap) -> str:
    """``likeness and voice of rhea (jane-doe)``: what is to be cleared, and whose it is where that is another name."""
    names = [name_of(asset) for asset in gap.assets]
    whose = f" ({gap.subject})" if gap.subject and [gap.subject] != names else ""
    return f"{wording.facets(gap.facets)} of {listed(names)}{whose}"


def named(rule: GrantRule) -> str:
    """``the consent LIC-2026-0004 cl. 3.1``."""
    return instrument(rule.filed.license.kind, rule.id)


def owed(rule: GrantRule, dimension: str) -> tuple[Duty, ...]:
    """The duties behind a missing ``fee before use``."""
    return tuple(duty for duty in rule.before if f"{duty.kind.value} before use" == dimension)


def _code(lacking: tuple[str, ...], action: str) -> str:
    if len(lacking) == 1 and lacking[0] in _PROVIDER_ONLY:
        return lacking[0]
    if action in vocabulary.ON_FINISHED_OUTPUTS and lacking and _CLEARANCE_ENDED.issuperset(lacking):
        return "clearance-lost"
    return "no-grant"


def _finding(miss: Miss, sentence: str, entries: frozenset[str]) -> Finding:
    lacking = miss.nearest[0].missing if miss.nearest else ()
    by_rule = bool(lacking) and all(one in entries for one in lacking)
    return Finding(
        code="rule-requires" if by_rule else _code(lacking, miss.action),
        outcome=Outcome.DENY,
        sentence=sentence,
        asset=miss.asset,
        facet=miss.facet,
        clause=", ".join(lacking) if by_rule else None,
        atom=(("action", miss.action), ("territory", miss.territory), ("media", miss.medium)),
        nearest=miss.nearest,
    )


def _atoms(gap: Gap, asked: Asked) -> str:
    spots = [f"{_places(territories, asked)}, for {listed(media)}" for territories, media in gap.where]
    return f"{wording.actions(gap.actions)} {', and '.join(spots)}"


def _places(territories: tuple[str, ...], asked: Asked) -> str:
    every = len(territories) > _MANY and territories == asked.territories
    return f"in all {len(territories)} territories asked" if every else wording.places(territories)


def _reach(rule: GrantRule, gap: Gap) -> Iterator[str]:
    if gap.beyond:
        yield f"covers {wording.territories(rule.territories)} only, not {listed(gap.beyond, 'or')}"
    if gap.beyond_media:
        yield f"covers {listed(rule.grant.media)} only, not {listed(gap.beyond_media, 'or')}"


def _reason(dimension: str, rule: GrantRule, asked: Asked) -> str:
    """What the nearest clause says in one dimension, and what was asked; continues "the license … cl. …"."""
    grant, zone = rule.grant, rule.filed.license.timezone
    match dimension:
        case "scenes":
            return f"covers {wording.scenes(grant.scenes)}; {_scenes(rule, asked)}"
        case "action":
            return f"is for {wording.actions(grant.actions)} only"
        case "purpose":
            return f"is given for the purposes {listed(grant.purposes)}; this is {asked.question.purpose}"
        case "production":
            return f"is for the production {listed(grant.productions, 'or')}; this is {asked.production}"
        case "recipient":
            return f"reaches {listed(grant.recipients)}; this goes to {asked.recipient}"
        case "exploit_until":
            assert grant.exploit_until is not None
            held, wanted = wording.last_day(grant.exploit_until, zone), wording.until(asked.question.exploit_until)
            if rule.exploit_until <= asked.now:
                return f"let results be used until {held}, which is over"
            return f"lets results be used until {held}; asked is {wanted}"
        case "survival":
            held, wanted = _last(rule.lasts, zone), wording.until(asked.question.exploit_until)
            return f"lets finished results outlive it until {held}; asked is {wanted}"
        case "generation window":
            return f"lets new work be made {window(rule)}; this is asked on {wording.day(asked.question.now, zone)}"
        case _:
            return _condition(dimension, rule, asked)


def _condition(dimension: str, rule: GrantRule, asked: Asked) -> str:
    if dimension in FAULTS:
        return FAULTS[dimension]
    if (bound := next((one for one in asked.bound if one.entry.id == dimension), None)) is not None:
        missing = listed(map(fields.words_of, unrecorded(dimension, rule, asked)))
        return f"does not record {missing}, which {explain.cited(bound.pack.name, bound.entry)} asks for"
    grant, zone, terms = rule.grant, rule.filed.license.timezone, asked.agreement
    match dimension:
        case "license status":
            return f"is {rule.filed.status.value}, not active"
        case "superseded":
            return f"was replaced on {_on(rule.superseded_at, zone)}"
        case "revoked":
            return f"was revoked on {_on(rule.revoked_at, zone)}"
        case "cap":
            return f"is used up: it gives at most {listed(f'{cap.limit} {cap.unit.value}' for cap in grant.caps)}"
        case "commercial use":
            return f"is for non-commercial use; {asked.production} is a commercial production"
        case "depth":
            return f"reaches works at most {grant.depth} steps of derivation away; this is further"
        case "retention":
            days = asked.retention
            kept = "for an unknown time" if days is None else f"for {days} days"
            return (
                f"lets a provider keep files for {grant.retention_days_max} days; {asked.recipient} keeps them {kept}"
            )
        case "region":
            where = listed(terms.regions) if terms is not None and terms.regions else "unknown regions"
            return f"lets a provider work in {listed(grant.regions)}; {asked.recipient} works in {where}"
        case _:
            return (
                f"asks first for {listed(map(duty_words, owed(rule, dimension)))}, which the library has no record of"
            )


def unrecorded(dimension: str, rule: GrantRule, asked: Asked) -> tuple[str, ...]:
    """The fields that the rule-pack entry of this id asks for and the clause does not record."""
    clause = fields.Clause(license=rule.filed.license, grant=rule.grant, now=asked.now)
    entries = (one.entry for one in asked.bound if one.entry.id == dimension)
    return tuple(word for entry in entries for word in packs.unrecorded(entry, clause))


def _last(seconds: float, zone: str) -> str:
    return wording.last_day(datetime.fromtimestamp(seconds, UTC), zone)


def window(rule: GrantRule) -> str:
    """``from 1 February 2026 until 31 January 2028``, in the license's zone."""
    grant, zone = rule.grant, rule.filed.license.timezone
    start = "" if grant.generate_from is None else f"from {wording.day(grant.generate_from, zone)}"
    end = "without end" if grant.generate_until is None else f"until {wording.last_day(grant.generate_until, zone)}"
    return f"{start} {end}".strip()


def _scenes(rule: GrantRule, asked: Asked) -> str:
    subject = "this shot" if asked.question.shot else "this use"
    beyond = beyond_scenes(rule, asked)
    if not beyond:
        return f"{subject} names no scene"
    also = "" if len(beyond) == len(asked.scenes) else "also "
    return f"{subject} is {also}{wording.scenes(beyond)}"


def beyond_scenes(rule: GrantRule, asked: Asked) -> list[str]:
    """The asked scenes that `rule` does not name, in their order."""
    return sorted(asked.scenes - (rule.scenes or frozenset()), key=wording.scene_order)


def _on(seconds: float, zone: str) -> str:
    return wording.day(datetime.fromtimestamp(seconds, UTC), zone)
