"""What is owed for the pictures in use: credits, fees, reports and labels, with whom, by when, for which shots.

Obligations come from the decisions under which takes in use were made and under which anything left. They are never
typed in, and done only when somebody with a key says so.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.approvals.roles import Act, ApprovalRefused
from assetlib.approvals.statements import Statement as Signed
from assetlib.approvals.statements import check
from assetlib.flows.enroll_person import sign_act
from assetlib.flows.obligation import Owed
from assetlib.flows.revocation_tasks import revocation_tasks
from assetlib.flows.show_shots import shots_of
from assetlib.model.party import Person
from assetlib.model.record import Document, Statement, StatementKind
from assetlib.model.refusals import BadInput, NotFound
from assetlib.model.shot import TakeStatus
from assetlib.rights.wording import due as due_words
from provenance.decision import parse_instant
from provenance.digest import canonical_json, digest_bytes

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

_IN_USE = (TakeStatus.CURRENT, TakeStatus.PICKED)
_COLUMNS = ("obligation", "kind", "what", "by", "due", "state", "clause", "shots", "exports", "note")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def list_obligations(library: Library, *, kinds: Iterable[str] = (), cut: str | None = None) -> tuple[Owed, ...]:
    """What is owed for the takes of a cut (of every cut unless named) and for exports, by kind. Raises NotFound."""
    now = library.clock()
    wanted = frozenset(kinds)
    with library.catalog.reader() as queries:
        found = (*_collected(queries, cut), *revocation_tasks(library, queries))
        done = _done(queries, now)
    stated = (replace(one, state=_state(one, one.id in done, now)) for one in found if not wanted or one.kind in wanted)
    return tuple(sorted(stated, key=lambda one: (one.kind, one.what, one.clause)))


def finish_obligation(library: Library, obligation: str, *, document: Path | None, note: str = "") -> dict[str, Any]:
    """Sign that an obligation is done, with its proof on file. Raises NotFound, BadInput, ApprovalRefused."""
    owed = next((one for one in list_obligations(library) if one.id == obligation), None)
    if owed is None:
        raise NotFound(f"no obligation {obligation!r}; 'assetlib obligation list' shows them")
    paper = None if document is None else _paper(library, document)
    body: dict[str, Any] = {
        "obligation": owed.id,
        "kind": owed.kind,
        "what": owed.what,
        "clause": owed.clause,
        "document": None if paper is None else paper.digest,
        "note": note,
    }
    digest = digest_bytes(canonical_json(body))
    signed = sign_act(library, Act.RECORD_ANSWER, owed.id, digest, reason=note)

    def write(writer: Any, index: int) -> None:
        if paper is not None:
            writer.add_document(paper)
        writer.add_statement(
            Statement(
                kind=StatementKind.CONFIRMATION,
                id=f"{owed.id}-{index}",
                subject=owed.id,
                body=canonical_json({"done": body, "statement": signed.to_json()}),
                by=signed.person,
                signature=signed.signature,
            )
        )

    library.committer.commit("obligation.done", {"obligation": owed.id, "confirmation": digest}, write)
    return {**owed.to_json(), "state": "done", "signed_by": signed.person}


def as_csv(owed: Iterable[Owed]) -> str:
    """A sheet for end credits and payments; no cell can be read as a formula."""
    target = io.StringIO()
    sheet = csv.writer(target, lineterminator="\r\n")
    sheet.writerow(_COLUMNS)
    for one in owed:
        row = one.to_json()
        sheet.writerow([_cell("; ".join(v) if isinstance(v := row[name], list) else v) for name in _COLUMNS])
    return target.getvalue()


def _cell(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _collected(queries: Queries, cut: str | None) -> tuple[Owed, ...]:
    shots = shots_of(queries, cut) if cut is not None else queries.shots()
    found: dict[str, Owed] = {}
    for shot in shots:
        takes = [take for take in queries.takes(shot.code) if take.status in _IN_USE]
        for decision in dict.fromkeys(take.decision for take in takes):
            for one in _owed(queries, decision):
                known = found.get(one.id, one)
                found[one.id] = replace(known, shots=tuple(dict.fromkeys((*known.shots, shot.code))))
    codes = {shot.code for shot in shots}
    for export in queries.exports():
        left = json.loads(export.body)["statement"]["predicate"].get("shots", [])
        if cut is None or codes & set(left):
            for one in _owed(queries, export.decision):
                known = found.get(one.id, one)
                found[one.id] = replace(known, exports=(*known.exports, export.id), due=one.due or known.due)
    return tuple(found.values())


def _owed(queries: Queries, decision: str) -> Iterator[Owed]:
    for one in json.loads(queries.decision(decision).body)["obligations"]:
        yield Owed(
            kind=one["kind"],
            what=one["what"],
            clause=one.get("clause", ""),
            by=one.get("by", ""),
            due=one.get("due", ""),
        )


def _done(queries: Queries, now: datetime) -> frozenset[str]:
    people = queries.people()
    rows = queries.statements(StatementKind.CONFIRMATION)
    return frozenset(name for row in rows if (name := _confirmed(row, people, now)))


def _confirmed(row: Statement, people: Iterable[Person], now: datetime) -> str:
    """The obligation that a recorded confirmation proves done; '' for one that does not verify."""
    try:
        document = json.loads(row.body)
        said, signed = document["done"], Signed.from_json(document["statement"])
        digest = digest_bytes(canonical_json(said))
        check(signed, Act.RECORD_ANSWER, said["obligation"], digest, people, now=now, recorded_at=row.recorded_at)
        return str(said["obligation"])
    except (ValueError, KeyError, TypeError, ApprovalRefused):
        return ""


def _state(one: Owed, done: bool, now: datetime) -> str:
    if done:
        return "done"
    if one.state == "held":
        return one.state
    try:
        return "overdue" if parse_instant(one.due) <= now else "due"
    except ValueError:
        return "due"


def _paper(library: Library, document: Path) -> Document:
    try:
        content = document.read_bytes()
    except OSError as error:
        raise BadInput(f"{document}: cannot be read: {error.strerror}") from error
    library.store.put(io.BytesIO(content))
    return Document(
        digest=digest_bytes(content),
        media_type="application/pdf" if document.suffix.lower() == ".pdf" else "application/octet-stream",
        name=document.name,
        kind="proof",
        filed_by=library.actor,
    )


def due_day(one: Owed) -> str:
    """When it is due, as a day or in words; '' where the license says nothing."""
    return due_words(one.due) if one.due else ""
