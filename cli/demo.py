"""`assetlib demo`: the whole promise on a small production of our own."""

from __future__ import annotations

from pathlib import Path

import click

from cli.session import Session, command


@click.group()
def verbs() -> None:
    """Verbs without a noun."""


@command(verbs, reads=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("build/demo"), show_default=True)
@click.option("--size", default="640x360", show_default=True, help="Frame size.")
def demo(session: Session, out: Path, size: str) -> None:
    """Register, license, generate, sign, refuse, audit, export: everything once, into OUT."""
    from assetlib.demo.run import refuse_occupied, run_demo
    from cli import render

    if session.dry_run:
        refuse_occupied(out)
        render.say(f"would run the demo in {out}")
        return
    lines = run_demo(out, size=size, say=render.note)
    render.say(*lines)
