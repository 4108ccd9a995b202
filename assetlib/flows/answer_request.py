"""Requests that a person can answer: what decisions wait for, given or refused under a key, or filed on paper.

An answer never opens a door. It becomes the evidence of a duty before use, and the question is asked again.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.approvals.answers import Given, bundle, is_outside, may_answer, on_paper, unbundle
from assetlib.approvals.roles import Act, ApprovalRefused, both_sides, is_solo
from assetlib.documents.approval_letter import approval_letter
from assetlib.flows.ask import reference_digests
from assetlib.flows.delivery import refuse_occupied
from assetlib.flows.enroll_person import acting_person, sign_act
from assetlib.flows.world import load_world
from assetlib.model.record import Document, Statement, StatementKind
from assetlib.model.refusals import BadInput, Conflict, NotFound
from assetlib.model.world import FulfilmentState
from assetlib.rights.requests import Request, open_requests
from provenance.decision import Question, instant
from provenance.digest import digest_bytes

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

_OWED_FIRST = b" before use"  # among what the nearest clause misses
_PAPER = {".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An open request, the decisions that wait for it, and who asked for those."""

    request: Request
    decisions: tuple[str, ...]
    asked_by: tuple[str, ...]
    question: Question

    def to_json(self) -> dict[str, Any]:
        request = self.request
        return {
            "request": request.id,
            "kind": request.duty.kind.value,
            "what": request.duty.what,
            "by": request.duty.by,
            "scope": request.scope,
            "source": request.source,
            "assets": list(request.assets),
            "decisions": list(self.decisions),
            "asked_by": list(self.asked_by),
        }


def list_requests(library: Library) -> dict[str, Any]:
    """``{"open": […], "answered": […]}``: what waits now, and every answer on record."""
    with library.catalog.reader() as queries:
        waiting = [one.to_json() for one in _waiting(library, queries)]
        answered = list(_answered(queries))
    return {"open": waiting, "answered": answered}


def give_answer(library: Library, request_id: str, *, yes: bool, note: str = "") -> dict[str, Any]:
    """Grant or refuse an open request with the acting person's key.

    Raises NotFound for a request that is not open, ApprovalRefused for somebody whom the words do not ask, or who
    asked for it themselves while others could answer.
    """
    one = _find(library, request_id)
    person = acting_person(library, Act.GIVE_APPROVAL)
    by = one.request.duty.by
    if not one.request.duty.kind.can_still_be_given:
        raise Conflict(f"{request_id} asks for proof: assetlib approval record {request_id} --document PROOF.pdf")
    if not may_answer(person, by):
        hint = f"; send it on paper: assetlib approval send {request_id} --out request.pdf" if is_outside(by) else ""
        raise ApprovalRefused(f"{request_id} is for {by} to answer, not for {person.id}{hint}")
    with library.catalog.reader() as queries:
        solo = is_solo(queries.people(), library.clock())
    if person.id in one.asked_by and not solo:
        raise ApprovalRefused(f"{both_sides(person.id, person.id)}; let somebody else answer {request_id}")
    given = _given(one, yes, note)
    return _record(library, Act.GIVE_APPROVAL, given, None)


def record_answer(
    library: Library, request_id: str, document: Path, *, yes: bool = True, note: str = ""
) -> dict[str, Any]:
    """File the paper by which somebody outside answered. Raises NotFound, BadInput, Conflict, ApprovalRefused."""
    one = _find(library, request_id)
    _demand_paper(one, request_id)
    try:
        content = document.read_bytes()
    except OSError as error:
        raise BadInput(f"{document}: cannot be read: {error.strerror}") from error
    media_type = _PAPER.get(document.suffix.lower())
    if media_type is None or not content:
        raise BadInput(f"expected a signed paper as {', '.join(_PAPER)}, found {document.name}")
    given = replace(_given(one, yes, note), document=digest_bytes(content))
    paper = Document(
        digest=digest_bytes(content), media_type=media_type, name=document.name, kind="approval", filed_by=library.actor
    )
    library.store.put(io.BytesIO(content))
    return _record(library, Act.RECORD_ANSWER, given, paper)


def _demand_paper(one: Waiting, request_id: str) -> None:
    """Who has a key here answers with it; a page on which nobody may answer is not sent."""
    if not on_paper(one.request.duty):
        raise Conflict(
            f"{request_id} is for {one.request.duty.by} to answer with a key: assetlib approval grant {request_id} "
            f"(or refuse) --as PERSON"
        )


