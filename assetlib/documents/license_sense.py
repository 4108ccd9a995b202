"""Mistakes in a license file that no single key shows: clauses said twice, windows that end before they start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assetlib.documents.license_form import CoversForm, LicenseForm, PermitForm, WindowForm
from assetlib.documents.license_value import entity_of
from assetlib.model.license import LicenseKind
from assetlib.rights import territory

_RECIPIENT = re.compile(r"[a-z0-9][a-z0-9._\-]*(/[a-z0-9][a-z0-9._\-]*){0,3}")
Found = tuple[tuple[str | int, ...], str]


def nonsense(form: LicenseForm) -> Iterator[Found]:
    """Where and what, in the order of the file."""
    yield from _covers(form.covers, ("covers",))
    if form.permits and not form.kind.grants:
        yield ("permits",), f"a {form.kind.value} can only prohibit"
    if form.kind is LicenseKind.OPEN_LICENSE and not form.spdx:
        yield ("kind",), "an open_license needs its spdx id"
    clauses = [permit.clause for permit in form.permits] + [ban.clause for ban in form.prohibits]
    for clause in sorted({clause for clause in clauses if clauses.count(clause) > 1}):
        yield ("permits",), f"clause {clause!r} stands twice; decisions cite by clause, so name each once (5a, 5b)"
    for number, permit in enumerate(form.permits):
        yield from _permit(permit, ("permits", number), form)
    for number, ban in enumerate(form.prohibits):
        place = ("prohibits", number)
        yield from _window(ban.during, (*place, "during"))
        yield from _territories(ban.territories, place)
        yield from _recipients(ban.recipients, place)
        if ban.covers:
            yield from _covers(ban.covers, (*place, "covers"))


def _permit(permit: PermitForm, place: tuple[str | int, ...], form: LicenseForm) -> Iterator[Found]:
    yield from _window(permit.generate, (*place, "generate"))
    yield from _territories(permit.territories, place)
    yield from _recipients(permit.recipients, place)
    if permit.covers:
        yield from _covers(permit.covers, (*place, "covers"))
    if not ((permit.covers and permit.covers.facets) or form.covers.facets):
        yield place, "name the facets it covers, under 'covers' of the file or of the clause"
    for number, duty in enumerate(permit.before):
        if len(duty.said()) != 1:
            yield (*place, "before", number), "expected exactly one of approval, consent, notice, fee"
        for kind, text in duty.said():
            if kind.can_still_be_given and not text.partition("by ")[2].strip():
                yield (*place, "before", number), f"say who gives the {kind.value}: '{kind.value}: by PARTY'"
    for number, owed in enumerate(permit.after):
        if len(owed.said()) != 1:
            yield (*place, "after", number), "expected exactly one of credit, fee, report, label, notice"


def _window(window: WindowForm, place: tuple[str | int, ...]) -> Iterator[Found]:
    if window.from_ and window.until and window.until < window.from_:
        yield (*place, "until"), f"ends on {window.until}, before it starts on {window.from_}"


def _territories(words: tuple[str, ...], place: tuple[str | int, ...]) -> Iterator[Found]:
    try:
        territory.parse_territories(words)
    except territory.UnknownTerritory as error:
        yield (*place, "territories"), str(error)


def _recipients(words: tuple[str, ...], place: tuple[str | int, ...]) -> Iterator[Found]:
    """A word that no recipient can have would cover nothing, and prohibit nothing."""
    for word in words:
        if word != "*" and not _RECIPIENT.fullmatch(word):
            found = f"expected local, a party, or provider[/product[/plan[/account]]] in small letters, found {word!r}"
            yield (*place, "recipients"), found


def _covers(covers: CoversForm, place: tuple[str | int, ...]) -> Iterator[Found]:
    selects = covers.character or covers.asset or covers.collection or covers.kind
    if not selects and (place == ("covers",) or not covers.facets):
        yield place, "name what it covers: character, asset, collection or kind"
    for key in ("character", "asset"):
        for word in getattr(covers, key):
            try:
                entity_of(word, "characters" if key == "character" else "")
            except ValueError as error:
                yield (*place, key), str(error)
