"""Rows to values. The other direction stands in the writers, beside the table each fills."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction
from typing import Any

from assetlib.catalog.refusals import NotFound
from assetlib.model.asset import (
    AssetFile,
    AssetKind,
    AssetStatus,
    AssetVersion,
    Derivation,
    DerivationKind,
    Facet,
    FacetClaim,
    FacetStatus,
)
from assetlib.model.party import Party, PartyKind, Person, Role
from assetlib.model.production import Production
from assetlib.model.record import (
    AgreementRow,
    CapState,
    CapUse,
    Cut,
    Job,
    JobState,
    LicenseRow,
    Notice,
    Statement,
    StatementKind,
    StoredDecision,
    StoredPermit,
)
from assetlib.model.shot import Pin, Shot, ShotStatus, Take, TakeStatus
from provenance.decision import PERPETUAL, decision_id, instant, parse_instant
from provenance.digest import Digest, canonical_json

_DECISION = re.compile(r"D-(\d{6,18})")


def ledger_index(decision: str) -> int:
    """The ledger index in ``D-000912``; raises NotFound for text that is no decision id."""
    match = _DECISION.fullmatch(decision)
    if match is None or decision_id(int(match[1])) != decision:
        raise NotFound(f"expected a decision id such as D-000912, found {decision!r}")
    return int(match[1])


def words(values: Iterable[str]) -> str:
    """A list as canonical JSON text."""
    return canonical_json(list(values)).decode()


def asset_version(
    row: Any, facets: Iterable[FacetClaim], files: Iterable[AssetFile], collections: Iterable[str]
) -> AssetVersion:
    return AssetVersion(
        entity=row.entity,
        version=row.version,
        digest=row.digest,
        kind=AssetKind(row.kind),
        name=row.name,
        facets=tuple(facets),
        files=tuple(files),
        source_type=row.source_type,
        created_by=row.created_by,
        created_at=row.created_at,
        status=AssetStatus(row.status),
        collections=tuple(collections),
        manifest=row.manifest,
        thumbnail=row.thumbnail,
    )


def asset_file(row: Any) -> AssetFile:
    return AssetFile(path=row.path, digest=row.digest, size=row.size, media_type=row.media_type)


def facet_claim(row: Any) -> FacetClaim:
    return FacetClaim(facet=Facet(row.facet), subject=row.subject, status=FacetStatus(row.status), by=row.by)


def derivation(row: Any) -> Derivation:
    return Derivation(parent=row.parent, child=row.child, kind=DerivationKind(row.kind), job=row.job)


def license_row(row: Any) -> LicenseRow:
    return LicenseRow(**_instrument(row))


def agreement_row(row: Any) -> AgreementRow:
    return AgreementRow(recipient=row.recipient, **_instrument(row))


def _instrument(row: Any) -> dict[str, Any]:
    names = ["id", "revision", "status", "digest", "document", "signature", "signer", "recorded_at", "superseded_at"]
    return {"body": bytes(row.body), **{name: getattr(row, name) for name in names}}


def party(row: Any) -> Party:
    return Party(id=row.id, kind=PartyKind(row.kind), name=row.name, contact=row.contact)


def person(row: Any) -> Person:
    return Person(
        id=row.id,
        name=row.name,
        roles=tuple(Role(role) for role in json.loads(row.roles)),
        public_key=bytes(row.public_key),
        enrolled_at=row.enrolled_at,
        revoked_at=row.revoked_at,
    )


def production_body(production: Production) -> bytes:
    until = production.exploit_until
    return canonical_json(
        {
            "name": production.name,
            "rate": str(production.rate),
            "first_frame": production.first_frame,
            "handles": production.handles,
            "width": production.width,
            "height": production.height,
            "purpose": production.purpose,
            "territories": list(production.territories),
            "media": list(production.media),
            "exploit_until": PERPETUAL if until is None else instant(until),
            "rulepacks": list(production.rulepacks),
            "commercial": production.commercial,
        }
    )


def production(row: Any) -> Production:
    body = json.loads(row.body)
    until = body.pop("exploit_until")
    lists: dict[str, Any] = {name: tuple(body.pop(name)) for name in ("territories", "media", "rulepacks")}
    return Production(
        id=row.id,
        rate=Fraction(body.pop("rate")),
        exploit_until=None if until == PERPETUAL else parse_instant(until),
        **lists,
        **body,
    )


def statement(row: Any) -> Statement:
    return Statement(
        kind=StatementKind(row.kind),
        id=row.id,
        subject=row.subject,
        body=bytes(row.body),
        by=row.by,
        signature=row.signature,
        recorded_at=row.recorded_at,
    )


def cap_use(row: Any) -> CapUse:
    return CapUse(
        cap=row.cap,
        shot=row.shot,
        decision=row.decision,
        amount=row.amount,
        state=CapState(row.state),
        at=row.recorded_at,
    )


def pin(row: Any) -> Pin:
    return Pin(name=row.name, entity=row.entity, version=row.version, digest=row.digest, role=row.role)


def shot(row: Any, pins: Iterable[Pin]) -> Shot:
    return Shot(
        code=row.code,
        sequence=row.sequence,
        production=row.production,
        cut_in=row.cut_in,
        cut_out=row.cut_out,
        handles=row.handles,
        rate=Fraction(row.rate),
        timeline=row.timeline,
        clip=row.clip,
        time_scalar=Fraction(row.time_scalar),
        pins=tuple(pins),
        layers=row.layers,
        scenes=tuple(json.loads(row.scenes)),
        content=tuple((flag, value) for flag, value in json.loads(row.content)),
        prompt=row.prompt,
        status=ShotStatus(row.status),
    )


def cut(row: Any) -> Cut:
    return Cut(
        name=row.name,
        timeline=row.timeline,
        digest=row.digest,
        production=row.production,
        imported_at=row.imported_at,
        body=bytes(row.body),
    )


def take(row: Any) -> Take:
    names = [
        "shot",
        "number",
        "digest",
        "decision",
        "permit",
        "generator",
        "source_type",
        "created_at",
        "created_by",
        "seed",
    ]
    return Take(status=TakeStatus(row.status), **{name: getattr(row, name) for name in names})


def decision(row: Any) -> StoredDecision:
    return StoredDecision(
        index=row.ledger_index,
        outcome=row.outcome,
        shot=row.shot,
        body=bytes(row.body),
        digest=Digest(row.digest),
        recorded_at=row.recorded_at,
    )


def permit(row: Any, redeemed_at: datetime | None) -> StoredPermit:
    return StoredPermit(
        id=row.id,
        decision=decision_id(row.decision),
        payload=bytes(row.payload),
        signature=bytes(row.signature),
        expires_at=row.expires_at,
        redeemed_at=redeemed_at,
    )


def job(row: Any) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        state=JobState(row.state),
        request=bytes(row.request),
        created_at=row.created_at,
        updated_at=row.updated_at,
        progress=row.per_mille / 1000,
        message=row.message,
        owner=row.owner,
        leased_until=row.leased_until,
        attempts=row.attempts,
        cancel=bool(row.cancel),
        result=None if row.result is None else bytes(row.result),
    )


def notice(row: Any) -> Notice:
    return Notice(
        cursor=row.cursor,
        type=row.type,
        body=bytes(row.body),
        recorded_at=row.recorded_at,
        attempts=row.attempts,
        delivered_at=row.delivered_at,
    )


def pairs(values: Iterable[tuple[str, str]]) -> str:
    """Pairs as canonical JSON text."""
    return canonical_json([list(pair) for pair in values]).decode()
