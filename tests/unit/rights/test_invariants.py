"""Algebra of decisions over random worlds: what may never turn a refusal around, and what must.

The generator starts from a world in which everything is granted and damages it a little, so that a fair share
of its worlds allow (asserted); monotony alone catches few mistakes, the oracles catch the rest. The closure
here is computed by the test itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from assetlib.model.asset import AssetVersion, Facet
from assetlib.model.license import (
    Answer,
    Cap,
    CapUnit,
    Duty,
    DutyKind,
    DutyWhen,
    Grant,
    LicenseStatus,
    Territories,
)
from assetlib.model.world import FiledLicense, World
from assetlib.rights.asked import prepare
from assetlib.rights.clearing import clear
from assetlib.rights.cover import plainly
from assetlib.rights.evaluate import evaluate
from assetlib.rights.index import prepared
from provenance.decision import Decision, Outcome, Question
from provenance.digest import Digest
from tests.unit.rights.worlds import (
    DAY,
    NOW,
    PROVIDER,
    agreement,
    ban,
    edge,
    facts,
    filed,
    grant,
    question,
    version,
)
from tests.unit.rights.worlds import world as cleared_world

EXAMPLES = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
NAMES = ("a", "b", "c", "d")
FACETS = (Facet.CHARACTER_IP, Facet.LIKENESS, Facet.LOCATION)
TERRITORIES = ("DE", "FR", "US")
MEDIA = ("svod", "avod")
WIDE: dict[str, Any] = {
    "actions": ("generate.final", "upscale", "export.provider"),
    "territories": Territories(included=TERRITORIES),
    "media": MEDIA,
    "recipients": ("local", "luma"),
}
NARROWINGS: tuple[dict[str, Any], ...] = (
    {"territories": Territories(included=("US",))},
    {"media": ("svod",)},
    {"recipients": ("local",)},
    {"productions": ("OTHER",)},
    {"exploit_until": NOW + 50 * DAY},
    {"generate_until": NOW},
    {"actions": ("generate.final",)},
    {"share_alike": True},
)


def some(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sets(st.sampled_from(names), min_size=1).map(lambda found: tuple(sorted(found)))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Everything granted, then one to three dents: a narrowed or missing grant, or a prohibition."""
    assets = [version(name, *draw(st.sets(st.sampled_from(FACETS), min_size=1, max_size=2))) for name in NAMES]
    pairs = [(parent, child) for n, parent in enumerate(assets) for child in assets[n + 1 :]]
    edges = draw(st.lists(st.sampled_from(pairs), max_size=3, unique=True))
    licenses = [_license(asset, claim.facet) for asset in assets for claim in asset.facets]
    for dent in draw(st.lists(st.integers(0, 9), min_size=1, max_size=3)):
        spot = draw(st.integers(0, len(licenses) - 1))
        licenses[spot] = _dented(licenses[spot], dent)
    extra = draw(st.booleans())
    if extra:
        licenses += [_license(assets[0], claim.facet, "Z") for claim in assets[0].facets]
    return cleared_world(
        *licenses,
        assets=tuple(facts(asset) for asset in assets),
        derivations=tuple(edge(parent, child) for parent, child in edges),
        agreements=(agreement(),) if draw(st.integers(0, 9)) else (),
    )


def _license(asset: AssetVersion, facet: Facet, prefix: str = "L") -> FiledLicense:
    id_ = f"{prefix}-{asset.name}-{facet.value}"
    return filed(id_, grant(f"{id_}#1", asset.name, facets=(facet,), **WIDE))


def _dented(license_: FiledLicense, dent: int) -> FiledLicense:
    held = license_.license
    if dent < len(NARROWINGS):
        return _with(license_, grants=tuple(replace(g, **NARROWINGS[dent]) for g in held.grants))
    if dent == len(NARROWINGS):
        return _with(license_, grants=())
    name = held.id.split("-")[1]
    return _with(license_, prohibitions=(ban(f"{held.id}#9", name, media=("avod",), content=("nudity",)),))


def _with(license_: FiledLicense, **changes: Any) -> FiledLicense:
    return replace(license_, license=replace(license_.license, **changes))


