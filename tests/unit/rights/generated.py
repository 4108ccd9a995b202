"""Random worlds and questions over every dimension of the engine, from a world in which everything is in order.

A world is whole first and then damaged in a few places, so that a fair share of the answers is allow. Damage is a
named change of one license, one person, the provider's terms, the rules or the asset itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from assetlib.model.asset import AssetStatus, AssetVersion, DerivationKind, Facet, FacetStatus
from assetlib.model.license import (
    Answer,
    Attestation,
    Cap,
    Capacity,
    CapUnit,
    Consent,
    Duty,
    DutyKind,
    DutyWhen,
    Grant,
    LicenseKind,
    LicenseParty,
    LicenseStatus,
    ProhibitionClass,
    Survival,
    SurvivalKind,
    Territories,
)
from assetlib.model.party import Party, PartyKind, Person, Role
from assetlib.model.production import Production
from assetlib.model.rulepack import Confidence, RuleEntry, RulePack
from assetlib.model.world import (
    CapState,
    CapUse,
    DutyFulfilment,
    FiledLicense,
    FulfilmentState,
    Integrity,
    SyntheticPerformer,
    World,
)
from provenance.decision import Question
from provenance.digest import Digest
from tests.unit.rights.worlds import (
    COUNSEL,
    DAY,
    NOW,
    PROVIDER,
    REASON,
    agreement,
    ban,
    digest,
    edge,
    facts,
    filed,
    grant,
    question,
    version,
)
from tests.unit.rights.worlds import world as cleared_world

# ``make nightly`` asks for more, and anew each time; what ``make test`` runs has to stay quick, and to stay the same.
# ``make mutants`` wants to know that an example fails, not the simplest.
COUNT = int(os.environ.get("ASSETLIB_EXAMPLES", "30"))
EXAMPLES = settings(
    max_examples=COUNT,
    deadline=None,
    database=None,
    derandomize=os.environ.get("ASSETLIB_RANDOM") != "1",
    phases=(Phase.explicit, Phase.generate, *(() if os.environ.get("ASSETLIB_SHRINK") == "0" else (Phase.shrink,))),
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
)
NAMES = ("a", "b", "c", "d")
FACETS = (Facet.CHARACTER_IP, Facet.LIKENESS, Facet.LOCATION, Facet.TOOL_OUTPUT, Facet.SYNTHETIC_PERFORMER)
TERRITORIES = ("DE", "FR", "US")
MEDIA = ("svod", "avod")
WIDE: dict[str, Any] = {
    "actions": ("generate.final", "upscale", "export.provider"),
    "territories": Territories(included=TERRITORIES),
    "media": MEDIA,
    "recipients": ("local", "luma"),
}
CONSENT = Consent(replica="employment_based", separately_signed=True, guild="SAG-AFTRA", after_death="ends")
PEOPLE = (*COUNSEL, Person(id="li", name="Li", roles=(Role.LIBRARIAN,), public_key=bytes(32), enrolled_at=NOW - DAY))
Dent = Callable[[World, int], World]


def some(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(names), min_size=1).map(lambda found: tuple(sorted(found)))


def license_for(asset: AssetVersion, facet: Facet, prefix: str = "L", **changes: Any) -> FiledLicense:
    id_ = f"{prefix}-{asset.name}-{facet.value}"
    terms: dict[str, Any] = {}
    if facet is Facet.LIKENESS:
        terms = {"kind": LicenseKind.PERFORMER_CONSENT, "consent": CONSENT}
        terms |= {"licensor": LicenseParty(party=asset.name, capacity=Capacity.SELF)}
    return filed(id_, grant(f"{id_}#1", asset.name, facets=(facet,), **(WIDE | changes)), **terms)


def changed(held: FiledLicense, **changes: Any) -> FiledLicense:
    return replace(held, license=replace(held.license, **changes))


def regranted(held: FiledLicense, change: Callable[[Grant], Grant | None]) -> FiledLicense:
    return changed(held, grants=tuple(c for g in held.license.grants if (c := change(g)) is not None))


def with_grants(world: World, change: Callable[[Grant], Grant | None]) -> World:
    """The world with every grant passed through `change`; None drops it."""
    return replace(world, licenses=tuple(regranted(held, change) for held in world.licenses))


def adding(world: World, *more: FiledLicense) -> World:
    return replace(world, licenses=(*world.licenses, *more))


def override_for(name: str, id_: str = "OVR", **changes: Any) -> FiledLicense:
    """Counsel's override for every facet of an asset, signed twice; `changes` of the filing or the grant."""
    filing = {n: changes.pop(n) for n in tuple(changes) if n in FiledLicense.__dataclass_fields__}
    held = grant(f"{id_}-{name}#1", name, facets=tuple(Facet), **(WIDE | changes))
    signed = {"activated_by": "carla", "second_signer": "rita"} | filing
    return filed(f"{id_}-{name}", held, kind=LicenseKind.COUNSEL_OVERRIDE, reason=REASON, **signed)


