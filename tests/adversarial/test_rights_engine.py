"""Worlds that are read wrongly on purpose; the test's name is the defect."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assetlib.documents.license_value import end_of
from assetlib.documents.rulepack_file import RulePackRefused, read_rulepack
from assetlib.model.asset import Facet, FacetStatus
from assetlib.model.license import (
    Answer,
    Attestation,
    Cap,
    CapUnit,
    Consent,
    Duty,
    DutyKind,
    DutyWhen,
    LicenseKind,
    LicenseStatus,
    ProhibitionClass,
    RevocationEffect,
    RevocationTerms,
    Selector,
    Survival,
    Territories,
)
from assetlib.model.party import Party, PartyKind
from assetlib.model.production import Production
from assetlib.model.world import CapState, CapUse, FiledLicense, World
from assetlib.rights import holds, standing
from assetlib.rights.permits import RecordedDecision, mint
from provenance.decision import Decision, Outcome, PermitRefused
from tests.unit.rights.worlds import (
    COUNSEL,
    DAY,
    IP,
    LIKENESS,
    NOW,
    PROVIDER,
    RHEA,
    agreement,
    ask,
    ban,
    codes,
    digest,
    edge,
    facts,
    filed,
    grant,
    missing,
    override,
    version,
    world,
)

CLEARED = (filed("LIC-1", IP), filed("LIC-2", LIKENESS))
TAKE = replace(version("take", Facet.TOOL_OUTPUT), created_at=NOW - 5 * DAY)


def with_likeness(**changes: Any) -> World:
    return world(CLEARED[0], filed("LIC-2", LIKENESS, **changes))


def denied(decision: Decision, code: str) -> bool:
    return decision.outcome is Outcome.DENY and code in codes(decision)


def test_guardian_missing() -> None:
    child = Consent(minor_at_signing=True, minor_until=NOW + DAY)
    assert missing(ask(with_likeness(consent=child), content=(("sexual", "no"),))) == {"guardian"}


def test_strike_window() -> None:
    told = {"consent": Consent(replica="background", guild="SAG-AFTRA"), "kind": LicenseKind.PERFORMER_CONSENT}
    closed = replace(ban("S#1", from_=NOW, until=NOW + DAY), selector=Selector(replicas=("background",)))
    struck = replace(with_likeness(**told), licenses=(*with_likeness(**told).licenses, filed("S", bans=(closed,))))
    assert denied(ask(struck), "prohibited") and ask(struck, now=NOW + DAY).outcome is Outcome.ALLOW


def test_override_against_protected() -> None:
    closed = filed("B", bans=(ban("B#1", "rhea", severity=ProhibitionClass.PROTECTED),))
    assert denied(ask(world(*CLEARED, closed, override(), people=COUNSEL)), "prohibited")


def test_override_by_somebody_who_is_no_counsel() -> None:
    assert ask(world(override(activated_by="rita"), people=COUNSEL)).outcome is Outcome.DENY


def test_override_signed_twice_by_one_person() -> None:
    assert missing(ask(world(override(second_signer="carla"), people=COUNSEL))) == {"second signer"}


def test_override_of_thirteen_months() -> None:
    assert missing(ask(world(override(generate_until=NOW + 390 * DAY), people=COUNSEL))) == {"term"}


def test_override_in_place_of_provider_terms() -> None:
    everywhere = world(override(recipients=("local", "luma")), people=COUNSEL, agreements=())
    assert denied(ask(everywhere, recipient=PROVIDER), "no-provider-agreement")


def test_allowed_signal() -> None:
    signal = filed("SIG", IP, kind=LicenseKind.EMBEDDED_SIGNAL)
    assert missing(ask(world(signal, CLEARED[1]))) == {"license kind"}
    assert ask(world(*CLEARED, filed("SIG", kind=LicenseKind.EMBEDDED_SIGNAL))) == ask()


def test_duty_that_nobody_knows_about() -> None:
    owed = Duty(id="LIC-1#2/fee", when=DutyWhen.PRE, kind=DutyKind.FEE, what="the fee")
    assert denied(ask(world(filed("LIC-1", replace(IP, duties=(owed,))), CLEARED[1])), "no-grant")


def test_approval_needed_that_is_taken_for_given() -> None:
    owed = Duty(id="LIC-1#2/ok", when=DutyWhen.PRE, kind=DutyKind.APPROVAL, what="the use", by="jane-doe")
    waiting = ask(world(filed("LIC-1", replace(IP, duties=(owed,))), CLEARED[1]))
    assert waiting.outcome is Outcome.NEEDS_APPROVAL
    with pytest.raises(PermitRefused, match="only an allow-decision"):
        minted(waiting)


def minted(decision: Decision) -> object:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    recorded = RecordedDecision(id="D-1", decision=decision, recorded=decision.digest(), checkpoint=digest("c"))
    named = {"key_id": "k", "permit_id": "P-1", "generator": "render", "actor": "li", "nonce": "n"}
    return mint(recorded, [], Ed25519PrivateKey.generate(), request=digest("r"), now=NOW, **named)


def test_flag_that_nobody_declared_is_read_as_no() -> None:
    closed = filed("B", bans=(ban("B#1", "rhea", content=("nudity",)),))
    assert ask(world(*CLEARED, closed)).outcome is Outcome.NEEDS_APPROVAL


def test_wildcard_that_implies_training() -> None:
    generous = replace(IP, actions=("view", "generate", "edit", "upscale", "export", "train"))
    for action in ("train.gen", "train.nongen", "train.finetune_internal", "mine"):
        assert missing(ask(world(filed("LIC-1", generous), CLEARED[1]), actions=(action,))) == {"action"}


def test_two_halves_of_a_permission() -> None:
    here = replace(IP, media=("avod",))
    there = replace(IP, id="LIC-3#1", territories=Territories(included=("FR",)))
    assert ask(world(filed("LIC-1", here), filed("LIC-3", there), CLEARED[1])).outcome is Outcome.DENY


def test_every_country_listed_in_place_of_the_world() -> None:
    from assetlib.rights.territory import COUNTRIES

    listed = replace(IP, territories=Territories(included=COUNTRIES))
    assert ask(world(filed("LIC-1", listed), CLEARED[1]), territories=("WW",)).outcome is Outcome.DENY


def test_last_day_of_a_term_cut_off() -> None:
    """Contracts count the last day in; a window read as ending when that day begins would lose it."""
    from datetime import date
    from zoneinfo import ZoneInfo

    last = end_of(date(2026, 9, 1), ZoneInfo("America/Los_Angeles"))
    held = world(filed("LIC-1", replace(IP, generate_until=last)), CLEARED[1])
    assert ask(held, now=last - DAY / 1000).outcome is Outcome.ALLOW and ask(held, now=last).outcome is Outcome.DENY


def test_cap_used_up_by_other_shots() -> None:
    capped = filed("LIC-1", replace(IP, caps=(Cap(id="c", unit=CapUnit.SHOTS, limit=1),)))
    used = (CapUse(cap="c", of="sh1", state=CapState.RESERVED),)
    assert missing(ask(world(capped, CLEARED[1], cap_uses=used), shot="sh2")) == {"cap"}


def test_length_that_nobody_said_against_a_cap_on_seconds() -> None:
    capped = filed("LIC-1", replace(IP, caps=(Cap(id="c", unit=CapUnit.SECONDS, limit=9),)))
    assert missing(ask(world(capped, CLEARED[1]), shot="sh1")) == {"cap"}


def test_clause_that_hides_behind_another_of_the_same_name() -> None:
    open_, closed = ban("B#1", "rhea", content=("drugs",)), ban("B#1", "rhea")
    for order in ((open_, closed), (closed, open_)):
        held = world(*CLEARED, *(filed(f"B{n}", bans=(one,)) for n, one in enumerate(order)))
        assert denied(ask(held, content=(("drugs", "no"),)), "prohibited")


def test_facet_released_by_a_librarian() -> None:
    gone = replace(RHEA.facets[1], status=FacetStatus.RELEASED, by="li")
    rhea = replace(RHEA, facets=(RHEA.facets[0], gone))
    assert denied(ask(world(CLEARED[0], assets=(facts(rhea),))), "no-grant")


def test_opt_out_that_nobody_has_seen() -> None:
    terms = agreement(trains_on_inputs=Answer.OPT_OUT_SET, opt_out_setting="off")
    assert ask(world(agreements=(terms,)), recipient=PROVIDER).outcome is Outcome.DENY


def test_attestation_of_another_setting() -> None:
    seen = Attestation(setting="retention off", at=NOW - DAY, valid_until=NOW + DAY)
    terms = agreement(trains_on_inputs=Answer.OPT_OUT_SET, opt_out_setting="training off", attestation=seen)
    assert ask(world(agreements=(terms,)), recipient=PROVIDER).outcome is Outcome.DENY


def test_sub_processor_that_the_terms_do_not_list() -> None:
    assert denied(ask(recipient=PROVIDER, subprocessors=("annotators",)), "no-provider-agreement")


def test_provider_asked_without_naming_its_model() -> None:
    assert denied(ask(recipient=PROVIDER, model=None), "no-provider-agreement")


def test_output_that_forgets_the_terms_it_was_made_under() -> None:
    clip = replace(version("clip", Facet.TOOL_OUTPUT))
    clip = replace(clip, facets=(replace(clip.facets[0], subject="luma"),))
    terms = agreement(output_restrictions=(ban("PA-12#1", actions=("generate",)),))
    own = filed("LIC-9", grant("LIC-9#1", "clip", facets=(Facet.TOOL_OUTPUT,)))
    assert denied(ask(world(own, assets=(facts(clip),), agreements=(terms,)), clip), "prohibited")


def test_delivery_of_an_output_whose_license_did_not_survive() -> None:
    wide = {"actions": ("export.delivery",), "purposes": ("delivery",)}
    ended = replace(LIKENESS, generate_until=NOW - DAY, survival=Survival(), **wide)
    own = filed("LIC-9", grant("LIC-9#1", "take", facets=(Facet.TOOL_OUTPUT,), **wide))
    licenses = (filed("LIC-1", replace(IP, **wide)), filed("LIC-2", ended), own)
    held = world(*licenses, assets=(facts(RHEA), facts(TAKE)), derivations=(edge(RHEA, TAKE),))
    assert denied(ask(held, TAKE, actions=("export.delivery",), purpose="delivery"), "clearance-lost")


def test_destruction_of_what_a_hold_keeps() -> None:
    hold = filed("H", bans=(ban("H#1", "rhea"),), kind=LicenseKind.LEGAL_HOLD)
    revoked = filed("LIC-1", IP, on_revocation=RevocationTerms(effect=RevocationEffect.DESTROY))
    held = world(revoked, CLEARED[1], hold, assets=(facts(RHEA), facts(TAKE)), derivations=(edge(RHEA, TAKE),))
    (told,) = standing.consequences(held, "LIC-1", [TAKE.digest], now=NOW)
    assert not told.destroy and told.held_by == ("H#1",)
    assert holds.held(held, [TAKE.digest], "purge", now=NOW)


def test_hold_that_somebody_drafted_away() -> None:
    hold = filed("H", bans=(ban("H#1", "rhea"),), kind=LicenseKind.LEGAL_HOLD, status=LicenseStatus.SUSPENDED)
    assert holds.held(world(*CLEARED, hold), [RHEA.digest], "delete", now=NOW)


def test_consent_of_somebody_who_died() -> None:
    dead = Party(id="rhea", kind=PartyKind.PERSON, name="Rhea", died_at=NOW - DAY)
    assert missing(ask(replace(with_likeness(), parties=(dead,)))) == {"after death"}


def test_public_domain_everywhere_because_it_is_somewhere() -> None:
    found: dict[str, Any] = {"kind": LicenseKind.PUBLIC_DOMAIN_FINDING, "basis": "1926", "basis_year": 2022}
    everywhere = replace(IP, territories=Territories(included=("WW",)))
    assert ask(world(filed("LIC-1", everywhere, **found), CLEARED[1])).outcome is Outcome.DENY


def test_rule_pack_that_permits() -> None:
    text = (
        'assetlib_rulepack: 1\nname: nice\nedition: "2026-11"\ntitle: Nice\nentries:\n'
        "  - {id: a, source: s, says: Go on, confidence: verified, permits: [generate.final]}\n"
    )
    with pytest.raises(RulePackRefused, match="permits: unknown key"):
        read_rulepack(text.encode())


def test_production_bound_by_a_rule_pack_that_went_missing() -> None:
    bound = Production(id="HOUSE", name="House", rulepacks=("sag-aftra-2026",))
    assert denied(ask(world(productions=(bound,))), "unknown-rulepack")


def test_late_evidence_that_rewrites_an_old_answer() -> None:
    """The old decision stays as it was; only a decision of its own says what is known later, and it opens no door."""
    from assetlib.rights.ratify import ratify

    old = ask(world(CLEARED[0], people=COUNSEL))
    before = old.digest()
    later = ratify(world(people=COUNSEL), old, "D-1", by="carla", at=NOW + DAY)
    assert old.digest() == before and later.ratifies == "D-1"
    with pytest.raises(PermitRefused, match="ratifies D-1"):
        minted(later)


def test_license_that_is_superseded_and_asked_at_the_same_instant() -> None:
    stale: FiledLicense = filed("LIC-1", IP, superseded_at=NOW)
    assert missing(ask(world(stale, CLEARED[1]))) == {"superseded"}
