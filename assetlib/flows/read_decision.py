"""Read decisions again: as recorded, as they would be answered on two time axes, and replayed.

*As of* is the moment the use is judged at; *as known* is the state of the record it is judged from. Such a reading
says what the words meant or mean; it is not a decision, is not recorded, and opens no door.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.audit.decision_page import Clause, decision_page
from assetlib.catalog.refusals import NotFound
from assetlib.documents.explain_license import clause_words
from assetlib.documents.license_json import license_from_json, parse_json
from assetlib.flows.ask import parse_until, reference_digests
from assetlib.flows.delivery import refuse_occupied
from assetlib.flows.world import load_world
from assetlib.model.record import StoredDecision
from assetlib.model.refusals import BadInput
from assetlib.rights.evaluate import evaluate
from assetlib.rights.explain import clause_of, decision_text
from provenance.decision import Decision, Question, instant
from provenance.digest import canonical_json

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

_ANSWER = ("decision", "findings", "cited", "obligations", "envelope")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A stored decision as recorded, with its place in the ledger and the revisions of the licenses it speaks of."""

    id: str
    document: dict[str, Any]
    decision: Decision
    revisions: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, **self.document, "revisions": dict(self.revisions)}

    def text(self) -> str:
        told = ", ".join(f"{license_id} revision {revision}" for license_id, revision in self.revisions)
        return decision_text(self.decision, decision_id=self.id) + (f"Read as filed then: {told}.\n" if told else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A decision's question answered at another moment, or from another state of the record."""

    recorded: Explained
    as_of: datetime
    as_known: datetime
    decision: Decision
    differences: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            **self.decision.to_json(),
            "id": self.recorded.id,
            "as_of": instant(self.as_of),
            "as_known": instant(self.as_known),
            "recorded_decision": self.recorded.decision.outcome.value,
            "differences": list(self.differences),
        }

    def text(self) -> str:
        heading = f"{self.recorded.id} read as of {instant(self.as_of)}, as known at {instant(self.as_known)}:"
        lines = self.differences or ("the answer that was recorded",)
        compared = "\n".join(f"  - {line}" for line in lines)
        return (
            f"{heading}\n{decision_text(self.decision)}Compared with the record:\n{compared}\n"
            "A reading, not a decision: nothing may be done on its strength.\n"
        )


def explain_decision(library: Library, name: str) -> Explained:
    """`decision explain`: read a decision again. Raises NotFound."""
    with library.catalog.reader() as queries:
        return _explained(queries, queries.decision(name))


def read_decision(library: Library, name: str, *, as_of: str | None, as_known: str | None) -> Reading:
    """Answer a recorded question as of a moment (its own by default), as known at another (now by default).

    A date means the end of that day, UTC. Raises NotFound, BadInput.
    """
    known = library.clock() if as_known is None else parse_moment(as_known)
    with library.catalog.reader() as queries:
        recorded = _explained(queries, queries.decision(name))
        moment = recorded.decision.question.now if as_of is None else parse_moment(as_of)
        decision = answer_again(library, queries, recorded.decision.question, as_of=moment, as_known=known)
    return Reading(
        recorded=recorded,
        as_of=moment,
        as_known=known,
        decision=decision,
        differences=tuple(differences(recorded.document, decision.to_json())),
    )


def write_page(library: Library, explained: Explained | Reading, target: Path) -> None:
    """The decision as one page that prints well, with the words of each clause it speaks of. Raises BadInput."""
    refuse_occupied(target, folder=False)
    decision = explained.decision
    with library.catalog.reader() as queries:
        known = explained.as_known if isinstance(explained, Reading) else queries.decision(explained.id).recorded_at
        filed = {row.id: license_from_json(parse_json(row.body)) for row in queries.licenses(as_known=known)}
    clauses = [
        Clause(
            name=clause_of(f"{license_id}#{number}"),
            words=clause_words(license_, number),
            document="" if license_.document is None else f"{license_.document.file} {license_.document.digest}",
        )
        for license_id, number in _spoken_of(decision)
        if (license_ := filed.get(license_id)) is not None
    ]
    target.write_text(decision_page(decision, explained.to_json(), clauses), encoding="utf-8")


def _spoken_of(decision: Decision) -> Iterable[tuple[str, str]]:
    """The clauses relied on, those that prohibit, and those that come nearest, each once."""
    grants = [*decision.cited, *(near.grant for finding in decision.findings for near in finding.nearest)]
    named = [(found.license, found.clause) for found in decision.findings if found.license and found.clause]
    pairs = [grant.partition("#")[::2] for grant in grants]
    return dict.fromkeys([*pairs, *named])


def parse_moment(text: str) -> datetime:
    """A date (the end of that day, UTC) or an instant. Raises BadInput."""
    moment = parse_until(text)
    if moment is None:
        raise BadInput(f"expected a date such as 2026-05-03, found {text!r}")
    return moment


