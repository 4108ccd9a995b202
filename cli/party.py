"""`assetlib party`: who licenses, owns or receives."""

from __future__ import annotations

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Licensors, performers, estates, guilds and recipients by id."""


@command(group)
@click.argument("party_id", metavar="ID")
@click.option("--name", required=True)
@click.option("--kind", type=click.Choice(("person", "org", "estate", "guild")), required=True)
@click.option("--contact", default="")
def add(session: Session, party_id: str, name: str, kind: str, contact: str) -> None:
    """Record the party ID."""
    from assetlib.flows.add_party import add_party
    from cli import render

    party = add_party(session.library(), party_id, name=name, kind=kind, contact=contact)
    if session.json:
        render.document(party)
        return
    render.say(f"{party['id']}: {party['name']} ({party['kind']})")


@command(group, reads=True)
@click.argument("party_id", metavar="ID")
def impact(session: Session, party_id: str) -> None:
    """Everything that carries a party's rights: instruments, assets, shots with time codes, takes, exports."""
    from assetlib.flows.impact import party_impact
    from cli import render
    from cli.license import show_impact

    found = party_impact(session.library(), party_id)
    if not session.json:
        render.say(f"{len(found['licenses'])} licenses from {party_id}")
        render.say(*(f"  {one['license']} {one['kind']}, {one['status']}" for one in found["licenses"]))
    show_impact(session, found)


@command(group, "list", reads=True)
def list_(session: Session) -> None:
    """Every party."""
    from assetlib.flows.add_party import parties
    from cli import render

    render.listing("parties", parties(session.library()), ("id", "kind", "name"))
