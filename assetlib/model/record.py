"""What the catalog keeps beside assets and shots: instruments, statements, decisions, jobs, notices.

Bodies that other rooms define (license documents, agreements, decisions) travel as the exact canonical bytes
that were hashed or signed, and are never rebuilt from columns. `recorded_at` and `superseded_at` are the
ledger's times: the writer of a row leaves them None.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from provenance.decision import decision_id
from provenance.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseRow:
    """One state of one revision of a license. `digest` is that of `body`; `document` is the contract's blob."""

    id: str
    revision: int
    status: str
    body: bytes
    digest: Digest
    document: Digest | None = None
    signature: bytes | None = None
    signer: str | None = None
    recorded_at: datetime | None = None
    superseded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """One state of one revision of a provider agreement; `recipient` is ``provider/product/plan/account``."""

    id: str
    revision: int
    recipient: str
    status: str
    body: bytes
    digest: Digest
    document: Digest | None = None
    signature: bytes | None = None
    signer: str | None = None
    recorded_at: datetime | None = None
    superseded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Where bytes may go: ``local``, a party id, or ``provider/product/plan/account``."""

    id: str
    party: str | None = None
    kind: str = "party"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A contract, release or consent as filed: a blob with its media type and the name it came under."""

    digest: Digest
    media_type: str
    name: str
    kind: str = "contract"
    filed_by: str = ""


class StatementKind(StrEnum):
    APPROVAL = "approval"
    APPROVAL_REQUEST = "approval_request"
    FULFILMENT = "fulfilment"
    OVERRIDE = "override"
    FACET_RELEASE = "facet_release"
    REVOCATION = "revocation"
    CONFIRMATION = "confirmation"
    CONTRIBUTION = "contribution"
    NOTE = "note"
    SCRIPT = "script"
    TIMESTAMP = "timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Something said about `subject` (a duty, shot, license, entity or digest), in canonical bytes, perhaps signed.

    A time stamp is what an authority said; all others are a person's words.
    """

    kind: StatementKind
    id: str
    subject: str
    body: bytes
    by: str
    signature: bytes | None = None
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentFlag:
    """What a person declares about a shot's content: ``value`` is yes or no; a flag without a row is undeclared."""

    shot: str
    flag: str
    value: str
    by: str


class CapState(StrEnum):
    RESERVED = "reserved"
    COMMITTED = "committed"
    RELEASED = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapUse:
    """One shot's share of a cap, in whole units: shots, titles, or seconds of screen time."""

    cap: str
    shot: str
    decision: str
    amount: int
    state: CapState
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence:
    code: str
    production: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A timeline as imported: its own name and id, the digest of its file, and `body` with the room's own JSON."""

    name: str
    timeline: str
    digest: Digest
    production: str
    imported_at: datetime
    body: bytes = b"{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """A decision as recorded: the canonical bytes of `Decision.to_json`, and its place in the ledger."""

    index: int
    outcome: str
    shot: str | None
    body: bytes
    digest: Digest
    recorded_at: datetime

    @property
    def id(self) -> str:
        return decision_id(self.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPermit:
    """A permit as issued: signed payload and signature, and when it was redeemed, if it was."""

    id: str
    decision: str
    payload: bytes
    signature: bytes
    expires_at: datetime
    redeemed_at: datetime | None = None


class ExportState(StrEnum):
    """An export is on record before its bytes move: `leaving`, and then whether they `left` or `stayed`."""

    LEAVING = "leaving"
    LEFT = "left"
    STAYED = "stayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Bytes that leave through the export door, under which decision, to whom; `body` is the signed receipt."""

    id: str
    decision: str
    recipient: str
    purpose: str
    body: bytes
    digest: Digest
    recorded_at: datetime | None = None
    state: ExportState = ExportState.LEFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """An export on its way: put together in the folder `stage` of the library's staging, to appear at `target`."""

    export: Export
    stage: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """A perceptual hash of one picture: `what` says of what (``reference:front``, ``frame:1001``)."""

    digest: Digest
    what: str
    pdq: bytes
    quality: int


class JobState(StrEnum):
    QUEUED = "queued"
    LEASED = "leased"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_open(self) -> bool:
        return self in (JobState.QUEUED, JobState.LEASED, JobState.RUNNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that takes long. `owner` holds it until `leased_until`; `progress` is 0…1; `cancel` asks it to stop."""

    id: str
    kind: str
    state: JobState
    request: bytes
    created_at: datetime
    updated_at: datetime
    progress: float = 0.0
    message: str = ""
    owner: str | None = None
    leased_until: datetime | None = None
    attempts: int = 0
    cancel: bool = False
    result: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A CloudEvent waiting in the outbox, in canonical bytes; `cursor` orders all of them without gaps."""

    cursor: int
    type: str
    body: bytes
    recorded_at: datetime
    attempts: int = 0
    delivered_at: datetime | None = None
