"""`assetlib asset` and `assetlib character`: register, look at and take care of assets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.session import Session, command, with_reason

_KINDS = ("character", "set", "prop", "vehicle", "fx", "look", "plate", "image", "audio")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Characters, sets, props and the rest: versions, files, signatures."""


def register_options(function: Any) -> Any:
    """The options that `asset register` and `character register` share."""
    for option in (
        click.option("--usd", type=click.Path(path_type=Path), help="The model: a .usd, .usda, .usdc or .usdz file."),
        click.option(
            "--reference",
            "references",
            multiple=True,
            type=click.Path(path_type=Path),
            help="A reference picture or a folder of them; may be repeated.",
        ),
        click.option("--source-type", help="IPTC digital source type of the references, such as digitalCapture."),
        click.option(
            "--facet", "facets", multiple=True, metavar="FACET=SUBJECT", help="What of whose is in it; may be repeated."
        ),
        click.option("--height", default=1.8, show_default=True, help="Meters; for the proxy of a character."),
        click.option("--collection", "collections", multiple=True),
    ):
        function = option(function)
    return function


def show_registered(session: Session, registered: Any) -> None:
    from cli import render

    if session.json:
        render.document(registered.to_json())
        return
    render.say(f"{registered.entity} {registered.version}", f"  {registered.digest}", f"  rights: {registered.rights}")
    for proposed in registered.proposed_licenses:
        render.say(f"  proposed: {proposed}")
    render.note(*(f"unreadable: {item}" for item in registered.unreadable), *registered.warnings)


@command(group)
@click.argument("name")
@click.option("--kind", type=click.Choice(_KINDS), required=True)
@register_options
def register(session: Session, name: str, kind: str, **fields: Any) -> None:
    """Register NAME as an asset of some KIND; a known name gets a new version."""
    from assetlib.flows.register_asset import register_asset

    show_registered(session, register_asset(session.library(), name, kind=kind, dry_run=session.dry_run, **fields))


@command(group, "import")
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--sheet", type=click.Path(path_type=Path), help="CSV or XLSX: one row an asset.")
@click.option("--template", type=click.Path(path_type=Path), help="Write an empty sheet here and stop.")
def import_(session: Session, directory: Path, sheet: Path | None, template: Path | None) -> int:
    """Register everything in DIRECTORY that a sheet lists; a rerun changes nothing."""
    from assetlib.flows.import_assets import import_assets, write_template
    from cli import render

    if template is not None:
        write_template(session.place(template), directory)
        render.say(str(template))
        return 0
    if sheet is None:
        raise click.UsageError("give --sheet FILE, or --template FILE for an empty one")
    result = import_assets(session.library(), directory, sheet, dry_run=session.dry_run)
    if session.json:
        render.document(result.to_json())
    else:
        render.table(("row", "name", "result", "detail"), [(r.row, r.name, r.result, r.detail) for r in result.rows])
        render.note(*(f"{r.name}: {warning}" for r in result.rows for warning in r.warnings))
    return 1 if result.failed else 0


@command(group, "list", reads=True)
@click.option("--kind", type=click.Choice((*_KINDS, "model")))
@click.option("--missing-rights", is_flag=True, help="Only what no active license covers.")
@click.option("--retired", is_flag=True, help="Also what is hidden.")
def list_(session: Session, kind: str | None, missing_rights: bool, retired: bool) -> None:
    """The latest version of every asset."""
    from assetlib.flows.show_assets import list_assets
    from cli import render

    rows = list_assets(session.library(), kind=kind, missing_rights=missing_rights, retired=retired)
    render.listing("assets", rows, ("name", "kind", "version", "rights", "status", "entity"))


@command(group, reads=True)
@click.argument("asset")
def show(session: Session, asset: str) -> None:
    """One asset: versions, files, facets, licenses."""
    from assetlib.flows.show_assets import show_asset
    from cli import render

    shown = show_asset(session.library(), asset)
    if session.json:
        render.document(shown)
        return
    render.say(f"{shown['name']} ({shown['kind']}) {shown['version']}, {shown['status']}", f"  {shown['entity']}")
    render.say(*(f"  facet {f['facet']}: {f['subject']} ({f['status']})" for f in shown["facets"]))
    render.say(*(f"  license {entry['license']}: {entry['status']}" for entry in shown["licenses"]))
    render.say(*(f"  {entry['path']}  {entry['size']} bytes" for entry in shown["files"]))


@command(group, reads=True)
@click.argument("assets", nargs=-1, metavar="[ASSET]…")
@click.option("--all", "everything", is_flag=True)
def verify(session: Session, assets: tuple[str, ...], everything: bool) -> int:
    """Check every byte and signature of assets against the record."""
    from assetlib.flows.verify_asset import verify_assets
    from cli import render

    results = verify_assets(session.library(), None if everything or not assets else assets)
    if session.json:
        render.documents("assets", results)
    else:
        for result in results:
            render.say(f"{result['verdict']:5} {result['entity']} {result['version']}")
            render.say(*(f"      {finding['sentence']}" for finding in result["findings"]))
    return 0 if all(result["verdict"] == "pass" for result in results) else 4


@command(group)
@click.argument("asset")
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--to", "recipient", help="Who asks; by default you.")
def checkout(session: Session, asset: str, out: Path, recipient: str | None) -> None:
    """Materialize a version as a readable USD tree in OUT, recorded as a view decision."""
    from assetlib.flows.checkout_asset import checkout_asset
    from cli import render

    result = session.as_named(checkout_asset(session.library(), asset, session.place(out), recipient=recipient))
    if session.json:
        render.document(result)
        return
    render.say(result["root"])
    render.note(f"recorded as {result['decision']}, receipt {result['receipt']}")


def _curation(verb: str, summary: str, *, target: str | None = None) -> None:
    """Register one of the verbs that change a label or a status by a signed record."""
    arguments = [click.argument("asset")]
    if target is not None:
        arguments.append(click.argument("target", metavar=target))

    def act(session: Session, asset: str, reason: str, target: str = "") -> None:
        from assetlib.flows.curate_asset import curate
        from cli import render

        done = curate(session.library(), verb, asset, target=target, reason=reason, dry_run=session.dry_run)
        if session.json:
            render.document(done)
            return
        render.say(done["sentence"])
        render.note(*done["impact"])

    act.__doc__ = summary
    function: Any = with_reason(act)
    for argument in reversed(arguments):
        function = argument(function)
    command(group, verb)(function)


_curation("rename", "Give an asset another name; the old one stays an alias.", target="NAME")
_curation("supersede", "Say that another asset takes its place.", target="BY")
_curation("retire", "Hide an asset and deny it for new use; it stays auditable.")
_curation("restore", "Undo a retirement.")


@command(group)
@click.argument("asset")
@click.option("--facet", "facets", multiple=True, required=True, metavar="FACET=SUBJECT", help="May be repeated.")
@with_reason
def amend(session: Session, asset: str, facets: tuple[str, ...], reason: str) -> None:
    """Add facets: what of whose is in the asset. Only counsel may take one away."""
    from assetlib.flows.curate_asset import amend_facets
    from cli import render

    done = amend_facets(session.library(), asset, facets, reason=reason, dry_run=session.dry_run)
    if session.json:
        render.document(done)
        return
    render.say(done["sentence"])