@st.composite
def questions(draw: st.DrawFn, references: st.SearchStrategy[tuple[str, ...]] | None = None) -> Question:
    return question(
        *(version(name) for name in draw(some(NAMES) if references is None else references)),
        actions=draw(some(("generate.final", "upscale"))),
        territories=draw(some(TERRITORIES)),
        media=draw(some(MEDIA)),
        recipient=draw(st.sampled_from(("local", "local", PROVIDER))),
        exploit_until=draw(st.sampled_from((NOW + 40 * DAY, NOW + 60 * DAY, None))),
        content=draw(st.sampled_from(((), (("nudity", "no"),), (("nudity", "yes"),)))),
    )


def rank(world: World, asked: Question) -> int:
    return evaluate(world, asked).outcome.rank


def with_grants(world: World, change: Any) -> World:
    """The world with every grant passed through `change`; None drops it."""
    return replace(
        world,
        licenses=tuple(
            _with(held, grants=tuple(c for g in held.license.grants if (c := change(g)) is not None))
            for held in world.licenses
        ),
    )


def closure(world: World, asked: Question) -> set[Digest]:
    """Ancestors by brute force: grow until nothing is added."""
    found = {Digest(reference.partition("version=")[2]) for reference in asked.references}
    while True:
        more = {e.parent for e in world.derivations if e.child in found} | found
        if more == found:
            return found
        found = more


def allowed(world: World, asked: Question) -> Decision:
    decision = evaluate(world, asked)
    assume(decision.outcome is Outcome.ALLOW)
    return decision


def names_in(world: World, asked: Question) -> list[str]:
    digests = closure(world, asked)
    return sorted(f.version.name for f in world.assets if f.version.digest in digests)


def test_the_generator_allows_a_fair_share_of_its_worlds() -> None:
    outcomes: list[Outcome] = []

    @settings(max_examples=400, deadline=None, derandomize=True, database=None)
    @given(worlds(), questions())
    def count(world: World, asked: Question) -> None:
        outcomes.append(evaluate(world, asked).outcome)

    count()
    rate = outcomes.count(Outcome.ALLOW) / len(outcomes)
    assert 0.15 <= rate <= 0.60, f"{rate:.0%} allowed"
    assert Outcome.NEEDS_APPROVAL in outcomes


@EXAMPLES
@given(worlds(), questions(), st.data())
def test_m1_removing_a_grant_never_helps(world: World, asked: Question, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from([g.id for held in world.licenses for g in held.license.grants]))
    assert rank(with_grants(world, lambda g: None if g.id == gone else g), asked) >= rank(world, asked)


@EXAMPLES
@given(worlds(), questions(), st.sampled_from(NAMES), st.sampled_from(TERRITORIES), st.booleans())
def test_m2_adding_a_prohibition_never_helps(world: World, asked: Question, name: str, where: str, flag: bool) -> None:
    content = ("nudity",) if flag else ()
    new = ban("NEW#1", name, territories=Territories(included=(where,)), content=content)
    more = replace(world, licenses=(*world.licenses, filed("NEW", bans=(new,))))
    assert rank(more, asked) >= rank(world, asked)


@st.composite
def bans(draw: st.DrawFn) -> Any:
    """A prohibition narrowed in any of its dimensions, or in none."""
    dimensions: dict[str, st.SearchStrategy[Any]] = {
        "actions": some(("generate.final", "upscale", "train.gen", "export.provider")),
        "purposes": some(("final_shot", "marketing")),
        "productions": some(("HOUSE", "OTHER")),
        "territories": some(TERRITORIES).map(lambda names: Territories(included=names)),
        "media": some(MEDIA),
        "recipients": some(("local", "luma", "luma/api", PROVIDER, "netfilms")),
        "scenes": some(("12-14", "013", "20a", "9")),
        "content": some(("nudity", "violence")),
        "from_": st.sampled_from((NOW - DAY, NOW, NOW + DAY)),
        "until": st.sampled_from((NOW, NOW + DAY)),
    }
    named = draw(st.sets(st.sampled_from(sorted(dimensions)), max_size=4))
    return ban("NEW#1", draw(st.sampled_from(NAMES)), **{name: draw(dimensions[name]) for name in sorted(named)})


