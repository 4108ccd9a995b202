"""The two pictures of an audit, as SVG text: lineage and rights timeline. Pure; they print in black and white."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from assetlib.audit.report import CitedGrant, ShotAudit

_INK, _SOFT, _LINE = "#1d2733", "#5b6b7b", "#b9c4cf"
_FILLS = {"shot": "#20435c", "take": "#2f6f73", "asset": "#3f7f4f", "grant": "#8a6d1f", "document": "#6c5a74"}
_COLUMNS = ("shot", "take", "asset", "grant", "document")
_TITLES = ("Shot", "Take", "Made from", "Allowed by", "Document")
_BOX, _GAP, _ROW, _TOP = 178, 44, 46, 30


@dataclass(frozen=True, slots=True)
class _Node:
    key: str
    column: int
    title: str
    detail: str


def lineage(audit: ShotAudit) -> str:
    """shot ⇐ take ⇐ assets ⇐ grants ⇐ documents, left to right, every edge drawn."""
    nodes, edges = _graph(audit)
    columns: list[list[_Node]] = [[n for n in nodes if n.column == c] for c in range(len(_COLUMNS))]
    tallest = max(1, *(len(column) for column in columns))
    places = {
        node.key: (c * (_BOX + _GAP), _TOP + (row + (tallest - len(column)) / 2) * _ROW)
        for c, column in enumerate(columns)
        for row, node in enumerate(column)
    }
    width, height = len(_COLUMNS) * (_BOX + _GAP) - _GAP, _TOP + tallest * _ROW
    parts = [_text(c * (_BOX + _GAP), 14, title, 12, _SOFT) for c, title in enumerate(_TITLES)]
    parts += [_edge(places[a], places[b]) for a, b in edges if a in places and b in places]
    parts += [_box(places[node.key], node) for node in nodes]
    return _svg(width, height, parts, f"Lineage of {audit.shot}")


def _graph(audit: ShotAudit) -> tuple[list[_Node], list[tuple[str, str]]]:
    nodes = {audit.shot: _Node(audit.shot, 0, audit.shot, audit.frames)}
    edges: dict[tuple[str, str], None] = {}
    for take in audit.takes:
        nodes[take.code] = _Node(take.code, 1, take.code, take.generator)
        edges[audit.shot, take.code] = None
    for reference in audit.references:
        nodes[reference.digest] = _Node(reference.digest, 2, reference.name, f"{reference.kind} {reference.version}")
        for take in audit.takes:
            edges[take.code, reference.digest] = None
        for grant in _by_clause(reference.grants):
            nodes[grant.id] = _Node(grant.id, 3, f"{grant.license} §{grant.clause}", grant.facet)
            edges[reference.digest, grant.id] = None
            if grant.document:
                nodes[grant.document] = _Node(grant.document, 4, grant.document_name, grant.document[7:19] + "…")
                edges[grant.id, grant.document] = None
    return list(nodes.values()), list(edges)


def _box(place: tuple[float, float], node: _Node) -> str:
    x, y = place
    fill = _FILLS[_COLUMNS[node.column]]
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{_BOX}" height="{_ROW - 10}" rx="5" fill="{fill}"/>'
        + _text(x + 9, y + 15, _short(node.title, 23), 12, "#ffffff", weight=600)
        + _text(x + 9, y + 29, _short(node.detail, 30), 10, "#e6edf2")
    )


def _edge(start: tuple[float, float], end: tuple[float, float]) -> str:
    x1, y1 = start[0] + _BOX, start[1] + (_ROW - 10) / 2
    x2, y2 = end[0], end[1] + (_ROW - 10) / 2
    bend = (x2 - x1) / 2
    path = f"M{x1:.0f} {y1:.1f} C{x1 + bend:.0f} {y1:.1f} {x2 - bend:.0f} {y2:.1f} {x2:.0f} {y2:.1f}"
    return f'<path d="{path}" fill="none" stroke="{_LINE}" stroke-width="1.3"/>'


def timeline(grants: Sequence[CitedGrant], *, today: datetime, delivery: datetime | None) -> str:
    """One bar a grant: dark where pictures may be made, light where they may be shown; today and the end of use."""
    unique = _by_clause(grants)
    if not unique:
        return ""
    dated = [moment for g in unique for moment in (_moment(g.start), _moment(g.until), _moment(g.exploit_until))]
    known = [moment for moment in dated if moment is not None] + [today] + ([delivery] if delivery else [])
    first = min(known).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    last = max(known).replace(month=12, day=31) + (max(known) - min(known)) * 0.12
    left, width, row = 230, 640, 24
    scale = width / max(1.0, (last - first).total_seconds())

    def x(moment: datetime) -> float:
        return left + (moment - first).total_seconds() * scale

    height = 34 + len(unique) * row + 18
    years = range(first.year, last.year + 1)
    step = max(1, len(years) // 8)
    parts = []
    for year in years[::step]:
        at = x(datetime(year, 1, 1, tzinfo=UTC))
        parts.append(f'<line x1="{at:.1f}" y1="20" x2="{at:.1f}" y2="{height - 16}" stroke="#e3e8ed"/>')
        parts.append(_text(at + 3, 14, str(year), 10, _SOFT))
    for index, grant in enumerate(unique):
        parts += _bars(grant, 30 + index * row, first, last, x)
    parts += _mark(x(today), height, "today", "#b3392f", left + width)
    if delivery is not None:
        parts += _mark(x(delivery), height, "cleared use ends", "#20435c", left + width)
    return _svg(left + width, height, parts, "Rights over time")


def _by_clause(grants: Sequence[CitedGrant]) -> list[CitedGrant]:
    """One grant a clause, with all the facets it was cited for."""
    facets: dict[str, set[str]] = {}
    for grant in grants:
        facets.setdefault(grant.id, set()).add(grant.facet)
    unique = {grant.id: replace(grant, facet=", ".join(sorted(facets[grant.id]))) for grant in grants}
    return sorted(unique.values(), key=lambda g: (g.license, g.clause))


def _bars(grant: CitedGrant, y: float, first: datetime, last: datetime, x: object) -> list[str]:
    assert callable(x)
    start = _moment(grant.start) or first
    made, shown = _moment(grant.until) or last, _moment(grant.exploit_until) or last
    label = f"{grant.license} §{grant.clause}, {grant.facet}"
    return [
        _text(0, y + 11, _short(label, 38), 11, _INK),
        f'<rect x="{x(start):.1f}" y="{y:.0f}" width="{max(2, x(shown) - x(start)):.1f}" height="14" rx="3" '
        f'fill="#cfdfd6"/>',
        f'<rect x="{x(start):.1f}" y="{y + 3:.0f}" width="{max(2, x(made) - x(start)):.1f}" height="8" rx="2" '
        f'fill="#3f7f4f"/>',
    ]


def _mark(at: float, height: float, label: str, color: str, right: float) -> list[str]:
    room = 6 * len(label) + 4  # near the right edge the label stands before its line
    start = at + 3 if at + room < right else at - room
    return [
        f'<line x1="{at:.1f}" y1="18" x2="{at:.1f}" y2="{height - 14}" stroke="{color}" stroke-width="1.5" '
        f'stroke-dasharray="4 3"/>',
        _text(start, height - 3, label, 10, color, weight=600),
    ]


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(x: float, y: float, text: str, size: int, fill: str, *, weight: int = 400) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-weight="{weight}" fill="{fill}">{escape(text)}</text>'
    )


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _svg(width: float, height: float, parts: Sequence[str], title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'font-family="system-ui, Helvetica, Arial, sans-serif"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )
