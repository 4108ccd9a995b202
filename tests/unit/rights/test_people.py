"""Minors, the dead, synthetic performers: who may speak for a person, and what nobody may allow."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assetlib.model.asset import Facet
from assetlib.model.license import Capacity, Consent, LicenseKind, LicenseParty, ProhibitionClass
from assetlib.model.party import Party, PartyKind
from assetlib.model.world import SyntheticPerformer, World
from provenance.decision import Decision, Outcome
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
    digest,
    facts,
    filed,
    grant,
    missing,
    override,
    version,
    world,
)

ALLOW, NEEDS, DENY = Outcome.ALLOW, Outcome.NEEDS_APPROVAL, Outcome.DENY
GUARDIAN = LicenseParty(party="mother", capacity=Capacity.GUARDIAN)
GROWING_UP = Consent(minor_at_signing=True, minor_until=NOW + 100 * DAY)


def performed(party: Party | None = None, *licenses: Any, **consent: Any) -> World:
    """The cleared world with Rhea's likeness under a consent, and what is on file about its performer."""
    held = filed("LIC-2", LIKENESS, kind=LicenseKind.PERFORMER_CONSENT, **consent)
    return world(filed("LIC-1", IP), held, *licenses, parties=(party,) if party else ())


def rhea(**known: Any) -> Party:
    return Party(id="rhea", kind=PartyKind.PERSON, name="Rhea", **known)


def shown(where: World, **changes: Any) -> Decision:
    return ask(where, content=(("sexual", "no"),), **changes)


def test_a_minor_needs_the_signature_of_a_guardian() -> None:
    child = rhea(majority_at=NOW + 100 * DAY)
    assert missing(shown(performed(child))) == {"guardian"}
    assert shown(performed(child, licensor=GUARDIAN)).outcome is ALLOW


def test_a_consent_that_says_minor_at_signing_is_signed_by_a_guardian_and_knows_when_it_ends() -> None:
    assert missing(shown(performed(consent=GROWING_UP))) == {"guardian"}
    assert shown(performed(consent=GROWING_UP, licensor=GUARDIAN)).outcome is ALLOW
    forgot = replace(GROWING_UP, minor_until=None)
    assert missing(shown(performed(consent=forgot, licensor=GUARDIAN))) == {"date of majority"}


def test_at_majority_the_guardians_consent_ends() -> None:
    grown = replace(GROWING_UP, minor_until=NOW)
    assert missing(shown(performed(consent=grown, licensor=GUARDIAN))) == {"majority"}
    of_age = rhea(majority_at=NOW)
    assert missing(shown(performed(of_age, licensor=GUARDIAN))) == {"majority"}
    assert shown(performed(of_age)).outcome is ALLOW


def test_a_guardian_signs_for_nobody_whose_majority_nobody_knows() -> None:
    assert missing(shown(performed(licensor=GUARDIAN))) == {"date of majority"}
    assert missing(shown(performed(licensor=GUARDIAN, consent=Consent(replica="background")))) == {"date of majority"}


def test_the_guardians_signature_ends_new_work_at_majority() -> None:
    assert dict(shown(performed(consent=GROWING_UP, licensor=GUARDIAN)).envelope or ())["generate_until"] < (
        "2026-12-10"
    )


@pytest.mark.parametrize(("answer", "outcome"), [("yes", DENY), ("no", ALLOW), ("", NEEDS)])
def test_a_minor_is_never_shown_in_sexual_content_and_the_shot_must_say_so(answer: str, outcome: Outcome) -> None:
    where = performed(rhea(majority_at=NOW + DAY), licensor=GUARDIAN)
    decision = ask(where, content=(("sexual", answer),) if answer else ())
    assert decision.outcome is outcome
    assert outcome is not DENY or "protected" in codes(decision)


@pytest.mark.parametrize("action", ["train.gen", "train.nongen", "mine", "train.finetune_internal"])
def test_nothing_is_trained_on_a_minors_likeness(action: str) -> None:
    named = replace(LIKENESS, actions=("generate.final", action))
    both = filed("LIC-1", replace(IP, actions=("generate.final", action)))
    held = filed("LIC-2", named, licensor=GUARDIAN, consent=GROWING_UP)
    decision = shown(world(both, held), actions=("generate.final", action))
    assert codes(decision) == ["protected"] and "No override can lift this" in decision.findings[0].sentence


def test_no_override_lifts_what_protects_a_minor() -> None:
    where = replace(performed(rhea(majority_at=NOW + DAY), override(), licensor=GUARDIAN), people=COUNSEL)
    assert "protected" in codes(ask(where, content=(("sexual", "yes"),)))


def test_minors_and_sexual_content_in_one_shot_are_refused_whoever_plays() -> None:
    assert codes(ask(None, content=(("minors_present", "yes"), ("sexual", "yes")))) == ["protected"]
    assert ask(None, content=(("minors_present", "yes"), ("sexual", "no"))).outcome is ALLOW


def test_the_consent_of_the_living_ends_with_their_death() -> None:
    dead = rhea(died_at=NOW)
    assert missing(ask(performed(dead))) == {"after death"}
    assert ask(performed(rhea(died_at=NOW + DAY))).outcome is ALLOW


