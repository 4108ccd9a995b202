"""Recording caps: a share of a limit is reserved with the decision, committed with the take, or released.

Every step is a ledgered row, so that what was free at any moment can be told later. The commit that a step is part of
holds the log's head: two reservations never both see the last unit free.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from assetlib.catalog import tables
from assetlib.catalog.history import current
from assetlib.catalog.record.base import LedgeredWrites
from assetlib.catalog.refusals import CapExhausted, Conflict
from assetlib.model.record import CapState


class CapWrites(LedgeredWrites):
    def reserve_cap(self, cap: str, shot: str, decision: str, *, limit: int, amount: int = 1) -> None:
        """Hold a shot's share of a cap; a shot counts once, however many takes. Raises CapExhausted."""
        uses = self._cap_uses(cap)
        used = sum(use.amount for of, use in uses.items() if of != shot and use.state != CapState.RELEASED.value)
        if used + amount > limit:
            raise CapExhausted(f"{cap} allows {limit}; {used} are used and {amount} more were asked for {shot}")
        mine = uses.get(shot)
        if mine is None or mine.state == CapState.RELEASED.value:
            self._use_cap(cap, shot, decision, amount, CapState.RESERVED)
        elif amount > mine.amount:
            self._use_cap(cap, shot, decision, amount, CapState(mine.state))

    def commit_cap(self, cap: str, shot: str) -> None:
        """The shot was made: a reservation becomes a use; a use stays one. Raises Conflict where neither is there."""
        mine = self._cap_uses(cap).get(shot)
        if mine is None or mine.state == CapState.RELEASED.value:
            raise Conflict(f"expected {shot} to hold a share of {cap}, found none")
        if mine.state == CapState.RESERVED.value:
            self._use_cap(cap, shot, mine.decision, mine.amount, CapState.COMMITTED)

    def release_cap(self, cap: str, shot: str) -> bool:
        """Give a reservation back where there is one; a committed use is never given back."""
        mine = self._cap_uses(cap).get(shot)
        if mine is None or mine.state != CapState.RESERVED.value:
            return False
        self._use_cap(cap, shot, mine.decision, mine.amount, CapState.RELEASED)
        return True

    def _cap_uses(self, cap: str) -> dict[str, Any]:
        latest = current(tables.cap_use, ["cap", "shot"], tables.cap_use.c.cap == cap)
        return {row.shot: row for row in self._connection.execute(select(latest))}

    def _use_cap(self, cap: str, shot: str, decision: str, amount: int, state: CapState) -> None:
        self._next_step()
        self._add(tables.cap_use, cap=cap, shot=shot, decision=decision, amount=amount, state=state.value)
