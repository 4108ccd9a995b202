"""From a world that allows: one thing made wrong must deny, wherever it is in the closure. And what must not matter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from assetlib.model.asset import Facet, FacetClaim, FacetStatus
from assetlib.model.license import (
    Answer,
    Attestation,
    Cap,
    Capacity,
    CapUnit,
    Duty,
    DutyEach,
    DutyKind,
    DutyWhen,
    Grant,
    LicenseKind,
    LicenseParty,
    LicenseStatus,
    ProhibitionClass,
    Selector,
    Territories,
)
from assetlib.model.party import Party, PartyKind
from assetlib.model.world import CapState, CapUse, DutyFulfilment, FulfilmentState, Integrity, SettingSeen, World
from assetlib.rights import caps, holds
from assetlib.rights.evaluate import evaluate
from provenance.decision import Decision, Outcome, Question
from tests.unit.rights.generated import (
    EXAMPLES,
    WIDE,
    adding,
    bound_by,
    changed,
    closure,
    entry,
    names_in,
    override_for,
    questions,
    with_grants,
    worlds,
)
from tests.unit.rights.worlds import DAY, NOW, PROVIDER, ban, filed

ALLOW, NEEDS, DENY = Outcome.ALLOW, Outcome.NEEDS_APPROVAL, Outcome.DENY


def allowed(world: World, asked: Question) -> Decision:
    """The answer, where it is allow and rests on no override; other worlds are left out."""
    decision = evaluate(world, asked)
    assume(decision.outcome is ALLOW and not decision.overrides)
    return decision


def plain(world: World) -> World:
    """The world without counsel's overrides, which would stand in for what a test takes away."""
    kept = (held for held in world.licenses if held.license.kind is not LicenseKind.COUNSEL_OVERRIDE)
    return replace(world, licenses=tuple(kept))


def anything_needed(world: World, asked: Question) -> bool:
    """Whether any facet of the closure is left that counsel has not released."""
    inside = [f.version for f in world.assets if f.version.digest in closure(world, asked)]
    return any(claim.by != "carla" for version in inside for claim in version.facets)


def one_of(data: st.DataObject, world: World, asked: Question) -> str:
    """An asset of the independently computed closure."""
    return data.draw(st.sampled_from(names_in(world, asked)))


def needed(data: st.DataObject, world: World, asked: Question) -> tuple[str, FacetClaim]:
    """An asset of the closure and one facet of it that somebody has to grant."""
    inside = [f.version for f in world.assets if f.version.name in names_in(world, asked)]
    claims = [(v.name, c) for v in inside for c in v.facets if c.status is not FacetStatus.RELEASED or c.by != "carla"]
    assume(claims)
    return data.draw(st.sampled_from(claims))


def outcome(world: World, asked: Question) -> Outcome:
    return evaluate(world, asked).outcome


@EXAMPLES
@given(worlds(), questions(), st.data(), st.sampled_from(list(ProhibitionClass)))
def test_o1_a_universal_prohibition_on_any_asset_of_the_closure_denies(
    world: World, asked: Question, data: st.DataObject, severity: ProhibitionClass
) -> None:
    allowed(world, asked)
    new = ban("NEW#1", one_of(data, world, asked), severity=severity)
    assert outcome(plain(adding(world, filed("NEW", bans=(new,)))), asked) is DENY


@EXAMPLES
@given(worlds(), questions(), st.data())
def test_o2_taking_one_facet_of_one_asset_out_of_all_grants_denies(
    world: World, asked: Question, data: st.DataObject
) -> None:
    allowed(world, asked)
    name, claim = needed(data, world, asked)

    def without(g: Grant) -> Grant | None:
        return None if f"assetlib:///characters/{name}" in g.selector.entities and claim.facet in g.facets else g

    assert outcome(with_grants(world, without), asked) is DENY


def _capped(unit: CapUnit, limit: int) -> Callable[[Grant], Grant]:
    return lambda g: replace(g, caps=(Cap(id=f"{g.id}/c", unit=unit, limit=limit),))


