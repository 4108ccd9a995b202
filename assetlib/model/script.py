"""A script as far as rights ask about it: its scenes by number, and who is in each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptScene:
    """`number` is what a contract and a shot name (``12``, ``12A``); `characters` in the order they first speak."""

    number: str
    heading: str
    characters: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """`numbered` is false where the file has no scene numbers, and its order gave them."""

    title: str
    scenes: tuple[ScriptScene, ...]
    numbered: bool = True

    @property
    def characters(self) -> tuple[str, ...]:
        """Everybody who speaks, in the order of the script."""
        return tuple(dict.fromkeys(name for scene in self.scenes for name in scene.characters))