def pack(*entries: RuleEntry) -> RulePack:
    return RulePack(name="union", edition="2026-11", title="The union", entries=entries)


def entry(id_: str = "union/apart", **changes: Any) -> RuleEntry:
    return replace(RuleEntry(id=id_, source="s", says="It is so", confidence=Confidence.VERIFIED), **changes)


def bound_by(world: World, *entries: RuleEntry) -> World:
    """The world with one more pack that binds the production."""
    extra = replace(pack(*entries), name=f"extra{len(world.rulepacks)}")
    bound = tuple(replace(p, rulepacks=(*p.rulepacks, extra.name)) for p in world.productions)
    return replace(world, rulepacks=(*world.rulepacks, extra), productions=bound)


def name_of(world: World, n: int) -> str:
    return world.licenses[n].license.id.split("-")[1]


# Damage


def _grants(**changes: Any) -> Dent:
    return lambda world, n: _at(world, n, regranted(world.licenses[n], lambda g: replace(g, **changes)))


def _filing(**changes: Any) -> Dent:
    return lambda world, n: _at(world, n, replace(world.licenses[n], **changes))


def _terms(**changes: Any) -> Dent:
    return lambda world, n: replace(world, agreements=tuple(replace(a, **changes) for a in world.agreements))


def _consent(party: LicenseParty | None = None, **changes: Any) -> Dent:
    def dent(world: World, n: int) -> World:
        license_ = world.licenses[n].license
        consent = replace(license_.consent or Consent(), **changes)
        return _at(world, n, changed(world.licenses[n], consent=consent, licensor=party or license_.licensor))

    return dent


def _person(**known: Any) -> Dent:
    return lambda world, n: replace(
        world, parties=(*world.parties, Party(id=name_of(world, n), kind=PartyKind.PERSON, name="P", **known))
    )


def _asset(change: Callable[[Any], Any]) -> Dent:
    return lambda world, n: replace(
        world, assets=tuple(change(f) if f.version.name == name_of(world, n) else f for f in world.assets)
    )


def _ban(**changes: Any) -> Dent:
    def dent(world: World, n: int) -> World:
        id_ = f"BAN{len(world.licenses)}"
        return adding(world, filed(id_, bans=(ban(f"{id_}#9", name_of(world, n), **changes),)))

    return dent


def _hold(**changes: Any) -> Dent:
    def dent(world: World, n: int) -> World:
        id_ = f"HOLD{len(world.licenses)}"
        held = ban(f"{id_}#1", name_of(world, n), **changes)
        return adding(world, filed(id_, bans=(held,), kind=LicenseKind.LEGAL_HOLD))

    return dent


def _strike(world: World, n: int) -> World:
    id_ = f"STRIKE{len(world.licenses)}"
    closed = ban(f"{id_}#1")
    selector = replace(closed.selector, replicas=("employment_based",), guilds=("SAG-AFTRA",))
    return adding(world, filed(id_, bans=(replace(closed, selector=selector),)))


def _duty(kind: DutyKind, by: str, fulfilled: bool) -> Dent:
    def dent(world: World, n: int) -> World:
        id_ = f"{world.licenses[n].license.id}/pre"
        owed = Duty(id=id_, when=DutyWhen.PRE, kind=kind, what="the use", by=by)
        done = DutyFulfilment(duty=id_, scope="", state=FulfilmentState.FULFILLED, by=by, at=NOW)
        held = replace(world, fulfilments=(*world.fulfilments, done)) if fulfilled else world
        return _grants(duties=(owed,))(held, n)

    return dent


def _cap(unit: CapUnit, limit: int, *used: str) -> Dent:
    def dent(world: World, n: int) -> World:
        id_ = f"{world.licenses[n].license.id}/cap"
        uses = tuple(CapUse(cap=id_, of=of, state=CapState.RESERVED, amount=3) for of in used)
        held = replace(world, cap_uses=(*world.cap_uses, *uses))
        return _grants(caps=(Cap(id=id_, unit=unit, limit=limit),))(held, n)

    return dent


