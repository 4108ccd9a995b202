"""The fields that a rule pack can ask a license to record: a closed list, each a question about one clause.

A field that is not recorded is not there: what nobody wrote down is never taken as met.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from assetlib.model.license import Capacity, Consent, Grant, License, LicenseKind, SurvivalKind

OWNED = (
    LicenseKind.ASSIGNMENT,
    LicenseKind.WORK_FOR_HIRE,
    LicenseKind.PERFORMER_CONSENT,
    LicenseKind.RELEASE,
    LicenseKind.PUBLIC_DOMAIN_FINDING,
)
NOTICE = timedelta(hours=48)
MIN_DESCRIPTION = 20  # characters; "any use" is not a reasonably specific description
_SILENT = Consent()
_FOR_OTHERS = (Capacity.ESTATE, Capacity.HEIRS, Capacity.UNION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """A grant, its license and the moment asked, as a field looks at them."""

    license: License
    grant: Grant
    now: float

    @property
    def consent(self) -> Consent:
        return self.license.consent or _SILENT

    @property
    def minor(self) -> bool:
        return self.consent.minor_at_signing or self.license.licensor.capacity is Capacity.GUARDIAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """`words` continue "does not record …"; `met` says whether the clause has it."""

    words: str
    met: Callable[[Clause], bool]


def _notice(clause: Clause) -> bool:
    given = clause.consent.notice_at
    return given is not None and given + NOTICE <= datetime.fromtimestamp(clause.now, UTC)


def _survives(clause: Clause) -> bool:
    unending = clause.grant.generate_until is None or clause.grant.survival.kind is SurvivalKind.PERPETUAL
    return unending and clause.grant.exploit_until is None


FIELDS = MappingProxyType(
    {
        "replica": Field(words="the kind of the digital replica", met=lambda c: bool(c.consent.replica)),
        "separately_signed": Field(
            words="that the consent was signed separately", met=lambda c: c.consent.separately_signed
        ),
        "notice": Field(words="a notice given at least 48 hours before", met=_notice),
        "use_description": Field(
            words="a reasonably specific description of the use",
            met=lambda c: len(c.grant.use_description.strip()) >= MIN_DESCRIPTION,
        ),
        "represented_by": Field(
            words="who represented the performer", met=lambda c: bool(c.license.licensor.represented_by)
        ),
        "compensation": Field(words="the compensation", met=lambda c: bool(c.consent.compensation)),
        "guild": Field(words="the guild whose terms bind it", met=lambda c: bool(c.consent.guild)),
        "named_project": Field(
            words="the projects by name", met=lambda c: bool(c.grant.productions) and "*" not in c.grant.productions
        ),
        "scan_reason": Field(words="the reason for making the replica", met=lambda c: bool(c.consent.scan_reason)),
        "replaces_no_work": Field(
            words="that the replica replaces no work of the performer", met=lambda c: c.consent.replaces_work is False
        ),
        "guardian": Field(
            words="the signature of a minor's guardian",
            met=lambda c: not c.minor or c.license.licensor.capacity is Capacity.GUARDIAN,
        ),
        "court_approval": Field(
            words="the court's approval of a minor's contract",
            met=lambda c: not c.minor or bool(c.consent.court_approval),
        ),
        "authority": Field(
            words="the proof that the licensor may speak for the performer",
            met=lambda c: (
                c.license.licensor.capacity not in _FOR_OTHERS or c.license.licensor.authority_document is not None
            ),
        ),
        "after_death": Field(words="what holds after the performer's death", met=lambda c: bool(c.consent.after_death)),
        "document": Field(words="a document on file", met=lambda c: c.license.document is not None),
        "signed_on": Field(words="the day of signing", met=lambda c: c.license.signed_on is not None),
        "governing_law": Field(words="the governing law", met=lambda c: bool(c.license.governing_law)),
        "owned": Field(
            words="ownership, or the consent or release of the person or owner shown",
            met=lambda c: c.license.kind in OWNED,
        ),
        "survives": Field(words="that finished results may be used for good", met=_survives),
        "retention_limit": Field(
            words="a limit on how long a provider may keep files", met=lambda c: c.grant.retention_days_max is not None
        ),
    }
)


def met(requirement: str, clause: Clause) -> bool:
    """Whether `clause` has the field, or one of several joined by ``|``; raises KeyError for a word nobody defined."""
    return any(FIELDS[word].met(clause) for word in alternatives(requirement))


def alternatives(requirement: str) -> tuple[str, ...]:
    """``a | b`` as (a, b)."""
    return tuple(word.strip() for word in requirement.split("|"))


def words_of(requirement: str) -> str:
    """What a clause without it does not record."""
    return ", or ".join(FIELDS[word].words for word in alternatives(requirement))
