"""Terms and time: what a provider's terms do to its outputs, what outlives a grant, what counsel ratifies later."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from assetlib.model.asset import Facet, FacetClaim
from assetlib.model.license import (
    Answer,
    Attestation,
    Cap,
    CapUnit,
    LicenseKind,
    LicenseStatus,
    RevocationEffect,
    RevocationTerms,
    Survival,
    SurvivalKind,
    Territories,
)
from assetlib.model.world import DutyFulfilment, FulfilmentState, SettingSeen, World
from assetlib.rights import caps, standing
from assetlib.rights.permits import RecordedDecision, mint
from assetlib.rights.ratify import RatifyRefused, ratify
from provenance.decision import Decision, DecisionKind, Outcome, PermitRefused
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

ALLOW, NEEDS, DENY = Outcome.ALLOW, Outcome.NEEDS_APPROVAL, Outcome.DENY


def seen(setting: str, **changes: Any) -> SettingSeen:
    return replace(SettingSeen(agreement="PA-12", setting=setting, at=NOW, valid_until=NOW + DAY), **changes)


@pytest.mark.parametrize(
    ("attested", "outcome"),
    [
        ((seen("training off"),), ALLOW),
        ((), DENY),
        ((seen("retention off"),), DENY),
        ((seen("training off", at=NOW + DAY),), DENY),
        ((seen("training off", valid_until=NOW),), DENY),
        ((seen("training off", agreement="PA-13"),), DENY),
        ((seen("retention off"), seen("training off")), ALLOW),
    ],
)
def test_an_opt_out_counts_only_while_somebody_has_seen_that_setting(attested: Any, outcome: Outcome) -> None:
    terms = agreement(trains_on_outputs=Answer.OPT_OUT_SET, opt_out_setting="training off")
    assert ask(world(agreements=(terms,), settings_seen=attested), recipient=PROVIDER).outcome is outcome


def test_an_opt_out_whose_setting_nobody_named_counts_as_unknown() -> None:
    shown = Attestation(setting="", at=NOW, valid_until=NOW + DAY)
    terms = agreement(trains_on_inputs=Answer.OPT_OUT_SET, attestation=shown)
    assert ask(world(agreements=(terms,)), recipient=PROVIDER).outcome is DENY


@pytest.mark.parametrize(("attested", "outcome"), [((seen("no store"),), ALLOW), ((), DENY), ((seen("else"),), DENY)])
def test_zero_retention_counts_only_while_attested(attested: Any, outcome: Outcome) -> None:
    terms = agreement(retention_days=30, zero_retention_setting="no store")
    strict = filed("LIC-1", replace(IP, retention_days_max=0))
    where = world(strict, filed("LIC-2", LIKENESS), agreements=(terms,), settings_seen=attested)
    decision = ask(where, recipient=PROVIDER)
    assert decision.outcome is outcome and codes(decision) == ([] if outcome is ALLOW else ["retention"])


def test_making_at_a_provider_needs_a_model_by_name_and_sending_does_not() -> None:
    assert codes(ask(None, recipient=PROVIDER, model=None)) == ["no-provider-agreement"]
    sends = {"actions": ("export.delivery", "export.provider"), "purposes": ("delivery",)}
    held = world(filed("LIC-1", replace(IP, **sends)), filed("LIC-2", replace(LIKENESS, **sends)))
    asked = {"actions": ("export.delivery",), "purpose": "delivery"}
    assert ask(held, recipient=PROVIDER, model=None, **asked).outcome is ALLOW


def test_a_sub_processor_must_be_listed_by_name() -> None:
    listed = world(agreements=(agreement(subprocessors=("cloud",)),))
    assert ask(listed, recipient=PROVIDER, subprocessors=("cloud",)).outcome is ALLOW
    assert ask(listed, recipient=PROVIDER, subprocessors=("cloud", "annotators")).outcome is DENY


# what terms forbid of outputs

_OUTPUT = FacetClaim(facet=Facet.TOOL_OUTPUT, subject="luma/api", by="li")
CLIP = replace(version("clip"), facets=(_OUTPUT,))
NO_TRAINING = ban("PA-12/out", actions=("train",))


def clip(*terms: Any, **changes: Any) -> Decision:
    own = grant("LIC-9#1", "clip", facets=(Facet.TOOL_OUTPUT,), actions=("generate.final", "train.gen"))
    where = world(filed("LIC-9", own), assets=(facts(replace(CLIP, **changes)),), agreements=terms)
    return ask(where, CLIP, actions=("generate.final", "train.gen"))


def test_what_terms_forbid_of_an_output_stays_with_it() -> None:
    forbids = agreement(output_restrictions=(NO_TRAINING,))
    decision = clip(forbids)
    assert codes(decision) == ["prohibited"] and "provider terms PA-12" in decision.findings[0].sentence
    assert clip(agreement()).outcome is ALLOW
    assert clip(replace(forbids, provider="luma2")).outcome is ALLOW


def test_the_terms_of_the_day_it_was_made_count_also_when_they_have_ended() -> None:
    old = agreement(output_restrictions=(NO_TRAINING,), valid_until=NOW - 20 * DAY, superseded_at=NOW - 20 * DAY)
    new = agreement(id="PA-13", valid_from=NOW - 20 * DAY)
    assert clip(old, new).outcome is DENY
    assert clip(old, new, created_at=NOW - 10 * DAY).outcome is ALLOW
    assert clip(old, created_at=NOW - 10 * DAY).outcome is DENY  # no terms then: all that were ever filed


# time

NONE = Survival()


def test_a_deliverable_needs_results_that_outlive_the_grant_for_as_long_as_asked() -> None:
    ends = world(filed("LIC-1", replace(IP, survival=NONE)), filed("LIC-2", LIKENESS))
    assert missing(ask(ends)) == {"survival"}
    assert ask(ends, exploit_until=NOW + 10 * DAY).outcome is ALLOW
    assert missing(ask(ends, exploit_until=NOW + 11 * DAY)) == {"survival"}
    sells = replace(
        ends,
        licenses=(
            filed("LIC-1", replace(IP, survival=Survival(kind=SurvivalKind.SELL_OFF, days=5))),
            filed("LIC-2", LIKENESS),
        ),
    )
    assert ask(sells, exploit_until=NOW + 15 * DAY).outcome is ALLOW
    assert ask(sells, exploit_until=NOW + 16 * DAY).outcome is DENY


def test_a_previs_need_not_outlive_anything() -> None:
    previs = {"actions": ("generate.previs",), "purposes": ("previs",), "survival": NONE}
    held = world(filed("LIC-1", replace(IP, **previs)), filed("LIC-2", replace(LIKENESS, **previs)))
    assert ask(held, actions=("generate.previs",), purpose="previs").outcome is ALLOW


TAKE = replace(version("take", Facet.TOOL_OUTPUT), created_at=NOW - 5 * DAY)


def delivered(**terms: Any) -> World:
    """A take of five days ago; the likeness in it under `terms`."""
    wide = {"actions": ("generate.final", "export.delivery"), "purposes": ("final_shot", "delivery")}
    own = filed("LIC-9", grant("LIC-9#1", "take", facets=(Facet.TOOL_OUTPUT,), **wide))
    of_license = {name: terms.pop(name) for name in ("on_revocation", "revoked_at", "status") if name in terms}
    likeness = filed("LIC-2", replace(LIKENESS, **(wide | terms)), **of_license)
    licenses = (filed("LIC-1", replace(IP, **wide)), likeness, own)
    return world(*licenses, assets=(facts(RHEA), facts(TAKE)), derivations=(edge(RHEA, TAKE),))


def test_an_output_without_survival_has_lost_its_clearance_and_delivery_says_so() -> None:
    ended = delivered(generate_until=NOW - DAY, survival=NONE)
    lost = standing.standing(ended, TAKE.digest, now=NOW)
    assert lost.clearance_lost and [(one.facet, one.grants) for one in lost.lost] == [("likeness", ("LIC-2#3.1",))]
    decision = ask(ended, TAKE, actions=("export.delivery",), purpose="delivery", exploit_until=NOW)
    assert codes(decision) == ["clearance-lost"]


def test_an_output_stands_as_long_as_the_weakest_facet_lets_it() -> None:
    whole = standing.standing(delivered(), TAKE.digest, now=NOW)
    assert (whole.clearance_lost, whole.until, whole.weakest) == (False, None, "")
    until = delivered(survival=Survival(kind=SurvivalKind.UNTIL, until=NOW + 99 * DAY))
    bounded = standing.standing(until, TAKE.digest, now=NOW)
    assert (bounded.until, bounded.weakest) == (NOW + 99 * DAY, "LIC-2#3.1")


@pytest.mark.parametrize(
    ("effect", "lost"),
    [(RevocationEffect.PROSPECTIVE, False), (RevocationEffect.TAKEDOWN, True), (RevocationEffect.DESTROY, True)],
)
def test_a_revocation_reaches_a_finished_output_as_its_license_says(effect: RevocationEffect, lost: bool) -> None:
    terms = {"revoked_at": NOW - DAY, "on_revocation": RevocationTerms(effect=effect), "status": LicenseStatus.REVOKED}
    where = delivered(**terms)
    assert standing.standing(where, TAKE.digest, now=NOW).clearance_lost is lost
    assert [one.effect for one in standing.consequences(where, "LIC-2", [TAKE.digest], now=NOW)] == [effect]


def test_the_public_domain_is_found_country_by_country_with_an_opinion() -> None:
    def finding(*places: str, **changes: Any) -> Decision:
        told = {"basis": "author died 1938", "basis_year": 2009, "document": _paper()} | changes
        held = replace(IP, territories=Territories(included=places))
        return ask(
            world(filed("LIC-1", held, kind=LicenseKind.PUBLIC_DOMAIN_FINDING, **told), filed("LIC-2", LIKENESS))
        )

    assert finding("US", "DE").outcome is ALLOW
    assert missing(finding("WW")) == {"single territories"}
    for absent in ({"basis": ""}, {"basis_year": None}, {"document": None}):
        assert missing(finding("US", **absent)) == {"public-domain opinion"}


def _paper() -> Any:
    from assetlib.model.license import DocumentRef

    return DocumentRef(file="opinion.pdf", digest=digest("opinion"))


def test_words_that_steer_a_model_are_checked_against_the_described_use_shot_by_shot() -> None:
    held = world(filed("LIC-1", IP), filed("LIC-2", replace(LIKENESS, use_description="Rhea rides in a crowd")))
    steered = {"shot": "sh010", "prompt": digest("Rhea rides")}
    assert ask(held).outcome is ALLOW
    decision = ask(held, **steered)
    assert decision.outcome is NEEDS and "keeps to the described use: Rhea rides in a crowd" in (
        decision.findings[0].sentence
    )
    done = DutyFulfilment(
        duty="LIC-2#3.1/described-use",
        scope=f"sh010/{steered['prompt']}",
        state=FulfilmentState.FULFILLED,
        by="li",
        at=NOW,
    )
    assert ask(replace(held, fulfilments=(done,)), **steered).outcome is ALLOW
    assert ask(replace(held, fulfilments=(done,)), **(steered | {"prompt": digest("else")})).outcome is NEEDS
    assert ask(replace(held, fulfilments=(done,)), **(steered | {"shot": "sh020"})).outcome is NEEDS
    assert ask(replace(held, fulfilments=(done,)), prompt=steered["prompt"]).outcome is NEEDS


# caps


def test_an_allowed_use_reserves_what_it_takes_of_every_cap() -> None:
    limits = tuple(Cap(id=f"c/{unit.value}", unit=unit, limit=9) for unit in CapUnit)
    where = world(filed("LIC-1", replace(IP, caps=limits)), filed("LIC-2", LIKENESS))
    decision = ask(where, shot="sh010", seconds=4)
    assert [(r.cap, r.of, r.amount, r.limit) for r in caps.reservations(where, decision)] == [
        ("c/seconds", "sh010", 4, 9),
        ("c/shots", "sh010", 1, 9),
        ("c/titles", "HOUSE", 1, 9),
    ]
    assert caps.reservations(where, ask(where, shot="sh010", seconds=10)) == ()


# ratification


def test_late_evidence_is_ratified_by_a_decision_of_its_own() -> None:
    unpaid = world(filed("LIC-1", IP), people=COUNSEL)
    old = ask(unpaid)
    later = NOW + 30 * DAY
    ratified = ratify(world(people=COUNSEL), old, "D-000007", by="carla", at=later)
    assert old.outcome is DENY and ratified.outcome is ALLOW
    assert (ratified.kind, ratified.ratifies, ratified.ratified_by) == (DecisionKind.RATIFY, "D-000007", "carla")
    assert ratified.question == old.question and ratified.decided_at == later
    assert Decision.from_json(ratified.to_json()) == ratified


def test_a_ratification_opens_no_door() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    ratified = ratify(world(people=COUNSEL), ask(), "D-000007", by="carla", at=NOW)
    recorded = RecordedDecision(id="D-000008", decision=ratified, recorded=ratified.digest(), checkpoint=digest("c"))
    with pytest.raises(PermitRefused, match="opens no door"):
        mint(
            recorded,
            [],
            Ed25519PrivateKey.generate(),
            key_id="k",
            permit_id="P-1",
            generator="render",
            request=digest("r"),
            actor="li",
            nonce="n",
            now=NOW,
        )


def test_only_counsel_ratifies_and_only_later() -> None:
    with pytest.raises(RatifyRefused, match="only counsel"):
        ratify(world(people=COUNSEL), ask(), "D-1", by="rita", at=NOW)
    with pytest.raises(RatifyRefused, match="after it"):
        ratify(world(people=COUNSEL), ask(), "D-1", by="carla", at=NOW - timedelta(seconds=1))
    again = ratify(world(people=COUNSEL), ask(), "D-1", by="carla", at=NOW)
    with pytest.raises(RatifyRefused, match="ratifies D-1 itself"):
        ratify(world(people=COUNSEL), again, "D-2", by="carla", at=NOW)


def test_every_part_of_a_decision_survives_being_stored() -> None:
    where = world(override(), people=COUNSEL)
    decision = ask(where, seconds=3, prompt=digest("p"), shot="s")
    assert Decision.from_json(decision.to_json()) == decision and decision.overrides
