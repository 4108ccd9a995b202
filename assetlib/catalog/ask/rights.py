"""Asking for rights, now or as they were known on a date."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from assetlib.catalog import rows, tables
from assetlib.catalog.history import current, said
from assetlib.catalog.refusals import NotFound, absent
from assetlib.model.party import Party, Person
from assetlib.model.production import Production
from assetlib.model.record import (
    AgreementRow,
    CapUse,
    ContentFlag,
    Document,
    LicenseRow,
    Recipient,
    Statement,
    StatementKind,
)
from provenance.digest import Digest


class RightsQueries:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def rights_revision(self) -> int:
        """Counts every commit that may change a decision; give it to `Committer.commit` as expected_revision."""
        return int(self._connection.execute(select(tables.log_head.c.rights_revision)).scalar_one())

    # licenses and agreements

    def license(self, license_id: str, *, as_known: datetime | None = None) -> LicenseRow:
        """The state of a license now, or as known then; raises NotFound."""
        found = self._first(self._instruments("license", license_id, None, as_known))
        if found is None:
            known = (row.id for row in self.licenses())
            raise absent(f"no license {license_id!r}; 'assetlib license list' shows them", license_id, known)
        return rows.license_row(found)

    def licenses(self, status: str | None = None, *, as_known: datetime | None = None) -> tuple[LicenseRow, ...]:
        return tuple(map(rows.license_row, self._all(self._instruments("license", None, status, as_known))))

    def license_history(self, license_id: str) -> tuple[LicenseRow, ...]:
        """Every state it was in, oldest first, each with the time it was superseded."""
        return tuple(map(rows.license_row, self._all(self._instrument_history("license", license_id))))

    def agreement(self, agreement_id: str, *, as_known: datetime | None = None) -> AgreementRow:
        found = self._first(self._instruments("agreement", agreement_id, None, as_known))
        if found is None:
            raise NotFound(f"no provider agreement {agreement_id!r}; 'assetlib provider list' shows them")
        return rows.agreement_row(found)

    def agreements(self, status: str | None = None, *, as_known: datetime | None = None) -> tuple[AgreementRow, ...]:
        return tuple(map(rows.agreement_row, self._all(self._instruments("agreement", None, status, as_known))))

    def agreement_history(self, agreement_id: str) -> tuple[AgreementRow, ...]:
        return tuple(map(rows.agreement_row, self._all(self._instrument_history("agreement", agreement_id))))

    # people and places

    def person(self, person_id: str, *, as_known: datetime | None = None) -> Person:
        found = self._latest(tables.person, person_id, as_known)
        if found is None:
            known = (person.id for person in self.people())
            raise absent(f"no person {person_id!r} is enrolled; 'assetlib person list' shows who is", person_id, known)
        return rows.person(found)

    def people(self, *, as_known: datetime | None = None) -> tuple[Person, ...]:
        return tuple(map(rows.person, self._every(tables.person, as_known)))

    def person_history(self, person_id: str) -> tuple[Person, ...]:
        """Every key and role they had, oldest first."""
        table = tables.person
        query = select(table).where(table.c.id == person_id).order_by(table.c.ledger_index, table.c.step)
        return tuple(map(rows.person, self._all(query)))

    def party(self, party_id: str) -> Party:
        found = self._latest(tables.party, party_id, None)
        if found is None:
            known = (party.id for party in self.parties())
            raise absent(f"no party {party_id!r}; 'assetlib party list' shows them", party_id, known)
        return rows.party(found)

    def parties(self, *, as_known: datetime | None = None) -> tuple[Party, ...]:
        return tuple(map(rows.party, self._every(tables.party, as_known)))

    def recipient(self, recipient_id: str, *, as_known: datetime | None = None) -> Recipient | None:
        """None for a recipient that nobody registered, which is a reason to deny."""
        found = self._latest(tables.recipient, recipient_id, as_known)
        return None if found is None else Recipient(id=found.id, party=found.party, kind=found.kind)

    def recipients(self, *, as_known: datetime | None = None) -> tuple[Recipient, ...]:
        found = self._every(tables.recipient, as_known)
        return tuple(Recipient(id=row.id, party=row.party, kind=row.kind) for row in found)

    def production(self, production_id: str, *, as_known: datetime | None = None) -> Production:
        found = self._latest(tables.production, production_id, as_known)
        if found is None:
            known = (production.id for production in self.productions())
            raise absent(
                f"no production {production_id!r}; 'assetlib production list' shows them", production_id, known
            )
        return rows.production(found)

    def productions(self, *, as_known: datetime | None = None) -> tuple[Production, ...]:
        return tuple(map(rows.production, self._every(tables.production, as_known)))

    def default_production(self) -> Production:
        """The production that commands mean when none is named; raises NotFound."""
        table = tables.default_production
        query = select(table.c.id).order_by(table.c.ledger_index.desc(), table.c.step.desc()).limit(1)
        name = self._connection.execute(query).scalar()
        if name is None:
            raise NotFound("this library has no default production; make one with 'assetlib production add'")
        return self.production(name)

    # what was filed and stated

    def document(self, digest: Digest) -> Document | None:
        found = self._first(select(tables.document).where(tables.document.c.digest == digest))
        return None if found is None else _document(found)

    def documents(self) -> tuple[Document, ...]:
        table = tables.document
        return tuple(map(_document, self._all(select(table).order_by(table.c.ledger_index, table.c.digest))))

    def statements(
        self,
        kind: StatementKind | None = None,
        subject: str | None = None,
        *,
        as_known: datetime | None = None,
    ) -> tuple[Statement, ...]:
        """Approvals, fulfilments, overrides …, in ledger order."""
        table = tables.statement
        query = select(table).order_by(table.c.ledger_index, table.c.kind, table.c.id)
        for column, value in (("kind", None if kind is None else kind.value), ("subject", subject)):
            query = query if value is None else query.where(table.c[column] == value)
        if as_known is not None:
            query = query.where(table.c.recorded_at <= as_known)
        return tuple(map(rows.statement, self._all(query)))

    def content_flags(self, shot: str, *, as_known: datetime | None = None) -> tuple[ContentFlag, ...]:
        table = tables.content_flag
        latest = current(table, ["shot", "flag"], table.c.shot == shot, as_known=as_known)
        found = self._all(select(latest).order_by(latest.c.flag))
        return tuple(ContentFlag(shot=row.shot, flag=row.flag, value=row.value, by=row.by) for row in found)

    def cap_uses(self, cap: str | None = None, *, as_known: datetime | None = None) -> tuple[CapUse, ...]:
        """The last word on each shot's share of a cap, released ones too; of every cap where none is named."""
        where = [] if cap is None else [tables.cap_use.c.cap == cap]
        latest = current(tables.cap_use, ["cap", "shot"], *where, as_known=as_known)
        return tuple(map(rows.cap_use, self._all(select(latest).order_by(latest.c.cap, latest.c.shot))))

    def _instruments(
        self, family: str, instrument_id: str | None, status: str | None, as_known: datetime | None
    ) -> Select[Any]:
        table = tables.instrument_state
        where = [table.c.family == family]
        if instrument_id is not None:
            where.append(table.c.id == instrument_id)
        query = _with_body(current(table, ["family", "id"], *where, as_known=as_known))
        state = query.selected_columns.status
        return query if status is None else query.where(state == status)

    def _instrument_history(self, family: str, instrument_id: str) -> Select[Any]:
        table = tables.instrument_state
        where = (table.c.family == family, table.c.id == instrument_id)
        return _with_body(said(table, ["family", "id"], *where).subquery("history"))

    def _latest(self, table: Any, key: str, as_known: datetime | None) -> Any:
        latest = current(table, ["id"], table.c.id == key, as_known=as_known)
        return self._first(select(latest))

    def _every(self, table: Any, as_known: datetime | None) -> Any:
        latest = current(table, ["id"], as_known=as_known)
        return self._all(select(latest).order_by(latest.c.id))

    def _first(self, query: Select[Any]) -> Any:
        return self._connection.execute(query).first()

    def _all(self, query: Select[Any]) -> Any:
        return self._connection.execute(query).all()


def _with_body(state: Any) -> Select[Any]:
    """States joined with the revision each speaks of."""
    revision = tables.instrument
    same = [state.c[name] == revision.c[name] for name in ("family", "id", "revision")]
    columns = [revision.c.recipient, revision.c.body, revision.c.digest, revision.c.document]
    return (
        select(state, *columns)
        .join(revision, same[0] & same[1] & same[2])
        .order_by(state.c.id, state.c.ledger_index, state.c.step)
    )


def _document(row: Any) -> Document:
    return Document(digest=row.digest, media_type=row.media_type, name=row.name, kind=row.kind, filed_by=row.filed_by)
