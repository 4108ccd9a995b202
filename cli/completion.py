"""`assetlib completion`: what a shell reads to complete commands and options."""

from __future__ import annotations

import click

from cli.session import Session, command


@click.group()
def verbs() -> None:
    """Verbs without a noun."""


@command(verbs, reads=True)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(session: Session, shell: str) -> None:
    """Print the completion script of SHELL; for bash: eval "$(assetlib completion bash)"."""
    from click.shell_completion import get_completion_class

    from cli import render

    kind = get_completion_class(shell)
    assert kind is not None
    source = kind(click.get_current_context().find_root().command, {}, "assetlib", "_ASSETLIB_COMPLETE").source()
    if session.json:
        render.document({"shell": shell, "script": source})
        return
    render.say(source)
