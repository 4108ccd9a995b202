"""Provider terms on the decision path: which are in force, what an attestation proves, what they forbid of outputs.

Terms count while they are valid, not superseded, reviewed, and their review is not overdue. A setting of the
account counts only while somebody has seen it switched on. Terms run backwards too: what they forbid of an output
stays with the output, whoever uses it later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from assetlib.model.asset import AssetVersion, Facet
from assetlib.model.license import (
    Answer,
    Attestation,
    License,
    LicenseKind,
    LicenseParty,
    LicenseStatus,
    ProviderAgreement,
)
from assetlib.model.world import FiledLicense, SettingSeen
from assetlib.rights.rules import ProhibitionRule, prohibition_rule

Seen = Mapping[str, Iterable[SettingSeen]]


def seen_by_terms(settings: Iterable[SettingSeen]) -> dict[str, tuple[SettingSeen, ...]]:
    found: dict[str, list[SettingSeen]] = defaultdict(list)
    for one in dict.fromkeys(settings):
        found[one.agreement].append(one)
    return {agreement: tuple(held) for agreement, held in found.items()}


def in_force(agreement: ProviderAgreement, now: datetime) -> bool:
    superseded = agreement.superseded_at is not None and agreement.superseded_at <= now
    ended = agreement.valid_until is not None and agreement.valid_until <= now
    return agreement.valid_from <= now and not ended and not superseded


def reviewed(agreement: ProviderAgreement, now: datetime) -> bool:
    return bool(agreement.reviewed_by) and agreement.review_due is not None and now < agreement.review_due


def training(recipient: str, agreement: ProviderAgreement | None, seen: Seen, now: datetime) -> str:
    """Why the provider may train on what it gets; '' only where its terms, or an attested opt-out, rule it out."""
    if agreement is None:
        return f"no terms in force for {recipient}"
    for name in ("trains_on_inputs", "trains_on_outputs"):
        answer: Answer = getattr(agreement, name)
        opted_out = answer is Answer.OPT_OUT_SET and attested(agreement, agreement.opt_out_setting, seen, now)
        if answer is not Answer.NO and not opted_out:
            return f"{agreement.id} {name}={answer.value}"
    return ""


def retention(agreement: ProviderAgreement, seen: Seen, now: datetime) -> int | None:
    """Days the provider keeps files: none where zero retention is attested; None is unknown and exceeds every limit."""
    zero = attested(agreement, agreement.zero_retention_setting, seen, now)
    return 0 if zero else agreement.retention_days


def attested(agreement: ProviderAgreement, setting: str, seen: Seen, now: datetime) -> bool:
    """Whether somebody saw exactly this setting switched on, and what they saw still counts."""
    held: list[Attestation | SettingSeen] = [*seen.get(agreement.id, ())]
    if agreement.attestation is not None:
        held.append(agreement.attestation)
    found = [one for one in held if one.setting == setting]
    return bool(setting) and any(one.at <= now < one.valid_until for one in found)


def on_outputs(version: AssetVersion, agreements: Iterable[ProviderAgreement]) -> tuple[ProhibitionRule, ...]:
    """What the terms it was made under forbid of an output; the provider is the subject of its `tool_output` facet.

    Where no terms were in force when it was made, all that were ever filed for the provider count.
    """
    makers = {claim.subject for claim in version.facets if claim.facet is Facet.TOOL_OUTPUT}
    filed = [a for a in dict.fromkeys(agreements) if any(_is_with(a, maker) for maker in makers)]
    then = [a for a in filed if _was_valid(a, version.created_at)] or filed
    return tuple(
        prohibition_rule(_as_filed(agreement), ban)
        for agreement in sorted(then, key=lambda a: (a.id, a.recorded_at))
        for ban in agreement.output_restrictions
    )


def _is_with(agreement: ProviderAgreement, maker: str) -> bool:
    return f"{agreement.recipient}/".startswith(f"{maker}/")


def _was_valid(agreement: ProviderAgreement, moment: datetime) -> bool:
    return agreement.valid_from <= moment and (agreement.valid_until is None or moment < agreement.valid_until)


def _as_filed(agreement: ProviderAgreement) -> FiledLicense:
    """The terms as the instrument that their prohibitions are cited from."""
    terms = License(
        id=agreement.id,
        kind=LicenseKind.PROVIDER_TERMS,
        timezone="UTC",
        licensor=LicenseParty(party=agreement.legal_entity),
        licensee="",
    )
    return FiledLicense(license=terms, digest=agreement.evidence_sha256, status=LicenseStatus.ACTIVE)
