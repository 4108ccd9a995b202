"""What an answer says about itself: citations that cover and suffice, repairs that work, an envelope that holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given
from hypothesis import strategies as st

from assetlib.model.asset import Facet
from assetlib.model.license import DutyWhen, Grant, LicenseKind, Survival, SurvivalKind, Territories
from assetlib.model.world import World
from assetlib.rights.asked import prepare
from assetlib.rights.clearing import clear
from assetlib.rights.cover import plainly
from assetlib.rights.evaluate import evaluate
from assetlib.rights.index import prepared
from assetlib.rights.permits import RecordedDecision, mint
from provenance.decision import Decision, Outcome, PermitRefused, Question, parse_instant
from tests.unit.rights.generated import (
    CONSENT,
    DENTS,
    EXAMPLES,
    MEDIA,
    TERRITORIES,
    Dent,
    adding,
    closure,
    questions,
    with_grants,
    worlds,
)
from tests.unit.rights.worlds import DAY, NOW, digest, filed


def allowed(world: World, asked: Question) -> Decision:
    decision = evaluate(world, asked)
    assume(decision.outcome is Outcome.ALLOW)
    return decision


@EXAMPLES
@given(worlds(), questions())
def test_e1_every_facet_of_the_closure_is_covered_by_a_cited_grant_and_e2_those_suffice(
    world: World, asked: Question
) -> None:
    decision = allowed(world, asked)
    cited = {g.id: g for held in world.licenses for g in held.license.grants if g.id in decision.cited}
    assert set(decision.closure) == closure(world, asked)
    for held in world.assets:
        if held.version.digest in decision.closure:
            for claim in held.version.facets:
                assert claim.by == "carla" or any(
                    claim.facet in g.facets and held.version.entity in g.selector.entities for g in cited.values()
                )
    again = evaluate(with_grants(world, lambda g: cited.get(g.id)), asked)
    assert (again.outcome, again.cited) == (Outcome.ALLOW, decision.cited)


@EXAMPLES
@given(worlds(), questions())
def test_an_answer_that_rests_on_an_override_says_so_and_would_be_another_without(
    world: World, asked: Question
) -> None:
    decision = allowed(world, asked)
    overrides = {
        g.id for f in world.licenses if f.license.kind is LicenseKind.COUNSEL_OVERRIDE for g in f.license.grants
    }
    assert set(decision.overrides) == overrides & set(decision.cited)
    without = evaluate(with_grants(world, lambda g: None if g.id in overrides else g), asked)
    assert (without.outcome is not Outcome.ALLOW) == bool(decision.overrides)


@EXAMPLES
@given(worlds(), questions())
def test_e3_supplying_what_the_nearest_grant_misses_removes_exactly_that_finding(world: World, asked: Question) -> None:
    before = evaluate(world, asked)
    finding = next((f for f in before.findings if f.nearest and not _SUPPLIED.isdisjoint(f.nearest[0].missing)), None)
    assume(finding is not None)
    assert finding is not None
    near, atom = finding.nearest[0], dict(finding.atom)
    assume(set(near.missing) <= _SUPPLIED)
    held = next(g for license_ in world.licenses for g in license_.license.grants if g.id == near.grant)
    license_ = next(f for f in world.licenses if any(g.id == near.grant for g in f.license.grants))
    fixed = _supply(held, near.missing, atom, asked)
    # The repaired grant gives this one atom and leaves the others as they were.
    extra = replace(
        fixed,
        id="AAA#1",
        actions=(atom["action"],),
        territories=Territories(included=(atom["territory"],)),
        media=(atom["media"],),
        facets=(Facet(finding.facet or ""),),
    )
    repaired = filed(
        "AAA",
        extra,
        kind=license_.license.kind,
        consent=license_.license.consent or CONSENT,
        licensor=license_.license.licensor,
    )
    if "revoked" in near.missing or "superseded" in near.missing:
        assume(False)
    after = evaluate(adding(world, repaired), asked)
    where = {(f.code, f.asset, f.facet, f.atom) for f in before.findings}
    assert {(f.code, f.asset, f.facet, f.atom) for f in after.findings} == where - {
        (finding.code, finding.asset, finding.facet, finding.atom)
    }


_SUPPLIED = frozenset({"territory", "media", "action", "recipient", "production", "purpose", "exploit_until"}) | {
    *("survival", "scenes", "depth", "retention", "region", "cap", "activation"),
    *("generation window", "license status", "commercial use"),
}


def _supply(held: Grant, missing: tuple[str, ...], atom: dict[str, str], asked: Question) -> Grant:
    supplied: dict[str, dict[str, Any]] = {
        "recipient": {"recipients": (*held.recipients, asked.recipient)},
        "production": {"productions": (*held.productions, asked.production)},
        "purpose": {"purposes": (*held.purposes, asked.purpose)},
        "exploit_until": {"exploit_until": None, "survival": Survival(kind=SurvivalKind.PERPETUAL)},
        "survival": {"survival": Survival(kind=SurvivalKind.PERPETUAL)},
        "generation window": {
            "generate_from": NOW - DAY,
            "generate_until": NOW + DAY,
            "survival": Survival(kind=SurvivalKind.PERPETUAL),
        },
        "scenes": {"scenes": ()},
        "depth": {"depth": None},
        "retention": {"retention_days_max": None},
        "region": {"regions": ()},
        "cap": {"caps": ()},
        "commercial use": {"commercial": True},
    }
    for dimension in missing:
        held = replace(held, **supplied.get(dimension, {}))
    return held


@EXAMPLES
@given(worlds(), questions())
def test_the_envelope_holds_exactly_what_would_be_allowed(world: World, asked: Question) -> None:
    decision = allowed(world, asked)
    envelope = dict(decision.envelope or ())
    for medium in MEDIA:
        held = envelope.get(medium, "nowhere").replace(",", " ").split()
        for place in TERRITORIES:
            atom = replace(asked, territories=(place,), media=(medium,))
            again = evaluate(world, atom).outcome is Outcome.ALLOW
            within = place in held or (held[:1] == ["WW"] and place not in held)
            # An override is cited only where nothing else covers, so the envelope without it may be smaller.
            assert again == within or (again and not decision.overrides and evaluate(world, atom).overrides)
    for medium in asked.media:
        assert all(place in envelope[medium] or envelope[medium].startswith("WW") for place in asked.territories)


@EXAMPLES
@given(worlds(), questions())
def test_the_envelope_ends_where_the_weakest_cited_grant_does(world: World, asked: Question) -> None:
    decision = allowed(world, asked)
    envelope = dict(decision.envelope or ())
    cited = [g for held in world.licenses for g in held.license.grants if g.id in decision.cited]
    ends = [_lasts(g) for g in cited]
    bounded = [end for end in ends if end is not None]
    assert envelope["until"] == "perpetual" if not bounded else parse_instant(envelope["until"]) == min(bounded)
    if bounded:
        weakest = next(g for g in cited if g.id == envelope["weakest"])
        assert _lasts(weakest) == min(bounded)


def _lasts(g: Grant) -> Any:
    """Until when results may be used, worked out from the words of the grant alone."""
    survives = g.generate_until
    if g.generate_until is None or g.survival.kind is SurvivalKind.PERPETUAL:
        return g.exploit_until
    if g.survival.kind is SurvivalKind.SELL_OFF:
        survives = g.generate_until + g.survival.days * DAY
    return survives if g.exploit_until is None or survives is None else min(survives, g.exploit_until)


@EXAMPLES
@given(worlds(), questions())
def test_everything_the_cited_grants_owe_afterwards_is_owed(world: World, asked: Question) -> None:
    from assetlib.model.license import Duty, DutyKind

    def owing(g: Grant) -> Grant:
        credit = Duty(id=f"{g.id}/after", when=DutyWhen.POST, kind=DutyKind.CREDIT, what=f"thanks to {g.id}")
        return replace(g, duties=(*g.duties, credit))

    decision = allowed(with_grants(world, owing), asked)
    owed = {one.what for one in decision.owed if one.kind == "credit"}
    assert owed == {f"thanks to {id_}" for id_ in decision.cited}


@EXAMPLES
@given(worlds(), questions())
def test_a_decision_survives_being_stored_and_replayed(world: World, asked: Question) -> None:
    decision = evaluate(world, asked)
    stored = Decision.from_json(decision.to_json())
    assert stored == replace(decision, question=stored.question) and stored.question.to_json() == asked.to_json()
    assert evaluate(world, stored.question).to_json() == decision.to_json()


@EXAMPLES
@given(worlds(most=2), questions(), st.sampled_from(DENTS), st.integers(0, 3))
def test_whatever_changes_the_answer_changes_the_digest_of_its_world(
    world: World, asked: Question, dent: Dent, n: int
) -> None:
    first, second = evaluate(world, asked), evaluate(dent(world, n), asked)
    if (first.outcome, first.findings, first.cited) != (second.outcome, second.findings, second.cited):
        assert first.world_digest != second.world_digest


_KEY = Ed25519PrivateKey.generate()


@EXAMPLES
@given(worlds(), questions())
def test_nothing_but_an_allow_yields_a_permit(world: World, asked: Question) -> None:
    decision = evaluate(world, asked)
    recorded = RecordedDecision(id="D-1", decision=decision, recorded=decision.digest(), checkpoint=digest("c"))
    named = {"key_id": "k", "permit_id": "P-1", "generator": "render", "actor": "li", "nonce": "n"}
    try:
        mint(recorded, [], _KEY, request=digest("r"), now=NOW, **named)
    except PermitRefused:
        assert decision.outcome is not Outcome.ALLOW
    else:
        assert decision.outcome is Outcome.ALLOW


@EXAMPLES
@given(worlds(), questions())
def test_the_short_look_never_says_yes_where_the_long_one_says_no(world: World, asked: Question) -> None:
    index = prepared(world)
    asking = prepare(index, asked)
    assume(asking.plain)
    for inside in closure(world, asked):
        for claim in index.holding(inside).claims:
            if claim.single is not None and plainly(claim.single, asking):
                found = clear(claim, index.holding(inside), asking, index)
                assert found.findings == [] and list(found.relied) == [claim.single.id]
                assert found.atoms == claim.single.reach