def _released(by: str) -> Dent:
    def release(held: Any) -> Any:
        first, *others = held.version.facets
        gone = replace(first, status=FacetStatus.RELEASED, by=by)
        return replace(held, version=replace(held.version, facets=(gone, *others)))

    return _asset(release)


def _at(world: World, n: int, held: FiledLicense) -> World:
    held = replace(held, digest=digest(repr(held.license)))  # other words, another digest
    return replace(world, licenses=(*world.licenses[:n], held, *world.licenses[n + 1 :]))


_GUARDIAN = LicenseParty(party="mother", capacity=Capacity.GUARDIAN)
_ESTATE = LicenseParty(party="estate", capacity=Capacity.ESTATE)
DENTS: tuple[Dent, ...] = (
    _grants(territories=Territories(included=("US",))),
    _grants(territories=Territories(included=("WW",), excluded=("DE",))),
    _grants(media=("svod",)),
    _grants(recipients=("local",)),
    _grants(productions=("OTHER",)),
    _grants(purposes=("previs",)),
    _grants(exploit_until=NOW + 50 * DAY),
    _grants(survival=Survival()),
    _grants(survival=Survival(kind=SurvivalKind.SELL_OFF, days=40)),
    _grants(generate_until=NOW),
    _grants(generate_from=NOW),
    _grants(actions=("generate.final",)),
    _grants(share_alike=True),
    _grants(commercial=False),
    _grants(depth=1),
    _grants(scenes=("1-3",)),
    _grants(retention_days_max=10),
    _grants(regions=("US", "IE")),
    _grants(use_description="a ride through a crowd"),
    _grants(revoked_at=NOW),
    _grants(revoked_at=NOW + DAY),
    lambda world, n: _at(world, n, changed(world.licenses[n], grants=())),
    _filing(status=LicenseStatus.SUSPENDED),
    _filing(activated=False),
    _filing(superseded_at=NOW),
    _filing(superseded_at=NOW + DAY),
    _consent(minor_at_signing=True, minor_until=NOW + DAY),
    _consent(_GUARDIAN, minor_at_signing=True, minor_until=NOW + DAY),
    _consent(_GUARDIAN, minor_at_signing=True, minor_until=NOW),
    _consent(_ESTATE),
    _consent(replace(_ESTATE, authority_document=digest("letters")), after_death="continues"),
    _consent(separately_signed=False),
    _consent(replica="background", guild="EQUITY"),
    _person(died_at=NOW - DAY),
    _person(died_at=NOW + DAY),
    _person(majority_at=NOW + DAY),
    _terms(trains_on_inputs=Answer.UNKNOWN),
    _terms(trains_on_outputs=Answer.OPT_OUT_SET),
    _terms(
        trains_on_outputs=Answer.OPT_OUT_SET,
        opt_out_setting="off",
        attestation=Attestation(setting="off", at=NOW, valid_until=NOW + DAY),
    ),
    _terms(retention_days=30),
    _terms(regions=("US", "SG")),
    _terms(review_due=NOW),
    _terms(biometric_allowed=False),
    _terms(output_restrictions=(ban("PA-12#1", actions=("upscale",)),)),
    _asset(lambda held: replace(held, integrity=Integrity.FAILED)),
    _asset(lambda held: replace(held, version=replace(held.version, status=AssetStatus.RETIRED))),
    _released("carla"),
    _released("li"),
    lambda world, n: replace(world, synthetics=world.synthetics[1:]),
    lambda world, n: replace(world, synthetics=tuple(replace(s, resembles=("jane-doe",)) for s in world.synthetics)),
    _ban(media=("avod",), content=("nudity",)),
    _ban(territories=Territories(included=("DE",)), severity=ProhibitionClass.PROTECTED),
    _ban(actions=("upscale",)),
    _ban(recipients=("luma",)),
    _ban(scenes=("4-9",)),
    _ban(until=NOW),
    _hold(),
    _hold(actions=("upscale",)),
    _strike,
    _duty(DutyKind.APPROVAL, "jane-doe", False),
    _duty(DutyKind.APPROVAL, "jane-doe", True),
    _duty(DutyKind.FEE, "", False),
    _cap(CapUnit.SHOTS, 1),
    _cap(CapUnit.SHOTS, 1, "other"),
    _cap(CapUnit.SHOTS, 1, "sh1"),
    _cap(CapUnit.SECONDS, 8, "other"),
    _cap(CapUnit.SECONDS, 7, "other"),
    _cap(CapUnit.TITLES, 1, "OTHER"),
    lambda world, n: adding(world, override_for(name_of(world, n), f"OVR{len(world.licenses)}")),
    lambda world, n: adding(world, override_for(name_of(world, n), f"OVR{len(world.licenses)}", second_signer="")),
    lambda world, n: bound_by(world, entry(facets=(Facet.LIKENESS,), requires=("compensation",))),
    lambda world, n: bound_by(world, entry(facets=(Facet.LIKENESS,), requires=("separately_signed",))),
    lambda world, n: bound_by(world, entry(prohibitions=(ban("union/apart/0", actions=("upscale",)),))),
)


