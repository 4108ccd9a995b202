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
@click.argument("files", nargs=-1, metavar="FILE…", type=click.Path(path_type=Path))
@click.option("--document", type=click.Path(path_type=Path), help="The signed paper (PDF) of the one FILE.")
@click.option(
    "--odrl-suite",
    "suites",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="Decide the ODRL test cases in this file or folder instead; may be repeated.",
)
def validate(session: Session, files: tuple[Path, ...], document: Path | None, suites: tuple[Path, ...]) -> int:
    """Read license files and say all that is wrong with each, by line; nothing is filed."""
    from assetlib.flows.read_license import validate_files
    from cli import render

    if suites:
        return _odrl_suite(session, suites)
    if not files or (document is not None and len(files) > 1):
        raise click.UsageError("give a FILE, or several without --document")
    results = validate_files(files, document)
    valid = all(result["valid"] for result in results)
    if session.json:
        render.document({"valid": valid, "files": results})
        return 0 if valid else 1
    for result in results:
        if result["valid"]:
            render.say(result["english"])
        for problem in result["problems"]:
            at = f"line {problem['line']}: " if problem["line"] else ""
            where = f"{problem['where']}: " if problem["where"] else ""
            render.say(f"{result['file']}: {at}{where}{problem['message']}")
        render.note(*(f"warning: {warning}" for warning in result["warnings"]))
    return 0 if valid else 1


def _odrl_suite(session: Session, suites: tuple[Path, ...]) -> int:
    """Exit 4 where a case that is mapped differs; refused cases are listed with their reasons."""
    from assetlib.flows.odrl_suite import decide_suite
    from cli import render

    result = decide_suite(suites)
    if session.json:
        render.document({name: value for name, value in result.items() if name != "table"})
    else:
        render.say(result["table"])
    return 0 if result["differing"] == 0 else 4


@command(group)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--document", type=click.Path(path_type=Path), help="The signed paper (PDF).")
def add(session: Session, file: Path, document: Path | None) -> None:
    """File a license (YAML, or ODRL as .jsonld or .ttl) as a draft; nothing is allowed until it is activated."""
    from assetlib.flows.add_license import add_license
    from cli import render

    filed = add_license(session.library(), file, document=document, dry_run=session.dry_run)
    if session.json:
        render.document(filed)
        return
    render.say(f"{filed['license']} revision {filed['revision']}: {filed['status']}")
    render.note(*filed["warnings"], f"next: assetlib license activate {filed['license']}")


@command(group, "import")
@click.argument("sheet", metavar="SHEET.csv|xlsx", type=click.Path(path_type=Path))
@click.option("--template", is_flag=True, help="Write an empty sheet there and stop.")
def import_(session: Session, sheet: Path, template: bool) -> int:
    """File the licenses of a sheet as drafts, one row a clause; with --dry-run only list conflicts."""
    from assetlib.flows.import_licenses import import_licenses, write_license_template
    from cli import render

    if template:
        write_license_template(session.place(sheet))
        render.say(str(sheet))
        return 0
    result = import_licenses(session.library(), sheet, dry_run=session.dry_run)
    if session.json:
        render.document(result.to_json())
        return result.exit_code
    rows = [(", ".join(map(str, one.rows)), one.license, one.result, one.detail) for one in result.licenses]
    render.table(("row", "license", "result", "detail"), rows)
    render.note(*(f"{one.license}: {note}" for one in result.licenses for note in one.notes))
    return result.exit_code


@command(group)
@click.argument("license_id", metavar="ID")
@click.argument("file", type=click.Path(path_type=Path))
@with_reason
@click.option("--document", type=click.Path(path_type=Path), help="The signed paper (PDF).")
@click.option("--activate", is_flag=True, help="Sign it at once with your rights-admin's key.")
def amend(session: Session, license_id: str, file: Path, reason: str, document: Path | None, activate: bool) -> None:
    """File other words as the next revision of a license; older ones stay on file."""
    from assetlib.flows.amend_license import amend_license
    from cli import render

    done = amend_license(
        session.library(),
        license_id,
        file,
        reason=reason,
        document=document,
        activate=activate,
        dry_run=session.dry_run,
    )
    if session.json:
        render.document(done)
        return
    render.say(f"{done['license']} revision {done['revision']}: {done['status']}")
    render.say(*(f"  {change}" for change in done["changes"]))
    render.note(*done["warnings"])


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
@click.option("--odrl", is_flag=True, help="As an ODRL 2.2 agreement in JSON-LD.")
@click.option("--revision", type=int, help="An earlier revision.")
def show(session: Session, license_id: str, odrl: bool, revision: int | None) -> None:
    """A license as it is filed, and how it came to be so."""
    from assetlib.flows.add_license import license_as_odrl, show_license
    from cli import render

    if odrl:
        render.raw(license_as_odrl(session.library(), license_id))
        return
    shown = show_license(session.library(), license_id, revision=revision)
    if session.json:
        render.document(shown)
        return
    render.say(shown["english"])
    for one in shown["revisions"]:
        why = f" by {one['by']}: {one['reason']}" if one["reason"] else ""
        render.say(f"Revision {one['revision']}, {one['recorded_at']}, {one['status']}{why}")
        render.say(*(f"  {change}" for change in one["changes"]))


@command(group, reads=True)
@click.argument("license_id", metavar="ID")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page to print and sign.")
@click.option("--revision", type=int, help="An earlier revision.")
def explain(session: Session, license_id: str, html: Path | None, revision: int | None) -> None:
    """A license in plain English, for a lawyer to sign off."""
    from assetlib.flows.add_license import show_license, write_license_page
    from cli import render

    if html is not None:
        write_license_page(session.library(), license_id, session.place(html), revision=revision)
        render.say(str(html))
        return
    shown = show_license(session.library(), license_id, revision=revision)
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
