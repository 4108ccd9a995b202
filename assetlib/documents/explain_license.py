"""A license in English, clause by clause, for the person who signs off on how its file reads the contract.

Everything the record holds is said: what has no sentence of its own is said by the name of its field, so that nothing
a later edition adds stays silent. Windows are told by their first and last day in the license's own zone; the instants
stand beside them in that zone and in UTC, since a calendar day in a contract ends somewhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from assetlib.model.license import (
    Cap,
    Consent,
    Duty,
    DutyEach,
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
    Territories,
)
from assetlib.rights import wording
from assetlib.rights.explain import sentence
from assetlib.rights.territory import describe, mask_of
from assetlib.rights.vocabulary import NEVER_IMPLIED, actions_granted
from assetlib.rights.wording import listed

_EFFECTS = {
    RevocationEffect.PROSPECTIVE: "nothing new may be made; what is finished stays, and is flagged",
    RevocationEffect.TAKEDOWN: "nothing new may be made, and what is finished may no longer be delivered or published",
    RevocationEffect.DESTROY: "nothing new may be made, and what is finished must be destroyed, with proof",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """One part of a license: its heading (``Clause 3.1``), and what it says, sentence by sentence."""

    heading: str
    sentences: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(self.sentences)


def explain_license(license_: License) -> str:
    """The license as paragraphs, one clause each; no line says more than the file does."""
    return "\n\n".join(paragraph.text for paragraph in paragraphs_of(license_)) + "\n"


def paragraphs_of(license_: License) -> tuple[Paragraph, ...]:
    """Parties and paper, each clause, consent, and what holds for the whole."""
    zone = ZoneInfo(license_.timezone)
    found = [_paragraph("Parties and document", _opening(license_, zone))]
    found += [_paragraph(f"Clause {grant.clause}", _grant(grant, zone)) for grant in license_.grants]
    found += [_paragraph(f"Clause {ban.clause}", _prohibition(ban, zone)) for ban in license_.prohibitions]
    if license_.consent is not None:
        found.append(_paragraph("Consent", _consent(license_.consent, zone)))
    found.append(_paragraph("Further terms", _closing(license_, zone)))
    return tuple(found)


def _paragraph(heading: str, parts: Iterable[str]) -> Paragraph:
    return Paragraph(heading=heading, sentences=tuple(sentence(part) for part in parts))


def _opening(license_: License, zone: ZoneInfo) -> Iterator[str]:
    who = license_.licensor
    represented = f", represented by {who.represented_by}" if who.represented_by else ""
    signed = f", signed {wording.calendar_day(license_.signed_on)}" if license_.signed_on else ""
    kind = license_.kind.value.replace("_", " ")
    yield f"{license_.id}: {kind} from {who.party} ({who.capacity.value}{represented}) to {license_.licensee}{signed}"
    if who.authority_document:
        yield f"the authority to sign rests on the document {who.authority_document}"
    yield from _besides(who, {"party", "capacity", "represented_by", "authority_document"}, zone)
    if license_.signers:
        yield f"signed by {listed(license_.signers)}"
    if license_.spdx:
        yield f"terms: {license_.spdx}"
    if license_.document:
        yield f"document: {license_.document.file}, {license_.document.digest}"
        yield from _besides(license_.document, {"file", "digest"}, zone)
    yield f"dates are read in {license_.timezone}"


def _grant(grant: Grant, zone: ZoneInfo) -> Iterator[str]:
    facets = listed(facet.value.replace("_", " ") for facet in grant.facets)
    actions = listed(grant.actions) or "nothing"
    yield f"clause {grant.clause} permits, for the {facets or 'rights'} of {_assets(grant.selector, zone)}: {actions}"
    yield (
        f"purposes: {_named(grant.purposes)}; productions: {_any(grant.productions)}; "
        f"media: {_named(grant.media)}; territories: {_places(grant.territories)}; "
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
    yield from _limits(grant, zone)
    for duty in grant.duties:
        yield from _duty(duty, zone)
    if grant.revoked_at is not None:
        yield f"this clause was revoked at {_moment(grant.revoked_at, zone)}"
    yield from _besides(grant, _SAID_OF_GRANTS, zone)
    ungranted = sorted(NEVER_IMPLIED - actions_granted(grant.actions))
    if ungranted:
        yield f"not permitted, since not named: {listed(ungranted)}"


_SAID_OF_RULES = frozenset(
    {"id", "clause", "facets", "selector", "actions", "purposes", "productions", "territories", "media", "recipients"}
)
_SAID_OF_GRANTS = _SAID_OF_RULES | {
    "generate_from",
    "generate_until",
    "exploit_until",
    "survival",
    "scenes",
    "caps",
    "duties",
    "depth",
    "retention_days_max",
    "regions",
    "use_description",
    "commercial",
    "share_alike",
    "revoked_at",
}


def _limits(grant: Grant, zone: ZoneInfo) -> Iterator[str]:
    for cap in grant.caps:
        yield from _cap(cap, zone)
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


def _cap(cap: Cap, zone: ZoneInfo) -> Iterator[str]:
    yield f"at most {cap.limit} {cap.unit.value}"
    yield from _besides(cap, {"id", "unit", "limit"}, zone)


def _duty(duty: Duty, zone: ZoneInfo) -> Iterator[str]:
    order = "before use" if duty.when is DutyWhen.PRE else "because of use"
    giver = f" by {duty.by}" if duty.by else ""
    reach = "once" if duty.each is DutyEach.ONCE else f"for each {duty.each.value}"
    yield f"{order}: {duty.kind.value}{giver}, {reach} ({duty.what})"
    yield from _besides(duty, {"id", "when", "kind", "what", "by", "each"}, zone)


def _prohibition(ban: Prohibition, zone: ZoneInfo) -> Iterator[str]:
    parts = [f"clause {ban.clause} prohibits {listed(ban.actions, 'or') or 'any use'} of {_assets(ban.selector, zone)}"]
    for what, words in (
        ("as to", [facet.value.replace("_", " ") for facet in ban.facets]),
        ("for the purposes", ban.purposes),
        ("in the productions", ban.productions),
        ("in", [_places(ban.territories)] if ban.territories != Territories() else []),
        ("in the media", ban.media),
        ("handed to", ban.recipients),
        ("in scenes", ban.scenes),
        ("where the shot shows", ban.content),
    ):
        if words:
            parts.append(f"{what} {listed(words, 'or')}")
    if ban.from_ or ban.until:
        parts.append(_window(ban.from_, ban.until, zone))
    yield " ".join(parts)
    if ban.severity is ProhibitionClass.PROTECTED:
        yield "no override can lift this"
    yield from _besides(ban, _SAID_OF_RULES | {"scenes", "content", "from_", "until", "severity"}, zone)


def _consent(consent: Consent, zone: ZoneInfo) -> Iterator[str]:
    if consent.replica:
        yield f"digital replica: {consent.replica.replace('_', ' ')}"
    yield f"the consent was {'' if consent.separately_signed else 'not '}signed separately"
    if consent.notice_at:
        yield f"notice was given on {_from(consent.notice_at, zone)}"
    if consent.replaces_work is not None:
        yield f"it {'replaces' if consent.replaces_work else 'does not replace'} work the performer would have done"
    if consent.dialogue is not None:
        yield f"the replica {'may speak' if consent.dialogue else 'has no'} dialogue"
    if consent.minor_at_signing:
        yield "the performer was a minor at signing"
    if consent.court_approval or consent.minor_at_signing:
        yield f"court approval: {consent.court_approval or 'none on file'}"
    if consent.compensation:
        yield f"compensation: {consent.compensation}"
    if consent.after_death:
        yield f"after death: {consent.after_death.replace('_', ' ')}"
    said = {"replica", "separately_signed", "notice_at", "replaces_work", "dialogue", "minor_at_signing"}
    yield from _besides(consent, said | {"court_approval", "compensation", "after_death"}, zone)


def _closing(license_: License, zone: ZoneInfo) -> Iterator[str]:
    terms = license_.on_revocation
    notice = f" after {terms.notice_days} days' notice" if terms.notice_days else ""
    yield f"if revoked{notice}: {_EFFECTS[terms.effect]}"
    yield from _besides(terms, {"effect", "notice_days"}, zone)
    yield f"the license is {'' if license_.exclusive else 'not '}exclusive"
    yield f"it may {'' if license_.sublicense else 'not '}be sublicensed"
    for what, words in (
        ("governing law", license_.governing_law),
        ("moral rights", license_.moral_rights),
        ("it takes the place of", license_.supersedes),
        ("found in", license_.source),
        ("note", license_.note),
    ):
        if words:
            yield f"{what}: {words}"
    if license_.kind is LicenseKind.OPEN_LICENSE:
        yield "an open license covers copyright: no likeness, voice, trademark or sound recording"
    yield from _besides(license_, _SAID_OF_LICENSES, zone)


_SAID_OF_LICENSES = frozenset(
    {
        "id",
        "kind",
        "timezone",
        "licensor",
        "licensee",
        "grants",
        "prohibitions",
        "signed_on",
        "document",
        "spdx",
        "consent",
        "on_revocation",
        "governing_law",
        "exclusive",
        "sublicense",
        "moral_rights",
        "signers",
        "supersedes",
        "source",
        "note",
    }
)


def _besides(value: Any, said: Iterable[str], zone: ZoneInfo) -> Iterator[str]:
    """Every field that has no sentence of its own and is set, by its name."""
    done = set(said)
    for field in dataclasses.fields(value):
        held = getattr(value, field.name)
        if field.init and field.name not in done and held not in (None, "", ()) and held != field.default:
            yield f"{field.name.strip('_').replace('_', ' ')}: {_plain(held, zone)}"


def _plain(value: Any, zone: ZoneInfo) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Enum():
            return str(value.value)
        case datetime():
            return _moment(value, zone)
        case date():
            return value.isoformat()
        case tuple():
            return listed(_plain(item, zone) for item in value)
    if dataclasses.is_dataclass(value):
        fields = (field.name for field in dataclasses.fields(value) if getattr(value, field.name) is not None)
        return ", ".join(f"{name.replace('_', ' ')} {_plain(getattr(value, name), zone)}" for name in fields)
    return str(value)


def _assets(selector: Selector, zone: ZoneInfo) -> str:
    words = [_entity(entity) for entity in selector.entities]
    words += [f"everything in the collection {name}" for name in selector.collections]
    words += [f"every {kind.value} of the library" for kind in selector.kinds]
    narrowed = f" (only what belongs to {listed(selector.subjects)})" if selector.subjects else ""
    besides = "; ".join(_besides(selector, {"entities", "collections", "kinds", "subjects"}, zone))
    return (listed(words) or "nothing named") + narrowed + (f" ({besides})" if besides else "")


def _entity(uri: str) -> str:
    """``characters/rhea``, and the exact version where only that one is meant."""
    path, _, query = uri.removeprefix("assetlib://").removeprefix("/").partition("?")
    return f"{path} ({query.replace('version=', 'only version ')})" if query else path


def _any(words: tuple[str, ...]) -> str:
    return "any" if words == ("*",) else _named(words)


def _named(words: tuple[str, ...]) -> str:
    return listed(words) or "none"


def _places(territories: Territories) -> str:
    return describe(mask_of(territories))


def _survival(survival: Survival, zone: ZoneInfo) -> str:
    told = {
        SurvivalKind.PERPETUAL: "finished results stay usable in perpetuity",
        SurvivalKind.UNTIL: "finished results stay usable for a time",
        SurvivalKind.SELL_OFF: "finished results may be sold off",
        SurvivalKind.NONE: "finished results may no longer be delivered",
    }[survival.kind]
    until = f", {_to_the_end(survival.until, zone)}" if survival.until is not None else ""
    days = f", for {survival.days} days" if survival.days or survival.kind is SurvivalKind.SELL_OFF else ""
    besides = "".join(f", {told}" for told in _besides(survival, {"kind", "until", "days"}, zone))
    return told + until + days + besides


def _window(start: datetime | None, end: datetime | None, zone: ZoneInfo) -> str:
    begins = f"from {_from(start, zone)}" if start else "from now on"
    return f"{begins} {_to_the_end(end, zone)}" if end else f"{begins}, without end"


def _from(start: datetime, zone: ZoneInfo) -> str:
    return f"{wording.day(start, zone.key)} ({_moment(start, zone)})"


def _to_the_end(end: datetime, zone: ZoneInfo) -> str:
    """``until the end of 28 February 2027 (2027-03-01 00:00 PST, 2027-03-01 08:00 UTC)``."""
    return f"until {wording.end_words(end, zone.key)} ({_moment(end, zone)})"


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    """The instant where the contract was made, and in UTC; seconds only where there are any."""
    local = moment.astimezone(zone)
    exact = "minutes" if not (moment.second or moment.microsecond) else "auto"
    there = local.replace(tzinfo=None).isoformat(sep=" ", timespec=exact)
    utc = moment.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec=exact)
    return f"{there} {local.tzname()}, {utc} UTC"


def clause_words(license_: License, clause: str) -> str:
    """What one clause of the license says in English; '' for a clause that it does not have."""
    zone = ZoneInfo(license_.timezone)
    said = [_paragraph(clause, _grant(grant, zone)) for grant in license_.grants if grant.clause == clause]
    said += [_paragraph(clause, _prohibition(ban, zone)) for ban in license_.prohibitions if ban.clause == clause]
    return "\n".join(paragraph.text for paragraph in said)
