"""`assetlib character`: the verbs of `assetlib asset` for characters."""

from __future__ import annotations

from typing import Any

import click

from cli import asset
from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Register characters from a model, from pictures, or from both."""


@command(group)
@click.argument("name")
@asset.register_options
def register(session: Session, name: str, **fields: Any) -> None:
    """Register the character NAME; from pictures alone it gets a proxy figure."""
    from assetlib.flows.register_asset import register_asset

    asset.show_registered(
        session, register_asset(session.library(), name, kind="character", dry_run=session.dry_run, **fields)
    )


for _verb in ("show", "verify", "checkout", "rename", "amend", "supersede", "retire", "restore"):
    group.add_command(asset.group.commands[_verb])


@command(group, "list", reads=True)
def list_(session: Session) -> None:
    """The latest version of every character."""
    from assetlib.flows.show_assets import list_assets
    from cli import render

    rows = list_assets(session.library(), kind="character", missing_rights=False, retired=False)
    render.listing("characters", rows, ("name", "version", "rights", "status", "entity"))
