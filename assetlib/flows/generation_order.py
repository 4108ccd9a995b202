"""What somebody asked for when they asked for a take, as a job keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One take of one shot; `size` in pixels, `stand_ins` the assets that mannequins replace."""

    shot: str
    generator: str
    seed: int
    width: int
    height: int
    handles: bool
    stand_ins: tuple[str, ...]
    model: str | None
    person: str

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {"stand_ins": list(self.stand_ins)}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Order:
        """Orders of earlier releases name one stand-in, or None."""
        fields = dict(document)
        one = fields.pop("stand_in", None)
        return cls(**{**fields, "stand_ins": tuple(fields.get("stand_ins", () if one is None else (one,)))})