def send_request(library: Library, request_id: str, out: Path) -> dict[str, Any]:
    """Write the request as a PDF to sign; it holds words only, no picture. Raises NotFound, BadInput, Conflict."""
    refuse_occupied(out, folder=False)
    one = _find(library, request_id)
    _demand_paper(one, request_id)
    with library.catalog.reader() as queries:
        names = {party.id: party.name for party in queries.parties()}
        production = queries.production(one.question.production)
    letter = approval_letter(
        one.request,
        one.question,
        to=names.get(one.request.duty.by, one.request.duty.by),
        production=production.name,
        at=library.clock(),
    )
    out.write_bytes(letter)
    return {**one.to_json(), "file": str(out)}


def _given(one: Waiting, yes: bool, note: str) -> Given:
    request = one.request
    return Given(
        request=request.id,
        duty=request.duty.id,
        scope=request.scope,
        source=request.source,
        what=request.duty.what,
        by=request.duty.by,
        state=FulfilmentState.FULFILLED if yes else FulfilmentState.REFUSED,
        asked_by=one.asked_by,
        note=note,
    )


def _record(library: Library, act: Act, given: Given, paper: Document | None) -> dict[str, Any]:
    statement = sign_act(library, act, given.request, given.digest(), reason=given.note)
    body = bundle(given, statement)

    def write(writer: Any, index: int) -> None:
        if paper is not None:
            writer.add_document(paper)
        writer.add_statement(
            Statement(
                kind=StatementKind.FULFILMENT,
                id=f"{given.request}-{index}",
                subject=given.duty,
                body=body,
                by=statement.person,
                signature=statement.signature,
            )
        )

    entry = {"request": given.request, "state": given.state.value, "answer": given.digest(), "signer": statement.person}
    library.committer.commit("approval.answered", entry, write)
    shown = both_sides(statement.person, statement.person) if statement.person in given.asked_by else ""
    return {
        "request": given.request,
        "state": given.state.value,
        "by": given.by if paper is not None else statement.person,
        "recorded_by": statement.person,
        "document": given.document,
        "warnings": [shown] if shown else [],
    }


def _find(library: Library, request_id: str) -> Waiting:
    with library.catalog.reader() as queries:
        found = [one for one in _waiting(library, queries) if one.request.id == request_id]
    if not found:
        raise NotFound(f"no open request {request_id!r}; 'assetlib approval list' shows what waits")
    return found[0]


def _waiting(library: Library, queries: Queries) -> list[Waiting]:
    """What the recorded decisions wait for as of now, by request: words to give, proofs of notice or payment."""
    now = library.clock()
    asked: dict[Question, list[tuple[str, str]]] = {}
    denied = (stored for stored in queries.decisions(outcome="deny") if _OWED_FIRST in stored.body)
    for stored in (*queries.decisions(outcome="needs_approval"), *denied):
        question = Question.from_json(json.loads(stored.body)["question"])
        same = replace(question, now=now, requester="")
        asked.setdefault(same, []).append((stored.id, question.requester))
    if not asked:
        return []
    references = {digest for question in asked for digest in reference_digests(question.references)}
    world = load_world(library, queries, references, now=now)
    found: dict[str, Waiting] = {}
    for question, askers in asked.items():
        for request in open_requests(world, question):
            known = found.get(request.id)
            decisions = (*(known.decisions if known else ()), *(name for name, _ in askers))
            people = {*(known.asked_by if known else ()), *(person for _, person in askers)}
            found[request.id] = Waiting(
                request=request, decisions=decisions, asked_by=tuple(sorted(people)), question=question
            )
    return [found[name] for name in sorted(found)]


def _answered(queries: Queries) -> Iterator[dict[str, Any]]:
    for row in queries.statements(StatementKind.FULFILMENT):
        try:
            given, statement = unbundle(row.body)
        except ApprovalRefused as error:
            yield {"request": row.id, "state": "unreadable", "note": str(error)}
            continue
        yield {
            "request": given.request,
            "state": given.state.value,
            "what": given.what,
            "by": given.by,
            "scope": given.scope,
            "source": given.source,
            "recorded_by": statement.person,
            "at": instant(statement.at),
            "document": given.document,
            "note": both_sides(statement.person, statement.person)
            if statement.person in given.asked_by
            else given.note,
        }
