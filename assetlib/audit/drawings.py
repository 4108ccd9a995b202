"""The two pictures of an audit, as SVG text: lineage and rights timeline. Pure; dark on light, so that they print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from assetlib.audit.report import CitedGrant, ShotAudit
from assetlib.rights.wording import last_day

_INK, _SOFT, _LINE, _GRID, _PAPER = "#1d2733", "#4a5967", "#8fa0af", "#dde4ea", "#ffffff"
_NOW, _DELIVERY, _MADE, _SHOWN = "#b3392f", "#20435c", "#3f7f4f", "#cfdfd6"
_GAP, _ROW, _TOP, _LETTER = 26, 42, 30, 7.4


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    width: int
    color: str


_COLUMNS = (
    _Column("Shot", 114, "#20435c"),
    _Column("Take", 92, "#2f6f73"),
    _Column("Made from", 156, "#3f7f4f"),
    _Column("Allowed by", 170, "#8a6d1f"),
    _Column("Document", 226, "#6c5a74"),
)


@dataclass(frozen=True, slots=True)
class _Node:
    key: str
    column: int
    title: str
    detail: str


def lineage(audit: ShotAudit) -> str:
    """shot ⇐ the take that stands for it ⇐ assets ⇐ clauses ⇐ documents, left to right, every edge drawn."""
    nodes, edges = _graph(audit)
    columns = _untangled([[n for n in nodes if n.column == c] for c in range(len(_COLUMNS))], edges)
    tallest = max(1, *(len(column) for column in columns))
    places = {
        node.key: (_left(c), _TOP + (row + (tallest - len(column)) / 2) * _ROW)
        for c, column in enumerate(columns)
        for row, node in enumerate(column)
    }
    ends = {node.key: places[node.key][0] + _COLUMNS[node.column].width for node in nodes}
    parts = [_text(_left(c), 14, column.title, 12, _SOFT, weight=600) for c, column in enumerate(_COLUMNS)]
    parts += [_edge(ends[a], places[a][1], *places[b]) for a, b in edges]
    parts += [_box(places[node.key], node) for node in nodes]
    width = _left(len(_COLUMNS) - 1) + _COLUMNS[-1].width
    return _svg(width + 1, _TOP + tallest * _ROW, parts, f"Lineage of {audit.shot}")


def _left(column: int) -> int:
    return sum(c.width + _GAP for c in _COLUMNS[:column])


def _graph(audit: ShotAudit) -> tuple[list[_Node], list[tuple[str, str]]]:
    nodes = {audit.shot: _Node(audit.shot, 0, audit.shot, f"frames {audit.frames}")}
    edges: dict[tuple[str, str], None] = {}
    user, take = audit.shot, audit.standing_take
    if take is not None:
        nodes[take.code] = _Node(take.code, 1, take.code, take.generator)
        edges[audit.shot, take.code] = None
        user = take.code
    for one in sorted(audit.references, key=lambda r: (r.kind, r.name)):
        nodes[one.digest] = _Node(one.digest, 2, one.name, f"{one.kind} {one.version}, {_brief(one.digest)}")
        edges[user, one.digest] = None
        for grant in by_clause(one.grants):
            nodes[grant.id] = _Node(grant.id, 3, f"{grant.license} cl. {grant.clause}", _facets([grant.facet]))
            edges[one.digest, grant.id] = None
            if grant.document:
                name = grant.document_name or "document"
                nodes[grant.document] = _Node(grant.document, 4, name, _brief(grant.document))
                edges[grant.id, grant.document] = None
    return list(nodes.values()), list(edges)


def _untangled(columns: list[list[_Node]], edges: Iterable[tuple[str, str]]) -> list[list[_Node]]:
    """Each column in the order of what it hangs on, so that few lines cross."""
    feeding: dict[str, list[str]] = {}
    for start, end in edges:
        feeding.setdefault(end, []).append(start)
    row: dict[str, float] = {}
    done = []
    for column in columns:
        wanted: Mapping[str, float] = {
            node.key: sum(row[key] for key in feeding[node.key]) / len(feeding[node.key])
            for node in column
            if feeding.get(node.key)
        }
        ordered = sorted(column, key=lambda node: wanted.get(node.key, 0.0))
        row |= {node.key: place - len(ordered) / 2 for place, node in enumerate(ordered)}
        done.append(ordered)
    return done


def _box(place: tuple[float, float], node: _Node) -> str:
    (x, y), column = place, _COLUMNS[node.column]
    room = column.width - 20
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{column.width}" height="{_ROW - 8}" rx="3" fill="{_PAPER}" '
        f'stroke="{_LINE}"/><rect x="{x:.0f}" y="{y:.0f}" width="5" height="{_ROW - 8}" fill="{column.color}"/>'
        + _text(x + 12, y + 15, _short(node.title, int(room / _LETTER)), 11.5, _INK, weight=600)
        + _text(x + 12, y + 29, _short(node.detail, int(room / 5.8)), 10, _SOFT)
    )


def _edge(x1: float, top1: float, x2: float, top2: float) -> str:
    y1, y2 = top1 + (_ROW - 8) / 2, top2 + (_ROW - 8) / 2
    bend = (x2 - x1) / 2
    path = f"M{x1:.0f} {y1:.1f} C{x1 + bend:.0f} {y1:.1f} {x2 - bend:.0f} {y2:.1f} {x2:.0f} {y2:.1f}"
    return f'<path d="{path}" fill="none" stroke="{_LINE}" stroke-width="1.2"/>'


def timeline(grants: Sequence[CitedGrant], *, today: datetime, delivery: datetime | None) -> str:
    """One bar a clause: dark where pictures may be made, light where they may be shown; its last days beside it."""
    unique = by_clause(grants)
    if not unique:
        return ""
    dated = [moment for g in unique for moment in (_moment(g.start), _moment(g.until), _moment(g.exploit_until))]
    known = [moment for moment in dated if moment is not None] + [today] + ([delivery] if delivery else [])
    first = min(known).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    last = max(known).replace(month=12, day=31) + (max(known) - min(known)) * 0.12
    left, width, words, row = 205, 390, 185, 34
    scale = width / max(1.0, (last - first).total_seconds())

    def x(moment: datetime) -> float:
        return left + (moment - first).total_seconds() * scale

    height = 34 + len(unique) * row + 18
    years = range(first.year, last.year + 1)
    parts = []
    for year in years[:: max(1, -(-len(years) // 9))]:
        at = x(datetime(year, 1, 1, tzinfo=UTC))
        parts.append(f'<line x1="{at:.1f}" y1="20" x2="{at:.1f}" y2="{height - 16}" stroke="{_GRID}"/>')
        parts.append(_text(at + 3, 14, str(year), 10, _SOFT))
    for index, grant in enumerate(unique):
        y = 28 + index * row
        parts += [*_named(grant, y), *_bars(grant, y, first, last, x), *_days(grant, left + width + 12, y)]
    parts += _mark(x(today), height, "today", _NOW, left + width)
    if delivery is not None:
        parts += _mark(x(delivery), height, f"cleared use ends {last_day(delivery)}", _DELIVERY, left + width)
    return _svg(left + width + words, height, parts, "Rights over time")


def by_clause(grants: Sequence[CitedGrant]) -> list[CitedGrant]:
    """One grant a clause, with all the facets it was cited for."""
    facets: dict[str, set[str]] = {}
    for grant in grants:
        facets.setdefault(grant.id, set()).add(grant.facet)
    unique = {grant.id: replace(grant, facet=", ".join(sorted(facets[grant.id]))) for grant in grants}
    return sorted(unique.values(), key=lambda g: (g.license, g.clause))


def _named(grant: CitedGrant, y: float) -> list[str]:
    return [
        _text(0, y + 12, _short(f"{grant.license} cl. {grant.clause}", 25), 11.5, _INK, weight=600),
        _text(0, y + 25, _short(f"{grant.licensor}: {_facets([grant.facet])}", 38), 10, _SOFT),
    ]


def _bars(grant: CitedGrant, y: float, first: datetime, last: datetime, x: object) -> list[str]:
    assert callable(x)
    start = _moment(grant.start) or first
    made, shown = _moment(grant.until) or last, _moment(grant.exploit_until) or last
    return [
        f'<rect x="{x(start):.1f}" y="{y + 4:.0f}" width="{max(2, x(shown) - x(start)):.1f}" height="18" rx="3" '
        f'fill="{_SHOWN}" stroke="{_MADE}" stroke-width="0.6"/>',
        f'<rect x="{x(start):.1f}" y="{y + 8:.0f}" width="{max(2, x(made) - x(start)):.1f}" height="10" rx="2" '
        f'fill="{_MADE}"/>',
    ]


def _days(grant: CitedGrant, x: float, y: float) -> list[str]:
    made = f"to {grant.made_until}" if grant.until else "without end"
    shown = f"to {grant.shown_until}" if grant.exploit_until else "in perpetuity"
    return [_text(x, y + 12, f"made {made}", 10.5, _INK), _text(x, y + 25, f"shown {shown}", 10.5, _SOFT)]


def _mark(at: float, height: float, label: str, color: str, right: float) -> list[str]:
    room = 5.6 * len(label) + 4  # near the right edge the label stands before its line
    start = at + 3 if at + room < right else at - room
    return [
        f'<line x1="{at:.1f}" y1="18" x2="{at:.1f}" y2="{height - 14}" stroke="{color}" stroke-width="1.5" '
        f'stroke-dasharray="4 3"/>',
        _text(start, height - 3, label, 10, color, weight=600),
    ]


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _facets(words: Iterable[str]) -> str:
    return ", ".join(words).replace("_", " ")


def _brief(digest: str) -> str:
    return digest.removeprefix("sha256:")[:8] + "…"


def _text(x: float, y: float, text: str, size: float, fill: str, *, weight: int = 400) -> str:
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" font-weight="{weight}" fill="{fill}">{escape(text)}</text>'
    )


def _short(text: str, length: int) -> str:
    """At most `length` letters; both ends stay, since names differ there."""
    if len(text) <= length:
        return text
    head = (length - 1) * 3 // 5
    return f"{text[:head]}…{text[len(text) - (length - 1 - head) :]}"


def _svg(width: float, height: float, parts: Sequence[str], title: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'font-family="system-ui, Helvetica, Arial, sans-serif"><title>{escape(title)}</title>{"".join(parts)}</svg>'
    )
