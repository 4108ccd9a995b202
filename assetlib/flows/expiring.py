"""What ends soon: grants, their uses, provider terms and reviews, with what hangs on each; also as a calendar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.documents.calendar import DayEntry, calendar
from assetlib.documents.license_json import agreement_from_json, parse_json
from assetlib.flows.add_license import read_stored
from assetlib.flows.delivery import refuse_occupied
from assetlib.model.license import License, LicenseStatus, ProviderAgreement
from assetlib.model.refusals import BadInput
from assetlib.rights.wording import last_date
from provenance.decision import instant

if TYPE_CHECKING:
    from assetlib.library import Library

_WITHIN = re.compile(r"(\d{1,5})\s*(d|w|m|y)?", re.IGNORECASE)
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Something that ends at `end` (half-open, UTC); `last_day` is the last whole or part day in its own zone."""

    what: str
    instrument: str
    clause: str
    end: datetime
    last_day: date
    shots: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "instrument": self.instrument,
            "clause": self.clause,
            "ends": instant(self.end),
            "last_day": self.last_day.isoformat(),
            "shots": list(self.shots),
        }

    @property
    def sentence(self) -> str:
        clause = f" cl. {self.clause}" if self.clause else ""
        count = len(self.shots)
        hangs = f"; {count} shot{'' if count == 1 else 's'} rest{'s' if count == 1 else ''} on it" if count else ""
        return f"{self.instrument}{clause}: {self.what} ends with {self.last_day.isoformat()}{hangs}"


def expiring(library: Library, *, within: str = "90d") -> tuple[Ending, ...]:
    """What ends in the time `within` from now (``90d``, ``12w``, ``6m``, ``1y``), soonest first. Raises BadInput."""
    now = library.clock()
    until = now + parse_within(within)
    with library.catalog.reader() as queries:
        filed = [
            (read_stored(row), queries.shots_under(row.id)) for row in queries.licenses(LicenseStatus.ACTIVE.value)
        ]
        terms = [agreement_from_json(parse_json(row.body)) for row in queries.agreements("active")]
    found = [ending for license_, shots in filed for ending in _of_license(license_, shots)]
    found += [ending for agreement in terms for ending in _of_agreement(agreement)]
    return tuple(
        sorted((e for e in found if now < e.end <= until), key=lambda e: (e.end, e.instrument, e.clause, e.what))
    )


def write_calendar(library: Library, endings: tuple[Ending, ...], target: Path) -> None:
    """The endings as an iCalendar file. Raises BadInput where a file is in the way."""
    refuse_occupied(target, folder=False)
    entries = (
        DayEntry(
            uid=f"{ending.instrument}-{ending.clause}-{ending.what.replace(' ', '-')}@{library.settings['library.id']}",
            day=ending.last_day,
            summary=ending.sentence,
            description="Shots: " + ", ".join(ending.shots) if ending.shots else "",
        )
        for ending in endings
    )
    target.write_bytes(calendar(entries, stamp=library.clock()))


def parse_within(text: str) -> timedelta:
    """``90d``, ``12w``, ``6m`` (of 30 days) or ``1y`` (of 365); a bare number counts days. Raises BadInput."""
    match = _WITHIN.fullmatch(text.strip())
    if match is None:
        raise BadInput(f"expected a time such as 90d, 12w, 6m or 1y, found {text!r}")
    return timedelta(days=int(match[1]) * _DAYS[(match[2] or "d").lower()])


def _of_license(license_: License, shots: tuple[str, ...]) -> Iterator[Ending]:
    for grant in license_.grants:
        for what, end in (
            ("leave to make new work", grant.generate_until),
            ("leave to use results", grant.exploit_until),
            ("what survives the grant", grant.survival.until),
        ):
            if end is not None:
                yield Ending(
                    what=what,
                    instrument=license_.id,
                    clause=grant.clause,
                    end=end,
                    last_day=last_date(end, license_.timezone),
                    shots=shots,
                )


def _of_agreement(agreement: ProviderAgreement) -> Iterator[Ending]:
    attested = agreement.attestation
    for what, end in (
        (f"the agreement with {agreement.recipient}", agreement.valid_until),
        ("counsel's review", agreement.review_due),
        ("the attested account setting", None if attested is None else attested.valid_until),
    ):
        if end is not None:
            yield Ending(what=what, instrument=agreement.id, clause="", end=end, last_day=last_date(end, "UTC"))
