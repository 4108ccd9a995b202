"""`assetlib decision`: ask without doing, and read what was decided."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """May we? And why not?"""


@command(group)
@click.option("--action", "actions", multiple=True, help="By default what the purpose asks.")
@click.option("--ref", "references", multiple=True, required=True, metavar="ENTITY", help="May be repeated.")
@click.option("--purpose")
@click.option("--territory", "territories", multiple=True)
@click.option("--media", multiple=True)
@click.option("--recipient", "--to", "recipient", default="local", show_default=True)
@click.option("--exploit-until", help="A date, or perpetual.")
@click.option("--scene", "scenes", multiple=True)
@click.option("--content", multiple=True, metavar="FLAG=yes|no")
def check(session: Session, references: tuple[str, ...], **asked: Any) -> int:
    """Ask and record the answer; exit 0 allow, 3 deny, 6 needs approval."""
    from assetlib.flows.ask import check_use
    from cli import render

    recorded = check_use(session.library(), references, production=session.production, **asked)
    if session.json:
        render.document(recorded.to_json())
    else:
        render.say(recorded.text())
    return recorded.exit_code


@command(group, reads=True)
@click.argument("decision_id", metavar="ID")
@click.option("--as-of", metavar="DATE", help="Judge the use at this moment instead of the decision's own.")
@click.option("--as-known", metavar="DATE", help="Judge it from the record as it stood then instead of now.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page that prints well.")
def explain(session: Session, decision_id: str, as_of: str | None, as_known: str | None, html: Path | None) -> None:
    """A recorded decision: what was asked, the answer, every reason, and what would change it.

    With --as-of or --as-known the question is answered again for that day; such a reading allows nothing.
    """
    from assetlib.flows.read_decision import explain_decision, read_decision, write_page
    from cli import render

    explained = (
        explain_decision(session.library(), decision_id)
        if as_of is None and as_known is None
        else read_decision(session.library(), decision_id, as_of=as_of, as_known=as_known)
    )
    if html is not None:
        write_page(session.library(), explained, session.place(html))
        render.note(f"the page: {html}")
    if session.json:
        render.document(explained.to_json())
        return
    render.say(explained.text())


@command(group, "list", reads=True)
@click.option("--shot")
def list_(session: Session, shot: str | None) -> None:
    """Decisions in order, refusals included."""
    from assetlib.flows.read_decision import list_decisions
    from cli import render

    rows = list_decisions(session.library(), shot=shot)
    render.listing("decisions", rows, ("id", "outcome", "asked", "requester", "decided_at"))
