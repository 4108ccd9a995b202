"""Questions that must not pass; the test's name is the defect."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from assetlib.approvals.keys import new_key, open_key
from assetlib.approvals.roles import Act
from assetlib.approvals.statements import is_activated, sign
from assetlib.documents.license_json import license_digest
from assetlib.model.license import Answer
from assetlib.model.party import Person, Role
from assetlib.model.production import Production
from assetlib.model.world import FiledLicense, Recipient, RecipientKind, World
from provenance.decision import Outcome
from tests.unit.rights.worlds import (
    DAY,
    IP,
    LIKENESS,
    NOW,
    PROVIDER,
    agreement,
    ask,
    ban,
    codes,
    filed,
    missing,
    world,
)


def test_expired() -> None:
    assert missing(ask(now=NOW + 11 * DAY)) == {"generation window"}


def test_wrong_production() -> None:
    other = world(productions=(Production(id="SPINOFF", name="Spin-off"),))
    assert missing(ask(other, production="SPINOFF")) == {"production"}


def test_wrong_recipient() -> None:
    assert missing(ask(recipient="netfilms")) == {"recipient"}


def test_recipient_that_only_starts_like_a_licensed_one() -> None:
    lumalike = world(agreements=(agreement(provider="luma2"),))
    assert ask(lumalike, recipient="luma2/api/business/acct-7").outcome is Outcome.DENY


def test_recipient_path_that_climbs_back() -> None:
    assert ask(recipient="luma/../other/api").outcome is Outcome.DENY


def test_provider_that_trains() -> None:
    trains = world(agreements=(agreement(trains_on_inputs=Answer.YES),))
    assert ask(trains, recipient=PROVIDER).outcome is Outcome.DENY


def test_marketing_asked_under_the_name_of_a_view() -> None:
    assert ask(actions=("view",), purpose="marketing").outcome is Outcome.DENY


def scened(**changes: Any) -> World:
    no_scene = ban("LIC-1#9", "rhea", scenes=("12-19",))
    return world(filed("LIC-1", IP, bans=(no_scene,)), filed("LIC-2", LIKENESS), **changes)


@pytest.mark.parametrize("scene", ["13", "013", " 13 ", "13-13", "11-14", "12–14", "1-2000000000"])
def test_a_banned_scene_under_another_spelling(scene: str) -> None:
    assert codes(ask(scened(), scenes=(scene,))) == ["prohibited"]


def test_a_scene_beside_the_banned_ones() -> None:
    assert ask(scened(), scenes=("20",)).outcome is Outcome.ALLOW


def test_a_banned_range_that_nobody_can_count() -> None:
    endless = ban("LIC-1#9", "rhea", scenes=("1-2000000000",))
    assert codes(ask(world(filed("LIC-1", IP, bans=(endless,)), filed("LIC-2", LIKENESS)), scenes=("7",))) == [
        "prohibited"
    ]


def test_a_range_that_nobody_can_count_covers_nothing() -> None:
    endless = world(filed("LIC-1", replace(IP, scenes=("1-2000000000",))), filed("LIC-2", LIKENESS))
    assert missing(ask(endless, scenes=("7",))) == {"scenes"}


def used_until(days: int) -> World:
    until = NOW + days * DAY
    return world(filed("LIC-1", replace(IP, exploit_until=until)), filed("LIC-2", LIKENESS))


@pytest.mark.parametrize("asked", [-400, -2, -1, 0])
def test_use_that_is_over_asked_under_an_earlier_end(asked: int) -> None:
    """The production's own end lies in the past: whoever asks today uses it today."""
    decision = ask(used_until(-1), exploit_until=NOW + asked * DAY)
    assert missing(decision) == {"exploit_until"}
    assert "which is over" in decision.findings[0].sentence


def test_use_that_ends_at_this_very_moment() -> None:
    assert missing(ask(used_until(0), exploit_until=NOW)) == {"exploit_until"}


def test_a_provider_that_calls_itself_local() -> None:
    ours = world(
        recipients=(Recipient(id="local", kind=RecipientKind.PROVIDER, trains=Answer.NO),),
        agreements=(agreement(provider="local"),),
    )
    assert ask(ours, recipient="local").outcome is Outcome.ALLOW
    assert missing(ask(ours, recipient="local/api/business/acct-7")) == {"recipient"}


def test_a_party_that_trains_enrolled_as_one_of_us() -> None:
    both = world(recipients=(Recipient(id="li", kind=RecipientKind.PARTY, trains=Answer.UNKNOWN),))
    assert ask(recipient="li").outcome is Outcome.ALLOW
    assert {"action", "recipient"} <= missing(ask(both, recipient="li"))


def signed_by(person: Person, key_of: bytes) -> World:
    """The cleared world with its first license activated by whatever `person` could sign with that key."""
    held = filed("LIC-1", IP)
    digest = license_digest(held.license)
    statement = sign(Act.ACTIVATE_LICENSE, "LIC-1", digest, _ADA, open_key(key_of, b"p"), at=NOW)
    activated = is_activated(replace(statement, person=person.id), "LIC-1", digest, (person,), now=NOW)
    return world(
        FiledLicense(license=held.license, digest=digest, status=held.status, activated=activated),
        filed("LIC-2", LIKENESS),
    )


_PEM, _PUBLIC = new_key(b"p")
_ADA = Person(id="ada", name="Ada", roles=(Role.RIGHTS_ADMIN,), public_key=_PUBLIC, enrolled_at=NOW - DAY)
_OTHER = new_key(b"p")[1]


def test_license_signed_by_the_rights_admin() -> None:
    assert ask(signed_by(_ADA, _PEM)).outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    "person",
    [
        replace(_ADA, roles=(Role.LIBRARIAN,)),
        replace(_ADA, roles=(Role.COUNSEL,)),
        replace(_ADA, public_key=_OTHER),
        replace(_ADA, revoked_at=NOW),
        replace(_ADA, enrolled_at=NOW + DAY),
        replace(_ADA, id="eve"),
    ],
    ids=["librarian", "counsel", "another key", "revoked", "not yet enrolled", "another person"],
)
def test_license_signed_by_somebody_who_may_not(person: Person) -> None:
    assert missing(ask(signed_by(person, _PEM))) == {"activation"}


def test_license_without_signature() -> None:
    assert missing(ask(world(filed("LIC-1", IP, activated=False), filed("LIC-2", LIKENESS)))) == {"activation"}
