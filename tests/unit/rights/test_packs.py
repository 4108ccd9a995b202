"""Rule packs on the decision path: they ask and prohibit, name themselves, and never permit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assetlib.model.asset import Facet
from assetlib.model.license import (
    Capacity,
    Consent,
    Due,
    DueFrom,
    Duty,
    DutyKind,
    DutyWhen,
    LicenseKind,
    LicenseParty,
    ProhibitionClass,
    Territories,
)
from assetlib.model.production import Production
from assetlib.model.rulepack import Confidence, RuleEntry, RulePack
from assetlib.model.world import DutyFulfilment, FulfilmentState, World
from assetlib.rights.fields import FIELDS, Clause, met
from provenance.decision import Decision, Outcome
from tests.unit.rights.worlds import (
    COUNSEL,
    DAY,
    IP,
    LIKENESS,
    NOW,
    PROVIDER,
    ask,
    ban,
    codes,
    digest,
    filed,
    missing,
    override,
    world,
)

ALLOW, NEEDS, DENY = Outcome.ALLOW, Outcome.NEEDS_APPROVAL, Outcome.DENY
SIGNED_APART = RuleEntry(
    id="union/apart",
    source="the union's agreement",
    says="Consent is signed apart",
    confidence=Confidence.VERIFIED,
    facets=(Facet.LIKENESS,),
    requires=("separately_signed",),
)


def bound(*entries: RuleEntry, licenses: Any = (), media: tuple[str, ...] = (), **changes: Any) -> World:
    pack = RulePack(name="union", edition="2026-11", title="The union", entries=entries, media=media)
    held = licenses or (filed("LIC-1", IP), filed("LIC-2", LIKENESS))
    production = Production(id="HOUSE", name="House", rulepacks=("union",))
    return world(*held, rulepacks=(pack,), productions=(production,), **changes)


def about(**changes: Any) -> Decision:
    """A cleared question under the entry with `changes`."""
    return ask(bound(replace(SIGNED_APART, **changes)))


def consenting(**consent: Any) -> tuple[Any, ...]:
    held = filed("LIC-2", LIKENESS, kind=LicenseKind.PERFORMER_CONSENT, consent=Consent(**consent))
    return (filed("LIC-1", IP), held)


def test_a_clause_without_a_required_field_covers_nothing_and_the_reason_cites_the_rule() -> None:
    decision = about()
    assert decision.outcome is DENY and codes(decision) == ["rule-requires"]
    assert decision.findings[0].clause == "union/apart"
    assert "does not record that the consent was signed separately, which apart of union asks for" in (
        decision.findings[0].sentence
    )
    assert "have owner put on record that the consent was signed separately" in decision.repairs
    assert ask(bound(SIGNED_APART, licenses=consenting(separately_signed=True))).outcome is ALLOW


def test_packs_bind_only_the_productions_that_name_them() -> None:
    free = replace(bound(SIGNED_APART), productions=(Production(id="HOUSE", name="House"),))
    assert ask(free).outcome is ALLOW and ask(free).rulepacks == ()


def test_a_pack_that_the_library_does_not_have_denies() -> None:
    production = Production(id="HOUSE", name="House", rulepacks=("union",))
    assert codes(ask(world(productions=(production,)))) == ["unknown-rulepack"]


def test_a_decision_names_its_packs_and_those_nobody_confirmed() -> None:
    where = bound(SIGNED_APART)
    assert ask(where).rulepacks == ("union@2026-11",)
    assert ask(where).unconfirmed == ("vocabulary-2026-11", "union@2026-11")
    assert ask(replace(where, confirmed=("union@2026-11",))).unconfirmed == ("vocabulary-2026-11",)
    assert ask(replace(where, confirmed=("union@2026-10",))).unconfirmed[-1] == "union@2026-11"


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"from_": NOW + DAY},
        {"until": NOW},
        {"jurisdiction": Territories(included=("FR",))},
        {"actions": ("export",)},
        {"purposes": ("marketing",)},
        {"media": ("airline",)},
        {"facets": (Facet.VOICE,)},
        {"kinds": (LicenseKind.OPEN_LICENSE,)},
    ],
    ids=str,
)
def test_an_entry_about_something_else_asks_nothing(elsewhere: dict[str, Any]) -> None:
    assert about(**elsewhere).outcome is ALLOW


@pytest.mark.parametrize(
    "here",
    [
        {"from_": NOW},
        {"until": NOW + DAY},
        {"jurisdiction": Territories(included=("FR", "US"))},
        {"actions": ("generate",)},
        {"purposes": ("final_shot",)},
        {"media": ("svod",)},
        {"facets": ()},
        {"replicas": ("background",)},
        {"guild": "SAG-AFTRA"},
        {"content": ("nudity",)},
    ],
    ids=str,
)
def test_an_entry_about_this_asks_and_what_is_not_said_counts_as_meant(here: dict[str, Any]) -> None:
    assert about(**here).outcome is DENY


def test_a_replica_guild_or_flag_that_is_said_to_be_another_is_not_meant() -> None:
    said = consenting(replica="employment_based", guild="EQUITY")
    assert ask(bound(replace(SIGNED_APART, replicas=("background",)), licenses=said)).outcome is ALLOW
    assert ask(bound(replace(SIGNED_APART, guild="SAG-AFTRA"), licenses=said)).outcome is ALLOW
    assert ask(bound(replace(SIGNED_APART, content=("nudity",))), content=(("nudity", "no"),)).outcome is ALLOW


def test_an_asked_world_touches_every_jurisdiction() -> None:
    everywhere = Territories(included=("WW",))
    wide = (
        filed("LIC-1", replace(IP, territories=everywhere)),
        filed("LIC-2", replace(LIKENESS, territories=everywhere)),
    )
    french = replace(SIGNED_APART, jurisdiction=Territories(included=("FR",)))
    assert ask(bound(french, licenses=wide), territories=("WW",)).outcome is DENY


def test_one_of_several_fields_is_enough_and_a_clause_that_has_it_covers() -> None:
    either = replace(SIGNED_APART, requires=("separately_signed | compensation",))
    assert ask(bound(either)).outcome is DENY
    assert ask(bound(either, licenses=consenting(compensation="day rate"))).outcome is ALLOW


def duty(when: DutyWhen, kind: DutyKind, **changes: Any) -> RuleEntry:
    owed = Duty(id="union/apart/0", when=when, kind=kind, what="the final", by="platform", **changes)
    return replace(SIGNED_APART, requires=(), duties=(owed,))


def answered(state: FulfilmentState) -> tuple[DutyFulfilment, ...]:
    return (DutyFulfilment(duty="union/apart/0", scope="", state=state, by="platform", at=NOW),)


@pytest.mark.parametrize(
    ("kind", "open_"), [(DutyKind.APPROVAL, NEEDS), (DutyKind.CONSENT, NEEDS), (DutyKind.NOTICE, DENY)]
)
def test_a_duty_before_use_is_asked_for_once_and_names_its_rule(kind: DutyKind, open_: Outcome) -> None:
    where = bound(duty(DutyWhen.PRE, kind))
    decision = ask(where)
    assert decision.outcome is open_ and codes(decision) == ["rule-asks"] and len(decision.findings) == 1
    assert decision.findings[0].clause == "union/apart" and "by platform" in decision.findings[0].sentence
    assert ask(replace(where, fulfilments=answered(FulfilmentState.FULFILLED))).outcome is ALLOW
    assert ask(replace(where, fulfilments=answered(FulfilmentState.REFUSED))).outcome is DENY


@pytest.mark.parametrize(
    ("due", "told"),
    [
        (None, ""),
        (Due(days=30), "2026-10-01T12:00:00Z"),
        (Due(on=NOW + DAY), "2026-09-02T12:00:00Z"),
        (Due(days=30, after=DueFrom.DELIVERY), "30 days after the delivery"),
        (Due(after=DueFrom.PUBLICATION), "on the publication"),
    ],
)
def test_a_duty_afterwards_becomes_an_obligation_with_its_date(due: Due | None, told: str) -> None:
    owed = ask(bound(duty(DutyWhen.POST, DutyKind.LABEL, due=due))).owed
    assert [(one.kind, one.what, one.clause, one.due) for one in owed] == [("label", "the final", "union/apart", told)]


def test_a_pack_prohibits_and_only_what_is_not_protected_can_be_overridden() -> None:
    def prohibiting(severity: ProhibitionClass, *more: Any) -> Decision:
        closed = ban("union/apart/0", actions=("generate.final",), severity=severity)
        entry = replace(SIGNED_APART, requires=(), prohibitions=(closed,))
        held = (filed("LIC-1", IP), filed("LIC-2", LIKENESS), *more)
        return ask(bound(entry, licenses=held, people=COUNSEL))

    decision = prohibiting(ProhibitionClass.NORMAL)
    assert codes(decision) == ["prohibited"] and decision.findings[0].clause == "union/apart"
    assert (
        "The rule apart of union prohibits this use of rhea: Consent is signed apart." in decision.findings[0].sentence
    )
    assert prohibiting(ProhibitionClass.NORMAL, override()).overrides == ("OVR-1#1",)
    assert prohibiting(ProhibitionClass.PROTECTED, override()).outcome is DENY


def test_an_override_stands_in_for_a_field_that_nobody_recorded() -> None:
    held = (filed("LIC-1", IP), filed("LIC-2", LIKENESS), override(facets=(Facet.LIKENESS,)))
    assert ask(bound(SIGNED_APART, licenses=held, people=COUNSEL)).overrides == ("OVR-1#1",)


def test_a_pack_may_add_a_medium_for_the_productions_it_binds() -> None:
    immersive = {"media": ("svod", "immersive")}
    held = (filed("LIC-1", replace(IP, **immersive)), filed("LIC-2", replace(LIKENESS, **immersive)))
    where = bound(licenses=held, media=("immersive",))
    decision = ask(where, media=("immersive",))
    assert decision.outcome is ALLOW and dict(decision.envelope or ())["immersive"] == "DE, US"
    assert "media" in missing(ask(bound(media=("immersive",)), media=("immersive",)))
    assert codes(ask(replace(where, productions=(Production(id="HOUSE", name="House"),)), media=("immersive",)))[
        -1
    ] == ("unknown-medium")
    closed = filed("LIC-8", bans=(ban("LIC-8#1", "rhea"),))
    assert "prohibited" in codes(ask(replace(where, licenses=(*held, closed)), media=("immersive",)))


def test_a_provider_is_bound_as_well() -> None:
    entry = replace(SIGNED_APART, actions=("export.provider",))
    assert ask(bound(entry)).outcome is ALLOW and ask(bound(entry), recipient=PROVIDER).outcome is DENY


GOOD = (
    LicenseParty(party="owner", represented_by="union", authority_document=digest("letters")),
    Consent(
        replica="background",
        separately_signed=True,
        notice_at=NOW - 2 * DAY,
        replaces_work=False,
        compensation="day rate",
        after_death="ends",
        guild="SAG-AFTRA",
        scan_reason="a crowd",
    ),
)


@pytest.mark.parametrize("word", sorted(FIELDS))
def test_every_field_tells_a_clause_that_has_it_from_one_that_has_not(word: str) -> None:
    party, consent = GOOD
    whole = filed("LIC-2", kind=LicenseKind.RELEASE, licensor=party, consent=consent, governing_law="US-CA").license
    whole = replace(whole, signed_on=NOW.date(), document=_document())
    clause = replace(LIKENESS, use_description="Rhea rides through a crowd", retention_days_max=0, generate_until=None)
    child = LicenseParty(party="mother", capacity=Capacity.UNION)
    empty = filed("LIC-2", licensor=child, consent=Consent(minor_at_signing=True)).license
    bare = replace(LIKENESS, productions=("*",))
    assert met(word, Clause(license=whole, grant=clause, now=NOW.timestamp()))
    assert not met(word, Clause(license=empty, grant=replace(bare, exploit_until=NOW), now=NOW.timestamp()))


def _document() -> Any:
    from assetlib.model.license import DocumentRef

    return DocumentRef(file="a.pdf", digest=digest("a"))


def test_a_notice_counts_after_48_hours() -> None:
    late = Clause(
        license=filed("L", consent=Consent(notice_at=NOW - 2 * DAY)).license, grant=IP, now=NOW.timestamp() - 1
    )
    assert not met("notice", late) and met("notice", replace(late, now=NOW.timestamp()))