@EXAMPLES
@given(worlds(), questions(), bans())
def test_m2b_a_prohibition_of_any_shape_never_helps(world: World, asked: Question, new: Any) -> None:
    more = replace(world, licenses=(*world.licenses, filed("NEW", bans=(new,))))
    assert rank(more, asked) >= rank(world, asked)


@EXAMPLES
@given(worlds(), questions(), bans(), some(("9", "12", "13", "14", "20A")), some(("13", "20A", "7")))
def test_m6b_declaring_more_scenes_never_turns_a_prohibition_around(
    world: World, asked: Question, new: Any, scenes: Any, more: Any
) -> None:
    banned = replace(world, licenses=(*world.licenses, filed("NEW", bans=(new,))))
    wider = replace(asked, scenes=(*scenes, *more))
    assert rank(banned, wider) >= rank(banned, replace(asked, scenes=scenes))


@EXAMPLES
@given(worlds(), questions(), bans(), st.sampled_from((-900, -400, -50, 0)))
def test_m6c_an_end_in_the_past_asks_for_no_less_than_the_present(
    world: World, asked: Question, new: Any, days: int
) -> None:
    """An end of use that lies behind is the present moment; an ended use cannot be asked away."""
    banned = replace(world, licenses=(*world.licenses, filed("NEW", bans=(new,))))
    ended = with_grants(banned, lambda g: replace(g, exploit_until=NOW))
    past = replace(asked, exploit_until=NOW + days * DAY)
    assert rank(banned, past) == rank(banned, replace(asked, exploit_until=NOW))
    assert rank(ended, past) == Outcome.DENY.rank


@EXAMPLES
@given(worlds(), questions(), bans(), some(("upscale", "generate.voice", "export.publish", "train.gen", "mine")))
def test_m6d_asking_for_further_actions_never_helps(world: World, asked: Question, new: Any, more: Any) -> None:
    banned = replace(world, licenses=(*world.licenses, filed("NEW", bans=(new,))))
    assert rank(banned, replace(asked, actions=(*asked.actions, *more))) >= rank(banned, asked)


@EXAMPLES
@given(worlds(), questions(), st.sampled_from(NAMES), st.sampled_from(FACETS), st.sampled_from(NARROWINGS))
def test_m3_adding_a_grant_never_hurts(world: World, asked: Question, name: str, facet: Facet, less: Any) -> None:
    new = filed("AAA", grant("AAA#1", name, facets=(facet,), **(WIDE | less)))
    assert rank(replace(world, licenses=(*world.licenses, new)), asked) <= rank(world, asked)


@EXAMPLES
@given(worlds(), questions(some(("a", "b"))), some(("c", "d")))
def test_m4_two_sets_of_references_are_allowed_exactly_when_each_is(
    world: World, asked: Question, others: tuple[str, ...]
) -> None:
    second = replace(asked, references=tuple(version(name).pinned for name in others))
    both = replace(asked, references=(*asked.references, *second.references))
    assert rank(world, both) == max(rank(world, asked), rank(world, second))


@EXAMPLES
@given(worlds(), questions(), st.sampled_from([(p, c) for p in NAMES for c in NAMES if p != c]))
def test_m5_an_ancestor_never_helps(world: World, asked: Question, pair: tuple[str, str]) -> None:
    new = edge(version(pair[0]), version(pair[1]))
    assert rank(replace(world, derivations=(*world.derivations, new)), asked) >= rank(world, asked)


@EXAMPLES
@given(worlds(), questions(), some(TERRITORIES), some(MEDIA))
def test_m6_asking_for_more_never_helps(world: World, asked: Question, more: Any, media: Any) -> None:
    for wider in (
        replace(asked, territories=(*asked.territories, *more)),
        replace(asked, media=(*asked.media, *media)),
        replace(asked, exploit_until=None),
        replace(asked, territories=(*asked.territories, "WW")),
    ):
        assert rank(world, wider) >= rank(world, asked)


