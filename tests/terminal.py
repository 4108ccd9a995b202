"""How a person types into the command line: the real `main`, with an environment and a folder of their own."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from cli.main import main


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        assert document["schema"] == 1
        return document

    @property
    def lines(self) -> list[dict[str, Any]]:
        documents = [json.loads(line) for line in self.out.splitlines()]
        assert all(document["schema"] == 1 for document in documents)
        return documents


@dataclass(frozen=True, kw_only=True)
class Terminal:
    """Commands run in `folder`; the library is found from there, or by `environ`."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str | Path, code: int | None = 0, typed: str = "") -> Said:
        here = Path.cwd()
        os.chdir(self.folder)
        try:
            done = CliRunner(env=dict(self.environ)).invoke(main, list(map(str, words)), input=typed)
        finally:
            os.chdir(here)
        said = Said(code=done.exit_code, out=done.stdout, err=done.stderr)
        assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exc_info)
        assert "Traceback" not in said.err and "unexpected " not in said.err, (words, said.err)
        assert code is None or said.code == code, (words, said)
        return said
