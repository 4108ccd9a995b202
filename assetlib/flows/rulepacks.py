"""Rule packs in a library: which there are, what they ask, and counsel's signature under one of them.

Counsel confirms a file by its digest: once the pack changes, it is unconfirmed again, and decisions say so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from assetlib.approvals.roles import Act, ApprovalRefused
from assetlib.approvals.statements import Statement as Signed
from assetlib.approvals.statements import check
from assetlib.documents.rulepack_file import shipped_rulepacks
from assetlib.flows.enroll_person import sign_act
from assetlib.model.party import Person
from assetlib.model.record import Statement, StatementKind
from assetlib.model.refusals import NotFound
from assetlib.model.rulepack import RuleEntry, RulePack
from assetlib.rights import fields, vocabulary, wording
from assetlib.rights.territory import words_of
from provenance.decision import instant
from provenance.digest import Digest, canonical_json, digest_bytes

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library


def list_rulepacks(library: Library) -> list[dict[str, Any]]:
    """Every pack and the vocabulary, who confirmed each, and the productions it binds."""
    with library.catalog.reader() as queries:
        signed = confirmations(queries, now=library.clock())
        productions = queries.productions()
    rows = [{"name": vocabulary.VOCABULARY, "title": "The closed vocabulary of rights", "entries": 0, "binds": []}]
    for pack, _ in shipped_rulepacks():
        binds = [production.id for production in productions if pack.name in production.rulepacks]
        rows.append({"name": pack.version, "title": pack.title, "entries": len(pack.entries), "binds": binds})
    return [{**row, "confirmed_by": signed.get(str(row["name"]), "")} for row in rows]


def show_rulepack(library: Library, name: str) -> dict[str, Any]:
    """One pack in full. Raises NotFound."""
    pack, digest = _found(name)
    with library.catalog.reader() as queries:
        signed = confirmations(queries, now=library.clock())
    return {
        "name": pack.name,
        "edition": pack.edition,
        "title": pack.title,
        "digest": digest,
        "confirmed_by": signed.get(pack.version, ""),
        "media": list(pack.media),
        "entries": [_shown(entry) for entry in pack.entries],
    }


def confirm_rulepack(library: Library, name: str) -> dict[str, Any]:
    """Counsel signs a pack, or the vocabulary, as it is. Raises NotFound, ApprovalRefused."""
    about, digest = _confirmable(name)
    signed = sign_act(library, Act.CONFIRM_RULES, about, digest)
    body = {"rulepack": about, "digest": digest, "signer": signed.person}

    def write(writer: Any, index: int) -> None:
        writer.add_statement(
            Statement(
                kind=StatementKind.CONFIRMATION,
                id=f"confirmation-{index}",
                subject=about,
                body=canonical_json(signed.to_json()),
                by=signed.person,
                signature=signed.signature,
            )
        )

    library.committer.commit("rulepack.confirmed", body, write)
    return {"rulepack": about, "digest": digest, "confirmed_by": signed.person}


def confirmations(queries: Queries, *, now: datetime, as_known: datetime | None = None) -> dict[str, str]:
    """What is confirmed, as ``name@edition``, and by whom: only with counsel's valid signature over today's file."""
    people = queries.people(as_known=as_known)
    known = dict(_every())
    found: dict[str, str] = {}
    for statement in queries.statements(StatementKind.CONFIRMATION, as_known=as_known):
        signer = _signer(statement, known, people, now)
        if signer:
            found[statement.subject] = signer
    return found


def _signer(statement: Statement, known: dict[str, Digest], people: Iterable[Person], now: datetime) -> str:
    digest = known.get(statement.subject)
    if digest is None:
        return ""
    try:
        signed = Signed.from_json(json.loads(statement.body))
        return check(
            signed,
            Act.CONFIRM_RULES,
            statement.subject,
            digest,
            people,
            now=now,
            recorded_at=statement.recorded_at,
        ).id
    except (ValueError, ApprovalRefused):
        return ""


def _every() -> Iterable[tuple[str, Digest]]:
    yield vocabulary.VOCABULARY, _vocabulary_digest()
    yield from ((pack.version, digest) for pack, digest in shipped_rulepacks())


def _vocabulary_digest() -> Digest:
    words = {
        "actions": list(vocabulary.ACTIONS),
        "purposes": {purpose: list(asks) for purpose, asks in vocabulary.PURPOSES.items()},
        "media": list(vocabulary.MEDIA),
        "content": list(vocabulary.CONTENT_FLAGS),
    }
    return digest_bytes(canonical_json(words))


def _confirmable(name: str) -> tuple[str, Digest]:
    if name in (vocabulary.VOCABULARY, "vocabulary"):
        return vocabulary.VOCABULARY, _vocabulary_digest()
    pack, digest = _found(name)
    return pack.version, digest


def _found(name: str) -> tuple[RulePack, Digest]:
    for pack, digest in shipped_rulepacks():
        if name in (pack.name, pack.version):
            return pack, digest
    known = ", ".join(pack.name for pack, _ in shipped_rulepacks())
    raise NotFound(f"there is no rule pack {name!r}; expected one of {known}")


def _shown(entry: RuleEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "says": entry.says,
        "source": entry.source,
        "confidence": entry.confidence.value,
        "from": None if entry.from_ is None else instant(entry.from_),
        "until": None if entry.until is None else instant(entry.until),
        "jurisdiction": [] if entry.jurisdiction is None else list(words_of(entry.jurisdiction)),
        "guild": entry.guild,
        "asks_for": [fields.words_of(word) for word in entry.requires],
        "duties": [f"{duty.when.value}: {duty.kind.value} {duty.what}" for duty in entry.duties],
        "prohibits": [wording.actions(ban.actions) for ban in entry.prohibitions],
    }