@EXAMPLES
@given(worlds(), questions(), st.sampled_from((Answer.YES, Answer.UNKNOWN, Answer.OPT_OUT_SET)))
def test_m7_a_provider_that_may_train_never_helps(world: World, asked: Question, answer: Answer) -> None:
    asked = replace(asked, recipient=PROVIDER)
    trains = replace(world, agreements=tuple(replace(a, trains_on_inputs=answer) for a in world.agreements))
    assert rank(trains, asked) >= rank(world, asked)
    assert rank(replace(world, agreements=()), asked) == Outcome.DENY.rank  # M7b


@EXAMPLES
@given(worlds(), questions(), st.randoms(use_true_random=False))
def test_m8_order_and_repetition_do_not_matter(world: World, asked: Question, random: Any) -> None:
    def shuffled(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample([*values, *values], 2 * len(values)))

    parts = ("assets", "derivations", "licenses", "agreements", "recipients", "productions")
    mixed = replace(world, **{name: shuffled(getattr(world, name)) for name in parts})
    again = replace(
        asked, **{n: shuffled(getattr(asked, n)) for n in ("actions", "territories", "media", "references")}
    )
    first, second = evaluate(world, asked), evaluate(mixed, again)
    assert replace(second, question=asked) == first


@EXAMPLES
@given(worlds(), questions())
def test_m9_without_grants_everything_is_denied_and_m10_a_denial_has_a_finding(world: World, asked: Question) -> None:
    decision = evaluate(with_grants(world, lambda g: None), asked)
    assert decision.outcome is Outcome.DENY
    assert any(finding.outcome is Outcome.DENY for finding in decision.findings)
    assert (evaluate(world, asked).outcome is Outcome.ALLOW) == (not evaluate(world, asked).findings)


@EXAMPLES
@given(worlds(), questions())
def test_m11_facts_about_other_assets_do_not_matter(world: World, asked: Question) -> None:
    inside = closure(world, asked)
    held = {f"assetlib:///characters/{name}" for name in names_in(world, asked)}
    fewer = replace(
        world,
        assets=tuple(f for f in world.assets if f.version.digest in inside),
        derivations=tuple(e for e in world.derivations if e.child in inside),
        licenses=tuple(
            _with(
                held_license,
                grants=tuple(g for g in held_license.license.grants if set(g.selector.entities) & held),
                prohibitions=tuple(b for b in held_license.license.prohibitions if set(b.selector.entities) & held),
            )
            for held_license in world.licenses
        ),
    )
    assert evaluate(fewer, asked) == evaluate(world, asked)


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
                assert any(
                    claim.facet in g.facets and held.version.entity in g.selector.entities for g in cited.values()
                )
    assert evaluate(with_grants(world, lambda g: cited.get(g.id)), asked).cited == decision.cited


@EXAMPLES
@given(worlds(), questions())
def test_e3_supplying_what_the_nearest_grant_misses_removes_exactly_that_finding(world: World, asked: Question) -> None:
    before = evaluate(world, asked)
    finding = next((f for f in before.findings if f.nearest), None)
    assume(finding is not None)
    assert finding is not None
    near, atom = finding.nearest[0], dict(finding.atom)
    assume("facet" not in near.missing)
    held = next(g for license_ in world.licenses for g in license_.license.grants if g.id == near.grant)
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
    after = evaluate(replace(world, licenses=(*world.licenses, filed("AAA", extra))), asked)
    where = {(f.code, f.asset, f.facet, f.atom) for f in before.findings}
    assert {(f.code, f.asset, f.facet, f.atom) for f in after.findings} == where - {
        (finding.code, finding.asset, finding.facet, finding.atom)
    }


def _supply(held: Grant, missing: tuple[str, ...], atom: dict[str, str], asked: Question) -> Grant:
    supplied: dict[str, dict[str, Any]] = {
        "territory": {"territories": Territories(included=(*held.territories.included, atom["territory"]))},
        "media": {"media": (*held.media, atom["media"])},
        "action": {"actions": (*held.actions, atom["action"])},
        "recipient": {"recipients": (*held.recipients, asked.recipient)},
        "production": {"productions": (*held.productions, asked.production)},
        "exploit_until": {"exploit_until": asked.exploit_until},
        "generation window": {"generate_until": NOW + DAY},
        "approval before use": {"share_alike": False},
    }
    for dimension in missing:
        held = replace(held, **supplied[dimension])
    return held


