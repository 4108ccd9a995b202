"""Whether a license can speak at all: who signed it, in which capacity, and the conditions of its kind.

A word here is what a denial names as missing ("guardian", "proof of authority"); `explain` and `reasons` say it
in full. Facts about people count as of the moment asked: a guardian's consent ends at majority, a living
consent at death unless its document says that it continues.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from assetlib.model.asset import Facet, FacetClaim
from assetlib.model.license import Capacity, Consent, Grant, License, LicenseKind, LicenseStatus, Selector
from assetlib.model.party import Party, Person, Role
from assetlib.model.world import FiledLicense
from assetlib.rights import vocabulary

FOREVER = float("inf")
NEVER = float("-inf")
BIOMETRIC = (Facet.LIKENESS, Facet.VOICE)
OF_PEOPLE = (*BIOMETRIC, Facet.PERFORMANCE)
MIN_REASON = 40  # characters: "counsel says so" is no reason that an insurer can read
CONTINUES = frozenset({"continues", "continues_for_described_use"})
_SPEAKS_FOR_THE_DEAD = (Capacity.ESTATE, Capacity.HEIRS, Capacity.UNION)
_SECOND_SIGNERS = (Role.COUNSEL, Role.RIGHTS_ADMIN)
_FINAL = frozenset({"generate.final", "export.delivery", "export.publish"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """When the person of a facet comes of age and when they died, in seconds; NEVER and FOREVER where not at all."""

    minor_until: float = NEVER
    died_at: float = FOREVER


NOBODY = PersonFacts()


def fault(filed: FiledLicense, grant: Grant, people: Mapping[str, Person]) -> str:
    """Why `grant` covers nothing whatever is asked; '' when nothing is wrong with its license."""
    license_ = filed.license
    override = license_.kind is LicenseKind.COUNSEL_OVERRIDE
    if not license_.kind.grants and not override:
        return "license kind"
    if filed.status is LicenseStatus.REVOKED and filed.revoked_at is None:
        return "license status"
    if filed.status not in (LicenseStatus.ACTIVE, LicenseStatus.REVOKED):
        return "license status"
    if not filed.activated:
        return "activation"
    if override:
        return _override_fault(filed, grant, people)
    if license_.kind is LicenseKind.PUBLIC_DOMAIN_FINDING:
        return _finding_fault(license_, grant)
    return _capacity_fault(license_)


def expiries(license_: License, parties: Mapping[str, Party]) -> tuple[tuple[float, str], ...]:
    """The moments from which a consent reaches no further, and why: majority, and the licensor's death."""
    found = []
    if license_.consent is not None and license_.consent.minor_until is not None:
        found.append((license_.consent.minor_until.timestamp(), "majority"))
    licensor = parties.get(license_.licensor.party)
    if licensor is not None and licensor.died_at is not None and not _continues(license_):
        found.append((licensor.died_at.timestamp(), "after death"))
    return tuple(sorted(found))


def person_of(claim: FacetClaim, parties: Mapping[str, Party], consents: Iterable[Consent]) -> PersonFacts:
    """What is known about the person of `claim`; of age and alive where the facet is nobody's face, voice or act."""
    if claim.facet not in OF_PEOPLE:
        return NOBODY
    party = parties.get(claim.subject)
    said = [c.minor_until for c in consents if c.minor_until is not None]
    if party is not None and party.majority_at is not None:
        said.append(party.majority_at)
    died = party.died_at if party is not None else None
    if not said and died is None:
        return NOBODY
    return PersonFacts(
        minor_until=max((moment.timestamp() for moment in said), default=NEVER),
        died_at=FOREVER if died is None else died.timestamp(),
    )


def unfit(license_: License, facet: Facet, person: PersonFacts, now: float) -> str:
    """Why this license cannot speak for the person of `facet` at `now`; '' when it can."""
    capacity = license_.licensor.capacity
    if facet not in OF_PEOPLE or license_.kind is LicenseKind.COUNSEL_OVERRIDE:
        return ""
    if capacity is Capacity.GUARDIAN and person.minor_until == NEVER:
        return "date of majority"
    if person is NOBODY:
        return ""
    if now < person.minor_until and capacity is not Capacity.GUARDIAN:
        return "guardian"
    if person.minor_until <= now and capacity is Capacity.GUARDIAN:
        return "majority"
    if person.died_at <= now and capacity not in _SPEAKS_FOR_THE_DEAD and not _says_it_continues(license_):
        return "after death"
    return ""


def struck(selector: Selector, licenses: Iterable[License]) -> bool:
    """Whether a dated prohibition by replica kind and guild means an asset used under these licenses.

    A consent that does not say its replica, or its guild, is meant as well.
    """
    for license_ in licenses:
        consent = license_.consent
        if consent is None and license_.kind is not LicenseKind.PERFORMER_CONSENT:
            continue
        replica, guild = (consent.replica, consent.guild) if consent is not None else ("", "")
        if (not replica or replica in selector.replicas) and (
            not selector.guilds or not guild or guild in selector.guilds
        ):
            return True
    return False


def is_counsel(person: Person | None) -> bool:
    return person is not None and Role.COUNSEL in person.roles


def _continues(license_: License) -> bool:
    by_living = license_.licensor.capacity in (Capacity.SELF, Capacity.GUARDIAN)
    return not by_living or _says_it_continues(license_)


def _says_it_continues(license_: License) -> bool:
    return license_.consent is not None and license_.consent.after_death in CONTINUES


def _capacity_fault(license_: License) -> str:
    capacity, consent = license_.licensor.capacity, license_.consent
    if capacity in _SPEAKS_FOR_THE_DEAD and license_.licensor.authority_document is None:
        return "proof of authority"
    by_guardian = capacity is Capacity.GUARDIAN
    return "guardian" if consent is not None and consent.minor_at_signing and not by_guardian else ""


def _finding_fault(license_: License, grant: Grant) -> str:
    """A work is in the public domain of a country, since a year, on a basis that somebody has written an opinion on."""
    if not license_.basis or license_.basis_year is None or license_.document is None:
        return "public-domain opinion"
    return "single territories" if "WW" in grant.territories.included else ""


def _override_fault(filed: FiledLicense, grant: Grant, people: Mapping[str, Person]) -> str:
    """Scoped like a grant, reasoned, at most 12 months, by counsel, and by a second person for what is final."""
    selector, signer = grant.selector, people.get(filed.activated_by)
    if not is_counsel(signer):
        return "counsel's signature"
    if len(filed.license.reason.strip()) < MIN_REASON:
        return "reason"
    if selector.collections or selector.kinds or not selector.entities or "*" in grant.productions:
        return "scope"
    if grant.generate_from is None or grant.generate_until is None:
        return "term"
    if grant.generate_until > a_year_after(grant.generate_from):
        return "term"
    final = not _FINAL.isdisjoint(vocabulary.actions_granted(grant.actions))
    return "second signer" if final and not _second(filed, people) else ""


def _second(filed: FiledLicense, people: Mapping[str, Person]) -> bool:
    second = people.get(filed.second_signer)
    if second is None or second.id == filed.activated_by:
        return False
    return any(role in second.roles for role in _SECOND_SIGNERS)


def a_year_after(moment: datetime) -> datetime:
    """The same day and hour of the next year; 1 March for a 29 February."""
    try:
        return moment.replace(year=moment.year + 1)
    except ValueError:
        return moment.replace(year=moment.year + 1, month=3, day=1)
