"""How a refusal reads: the whole text, as a production lawyer gets it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assetlib.model.asset import Facet, FacetClaim
from assetlib.model.license import (
    Answer,
    Cap,
    CapUnit,
    Duty,
    DutyKind,
    DutyWhen,
    LicenseKind,
    LicenseParty,
    LicenseStatus,
    ProhibitionClass,
    Territories,
)
from assetlib.model.world import World
from assetlib.rights import wording
from assetlib.rights.explain import decision_text
from assetlib.rights.gaps import Miss, gaps
from provenance.decision import Decision, NearestGrant, Outcome
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
    facts,
    filed,
    grant,
    version,
    world,
)

PERFORMER = (Facet.LIKENESS, Facet.VOICE)
ACTRESS = replace(
    RHEA,
    facets=(
        FacetClaim(facet=Facet.CHARACTER_IP, subject="rhea", by="li"),
        *(FacetClaim(facet=facet, subject="jane-doe", by="li") for facet in PERFORMER),
    ),
)
TERRACE = version("terrace", Facet.UNDERLYING_WORK)
WIDE: dict[str, Any] = {
    "actions": ("generate.previs", "export.delivery", "export.publish"),
    "purposes": ("previs", "marketing"),
    "territories": Territories(included=("WW",)),
    "media": ("svod", "promo"),
}
CONSENT = grant("LIC-2026-0004#3.1", "rhea", facets=PERFORMER, scenes=("1-3",), **WIDE)
LOOKING = grant(
    "LIC-2026-0004#3.2", "rhea", facets=PERFORMER, **{**WIDE, "actions": ("view",), "purposes": ("review",)}
)
SHOT: dict[str, Any] = {
    "actions": ("generate.previs",),
    "purpose": "previs",
    "territories": ("CA", "DE", "GB", "US"),
    "media": ("promo", "svod"),
    "shot": "sq010_sh0070",
    "scenes": ("4",),
    "exploit_until": datetime(2031, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
}


def production(*consents: Any, **changes: Any) -> World:
    """A performer's character on a set, each cleared, the performer for scenes 1 to 3."""
    consent = filed(
        "LIC-2026-0004",
        *(consents or (CONSENT, LOOKING)),
        kind=LicenseKind.PERFORMER_CONSENT,
        licensor=LicenseParty(party="jane-doe"),
        **changes,
    )
    return world(
        filed("LIC-2026-0001", grant("LIC-2026-0001#3.1", "terrace", facets=(Facet.UNDERLYING_WORK,), **WIDE)),
        filed("LIC-2026-0002", grant("LIC-2026-0002#3.1", "rhea", **WIDE)),
        consent,
        assets=(facts(ACTRESS), facts(TERRACE)),
    )


def refusal(**changes: Any) -> Decision:
    return ask(production(), ACTRESS, TERRACE, **{**SHOT, **changes})


def why(decision: Decision) -> list[str]:
    return list(dict.fromkeys(finding.sentence for finding in decision.findings))


# whole texts


def test_a_scene_beyond_the_consent_reads_in_ten_lines() -> None:
    assert decision_text(refusal(), decision_id="D-000041") == (
        "D-000041 Refused.\n"
        "Asked: generate.previs of rhea and terrace for HOUSE, shot sq010_sh0070, scene 4, purpose previs, "
        "in CA, DE, GB and US, for promo and svod, to local, until 31 December 2031.\n"
        "Why:\n"
        "  - No grant covers the likeness and voice of rhea (jane-doe) for previs in CA, DE, GB and US, "
        "for svod and promo: the consent LIC-2026-0004 cl. 3.1 covers scenes 1 to 3; this shot is scene 4.\n"
        "What would change this:\n"
        "  - Have jane-doe amend LIC-2026-0004 cl. 3.1 to cover scene 4, or keep to scenes 1 to 3.\n"
        "  - Use a cleared alternative in place of rhea.\n"
        "  - Block the shot with our mannequin in place of rhea (--stand-in rhea).\n"
        "Not yet confirmed by counsel: vocabulary-2026-11.\n"
    )