def _owing(kind: DutyKind, by: str = "") -> Callable[[Grant], Grant]:
    return lambda g: replace(g, duties=(Duty(id=f"{g.id}/x", when=DutyWhen.PRE, kind=kind, what="pay", by=by),))


_BROKEN: tuple[Callable[[Grant], Grant], ...] = (
    lambda g: replace(g, generate_from=NOW - 5 * DAY, generate_until=NOW),  # O3
    lambda g: replace(g, generate_from=NOW + DAY, generate_until=NOW + 2 * DAY),  # O3
    lambda g: replace(g, revoked_at=NOW),  # O4
    lambda g: replace(g, revoked_at=NOW - DAY),  # O4
    _owing(DutyKind.FEE),  # O5
    _owing(DutyKind.NOTICE, "jane-doe"),  # O5
    _owing(DutyKind.APPROVAL, "nobody"),  # O5
    _capped(CapUnit.SHOTS, 0),  # O6
    _capped(CapUnit.SECONDS, 4),  # O6
    _capped(CapUnit.TITLES, 0),  # O6
    lambda g: replace(g, purposes=("review",)),
    lambda g: replace(g, productions=("OTHER",)),
    lambda g: replace(g, recipients=("elsewhere",)),
    lambda g: replace(g, media=("airline",)),
    lambda g: replace(g, scenes=("77",)),
    lambda g: replace(g, commercial=False),
    lambda g: replace(g, depth=0),
    lambda g: replace(g, exploit_until=NOW + DAY),
    lambda g: replace(g, actions=("view", "export", "train.gen")),
    lambda g: replace(g, selector=Selector()),
    lambda g: replace(g, selector=replace(g.selector, subjects=("somebody-else",))),
)


@EXAMPLES
@given(worlds(), questions(), st.sampled_from(_BROKEN))
def test_o3_ended_o4_revoked_o5_unpaid_o6_used_up_or_otherwise_narrow_grants_deny(
    world: World, asked: Question, broken: Callable[[Grant], Grant]
) -> None:
    allowed(world, asked)
    assume(anything_needed(world, asked))
    assert outcome(with_grants(plain(world), broken), asked) is DENY


@EXAMPLES
@given(worlds(), questions())
def test_o3_before_and_after_every_window_is_denied(world: World, asked: Question) -> None:
    decision = allowed(world, asked)
    assume(decision.cited)
    held = [g for f in world.licenses for g in f.license.grants if g.id in decision.cited]
    ends = max(g.generate_until for g in held if g.generate_until is not None)
    starts = min(g.generate_from for g in held if g.generate_from is not None)
    kept = with_grants(world, lambda g: g if g.id in decision.cited else None)
    assert outcome(kept, replace(asked, now=ends)) is DENY
    assert outcome(kept, replace(asked, now=starts - DAY)) is DENY


@EXAMPLES
@given(worlds(), questions())
def test_o7_a_territory_outside_all_grants_denies(world: World, asked: Question) -> None:
    allowed(world, asked)
    narrow = with_grants(plain(world), lambda g: replace(g, territories=Territories(included=("DE", "FR", "US"))))
    assume(allowed(narrow, asked).cited)
    for elsewhere in (("JP",), (*asked.territories, "JP"), ("WW",)):
        assert outcome(narrow, replace(asked, territories=elsewhere)) is DENY


@EXAMPLES
@given(worlds(), questions(), st.sampled_from((Answer.UNKNOWN, Answer.YES, Answer.OPT_OUT_SET)))
def test_o8_grants_without_training_and_a_provider_that_may_train_deny(
    world: World, asked: Question, answer: Answer
) -> None:
    asked = replace(asked, recipient=PROVIDER)
    assume(allowed(world, asked).cited)
    for side in ("trains_on_inputs", "trains_on_outputs"):
        changes = {side: answer, "attestation": None}
        unknown = replace(world, agreements=tuple(replace(a, **changes) for a in world.agreements))
        assert outcome(unknown, asked) is DENY


# what is new beside them


