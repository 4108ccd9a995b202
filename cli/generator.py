"""`assetlib generator`: what can make pictures here."""

from __future__ import annotations

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Generators, ours and plugged in."""


@command(group, "list", reads=True)
def list_(session: Session) -> None:
    """Every installed generator; none is loaded for this."""
    from assetlib.flows.show_generators import list_generators
    from cli import render

    render.listing("generators", list_generators(), ("name", "distribution", "version", "allowed"))


@command(group, reads=True)
@click.argument("name")
def test(session: Session, name: str) -> int:
    """Run the conformance suite against a generator."""
    from assetlib.flows.show_generators import test_generator
    from cli import render

    result = test_generator(name)
    if session.json:
        render.document(result)
    else:
        render.say(*(f"{'ok  ' if c['passed'] else 'FAIL'} {c['check']}: {c['sentence']}" for c in result["checks"]))
    return 0 if result["passed"] else 4
