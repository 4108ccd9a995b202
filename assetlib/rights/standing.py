"""Finished outputs after a grant has ended or was revoked: what is lost, and what a revocation asks to be done.

Nothing is deleted here. An output whose license does not let it survive has lost its clearance; a revocation flags,
takes down or asks for destruction as its license says, and a legal hold wins over destruction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from assetlib.model.license import RevocationEffect
from assetlib.model.world import World
from assetlib.rights import holds
from assetlib.rights.authority import FOREVER
from assetlib.rights.index import ClaimRules, Holding, RightsIndex, prepared
from assetlib.rights.rules import GrantRule
from provenance.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A facet of an input (a pinned URI) that no grant clears any longer, and the grants that once did."""

    asset: str
    facet: str
    grants: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Whether a finished output may go on being used. `until` None means without end; `weakest` sets it."""

    output: Digest
    lost: tuple[Lost, ...]
    until: datetime | None
    weakest: str

    @property
    def clearance_lost(self) -> bool:
        return bool(self.lost)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """What a revocation means for one output: its flag, the effect that its license names, and what holds it back."""

    output: Digest
    effect: RevocationEffect
    destroy: bool
    held_by: tuple[str, ...]


def standing(world: World, output: Digest, *, now: datetime) -> Standing:
    """How long the facets in `output` let it be used; a facet that never had a grant counts as lost."""
    index = prepared(world)
    made = index.assets.get(output)
    created = now if made is None else made.version.created_at
    lost: list[Lost] = []
    ends: list[tuple[float, str]] = []
    holdings, _ = index.holdings(sorted(index.closure(output)))
    for holding in holdings:
        for claim in holding.claims:
            lasting = [(_until(rule, created.timestamp()), rule.id) for rule in claim.rules if not rule.fault]
            longest = max(lasting, default=(0.0, ""))
            if longest[0] <= now.timestamp():
                lost.append(_lost(holding, claim))
            else:
                ends.append(longest)
    until, weakest = min(ends, default=(FOREVER, ""))
    end = None if until == FOREVER else datetime.fromtimestamp(until, now.tzinfo)
    return Standing(output=output, lost=tuple(lost), until=end, weakest="" if end is None else weakest)


def consequences(world: World, license_id: str, outputs: Iterable[Digest], *, now: datetime) -> tuple[Consequence, ...]:
    """What revoking `license_id` means for each output made of what it licenses; the others are left out."""
    index = prepared(world)
    effects = {f.license.id: f.license.on_revocation.effect for f in world.licenses}
    effect = effects.get(license_id)
    if effect is None:
        return ()
    found = []
    for output in sorted(set(outputs)):
        if _rests_on(index, output, license_id):
            held = holds.held(world, [output], "delete", now=now) if effect is RevocationEffect.DESTROY else ()
            found.append(
                Consequence(
                    output=output,
                    effect=effect,
                    destroy=effect is RevocationEffect.DESTROY and not held,
                    held_by=tuple(dict.fromkeys(one.clause for one in held)),
                )
            )
    return tuple(found)


def _until(rule: GrantRule, created: float) -> float:
    """When an output made at `created` may no longer be used under this grant; 0 where it never was made under it."""
    if not rule.starts <= created < rule.closes:
        return 0.0
    end = rule.lasts
    return end if rule.outlives_revocation else min(end, rule.revoked_at)


def _lost(holding: Holding, claim: ClaimRules) -> Lost:
    return Lost(asset=holding.uri, facet=claim.claim.facet.value, grants=tuple(rule.id for rule in claim.rules))


def _rests_on(index: RightsIndex, output: Digest, license_id: str) -> bool:
    holdings, _ = index.holdings(index.closure(output))
    return any(rule.filed.license.id == license_id for h in holdings for claim in h.claims for rule in claim.rules)