def test_a_prohibition_reads_with_the_scene_it_is_about() -> None:
    never = ban("LIC-2#5", "rhea", content=("nudity", "product_endorsement"), severity=ProhibitionClass.PROTECTED)
    consent = filed("LIC-2", LIKENESS, bans=(never,), kind=LicenseKind.PERFORMER_CONSENT)
    decision = ask(world(filed("LIC-1", IP), consent), content=(("nudity", "yes"), ("product_endorsement", "no")))
    assert decision_text(decision) == (
        "Refused.\n"
        "Asked: generate.final of rhea for HOUSE, purpose final_shot, in US, for svod, to local, in perpetuity.\n"
        "Why:\n"
        "  - The consent LIC-2 cl. 5 prohibits the use of rhea for final pictures where the shot shows nudity, "
        "and it does. No override can lift this.\n"
        "What would change this:\n"
        "  - Keep nudity out of the shot, or agree a change of LIC-2 cl. 5 with owner.\n"
        "Not yet confirmed by counsel: vocabulary-2026-11.\n"
    )


def test_a_provider_without_terms_reads_with_the_missing_terms_first() -> None:
    assert decision_text(ask(None, recipient="luma/api/pro/1")) == (
        "Refused.\n"
        "Asked: generate.final of rhea for HOUSE, purpose final_shot, in US, for svod, to luma/api/pro/1, "
        "in perpetuity.\n"
        "  also asked: export.provider, because of external recipient\n"
        "  also asked: train.gen, because of no terms in force for luma/api/pro/1\n"
        "Why:\n"
        "  - No terms are on file for luma/api/pro/1; nothing may be sent until they are filed and reviewed.\n"
        "  - No grant covers the character rights of rhea for training of generative models in US, for svod: "
        "the license LIC-1 cl. 2 is for final pictures and transfer to a provider only.\n"
        "  - No grant covers the likeness of rhea for training of generative models in US, for svod: "
        "the license LIC-2 cl. 3.1 is for final pictures and transfer to a provider only.\n"
        "What would change this:\n"
        "  - File reviewed terms for luma/api/pro/1, or stay with the recipient local.\n"
        "Not yet confirmed by counsel: vocabulary-2026-11.\n"
    )


def test_an_approval_reads_with_who_can_give_it() -> None:
    owed = Duty(id="d", when=DutyWhen.PRE, kind=DutyKind.APPROVAL, what="the picture as framed", by="jane-doe")
    decision = ask(production(replace(CONSENT, duties=(owed,))), ACTRESS, TERRACE, **{**SHOT, "scenes": ("2",)})
    assert decision.outcome is Outcome.NEEDS_APPROVAL and [f.facet for f in decision.findings] == ["likeness", "voice"]
    assert why(decision) == [
        "The consent LIC-2026-0004 cl. 3.1 covers the likeness and voice of rhea only after the approval "
        "by jane-doe (the picture as framed)."
    ]
    assert decision.repairs == ("ask jane-doe for the approval under LIC-2026-0004 cl. 3.1 (the picture as framed)",)


# what the record keeps


def test_the_record_keeps_one_finding_an_atom_and_facet() -> None:
    found = refusal().findings
    assert codes(refusal()) == ["no-grant"] and len(found) == 4 * 2 * 2
    assert len({(finding.facet, finding.atom) for finding in found}) == 16


# the nearest grant


def test_the_nearest_grant_is_one_of_the_facet_that_lacks_least() -> None:
    near = refusal().findings[0].nearest
    assert near[0] == NearestGrant(grant="LIC-2026-0004#3.1", missing=("scenes",))
    assert "LIC-2026-0002#3.1" not in [grant.grant for grant in near]


def test_a_grant_of_another_facet_is_named_only_where_no_other_is_on_file() -> None:
    decision = ask(world(filed("LIC-1", IP)), territories=("DE", "US"))
    assert {finding.nearest[0].grant for finding in decision.findings} == {"LIC-1#2"}
    assert why(decision) == [
        "No license on file grants the likeness of rhea; the license LIC-1 cl. 2 is for the character rights."
    ]
    assert decision.repairs == ("file and activate a license for the likeness of rhea",)