@EXAMPLES
@given(worlds(), questions(), st.sampled_from([s for s in LicenseStatus if s is not LicenseStatus.ACTIVE]))
def test_licenses_that_are_not_active_not_signed_or_replaced_deny(
    world: World, asked: Question, status: LicenseStatus
) -> None:
    assume(allowed(world, asked).cited)
    for changes in ({"status": status}, {"activated": False}, {"superseded_at": NOW}):
        worse = tuple(replace(held, **changes) for held in world.licenses)
        assert outcome(replace(world, licenses=worse), asked) is DENY


@EXAMPLES
@given(worlds(), questions(), st.data())
def test_broken_bytes_or_unknown_rights_of_any_asset_of_the_closure_deny_whoever_overrides(
    world: World, asked: Question, data: st.DataObject
) -> None:
    allowed(world, asked)
    name = one_of(data, world, asked)
    world = adding(world, *(override_for(each, "LAST") for each in names_in(world, asked)))
    broken = tuple(replace(f, integrity=Integrity.FAILED) if f.version.name == name else f for f in world.assets)
    silent = tuple(
        replace(f, version=replace(f.version, facets=())) if f.version.name == name else f for f in world.assets
    )
    assert outcome(replace(world, assets=broken), asked) is DENY
    assert outcome(replace(world, assets=silent), asked) is DENY


@EXAMPLES
@given(worlds(), questions(), st.data())
def test_no_override_turns_protected_or_a_hold_into_allow_and_one_in_order_lifts_what_is_normal(
    world: World, asked: Question, data: st.DataObject
) -> None:
    allowed(world, asked)
    name = one_of(data, world, asked)
    wide = override_for(name, "LAST")
    normal = ban("NEW#1", name, actions=("generate", "upscale"))
    firm = replace(normal, severity=ProhibitionClass.PROTECTED)
    lifted = evaluate(adding(world, wide, filed("NEW", bans=(normal,))), asked)
    assert lifted.outcome is DENY or set(lifted.overrides) & {f"LAST-{name}#1"}
    released = all(c.by == "carla" for f in world.assets if f.version.name == name for c in f.version.facets)
    if asked.recipient == "local" and not asked.prompt and not released:
        assert lifted.outcome is ALLOW
    assert outcome(adding(world, wide, filed("NEW", bans=(firm,))), asked) is DENY
    hold = filed("NEW", bans=(normal,), kind=LicenseKind.LEGAL_HOLD)
    assert outcome(adding(world, wide, hold), asked) is DENY


WIDE_SURVIVAL = (
    WIDE.get("survival", None) or __import__("assetlib.model.license", fromlist=["x"]).SurvivalKind.PERPETUAL
)


@EXAMPLES
@given(worlds(), questions(), st.data(), st.integers(0, 6))
def test_an_override_that_is_not_in_order_covers_nothing(
    world: World, asked: Question, data: st.DataObject, fault: int
) -> None:
    allowed(world, asked)
    name, claim = needed(data, world, asked)
    without = plain(
        with_grants(
            world,
            lambda g: (
                None if f"assetlib:///characters/{name}" in g.selector.entities and claim.facet in g.facets else g
            ),
        )
    )
    faults: tuple[dict[str, Any], ...] = (
        {"activated": False},
        {"activated_by": "rita"},
        {"second_signer": "carla"},
        {"second_signer": ""},
        {"generate_until": NOW + 400 * DAY},
        {"productions": ("*",)},
        {"generate_until": NOW},
    )
    bad = override_for(name, "LAST", **faults[fault])
    assert outcome(adding(without, bad), asked) is DENY
    short = changed(override_for(name, "LAST"), reason="counsel says so")
    assert outcome(adding(without, short), asked) is DENY


@EXAMPLES
@given(worlds(), questions(), st.data())
def test_a_hold_keeps_everything_made_from_what_it_names(world: World, asked: Question, data: st.DataObject) -> None:
    name = one_of(data, world, asked)
    held = adding(world, filed("KEEP", bans=(ban("KEEP#1", name),), kind=LicenseKind.LEGAL_HOLD))
    digests = {f.version.digest: f.version.name for f in world.assets}
    for digest in digests:
        inside = name in names_in(world, replace(asked, references=(f"x?version={digest}",)))
        found = [one for one in holds.held(held, [digest], "purge", now=NOW) if one.clause == "KEEP#1"]
        assert bool(found) == inside
    assert evaluate(held, asked).outcome is evaluate(world, asked).outcome


