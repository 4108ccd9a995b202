"""People sign for what they do; nobody signs for somebody else, another act or another document."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assetlib.approvals.keys import new_key, open_key, public_bytes
from assetlib.approvals.roles import Act, ApprovalRefused, both_sides, is_solo, may, who_may
from assetlib.approvals.statements import Statement, check, is_activated, sign
from assetlib.model.party import Person, Role
from provenance.digest import digest_bytes

NOW = datetime(2026, 9, 1, tzinfo=UTC)
PEM, PUBLIC = new_key(b"a long passphrase")
KEY = open_key(PEM, b"a long passphrase")
ADA = Person(id="ada", name="Ada", roles=(Role.RIGHTS_ADMIN,), public_key=PUBLIC, enrolled_at=NOW)
DIGEST = digest_bytes(b"license")


def statement(**changes: Any) -> Statement:
    return replace(sign(Act.ACTIVATE_LICENSE, "LIC-7", DIGEST, ADA, KEY, at=NOW), **changes)


def activates(signed: Statement | None, *, people: tuple[Person, ...] = (ADA,), now: datetime = NOW) -> bool:
    return is_activated(signed, "LIC-7", DIGEST, people, now=now)


def test_a_rights_admin_activates_a_license() -> None:
    assert activates(statement())
    assert Statement.from_json(statement().to_json()) == statement()


def test_no_statement_activates_nothing() -> None:
    assert not activates(None)


@pytest.mark.parametrize(
    "forged",
    [
        {"act": Act.REVOKE_LICENSE},
        {"about": "LIC-8"},
        {"digest": digest_bytes(b"another license")},
        {"person": "eve"},
        {"role": Role.COUNSEL},
        {"role": Role.LIBRARIAN},
        {"at": NOW + timedelta(days=1)},
        {"at": NOW - timedelta(days=1)},
        {"valid_until": NOW + timedelta(days=9)},
        {"reason": "because"},
        {"signature": bytes(64)},
        {"signature": b""},
    ],
    ids=str,
)
def test_a_statement_with_any_changed_field_activates_nothing(forged: dict[str, Any]) -> None:
    assert not activates(statement(**forged))


def test_a_key_that_is_not_enrolled_cannot_sign() -> None:
    pem, _ = new_key(b"other")
    with pytest.raises(ApprovalRefused, match="not the key that was enrolled for ada"):
        sign(Act.ACTIVATE_LICENSE, "LIC-7", DIGEST, ADA, open_key(pem, b"other"), at=NOW)


@pytest.mark.parametrize("role", [Role.LIBRARIAN, Role.ARTIST, Role.DIRECTOR, Role.COUNSEL, Role.TD, Role.AUDITOR])
def test_only_a_rights_admin_activates(role: Role) -> None:
    with pytest.raises(ApprovalRefused, match=r"needs rights-admin; ada is"):
        sign(Act.ACTIVATE_LICENSE, "LIC-7", DIGEST, replace(ADA, roles=(role,)), KEY, at=NOW)


def test_what_was_signed_before_a_key_was_revoked_still_counts_and_after_it_does_not() -> None:
    revoked = replace(ADA, revoked_at=NOW + timedelta(hours=1))
    late = sign(Act.ACTIVATE_LICENSE, "LIC-7", DIGEST, ADA, KEY, at=NOW + timedelta(hours=2))
    later = NOW + timedelta(hours=3)
    assert activates(statement(), people=(revoked,), now=later)
    assert not activates(late, people=(revoked,), now=later)


def test_a_statement_that_has_ended_activates_nothing() -> None:
    signed = sign(Act.ACTIVATE_LICENSE, "LIC-7", DIGEST, ADA, KEY, at=NOW, valid_until=NOW + timedelta(days=1))
    assert activates(signed)
    assert not activates(signed, now=NOW + timedelta(days=1))


def test_check_says_who_made_the_statement() -> None:
    assert check(statement(), Act.ACTIVATE_LICENSE, "LIC-7", DIGEST, (ADA,), now=NOW) is ADA


def test_a_statement_with_an_unknown_field_is_refused() -> None:
    with pytest.raises(ApprovalRefused, match="not a signed statement"):
        Statement.from_json(statement().to_json() | {"also": "this"})


def test_a_wrong_passphrase_is_a_sentence() -> None:
    with pytest.raises(ApprovalRefused, match="wrong passphrase"):
        open_key(PEM, b"guess")
    assert public_bytes(KEY) == PUBLIC


def test_a_key_without_passphrase_is_refused() -> None:
    with pytest.raises(ApprovalRefused, match="needs a passphrase"):
        new_key(b"")


def test_one_enrolled_person_is_solo_mode() -> None:
    eve = replace(ADA, id="eve")
    assert is_solo((), NOW) and is_solo((ADA,), NOW) and not is_solo((ADA, eve), NOW)
    assert is_solo((ADA, replace(eve, revoked_at=NOW)), NOW)


def test_a_refusal_can_name_who_may() -> None:
    counsel = replace(ADA, id="cy", roles=(Role.COUNSEL,))
    assert who_may(Act.RELEASE_FACET, (ADA, counsel), NOW) == (counsel,)
    assert not may(ADA, Act.RELEASE_FACET, NOW)


def test_one_person_on_both_sides_of_an_approval_is_shown() -> None:
    assert both_sides("li", "li") == "li both asked for and gave this approval"
    assert both_sides("li", "ada") == ""
