"""The console script. Nouns load their module only when named, so that `--help` stays fast."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any

import click

from cli.session import Session, common_options

# noun → module; the module's `group` holds the verbs
_NOUNS = {
    "approval": "cli.approval",
    "obligation": "cli.obligation",
    "asset": "cli.asset",
    "character": "cli.character",
    "cut": "cli.cut",
    "dataset": "cli.dataset",
    "decision": "cli.decision",
    "generator": "cli.generator",
    "job": "cli.job",
    "ledger": "cli.ledger",
    "license": "cli.license",
    "model": "cli.model",
    "party": "cli.party",
    "person": "cli.person",
    "production": "cli.production",
    "provider": "cli.provider",
    "recipient": "cli.recipient",
    "rulepack": "cli.rulepack",
    "script": "cli.script",
    "shot": "cli.shot",
    "take": "cli.take",
    "config": "cli.config",
}
_VERBS = {
    "init": "cli.library",
    "demo": "cli.demo",
    "doctor": "cli.library",
    "verify": "cli.verify",
    "fsck": "cli.library",
    "work": "cli.job",
    "completion": "cli.completion",
}


class LazyGroup(click.Group):
    """A group whose commands live in modules that are imported when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*_NOUNS, *_VERBS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in _NOUNS:
            group = importlib.import_module(_NOUNS[cmd_name]).group
            assert isinstance(group, click.Group)
            return group
        if cmd_name in _VERBS:
            verb = importlib.import_module(_VERBS[cmd_name]).verbs.commands[cmd_name]
            assert isinstance(verb, click.Command)
            return verb
        return None


class Root(LazyGroup):
    """The command itself: with ``--json`` what click says of wrong usage is a document on stdout, too."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        words = list(sys.argv[1:] if args is None else args)
        if not standalone_mode or not {"--json", "--jsonl"}.intersection(words):
            return super().main(words, prog_name, complete_var, standalone_mode, **extra)
        try:
            sys.exit(super().main(words, prog_name, complete_var, standalone_mode=False, **extra))
        except click.ClickException as problem:
            from cli import render

            problem.show()
            render.problem_document(problem.format_message(), kind=type(problem).__name__, code=problem.exit_code)
            sys.exit(problem.exit_code)


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@common_options
@click.pass_context
def main(context: click.Context, /, **options: Any) -> None:
    """Licensed characters, sets and shots; generation only from what you may use, provably."""
    context.ensure_object(Session).take(options)


if __name__ == "__main__":
    main()