@EXAMPLES
@given(worlds(), questions(), st.data(), st.sampled_from(("yes", "no", None)))
def test_a_content_prohibition_follows_what_the_shot_declares(
    world: World, asked: Question, data: st.DataObject, answer: str | None
) -> None:
    said = () if answer is None else (("drugs", answer),)
    asked = replace(asked, content=(*asked.content, *said))
    allowed(world, asked)
    new = ban("NEW#1", one_of(data, world, asked), content=("drugs",))
    expected = {"yes": DENY, "no": ALLOW, None: NEEDS}[answer]
    assert outcome(plain(adding(world, filed("NEW", bans=(new,)))), asked) is expected


@EXAMPLES
@given(worlds(), questions(), st.data(), st.booleans())
def test_a_required_field_denies_exactly_where_a_facet_it_is_about_lacks_it(
    world: World, asked: Question, data: st.DataObject, recorded: bool
) -> None:
    allowed(world, asked)
    _, claim = needed(data, world, asked)
    paper = with_paper(world) if recorded else world
    binding = bound_by(paper, entry("extra/one", facets=(claim.facet,), requires=("document",)))
    assert outcome(plain(binding), asked) is (ALLOW if recorded else DENY)
    elsewhere = bound_by(world, entry("extra/one", facets=(Facet.MUSIC,), requires=("document",)))
    assert outcome(elsewhere, asked) is ALLOW


def with_paper(world: World) -> World:
    from assetlib.model.license import DocumentRef
    from tests.unit.rights.worlds import digest

    paper = DocumentRef(file="a.pdf", digest=digest("a"))
    return replace(world, licenses=tuple(changed(held, document=paper) for held in world.licenses))


@EXAMPLES
@given(
    worlds(), questions(), st.sampled_from((NOW, NOW + DAY, NOW - DAY, None)), st.sampled_from((NOW, NOW + DAY, None))
)
def test_a_rule_binds_within_its_dates_and_no_longer(world: World, asked: Question, begins: Any, ends: Any) -> None:
    assume(allowed(world, asked).cited)
    dated = bound_by(plain(world), entry("extra/one", from_=begins, until=ends, requires=("governing_law",)))
    binds = (begins is None or begins <= NOW) and (ends is None or ends > NOW)
    assert outcome(dated, asked) is (DENY if binds else ALLOW)


@EXAMPLES
@given(
    worlds(), questions(), st.sampled_from((DutyKind.APPROVAL, DutyKind.NOTICE)), st.sampled_from(list(FulfilmentState))
)
def test_what_a_rule_asks_first_is_asked_and_only_its_answer_opens(
    world: World, asked: Question, kind: DutyKind, state: FulfilmentState
) -> None:
    allowed(world, asked)
    owed = Duty(id="extra/one/0", when=DutyWhen.PRE, kind=kind, what="the final", by="platform")
    binding = bound_by(world, entry("extra/one", duties=(owed,)))
    assert outcome(binding, asked) is (NEEDS if kind is DutyKind.APPROVAL else DENY)
    done = DutyFulfilment(duty=owed.id, scope="", state=state, by="platform", at=NOW)
    answered = replace(binding, fulfilments=(*binding.fulfilments, done))
    assert outcome(answered, asked) is (ALLOW if state is FulfilmentState.FULFILLED else DENY)
    late = replace(binding, fulfilments=(*binding.fulfilments, replace(done, at=NOW + DAY)))
    assert outcome(late, asked) is outcome(binding, asked)


