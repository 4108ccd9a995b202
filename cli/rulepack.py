"""`assetlib rulepack`: what unions, laws and platforms ask, and counsel's confirmation."""

from __future__ import annotations

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Read the dated rules that bind productions; counsel confirms them."""


@command(group, "list", reads=True)
def list_(session: Session) -> None:
    """Every rule pack, the productions it binds, and who confirmed it."""
    from assetlib.flows.rulepacks import list_rulepacks
    from cli import render

    rows = list_rulepacks(session.library())
    if session.json:
        render.documents("rulepacks", rows)
        return
    table = [(r["name"], r["title"], ", ".join(r["binds"]), r["confirmed_by"] or "not confirmed") for r in rows]
    render.table(("name", "title", "binds", "confirmed by"), table)


@command(group, reads=True)
@click.argument("name")
def show(session: Session, name: str) -> None:
    """One rule pack in full: each entry with its source and how well it is known."""
    from assetlib.flows.rulepacks import show_rulepack
    from cli import render

    pack = show_rulepack(session.library(), name)
    if session.json:
        render.document(pack)
        return
    render.say(f"{pack['title']}, edition {pack['edition']}; {pack['confirmed_by'] or 'not confirmed'}")
    for entry in pack["entries"]:
        render.say(f"{entry['id']} ({entry['confidence']}): {entry['says']}. Source: {entry['source']}")


@command(group)
@click.argument("name")
def confirm(session: Session, name: str) -> None:
    """Sign a rule pack, or the vocabulary, as counsel; a pack that changes has to be confirmed again."""
    from assetlib.flows.rulepacks import confirm_rulepack
    from cli import render

    done = confirm_rulepack(session.library(), name)
    if session.json:
        render.document(done)
        return
    render.say(f"{done['rulepack']}: confirmed by {done['confirmed_by']}")
