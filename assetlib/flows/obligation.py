"""One thing owed: because of a use, or because a license was revoked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One obligation, however many shots and exports it comes from; `due` is an instant, words, or ''."""

    kind: str
    what: str
    clause: str
    by: str = ""
    due: str = ""
    shots: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()
    state: str = "due"
    note: str = ""

    @property
    def id(self) -> str:
        """``O-3f9a12bc``: the same for the same words of the same clause."""
        return "O-" + hashlib.sha256("\n".join((self.kind, self.what, self.clause)).encode()).hexdigest()[:8]

    def to_json(self) -> dict[str, Any]:
        return {
            "obligation": self.id,
            "kind": self.kind,
            "what": self.what,
            "by": self.by,
            "due": self.due,
            "state": self.state,
            "clause": self.clause,
            "shots": list(self.shots),
            "exports": list(self.exports),
            "note": self.note,
        }