def test_a_grant_of_somebody_else_s_likeness_is_not_near() -> None:
    somebody = replace(CONSENT, selector=replace(CONSENT.selector, subjects=("john-roe",)))
    decision = ask(production(somebody), ACTRESS, TERRACE, **SHOT)
    assert why(decision)[0].startswith("No license on file grants the likeness and voice of rhea (jane-doe); ")


def test_an_asset_without_any_license_says_so() -> None:
    decision = ask(world(filed("LIC-9")))
    assert why(decision) == ["No license on file grants the character rights and likeness of rhea."]


def test_a_replaced_license_comes_after_its_successor() -> None:
    old = filed("LIC-1", replace(IP, scenes=()), superseded_at=NOW - DAY)
    new = filed("LIC-3", replace(IP, id="LIC-3#2", scenes=("1-3",), media=("promo",)))
    decision = ask(world(old, new, filed("LIC-2", LIKENESS)), scenes=("4",))
    assert [near.grant for near in decision.findings[0].nearest] == ["LIC-3#2", "LIC-1#2"]


# reasons and choices, dimension by dimension


@pytest.mark.parametrize(
    ("changed", "asked", "reason", "choice"),
    [
        (
            {},
            {"purpose": "previs"},
            "is given for the purposes final_shot; this is previs",
            "allow the purpose previs, or ask for the purpose final_shot",
        ),
        ({}, {"actions": ("upscale",)}, "is for final pictures and transfer to a provider only", "allow upscaling"),
        ({}, {"territories": ("FR",)}, "covers DE and US only, not FR", "cover FR, or keep to DE and US"),
        (
            {},
            {"media": ("theatrical",)},
            "covers svod only, not theatrical",
            "allow the media theatrical, or keep to svod",
        ),
        (
            {},
            {"recipient": "netfilms"},
            "reaches local and luma; this goes to netfilms",
            "name the recipient netfilms, or use the recipient local or luma",
        ),
        ({"productions": ("OTHER",)}, {}, "is for the production OTHER; this is HOUSE", "name the production HOUSE"),
        (
            {"exploit_until": datetime(2030, 1, 1, 8, tzinfo=UTC)},
            {},
            "lets results be used until 31 December 2029; asked is in perpetuity",
            "let results be used in perpetuity, or end the use by 31 December 2029",
        ),
        (
            {"generate_until": datetime(2026, 8, 31, 7, tzinfo=UTC)},
            {},
            "lets new work be made from 22 August 2026 until 30 August 2026; this is asked on 1 September 2026",
            "extend the time for new work, or work from 22 August 2026 until 30 August 2026",
        ),
        (
            {"scenes": ("1-3", "20A")},
            {"scenes": ("3", "10", "9")},
            "covers scenes 1 to 3 and 20A; this use is also scenes 9 and 10",
            "cover scenes 9 and 10, or keep to scenes 1 to 3 and 20A",
        ),
        (
            {"caps": (Cap(id="c", unit=CapUnit.SHOTS, limit=0),)},
            {},
            "is used up: it gives at most 0 shots",
            "raise its limit of 0 shots",
        ),
        (
            {"commercial": False},
            {},
            "is for non-commercial use; HOUSE is a commercial production",
            "allow commercial use",
        ),
        (
            {"depth": 0},
            {},
            "reaches works at most 0 steps of derivation away; this is further",
            "reach further derivatives",
        ),
    ],
)
def test_a_dimension_reads_as_what_the_clause_says_and_what_it_would_have_to(
    changed: Any, asked: Any, reason: str, choice: str
) -> None:
    zone = {"timezone": "America/Los_Angeles"}
    decision = ask(world(filed("LIC-1", replace(IP, **changed), **zone), filed("LIC-2", LIKENESS)), **asked)
    (ours,) = (sentence for sentence in why(decision) if "LIC-1" in sentence)
    assert ours.endswith(f": the license LIC-1 cl. 2 {reason}.")
    assert f"have owner amend LIC-1 cl. 2 to {choice}" in decision.repairs


