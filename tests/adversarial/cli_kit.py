"""Hostile files through the command line: what a refusal must look like, and that it leaves nothing behind."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from click.testing import CliRunner, Result

from cli.main import main

CODES = {0, 1, 2, 3, 4, 5, 6, 7, 8}
"""The exit codes that the commands document."""


class HostileCli:
    """One library, and the commands as a person types them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library = folder / "library"
        self.passphrase = folder / "passphrase"
        self.passphrase.write_text("a small studio\n")
        self.passphrase.chmod(0o600)
        assert self.run("init", str(self.library)).exit_code == 0
        assert self.run("person", "enroll", "Lee Park", "--role", "librarian").exit_code == 0

    def run(self, *words: object) -> Result:
        """Exceptions are not caught here: one that reaches a user fails the test."""
        common = ("--library", str(self.library), "--passphrase-file", str(self.passphrase))
        done = CliRunner().invoke(main, [*map(str, words), *common], catch_exceptions=False)
        assert done.exit_code in CODES
        assert "Traceback" not in done.output
        assert "error: unexpected" not in done.output, done.output
        return done

    def accepted(self, *words: object, says: str = "") -> Result:
        done = self.run(*words)
        assert done.exit_code == 0, done.output
        assert re.search(says, done.output), done.output
        return done

    def refused(self, *words: object, says: str, code: int = 1) -> str:
        """Run a command that must be refused for the reason `says` and must change nothing; what it said."""
        with self.unchanged():
            done = self.run(*words)
        assert done.exit_code == code, done.output
        assert re.search(says, done.output), done.output
        assert len(done.output) < 20_000, "a refusal is for a person to read"
        return done.output

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        before = self.state()
        yield
        assert self.state() == before

    def state(self) -> tuple[dict[str, int], tuple[str, ...]]:
        """Rows of every table, and every file but the database's own."""
        with closing(sqlite3.connect(f"file:{self.library / 'catalog.sqlite'}?mode=ro", uri=True)) as database:
            names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows = {name: int(database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in names}
        files = (path.relative_to(self.library).as_posix() for path in self.library.rglob("*") if path.is_file())
        return rows, tuple(sorted(path for path in files if not path.startswith("catalog.sqlite")))

    def check(self) -> None:
        """Nothing is damaged, and nothing was left in the staging area."""
        done = self.run("fsck")
        assert done.exit_code == 0, done.output
