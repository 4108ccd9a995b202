"""Signed statements: one person, in one role, did one act about one exact document.

A license counts as active only while such a statement verifies. The signature binds the act, the subject and
its digest, the role and the time, so a statement cannot be moved to another license, act or version.

    signed = sign(Act.ACTIVATE_LICENSE, "LIC-7", license_digest, person, key, at=now)
    check(signed, Act.ACTIVATE_LICENSE, "LIC-7", license_digest, people)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from assetlib.approvals.keys import public_bytes, public_key
from assetlib.approvals.roles import Act, ApprovalRefused, role_for
from assetlib.model.party import Person, Role
from provenance.decision import instant, parse_instant
from provenance.digest import Digest, canonical_json, parse_digest

_TYPE = "assetlib.statement.v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """`valid_until` None means until revoked. `about` is an id (a license, a duty, a take); `reason` is for people."""

    act: Act
    about: str
    digest: Digest
    person: str
    role: Role
    at: datetime
    valid_until: datetime | None = None
    reason: str = ""
    signature: bytes = b""

    def payload(self) -> bytes:
        """The canonical bytes that the person's key signs."""
        return canonical_json({name: value for name, value in self.to_json().items() if name != "signature"})

    def to_json(self) -> dict[str, Any]:
        return {
            "type": _TYPE,
            "act": self.act.value,
            "about": self.about,
            "digest": self.digest,
            "person": self.person,
            "role": self.role.value,
            "at": instant(self.at),
            "valid_until": None if self.valid_until is None else instant(self.valid_until),
            "reason": self.reason,
            "signature": self.signature.hex(),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Statement:
        """Raises ApprovalRefused for anything but a statement of this version."""
        try:
            if document.keys() != _FIELDS or document["type"] != _TYPE:
                raise ValueError(f"expected {_TYPE} with {', '.join(sorted(_FIELDS))}")
            until = document["valid_until"]
            return cls(
                act=Act(document["act"]),
                about=document["about"],
                digest=parse_digest(document["digest"]),
                person=document["person"],
                role=Role(document["role"]),
                at=parse_instant(document["at"]),
                valid_until=None if until is None else parse_instant(until),
                reason=document["reason"],
                signature=bytes.fromhex(document["signature"]),
            )
        except (ValueError, TypeError) as error:
            raise ApprovalRefused(f"not a signed statement: {error}") from error


_FIELDS = frozenset(("type", "act", "about", "digest", "person", "role", "at", "valid_until", "reason", "signature"))


def sign(
    act: Act,
    about: str,
    digest: Digest,
    person: Person,
    key: Ed25519PrivateKey,
    *,
    at: datetime,
    valid_until: datetime | None = None,
    reason: str = "",
) -> Statement:
    """A signed statement by `person`; raises ApprovalRefused when the role or the key is not theirs."""
    role = role_for(person, act, at)
    if public_bytes(key) != person.public_key:
        raise ApprovalRefused(f"this is not the key that was enrolled for {person.id}")
    statement = Statement(
        act=act,
        about=about,
        digest=digest,
        person=person.id,
        role=role,
        at=at,
        valid_until=valid_until,
        reason=reason,
    )
    return replace(statement, signature=key.sign(statement.payload()))


def check(
    statement: Statement,
    act: Act,
    about: str,
    digest: Digest,
    people: Iterable[Person],
    *,
    now: datetime,
    recorded_at: datetime | None = None,
) -> Person:
    """The person who truly made `statement` about exactly this; raises ApprovalRefused, saying what is wrong.

    `recorded_at` is when the ledger took it: a date inside a statement is only what its signer says.
    """
    for what, expected, found in (
        ("act", act.value, statement.act.value),
        ("subject", about, statement.about),
        ("digest", digest, statement.digest),
    ):
        if expected != found:
            raise ApprovalRefused(f"expected a statement with {what} {expected!r}, found {found!r}")
    person = next((person for person in people if person.id == statement.person), None)
    if person is None:
        raise ApprovalRefused(f"{statement.person!r} is not enrolled in this library")
    _check_time(statement, now)
    for moment in (statement.at, recorded_at or statement.at):
        role_for(person, act, moment)
    if statement.role not in person.roles:
        raise ApprovalRefused(f"{person.id} signed as {statement.role.value} without holding that role")
    _check_signature(statement, person)
    return person


def is_activated(
    statement: Statement | None,
    license_id: str,
    digest: Digest,
    people: Iterable[Person],
    *,
    now: datetime,
    recorded_at: datetime | None = None,
) -> bool:
    """Whether a rights-admin's valid statement activates exactly this license: what `FiledLicense.activated` holds."""
    if statement is None:
        return False
    try:
        check(statement, Act.ACTIVATE_LICENSE, license_id, digest, people, now=now, recorded_at=recorded_at)
    except ApprovalRefused:
        return False
    return True


def _check_time(statement: Statement, now: datetime) -> None:
    if now < statement.at:
        raise ApprovalRefused(f"the statement is dated {instant(statement.at)}, after {instant(now)}")
    if statement.valid_until is not None and statement.valid_until <= now:
        raise ApprovalRefused(f"the statement ended at {instant(statement.valid_until)}; have it signed again")


def _check_signature(statement: Statement, person: Person) -> None:
    try:
        public_key(person.public_key).verify(statement.signature, statement.payload())
    except InvalidSignature:
        raise ApprovalRefused(f"the signature is not by the key enrolled for {person.id}") from None