@pytest.mark.parametrize(
    ("standing", "reason", "choice"),
    [
        ({"activated": False}, "has not been activated under a rights-admin's signature", "activate LIC-1"),
        ({"status": LicenseStatus.DRAFT}, "is draft, not active", "activate LIC-1"),
        ({"status": LicenseStatus.SUSPENDED}, "is suspended, not active", "lift the suspension of LIC-1"),
    ],
)
def test_a_license_not_in_force_asks_for_a_rights_admin(standing: Any, reason: str, choice: str) -> None:
    decision = ask(world(filed("LIC-1", IP, **standing), filed("LIC-2", LIKENESS)))
    assert [sentence.endswith(f"the license LIC-1 cl. 2 {reason}.") for sentence in why(decision)] == [True]
    assert decision.repairs == (f"have a rights-admin {choice}",)


@pytest.mark.parametrize(
    ("standing", "reason"),
    [
        ({"revoked_at": NOW - DAY}, "was revoked on 31 August 2026"),
        ({"superseded_at": NOW - DAY}, "was replaced on 31 August 2026"),
        ({"status": LicenseStatus.EXPIRED}, "is expired, not active"),
        ({"kind": LicenseKind.LEGAL_HOLD}, "can give no permission"),
    ],
)
def test_a_license_that_is_over_asks_for_new_terms(standing: Any, reason: str) -> None:
    decision = ask(world(filed("LIC-1", IP, **standing), filed("LIC-2", LIKENESS)))
    assert len(why(decision)) == 1 and why(decision)[0].endswith(f"LIC-1 cl. 2 {reason}.")
    assert decision.repairs == ("agree new terms with owner in place of LIC-1 cl. 2",)


def test_an_unpaid_fee_names_what_is_owed() -> None:
    fee = Duty(id="d", when=DutyWhen.PRE, kind=DutyKind.FEE, what="USD 500 a shot")
    decision = ask(world(filed("LIC-1", replace(IP, duties=(fee,))), filed("LIC-2", LIKENESS)))
    assert why(decision)[0].endswith("asks first for the fee (USD 500 a shot), which the library has no record of.")
    assert decision.repairs == ("settle the fee (USD 500 a shot) under LIC-1 cl. 2, and record it",)


def test_provider_terms_beyond_a_limit_read_with_both_sides() -> None:
    kept = world(
        filed("LIC-1", replace(IP, retention_days_max=7, regions=("EU",))),
        filed("LIC-2", LIKENESS),
        agreements=(agreement(retention_days=30, regions=("US",)),),
    )
    decision = ask(kept, recipient=PROVIDER)
    assert why(decision)[0].endswith(
        f"the license LIC-1 cl. 2 lets a provider keep files for 7 days; {PROVIDER} keeps them for 30 days; "
        f"it lets a provider work in EU; {PROVIDER} works in US."
    )


def test_data_of_people_is_told_once_for_face_and_voice() -> None:
    strict = replace(
        production(replace(CONSENT, actions=("generate", "export"), scenes=())),
        agreements=(agreement(personal_data_allowed=False),),
    )
    decision = ask(strict, ACTRESS, TERRACE, **{**SHOT, "recipient": PROVIDER})
    told = [finding for finding in decision.findings if finding.code == "personal-data"]
    assert [finding.facet for finding in told] == ["likeness", "voice"]
    assert {finding.sentence for finding in told} == {
        "rhea carries the likeness and voice of a person, and agreement PA-12 does not allow personal data to be sent."
    }


def test_content_nobody_declared_is_asked_for_once() -> None:
    bans = (ban("LIC-1#5", "rhea", content=("sexual", "politics")), ban("LIC-1#6", "rhea", content=("nudity",)))
    decision = ask(world(filed("LIC-1", IP, bans=bans), filed("LIC-2", LIKENESS)))
    assert why(decision) == [
        "The license LIC-1 cl. 5 restricts rhea where a shot shows sexual content or politics; "
        "this question does not say whether it does.",
        "The license LIC-1 cl. 6 restricts rhea where a shot shows nudity; this question does not say whether it does.",
    ]
    assert decision.repairs == ("declare, yes or no, whether the shot shows nudity, sexual content or politics",)


