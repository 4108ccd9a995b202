"""What every command shares: the common options, the opened library, and the edge where errors become exit codes."""

from __future__ import annotations

import functools
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from assetlib.config import Settings
    from assetlib.library import Library


@dataclass(slots=True, kw_only=True)
class Session:
    """The common options of one invocation; `library()` opens the library they name, once.

    With ``--dry-run`` a command that changes something gets a rehearsal: a copy of the library that takes every
    change and is thrown away. `place` gives it a place for what it would write elsewhere.
    """

    library_dir: Path | None = None
    config: Path | None = None
    person: str | None = None
    production: str | None = None
    passphrase_file: Path | None = None
    json: bool = False
    jsonl: bool = False
    dry_run: bool = False
    quiet: bool = False
    verbose: bool = False
    reads_only: bool = False
    _library: Library | None = field(default=None, repr=False)
    _rehearsal: Path | None = field(default=None, repr=False)
    _placed: dict[str, str] = field(default_factory=dict, repr=False)

    def library(self) -> Library:
        if self._library is None:
            from assetlib.library import Library

            self._library = Library.open(
                self._directory(),
                passphrase_file=self.passphrase_file,
                prompt=_prompt,
                person=self.person,
                config=self.config,
            )
            if self.dry_run and not self.reads_only:
                self._library = self._rehearse(self._library)
            elif not self.dry_run:
                self._settle(self._library)
        return self._library

    def _settle(self, library: Library) -> None:
        """Say of exports that were interrupted whether they left, before anything else is done with this library."""
        from assetlib.flows.leaving import settle_exports
        from cli import render

        try:
            sentences = settle_exports(library)
        except Exception as error:  # noqa: BLE001  whoever only reads may not be able to write; 'fsck' names what waits
            sentences = (f"an interrupted export is not settled yet: {error}",)
        render.note(*sentences)

    def settings(self) -> Settings:
        """The library's settings alone; nothing else of it need be whole."""
        from assetlib.config import library_settings

        return library_settings(self._directory(), os.environ, config=self.config)

    def place(self, target: Path) -> Path:
        """Where to write what is asked for at `target`: there, or in a dry run where it can be thrown away.

        What is at `target` already is stood for by an empty file or a folder with something in it, so that what
        would be refused is refused here too.
        """
        if not self.dry_run:
            return target
        place = Path(tempfile.mkdtemp(dir=self._scratch())) / target.name
        self._placed[str(place)] = str(target)
        if target.is_dir():
            place.mkdir()
            if any(target.iterdir()):
                (place / "something").touch()
        elif target.exists() or target.is_symlink():
            place.touch()
        return place

    def as_named(self, value: Any) -> Any:
        """`value` with the places of a dry run called what the person called them."""
        if isinstance(value, str):
            for place, target in self._placed.items():
                value = value.replace(place, target)
            return value
        if isinstance(value, dict):
            return {name: self.as_named(one) for name, one in value.items()}
        return [self.as_named(one) for one in value] if isinstance(value, list) else value

    def take(self, options: dict[str, Any]) -> None:
        """Take the common options out of `options`; a later one wins: they may stand before or after the verb."""
        for name, _ in _COMMON:
            value = options.pop(name)
            if value:
                setattr(self, name, value)
        self.json = self.json or self.jsonl

    @property
    def rehearsed(self) -> bool:
        """Whether something was done to a copy, or written where it is thrown away."""
        return self._rehearsal is not None

    def close(self) -> None:
        if self._library is not None:
            self._library.close()
        if self._rehearsal is not None:
            shutil.rmtree(self._rehearsal, ignore_errors=True)

    def _directory(self) -> Path:
        from assetlib.config import find_library

        return find_library(Path.cwd(), os.environ, self.library_dir)

    def _rehearse(self, library: Library) -> Library:
        from assetlib.flows.rehearse import rehearse

        try:
            return rehearse(library, Path(tempfile.mkdtemp(dir=self._scratch())))
        finally:
            library.close()

    def _scratch(self) -> Path:
        if self._rehearsal is None:
            self._rehearsal = Path(tempfile.mkdtemp(prefix="assetlib-dry-run-"))
        return self._rehearsal


def _prompt() -> bytes:
    secret: str = click.prompt("Passphrase of the library's keys", hide_input=True, err=True)
    return secret.encode()


_COMMON: tuple[tuple[str, Callable[..., Any]], ...] = (
    (
        "library_dir",
        click.option("--library", "-L", "library_dir", type=click.Path(path_type=Path), help="The library's folder."),
    ),
    (
        "config",
        click.option("--config", type=click.Path(path_type=Path), help="A TOML file of settings that win over all."),
    ),
    ("person", click.option("--as", "person", help="Who acts (a label unless your key is used).")),
    ("production", click.option("--production", "-p", "--project", "production", help="The production.")),
    (
        "passphrase_file",
        click.option("--passphrase-file", type=click.Path(path_type=Path), help="File with the keys' passphrase."),
    ),
    ("json", click.option("--json", "json", is_flag=True, help="JSON to stdout.")),
    ("jsonl", click.option("--jsonl", "jsonl", is_flag=True, help="JSON Lines: a list as one document a row.")),
    ("dry_run", click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")),
    ("quiet", click.option("--quiet", "-q", is_flag=True, help="Only results and errors.")),
    ("verbose", click.option("--verbose", "-v", is_flag=True, help="More, and tracebacks of unexpected errors.")),
)
_ENVIRONMENT = {"person": "ASSETLIB_PERSON"}


def common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that every command has."""
    for _, option in reversed(_COMMON):
        function = option(function)
    return click.version_option(package_name="assetlib", prog_name="assetlib")(function)


def _in_words(context: click.Context, option: click.Parameter, text: str) -> str:
    if not text.strip():
        raise click.BadParameter("say it in words; it stands in the signed record")
    return text


with_reason = click.option("--reason", required=True, callback=_in_words, help="Why; it stands in the signed record.")


class Verb(click.Command):
    """A command that says of itself whether it only reads."""

    reads = False


def command(
    group: click.Group, name: str | None = None, *, reads: bool = False, **attributes: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """Register a command that takes the common options also after the verb and receives a `Session` first.

    `reads` says that it changes nothing; the dry run of any other works on a copy of the library.
    """

    def register(function: Callable[..., Any]) -> click.Command:
        @click.pass_context
        @functools.wraps(function)
        def run(context: click.Context, /, **arguments: Any) -> None:
            session = context.ensure_object(Session)
            session.take(arguments)
            session.reads_only = reads
            session.person = session.person or os.environ.get(_ENVIRONMENT["person"])
            _at_the_edge(session, lambda: function(session, **arguments))

        attributes.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        made = click.command(name, cls=Verb, **attributes)(common_options(run))
        made.reads = reads
        group.add_command(made)
        return made

    return register


def _at_the_edge(session: Session, act: Callable[[], Any]) -> None:
    """The one place that catches wide: every error becomes a sentence and an exit code."""
    from cli import render

    code = 0
    try:
        result = act()
        code = result if isinstance(result, int) else 0
        if session.rehearsed:
            render.note("dry run: nothing was changed; ids and digests above are those of the rehearsal")
    except click.ClickException:
        raise
    except click.Abort:
        render.error("\nnobody answered; nothing was done")
        code = 1
    except KeyboardInterrupt:
        render.error("interrupted; what was recorded stays recorded, nothing else was kept")
        code = 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001  the CLI's edge: no traceback reaches a user
        code = render.refusal(error, as_json=session.json, verbose=session.verbose)
    finally:
        session.close()
    if code:
        sys.exit(code)
