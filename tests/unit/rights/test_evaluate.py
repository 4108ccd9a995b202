"""Each rule of the decision as a fact."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assetlib.model.asset import AssetStatus, DerivationKind, Facet, FacetClaim, FacetStatus
from assetlib.model.license import (
    Answer,
    Attestation,
    Cap,
    CapUnit,
    Duty,
    DutyEach,
    DutyKind,
    DutyWhen,
    LicenseKind,
    LicenseStatus,
    ProhibitionClass,
    RevocationEffect,
    RevocationTerms,
    Selector,
    Survival,
    SurvivalKind,
    Territories,
)
from assetlib.model.party import Person, Role
from assetlib.model.production import Production
from assetlib.model.world import (
    CapState,
    CapUse,
    DutyFulfilment,
    FulfilmentState,
    Integrity,
    Recipient,
    RecipientKind,
)
from assetlib.rights.explain import decision_text
from provenance.decision import Outcome
from tests.unit.rights.worlds import (
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
    question,
    version,
    world,
)

ALLOW, NEEDS, DENY = Outcome.ALLOW, Outcome.NEEDS_APPROVAL, Outcome.DENY


def with_ip(**changes: Any):
    """The cleared world with the character grant changed."""
    return world(filed("LIC-1", replace(IP, **changes)), filed("LIC-2", LIKENESS))


def with_license(**changes: Any):
    """The cleared world with the filed character license changed."""
    return world(filed("LIC-1", IP, **changes), filed("LIC-2", LIKENESS))


def with_ban(**changes: Any):
    return world(filed("LIC-1", IP, bans=(ban("LIC-1#9", "rhea", **changes),)), filed("LIC-2", LIKENESS))


def test_a_cleared_use_is_allowed_and_cites_one_grant_a_facet() -> None:
    decision = ask()
    assert decision.outcome is ALLOW and decision.cited == ("LIC-1#2", "LIC-2#3.1")
    assert not decision.findings and decision.facet_count == 2 and decision.closure == (RHEA.digest,)


def test_each_facet_needs_its_own_grant() -> None:
    decision = ask(world(filed("LIC-1", IP)))
    assert [f.facet for f in decision.findings] == ["likeness"]


def test_two_grants_are_never_stitched_together_for_one_atom() -> None:
    here = replace(IP, territories=Territories(included=("US",)), media=("avod",))
    there = replace(IP, id="LIC-3#1", territories=Territories(included=("DE",)))
    decision = ask(world(filed("LIC-1", here), filed("LIC-3", there), filed("LIC-2", LIKENESS)))
    assert decision.outcome is DENY


def test_two_grants_may_each_cover_their_own_atoms() -> None:
    here = replace(IP, territories=Territories(included=("US",)))
    there = replace(IP, id="LIC-3#1", territories=Territories(included=("DE",)))
    decision = ask(
        world(filed("LIC-1", here), filed("LIC-3", there), filed("LIC-2", LIKENESS)), territories=("DE", "US")
    )
    assert decision.cited == ("LIC-1#2", "LIC-2#3.1", "LIC-3#1")


@pytest.mark.parametrize(
    ("dimension", "asked"),
    [
        ("territory", {"territories": ("US", "FR")}),
        ("territory", {"territories": ("WW",)}),
        ("media", {"media": ("theatrical",)}),
        ("purpose", {"purpose": "previs"}),
        ("action", {"actions": ("upscale",)}),
        ("generation window", {"now": NOW + 10 * DAY}),
        ("generation window", {"now": NOW - 11 * DAY}),
    ],
)
def test_a_use_outside_one_dimension_is_denied_and_the_dimension_is_named(dimension: str, asked: Any) -> None:
    decision = ask(None, **asked)
    assert decision.outcome is DENY and missing(decision) == {dimension}


def test_another_production_is_denied() -> None:
    decision = ask(world(productions=(Production(id="OTHER", name="Other"),)), production="OTHER")
    assert decision.outcome is DENY and missing(decision) == {"production"}


def test_a_window_includes_its_first_instant_and_excludes_its_end() -> None:
    assert ask(None, now=NOW - 10 * DAY).outcome is ALLOW
    assert ask(None, now=NOW + 10 * DAY).outcome is DENY


def test_use_beyond_the_exploitation_end_is_denied() -> None:
    ends = with_ip(exploit_until=NOW + 100 * DAY)
    assert missing(ask(ends)) == {"exploit_until"}
    assert ask(ends, exploit_until=NOW + 100 * DAY).outcome is ALLOW
    assert ask(ends, exploit_until=NOW + 101 * DAY).outcome is DENY


def test_the_asked_world_needs_an_unrestricted_world() -> None:
    minus = with_ip(territories=Territories(included=("WW",), excluded=("CN",)))
    assert ask(minus, territories=("US",)).outcome is ALLOW
    assert ask(minus, territories=("CN",)).outcome is DENY
    assert "territory" in missing(ask(minus, territories=("WW",)))


def test_training_is_not_implied_by_a_purpose_or_another_action() -> None:
    generous = with_ip(actions=("view", "generate", "edit", "upscale", "export"))
    assert ask(generous).outcome is ALLOW
    assert ask(generous, actions=("train.gen",)).outcome is DENY


def test_training_is_asked_in_full() -> None:
    assert set(dict(ask(None, purpose="training").added_actions)) == {"train.gen", "train.nongen", "mine"}


def test_a_purpose_asks_for_its_action_whatever_action_was_named() -> None:
    assert dict(ask(None, actions=("view",), purpose="marketing").added_actions) == {
        "export.publish": "purpose marketing"
    }


def test_rights_of_an_ancestor_are_needed_too() -> None:
    plate = version("plate", Facet.LOCATION)
    lineage = world(assets=(facts(RHEA), facts(plate)), derivations=(edge(plate, RHEA),))
    decision = ask(lineage)
    assert decision.outcome is DENY and {f.asset for f in decision.findings} == {plate.pinned}


def test_inspiration_carries_no_rights() -> None:
    mood = version("mood", Facet.LOCATION)
    inspired = world(assets=(facts(RHEA), facts(mood)), derivations=(edge(mood, RHEA, DerivationKind.INSPIRED_BY),))
    assert ask(inspired).outcome is ALLOW


def test_a_circle_in_the_lineage_is_decided_once() -> None:
    twin = version("twin", Facet.LOCATION)
    circle = world(assets=(facts(RHEA), facts(twin)), derivations=(edge(twin, RHEA), edge(RHEA, twin)))
    assert len(ask(circle).closure) == 2


def test_an_ancestor_nobody_knows_denies() -> None:
    assert codes(ask(world(derivations=(edge(version("gone", Facet.MUSIC), RHEA),)))) == ["unknown-asset"]


def test_an_inherited_facet_is_decided_where_it_arose() -> None:
    came = FacetClaim(facet=Facet.LIKENESS, subject="rhea", inherited_from=RHEA.digest)
    take = version("take", Facet.TOOL_OUTPUT)
    take = replace(take, facets=(*take.facets, came))
    own = filed("LIC-9", grant("LIC-9#1", "take", facets=(Facet.TOOL_OUTPUT,)))
    held = world(filed("LIC-1", IP), filed("LIC-2", LIKENESS), own, assets=(facts(RHEA), facts(take)))
    assert ask(held, take).outcome is ALLOW
    assert ask(replace(held, licenses=(filed("LIC-1", IP), own)), take).outcome is DENY


def test_a_facet_inherited_from_an_input_that_never_had_it_denies() -> None:
    came = FacetClaim(facet=Facet.MUSIC, subject="song", inherited_from=RHEA.digest)
    take = replace(version("take"), facets=(came,))
    assert codes(ask(world(assets=(facts(RHEA), facts(take))), take)) == ["broken-lineage"]


def test_a_released_facet_needs_no_grant() -> None:
    def released_by(person: str, role: Role) -> Outcome:
        released = replace(RHEA.facets[1], status=FacetStatus.RELEASED, by=person)
        rhea = replace(RHEA, facets=(RHEA.facets[0], released))
        people = (Person(id="ada", name="Ada", roles=(role,), public_key=bytes(32), enrolled_at=NOW),)
        return ask(world(filed("LIC-1", IP), assets=(facts(rhea),), people=people)).outcome

    assert released_by("ada", Role.COUNSEL) is ALLOW
    assert released_by("ada", Role.LIBRARIAN) is DENY and released_by("nobody", Role.COUNSEL) is DENY


def test_an_asset_without_facets_is_denied() -> None:
    assert codes(ask(world(assets=(facts(replace(RHEA, facets=())),)))) == ["no-rights-record"]


def test_a_facet_that_nobody_stands_behind_is_denied() -> None:
    guess = replace(RHEA, facets=tuple(replace(claim, by="") for claim in RHEA.facets))
    assert codes(ask(world(assets=(facts(guess),)))) == ["no-rights-record"]


def test_broken_or_unchecked_bytes_are_denied() -> None:
    assert codes(ask(world(assets=(facts(RHEA, Integrity.FAILED),)))) == ["integrity"]
    assert codes(ask(world(assets=(facts(RHEA, Integrity.UNCHECKED),)))) == ["integrity"]


def test_a_retired_asset_is_denied_for_new_use() -> None:
    assert codes(ask(world(assets=(facts(replace(RHEA, status=AssetStatus.RETIRED)),)))) == ["retired"]


def test_a_reference_that_is_unknown_or_not_pinned_is_denied() -> None:
    assert codes(ask(None, references=("assetlib:///characters/rhea",))) == ["unpinned-reference"]
    assert codes(ask(None, references=(version("x").pinned,))) == ["unknown-asset"]
    assert codes(ask(None, references=())) == ["no-references"]


def test_a_pin_goes_by_digest_under_an_older_name() -> None:
    assert ask(None, references=(f"assetlib:///characters/old-name?version={RHEA.digest}",)).outcome is ALLOW


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"actions": ("*",)}, "unknown-action"),
        ({"actions": ("generate",)}, "unknown-action"),
        ({"purpose": "fun"}, "unknown-purpose"),
        ({"media": ("tv",)}, "unknown-medium"),
        ({"media": ()}, "no-medium"),
        ({"territories": ("UK",)}, "unknown-territory"),
        ({"territories": ()}, "no-territory"),
        ({"production": "NOPE"}, "unknown-production"),
        ({"recipient": "stranger"}, "unregistered-recipient"),
        ({"recipient": "netfilms/plan"}, "unregistered-recipient"),
    ],
)
def test_a_word_outside_the_vocabulary_denies(asked: dict[str, Any], code: str) -> None:
    decision = ask(None, **asked)
    assert decision.outcome is DENY and code in codes(decision)


def test_a_time_without_zone_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        ask(None, now=NOW.replace(tzinfo=None))


# licenses


@pytest.mark.parametrize("status", [s for s in LicenseStatus if s is not LicenseStatus.ACTIVE])
def test_a_license_that_is_not_active_covers_nothing(status: LicenseStatus) -> None:
    assert missing(ask(with_license(status=status))) == {"license status"}


def test_a_license_without_a_verified_activation_covers_nothing() -> None:
    assert missing(ask(with_license(activated=False))) == {"activation"}


def test_a_superseded_license_covers_nothing_from_then_on() -> None:
    assert missing(ask(with_license(superseded_at=NOW))) == {"superseded"}
    assert ask(with_license(superseded_at=NOW + DAY)).outcome is ALLOW


@pytest.mark.parametrize("kind", [LicenseKind.EMBEDDED_SIGNAL, LicenseKind.LEGAL_HOLD])
def test_some_kinds_grant_nothing(kind: LicenseKind) -> None:
    assert missing(ask(with_license(kind=kind))) == {"license kind"}


def test_a_revoked_grant_stops_new_work_at_once() -> None:
    assert missing(ask(with_ip(revoked_at=NOW))) == {"revoked"}
    assert missing(ask(with_license(revoked_at=NOW))) == {"revoked"}
    assert ask(with_ip(revoked_at=NOW + DAY)).outcome is ALLOW


def deliver(grants: Any, **changes: Any):
    """Ask to deliver a take made from Rhea five days ago."""
    take = replace(version("take", Facet.TOOL_OUTPUT), created_at=NOW - 5 * DAY)
    own = filed("LIC-9", grant("LIC-9#1", "take", facets=(Facet.TOOL_OUTPUT,), **_DELIVERY))
    held = world(*grants, own, assets=(facts(RHEA), facts(take)), derivations=(edge(RHEA, take),))
    asked = {"exploit_until": NOW + DAY / 2, **changes}
    return ask(held, take, actions=("export.delivery",), purpose="delivery", recipient="netfilms", **asked)


_DELIVERY: dict[str, Any] = {"actions": ("export.delivery",), "purposes": ("delivery",), "recipients": ("netfilms",)}


@pytest.mark.parametrize(
    ("survival", "outcome"),
    [
        (Survival(kind=SurvivalKind.PERPETUAL), ALLOW),
        (Survival(kind=SurvivalKind.UNTIL, until=NOW + DAY), ALLOW),
        (Survival(kind=SurvivalKind.UNTIL, until=NOW), DENY),
        (Survival(kind=SurvivalKind.SELL_OFF, days=3), ALLOW),
        (Survival(kind=SurvivalKind.SELL_OFF, days=2), DENY),
        (Survival(), DENY),
    ],
    ids=str,
)
def test_finished_outputs_follow_the_survival_of_an_ended_grant(survival: Survival, outcome: Outcome) -> None:
    ended = {"generate_until": NOW - 2 * DAY, "survival": survival, **_DELIVERY}
    assert (
        deliver((filed("LIC-1", replace(IP, **ended)), filed("LIC-2", replace(LIKENESS, **ended)))).outcome is outcome
    )


def test_an_output_made_after_the_grant_ended_does_not_survive_it() -> None:
    ended = {"generate_until": NOW - 6 * DAY, "survival": Survival(kind=SurvivalKind.PERPETUAL), **_DELIVERY}
    assert deliver((filed("LIC-1", replace(IP, **ended)), filed("LIC-2", replace(LIKENESS, **ended)))).outcome is DENY


@pytest.mark.parametrize(
    ("effect", "outcome"),
    [(RevocationEffect.PROSPECTIVE, ALLOW), (RevocationEffect.TAKEDOWN, DENY), (RevocationEffect.DESTROY, DENY)],
)
def test_a_revocation_reaches_finished_outputs_as_the_license_says(effect: RevocationEffect, outcome: Outcome) -> None:
    terms = {"revoked_at": NOW - DAY, "on_revocation": RevocationTerms(effect=effect), "status": LicenseStatus.REVOKED}
    licenses = (
        filed("LIC-1", replace(IP, **_DELIVERY), **terms),
        filed("LIC-2", replace(LIKENESS, **_DELIVERY), **terms),
    )
    assert deliver(licenses).outcome is outcome


def test_a_non_commercial_license_does_not_cover_a_commercial_production() -> None:
    free = with_ip(commercial=False)
    assert missing(ask(free)) == {"commercial use"}
    student = replace(free, productions=(Production(id="HOUSE", name="House", commercial=False),))
    assert ask(student).outcome is ALLOW


def test_share_alike_needs_counsel() -> None:
    decision = ask(with_ip(share_alike=True))
    assert decision.outcome is NEEDS and codes(decision) == ["share-alike"]
    assert "by counsel" in decision.findings[0].sentence


def test_share_alike_does_not_matter_where_another_grant_covers() -> None:
    both = world(
        filed("LIC-0", replace(IP, id="LIC-0#1", share_alike=True)), filed("LIC-1", IP), filed("LIC-2", LIKENESS)
    )
    assert ask(both).cited == ("LIC-1#2", "LIC-2#3.1")


@pytest.mark.parametrize(
    "selector",
    [
        Selector(collections=("heroes",)),
        Selector(kinds=(RHEA.kind,)),
        Selector(entities=(RHEA.pinned,)),
        Selector(entities=(RHEA.entity,), subjects=("rhea",)),
    ],
)
def test_a_grant_selects_by_version_collection_kind_or_subject(selector: Selector) -> None:
    held = replace(with_ip(selector=selector), assets=(facts(replace(RHEA, collections=("heroes",))),))
    assert ask(held).outcome is ALLOW


def test_a_grant_for_another_subject_does_not_cover() -> None:
    held = with_ip(selector=Selector(entities=(RHEA.entity,), subjects=("someone-else",)))
    assert missing(ask(held)) == {"facet"}


def test_an_empty_selector_selects_nothing() -> None:
    assert ask(with_ip(selector=Selector())).outcome is DENY


def test_derivative_depth_counts_the_output_that_is_made() -> None:
    take = version("take", Facet.TOOL_OUTPUT)
    own = filed("LIC-9", grant("LIC-9#1", "take", facets=(Facet.TOOL_OUTPUT,)))

    def made_from_a_take(depth: int) -> Outcome:
        licenses = (filed("LIC-1", replace(IP, depth=depth)), filed("LIC-2", LIKENESS), own)
        return ask(world(*licenses, assets=(facts(RHEA), facts(take)), derivations=(edge(RHEA, take),)), take).outcome

    assert made_from_a_take(1) is DENY and made_from_a_take(2) is ALLOW
    assert missing(ask(with_ip(depth=0))) == {"depth"} and ask(with_ip(depth=1)).outcome is ALLOW


# scenes and content


def test_a_grant_that_names_scenes_covers_only_those() -> None:
    scenes = with_ip(scenes=("12-14", "20A"))
    assert ask(scenes, scenes=("13", "20A")).outcome is ALLOW
    assert missing(ask(scenes, scenes=("15",))) == {"scenes"}
    assert missing(ask(scenes)) == {"scenes"}


def test_a_content_prohibition_touches_a_flag_declared_yes() -> None:
    limited = with_ban(content=("nudity",))
    assert ask(limited, content=(("nudity", "no"),)).outcome is ALLOW
    decision = ask(limited, content=(("nudity", "yes"),))
    assert codes(decision) == ["prohibited"] and "where the shot shows nudity" in decision.findings[0].sentence


@pytest.mark.parametrize("content", [(), (("nudity", "maybe"),), (("politics", "no"),)])
def test_an_undeclared_flag_that_a_license_names_needs_approval(content: Any) -> None:
    decision = ask(with_ban(content=("nudity",)), content=content)
    assert decision.outcome is NEEDS and codes(decision) == ["undeclared-content"]


# prohibitions


@pytest.mark.parametrize(
    "touching",
    [
        {},
        {"actions": ("generate",)},
        {"territories": Territories(included=("US",))},
        {"media": ("svod", "airline")},
        {"recipients": ("local",)},
        {"productions": ("HOUSE",)},
        {"facets": (Facet.LIKENESS,)},
        {"scenes": ("3",)},
        {"from_": NOW, "until": NOW + DAY},
    ],
    ids=str,
)
def test_a_prohibition_that_touches_denies(touching: dict[str, Any]) -> None:
    decision = ask(with_ban(**touching))
    assert decision.outcome is DENY and codes(decision) == ["prohibited"]
    assert (decision.findings[0].license, decision.findings[0].clause) == ("LIC-1", "9")


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"actions": ("train", "mine")},
        {"territories": Territories(included=("DE",))},
        {"media": ("airline",)},
        {"recipients": ("luma",)},
        {"productions": ("OTHER",)},
        {"purposes": ("marketing",)},
        {"facets": (Facet.VOICE,)},
        {"until": NOW},
        {"from_": NOW + DAY},
    ],
    ids=str,
)
def test_a_prohibition_elsewhere_does_not_deny(elsewhere: dict[str, Any]) -> None:
    assert ask(with_ban(**elsewhere)).outcome is ALLOW


def test_a_prohibition_in_one_country_touches_the_asked_world() -> None:
    everywhere = {"territories": Territories(included=("WW",))}
    held = world(
        filed(
            "LIC-1",
            replace(IP, **everywhere),
            bans=(ban("LIC-1#9", "rhea", territories=Territories(included=("CN",))),),
        ),
        filed("LIC-2", replace(LIKENESS, **everywhere)),
    )
    assert codes(ask(held, territories=("WW",))) == ["prohibited"]
    assert ask(held, territories=("US",)).outcome is ALLOW
    assert dict(ask(held).envelope or ())["svod"] == "WW minus CN"


def test_a_prohibition_on_an_ancestor_denies() -> None:
    take = version("take", Facet.TOOL_OUTPUT)
    own = filed("LIC-9", grant("LIC-9#1", "take", facets=(Facet.TOOL_OUTPUT,)))
    held = replace(with_ban(), assets=(facts(RHEA), facts(take)), derivations=(edge(RHEA, take),))
    assert "prohibited" in codes(ask(replace(held, licenses=(*held.licenses, own)), take))


def test_a_protected_prohibition_says_that_no_override_lifts_it() -> None:
    decision = ask(with_ban(severity=ProhibitionClass.PROTECTED))
    assert "No override can lift this" in decision.findings[0].sentence


def test_a_prohibition_outlives_the_grants_of_its_license() -> None:
    assert "prohibited" in codes(
        ask(world(filed("LIC-1", IP), filed("LIC-2", LIKENESS), _banning(LicenseStatus.REVOKED)))
    )


def test_a_draft_prohibits_nothing_and_a_signal_in_a_file_does() -> None:
    cleared = (filed("LIC-1", IP), filed("LIC-2", LIKENESS))
    assert ask(world(*cleared, _banning(LicenseStatus.DRAFT))).outcome is ALLOW
    signal = _banning(LicenseStatus.PROPOSED, kind=LicenseKind.EMBEDDED_SIGNAL)
    assert codes(ask(world(*cleared, signal))) == ["prohibited"]


def _banning(status: LicenseStatus, **changes: Any):
    return filed("LIC-8", bans=(ban("LIC-8#1", "rhea"),), status=status, activated=False, **changes)


# recipients and providers


def test_a_registered_provider_with_reviewed_terms_is_allowed() -> None:
    decision = ask(None, recipient=PROVIDER)
    assert decision.outcome is ALLOW and decision.added_actions == (("export.provider", "external recipient"),)


def test_a_grant_covers_what_is_below_its_recipient_and_not_beside_it() -> None:
    assert missing(ask(with_ip(recipients=("lum",)), recipient=PROVIDER)) == {"recipient"}
    assert ask(with_ip(recipients=("luma/api",)), recipient=PROVIDER).outcome is ALLOW
    assert missing(ask(with_ip(recipients=(PROVIDER + "/more",)), recipient=PROVIDER)) == {"recipient"}


def test_a_party_needs_no_provider_terms_but_a_grant_that_names_it() -> None:
    assert missing(ask(None, recipient="netfilms")) == {"recipient"}
    named = {"recipients": ("netfilms",)}
    held = world(filed("LIC-1", replace(IP, **named)), filed("LIC-2", replace(LIKENESS, **named)))
    assert ask(held, recipient="netfilms").outcome is ALLOW


@pytest.mark.parametrize("answer", [Answer.YES, Answer.UNKNOWN, Answer.OPT_OUT_SET])
def test_a_party_that_may_train_is_asked_for_training(answer: Answer) -> None:
    buyer = Recipient(id="netfilms", kind=RecipientKind.PARTY, trains=answer)
    assert "train.gen" in dict(ask(world(recipients=(buyer,)), recipient="netfilms").added_actions)


def test_an_enrolled_person_is_local_until_revoked() -> None:
    assert ask(None, recipient="li").outcome is ALLOW
    gone = Person(id="li", name="Li", roles=(Role.ARTIST,), public_key=bytes(32), enrolled_at=NOW - DAY, revoked_at=NOW)
    assert codes(ask(world(people=(gone,)), recipient="li"))[-1] == "unregistered-recipient"


@pytest.mark.parametrize(
    "terms",
    [
        {"reviewed_by": ""},
        {"review_due": NOW},
        {"review_due": None},
        {"valid_until": NOW},
        {"valid_from": NOW + DAY},
        {"superseded_at": NOW},
        {"account": "acct-8"},
    ],
    ids=str,
)
def test_terms_that_are_missing_unreviewed_overdue_or_not_in_force_deny(terms: dict[str, Any]) -> None:
    assert "no-provider-agreement" in codes(ask(world(agreements=(agreement(**terms),)), recipient=PROVIDER))


def test_a_model_or_sub_processor_that_the_terms_do_not_list_denies() -> None:
    assert codes(ask(None, recipient=PROVIDER, model="ray-9")) == ["no-provider-agreement"]
    assert codes(ask(None, recipient=PROVIDER, subprocessors=("cloud",))) == ["no-provider-agreement"]
    assert ask(None, recipient=PROVIDER, model="ray-2").outcome is ALLOW


@pytest.mark.parametrize("side", ["trains_on_inputs", "trains_on_outputs"])
@pytest.mark.parametrize("answer", [Answer.YES, Answer.UNKNOWN, Answer.OPT_OUT_SET])
def test_a_provider_that_trains_or_may_train_denies(side: str, answer: Answer) -> None:
    decision = ask(world(agreements=(agreement(**{side: answer}),)), recipient=PROVIDER)
    assert decision.outcome is DENY
    assert ("train.gen", f"PA-12 {side}={answer.value}") in decision.added_actions


def test_an_attested_opt_out_counts_as_no() -> None:
    seen = Attestation(setting="training off", at=NOW - DAY, valid_until=NOW + DAY)
    opted = agreement(trains_on_inputs=Answer.OPT_OUT_SET, opt_out_setting="training off", attestation=seen)
    assert ask(world(agreements=(opted,)), recipient=PROVIDER).outcome is ALLOW
    stale = replace(opted, attestation=replace(seen, valid_until=NOW))
    assert ask(world(agreements=(stale,)), recipient=PROVIDER).outcome is DENY


@pytest.mark.parametrize(("days", "outcome"), [(30, ALLOW), (31, DENY), (None, DENY)])
def test_retention_beyond_the_limit_or_unknown_denies(days: int | None, outcome: Outcome) -> None:
    held = replace(with_ip(retention_days_max=30), agreements=(agreement(retention_days=days),))
    decision = ask(held, recipient=PROVIDER)
    assert decision.outcome is outcome and codes(decision) == ([] if outcome is ALLOW else ["retention"])


@pytest.mark.parametrize(("regions", "outcome"), [(("US",), ALLOW), (("US", "SG"), DENY), ((), DENY)])
def test_a_region_outside_the_limit_or_unknown_denies(regions: tuple[str, ...], outcome: Outcome) -> None:
    held = replace(with_ip(regions=("US", "IE")), agreements=(agreement(regions=regions),))
    decision = ask(held, recipient=PROVIDER)
    assert decision.outcome is outcome and codes(decision) == ([] if outcome is ALLOW else ["region"])


def test_a_face_is_not_sent_where_the_terms_allow_no_personal_data() -> None:
    assert codes(ask(world(agreements=(agreement(personal_data_allowed=False),)), recipient=PROVIDER)) == [
        "personal-data"
    ]
    assert codes(ask(world(agreements=(agreement(biometric_allowed=False),)), recipient=PROVIDER)) == ["personal-data"]


# duties and caps


def duty(kind: DutyKind = DutyKind.APPROVAL, **changes: Any) -> Duty:
    return replace(Duty(id="LIC-1#2/before/0", when=DutyWhen.PRE, kind=kind, what="the use", by="jane-doe"), **changes)


def done(scope: str = "", state: FulfilmentState = FulfilmentState.FULFILLED, **changes: Any) -> DutyFulfilment:
    return replace(DutyFulfilment(duty="LIC-1#2/before/0", scope=scope, state=state, by="jane-doe", at=NOW), **changes)


@pytest.mark.parametrize("kind", [DutyKind.APPROVAL, DutyKind.CONSENT])
def test_an_approval_that_a_known_person_can_give_is_asked_for(kind: DutyKind) -> None:
    decision = ask(with_ip(duties=(duty(kind),)))
    assert decision.outcome is NEEDS and "by jane-doe" in decision.findings[0].sentence


@pytest.mark.parametrize("kind", [DutyKind.FEE, DutyKind.NOTICE])
def test_another_duty_before_use_denies_until_it_is_met(kind: DutyKind) -> None:
    held = with_ip(duties=(duty(kind),))
    assert missing(ask(held)) == {f"{kind.value} before use"}
    assert ask(replace(held, fulfilments=(done(),))).outcome is ALLOW


def test_an_approval_by_somebody_unknown_denies() -> None:
    assert ask(with_ip(duties=(duty(by="nobody"),))).outcome is DENY


def test_a_refused_approval_denies_and_the_latest_word_counts() -> None:
    held = with_ip(duties=(duty(),))
    no = done(state=FulfilmentState.REFUSED)
    assert ask(replace(held, fulfilments=(no,))).outcome is DENY
    assert ask(replace(held, fulfilments=(no, done()))).outcome is DENY
    assert ask(replace(held, fulfilments=(replace(no, at=NOW - DAY), done()))).outcome is ALLOW


def test_an_approval_in_the_future_is_not_given_yet() -> None:
    assert ask(replace(with_ip(duties=(duty(),)), fulfilments=(done(at=NOW + DAY),))).outcome is NEEDS


@pytest.mark.parametrize(
    ("each", "scope"),
    [
        (DutyEach.ONCE, ""),
        (DutyEach.PRODUCTION, "HOUSE"),
        (DutyEach.BATCH, "sh010"),
        (DutyEach.USE, "sh010/final_shot"),
    ],
)
def test_an_approval_reaches_as_far_as_the_license_says(each: DutyEach, scope: str) -> None:
    held = with_ip(duties=(duty(each=each),))
    assert ask(replace(held, fulfilments=(done(scope),)), shot="sh010").outcome is ALLOW
    assert ask(replace(held, fulfilments=(done("elsewhere"),)), shot="sh010").outcome is NEEDS


def test_duties_afterwards_become_obligations_of_the_output() -> None:
    credit = Duty(id="LIC-1#2/after/0", when=DutyWhen.POST, kind=DutyKind.CREDIT, what="Jane Doe")
    decision = ask(with_ip(duties=(credit,), use_description="Rhea rides"))
    assert decision.obligations == (("credit", "Jane Doe"), ("described_use", "Rhea rides"))


def uses(*shots: str, amount: int = 1) -> tuple[CapUse, ...]:
    return tuple(CapUse(cap="c", of=shot, state=CapState.RESERVED, amount=amount) for shot in shots)


def test_a_cap_on_shots_counts_a_shot_once() -> None:
    held = with_ip(caps=(Cap(id="c", unit=CapUnit.SHOTS, limit=2),))
    assert ask(replace(held, cap_uses=uses("a")), shot="b").outcome is ALLOW
    assert missing(ask(replace(held, cap_uses=uses("a", "b")), shot="c")) == {"cap"}
    assert ask(replace(held, cap_uses=uses("a", "b")), shot="b").outcome is ALLOW
    assert ask(with_ip(caps=(Cap(id="c", unit=CapUnit.SHOTS, limit=0),)), shot="a").outcome is DENY


def test_a_cap_on_seconds_counts_seconds() -> None:
    held = with_ip(caps=(Cap(id="c", unit=CapUnit.SECONDS, limit=10),))
    assert ask(replace(held, cap_uses=uses("a", amount=9)), shot="b", seconds=1).outcome is ALLOW
    assert ask(replace(held, cap_uses=uses("a", amount=9)), shot="b", seconds=2).outcome is DENY
    assert ask(replace(held, cap_uses=uses("a", amount=9)), shot="a", seconds=10).outcome is ALLOW
    assert ask(held, shot="b").outcome is DENY and ask(held, shot="b", seconds=0).outcome is DENY


def test_a_cap_on_titles_counts_productions() -> None:
    held = with_ip(caps=(Cap(id="c", unit=CapUnit.TITLES, limit=1),))
    assert ask(replace(held, cap_uses=uses("HOUSE"))).outcome is ALLOW
    assert ask(replace(held, cap_uses=uses("OTHER"))).outcome is DENY


# answers


def test_all_findings_are_collected_and_the_worst_decides() -> None:
    decision = ask(
        with_ban(content=("nudity",)), territories=("FR",), recipient="stranger", references=(RHEA.pinned, "x")
    )
    found = {"no-grant", "undeclared-content", "unpinned-reference", "unregistered-recipient"}
    assert decision.outcome is DENY and set(codes(decision)) == found
    assert decision.cited == () and decision.envelope is None


def test_a_denial_reads_as_choices() -> None:
    text = decision_text(ask(None, recipient="luma/api/pro/1", territories=("FR",)), decision_id="D-000007")
    assert text.startswith("D-000007 Refused.\nAsked: generate.final of rhea for HOUSE")
    assert "File reviewed terms for luma/api/pro/1, or stay with the recipient local." in text
    assert "Have owner amend LIC-1 cl. 2 to cover FR, or keep to DE and US." in text


def test_the_envelope_tells_what_is_cleared_beyond_the_question() -> None:
    wide = replace(LIKENESS, territories=Territories(included=("WW",)), exploit_until=NOW + 300 * DAY)
    decision = ask(world(filed("LIC-1", IP), filed("LIC-2", wide)), exploit_until=NOW + DAY)
    assert dict(decision.envelope or ()) == {
        "svod": "DE, US",
        "until": "2027-06-28T12:00:00Z",
        "generate_until": "2026-09-11T12:00:00Z",
        "weakest": "LIC-2#3.1",
    }


def test_the_world_digest_follows_the_facts_about_the_closure_and_no_others() -> None:
    other = version("other", Facet.MUSIC)
    first = ask().world_digest
    assert ask(world(assets=(facts(RHEA), facts(other)))).world_digest == first
    assert ask(with_license(activated=False)).world_digest != first
    assert ask(world(agreements=(agreement(retention_days=9),)), recipient=PROVIDER).world_digest != (
        ask(None, recipient=PROVIDER).world_digest
    )


def test_the_unconfirmed_vocabulary_is_named_until_counsel_confirms_it() -> None:
    assert ask().unconfirmed == ("vocabulary-2026-11",)
    assert ask(world(confirmed=("vocabulary-2026-11",))).unconfirmed == ()


def test_the_decision_is_canonical_json() -> None:
    document = ask(None, territories=("FR",), recipient=PROVIDER).to_json()
    assert document["findings"][0]["atom"] == {"action": "export.provider", "territory": "FR", "media": "svod"}
    assert document["findings"][0]["nearest"][0] == {"grant": "LIC-1#2", "missing": ["territory"]}
    assert document["question"] == question(territories=("FR",), recipient=PROVIDER).to_json()
    assert ask().digest() == ask().digest() != digest("")
