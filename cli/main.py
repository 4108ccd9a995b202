"""The console script. Nouns load their module only when named, so that `--help` stays fast."""

from __future__ import annotations

import importlib
from typing import Any

import click

from cli.session import Session, common_options

# noun → module; the module's `group` holds the verbs
_NOUNS = {
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


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="assetlib", prog_name="assetlib")
@common_options
@click.pass_context
def main(context: click.Context, /, **options: Any) -> None:
    """Licensed characters, sets and shots; generation only from what you may use, provably."""
    context.ensure_object(Session).take(options)


if __name__ == "__main__":
    main()
