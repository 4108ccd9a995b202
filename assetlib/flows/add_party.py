"""Record parties, and register who may be sent something at all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from assetlib.flows.world import world_recipient
from assetlib.model.party import Party, PartyKind
from assetlib.model.record import Recipient
from assetlib.model.refusals import BadInput, NotFound
from assetlib.rights.asked import LOCAL

if TYPE_CHECKING:
    from assetlib.library import Library

_PART = re.compile(r"[a-z0-9][a-z0-9._\-]*")


def add_party(library: Library, party_id: str, *, name: str, kind: str, contact: str = "") -> dict[str, Any]:
    """Add or correct a party; the earlier record stays in the history. Raises BadInput."""
    if not _PART.fullmatch(party_id):
        raise BadInput(f"expected an id of small letters, digits, '.', '_' and '-', found {party_id!r}")
    party = Party(id=party_id, kind=PartyKind(kind), name=name, contact=contact)
    # names are personal data: the ledger entry holds the id alone
    library.committer.commit("party.added", {"party": party_id}, lambda write, _: write.put_party(party))
    return _shown(party)


def parties(library: Library) -> list[dict[str, Any]]:
    with library.catalog.reader() as queries:
        return [_shown(party) for party in queries.parties()]


def add_recipient(
    library: Library, recipient_id: str, *, trains: str = "unknown", provider: bool = False
) -> dict[str, Any]:
    """Register a receiver: a known party, or a provider/product/plan/account. Raises BadInput, NotFound."""
    parts = recipient_id.split("/")
    if not all(_PART.fullmatch(part) for part in parts) or len(parts) > 4:
        raise BadInput(f"expected a party id or provider/product/plan/account, found {recipient_id!r}")
    if parts[0] == LOCAL:
        raise BadInput(f"{LOCAL!r} means this library itself and needs no entry; name who receives something outside")
    if not provider and len(parts) > 1:
        raise BadInput(f"{recipient_id!r} reads like a provider; say so with --provider")
    if not provider:
        with library.catalog.reader() as queries:
            if all(party.id != recipient_id for party in queries.parties()):
                raise NotFound(f"no party {recipient_id!r}; add it first with 'assetlib party add {recipient_id}'")
    kind = f"{'provider' if provider else 'party'}:{trains}"
    recipient = Recipient(id=recipient_id, party=None if provider else recipient_id, kind=kind)
    library.committer.commit(
        "recipient.added",
        {"recipient": recipient_id, "trains": trains},
        lambda write, _: write.put_recipient(recipient),
    )
    return {"id": recipient_id, "kind": "provider" if provider else "party", "trains": trains}


def recipients(library: Library) -> list[dict[str, Any]]:
    with library.catalog.reader() as queries:
        known = [world_recipient(row) for row in queries.recipients()]
    return [{"id": row.id, "kind": row.kind.value, "trains": row.trains.value} for row in known]


def _shown(party: Party) -> dict[str, Any]:
    return {"id": party.id, "kind": party.kind.value, "name": party.name, "contact": party.contact}
