"""The audit as one self-contained HTML page: no script, no request, every value escaped."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from assetlib.audit.drawings import by_clause, lineage, timeline
from assetlib.audit.report import AuditReport, CitedGrant
from assetlib.rights.wording import day

if TYPE_CHECKING:
    from jinja2 import Template

_INVISIBLE = {
    code: f"\\u{code:04x}" for code in (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that the page shows inline, or why it does not."""

    jpeg: bytes = b""
    why: str = ""


def audit_page(
    report: AuditReport,
    pictures: Mapping[tuple[str, str], Picture],
    *,
    shown_under: Sequence[str] = (),
    today: datetime,
) -> str:
    """HTML for `report`; `pictures` by shot and digest, `shown_under` the decisions by which they may be viewed."""
    from markupsafe import Markup

    grants = [grant for shot in report.shots for reference in shot.references for grant in reference.grants]
    delivery = datetime.fromisoformat(report.exploit_until) if report.exploit_until else None
    drawn = timeline(grants, today=today, delivery=delivery)
    return template("audit.html").render(
        report=report,
        image={key: _inline(picture.jpeg) for key, picture in pictures.items() if picture.jpeg},
        withheld={key: picture.why for key, picture in pictures.items() if not picture.jpeg},
        shown_under=shown_under,
        documents=_documents(grants),
        # our own drawings; they escape every text they show
        lineage={shot.shot: Markup(lineage(shot)) for shot in report.shots},  # noqa: S704
        timeline=Markup(drawn),  # noqa: S704
    )


def _documents(grants: Sequence[CitedGrant]) -> list[CitedGrant]:
    """One grant a filed document, by license."""
    return sorted({grant.document: grant for grant in grants if grant.document}.values(), key=lambda g: g.license)


def _inline(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def visible(text: object) -> str:
    """Control and bidi characters as visible escapes, so that no name can rewrite the line it stands in."""
    shown = str(text).translate(_INVISIBLE)
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in shown)


@lru_cache(maxsize=8)
def template(name: str) -> Template:
    """A page of this room, with every value escaped and nothing invisible let through."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("assetlib.audit"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    environment.filters |= {"brief": _brief, "by_clause": by_clause, "words": _words, "moment": _moment}
    return environment.get_template(name)


def _brief(digest: str) -> str:
    """Enough of a digest to compare by eye; the annex has all of it."""
    return digest.removeprefix("sha256:")[:12] + "…" if digest else ""


def _words(token: str) -> str:
    return token.replace("_", " ")


def _moment(text: str) -> str:
    """``21 November 2026, 06:51 UTC``."""
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return f"{day(moment)}, {moment:%H:%M} UTC"


def finalize(value: object) -> object:
    from markupsafe import Markup

    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)