@EXAMPLES
@given(worlds(), questions(), st.sampled_from(list(DutyEach)))
def test_an_approval_reaches_as_far_as_it_says_and_a_needed_one_never_allows(
    world: World, asked: Question, each: DutyEach
) -> None:
    asked = replace(asked, shot="sh1", prompt=None)
    assume(allowed(world, asked).cited)
    assume(each is not DutyEach.PROMPT)

    def asking(g: Grant) -> Grant:
        owed = Duty(id=f"{g.id}/ask", when=DutyWhen.PRE, kind=DutyKind.APPROVAL, what="it", by="jane-doe", each=each)
        return replace(g, duties=(*g.duties, owed))

    waiting = with_grants(plain(world), asking)
    assert outcome(waiting, asked) is NEEDS
    scopes = {DutyEach.ONCE: "", DutyEach.PRODUCTION: "HOUSE", DutyEach.BATCH: "sh1", DutyEach.USE: "sh1/final_shot"}

    def answered(scope: str, state: FulfilmentState) -> World:
        ids = [f"{g.id}/ask" for f in world.licenses for g in f.license.grants]
        done = (DutyFulfilment(duty=i, scope=scope, state=state, by="jane-doe", at=NOW) for i in ids)
        return replace(waiting, fulfilments=(*waiting.fulfilments, *done))

    assert outcome(answered(scopes[each], FulfilmentState.FULFILLED), asked) is ALLOW
    assert outcome(answered("elsewhere", FulfilmentState.FULFILLED), asked) is NEEDS
    assert outcome(answered(scopes[each], FulfilmentState.REFUSED), asked) is DENY


@EXAMPLES
@given(worlds(), questions(), st.sampled_from(list(CapUnit)), st.integers(1, 4), st.integers(0, 5), st.booleans())
def test_a_cap_gives_its_units_and_no_more_and_counts_a_shot_once(
    world: World, asked: Question, unit: CapUnit, limit: int, used: int, mine: bool
) -> None:
    asked = replace(asked, shot="sh1", seconds=2)
    decision = allowed(world, asked)
    assume(decision.cited)
    own = {CapUnit.TITLES: "HOUSE"}.get(unit, "sh1")
    of = [f"other{n}" for n in range(used)] + ([own] if mine else [])
    ids = [f"{g.id}/c" for f in world.licenses for g in f.license.grants]
    counted = tuple(CapUse(cap=i, of=one, state=CapState.COMMITTED, amount=1) for i in ids for one in of)
    capped = with_grants(plain(world), lambda g: replace(g, caps=(Cap(id=f"{g.id}/c", unit=unit, limit=limit),)))
    room = used + 2 <= limit if unit is CapUnit.SECONDS else mine or used < limit
    again = evaluate(replace(capped, cap_uses=counted), asked)
    assert again.outcome is (ALLOW if room else DENY)
    reserved = caps.reservations(capped, again)
    assert {one.of for one in reserved} <= {own} and len(reserved) == (len(again.cited) if room else 0)


@EXAMPLES
@given(worlds(), questions(), st.sampled_from(("model", "subprocessors")))
def test_a_model_or_sub_processor_that_terms_do_not_list_denies(world: World, asked: Question, what: str) -> None:
    asked = replace(asked, recipient=PROVIDER)
    allowed(world, asked)
    assert outcome(world, replace(asked, **{what: "other" if what == "model" else ("other",)})) is DENY
    assert outcome(world, replace(asked, model=None)) is DENY


@EXAMPLES
@given(worlds(), questions(), st.sampled_from((-1, 0, 1)), st.booleans(), st.booleans())
def test_an_opt_out_and_zero_retention_count_exactly_while_attested(
    world: World, asked: Question, ends: int, named: bool, inline: bool
) -> None:
    asked = replace(asked, recipient=PROVIDER)
    assume(allowed(world, asked).cited)
    setting = "off" if named else "something else"
    valid_until = NOW + ends * DAY
    seen = (SettingSeen(agreement="PA-12", setting=setting, at=NOW - 9 * DAY, valid_until=valid_until),)
    told = Attestation(setting=setting, at=NOW - 9 * DAY, valid_until=valid_until) if inline else None
    counts = named and ends > 0
    for terms in (
        {"trains_on_inputs": Answer.OPT_OUT_SET, "opt_out_setting": "off"},
        {"retention_days": 30, "zero_retention_setting": "off"},
    ):
        filed_terms = tuple(replace(a, attestation=told, **terms) for a in world.agreements)
        strict = with_grants(plain(world), lambda g: replace(g, retention_days_max=0))
        where = replace(strict, agreements=filed_terms, settings_seen=() if inline else seen)
        assert outcome(where, asked) is (ALLOW if counts else DENY)


