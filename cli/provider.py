"""`assetlib provider`: agreements with generation providers, as dated evidence."""

from __future__ import annotations

from pathlib import Path

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Agreements with providers; without a reviewed one nothing is sent."""


@command(group)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--evidence", type=click.Path(path_type=Path), help="The terms as captured (PDF).")
def agree(session: Session, file: Path, evidence: Path | None) -> None:
    """File the agreement in FILE (YAML)."""
    from assetlib.flows.file_agreement import file_agreement
    from cli import render

    filed = file_agreement(session.library(), file, evidence=evidence)
    if session.json:
        render.document(filed)
        return
    render.say(f"{filed['agreement']}: {filed['recipient']}, trains on inputs: {filed['trains_on_inputs']}")
    render.note(*filed["warnings"])


@command(group, "list", reads=True)
def list_(session: Session) -> None:
    """Every agreement on file."""
    from assetlib.flows.file_agreement import agreements
    from cli import render

    rows = agreements(session.library())
    render.listing("agreements", rows, ("agreement", "recipient", "trains_on_inputs", "review_due"))
