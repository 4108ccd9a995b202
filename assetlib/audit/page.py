"""The audit as one self-contained HTML page: no script, no request, every value escaped."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from assetlib.audit.drawings import lineage, timeline
from assetlib.audit.report import AuditReport

if TYPE_CHECKING:
    from jinja2 import Template

_INVISIBLE = {
    code: f"\\u{code:04x}" for code in (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


def audit_page(report: AuditReport, pictures: Mapping[str, bytes], *, today: datetime) -> str:
    """HTML for `report`; `pictures` maps the names it uses (thumbnails, frames) to JPEG bytes, shown inline."""
    from markupsafe import Markup

    grants = [grant for shot in report.shots for reference in shot.references for grant in reference.grants]
    delivery = datetime.fromisoformat(report.exploit_until) if report.exploit_until else None
    drawn = timeline(grants, today=today, delivery=delivery)
    return _template().render(
        report=report,
        image={name: _inline(data) for name, data in pictures.items()},
        # our own drawings; they escape every text they show
        lineage={shot.shot: Markup(lineage(shot)) for shot in report.shots},  # noqa: S704
        timeline=Markup(drawn),  # noqa: S704
    )


def _inline(jpeg: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode()


def visible(text: object) -> str:
    """Control and bidi characters as visible escapes, so that no name can rewrite the line it stands in."""
    shown = str(text).translate(_INVISIBLE)
    return "".join(c if c.isprintable() or c in "\n\t" else f"\\u{ord(c):04x}" for c in shown)


@lru_cache(maxsize=1)
def _template() -> Template:
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("assetlib.audit"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )
    return environment.get_template("audit.html")


def finalize(value: object) -> object:
    from markupsafe import Markup

    return value if isinstance(value, Markup) or not isinstance(value, str) else visible(value)
