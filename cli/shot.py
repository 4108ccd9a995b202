"""`assetlib shot`: what is in it, generate it, audit it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Shots: blocking, generation, audit."""


@command(group, "list", reads=True)
@click.option("--cut")
def list_(session: Session, cut: str | None) -> None:
    """Shots in record order, with their clearance."""
    from assetlib.flows.show_shots import list_shots
    from cli import render

    rows = list_shots(session.library(), cut=cut, production=session.production)
    render.listing("shots", rows, ("shot", "frames", "status", "clearance", "takes", "assets"))


@command(group)
@click.argument("shot")
@click.option("--subject", "subjects", multiple=True, metavar="ASSET", help="Who acts in it; may be repeated.")
@click.option("--set", "set_asset", metavar="ASSET", help="Where it plays.")
@click.option("--size", default="medium", show_default=True, help="wide, full, medium, close-up …")
@click.option("--lens", default=50.0, show_default=True, help="Focal length in millimeters.")
@click.option("--prompt", default="", help="Words for generators that read them.")
@click.option("--scene", "scenes", multiple=True, help="The script scenes it plays in.")
@click.option("--content", multiple=True, metavar="FLAG=yes|no", help="Declare what is in it.")
def block(session: Session, shot: str, **fields: Any) -> None:
    """Put assets into a shot at their present versions and give it a camera and light to start from."""
    from assetlib.flows.block_shot import block_shot
    from cli import render

    done = block_shot(session.library(), shot, **fields)
    if session.json:
        render.document(done)
        return
    render.say(f"{shot}: {', '.join(done['assets'])}", *(f"  {line}" for line in done["framing"]))


@command(group)
@click.argument("shot")
@click.option("--out", type=click.Path(path_type=Path), required=True)
def checkout(session: Session, shot: str, out: Path) -> None:
    """The shot's layers and the assets they use as plain USD, to edit in any tool."""
    from assetlib.flows.checkout_asset import checkout_shot
    from cli import render

    done = session.as_named(checkout_shot(session.library(), shot, session.place(out)))
    if session.json:
        render.document(done)
        return
    render.say(done["root"])
    render.note(
        f"to see its assets, open it with PXR_AR_DEFAULT_SEARCH_PATH={shlex.quote(str(out.absolute()))}",
        f"recorded as {done['decision']}; bring edits back with: assetlib shot publish {shot} {shlex.quote(str(out))}",
    )


@command(group)
@click.argument("shot")
@click.argument("directory", type=click.Path(path_type=Path))
def publish(session: Session, shot: str, directory: Path) -> None:
    """Take edited layers back as the shot's next version; asset pins stay as they are."""
    from assetlib.flows.block_shot import publish_shot
    from cli import render

    done = publish_shot(session.library(), shot, directory)
    if session.json:
        render.document(done)
        return
    render.say(f"{shot}: layers {done['layers']}", *(f"  {line}" for line in done["changed"]))


@command(group)
@click.argument("shot")
@click.option("--takes", default=1, show_default=True)
@click.option("--generator", default="render", show_default=True)
@click.option("--model", help="A registered model, for generators that run one.")
@click.option("--seed", default=0, show_default=True)
@click.option("--size", help="Such as 1280x720; by default the production's.")
@click.option(
    "--stand-in", "stand_ins", multiple=True, metavar="NAME", help="Our mannequin for a refused character; repeatable."
)
@click.option("--handles", is_flag=True, help="Also make the handles.")
def generate(session: Session, shot: str, **fields: Any) -> None:
    """Make takes of a shot from licensed references only; exit 3 with the reason when it is refused."""
    from assetlib.flows.generate_shot import generate_shot
    from cli import render

    library = session.library()
    with render.progress(f"Generating {shot}", 1000, quiet=session.quiet or session.json) as advance:
        done = generate_shot(library, shot, progress=advance, dry_run=session.dry_run, **fields)
    if session.json:
        render.document(done)
        return
    for take in done["takes"]:
        render.say(f"{shot} {take['take']}: {len(take['files'])} files, {take['digest']}")
    (render.note if done["takes"] else render.say)(*done["notes"])


@command(group)
@click.argument("shot")
@click.option("--out", type=click.Path(path_type=Path), required=True)
@click.option("--take", help="Such as take_003; by default the picked one, else the latest that is no stand-in.")
@click.option("--purpose", default="review", show_default=True)
@click.option("--to", "recipient", default="local", show_default=True)
def export(session: Session, shot: str, out: Path, take: str | None, purpose: str, recipient: str) -> None:
    """One take's frames and clip in OUT: to look at as made, or as a delivery with another purpose."""
    from assetlib.flows.export_shot import export_shot
    from cli import render

    done = export_shot(
        session.library(), shot, out=out, take=take, purpose=purpose, recipient=recipient, dry_run=session.dry_run
    )
    if session.json:
        render.document(done)
        return
    render.say(f"{done['receipt']}: {len(done['files'])} files in {out}, decision {done['decision']['id']}")


@command(group)
@click.argument("shot")
@click.option("--html", type=click.Path(path_type=Path), help="Write the page here.")
def audit(session: Session, shot: str, html: Path | None) -> int:
    """Verify and explain one shot; exit 4 unless it is clear."""
    from assetlib.flows.audit import audit_shot

    return show_audit(session, audit_shot(session.library(), shot, html=html and session.place(html)), html)


def show_audit(session: Session, report: Any, html: Path | None) -> int:
    """The verdict line first, then a line a shot."""
    from cli import render

    if session.json:
        render.document(report.to_json())
    else:
        render.say(f"{report.verdict.value.upper()}: {report.sentence}")
        for shot in report.shots:
            render.say(f"  {shot.verdict.value:8}{shot.shot}: {shot.sentence}")
        render.note(*report.notices)
    if html is not None:
        render.note(f"the page: {html}")
    return 0 if report.verdict.value == "clear" else 4
