"""A license in English, clause by clause, for the person who signs off on how its file reads the contract.

Windows are told by their first and last day in the license's own zone; the instants stand beside them in that zone and
in UTC, since a calendar day in a contract ends somewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from assetlib.model.license import (
    Consent,
    DutyWhen,
    Grant,
    License,
    LicenseKind,
    Prohibition,
    ProhibitionClass,
    RevocationEffect,
    Selector,
    Survival,
    SurvivalKind,
)
from assetlib.rights import wording
from assetlib.rights.explain import name_of, sentence
from assetlib.rights.territory import describe, mask_of
from assetlib.rights.vocabulary import NEVER_IMPLIED, actions_granted
from assetlib.rights.wording import listed

_EFFECTS = {
    RevocationEffect.PROSPECTIVE: "nothing new may be made; what is finished stays, and is flagged",
    RevocationEffect.TAKEDOWN: "nothing new may be made, and what is finished may no longer be delivered or published",
    RevocationEffect.DESTROY: "nothing new may be made, and what is finished must be destroyed, with proof",
}


def explain_license(license_: License) -> str:
    """The license as paragraphs, one clause each; no line says more than the file does."""
    zone = ZoneInfo(license_.timezone)
    paragraphs = [
        _opening(license_),
        *(_grant(grant, zone) for grant in license_.grants),
        *(_prohibition(ban, zone) for ban in license_.prohibitions),
        *_closing(license_),
    ]
    return "\n\n".join(paragraphs) + "\n"


def _opening(license_: License) -> str:
    who = license_.licensor
    represented = f", represented by {who.represented_by}" if who.represented_by else ""
    signed = f", signed {wording.calendar_day(license_.signed_on)}" if license_.signed_on else ""
    kind = license_.kind.value.replace("_", " ")
    text = f"{license_.id}: {kind} from {who.party} ({who.capacity.value}{represented}) to {license_.licensee}{signed}."
    if license_.spdx:
        text += f" Terms: {license_.spdx}."
    if license_.document:
        text += f" Document: {license_.document.file}, {license_.document.digest}."
    return f"{text} Dates are read in {license_.timezone}."


def _grant(grant: Grant, zone: ZoneInfo) -> str:
    return " ".join(sentence(part) for part in _permissions(grant, zone))


def _permissions(grant: Grant, zone: ZoneInfo) -> Iterator[str]:
    facets = listed(facet.value.replace("_", " ") for facet in grant.facets)
    yield f"clause {grant.clause} permits, for the {facets} of {_assets(grant.selector)}: {listed(grant.actions)}"
    yield (
        f"purposes: {listed(grant.purposes)}; productions: {_any(grant.productions)}; "
        f"media: {listed(grant.media)}; territories: {describe(mask_of(grant.territories))}; "
        f"handed to: {_any(grant.recipients)}"
    )
    if grant.scenes:
        yield f"only in scenes {listed(grant.scenes)}"
    if grant.use_description:
        yield f"described use: {grant.use_description}"
    yield f"new work may be made {_window(grant.generate_from, grant.generate_until, zone)}"
    ends = "in perpetuity" if grant.exploit_until is None else _to_the_end(grant.exploit_until, zone)
    yield f"results may be used {ends}"
    yield f"when the grant ends, {_survival(grant.survival, zone)}"
    yield from _limits(grant)
    for duty in grant.duties:
        order = "before use" if duty.when is DutyWhen.PRE else "because of use"
        giver = f" by {duty.by}, for each {duty.each.value}" if duty.by else ""
        yield f"{order}: {duty.kind.value}{giver} ({duty.what})"
    ungranted = sorted(NEVER_IMPLIED - actions_granted(grant.actions))
    if ungranted:
        yield f"not permitted, since not named: {listed(ungranted)}"


def _limits(grant: Grant) -> Iterator[str]:
    for cap in grant.caps:
        yield f"at most {cap.limit} {cap.unit.value}"
    if grant.depth is not None:
        yield f"at most {grant.depth} steps of derivation away"
    if grant.retention_days_max is not None:
        yield f"a provider may keep what it gets for at most {grant.retention_days_max} days"
    if grant.regions:
        yield f"a provider may process it only in {listed(grant.regions)}"
    if not grant.commercial:
        yield "not for a commercial production"
    if grant.share_alike:
        yield "what is made from it must be released under the same license, so counsel has to approve each use"


def _prohibition(ban: Prohibition, zone: ZoneInfo) -> str:
    parts = [f"clause {ban.clause} prohibits {listed(ban.actions, 'or') or 'any use'} of {_assets(ban.selector)}"]
    for what, words in (
        ("as to", [facet.value.replace("_", " ") for facet in ban.facets]),
        ("for the purposes", ban.purposes),
        ("in the productions", ban.productions),
        ("in", [describe(mask_of(ban.territories))] if ban.territories.included else []),
        ("in the media", ban.media),
        ("handed to", ban.recipients),
        ("in scenes", ban.scenes),
        ("where the shot shows", ban.content),
    ):
        if words:
            parts.append(f"{what} {listed(words, 'or')}")
    if ban.from_ or ban.until:
        parts.append(_window(ban.from_, ban.until, zone))
    weight = " No override can lift this." if ban.severity is ProhibitionClass.PROTECTED else ""
    return sentence(" ".join(parts)) + weight


def _closing(license_: License) -> Iterator[str]:
    if license_.consent is not None:
        yield " ".join(sentence(part) for part in _consent(license_.consent, ZoneInfo(license_.timezone)))
    terms = license_.on_revocation
    notice = f" after {terms.notice_days} days' notice" if terms.notice_days else ""
    yield sentence(f"if revoked{notice}: {_EFFECTS[terms.effect]}")
    if license_.kind is LicenseKind.OPEN_LICENSE:
        yield "An open license covers copyright: no likeness, voice, trademark or sound recording."


def _consent(consent: Consent, zone: ZoneInfo) -> Iterator[str]:
    if consent.replica:
        yield f"digital replica: {consent.replica.replace('_', ' ')}"
    yield f"the consent was {'' if consent.separately_signed else 'not '}signed separately"
    if consent.notice_at:
        yield f"notice was given on {wording.day(consent.notice_at, zone.key)}"
    if consent.replaces_work is not None:
        yield f"it {'replaces' if consent.replaces_work else 'does not replace'} work the performer would have done"
    if consent.minor_at_signing:
        yield f"the performer was a minor at signing; court approval: {consent.court_approval or 'none on file'}"
    if consent.after_death:
        yield f"after death: {consent.after_death.replace('_', ' ')}"


def _assets(selector: Selector) -> str:
    words = [name_of(entity) for entity in selector.entities]
    words += [f"everything in the collection {name}" for name in selector.collections]
    words += [f"every {kind.value} of the library" for kind in selector.kinds]
    narrowed = f" (only what belongs to {listed(selector.subjects)})" if selector.subjects else ""
    return (listed(words) or "nothing") + narrowed


def _any(words: tuple[str, ...]) -> str:
    return "any" if words == ("*",) else listed(words)


def _survival(survival: Survival, zone: ZoneInfo) -> str:
    match survival.kind:
        case SurvivalKind.PERPETUAL:
            return "finished results stay usable in perpetuity"
        case SurvivalKind.UNTIL:
            assert survival.until is not None
            return f"finished results stay usable {_to_the_end(survival.until, zone)}"
        case SurvivalKind.SELL_OFF:
            return f"finished results may be sold off for {survival.days} days"
        case SurvivalKind.NONE:
            return "finished results may no longer be delivered"


def _window(start: datetime | None, end: datetime | None, zone: ZoneInfo) -> str:
    begins = f"from {wording.day(start, zone.key)} ({_moment(start, zone)})" if start else "from now on"
    return f"{begins} {_to_the_end(end, zone)}" if end else f"{begins}, without end"


def _to_the_end(end: datetime, zone: ZoneInfo) -> str:
    """``until the end of 28 February 2027 (2027-03-01 00:00 PST, 2027-03-01 08:00 UTC)``."""
    return f"until {wording.end_words(end, zone.key)} ({_moment(end, zone)})"


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()}, {moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def clause_words(license_: License, clause: str) -> str:
    """What one clause of the license says in English; '' for a clause that it does not have."""
    zone = ZoneInfo(license_.timezone)
    said = [_grant(grant, zone) for grant in license_.grants if grant.clause == clause]
    said += [_prohibition(ban, zone) for ban in license_.prohibitions if ban.clause == clause]
    return "\n".join(said)
