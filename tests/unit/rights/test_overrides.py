"""Counsel's overrides: what makes one count, what it lifts and what nothing lifts; and legal holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assetlib.model.asset import Facet
from assetlib.model.license import (
    LicenseKind,
    LicenseStatus,
    ProhibitionClass,
    RevocationEffect,
    RevocationTerms,
    Selector,
)
from assetlib.model.world import FiledLicense, Integrity, World
from assetlib.rights import holds, standing
from assetlib.rights.authority import a_year_after
from assetlib.rights.explain import decision_text
from provenance.decision import Outcome
from tests.unit.rights.worlds import (
    COUNSEL,
    DAY,
    IP,
    LIKENESS,
    NOW,
    RHEA,
    ask,
    ban,
    codes,
    edge,
    facts,
    filed,
    missing,
    override,
    version,
    world,
)

ALLOW, DENY = Outcome.ALLOW, Outcome.DENY


def with_override(*licenses: FiledLicense, **changes: Any) -> World:
    """A world in which only counsel's override speaks for Rhea, beside `licenses`."""
    return world(override(**changes), *licenses, people=COUNSEL)


def test_an_override_stands_in_for_what_nobody_granted_and_the_answer_says_so() -> None:
    decision = ask(with_override())
    assert decision.outcome is ALLOW and decision.overrides == decision.cited == ("OVR-1#1",)
    assert "Rests on an override by counsel:\n  - OVR-1 cl. 1" in decision_text(decision)
    assert decision.to_json()["overrides"] == ["OVR-1#1"]


def test_an_override_is_not_cited_where_a_grant_covers() -> None:
    decision = ask(with_override(filed("LIC-1", IP), filed("LIC-2", LIKENESS)))
    assert decision.overrides == () and decision.cited == ("LIC-1#2", "LIC-2#3.1")


@pytest.mark.parametrize(
    ("changes", "dimension"),
    [
        ({"activated": False}, "activation"),
        ({"status": LicenseStatus.DRAFT}, "license status"),
        ({"activated_by": "rita"}, "counsel's signature"),
        ({"activated_by": "li"}, "counsel's signature"),
        ({"reason": "Counsel says so."}, "reason"),
        ({"reason": " " * 60}, "reason"),
        ({"generate_until": a_year_after(NOW - 10 * DAY) + DAY}, "term"),
        ({"generate_from": None}, "term"),
        ({"generate_until": None}, "term"),
        ({"second_signer": ""}, "second signer"),
        ({"second_signer": "carla"}, "second signer"),
        ({"second_signer": "stranger"}, "second signer"),
        ({"productions": ("HOUSE", "*")}, "scope"),
        ({"selector": Selector(entities=(RHEA.entity,), kinds=(RHEA.kind,))}, "scope"),
        ({"territories": replace(IP.territories, included=("DE",))}, "territory"),
        ({"media": ("avod",)}, "media"),
        ({"recipients": ("luma",)}, "recipient"),
        ({"generate_until": NOW}, "generation window"),
    ],
    ids=str,
)
def test_an_override_that_is_not_in_order_covers_nothing(changes: dict[str, Any], dimension: str) -> None:
    assert missing(ask(with_override(**changes))) == {dimension}


def test_an_override_may_last_twelve_months_and_a_previs_needs_one_signature() -> None:
    year = with_override(generate_until=a_year_after(NOW - 10 * DAY))
    assert ask(year).outcome is ALLOW
    draft = with_override(actions=("generate.previs",), purposes=("previs",), second_signer="")
    assert ask(draft, actions=("generate.previs",), purpose="previs").outcome is ALLOW


def banned(**changes: Any) -> FiledLicense:
    return filed("LIC-8", bans=(ban("LIC-8#1", "rhea", **changes),))


GRANTED = (filed("LIC-1", IP), filed("LIC-2", LIKENESS))


def test_an_override_lifts_a_normal_prohibition_that_it_covers_whole() -> None:
    decision = ask(with_override(*GRANTED, banned()))
    assert decision.outcome is ALLOW and decision.overrides == ("OVR-1#1",)
    assert codes(ask(with_override(*GRANTED, banned(), facets=(Facet.LIKENESS,)))) == ["prohibited"]
    assert codes(ask(with_override(*GRANTED, banned()), territories=("US", "FR")))[-1] == "prohibited"


