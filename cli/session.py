"""What every command shares: the common options, the opened library, and the edge where errors become exit codes."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from assetlib.library import Library


@dataclass(slots=True, kw_only=True)
class Session:
    """The common options of one invocation; `library()` opens the library they name, once."""

    library_dir: Path | None = None
    person: str | None = None
    production: str | None = None
    passphrase_file: Path | None = None
    json: bool = False
    dry_run: bool = False
    quiet: bool = False
    verbose: bool = False
    _library: Library | None = field(default=None, repr=False)

    def library(self) -> Library:
        if self._library is None:
            from assetlib.config import find_library
            from assetlib.library import Library

            directory = find_library(Path.cwd(), os.environ, self.library_dir)
            self._library = Library.open(
                directory, passphrase_file=self.passphrase_file, prompt=_prompt, person=self.person
            )
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
        if not self.quiet:
            render.note(*sentences)

    def take(self, options: dict[str, Any]) -> None:
        """Take the common options out of `options`; a later one wins: they may stand before or after the verb."""
        for name, _ in _COMMON:
            value = options.pop(name)
            if value:
                setattr(self, name, value)

    def close(self) -> None:
        if self._library is not None:
            self._library.close()


def _prompt() -> bytes:
    secret: str = click.prompt("Passphrase of the library's keys", hide_input=True, err=True)
    return secret.encode()


_COMMON: tuple[tuple[str, Callable[..., Any]], ...] = (
    (
        "library_dir",
        click.option("--library", "-L", "library_dir", type=click.Path(path_type=Path), help="The library's folder."),
    ),
    ("person", click.option("--as", "person", help="Who acts (a label unless your key is used).")),
    ("production", click.option("--production", "-p", "--project", "production", help="The production.")),
    (
        "passphrase_file",
        click.option("--passphrase-file", type=click.Path(path_type=Path), help="File with the keys' passphrase."),
    ),
    ("json", click.option("--json", "json", is_flag=True, help="JSON to stdout.")),
    ("dry_run", click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")),
    ("quiet", click.option("--quiet", "-q", is_flag=True, help="Only results and errors.")),
    ("verbose", click.option("--verbose", "-v", is_flag=True, help="More, and tracebacks of unexpected errors.")),
)
_ENVIRONMENT = {"person": "ASSETLIB_PERSON"}


def common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that every command has."""
    for _, option in reversed(_COMMON):
        function = option(function)
    return function


def command(
    group: click.Group, name: str | None = None, **attributes: Any
) -> Callable[[Callable[..., Any]], click.Command]:
    """Register a command that takes the common options also after the verb and receives a `Session` first."""

    def register(function: Callable[..., Any]) -> click.Command:
        @click.pass_context
        @functools.wraps(function)
        def run(context: click.Context, /, **arguments: Any) -> None:
            session = context.ensure_object(Session)
            session.take(arguments)
            session.person = session.person or os.environ.get(_ENVIRONMENT["person"])
            _at_the_edge(session, lambda: function(session, **arguments))

        wrapped = common_options(run)
        attributes.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        return group.command(name, **attributes)(wrapped)

    return register


def _at_the_edge(session: Session, act: Callable[[], Any]) -> None:
    """The one place that catches wide: every error becomes a sentence and an exit code."""
    from cli import render

    code = 0
    try:
        result = act()
        code = result if isinstance(result, int) else 0
    except click.ClickException:
        raise
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
