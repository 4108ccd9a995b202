"""`assetlib approval`: what waits for somebody's word, and giving, refusing or filing that word."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.session import Session, command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def group() -> None:
    """Approvals and consents that a use waits for; an answer opens no door, the question is asked again."""


@command(group, "list", reads=True)
def list_(session: Session) -> None:
    """What waits, for whom, and every answer on record."""
    from assetlib.flows.answer_request import list_requests
    from cli import render

    found = list_requests(session.library())
    if session.json:
        render.documents("open", found.pop("open"), **found)
        return
    headers = ("request", "kind", "by", "what", "scope", "source")
    render.table(headers, [[row[h] for h in headers] for row in found["open"]])
    for row in found["answered"]:
        render.note(f"{row['request']} {row['state']}: {row.get('what', '')} {row.get('note', '')}".rstrip())


@command(group)
@click.argument("request")
@click.option("--note", default="", help="Words to keep with the answer.")
def grant(session: Session, request: str, note: str) -> None:
    """Say yes to REQUEST with your key."""
    _give(session, request, yes=True, note=note)


@command(group)
@click.argument("request")
@click.option("--note", default="", help="Words to keep with the answer.")
def refuse(session: Session, request: str, note: str) -> None:
    """Say no to REQUEST with your key; the use stays denied."""
    _give(session, request, yes=False, note=note)


@command(group)
@click.argument("request")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The PDF to write.")
def send(session: Session, request: str, out: Path) -> None:
    """REQUEST as a page to sign, for somebody who has no key here."""
    from assetlib.flows.answer_request import send_request
    from cli import render

    done = session.as_named(send_request(session.library(), request, session.place(out)))
    if session.json:
        render.document(done)
        return
    render.say(str(out))
    render.note(f"for {done['by']}; when it is back: assetlib approval record {request} --document SIGNED.pdf")


@command(group)
@click.argument("request")
@click.option("--document", type=click.Path(path_type=Path), required=True, help="The signed page.")
@click.option("--refused", is_flag=True, help="The answer on it is no.")
@click.option("--note", default="", help="Words to keep with the answer.")
def record(session: Session, request: str, document: Path, refused: bool, note: str) -> None:
    """File the signed page by which somebody outside answered REQUEST."""
    from assetlib.flows.answer_request import record_answer

    _show(session, record_answer(session.library(), request, document, yes=not refused, note=note))


def _give(session: Session, request: str, *, yes: bool, note: str) -> None:
    from assetlib.flows.answer_request import give_answer

    _show(session, give_answer(session.library(), request, yes=yes, note=note))


def _show(session: Session, done: dict[str, Any]) -> None:
    from cli import render

    if session.json:
        render.document(done)
        return
    render.say(f"{done['request']}: {done['state']} by {done['by']}, signed by {done['recorded_by']}")
    render.note(*done["warnings"])