def test_a_license_is_not_asked_to_allow_training_that_only_a_provider_brings_along() -> None:
    unknown = world(agreements=(agreement(trains_on_inputs=Answer.UNKNOWN),))
    assert ask(unknown, recipient=PROVIDER).repairs == ("use a recipient whose terms rule out training, such as local",)
    assert "training" in ask(None, purpose="training").repairs[0]


# choices beside the paper


def test_a_stand_in_is_offered_where_a_shot_has_one_refused_character_among_others() -> None:
    offered = "block the shot with our mannequin in place of rhea (--stand-in rhea)"
    assert offered in refusal().repairs
    assert offered not in refusal(shot=None).repairs
    assert offered not in refusal(actions=("export.publish",), purpose="marketing").repairs
    assert offered not in ask(production(), ACTRESS, **SHOT).repairs


# grouping


def miss(where: str, medium: str, *missing: str, facet: str = "likeness") -> Miss:
    near = (NearestGrant(grant="LIC-1#1", missing=missing),)
    return Miss(asset="a", facet=facet, subject="jane-doe", action="view", territory=where, medium=medium, nearest=near)


def test_a_gap_names_no_combination_that_is_covered() -> None:
    held = [miss("FR", "svod", "territory"), miss("FR", "promo", "territory", "media"), miss("US", "promo", "media")]
    (gap,) = set(gaps(held).values())
    assert gap.where == ((("FR",), ("svod",)), (("FR", "US"), ("promo",)))
    assert (gap.missing, gap.beyond, gap.beyond_media) == ((), ("FR",), ("promo",))


ATOMS = st.tuples(
    st.sampled_from(["likeness", "voice"]), st.sampled_from(["FR", "US", "DE"]), st.sampled_from(["svod", "promo"])
)


@given(st.dictionaries(ATOMS, st.lists(st.sampled_from(["scenes", "territory", "media"]), unique=True), min_size=1))
def test_gaps_name_every_miss_once_and_nothing_else(atoms: dict[tuple[str, str, str], list[str]]) -> None:
    found = gaps(miss(where, medium, *lacking, facet=facet) for (facet, where, medium), lacking in atoms.items())
    named = [
        (facet, where, medium)
        for gap in {id(gap): gap for gap in found.values()}.values()
        for places, media in gap.where
        for facet, where, medium in product(gap.facets, places, media)
    ]
    assert sorted(named) == sorted(atoms)


def test_misses_for_different_reasons_are_different_gaps() -> None:
    found = gaps([miss("FR", "svod", "scenes"), miss("FR", "svod", "scenes", "cap", facet="voice")])
    assert [gap.missing for gap in found.values()] == [("scenes",), ("scenes", "cap")]


def test_many_territories_are_counted_where_they_are_all_that_was_asked() -> None:
    many = ("AT", "BE", "CH", "DE", "DK", "ES", "FI", "FR", "GB", "IT")
    assert "for previs in all 10 territories asked, for svod and promo" in why(refusal(territories=many))[0]


# words


@pytest.mark.parametrize(
    ("end", "zone", "told"),
    [
        (datetime(2030, 1, 1, 8, tzinfo=UTC), "America/Los_Angeles", "31 December 2029"),
        (datetime(2030, 1, 1, tzinfo=UTC), "UTC", "31 December 2029"),
        (datetime(2031, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), "UTC", "31 December 2031"),
        (datetime(2030, 1, 1, 8, tzinfo=UTC), "UTC", "1 January 2030, 08:00 UTC"),
        (datetime(2030, 1, 1, tzinfo=UTC), "Nowhere/Such", "31 December 2029"),
    ],
)
def test_the_end_of_a_window_is_told_as_its_last_day(end: datetime, zone: str, told: str) -> None:
    assert wording.last_day(end, zone) == told


def test_every_word_of_the_vocabulary_has_a_plain_one() -> None:
    from assetlib.rights.vocabulary import ACTIONS

    assert set(wording.ACTIONS) == set(ACTIONS)
    assert set(wording.FACETS) == {facet.value for facet in Facet}
    assert set(wording.KINDS) == set(LicenseKind)
