"""What may never turn a refusal around, whatever the world: the monotone rules M1 to M11.

"Never helps" means that the outcome does not rise in the order deny, needs approval, allow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from assetlib.model.asset import Facet
from assetlib.model.license import Answer, Territories
from assetlib.model.world import World
from assetlib.rights.evaluate import evaluate
from provenance.decision import Outcome, Question
from tests.unit.rights.generated import (
    DENTS,
    EXAMPLES,
    FACETS,
    MEDIA,
    NAMES,
    TERRITORIES,
    WIDE,
    Dent,
    adding,
    bound_by,
    changed,
    closure,
    entry,
    names_in,
    override_for,
    questions,
    some,
    with_grants,
    worlds,
)
from tests.unit.rights.worlds import DAY, NOW, PROVIDER, ban, edge, filed, grant, version

NARROWER: tuple[dict[str, Any], ...] = (
    {"territories": Territories(included=("US",))},
    {"media": ("svod",)},
    {"recipients": ("local",)},
    {"productions": ("OTHER",)},
    {"exploit_until": NOW + 50 * DAY},
    {"generate_until": NOW},
    {"scenes": ("1-3",)},
    {"share_alike": True},
    {"depth": 0},
    {},
)


def rank(world: World, asked: Question) -> int:
    return evaluate(world, asked).outcome.rank


def test_the_generator_allows_a_fair_share_of_its_worlds_and_refuses_for_many_reasons() -> None:
    outcomes: list[Outcome] = []
    met: set[str] = set()

    @settings(EXAMPLES, max_examples=400, derandomize=True)
    @given(worlds(), questions())
    def count(world: World, asked: Question) -> None:
        decision = evaluate(world, asked)
        outcomes.append(decision.outcome)
        met.update(finding.code for finding in decision.findings)

    count()
    rate = outcomes.count(Outcome.ALLOW) / len(outcomes)
    assert 0.15 <= rate <= 0.60, f"{rate:.0%} allowed"
    assert Outcome.NEEDS_APPROVAL in outcomes
    assert met >= {"no-grant", "prohibited", "no-provider-agreement", "integrity"}


@EXAMPLES
@given(worlds(), questions(), st.data())
def test_m1_removing_a_grant_never_helps(world: World, asked: Question, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(["", *(g.id for held in world.licenses for g in held.license.grants)]))
    assert rank(with_grants(world, lambda g: None if g.id == gone else g), asked) >= rank(world, asked)


@EXAMPLES
@given(worlds(), questions(), st.sampled_from(NAMES), st.sampled_from(TERRITORIES), st.booleans())
def test_m2_adding_a_prohibition_never_helps(world: World, asked: Question, name: str, where: str, flag: bool) -> None:
    content = ("nudity",) if flag else ()
    new = ban("NEW#1", name, territories=Territories(included=(where,)), content=content)
    assert rank(adding(world, filed("NEW", bans=(new,))), asked) >= rank(world, asked)


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
@given(worlds(), questions(), st.sampled_from(FACETS))
def test_m2_a_rule_pack_never_helps(world: World, asked: Question, facet: Facet) -> None:
    more = entry("extra/one", facets=(facet,), requires=("document | separately_signed",))
    assert rank(bound_by(world, more), asked) >= rank(world, asked)


@EXAMPLES
@given(worlds(), questions(), st.sampled_from(NAMES), st.sampled_from(FACETS), st.sampled_from(NARROWER))
def test_m3_adding_a_grant_never_hurts(world: World, asked: Question, name: str, facet: Facet, less: Any) -> None:
    for id_ in ("AAA", "ZZZ"):
        new = filed(id_, grant(f"{id_}#1", name, facets=(facet,), **(WIDE | less)))
        assert rank(adding(world, new), asked) <= rank(world, asked)


@EXAMPLES
@given(worlds(), questions(), st.sampled_from(NAMES))
def test_m3_an_override_never_hurts(world: World, asked: Question, name: str) -> None:
    assert rank(adding(world, override_for(name, "NEW")), asked) <= rank(world, asked)


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
@given(worlds(), questions(), some(TERRITORIES), some(MEDIA), st.sampled_from(("generate.final", "upscale", "edit")))
def test_m6_asking_for_more_never_helps(world: World, asked: Question, more: Any, media: Any, action: str) -> None:
    for wider in (
        replace(asked, territories=(*asked.territories, *more)),
        replace(asked, media=(*asked.media, *media)),
        replace(asked, exploit_until=None),
        replace(asked, territories=(*asked.territories, "WW")),
        replace(asked, actions=(*asked.actions, action)),
        replace(asked, scenes=(*asked.scenes, "8")) if asked.scenes else asked,
        replace(asked, seconds=None if asked.seconds is None else asked.seconds + 3),
    ):
        assert rank(world, wider) >= rank(world, asked)


@EXAMPLES
@given(worlds(), questions(), st.sampled_from((Answer.YES, Answer.UNKNOWN, Answer.OPT_OUT_SET)), st.booleans())
def test_m7_a_provider_that_may_train_never_helps_and_m7b_none_without_terms_allows(
    world: World, asked: Question, answer: Answer, inputs: bool
) -> None:
    asked = replace(asked, recipient=PROVIDER)
    side = {"trains_on_inputs" if inputs else "trains_on_outputs": answer}
    trains = replace(world, agreements=tuple(replace(a, attestation=None, **side) for a in world.agreements))
    assert rank(trains, asked) >= rank(world, asked)
    assert rank(replace(world, agreements=()), asked) == Outcome.DENY.rank  # M7b


@EXAMPLES
@given(worlds(), questions(), st.randoms(use_true_random=False))
def test_m8_order_and_repetition_do_not_matter(world: World, asked: Question, random: Any) -> None:
    def shuffled(values: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(random.sample([*values, *values], 2 * len(values)))

    parts = [name for name in World.__dataclass_fields__ if name != "prepared"]
    mixed = replace(world, **{name: shuffled(getattr(world, name)) for name in parts})
    again = replace(
        asked, **{n: shuffled(getattr(asked, n)) for n in ("actions", "territories", "media", "references", "scenes")}
    )
    first, second = evaluate(world, asked), evaluate(mixed, again)
    assert replace(second, question=asked) == first


@EXAMPLES
@given(worlds(), questions())
def test_m9_without_grants_everything_is_denied_and_m10_a_denial_has_a_finding(world: World, asked: Question) -> None:
    bare = with_grants(world, lambda g: None)
    decision = evaluate(bare, asked)
    needed = [c for f in world.assets if f.version.name in names_in(world, asked) for c in f.version.facets]
    if any(claim.by != "carla" for claim in needed):  # counsel may have released the only facet there is
        assert decision.outcome is Outcome.DENY
    told = evaluate(world, asked)
    assert (told.outcome is Outcome.ALLOW) == (not told.findings)
    assert all(finding.sentence.endswith((".", "!")) and finding.code for finding in told.findings)
    assert told.outcome is not Outcome.DENY or any(f.outcome is Outcome.DENY for f in told.findings)


@EXAMPLES
@given(worlds(), questions())
def test_m11_facts_about_other_assets_do_not_matter(world: World, asked: Question) -> None:
    inside = closure(world, asked)
    held = {f"assetlib:///characters/{name}" for name in names_in(world, asked)}

    def about(clause: Any) -> bool:
        return bool(set(clause.selector.entities) & held or clause.selector.replicas)

    fewer = replace(
        world,
        assets=tuple(f for f in world.assets if f.version.digest in inside),
        derivations=tuple(e for e in world.derivations if e.child in inside),
        licenses=tuple(
            changed(
                filed_,
                grants=tuple(filter(about, filed_.license.grants)),
                prohibitions=tuple(filter(about, filed_.license.prohibitions)),
            )
            for filed_ in world.licenses
        ),
        parties=tuple(p for p in world.parties if p.id in names_in(world, asked) or p.id == "jane-doe"),
        synthetics=tuple(s for s in world.synthetics if s.subject in names_in(world, asked)),
    )
    assert evaluate(fewer, asked) == evaluate(world, asked)


@EXAMPLES
@given(worlds(most=2), questions(), st.sampled_from(DENTS), st.integers(0, 3))
def test_a_world_asked_twice_answers_the_same(world: World, asked: Question, dent: Dent, n: int) -> None:
    changed_world = dent(world, n)
    assert evaluate(changed_world, asked) == evaluate(replace(changed_world), asked)
