"""Legal instruments as values: what a contract, consent or release permits, prohibits and asks for.

A *license* here is any legal instrument. Its unit of permission is the `Grant`: one facet set of the
selected assets in six dimensions (action, purpose, production, territory, medium, recipient), within a
generation window and an exploitation end. A grant must cover a use in every dimension by itself; a
`Prohibition` need only touch it. Every window is half-open [from, until) in UTC. `None` as an end means
without end; an empty dimension of a grant covers nothing, an empty dimension of a prohibition touches all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from assetlib.model.asset import AssetKind, Facet
from provenance.digest import Digest


class LicenseKind(StrEnum):
    LICENSE = "license"
    ASSIGNMENT = "assignment"
    WORK_FOR_HIRE = "work_for_hire"
    PERFORMER_CONSENT = "performer_consent"
    RELEASE = "release"
    PUBLIC_DOMAIN_FINDING = "public_domain_finding"
    OPEN_LICENSE = "open_license"
    PROVIDER_TERMS = "provider_terms"
    COUNSEL_OVERRIDE = "counsel_override"
    EMBEDDED_SIGNAL = "embedded_signal"
    LEGAL_HOLD = "legal_hold"

    @property
    def grants(self) -> bool:
        """Whether this kind can permit; signals and holds only prohibit, an override is judged apart from grants."""
        return self not in (LicenseKind.EMBEDDED_SIGNAL, LicenseKind.LEGAL_HOLD, LicenseKind.COUNSEL_OVERRIDE)

    @property
    def has_document(self) -> bool:
        """Whether a signed or captured document must stand behind it; the others cite a public text or a file."""
        return self not in (LicenseKind.OPEN_LICENSE, LicenseKind.EMBEDDED_SIGNAL)


class LicenseStatus(StrEnum):
    PROPOSED = "proposed"
    DRAFT = "draft"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"


class Capacity(StrEnum):
    """In which capacity the licensor signs."""

    SELF = "self"
    GUARDIAN = "guardian"
    ESTATE = "estate"
    HEIRS = "heirs"
    UNION = "union"
    OWNER = "owner"


class DutyWhen(StrEnum):
    PRE = "pre"
    POST = "post"


class DutyKind(StrEnum):
    APPROVAL = "approval"
    CONSENT = "consent"
    NOTICE = "notice"
    FEE = "fee"
    CREDIT = "credit"
    REPORT = "report"
    LABEL = "label"

    @property
    def can_still_be_given(self) -> bool:
        """Only these turn a refusal into a request; a fee unpaid or a notice not served denies."""
        return self in (DutyKind.APPROVAL, DutyKind.CONSENT)


class DutyEach(StrEnum):
    """How far one fulfilment reaches: for good, a production, a shot and its takes, a shot and purpose, or prompt."""

    ONCE = "once"
    PRODUCTION = "production"
    BATCH = "batch"
    USE = "use"
    PROMPT = "prompt"


class DueFrom(StrEnum):
    """From when the days of a due rule count."""

    USE = "use"
    DELIVERY = "delivery"
    PUBLICATION = "publication"


class CapUnit(StrEnum):
    SHOTS = "shots"
    SECONDS = "seconds"
    TITLES = "titles"


class ProhibitionClass(StrEnum):
    NORMAL = "normal"
    PROTECTED = "protected"


class SurvivalKind(StrEnum):
    """What happens to finished outputs when the grant ends."""

    PERPETUAL = "perpetual"
    UNTIL = "until"
    SELL_OFF = "sell_off"
    NONE = "none"


class RevocationEffect(StrEnum):
    """What a revocation does to what exists already; it stops anything new in every case."""

    PROSPECTIVE = "prospective"
    TAKEDOWN = "takedown"
    DESTROY = "destroy"


class Answer(StrEnum):
    """Whether a recipient trains on what it gets. `OPT_OUT_SET` counts as no only with an attestation."""

    NO = "no"
    YES = "yes"
    OPT_OUT_SET = "opt_out_set"
    UNKNOWN = "unknown"


class HumanReview(StrEnum):
    NO = "no"
    ABUSE_ONLY = "abuse_only"
    YES = "yes"
    UNKNOWN = "unknown"


class OutputOwnership(StrEnum):
    CUSTOMER = "customer"
    SHARED = "shared"
    PROVIDER = "provider"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Territories:
    """ISO 3166-1 alpha-2 codes, or ``WW``; `excluded` only narrows ``WW`` ("WW minus CN")."""

    included: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which assets: entity URIs (unpinned, or pinned to one version), collections, kinds. Empty selects none.

    A selection by collection or kind is expanded when a decision is made. `subjects` narrows it to the
    facets of these people or works; empty leaves it open. `replicas` (kinds of digital replica) selects, in a
    prohibition, every asset used under a consent to such a replica, of any of the `guilds` where some are named;
    a consent that does not say its replica or guild is meant as well.
    """

    entities: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    kinds: tuple[AssetKind, ...] = ()
    subjects: tuple[str, ...] = ()
    replicas: tuple[str, ...] = ()
    guilds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When a duty afterwards must be done: on a date, or `days` after the use, its delivery or its publication."""

    days: int = 0
    after: DueFrom = DueFrom.USE
    on: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Something owed before (`PRE`) or because of (`POST`) a use. `by` is who gives it, '' where nobody is named."""

    id: str
    when: DutyWhen
    kind: DutyKind
    what: str
    by: str = ""
    each: DutyEach = DutyEach.ONCE
    due: Due | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """At most `limit` shots, seconds or titles under one grant; a shot counts once, however many takes."""

    id: str
    unit: CapUnit
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survival:
    """`until` only with UNTIL, `days` after the end of the generation window only with SELL_OFF."""

    kind: SurvivalKind = SurvivalKind.NONE
    until: datetime | None = None
    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One permission. `id` is ``<license>#<clause>``; scenes empty means any scene, depth None any derivative."""

    id: str
    clause: str
    facets: tuple[Facet, ...]
    selector: Selector
    actions: tuple[str, ...]
    purposes: tuple[str, ...]
    productions: tuple[str, ...]
    territories: Territories
    media: tuple[str, ...]
    recipients: tuple[str, ...]
    generate_from: datetime | None = None
    generate_until: datetime | None = None
    exploit_until: datetime | None = None
    survival: Survival = Survival()
    scenes: tuple[str, ...] = ()
    caps: tuple[Cap, ...] = ()
    duties: tuple[Duty, ...] = ()
    depth: int | None = None
    retention_days_max: int | None = None
    regions: tuple[str, ...] = ()
    use_description: str = ""
    commercial: bool = True
    share_alike: bool = False
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prohibition:
    """What must not happen. Every empty dimension means "any"; `content` names flags that must be declared yes."""

    id: str
    clause: str
    selector: Selector
    facets: tuple[Facet, ...] = ()
    actions: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    productions: tuple[str, ...] = ()
    territories: Territories = Territories()
    media: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    from_: datetime | None = None
    until: datetime | None = None
    severity: ProhibitionClass = ProhibitionClass.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseParty:
    """Who licenses, and with what authority."""

    party: str
    capacity: Capacity = Capacity.OWNER
    represented_by: str = ""
    authority_document: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRef:
    """The signed document: file name as filed, and the digest that must match its bytes."""

    file: str
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a performer's consent to a digital replica must record (union and state rules ask for it).

    `minor_until` is the first instant of majority of somebody who was a minor at signing: the guardian's consent
    reaches no further. `scan_reason` is the production's reason for making the replica.
    """

    replica: str = ""
    separately_signed: bool = False
    notice_at: datetime | None = None
    replaces_work: bool | None = None
    minor_at_signing: bool = False
    court_approval: str = ""
    dialogue: bool | None = None
    compensation: str = ""
    after_death: str = ""
    guild: str = ""
    minor_until: datetime | None = None
    scan_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationTerms:
    effect: RevocationEffect = RevocationEffect.TAKEDOWN
    notice_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class License:
    """A legal instrument as filed; its canonical JSON is what a rights-admin signs to activate it.

    `timezone` is the IANA zone in which the document's calendar dates were read. `signed_on` is the day
    on the document; `source` names where a proposed license was found. `reason` is what counsel gives for an
    override; `basis` and `basis_year` say why, and since when, a work is in the public domain.
    """

    id: str
    kind: LicenseKind
    timezone: str
    licensor: LicenseParty
    licensee: str
    grants: tuple[Grant, ...] = ()
    prohibitions: tuple[Prohibition, ...] = ()
    signed_on: date | None = None
    document: DocumentRef | None = None
    spdx: str = ""
    consent: Consent | None = None
    on_revocation: RevocationTerms = RevocationTerms()
    governing_law: str = ""
    exclusive: bool = False
    sublicense: bool = False
    moral_rights: str = ""
    signers: tuple[str, ...] = ()
    supersedes: str = ""
    source: str = ""
    note: str = ""
    reason: str = ""
    basis: str = ""
    basis_year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """A connector's statement about account settings, as seen when it looked."""

    setting: str
    at: datetime
    valid_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAgreement:
    """Terms in force with (provider, product, plan, account); without review, or past `review_due`, unknown.

    `retention_days` None is unknown and exceeds every limit. `credential` is a reference
    (``env:NAME`` or ``keyring:NAME``), never the secret. `opt_out_setting` and `zero_retention_setting` name the
    account settings that an attestation must have seen for `OPT_OUT_SET`, and for a retention of no days, to count.
    """

    id: str
    provider: str
    product: str
    plan: str
    account: str
    legal_entity: str
    governing_law: str
    models: tuple[str, ...]
    trains_on_inputs: Answer
    trains_on_outputs: Answer
    valid_from: datetime
    recorded_at: datetime
    evidence_sha256: Digest
    subprocessors: tuple[str, ...] = ()
    credential: str = ""
    human_review: HumanReview = HumanReview.UNKNOWN
    retention_days: int | None = None
    zero_retention_setting: str = ""
    opt_out_setting: str = ""
    regions: tuple[str, ...] = ()
    output_ownership: OutputOwnership = OutputOwnership.UNKNOWN
    output_restrictions: tuple[Prohibition, ...] = ()
    indemnity: str = "none"
    content_credentials: bool = False
    personal_data_allowed: bool = False
    biometric_allowed: bool = False
    valid_until: datetime | None = None
    superseded_at: datetime | None = None
    evidence_uri: str = ""
    evidence_captured_at: datetime | None = None
    reviewed_by: str = ""
    review_due: datetime | None = None
    attestation: Attestation | None = None

    @property
    def recipient(self) -> str:
        """The recipient these terms govern: ``provider/product/plan/account``."""
        return "/".join((self.provider, self.product, self.plan, self.account))
