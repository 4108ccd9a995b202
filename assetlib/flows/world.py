"""What `evaluate` may know, loaded for one question: the closure of its references and every license on file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from assetlib.approvals.answers import fulfilment
from assetlib.approvals.roles import Act, ApprovalRefused
from assetlib.approvals.statements import Statement, check
from assetlib.documents.license_json import agreement_from_json, license_from_json, parse_json
from assetlib.documents.rulepack_file import shipped_rulepacks
from assetlib.flows.rulepacks import confirmations
from assetlib.model.asset import AssetVersion
from assetlib.model.license import Answer, LicenseKind, LicenseStatus, ProviderAgreement
from assetlib.model.party import Person
from assetlib.model.record import AgreementRow, LicenseRow, StatementKind
from assetlib.model.record import CapState as StoredCapState
from assetlib.model.record import Recipient as StoredRecipient
from assetlib.model.world import (
    AssetFacts,
    CapState,
    CapUse,
    DutyFulfilment,
    FiledLicense,
    Integrity,
    Recipient,
    RecipientKind,
    World,
)
from assetlib.rights.requests import duties_before
from provenance.digest import Digest, digest_bytes

_UNSIGNED = (LicenseStatus.DRAFT, LicenseStatus.PROPOSED)
Overrides = Mapping[str, tuple[Statement, datetime | None]]

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library


def load_world(
    library: Library,
    queries: Queries,
    references: Iterable[Digest],
    *,
    now: datetime,
    as_known: datetime | None = None,
    before: str = "",
) -> World:
    """The facts around `references`, as the record has them (or had them at `as_known`).

    Whether a signature counts is judged at the moment the record is known, for a paper signed late still speaks of
    earlier days; whether its terms hold is judged at `now`. `before` names a decision whose own reservations are no
    part of the record it was made from.
    """
    known = as_known or now
    versions, derivations = queries.closure(tuple(references), as_known=as_known)
    people = queries.people(as_known=as_known)
    overrides = _by_counsel(queries, as_known)
    rows = queries.licenses(as_known=as_known)
    licenses = tuple(filed_license(queries, row, people, now=known, overrides=overrides) for row in rows)
    licenses += tuple(_still_forbidding(queries, rows, people, now=known, as_known=as_known))
    world = World(
        assets=tuple(_facts(library, version) for version in versions),
        derivations=derivations,
        licenses=licenses,
        agreements=tuple(
            filed_agreement(row, people, now=known) for row in queries.agreements("active", as_known=as_known)
        ),
        recipients=tuple(world_recipient(row) for row in queries.recipients(as_known=as_known)),
        productions=queries.productions(as_known=as_known),
        people=people,
        parties=queries.parties(as_known=as_known),
        cap_uses=_cap_uses(queries, licenses, as_known, before),
        rulepacks=tuple(pack for pack, _ in shipped_rulepacks()),
        confirmed=tuple(sorted(confirmations(queries, now=known, as_known=as_known))),
    )
    return replace(world, fulfilments=_fulfilments(queries, world, now=known, as_known=as_known))


def filed_license(
    queries: Queries,
    row: LicenseRow,
    people: Iterable[Person],
    *,
    now: datetime,
    overrides: Overrides = MappingProxyType({}),
) -> FiledLicense:
    """A stored license with its activation checked, not copied: digest, signature, role and time.

    The words stay activated after a revocation: what they allowed before that moment, and what survives it, hang on it.
    An override is in force by the statement of counsel; the activation under it is its second signature.
    """
    license_ = license_from_json(parse_json(row.body))
    held, status = tuple(people), LicenseStatus(row.status)
    active = _last_active(queries, row)
    signed, taken = (None, None) if active is None else (activation_of(active), active.recorded_at)
    activated_by = _signer(signed, Act.ACTIVATE_LICENSE, row, held, now=now, recorded_at=taken)
    second_signer = ""
    if license_.kind is LicenseKind.COUNSEL_OVERRIDE:
        by_counsel, taken = overrides.get(row.id, (None, None))
        second_signer, activated_by = (
            activated_by,
            _signer(by_counsel, Act.OVERRIDE, row, held, now=now, recorded_at=taken),
        )
    return FiledLicense(
        license=license_,
        digest=row.digest,
        status=status,
        activated=bool(activated_by),
        activated_by=activated_by,
        second_signer=second_signer,
        revoked_at=row.recorded_at if status is LicenseStatus.REVOKED else None,
        superseded_at=row.superseded_at,
    )


def _last_active(queries: Queries, row: LicenseRow) -> LicenseRow | None:
    """The state in which this revision was last active, up to `row`; a revocation carries a signature of its own."""
    if row.status == LicenseStatus.ACTIVE or row.recorded_at is None:
        return row
    earlier = [
        state
        for state in queries.license_history(row.id)
        if state.revision == row.revision
        and state.status == LicenseStatus.ACTIVE
        and state.recorded_at is not None
        and state.recorded_at <= row.recorded_at
    ]
    return earlier[-1] if earlier else None


def _signer(
    statement: Statement | None,
    act: Act,
    row: LicenseRow,
    people: Iterable[Person],
    *,
    now: datetime,
    recorded_at: datetime | None,
) -> str:
    """Who validly signed `act` over exactly these words; '' when nobody did."""
    if statement is None or digest_bytes(row.body) != row.digest:
        return ""
    try:
        return check(statement, act, row.id, row.digest, people, now=now, recorded_at=recorded_at).id
    except ApprovalRefused:
        return ""


def _by_counsel(queries: Queries, as_known: datetime | None) -> Overrides:
    """Counsel's statements under overrides and when the ledger took them, by license; the latest counts."""
    found: dict[str, tuple[Statement, datetime | None]] = {}
    for row in queries.statements(StatementKind.OVERRIDE, as_known=as_known):
        with suppress(ValueError, ApprovalRefused):
            found[row.subject] = (Statement.from_json(json.loads(row.body)), row.recorded_at)
    return found


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
            filed = filed_license(queries, past, people, now=now)
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


def _fulfilments(
    queries: Queries, world: World, *, now: datetime, as_known: datetime | None
) -> tuple[DutyFulfilment, ...]:
    """The answers on record that count: signed by whom the words in force ask, or filed on their paper."""
    who = duties_before(world)
    rows = queries.statements(StatementKind.FULFILMENT, as_known=as_known)
    answers = (fulfilment(row.body, world.people, who, now=now, recorded_at=row.recorded_at) for row in rows)
    return tuple(answer for answer in answers if answer is not None)


def _facts(library: Library, version: AssetVersion) -> AssetFacts:
    note = library.integrity_of(version)
    return AssetFacts(version=version, integrity=Integrity.FAILED if note else Integrity.VERIFIED, integrity_note=note)


def _cap_uses(
    queries: Queries, licenses: Iterable[FiledLicense], as_known: datetime | None, before: str
) -> tuple[CapUse, ...]:
    if not any(grant.caps for filed in licenses for grant in filed.license.grants):
        return ()
    return tuple(
        CapUse(cap=use.cap, of=use.shot, state=CapState(use.state.value), amount=use.amount)
        for use in queries.cap_uses(as_known=as_known)
        if use.state is not StoredCapState.RELEASED and not (before and use.decision == before)
    )
