"""`assetlib config`: every setting and where it came from."""

from __future__ import annotations

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Settings of the library."""


@command(group, reads=True)
@click.option("--origin", is_flag=True, help="Also where each value came from.")
def show(session: Session, origin: bool) -> None:
    """Every setting."""
    from cli import render

    settings = session.settings()
    origins = dict(settings.origins)
    shown = [(name, settings.shown(name)) for name, _ in settings.values]
    if session.json:
        render.document({"settings": [{"name": n, "value": v, "origin": origins[n]} for n, v in shown]})
        return
    render.say(*(f"{n} = {v}" + (f"  ({origins[n]})" if origin else "") for n, v in shown))
