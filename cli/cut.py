"""`assetlib cut`: timelines in, audits and deliveries out."""

from __future__ import annotations

from pathlib import Path

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """A cut: its shots, its audit, its way out."""


@command(group, "import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--rate", type=float, help="Frames per second, for formats that do not say (EDL).")
@click.option("--timeline", help="Which one, when the file holds several.")
def import_(session: Session, file: Path, rate: float | None, timeline: str | None) -> None:
    """Make shots of the timeline in FILE; a later import says what changed."""
    from assetlib.flows.import_cut import import_cut
    from cli import render

    result = import_cut(
        session.library(), file, rate=rate, timeline=timeline, production=session.production, dry_run=session.dry_run
    )
    if session.json:
        render.document(result)
        return
    names = ("added", "moved", "trimmed", "replaced", "removed", "unchanged")
    render.say(*(f"{name}: {', '.join(result[name])}" for name in names if result[name]))
    render.note(*result["warnings"])


@command(group, "list", reads=True)
def list_(session: Session) -> None:
    """Every imported cut."""
    from assetlib.flows.import_cut import list_cuts
    from cli import render

    render.listing("cuts", list_cuts(session.library()), ("name", "production", "shots", "timeline"))


@command(group)
@click.argument("cut", required=False)
@click.option("--html", type=click.Path(path_type=Path), help="Write the page here.")
def audit(session: Session, cut: str | None, html: Path | None) -> int:
    """Verify and explain every shot of a cut; exit 4 unless it is clear."""
    from assetlib.flows.audit import audit_cut
    from cli.shot import show_audit

    return show_audit(session, audit_cut(session.library(), cut, html=html and session.place(html)), html)


@command(group)
@click.argument("cut", required=False)
@click.option("--purpose", required=True)
@click.option("--to", "recipient", required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option(
    "--format", "kind", type=click.Choice(("otio", "edl", "fcpxml", "fcp7", "aaf")), default="otio", show_default=True
)
def export(session: Session, cut: str | None, purpose: str, recipient: str, out: Path, kind: str) -> None:
    """Hand a cut over to a registered recipient; nothing is in OUT unless the answer is yes."""
    from assetlib.flows.export_cut import export_cut
    from cli import render

    done = export_cut(
        session.library(), cut, purpose=purpose, recipient=recipient, out=out, kind=kind, dry_run=session.dry_run
    )
    if session.json:
        render.document(done)
        return
    render.say(
        f"{done['receipt']} to {recipient}: {len(done['files'])} files in {out}, decision {done['decision']['id']}"
    )
    render.note(*done["warnings"])


@command(group)
@click.argument("cut", required=False)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="An MP4 of the picked or latest takes.")
def assemble(session: Session, cut: str | None, out: Path) -> None:
    """Put the shots together in record order; an export to you, recorded as a view."""
    from assetlib.flows.assemble_cut import assemble_cut
    from cli import render

    done = session.as_named(assemble_cut(session.library(), cut, session.place(out)))
    if session.json:
        render.document(done)
        return
    render.say(f"{out}: {done['frames']} frames, {done['shots']} shots")
    render.note(*done["warnings"])
