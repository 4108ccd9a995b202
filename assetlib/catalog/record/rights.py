"""Recording rights: licenses, agreements, people, parties, productions, and what people state."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from assetlib.catalog import rows, tables
from assetlib.catalog.ask.rights import RightsQueries
from assetlib.catalog.record.base import LedgeredWrites, require_digest
from assetlib.catalog.refusals import Conflict
from assetlib.model.party import Party, Person
from assetlib.model.production import Production
from assetlib.model.record import AgreementRow, ContentFlag, Document, LicenseRow, Recipient, Statement, StatementKind
from provenance.digest import digest_bytes


class RightsWrites(LedgeredWrites):
    def put_license(self, row: LicenseRow) -> None:
        """A new license, or the next revision of one; its body never changes. Raises Conflict."""
        self._put("license", row, recipient="")

    def put_agreement(self, row: AgreementRow) -> None:
        self._put("agreement", row, recipient=row.recipient)

    def set_license_status(
        self,
        license_id: str,
        status: str,
        *,
        signature: bytes | None = None,
        signer: str | None = None,
    ) -> None:
        """The latest revision's status from now on. Without a signature the one before stays."""
        self._set_status("license", RightsQueries(self._connection).license(license_id), status, signature, signer)

    def set_agreement_status(
        self,
        agreement_id: str,
        status: str,
        *,
        signature: bytes | None = None,
        signer: str | None = None,
    ) -> None:
        self._set_status(
            "agreement", RightsQueries(self._connection).agreement(agreement_id), status, signature, signer
        )

    def put_party(self, party: Party) -> None:
        self._next_step()
        self._add(tables.party, id=party.id, kind=party.kind.value, name=party.name, contact=party.contact)
        self._move_rights()

    def put_recipient(self, recipient: Recipient) -> None:
        self._next_step()
        self._add(tables.recipient, id=recipient.id, party=recipient.party, kind=recipient.kind)
        self._move_rights()

    def add_person(self, person: Person) -> None:
        """Enroll somebody, or change their roles or key; earlier keys stay in the history."""
        self._next_step()
        self._add(
            tables.person,
            id=person.id,
            name=person.name,
            roles=rows.words(role.value for role in person.roles),
            public_key=person.public_key,
            enrolled_at=person.enrolled_at,
            revoked_at=person.revoked_at,
        )
        self._move_rights()

    def revoke_person(self, person_id: str, revoked_at: datetime | None = None) -> None:
        """From `revoked_at` (default: the ledger's time) their key counts for nothing; raises NotFound."""
        person = RightsQueries(self._connection).person(person_id)
        if person.revoked_at is not None:
            raise Conflict(f"{person_id} was revoked already")
        self.add_person(replace(person, revoked_at=revoked_at or self.at))

    def put_production(self, production: Production, *, default: bool = False) -> None:
        self._next_step()
        self._add(tables.production, id=production.id, body=rows.production_body(production))
        if default:
            self._add(tables.default_production, id=production.id)
        self._move_rights()

    def add_document(self, document: Document) -> None:
        """File a contract. Filing the same bytes again changes nothing."""
        known = select(tables.document.c.digest).where(tables.document.c.digest == document.digest)
        if self._connection.execute(known).first() is None:
            self._add(
                tables.document,
                digest=document.digest,
                media_type=document.media_type,
                name=document.name,
                kind=document.kind,
                filed_by=document.filed_by,
            )

    def add_statement(self, statement: Statement) -> None:
        """An approval, fulfilment, override or other statement; said once under its id. Raises Conflict."""
        self._add(
            tables.statement,
            kind=statement.kind.value,
            id=statement.id,
            subject=statement.subject,
            body=statement.body,
            digest=digest_bytes(statement.body),
            by=statement.by,
            signature=statement.signature,
        )
        if statement.kind is not StatementKind.TIMESTAMP:  # says when, and changes no answer
            self._move_rights()

    def set_content_flag(self, flag: ContentFlag) -> None:
        self._next_step()
        self._add(tables.content_flag, shot=flag.shot, flag=flag.flag, value=flag.value, by=flag.by)
        self._move_rights()

    def _put(self, family: str, row: LicenseRow | AgreementRow, *, recipient: str) -> None:
        require_digest(row.body, row.digest, row.id)
        held = tables.instrument.c
        query = select(func.max(held.revision)).where(held.family == family, held.id == row.id)
        last = self._connection.execute(query).scalar() or 0
        if row.revision != last + 1:
            raise Conflict(f"{row.id} is at revision {last}; expected {last + 1}, found {row.revision}; read it again")
        self._add(
            tables.instrument,
            family=family,
            id=row.id,
            revision=row.revision,
            recipient=recipient,
            body=row.body,
            digest=row.digest,
            document=row.document,
        )
        self._set_status(family, row, row.status, row.signature, row.signer)

    def _set_status(self, family: str, row: Any, status: str, signature: bytes | None, signer: str | None) -> None:
        self._next_step()
        self._add(
            tables.instrument_state,
            family=family,
            id=row.id,
            revision=row.revision,
            status=status,
            signature=row.signature if signature is None else signature,
            signer=row.signer if signature is None else signer,
        )
        self._move_rights()
