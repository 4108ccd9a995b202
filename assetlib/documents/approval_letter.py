"""A request for approval as a page to sign, for people who have no key here: performers, agents, platforms."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from assetlib.rights.explain import asked_rows
from assetlib.rights.requests import Request
from assetlib.rights.wording import day, listed
from provenance.decision import Question


class LetterRefused(Exception):
    """The page cannot be written on this machine."""


def approval_letter(request: Request, question: Question, *, to: str, production: str, at: datetime) -> bytes:
    """The page as PDF, the same bytes for the same words. Raises LetterRefused where reportlab is not installed."""
    try:
        from reportlab.lib.pagesizes import A4
        from reportlab.platypus import SimpleDocTemplate
    except ImportError as error:
        raise LetterRefused("writing a PDF needs reportlab: pip install 'assetlib[letters]'") from error
    target = io.BytesIO()
    page = SimpleDocTemplate(
        target,
        pagesize=A4,
        leftMargin=64,
        rightMargin=64,
        topMargin=56,
        bottomMargin=56,
        title=f"Request {request.id}",
        author=production,
        invariant=1,
    )
    page.build(list(_story(request, question, to, production, at)))
    return target.getvalue()


def _story(request: Request, question: Question, to: str, production: str, at: datetime) -> Iterator[Any]:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import HRFlowable, KeepTogether, Paragraph, Spacer, Table, TableStyle

    body = ParagraphStyle("body", fontName="Helvetica", fontSize=10, leading=14, spaceAfter=6)
    title = ParagraphStyle("title", parent=body, fontName="Helvetica-Bold", fontSize=16, leading=20, spaceAfter=2)
    soft = ParagraphStyle("soft", parent=body, textColor="#5b6b7b", fontSize=9)

    def text(words: str, style: ParagraphStyle = body) -> Any:
        return Paragraph(escape(words), style)

    yield text(f"Request for your {request.duty.kind.value}", title)
    yield text(f"{request.id}, {day(at)}, from {production}, to {to}", soft)
    yield HRFlowable(width="100%", thickness=0.8, spaceAfter=10)
    yield text(f"Under {request.source.replace('#', ' clause ')} this use needs your {request.duty.kind.value} first:")
    yield text(f"{request.duty.what} ({listed(request.assets)})", ParagraphStyle("what", parent=body, leftIndent=14))
    rows = [
        (text(name, soft), text(what)) for name, what in asked_rows(question) if name not in ("asked by", "judged at")
    ]
    table = Table(rows, colWidths=(84, None), hAlign="LEFT")
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.4, "#dfe6ec")]))
    yield table
    yield Spacer(1, 8)
    yield text(f"Your answer reaches: {_reach(request)}.")
    yield text("Nothing is made or handed over on the strength of this page before it comes back signed.", soft)
    box = "[&nbsp;&nbsp;&nbsp;]&nbsp;&nbsp;"
    answers = [Paragraph(box + escape(words), body) for words in ("I agree.", "I do not agree.")]
    lines = [
        Paragraph(f"{escape(words)} ______________________________", body) for words in ("Name", "Date", "Signature")
    ]
    yield KeepTogether(
        [Spacer(1, 14), *answers, Spacer(1, 22), *[piece for line in lines for piece in (line, Spacer(1, 10))]]
    )


def _reach(request: Request) -> str:
    match request.duty.each.value:
        case "once":
            return "this and every later use under the clause"
        case "production":
            return f"every use under the clause in {request.scope}"
        case "batch":
            return f"every take of shot {request.scope}"
        case _:
            return f"this use alone ({request.scope.replace('/', ', ')})"
