"""What must not be cleared away: legal holds, looked up for any act that would delete or purge.

A hold wins over everything, also over a revocation whose license wants copies destroyed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from assetlib.model.license import LicenseKind
from assetlib.model.world import World
from assetlib.rights import explain, vocabulary
from assetlib.rights.index import prepared
from assetlib.rights.rules import ProhibitionRule
from provenance.digest import Digest

Clearing = Literal["delete", "purge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An asset that `clause` keeps; `upon` is the digest that the hold names: the asset or one it was made from."""

    asset: Digest
    upon: Digest
    clause: str
    sentence: str


def held(world: World, digests: Iterable[Digest], action: Clearing, *, now: datetime) -> tuple[Held, ...]:
    """Everything that keeps `digests` from being deleted or purged at `now`; what was made from held things is held.

    A digest that the world does not know is kept by nothing here: whether it exists is the caller's to say.
    """
    index = prepared(world)
    found = []
    for digest in sorted(set(digests)):
        for ancestor in sorted(index.closure(digest)):
            if ancestor in index.assets:
                rules = index.holding(ancestor).prohibitions
                found += [_held(digest, ancestor, rule, action) for rule in rules if _keeps(rule, action, now)]
    return tuple(found)


def _keeps(rule: ProhibitionRule, action: Clearing, now: datetime) -> bool:
    """Any prohibition that names the act keeps the asset; only a hold need not name it."""
    named = rule.prohibition.actions and rule.actions & vocabulary.ACTION_BIT[action]
    return bool(named) and rule.starts <= now.timestamp() < min(rule.ends, rule.superseded_at)


def _held(asset: Digest, upon: Digest, rule: ProhibitionRule, action: Clearing) -> Held:
    kind = rule.filed.license.kind
    verb = "delete" if action == "delete" else "purge"
    why = "" if kind is LicenseKind.LEGAL_HOLD else ", which is no hold but names the act"
    sentence = f"{explain.instrument(kind, rule.filed.license.id)} forbids to {verb} this{why}."
    return Held(asset=asset, upon=upon, clause=rule.id.removesuffix("/keep"), sentence=explain.sentence(sentence))
