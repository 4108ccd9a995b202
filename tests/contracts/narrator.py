"""Reads a page's code blocks as a script and types them, line for line, as a reader who pastes them would.

What a line must answer stands on the page: ``# exit 3: …`` names its exit code (0 without it), and a license, decision
or shot that its comment names must be in the answer, as must a verdict in capitals (CLEAR).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.terminal import Said, Terminal

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```(?:console|sh|bash)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"\bexit (\d)\b")
_NAMED = re.compile(r"\b(?:LIC-\d{4}-\d{4}|D-\d{6}|JOB-\d+|v\d{3}|[A-Z]{4,})\b")


@dataclass(frozen=True)
class Line:
    """One line of a page without its prompt, and what its comment says."""

    text: str
    comment: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text)

    @property
    def code(self) -> int:
        found = _EXIT.search(self.comment)
        return int(found[1]) if found else 0

    @property
    def named(self) -> tuple[str, ...]:
        """What the comment says will be read in the answer."""
        return tuple(_NAMED.findall(self.comment))


def blocks(page: str) -> list[list[Line]]:
    """The page's code blocks; a line that ends in a backslash goes on."""
    found = _BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))
    return [[_line(text) for text in block.replace("\\\n", " ").splitlines() if text.strip()] for block in found]


def _line(text: str) -> Line:
    said = text.strip().removeprefix("$ ")
    command, _, comment = said.partition(" #")
    return Line(command.strip(), comment.strip())


@dataclass(frozen=True, kw_only=True)
class Narrator:
    """Types pages into `terminal`. `typed` answers what a command asks; `after` is what a reader does by hand."""

    terminal: Terminal
    typed: Mapping[str, str] = field(default_factory=dict)
    after: Mapping[str, Callable[[], None]] = field(default_factory=dict)

    def tell(self, *told: list[Line]) -> dict[str, Said]:
        """Run the blocks in order; returns what was said to each line."""
        answers = {}
        terminal = self.terminal
        for line in (line for block in told for line in block):
            words = line.words
            if words[0] == "export":
                name, _, value = words[1].partition("=")
                value = value.replace("$PWD", str(terminal.folder))
                terminal = replace(terminal, environ={**terminal.environ, name: value})
            elif words[0] == "assetlib":
                answers[line.text] = self._run(terminal, line)
        return answers

    def _run(self, terminal: Terminal, line: Line) -> Said:
        typed = next((text for start, text in self.typed.items() if start in line.text), "")
        said = terminal(*line.words[1:], code=line.code, typed=typed)
        for name in line.named:
            assert name in said.out + said.err, (line, said)
        next((act for start, act in self.after.items() if start in line.text), lambda: None)()
        return said
