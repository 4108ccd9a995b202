"""Record what a production clears its shots for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from assetlib.documents.rulepack_file import shipped_rulepacks
from assetlib.flows.ask import parse_until
from assetlib.model.production import Production
from assetlib.model.refusals import BadInput, Conflict
from assetlib.rights import wording
from assetlib.rights.territory import parse_territories
from assetlib.rights.vocabulary import MEDIA, PURPOSES, check_words
from provenance.decision import PERPETUAL, instant

if TYPE_CHECKING:
    from assetlib.library import Library


def add_production(
    library: Library,
    production_id: str,
    *,
    name: str | None = None,
    rate: str = "24",
    first_frame: int = 1001,
    handles: int = 8,
    size: str = "1920x1080",
    purpose: str = "previs",
    territories: Sequence[str] = ("WW",),
    media: Sequence[str] = ("svod",),
    exploit_until: str = PERPETUAL,
    rulepacks: Sequence[str] = (),
    non_commercial: bool = False,
    as_default: bool = False,
) -> dict[str, Any]:
    """Raises BadInput for words outside the vocabulary, Conflict when the id is taken."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_\-]*", production_id):
        raise BadInput(f"expected an id of letters, digits, '-' and '_', found {production_id!r}")
    width, height = parse_size(size)
    _check(purpose, territories, media)
    _check_rulepacks(rulepacks)
    if handles < 0:
        raise BadInput(f"expected handles of 0 frames or more, found {handles}")
    production = Production(
        id=production_id,
        name=name or production_id,
        rate=parse_rate(rate),
        first_frame=first_frame,
        handles=handles,
        width=width,
        height=height,
        purpose=purpose,
        territories=tuple(territories),
        media=tuple(media),
        exploit_until=parse_until(exploit_until),
        rulepacks=tuple(rulepacks),
        commercial=not non_commercial,
    )
    with library.catalog.reader() as queries:
        if any(known.id == production_id for known in queries.productions()):
            raise Conflict(f"there is a production {production_id!r} already")
    library.committer.commit(
        "production.added",
        {"production": production_id},
        lambda write, _: write.put_production(production, default=as_default),
    )
    return _shown(production)


def _check_rulepacks(names: Sequence[str]) -> None:
    known = [pack.name for pack, _ in shipped_rulepacks()]
    for name in names:
        if name not in known:
            raise BadInput(f"there is no rule pack {name!r}; expected one of {', '.join(known)}")


def productions(library: Library) -> list[dict[str, Any]]:
    """Every production as a document; ``default`` marks the one that commands mean when none is named."""
    with library.catalog.reader() as queries:
        default = queries.default_production().id
        return [_shown(p) | {"default": p.id == default} for p in queries.productions()]


def parse_size(text: str) -> tuple[int, int]:
    """``1280x720`` as (width, height) in pixels; raises BadInput for sizes no frame has."""
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not (16 <= width <= 16384 and 16 <= height <= 16384):
        raise BadInput(f"expected a frame size such as 1280x720, from 16 to 16384 pixels a side; found {text!r}")
    return width, height


def parse_rate(text: str) -> Fraction:
    """An exact frame rate; 23.976 and 29.97 mean their NTSC fractions. Raises BadInput."""
    try:
        rate = {"23.976": Fraction(24000, 1001), "29.97": Fraction(30000, 1001)}.get(text) or Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 1 <= rate <= 240:
        raise BadInput(f"expected a frame rate such as 24 or 24000/1001, found {text!r}")
    return rate


def _check(purpose: str, territories: Sequence[str], media: Sequence[str]) -> None:
    try:
        check_words("purpose", (purpose,), tuple(PURPOSES))
        check_words("media", tuple(media), MEDIA)
        parse_territories(territories)
    except ValueError as error:
        raise BadInput(str(error)) from error


def _shown(production: Production) -> dict[str, Any]:
    until = PERPETUAL if production.exploit_until is None else instant(production.exploit_until)
    return {
        "id": production.id,
        "name": production.name,
        "rate": str(production.rate),
        "first_frame": production.first_frame,
        "handles": production.handles,
        "size": f"{production.width}x{production.height}",
        "purpose": production.purpose,
        "territories": list(production.territories),
        "media": list(production.media),
        "exploit_until": until,
        "rulepacks": list(production.rulepacks),
        "commercial": production.commercial,
        "clears_for": clears_for(production),
    }


def clears_for(production: Production) -> str:
    """The production's use in a line, as every answer prints it."""
    until = wording.until(production.exploit_until)
    where, media = ", ".join(production.territories), ", ".join(production.media)
    return f"{production.purpose} in {where}, {media}, {until}"
