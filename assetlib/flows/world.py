"""What `evaluate` may know, loaded for one question: the closure of its references and every license on file."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from assetlib.approvals.roles import Act, ApprovalRefused
from assetlib.approvals.statements import Statement, check, is_activated
from assetlib.documents.license_json import agreement_from_json, license_from_json, parse_json
from assetlib.model.asset import AssetVersion
from assetlib.model.license import Answer, Cap, CapUnit, LicenseStatus, ProviderAgreement
from assetlib.model.party import Person
from assetlib.model.record import AgreementRow, LicenseRow
from assetlib.model.record import Recipient as StoredRecipient
from assetlib.model.shot import Shot
from assetlib.model.world import (
    AssetFacts,
    CapState,
    CapUse,
    FiledLicense,
    Integrity,
    Recipient,
    RecipientKind,
    World,
)
from provenance.digest import Digest, digest_bytes

_UNSIGNED = (LicenseStatus.DRAFT, LicenseStatus.PROPOSED)

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library


def load_world(
    library: Library, queries: Queries, references: Iterable[Digest], *, now: datetime, as_known: datetime | None = None
) -> World:
    """The facts around `references`, as the record has them (or had them at `as_known`)."""
    versions, derivations = queries.closure(tuple(references), as_known=as_known)
    people = queries.people(as_known=as_known)
    rows = queries.licenses(as_known=as_known)
    licenses = tuple(filed_license(row, people, now=now) for row in rows)
    licenses += tuple(_still_forbidding(queries, rows, people, now=now, as_known=as_known))
    return World(
        assets=tuple(_facts(library, version) for version in versions),
        derivations=derivations,
        licenses=licenses,
        agreements=tuple(
            filed_agreement(row, people, now=now) for row in queries.agreements("active", as_known=as_known)
        ),
        recipients=tuple(world_recipient(row) for row in queries.recipients(as_known=as_known)),
        productions=queries.productions(as_known=as_known),
        people=people,
        parties=queries.parties(as_known=as_known),
        cap_uses=_cap_uses(queries, licenses, as_known=as_known),
    )


def filed_license(row: LicenseRow, people: Iterable[Person], *, now: datetime) -> FiledLicense:
    """A stored license with its activation checked, not copied: digest, signature, role and time."""
    license_ = license_from_json(parse_json(row.body))
    statement = activation_of(row)
    intact = digest_bytes(row.body) == row.digest
    status = LicenseStatus(row.status)
    return FiledLicense(
        license=license_,
        digest=row.digest,
        status=status,
        activated=intact and is_activated(statement, row.id, row.digest, people, now=now, recorded_at=row.recorded_at),
        activated_by="" if statement is None else statement.person,
        revoked_at=row.recorded_at if status is LicenseStatus.REVOKED else None,
        superseded_at=row.superseded_at,
    )


def _still_forbidding(
    queries: Queries,
    latest: Iterable[LicenseRow],
    people: Iterable[Person],
    *,
    now: datetime,
    as_known: datetime | None,
) -> Iterator[FiledLicense]:
    """What the revision before a draft forbids. Anybody may file a draft; until a rights-admin signs it, it takes no
    prohibition away (and gives nothing, nor do the words it is to replace)."""
    for row in latest:
        if row.revision == 1 or LicenseStatus(row.status) not in _UNSIGNED:
            continue
        in_force = [
            past
            for past in queries.license_history(row.id)
            if past.revision < row.revision
            and LicenseStatus(past.status) not in _UNSIGNED
            and (as_known is None or past.recorded_at is None or past.recorded_at <= as_known)
        ]
        for past in in_force[-1:]:
            filed = filed_license(past, people, now=now)
            yield replace(filed, license=replace(filed.license, grants=()), superseded_at=None)


def filed_agreement(row: AgreementRow, people: Iterable[Person], *, now: datetime) -> ProviderAgreement:
    """A stored agreement; its review counts only with the reviewer's valid signature over exactly these terms."""
    agreement = agreement_from_json(parse_json(row.body))
    statement = activation_of(row)
    try:
        if statement is None or digest_bytes(row.body) != row.digest:
            raise ApprovalRefused(f"nobody signed the review of {row.id}")
        reviewer = check(
            statement, Act.REVIEW_AGREEMENT, row.id, row.digest, people, now=now, recorded_at=row.recorded_at
        )
    except ApprovalRefused:
        return replace(agreement, reviewed_by="")
    return replace(agreement, reviewed_by=reviewer.id)


def activation_of(row: LicenseRow | AgreementRow) -> Statement | None:
    """The signed statement under a license or an agreement; None when there is none or it is unreadable."""
    if row.signature is None:
        return None
    try:
        return Statement.from_json(json.loads(row.signature))
    except (ValueError, ApprovalRefused):
        return None


def world_recipient(row: StoredRecipient) -> Recipient:
    """A registered receiver; what its terms say about training is kept in its kind (``party:no``)."""
    kind, _, trains = row.kind.partition(":")
    return Recipient(id=row.id, kind=RecipientKind(kind), trains=Answer(trains or "unknown"))


def _facts(library: Library, version: AssetVersion) -> AssetFacts:
    note = library.integrity_of(version)
    return AssetFacts(version=version, integrity=Integrity.FAILED if note else Integrity.VERIFIED, integrity_note=note)


def _cap_uses(queries: Queries, licenses: Iterable[FiledLicense], *, as_known: datetime | None) -> tuple[CapUse, ...]:
    """What counts against the limits of licenses: every shot that a take was made of under one of them, once."""
    limited = [(filed, cap) for filed in licenses for grant in filed.license.grants for cap in grant.caps]
    shots = {
        filed.license.id: [queries.shot(code) for code in queries.shots_under(filed.license.id, as_known=as_known)]
        for filed, _ in limited
    }
    return tuple(_use(cap, shot) for filed, cap in limited for shot in shots[filed.license.id])


def _use(cap: Cap, shot: Shot) -> CapUse:
    of = shot.production if cap.unit is CapUnit.TITLES else shot.code
    seconds = math.ceil(len(shot.frames) / shot.rate) if cap.unit is CapUnit.SECONDS else 1
    return CapUse(cap=cap.id, of=of, state=CapState.COMMITTED, amount=seconds)