def test_an_override_that_lacks_anything_lifts_nothing() -> None:
    assert codes(ask(with_override(*GRANTED, banned(), reason="short"))) == ["prohibited"]
    assert codes(ask(with_override(*GRANTED, banned(), productions=("OTHER",)))) == ["prohibited"]
    assert codes(ask(with_override(*GRANTED, banned(), actions=("view",)))) == ["prohibited"]


@pytest.mark.parametrize("severity", list(ProhibitionClass))
def test_nothing_lifts_what_is_protected(severity: ProhibitionClass) -> None:
    decision = ask(with_override(*GRANTED, banned(severity=severity)))
    assert decision.outcome is (DENY if severity is ProhibitionClass.PROTECTED else ALLOW)


def test_an_override_lifts_no_legal_hold_and_no_broken_integrity() -> None:
    held = replace(
        banned(actions=("generate.final",)),
        license=replace(banned(actions=("generate.final",)).license, kind=LicenseKind.LEGAL_HOLD),
    )
    assert codes(ask(with_override(*GRANTED, held))) == ["prohibited"]
    broken = replace(with_override(*GRANTED), assets=(facts(RHEA, Integrity.FAILED),))
    assert codes(ask(broken)) == ["integrity"]


def test_the_envelope_on_an_override_keeps_what_the_override_does_not_reach_closed() -> None:
    wide = replace(IP, territories=replace(IP.territories, included=("DE", "FR", "US")))
    licenses = (filed("LIC-1", wide), filed("LIC-2", replace(LIKENESS, territories=wide.territories)))
    decision = ask(with_override(*licenses, banned()))
    assert dict(decision.envelope or ())["svod"] == "DE, US"


# legal holds

TAKE = version("take", Facet.TOOL_OUTPUT)


def hold(**changes: Any) -> FiledLicense:
    standing_ = {name: changes.pop(name) for name in tuple(changes) if name in FiledLicense.__dataclass_fields__}
    return filed("HOLD-1", bans=(ban("HOLD-1#1", "rhea", **changes),), kind=LicenseKind.LEGAL_HOLD, **standing_)


def kept(hold_: FiledLicense, action: Any = "delete", **changes: Any) -> tuple[str, ...]:
    where = world(*GRANTED, hold_, assets=(facts(RHEA), facts(TAKE)), derivations=(edge(RHEA, TAKE),))
    return tuple(one.clause for one in holds.held(where, [TAKE.digest], action, now=changes.get("now", NOW)))


@pytest.mark.parametrize("action", ["delete", "purge"])
def test_a_hold_keeps_what_was_made_from_what_it_names(action: str) -> None:
    assert kept(hold(), action) == ("HOLD-1#1",)


def test_a_hold_keeps_whatever_else_it_names_and_wherever_that_is() -> None:
    narrow = hold(actions=("export.publish",), productions=("OTHER",), recipients=("netfilms",), media=("games",))
    assert kept(narrow) == ("HOLD-1#1",)


def test_a_hold_that_names_no_action_does_not_stop_the_work() -> None:
    assert ask(world(*GRANTED, hold())).outcome is ALLOW
    assert codes(ask(world(*GRANTED, hold(actions=("generate",))))) == ["prohibited"]


def test_a_hold_holds_until_it_is_lifted() -> None:
    assert kept(hold(revoked_at=NOW + DAY)) == ("HOLD-1#1",)
    assert kept(hold(revoked_at=NOW)) == () and kept(hold(until=NOW)) == ()
    assert kept(hold(status=LicenseStatus.DRAFT)) == ()


def test_a_hold_wins_over_destruction() -> None:
    destroys = filed("LIC-1", IP, on_revocation=RevocationTerms(effect=RevocationEffect.DESTROY))
    where = world(destroys, GRANTED[1], assets=(facts(RHEA), facts(TAKE)), derivations=(edge(RHEA, TAKE),))
    free = standing.consequences(where, "LIC-1", [TAKE.digest], now=NOW)
    assert [(one.destroy, one.held_by) for one in free] == [(True, ())]
    held = replace(where, licenses=(*where.licenses, hold()))
    assert [(o.destroy, o.held_by) for o in standing.consequences(held, "LIC-1", [TAKE.digest], now=NOW)] == [
        (False, ("HOLD-1#1",))
    ]
    assert standing.consequences(where, "LIC-7", [TAKE.digest], now=NOW) == ()
    assert standing.consequences(world(assets=(facts(TAKE),)), "LIC-1", [TAKE.digest], now=NOW) == ()
