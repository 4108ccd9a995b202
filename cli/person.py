"""`assetlib person`: who acts in the library, with a key of their own."""

from __future__ import annotations

import click

from cli.session import Session, command

_ROLES = ("librarian", "artist", "director", "counsel", "rights-admin", "auditor", "td")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Enroll the people who act here, with roles and keys."""


@command(group)
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(_ROLES), help="May be repeated.")
@click.option("--id", "person_id", help="A short id; by default made from the name.")
def enroll(session: Session, name: str, roles: tuple[str, ...], person_id: str | None) -> None:
    """Enroll NAME with a key, bound to one or more roles."""
    from assetlib.flows.enroll_person import enroll_person
    from cli import render

    enrolled = enroll_person(session.library(), name, roles, person_id=person_id)
    if session.json:
        render.document(enrolled.to_json())
        return
    render.say(f"{enrolled.id}: {', '.join(enrolled.roles)}; key {enrolled.key}")
    render.note(*enrolled.notices)


@command(group, "list", reads=True)
def list_(session: Session) -> None:
    """Everybody enrolled."""
    from assetlib.flows.enroll_person import people
    from cli import render

    render.listing("people", [person.to_json() for person in people(session.library())], ("id", "name", "roles"))
