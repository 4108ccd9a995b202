"""Answers to requests: who gave or refused an approval or consent, and whether that word counts.

A person of the library answers with their own key, and only where the license names them or their role. Somebody
outside answers on paper; a librarian or rights-admin files that paper and signs that they did. Whatever does not
verify is no answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assetlib.approvals.roles import Act, ApprovalRefused
from assetlib.approvals.statements import Statement, check
from assetlib.model.license import Duty
from assetlib.model.party import Person, Role
from assetlib.model.world import DutyFulfilment, FulfilmentState
from assetlib.rights.cover import ANYBODY
from provenance.digest import Digest, canonical_json, digest_bytes, parse_digest

_TYPE = "assetlib.answer.v1"
_FIELDS = {"type", "request", "duty", "scope", "source", "what", "by", "state", "document", "asked_by", "note"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The answer to one request. `by` is who gives it by the license's words, `document` their signed paper."""

    request: str
    duty: str
    scope: str
    source: str
    what: str
    by: str
    state: FulfilmentState
    asked_by: tuple[str, ...] = ()
    document: Digest | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "type": _TYPE,
            "request": self.request,
            "duty": self.duty,
            "scope": self.scope,
            "source": self.source,
            "what": self.what,
            "by": self.by,
            "state": self.state.value,
            "document": self.document,
            "asked_by": list(self.asked_by),
            "note": self.note,
        }

    def digest(self) -> Digest:
        """What the statement under the answer signs."""
        return digest_bytes(canonical_json(self.to_json()))

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Given:
        """Raises ApprovalRefused for anything but an answer of this version."""
        try:
            if document.keys() != _FIELDS or document["type"] != _TYPE:
                raise ValueError(f"expected {_TYPE} with {', '.join(sorted(_FIELDS))}")
            paper = document["document"]
            return cls(
                state=FulfilmentState(document["state"]),
                document=None if paper is None else parse_digest(paper),
                asked_by=tuple(document["asked_by"]),
                **{name: str(document[name]) for name in ("request", "duty", "scope", "source", "what", "by", "note")},
            )
        except (ValueError, TypeError, AttributeError) as error:
            raise ApprovalRefused(f"not an answer to a request: {error}") from error


def may_answer(person: Person, by: str) -> bool:
    """Whether `person` is who the words ask: named themselves, of the role named, or anybody of the production."""
    if by == person.id:
        return True
    if by == ANYBODY:
        return any(role in person.roles for role in (Role.DIRECTOR, Role.COUNSEL, Role.RIGHTS_ADMIN))
    return by in {role.value for role in person.roles}


def is_outside(by: str) -> bool:
    """Whether the words name a party rather than a role of the library: only a party answers on paper."""
    return by != ANYBODY and by not in {role.value for role in Role}


def on_paper(duty: Duty) -> bool:
    """Whether a document answers: a party's own word, or the proof of a notice or payment."""
    return is_outside(duty.by) or not duty.kind.can_still_be_given


def _counts(duty: Duty, person: Person, outside: bool) -> bool:
    return on_paper(duty) if outside else duty.kind.can_still_be_given and may_answer(person, duty.by)


def bundle(given: Given, statement: Statement) -> bytes:
    """The canonical bytes that the record keeps: the answer and the signature over it."""
    return canonical_json({"answer": given.to_json(), "statement": statement.to_json()})


def unbundle(body: bytes) -> tuple[Given, Statement]:
    """Raises ApprovalRefused for anything that `bundle` did not write."""
    try:
        document = json.loads(body)
        answer, signed = document["answer"], document["statement"]
    except (ValueError, KeyError, TypeError) as error:
        raise ApprovalRefused(f"not an answer to a request: {error}") from error
    return Given.from_json(answer), Statement.from_json(signed)


def fulfilment(
    body: bytes,
    people: Iterable[Person],
    duties: Mapping[str, Duty],
    *,
    now: datetime,
    recorded_at: datetime | None = None,
) -> DutyFulfilment | None:
    """The fulfilment that a recorded answer proves; None for one that does not count.

    `duties` holds each duty of the words in force by its id, so that an answer cannot name its own giver.
    """
    try:
        given, statement = unbundle(body)
        outside = given.document is not None
        act = Act.RECORD_ANSWER if outside else Act.GIVE_APPROVAL
        person = check(statement, act, given.request, given.digest(), people, now=now, recorded_at=recorded_at)
    except ApprovalRefused:
        return None
    duty = duties.get(given.duty)
    if duty is None or duty.by != given.by or not _counts(duty, person, outside):
        return None
    return DutyFulfilment(
        duty=given.duty,
        scope=given.scope,
        state=given.state,
        by=given.by if outside else person.id,
        at=statement.at,
        document=given.document,
    )