@EXAMPLES
@given(worlds(), questions(), st.data())
def test_o1_a_universal_prohibition_on_any_asset_of_the_closure_denies(
    world: World, asked: Question, data: st.DataObject
) -> None:
    allowed(world, asked)
    name = data.draw(st.sampled_from(names_in(world, asked)))
    more = replace(world, licenses=(*world.licenses, filed("NEW", bans=(ban("NEW#1", name),))))
    assert evaluate(more, asked).outcome is Outcome.DENY


@EXAMPLES
@given(worlds(), questions(), st.data())
def test_o2_taking_one_facet_of_one_asset_out_of_all_grants_denies(
    world: World, asked: Question, data: st.DataObject
) -> None:
    allowed(world, asked)
    name = data.draw(st.sampled_from(names_in(world, asked)))
    asset = next(f.version for f in world.assets if f.version.name == name)
    facet = data.draw(st.sampled_from([claim.facet for claim in asset.facets]))

    def without(g: Grant) -> Grant | None:
        return None if asset.entity in g.selector.entities and facet in g.facets else g

    assert evaluate(with_grants(world, without), asked).outcome is Outcome.DENY


_BROKEN: tuple[Any, ...] = (
    lambda g: replace(g, generate_from=NOW - 5 * DAY, generate_until=NOW),  # O3
    lambda g: replace(g, revoked_at=NOW),  # O4
    lambda g: replace(  # O5
        g, duties=(Duty(id=f"{g.id}/x", when=DutyWhen.PRE, kind=DutyKind.FEE, what="pay"),)
    ),
    lambda g: replace(g, caps=(Cap(id=f"{g.id}/c", unit=CapUnit.SHOTS, limit=0),)),  # O6
)


@EXAMPLES
@given(worlds(), questions(), st.sampled_from(_BROKEN))
def test_o3_ended_o4_revoked_o5_unpaid_and_o6_used_up_grants_deny(world: World, asked: Question, broken: Any) -> None:
    allowed(world, asked)
    assert evaluate(with_grants(world, broken), asked).outcome is Outcome.DENY


@EXAMPLES
@given(worlds(), questions())
def test_o7_a_territory_outside_all_grants_denies(world: World, asked: Question) -> None:
    allowed(world, asked)
    assert evaluate(world, replace(asked, territories=("JP",))).outcome is Outcome.DENY


@EXAMPLES
@given(worlds(), questions())
def test_o8_grants_without_training_and_a_provider_that_may_train_deny(world: World, asked: Question) -> None:
    asked = replace(asked, recipient=PROVIDER)
    allowed(world, asked)
    unknown = replace(world, agreements=tuple(replace(a, trains_on_inputs=Answer.UNKNOWN) for a in world.agreements))
    assert evaluate(unknown, asked).outcome is Outcome.DENY


@EXAMPLES
@given(worlds(), questions(), st.sampled_from([s for s in LicenseStatus if s is not LicenseStatus.ACTIVE]))
def test_licenses_that_are_not_active_or_not_signed_deny(world: World, asked: Question, status: LicenseStatus) -> None:
    allowed(world, asked)
    inactive = tuple(replace(held, status=status) for held in world.licenses)
    unsigned = tuple(replace(held, activated=False) for held in world.licenses)
    assert evaluate(replace(world, licenses=inactive), asked).outcome is Outcome.DENY
    assert evaluate(replace(world, licenses=unsigned), asked).outcome is Outcome.DENY


@EXAMPLES
@given(worlds(), questions())
def test_the_short_look_never_says_yes_where_the_long_one_says_no(world: World, asked: Question) -> None:
    index = prepared(world)
    asking = prepare(index, asked)
    assume(not asking.to_provider)
    for digest in closure(world, asked):
        for claim in index.holding(digest).claims:
            if claim.single is not None and plainly(claim.single, asking):
                found = clear(claim, index.holding(digest), asking, index)
                assert found.findings == [] and list(found.relied) == [claim.single.id]
                assert found.atoms == claim.single.reach
