"""Contracts as PDF pages: a title, the parties, numbered clauses, signature lines; the same bytes on every run."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One numbered clause, as decisions cite it."""

    number: str
    heading: str
    text: str


def typeset(number: str, title: str, parties: tuple[str, ...], signed: str, clauses: tuple[Clause, ...]) -> bytes:
    """The contract as a PDF without time or random ids (reportlab's invariant mode)."""
    from reportlab.lib.pagesizes import LETTER
    from reportlab.platypus import SimpleDocTemplate

    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=LETTER,
        leftMargin=72,
        rightMargin=72,
        topMargin=64,
        bottomMargin=64,
        title=title,
        author="Northlight Pictures",
        subject=number,
        invariant=1,
    )

    def footer(canvas: Any, page: Any) -> None:
        canvas.setFont("Times-Italic", 8.5)
        canvas.drawString(72, 40, f"{number} · fictional parties, made for the assetlib demo")
        canvas.drawRightString(LETTER[0] - 72, 40, f"page {page.page}")

    document.build(list(_story(number, title, parties, signed, clauses)), onFirstPage=footer, onLaterPages=footer)
    return target.getvalue()


def _story(
    number: str, title: str, parties: tuple[str, ...], signed: str, clauses: tuple[Clause, ...]
) -> Iterable[Any]:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import HRFlowable, KeepTogether, Paragraph, Spacer

    body = ParagraphStyle("body", fontName="Times-Roman", fontSize=10.5, leading=14.5, spaceAfter=7)
    heading = ParagraphStyle("heading", parent=body, fontName="Times-Bold", fontSize=15, leading=19, spaceAfter=4)
    small = ParagraphStyle("small", parent=body, fontName="Times-Italic", fontSize=9.5, textColor="#444444")
    yield Paragraph(escape(title), heading)
    yield Paragraph(f"Instrument {escape(number)}, signed {escape(signed)}", small)
    yield HRFlowable(width="100%", thickness=0.8, spaceAfter=10)
    yield Paragraph("between " + " and ".join(f"<b>{escape(party)}</b>" for party in parties), body)
    for clause in clauses:
        yield Paragraph(
            f"<b>{escape(clause.number)}&nbsp;&nbsp;{escape(clause.heading)}.</b> {escape(clause.text)}", body
        )
    yield Spacer(1, 26)
    lines = [Paragraph(f"______________________________&nbsp;&nbsp;&nbsp;{escape(party)}", body) for party in parties]
    yield KeepTogether(lines)
