"""People and parties: who acts in a library and who owns or receives things."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    LIBRARIAN = "librarian"
    ARTIST = "artist"
    DIRECTOR = "director"
    COUNSEL = "counsel"
    RIGHTS_ADMIN = "rights-admin"
    AUDITOR = "auditor"
    TD = "td"


class PartyKind(StrEnum):
    PERSON = "person"
    ORG = "org"
    ESTATE = "estate"
    GUILD = "guild"


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody outside or inside who licenses, owns or receives: an id, a kind and names.

    `majority_at` is when a minor comes of age, None for somebody who is, or was always, of age; `died_at` and
    `domicile` (ISO 3166, at death) decide who may speak for a performer.
    """

    id: str
    kind: PartyKind
    name: str
    contact: str = ""
    majority_at: datetime | None = None
    died_at: datetime | None = None
    domicile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody enrolled to act in the library, with roles and an Ed25519 public key (raw, 32 bytes)."""

    id: str
    name: str
    roles: tuple[Role, ...]
    public_key: bytes
    enrolled_at: datetime
    revoked_at: datetime | None = None
