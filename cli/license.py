"""`assetlib license`: file, activate and read the instruments that allow things."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.session import Session, command, with_reason

_TEMPLATES = ("work-for-hire", "performer-consent", "location", "stock", "open")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Licenses, consents and releases; only an activated one allows anything."""


@command(group, reads=True)
@click.option("--template", type=click.Choice(_TEMPLATES), required=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The YAML file to write.")
@click.option("--document", type=click.Path(path_type=Path), help="The signed paper (PDF); most licenses need it.")
@click.option("--set", "answers", multiple=True, metavar="NAME=VALUE", help="Answer a question beforehand.")
def new(session: Session, template: str, out: Path, document: Path | None, answers: tuple[str, ...]) -> None:
    """Ask plain questions and write a license file."""
    from assetlib.flows.new_license import questions, refuse_early, write_license
    from cli import render

    refuse_early(template, document, session.place(out))
    given = dict(answer.partition("=")[::2] for answer in answers)
    for question in questions(template):
        if question.key not in given:
            given[question.key] = click.prompt(question.text, default=question.default, err=True)
    write_license(template, given, session.place(out), document=document)
    render.say(str(out))
    render.note(f"next: assetlib license add {out}")


@command(group, reads=True)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--document", type=click.Path(path_type=Path), help="The signed paper (PDF).")
def validate(session: Session, file: Path, document: Path | None) -> None:
    """Read a license file and say what is wrong with it; nothing is filed."""
    from assetlib.flows.add_license import validate_license
    from cli import render

    result = validate_license(file, document)
    if session.json:
        render.document(result)
        return
    render.say(result["english"])
    render.note(*result["warnings"])


@command(group)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--document", type=click.Path(path_type=Path), help="The signed paper (PDF).")
def add(session: Session, file: Path, document: Path | None) -> None:
    """File a license as a draft; it allows nothing until a rights-admin activates it."""
    from assetlib.flows.add_license import add_license
    from cli import render

    filed = add_license(session.library(), file, document=document, dry_run=session.dry_run)
    if session.json:
        render.document(filed)
        return
    render.say(f"{filed['license']} revision {filed['revision']}: {filed['status']}")
    render.note(*filed["warnings"], f"next: assetlib license activate {filed['license']}")


@command(group)
@click.argument("license_id", metavar="ID")
def activate(session: Session, license_id: str) -> None:
    """Sign a filed license with a rights-admin's key; from now on it allows what it says."""
    from assetlib.flows.activate_license import activate_license
    from cli import render

    done = activate_license(session.library(), license_id)
    if session.json:
        render.document(done)
        return
    render.say(f"{done['license']}: {done['status']}, signed by {done['signed_by']}")
    render.note(*done["warnings"])


@command(group)
@click.argument("license_id", metavar="ID")
@with_reason
def revoke(session: Session, license_id: str, reason: str) -> None:
    """Withdraw a license; no new decision rests on it from this moment."""
    from assetlib.flows.activate_license import revoke_license
    from cli import render

    done = revoke_license(session.library(), license_id, reason=reason)
    if session.json:
        render.document(done)
        return
    render.say(f"{done['license']}: {done['status']}")
    render.note(*done["impact"])


@command(group, reads=True)
@click.argument("license_id", metavar="ID")
def impact(session: Session, license_id: str) -> None:
    """Everything that hangs on a license: assets, shots with time codes, takes, exports, recipients."""
    from assetlib.flows.impact import license_impact

    show_impact(session, license_impact(session.library(), license_id))


def show_impact(session: Session, found: dict[str, Any]) -> None:
    """What hangs on something, a section a kind."""
    from cli import render

    if session.json:
        render.document(found)
        return
    render.say(f"{len(found['assets'])} assets", *(f"  {a['entity']} {a['version']}" for a in found["assets"]))
    render.say(f"{len(found['shots'])} shots")
    for shot in found["shots"]:
        places = ", ".join(f"{place['cut']} {place['from']} – {place['until']}" for place in shot["in_cuts"])
        render.say(f"  {shot['shot']} {shot['frames']}" + (f" at {places}" if places else ""))
    render.say(f"{len(found['takes'])} takes", *(f"  {t['shot']} {t['take']}, {t['status']}" for t in found["takes"]))
    exports = (f"  {e['export']} for {e['purpose']} to {e['recipient']}" for e in found["exports"])
    render.say(f"{len(found['exports'])} exports to {len(found['recipients'])} recipients", *exports)


@command(group, reads=True)
@click.option("--within", default="90d", show_default=True, help="Such as 90d, 12w, 6m or 1y.")
@click.option("--ics", type=click.Path(path_type=Path), help="Write the days as an iCalendar file.")
def expiring(session: Session, within: str, ics: Path | None) -> None:
    """Grants, uses, provider terms and reviews that end soon, with the shots that rest on them."""
    from assetlib.flows.expiring import expiring as find
    from assetlib.flows.expiring import write_calendar
    from cli import render

    endings = find(session.library(), within=within)
    if ics is not None:
        write_calendar(session.library(), endings, session.place(ics))
        render.note(f"the calendar: {ics}")
    if session.json:
        render.documents("expiring", [ending.to_json() for ending in endings], within=within)
        return
    render.say(*(ending.sentence for ending in endings))
    if not endings:
        render.note(f"nothing ends within {within}")


@command(group, reads=True)
@click.argument("license_id", metavar="ID")
def show(session: Session, license_id: str) -> None:
    """A license as it is filed."""
    from assetlib.flows.add_license import show_license
    from cli import render

    shown = show_license(session.library(), license_id)
    if session.json:
        render.document(shown)
        return
    render.say(shown["english"])


@command(group, reads=True)
@click.argument("license_id", metavar="ID")
def explain(session: Session, license_id: str) -> None:
    """A license in plain English, for a lawyer to sign off."""
    from assetlib.flows.add_license import show_license
    from cli import render

    shown = show_license(session.library(), license_id)
    if session.json:
        render.document({"license": shown["license"], "english": shown["english"]})
        return
    render.say(shown["english"])


@command(group, "list", reads=True)
@click.option("--status", type=click.Choice(("proposed", "draft", "active", "suspended", "revoked", "expired")))
def list_(session: Session, status: str | None) -> None:
    """Every license on file."""
    from assetlib.flows.add_license import list_licenses
    from cli import render

    rows = list_licenses(session.library(), status=status)
    render.listing("licenses", rows, ("license", "kind", "status", "from", "covers"))
