"""What somebody asked for when they asked for a take, as a job keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One take of one shot; `size` in pixels, `stand_in` the asset that a mannequin replaces."""

    shot: str
    generator: str
    seed: int
    width: int
    height: int
    handles: bool
    stand_in: str | None
    model: str | None
    person: str

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}