@EXAMPLES
@given(worlds(), questions(), st.data())
def test_terms_follow_their_outputs(world: World, asked: Question, data: st.DataObject) -> None:
    allowed(world, asked)
    name, claim = needed(data, world, asked)
    assume(claim.facet is Facet.TOOL_OUTPUT)
    forbidden = ban("PA-12#out", actions=("generate", "upscale"))
    assume(world.agreements)
    strict = replace(world, agreements=tuple(replace(a, output_restrictions=(forbidden,)) for a in world.agreements))
    maker = tuple(
        replace(f, version=replace(f.version, facets=tuple(_made_by(c) for c in f.version.facets)))
        if f.version.name == name
        else f
        for f in world.assets
    )
    assert outcome(replace(plain(strict), assets=maker), asked) is DENY
    assert outcome(replace(world, assets=maker), asked) is outcome(world, asked)


def _made_by(claim: FacetClaim) -> FacetClaim:
    return replace(claim, subject="luma/api") if claim.facet is Facet.TOOL_OUTPUT else claim


@EXAMPLES
@given(worlds(), questions(), st.data(), st.booleans())
def test_death_ends_a_living_consent_and_majority_a_guardians(
    world: World, asked: Question, data: st.DataObject, death: bool
) -> None:
    asked = replace(asked, content=(("nudity", "no"), ("sexual", "no")))
    allowed(world, asked)
    name, claim = needed(data, world, asked)
    assume(claim.facet is Facet.LIKENESS and not world.parties[1:])
    known = {"died_at": NOW} if death else {"majority_at": NOW}
    person = Party(id=name, kind=PartyKind.PERSON, name="P", **known)
    guardian = LicenseParty(party="mother", capacity=Capacity.GUARDIAN)
    ended = replace(plain(world), parties=(*world.parties, person))
    if not death:
        licenses = tuple(changed(held, licensor=guardian) for held in ended.licenses)
        ended = replace(ended, licenses=licenses)
    assert outcome(ended, asked) is DENY


@EXAMPLES
@given(worlds(), questions(), st.data())
def test_only_counsel_releases_a_facet(world: World, asked: Question, data: st.DataObject) -> None:
    allowed(world, asked)
    name, claim = needed(data, world, asked)
    assume(claim.status is FacetStatus.DECLARED)

    def released(by: str) -> World:
        gone = replace(claim, status=FacetStatus.RELEASED, by=by)
        assets = tuple(
            replace(f, version=replace(f.version, facets=tuple(gone if c == claim else c for c in f.version.facets)))
            if f.version.name == name
            else f
            for f in world.assets
        )
        bare = with_grants(
            plain(world),
            lambda g: (
                None if f"assetlib:///characters/{name}" in g.selector.entities and claim.facet in g.facets else g
            ),
        )
        return replace(bare, assets=assets)

    assert outcome(released("li"), asked) is DENY and outcome(released("rita"), asked) is DENY
    assert outcome(released("carla"), asked) is ALLOW


@EXAMPLES
@given(worlds(), questions(), st.data())
def test_an_allowed_signal_changes_nothing_and_a_forbidding_one_denies(
    world: World, asked: Question, data: st.DataObject
) -> None:
    """A signal that allows is read as a license without clauses: absence of a signal is never a permission."""
    name = one_of(data, world, asked)
    silent = filed("SIG", kind=LicenseKind.EMBEDDED_SIGNAL, status=LicenseStatus.PROPOSED, activated=False)
    assert evaluate(adding(world, silent), asked) == evaluate(world, asked)
    boasting = changed(silent, grants=tuple(g for f in world.licenses for g in f.license.grants)[:1])
    allowed(world, asked)
    forbids = changed(silent, prohibitions=(ban("SIG#1", name),))
    assert outcome(plain(adding(world, forbids)), asked) is DENY
    gone = with_grants(plain(world), lambda g: None)
    if anything_needed(world, asked):
        assert outcome(adding(gone, boasting), asked) is DENY
