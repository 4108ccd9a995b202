"""`assetlib script`: the scenes that shots play in and contracts name."""

from __future__ import annotations

from pathlib import Path

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Scripts: scenes by number, and who is in them."""


@command(group, "import")
@click.argument("file", type=click.Path(path_type=Path))
def import_(session: Session, file: Path) -> None:
    """Take the scenes and characters of a script (.fountain or .fdx) for the production."""
    from assetlib.flows.import_script import import_script
    from cli import render

    done = import_script(session.library(), file, production=session.production, dry_run=session.dry_run)
    if session.json:
        render.document(done)
        return
    for what in ("added", "changed", "removed"):
        if done[what]:
            render.say(f"{what}: scenes {', '.join(done[what])}")
    render.say(f"unchanged: {done['unchanged']} scenes")
    render.say(*(f"{one['name']}: {one['entity'] or 'not registered yet'}" for one in done["characters"]))
    render.note(*done["warnings"])


@command(group, reads=True)
def show(session: Session) -> None:
    """The scenes of the production's script, who is in each, and the shots that play in it."""
    from assetlib.flows.import_script import show_script
    from cli import render

    shown = show_script(session.library(), production=session.production)
    if session.json:
        render.document(shown)
        return
    rows = [(s["scene"], s["heading"], ", ".join(s["characters"]), ", ".join(s["shots"])) for s in shown["scenes"]]
    render.table(("scene", "heading", "characters", "shots"), rows)
