"""`assetlib recipient`: who may be sent something at all."""

from __future__ import annotations

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Register receivers; an unregistered one is a recorded denial."""


@command(group)
@click.argument("recipient_id", metavar="ID")
@click.option("--trains", type=click.Choice(("no", "yes", "unknown")), default="unknown", show_default=True)
@click.option("--provider", is_flag=True, help="A provider/product/plan/account rather than a party.")
def add(session: Session, recipient_id: str, trains: str, provider: bool) -> None:
    """Register ID (a party, or provider/product/plan/account); TRAINS says what their terms allow them."""
    from assetlib.flows.add_party import add_recipient
    from cli import render

    recipient = add_recipient(session.library(), recipient_id, trains=trains, provider=provider)
    if session.json:
        render.document(recipient)
        return
    render.say(f"{recipient['id']}: {recipient['kind']}, trains on what it gets: {recipient['trains']}")


@command(group, "list", reads=True)
def list_(session: Session) -> None:
    """Every registered recipient."""
    from assetlib.flows.add_party import recipients
    from cli import render

    render.listing("recipients", recipients(session.library()), ("id", "kind", "trains"))
