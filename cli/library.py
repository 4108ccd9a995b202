"""`assetlib init`, `doctor` and `fsck`: make a library, look whether all is well."""

from __future__ import annotations

from pathlib import Path

import click

from cli.session import Session, command


@click.group()
def verbs() -> None:
    """Verbs without a noun."""


@command(verbs, reads=True)
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--name", help="What the library is called; by default the folder's name.")
def init(session: Session, directory: Path, name: str | None) -> None:
    """Make a library in DIRECTORY: catalog, store, certificate authority, ledger."""
    from assetlib.flows.create_library import create_library, refuse_unfit
    from cli import render

    if session.dry_run:
        refuse_unfit(directory)
        render.say(f"would make a library at {directory}")
        return
    created = create_library(directory, name=name, passphrase_file=session.passphrase_file, config=session.config)
    if session.json:
        render.document(created)
        return
    render.say(f"library {created['name']} at {created['directory']}")
    render.note(*created["notices"])


@command(verbs, reads=True)
def doctor(session: Session) -> int:
    """Probe every capability; say in a sentence what is missing and what still works."""
    from assetlib.flows.examine import broken_library, examine
    from assetlib.model.refusals import NotFound
    from cli import render

    library, broken = None, []
    try:
        library = session.library()
    except NotFound:
        if session.library_dir is not None:
            raise
    except Exception as problem:  # noqa: BLE001  that it does not open, and why, is what a doctor is asked
        broken.append(broken_library(problem))
    probes = [*examine(library), *broken]
    if session.json:
        render.documents("probes", [probe.to_json() for probe in probes])
    else:
        for probe in probes:
            render.say(f"{'ok     ' if probe.ok else 'missing'} {probe.name}: {probe.sentence}")
    return 1 if broken else 0


@command(verbs, reads=True)
@click.option("--read-data", is_flag=True, help="Also read and digest every blob.")
@click.option("--repair-orphans", is_flag=True, help="Remove leftovers of interrupted work.")
def fsck(session: Session, read_data: bool, repair_orphans: bool) -> int:
    """Compare store, catalog and ledger; exit 4 when something is damaged."""
    from assetlib.flows.check_library import check_library
    from cli import render

    repair_orphans = repair_orphans and not session.dry_run
    report = check_library(session.library(), read_data=read_data, repair_orphans=repair_orphans)
    if session.json:
        render.document(report)
    else:
        render.say(f"{report['checked']} things checked, {len(report['damage'])} damaged")
        render.say(*(f"  {sentence}" for sentence in report["settled"]))
        render.say(*(f"  {d['kind']}: {d['where']}; {d['repair']}" for d in report["damage"]))
    return 4 if report["damage"] else 0
