"""`assetlib model`: generation models as licensed assets."""

from __future__ import annotations

from pathlib import Path

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Models: scanned, digested, licensed like any other asset."""


@command(group)
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", required=True)
def register(session: Session, path: Path, name: str) -> None:
    """Register a model folder (safetensors and JSON only) as an asset of kind model."""
    from assetlib.flows.register_model import register_model
    from cli.asset import show_registered

    show_registered(session, register_model(session.library(), path, name=name))


@command(group, "list", reads=True)
def list_(session: Session) -> None:
    """Every registered model."""
    from assetlib.flows.show_assets import list_assets
    from cli import render

    rows = list_assets(session.library(), kind="model", missing_rights=False, retired=False)
    render.listing("models", rows, ("name", "version", "rights", "status", "entity"))