@pytest.mark.parametrize("word", ["continues", "continues_for_described_use"])
def test_it_continues_only_where_the_document_says_so(word: str) -> None:
    dead = Party(id="rhea", kind=PartyKind.PERSON, name="Rhea", died_at=NOW - DAY)
    self_ = LicenseParty(party="rhea", capacity=Capacity.SELF)
    assert ask(performed(dead, licensor=self_, consent=Consent(after_death=word))).outcome is ALLOW
    assert missing(ask(performed(dead, licensor=self_, consent=Consent(after_death="unclear")))) == {"after death"}


@pytest.mark.parametrize("capacity", [Capacity.ESTATE, Capacity.HEIRS, Capacity.UNION])
def test_whoever_speaks_for_the_dead_proves_it(capacity: Capacity) -> None:
    dead = rhea(died_at=NOW - DAY)
    unproven = LicenseParty(party="estate", capacity=capacity)
    assert missing(ask(performed(dead, licensor=unproven))) == {"proof of authority"}
    proven = replace(unproven, authority_document=digest("letters testamentary"))
    assert ask(performed(dead, licensor=proven)).outcome is ALLOW


NOBODY = version("nobody", Facet.SYNTHETIC_PERFORMER)
RECORD = SyntheticPerformer(
    subject="nobody",
    justification="A crowd of four hundred that no casting could have filled in a day.",
    approved_by="li",
    guild_notified_at=NOW - DAY,
    compared_at=NOW - DAY,
)


def synthetic(*records: SyntheticPerformer, **changes: Any) -> Decision:
    own = filed("LIC-5", grant("LIC-5#1", "nobody", facets=(Facet.SYNTHETIC_PERFORMER,)))
    return ask(world(own, assets=(facts(NOBODY),), synthetics=records, **changes), NOBODY)


def test_a_synthetic_performer_with_its_record_is_allowed() -> None:
    assert synthetic(RECORD).outcome is ALLOW


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ({"justification": "why not"}, "a justification"),
        ({"approved_by": "stranger"}, "the approval of an enrolled person"),
        ({"guild_notified_at": None}, "the notice to the guild"),
        ({"compared_at": None}, "a comparison with real performers"),
    ],
)
def test_a_synthetic_performer_without_part_of_its_record_is_refused(lacking: Any, words: str) -> None:
    decision = synthetic(replace(RECORD, **lacking))
    assert codes(decision) == ["synthetic-performer"] and words in decision.findings[0].sentence


def test_a_synthetic_performer_nobody_recorded_is_refused() -> None:
    assert codes(synthetic()) == ["synthetic-performer"]


def test_everybody_the_face_resembles_has_to_grant_their_likeness() -> None:
    decision = synthetic(replace(RECORD, resembles=("jane-doe",)))
    assert decision.outcome is DENY and [f.facet for f in decision.findings] == ["likeness"]
    assert "jane-doe" in decision.findings[0].sentence


STRIKE = ban("LIC-9#1")


def struck(**selector: Any) -> World:
    closed = replace(STRIKE, selector=replace(STRIKE.selector, **selector), from_=NOW, until=NOW + DAY)
    told = Consent(replica="employment_based", guild="SAG-AFTRA")
    return performed(None, filed("LIC-9", bans=(closed,)), consent=told)


def test_a_strike_stops_every_replica_of_its_kind_and_guild_for_its_time() -> None:
    here = struck(replicas=("employment_based",), guilds=("SAG-AFTRA",))
    assert codes(ask(here)) == ["prohibited"]
    assert ask(here, now=NOW + DAY).outcome is ALLOW and ask(here, now=NOW - DAY).outcome is ALLOW
    assert ask(struck(replicas=("background",))).outcome is ALLOW
    assert ask(struck(replicas=("employment_based",), guilds=("EQUITY",))).outcome is ALLOW


def test_a_strike_meets_a_consent_that_does_not_say_its_kind_or_guild() -> None:
    silent = filed("LIC-2", LIKENESS, kind=LicenseKind.PERFORMER_CONSENT)
    closed = replace(STRIKE, selector=replace(STRIKE.selector, replicas=("background",), guilds=("SAG-AFTRA",)))
    assert codes(ask(world(filed("LIC-1", IP), silent, filed("LIC-9", bans=(closed,))))) == ["prohibited"]


def test_a_strike_meets_no_asset_without_a_performer() -> None:
    gate = version("gate", Facet.LOCATION)
    own = filed("LIC-6", grant("LIC-6#1", "gate", facets=(Facet.LOCATION,)))
    closed = replace(STRIKE, selector=replace(STRIKE.selector, replicas=("background",)))
    where = world(own, filed("LIC-9", bans=(closed,)), assets=(facts(gate), facts(RHEA)))
    assert ask(where, gate).outcome is ALLOW


def test_a_protected_prohibition_on_a_minor_names_its_class() -> None:
    own = ban("LIC-8#1", "rhea", severity=ProhibitionClass.PROTECTED, content=("sexual",))
    where = world(filed("LIC-1", IP), filed("LIC-2", LIKENESS), filed("LIC-8", bans=(own,)))
    assert ask(where, content=(("sexual", "yes"),)).outcome is DENY
