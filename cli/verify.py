"""`assetlib verify`: judge any media file, ours or foreign, also without a library."""

from __future__ import annotations

from pathlib import Path

import click

from cli.session import Session, command


@click.group()
def verbs() -> None:
    """Verbs without a noun."""


@command(verbs, reads=True)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--trust", type=click.Path(path_type=Path), help="PEM anchors to use in place of the library's.")
def verify(session: Session, files: tuple[Path, ...], trust: Path | None) -> int:
    """Say of each of FILES: pass, fail or unknown, and why; exit 0 when all pass, else 4."""
    from assetlib.flows.verify_files import verify_files
    from assetlib.model.refusals import NotFound
    from cli import render

    try:
        library = session.library()
    except NotFound:
        if session.library_dir is not None:
            raise
        library = None  # files can be judged without one
    verdicts = verify_files(library, files, trust=trust)
    if session.json:
        render.documents("files", verdicts)
    else:
        for verdict in verdicts:
            render.say(f"{verdict['verdict']:8}{verdict['file']}")
            render.say(*(f"        {f['step']}. {f['sentence']}" for f in verdict["findings"]))
    return 0 if all(verdict["verdict"] == "pass" for verdict in verdicts) else 4