@st.composite
def worlds(draw: st.DrawFn, dents: tuple[Dent, ...] = DENTS, most: int = 5) -> World:
    """Everything in order, then up to `most` dents."""
    shape = draw(st.lists(st.integers(0, 31), min_size=len(NAMES), max_size=len(NAMES)))
    assets = [version(name, *_facets(bits)) for name, bits in zip(NAMES, shape, strict=True)]
    pairs = [(parent, child) for n, parent in enumerate(assets) for child in assets[n + 1 :]]
    edges = draw(st.lists(st.sampled_from(pairs), max_size=3, unique=True))
    inspired = draw(st.lists(st.sampled_from(pairs), max_size=1))
    licenses = [license_for(asset, claim.facet) for asset in assets for claim in asset.facets]
    if draw(st.booleans()):
        licenses += [license_for(assets[0], claim.facet, "Z") for claim in assets[0].facets]
    made = cleared_world(
        *licenses,
        assets=tuple(facts(asset) for asset in assets),
        derivations=(
            *(edge(parent, child) for parent, child in edges),
            *(edge(parent, child, DerivationKind.INSPIRED_BY) for parent, child in inspired),
        ),
        agreements=(agreement(retention_days=0),) if draw(st.integers(0, 9)) else (),
        people=PEOPLE,
        rulepacks=(pack(entry(facets=(Facet.LIKENESS,), requires=("replica",))),),
        productions=(Production(id="HOUSE", name="House", rulepacks=("union",) if draw(st.booleans()) else ()),),
        synthetics=tuple(map(_synthetic, NAMES)),
    )
    for dent in draw(st.lists(st.sampled_from(dents), min_size=1, max_size=most)):
        made = dent(made, draw(st.integers(0, len(licenses) - 1)))
    return made


def _facets(bits: int) -> tuple[Facet, ...]:
    """One or two facets; two more often than one."""
    first, second = FACETS[bits % 5], FACETS[(bits // 5) % 5]
    return tuple(dict.fromkeys((first, second)))


def _synthetic(name: str) -> SyntheticPerformer:
    return SyntheticPerformer(
        subject=name,
        justification="Four hundred riders that no casting could have filled in a day.",
        approved_by="li",
        guild_notified_at=NOW - DAY,
        compared_at=NOW - DAY,
    )


@st.composite
def questions(draw: st.DrawFn, references: st.SearchStrategy[tuple[str, ...]] | None = None) -> Question:
    return question(
        *(version(name) for name in draw(some(NAMES) if references is None else references)),
        actions=draw(st.sampled_from((("generate.final",), ("generate.final", "upscale"), ("upscale",)))),
        territories=draw(some(TERRITORIES)),
        media=draw(some(MEDIA)),
        recipient=draw(st.sampled_from(("local", "local", PROVIDER))),
        exploit_until=draw(st.sampled_from((NOW + 5 * DAY, NOW + 40 * DAY, NOW + 60 * DAY, None))),
        content=draw(
            st.sampled_from(
                (
                    (("nudity", "no"), ("sexual", "no")),
                    (("nudity", "no"), ("sexual", "no")),
                    (("nudity", "yes"), ("sexual", "no")),
                    (("nudity", "no"),),
                    (),
                )
            )
        ),
        scenes=draw(st.sampled_from(((), ("2",), ("2", "3"), ("4",)))),
        shot=draw(st.sampled_from(("sh1", "sh1", None))),
        seconds=draw(st.sampled_from((5, 5, None))),
        prompt=draw(st.sampled_from((None, None, digest("prompt")))),
    )


def closure(world: World, asked: Question) -> set[Digest]:
    """The assets a question is about, by brute force and nothing of the product: grow until nothing is added."""
    found = {Digest(reference.partition("version=")[2]) for reference in asked.references}
    carrying = [(e.parent, e.child) for e in world.derivations if e.kind.value != "inspired_by"]
    while True:
        more = {parent for parent, child in carrying if child in found} | found
        if more == found:
            return found
        found = more


def names_in(world: World, asked: Question) -> list[str]:
    digests = closure(world, asked)
    return sorted(f.version.name for f in world.assets if f.version.digest in digests)
