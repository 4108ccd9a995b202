"""`assetlib dataset`: find our pictures in other people's folders."""

from __future__ import annotations

from pathlib import Path

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Look for the library's pictures elsewhere."""


@command(group, reads=True)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--fail-on-match", is_flag=True, help="Exit 4 when something of ours is found.")
def scan(session: Session, path: Path, fail_on_match: bool) -> int:
    """Scan the folder PATH by digest and perceptual fingerprint."""
    from assetlib.flows.scan_dataset import scan_dataset
    from cli import render

    library = session.library()
    with render.progress("Scanning", 1000, quiet=session.quiet or session.json) as advance:
        report = scan_dataset(library, path, progress=advance)
    if session.json:
        document = report.to_json()
        render.documents("hits", document.pop("hits"), **document)
    else:
        render.say(f"{report.scanned} items, {len(report.hits)} of ours, {len(report.unread)} could not be read")
        render.say(*(f"  {h.item}: {h.asset} {h.version} by {h.how} ({h.confidence})" for h in report.hits))
        render.note(*(f"unread: {item}: {why}" for item, why in report.unread))
    return 4 if fail_on_match and report.hits else 0
