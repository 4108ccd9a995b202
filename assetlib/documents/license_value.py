"""From a checked license form to the License value: dates become half-open instants, names become entities."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from assetlib.documents.license_form import CoversForm, LicenseForm, PermitForm, ProhibitForm, SellOff, SurvivesUntil
from assetlib.model.asset import Facet
from assetlib.model.ids import EntityUri
from assetlib.model.license import (
    Cap,
    Consent,
    DocumentRef,
    Duty,
    DutyWhen,
    Grant,
    License,
    LicenseParty,
    Prohibition,
    RevocationTerms,
    Selector,
    Survival,
    SurvivalKind,
)
from assetlib.rights import territory
from provenance.digest import Digest, parse_digest


def license_of(form: LicenseForm) -> License:
    """The value of a form without mistakes."""
    zone = ZoneInfo(form.timezone)
    return License(
        id=form.id,
        kind=form.kind,
        timezone=form.timezone,
        licensor=LicenseParty(
            party=form.from_.party,
            capacity=form.from_.capacity,
            represented_by=form.from_.represented_by,
            authority_document=_digest(form.from_.authority_sha256) if form.from_.authority_sha256 else None,
        ),
        licensee=form.to,
        grants=tuple(_grant(permit, form, zone) for permit in form.permits),
        prohibitions=tuple(_prohibition(ban, form, zone) for ban in form.prohibits),
        signed_on=form.signed,
        document=DocumentRef(file=form.document.file, digest=_digest(form.document.sha256)) if form.document else None,
        spdx=form.spdx,
        consent=_consent(form, zone),
        on_revocation=RevocationTerms(effect=form.on_revocation.effect, notice_days=form.on_revocation.notice_days),
        governing_law=form.governing_law,
        exclusive=form.exclusive,
        sublicense=form.sublicense,
        moral_rights=form.moral_rights,
        signers=form.signers,
        supersedes=form.supersedes,
        source=form.source,
        note=form.note,
    )


def entity_of(word: str, folder: str) -> str:
    """``captain-rhea`` as ``assetlib:///characters/captain-rhea``; a path or whole URI as it stands."""
    if word.startswith("assetlib://"):
        return str(EntityUri.parse(word))
    path = f"{folder}/{word}" if folder and "/" not in word else word
    if "/" not in path:
        raise ValueError(f"expected a path such as 'sets/gate' or an entity URI, found {word!r}")
    return str(EntityUri.parse(f"assetlib:///{path}"))


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant a calendar day begins in `zone`, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after a calendar day in `zone`: contracts count the last day in, windows are half-open."""
    return start_of(day + timedelta(days=1), zone)


def _grant(permit: PermitForm, form: LicenseForm, zone: ZoneInfo) -> Grant:
    id_ = f"{form.id}#{permit.clause}"
    window = permit.generate
    return Grant(
        id=id_,
        clause=permit.clause,
        facets=_facets(permit.covers, form),
        selector=_selector(permit.covers, form),
        actions=permit.actions,
        purposes=permit.purposes,
        productions=permit.productions,
        territories=territory.parse_territories(permit.territories),
        media=permit.media,
        recipients=permit.recipients,
        generate_from=start_of(window.from_, zone) if window.from_ else None,
        generate_until=end_of(window.until, zone) if window.until else None,
        exploit_until=end_of(permit.use_until, zone) if isinstance(permit.use_until, date) else None,
        survival=_survival(permit, zone),
        scenes=permit.scenes,
        caps=tuple(Cap(id=f"{id_}/{u.value}", unit=u, limit=n) for u, n in sorted(permit.limits.items())),
        duties=_duties(permit, id_),
        depth=permit.depth,
        retention_days_max=permit.retention_days_max,
        regions=permit.regions,
        use_description=permit.use_description,
        commercial=permit.commercial,
        share_alike=permit.share_alike,
    )


def _duties(permit: PermitForm, id_: str) -> tuple[Duty, ...]:
    duties = []
    for number, before in enumerate(permit.before):
        for kind, text in before.said():
            what, _, by = text.rpartition("by ") if text.startswith("by ") or " by " in text else (text, "", "")
            duties.append(
                Duty(
                    id=f"{id_}/before/{number}",
                    when=DutyWhen.PRE,
                    kind=kind,
                    what=what.strip() or f"{kind.value} of the use",
                    by=by.strip(),
                    each=before.each,
                )
            )
    for number, after in enumerate(permit.after):
        for kind, text in after.said():
            duties.append(Duty(id=f"{id_}/after/{number}", when=DutyWhen.POST, kind=kind, what=text))
    return tuple(duties)


def _survival(permit: PermitForm, zone: ZoneInfo) -> Survival:
    match permit.survival:
        case "perpetual":
            return Survival(kind=SurvivalKind.PERPETUAL)
        case SurvivesUntil(until=day):
            return Survival(kind=SurvivalKind.UNTIL, until=end_of(day, zone))
        case SellOff(sell_off_days=days):
            return Survival(kind=SurvivalKind.SELL_OFF, days=days)
        case _:
            return Survival(kind=SurvivalKind.NONE)


def _prohibition(ban: ProhibitForm, form: LicenseForm, zone: ZoneInfo) -> Prohibition:
    return Prohibition(
        id=f"{form.id}#{ban.clause}",
        clause=ban.clause,
        selector=_selector(ban.covers, form),
        facets=ban.covers.facets if ban.covers else (),
        actions=ban.actions,
        purposes=ban.purposes,
        productions=ban.productions,
        territories=territory.parse_territories(ban.territories),
        media=ban.media,
        recipients=ban.recipients,
        scenes=ban.scenes,
        content=ban.content,
        from_=start_of(ban.during.from_, zone) if ban.during.from_ else None,
        until=end_of(ban.during.until, zone) if ban.during.until else None,
        severity=ban.class_,
    )


def _facets(own: CoversForm | None, form: LicenseForm) -> tuple[Facet, ...]:
    return own.facets if own and own.facets else form.covers.facets


def _selector(own: CoversForm | None, form: LicenseForm) -> Selector:
    """The clause's own selection, else the file's; facets alone in a clause keep the file's assets."""
    selects = own is not None and (own.character or own.asset or own.collection or own.kind)
    covers = own if own is not None and selects else form.covers
    entities = [entity_of(word, "characters") for word in covers.character]
    entities += [entity_of(word, "") for word in covers.asset]
    return Selector(
        entities=tuple(sorted(set(entities))),
        collections=covers.collection,
        kinds=covers.kind,
        subjects=own.subjects if own and own.subjects else form.covers.subjects,
    )


def _consent(form: LicenseForm, zone: ZoneInfo) -> Consent | None:
    replica = form.replica
    if replica is None:
        return Consent(after_death=form.after_death) if form.after_death else None
    return Consent(
        replica=replica.type,
        separately_signed=replica.separately_signed,
        notice_at=start_of(replica.notice_at, zone) if replica.notice_at else None,
        replaces_work=replica.replaces_work,
        minor_at_signing=replica.minor_at_signing,
        court_approval=replica.court_approval,
        dialogue=replica.dialogue,
        compensation=replica.compensation,
        after_death=form.after_death,
    )


def _digest(text: str) -> Digest:
    return parse_digest("sha256:" + text.removeprefix("sha256:"))
