"""`assetlib obligation`: what is owed for the pictures in use."""

from __future__ import annotations

from pathlib import Path

import click

from cli.session import Session, command

_KINDS = (
    "credit",
    "fee",
    "report",
    "label",
    "notice",
    "described_use",
    "output_restriction",
    "flag",
    "takedown",
    "destroy",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Credits, fees, reports and labels that takes and deliveries leave behind."""


@command(group, "list", reads=True)
@click.option("--kind", "kinds", multiple=True, type=click.Choice(_KINDS))
@click.option("--cut", help="Only what the shots of this cut owe.")
@click.option("--csv", "as_sheet", is_flag=True, help="A sheet for end credits and payments.")
def list_(session: Session, kinds: tuple[str, ...], cut: str | None, as_sheet: bool) -> None:
    """What is owed, to whom it is due and by when."""
    from assetlib.flows.obligations import as_csv, due_day, list_obligations
    from cli import render

    owed = list_obligations(session.library(), kinds=kinds, cut=cut)
    if session.json:
        render.documents("obligations", [one.to_json() for one in owed])
        return
    if as_sheet:
        render.raw(as_csv(owed))
        return
    headers = ("obligation", "kind", "what", "by", "due", "state", "shots")
    render.table(
        headers, [[o.id, o.kind, o.what, o.by, due_day(o), o.state, ", ".join(o.shots or o.exports)] for o in owed]
    )


@command(group)
@click.argument("obligation")
@click.option("--document", type=click.Path(path_type=Path), help="The proof: an invoice, a frame of the credits …")
@click.option("--note", default="")
def done(session: Session, obligation: str, document: Path | None, note: str) -> None:
    """Sign that OBLIGATION is done."""
    from assetlib.flows.obligations import finish_obligation
    from cli import render

    finished = finish_obligation(session.library(), obligation, document=document, note=note)
    if session.json:
        render.document(finished)
        return
    render.say(f"{finished['obligation']}: {finished['kind']} done, signed by {finished['signed_by']}")