def answer_again(
    library: Library, queries: Queries, question: Question, *, as_of: datetime, as_known: datetime
) -> Decision:
    """Evaluate `question` at `as_of` over the record as it stood at `as_known`; nothing is recorded."""
    asked = replace(question, now=as_of)
    world = load_world(library, queries, reference_digests(asked.references), now=as_of, as_known=as_known)
    return evaluate(world, asked)


def list_decisions(library: Library, *, shot: str | None = None) -> list[dict[str, Any]]:
    with library.catalog.reader() as queries:
        stored = queries.decisions(None if shot is None else queries.shot(shot).code)
    return [_summary(row.id, json.loads(row.body)) for row in stored]


def replay(
    library: Library, queries: Queries, document: dict[str, Any], recorded_at: datetime, *, decision: str = ""
) -> tuple[str, ...]:
    """What differs when the same question is asked over the record as it was known then; empty when nothing does.

    What `decision` itself reserved came with it, and is no fact it rests on.
    """
    question = Question.from_json(document["question"])
    world = load_world(
        library,
        queries,
        reference_digests(question.references),
        now=question.now,
        as_known=recorded_at,
        before=decision,
    )
    again = evaluate(world, question).to_json()
    found = tuple(differences(document, again))
    if not found and canonical_json(_rests(document)) != canonical_json(_rests(again)):
        return ("the same answer, from other facts",)
    return found


def _rests(document: dict[str, Any]) -> dict[str, Any]:
    """A decision without its advice and without the name of what decided: all that it says and rests on."""
    return {name: value for name, value in document.items() if name not in ("repairs", "evaluator")}


def replay_ledger(library: Library) -> dict[str, Any]:
    """`ledger replay`: every stored decision decided again: ``{"checked", "equal", "different"}``."""
    with library.catalog.reader() as queries:
        stored = queries.decisions()
        found = [(row.id, _replayed(library, queries, row)) for row in stored]
    different = [{"id": name, "differences": list(lines)} for name, lines in found if lines]
    return {"checked": len(found), "equal": len(found) - len(different), "different": different}


def _replayed(library: Library, queries: Queries, stored: StoredDecision) -> tuple[str, ...]:
    try:
        return replay(library, queries, json.loads(stored.body), stored.recorded_at, decision=stored.id)
    except (KeyError, ValueError) as error:  # a body that was changed behind the ledger
        return (f"the stored decision cannot be read: {error}",)


def differences(then: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """How an answer differs from the recorded one, a sentence each; nothing for equal answers."""
    if then["decision"] != now["decision"]:
        yield f"the record says {then['decision']}, this says {now['decision']}"
    yield from _moved("reason", _sentences(then), _sentences(now))
    yield from _moved("clause relied on", then["cited"], now["cited"])
    yield from _moved("obligation", _owed(then), _owed(now))
    for key in _ANSWER:
        if canonical_json(then[key]) != canonical_json(now[key]):
            if key == "envelope":
                yield f"cleared for {_words(now[key])}, recorded as {_words(then[key])}"
            elif key == "findings" and _sentences(then) == _sentences(now):
                yield "the findings name other clauses, atoms or documents in the same words"


def _moved(what: str, then: Iterable[str], now: Iterable[str]) -> Iterator[str]:
    before, after = list(dict.fromkeys(then)), list(dict.fromkeys(now))
    yield from (f"no longer a {what}: {one}" for one in before if one not in after)
    yield from (f"a new {what}: {one}" for one in after if one not in before)


def _sentences(document: dict[str, Any]) -> list[str]:
    return [finding["sentence"] for finding in document["findings"]]


def _owed(document: dict[str, Any]) -> list[str]:
    return [f"{duty['kind']}: {duty['what']}" for duty in document["obligations"]]


def _words(envelope: dict[str, str] | None) -> str:
    return "nothing" if envelope is None else ", ".join(f"{name} {what}" for name, what in envelope.items())


def _explained(queries: Queries, stored: StoredDecision) -> Explained:
    document = json.loads(stored.body)
    decision = Decision.from_json(document)
    revisions = tuple(_revisions(queries, decision, stored.recorded_at))
    return Explained(id=stored.id, document=document, decision=decision, revisions=revisions)


def _revisions(queries: Queries, decision: Decision, at: datetime) -> Iterator[tuple[str, int]]:
    """Which revision of each license it cites or refuses by was on file when it was recorded."""
    for license_id in sorted({license_id for license_id, _ in _spoken_of(decision)}):
        try:
            yield license_id, queries.license(license_id, as_known=at).revision
        except NotFound:
            continue


def _summary(name: str, document: dict[str, Any]) -> dict[str, Any]:
    question = document["question"]
    return {
        "id": name,
        "outcome": document["decision"],
        "asked": f"{question['purpose']} to {question['recipient']}",
        "requester": question["requester"],
        "decided_at": document["decided_at"],
        "shot": question.get("shot"),
        "first_reason": document["findings"][0]["sentence"] if document["findings"] else "",
    }
