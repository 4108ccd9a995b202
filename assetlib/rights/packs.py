"""Rule packs on the decision path: which entries bind a question, and what they ask of a clause, an asset, a use.

The production names its packs. An entry that asks for fields makes a clause without them cover nothing; its
prohibitions meet assets like any other; its duties before use are asked for once a question. Nothing here can
make a refusal weaker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from assetlib.model.asset import Facet, FacetClaim
from assetlib.model.license import Duty, DutyWhen, License, LicenseKind, LicenseParty, LicenseStatus, Prohibition
from assetlib.model.production import Production
from assetlib.model.rulepack import RuleEntry, RulePack
from assetlib.model.world import FiledLicense
from assetlib.rights import fields, territory, vocabulary
from assetlib.rights.rules import GrantRule, ProhibitionRule, prohibition_rule
from provenance.digest import Digest

_NO_DIGEST = Digest("sha256:" + "0" * 64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What of a question decides whether an entry is about it; `touch` holds the asked territories as bits."""

    now: float
    touch: int
    actions: frozenset[str]
    purpose: str
    media: frozenset[str]
    content: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """An entry that binds a question, its pack, and its prohibitions made ready."""

    pack: RulePack
    entry: RuleEntry
    prohibitions: tuple[ProhibitionRule, ...]


def packs_of(production: Production, known: dict[str, RulePack]) -> tuple[tuple[RulePack, ...], tuple[str, ...]]:
    """The production's packs by name, and the names that the library has no pack for."""
    named = sorted(set(production.rulepacks))
    return tuple(known[n] for n in named if n in known), tuple(n for n in named if n not in known)


def binding(packs: Iterable[RulePack], use: Use) -> tuple[Bound, ...]:
    """The entries of `packs` that are about this use, in the order of their ids."""
    found = [(pack, entry) for pack in packs for entry in pack.entries if _about(entry, use)]
    return tuple(
        Bound(pack=pack, entry=entry, prohibitions=tuple(_rules(pack, entry)))
        for pack, entry in sorted(found, key=lambda one: one[1].id)
    )


def lacks(bound: Iterable[Bound], rule: GrantRule, claim: FacetClaim, now: float) -> list[str]:
    """The ids of the entries whose required fields the clause does not record. Counsel's override needs none."""
    if rule.override:
        return []
    clause = fields.Clause(license=rule.filed.license, grant=rule.grant, now=now)
    return [
        one.entry.id
        for one in bound
        if one.entry.requires and _concerns(one.entry, claim.facet, clause) and unrecorded(one.entry, clause)
    ]


def unrecorded(entry: RuleEntry, clause: fields.Clause) -> tuple[str, ...]:
    """The fields that `entry` asks for and the clause does not have."""
    return tuple(word for word in entry.requires if not fields.met(word, clause))


def duties(bound: Iterable[Bound], facets: frozenset[Facet], when: DutyWhen) -> Iterator[tuple[Bound, Duty]]:
    """The duties that bind a use of assets with `facets`."""
    for one in bound:
        if not one.entry.facets or not facets.isdisjoint(one.entry.facets):
            yield from ((one, duty) for duty in one.entry.duties if duty.when is when)


def _about(entry: RuleEntry, use: Use) -> bool:
    starts = entry.from_ is None or entry.from_.timestamp() <= use.now
    ended = entry.until is not None and entry.until.timestamp() <= use.now
    return (
        starts
        and not ended
        and (entry.jurisdiction is None or bool(territory.mask_of(entry.jurisdiction) & use.touch))
        and (not entry.actions or not use.actions.isdisjoint(vocabulary.actions_prohibited(entry.actions)))
        and (not entry.purposes or use.purpose in entry.purposes)
        and (not entry.media or not use.media.isdisjoint(entry.media))
        and (not entry.content or any(use.content.get(flag) != "no" for flag in entry.content))
    )


def _concerns(entry: RuleEntry, facet: Facet, clause: fields.Clause) -> bool:
    """Whether the entry is about this facet under this clause; a replica or guild that is not said counts as meant."""
    consent = clause.consent
    return (
        (not entry.facets or facet in entry.facets)
        and (not entry.kinds or clause.license.kind in entry.kinds)
        and (not entry.replicas or not consent.replica or consent.replica in entry.replicas)
        and (not entry.guild or not consent.guild or consent.guild == entry.guild)
    )


def _rules(pack: RulePack, entry: RuleEntry) -> Iterator[ProhibitionRule]:
    if entry.prohibitions:
        filed = _as_filed(pack)
        for ban in entry.prohibitions:
            yield prohibition_rule(filed, _narrowed(ban, entry), entry)


def _narrowed(ban: Prohibition, entry: RuleEntry) -> Prohibition:
    return replace(ban, facets=ban.facets or entry.facets)


def _as_filed(pack: RulePack) -> FiledLicense:
    """The pack as the instrument that its prohibitions are cited from."""
    license_ = License(
        id=pack.name,
        kind=LicenseKind.LICENSE,
        timezone="UTC",
        licensor=LicenseParty(party=pack.title),
        licensee="",
    )
    return FiledLicense(license=license_, digest=_NO_DIGEST, status=LicenseStatus.ACTIVE)
