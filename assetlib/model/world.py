"""The world a decision is made in: everything `rights.evaluate` may know, and nothing else.

The loader slices it from the catalog; evaluation reads no clock, file or table. Absence is never a
permission: an asset, license, recipient or production that is not here is unknown, and unknown denies.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from assetlib.model.asset import AssetVersion, Derivation
from assetlib.model.license import Answer, License, LicenseStatus, ProviderAgreement
from assetlib.model.party import Party, Person
from assetlib.model.production import Production
from assetlib.model.rulepack import RulePack
from provenance.digest import Digest


class Integrity(StrEnum):
    """What checking a version's bytes and signature against its record gave."""

    VERIFIED = "verified"
    UNCHECKED = "unchecked"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFacts:
    """A version and the state of its bytes at the moment of the question."""

    version: AssetVersion
    integrity: Integrity = Integrity.UNCHECKED
    integrity_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledLicense:
    """A license in the library: its digest, its status, and whether a rights-admin's signature verified.

    `activated` is true only where the activation statement over `digest` was verified against the
    signer's key and role; the loader checks, it never copies a flag. For a counsel override the statements are
    those of counsel (`activated_by`) and of the `second_signer`, both over the license's canonical JSON.
    """

    license: License
    digest: Digest
    status: LicenseStatus
    activated: bool = False
    activated_by: str = ""
    second_signer: str = ""
    revoked_at: datetime | None = None
    superseded_at: datetime | None = None


class RecipientKind(StrEnum):
    PARTY = "party"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A registered receiver: a party id, or ``provider[/product[/plan[/account]]]``.

    `trains` says whether a party's terms let it train on what it gets; for providers the agreement says it.
    """

    id: str
    kind: RecipientKind
    trains: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingSeen:
    """A connector's statement that it saw a setting of the account switched on; `agreement` is the terms' id."""

    agreement: str
    setting: str
    at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticPerformer:
    """What is on file about a performer who is nobody: why there is one, who agreed, whom the guild was told about.

    `subject` is that of the facet. `resembles` are the people whose faces the check found alike; each becomes a
    likeness to be cleared. `compared_at` None means nobody has compared.
    """

    subject: str
    justification: str = ""
    approved_by: str = ""
    guild_notified_at: datetime | None = None
    compared_at: datetime | None = None
    resembles: tuple[str, ...] = ()


class FulfilmentState(StrEnum):
    FULFILLED = "fulfilled"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyFulfilment:
    """That a duty was met or refused. `scope` is '' (once), a production, a shot, or ``shot/purpose``."""

    duty: str
    scope: str
    state: FulfilmentState
    by: str
    at: datetime
    document: Digest | None = None


class CapState(StrEnum):
    RESERVED = "reserved"
    COMMITTED = "committed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapUse:
    """A use counted against a cap: `of` is the shot or title, `amount` the seconds where the cap counts seconds."""

    cap: str
    of: str
    state: CapState
    amount: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The facts of one moment. `prepared` holds indices derived from the rest; it is no fact and is not compared.

    `confirmed` names the vocabularies and rule packs, as ``name@edition``, that a lawyer has confirmed.
    `rulepacks` are all packs the library has; a production names those that bind it.
    """

    assets: tuple[AssetFacts, ...] = ()
    derivations: tuple[Derivation, ...] = ()
    licenses: tuple[FiledLicense, ...] = ()
    agreements: tuple[ProviderAgreement, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    productions: tuple[Production, ...] = ()
    people: tuple[Person, ...] = ()
    parties: tuple[Party, ...] = ()
    fulfilments: tuple[DutyFulfilment, ...] = ()
    cap_uses: tuple[CapUse, ...] = ()
    confirmed: tuple[str, ...] = ()
    rulepacks: tuple[RulePack, ...] = ()
    settings_seen: tuple[SettingSeen, ...] = ()
    synthetics: tuple[SyntheticPerformer, ...] = ()
    prepared: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False, hash=False)
