"""`assetlib production`: frame conventions and the use that everything in it is cleared for."""

from __future__ import annotations

from typing import Any

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Record what a production clears its shots for."""


@command(group)
@click.argument("production_id", metavar="ID")
@click.option("--name", help="The title; by default the id.")
@click.option("--rate", default="24", show_default=True, help="Frames per second, exact: 24, 25, 24000/1001.")
@click.option("--first-frame", default=1001, show_default=True)
@click.option("--handles", default=8, show_default=True, help="Frames on each side of the cut.")
@click.option("--size", default="1920x1080", show_default=True)
@click.option("--purpose", default="previs", show_default=True)
@click.option("--territory", "territories", multiple=True, default=("WW",), show_default=True)
@click.option("--media", multiple=True, default=("svod",), show_default=True)
@click.option("--exploit-until", default="perpetual", show_default=True, help="A date, or perpetual.")
@click.option("--rulepack", "rulepacks", multiple=True)
@click.option("--non-commercial", is_flag=True)
@click.option("--default", "as_default", is_flag=True, help="Make it the library's default.")
def add(session: Session, production_id: str, **fields: Any) -> None:
    """Add the production ID with its defaults."""
    from assetlib.flows.add_production import add_production
    from cli import render

    added = add_production(session.library(), production_id, **fields)
    if session.json:
        render.document(added)
        return
    render.say(f"{added['id']}: clears for {added['clears_for']}")


@command(group, "list", reads=True)
def list_(session: Session) -> None:
    """Every production, and what it clears for."""
    from assetlib.flows.add_production import productions
    from cli import render

    render.listing("productions", productions(session.library()), ("id", "name", "rate", "clears for", "default"))


@command(group, reads=True)
@click.argument("production_id", metavar="ID")
def show(session: Session, production_id: str) -> None:
    """One production in full."""
    from assetlib.flows.add_production import productions
    from assetlib.model.refusals import NotFound
    from cli import render

    found = [p for p in productions(session.library()) if p["id"] == production_id]
    if not found:
        raise NotFound(f"no production {production_id!r}; 'assetlib production list' names them")
    if session.json:
        render.document(found[0])
        return
    render.say(*(f"{name}: {value}" for name, value in found[0].items()))
