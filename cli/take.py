"""`assetlib take`: compare and choose generations of a shot."""

from __future__ import annotations

import click

from cli.session import Session, command, with_reason


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Takes of a shot."""


@command(group, "list", reads=True)
@click.argument("shot")
def list_(session: Session, shot: str) -> None:
    """Every take of SHOT and under which decision it was made."""
    from assetlib.flows.pick_take import list_takes
    from cli import render

    render.listing("takes", list_takes(session.library(), shot), ("take", "status", "generator", "decision", "digest"))


@command(group)
@click.argument("shot")
@click.argument("take")
@with_reason
def pick(session: Session, shot: str, take: str, reason: str) -> None:
    """Choose TAKE for the cut."""
    from assetlib.flows.pick_take import pick_take
    from cli import render

    done = pick_take(session.library(), shot, take, reason=reason)
    if session.json:
        render.document(done)
        return
    render.say(f"{shot}: {done['take']} is picked")
