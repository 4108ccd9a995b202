"""Licenses of every kind, drawn from the types of the model, so that a field added there is drawn here as well.

Only what the types do not say stands below: closed vocabularies, ids that decisions cite, territories that parse.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from hypothesis import strategies as st

from assetlib.model.ids import EntityUri
from assetlib.model.license import (
    Grant,
    License,
    LicenseParty,
    Prohibition,
    Selector,
    Survival,
    SurvivalKind,
    Territories,
)
from assetlib.rights import vocabulary
from assetlib.rights.territory import COUNTRIES, WORLD
from provenance.digest import Digest, digest_bytes

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=24)
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
MOMENT = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
DIGEST = st.binary(max_size=4).map(digest_bytes)
ENTITY = st.builds(
    lambda folder, name, pin: str(
        EntityUri(path=f"{folder}/{name}", version=None if pin is None else digest_bytes(pin))
    ),
    st.sampled_from(["characters", "sets"]),
    st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_.\-]{0,9}\Z"),
    st.none() | st.binary(max_size=2),
)
GRANTED = sorted({*vocabulary.ACTIONS, *vocabulary.GROUPS} - {"train"})
BANNED = sorted({*vocabulary.ACTIONS, *vocabulary.GROUPS})


def tuples(values: Any, *, least: int = 0) -> Any:
    """Tuples in any order, now and then with a value twice: the model does not forbid it."""
    return st.lists(values, min_size=least, max_size=4).map(tuple)


def words(known: Any) -> Any:
    return tuples(st.sampled_from(sorted(known)))


TERRITORIES = st.builds(Territories, included=words(COUNTRIES)) | st.builds(
    Territories, included=st.just((WORLD,)), excluded=words(COUNTRIES)
)
SURVIVAL = st.builds(Survival, kind=st.sampled_from(SurvivalKind), until=st.none() | MOMENT, days=st.integers(0, 9999))
SPECIAL: dict[tuple[type, str], Any] = {
    (License, "timezone"): st.sampled_from(["UTC", "America/Los_Angeles", "Asia/Kathmandu"]),
    (License, "licensee"): NAME,
    (LicenseParty, "party"): NAME,
    (License, "id"): st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_.\-]{0,9}\Z"),
    (Selector, "entities"): tuples(ENTITY),
    (Selector, "collections"): tuples(NAME),
    (Grant, "actions"): words(GRANTED).filter(bool),
    (Prohibition, "actions"): words(BANNED),
    (Prohibition, "content"): words(vocabulary.CONTENT_FLAGS),
}
for _kind in (Grant, Prohibition):
    SPECIAL |= {
        (_kind, "clause"): NAME,
        (_kind, "purposes"): words(vocabulary.PURPOSES),
        (_kind, "media"): words(vocabulary.MEDIA),
        (_kind, "productions"): tuples(NAME | st.just("*")),
        (_kind, "recipients"): tuples(NAME | st.sampled_from(["*", "local", "luma/api/business/acct-7"])),
    }
BY_TYPE: dict[Any, Any] = {
    str: TEXT,
    bool: st.booleans(),
    int: st.integers(0, 10**9),
    datetime: MOMENT,
    date: st.dates(),
    Digest: DIGEST,
    Territories: TERRITORIES,
    Survival: SURVIVAL,
}


def drawn(hint: Any) -> Any:
    """The strategy for a type of the model."""
    if hint in BY_TYPE:
        return BY_TYPE[hint]
    inner = [part for part in typing.get_args(hint) if part not in (types.NoneType, Ellipsis)]
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return st.none() | drawn(inner[0])
    if typing.get_origin(hint) is tuple:
        return tuples(drawn(inner[0]))
    if issubclass(hint, Enum):
        return st.sampled_from(hint)
    return built(hint)


def of_field(kind: type, name: str) -> Any:
    """The strategy for one field of a dataclass."""
    return SPECIAL[kind, name] if (kind, name) in SPECIAL else drawn(typing.get_type_hints(kind)[name])


def built(kind: type) -> Any:
    return st.builds(kind, **{f.name: of_field(kind, f.name) for f in dataclasses.fields(kind) if f.init})


def _named(license_: License) -> License:
    """Ids as everything that files a license gives them: clauses once each, duties and caps below their clause."""
    seen: set[str] = set()
    rules: list[Any] = []
    for rule in (*license_.grants, *license_.prohibitions):
        clause = rule.clause if rule.clause not in seen else f"{rule.clause}~{len(seen)}"
        seen.add(clause)
        id_ = f"{license_.id}#{clause}"
        changes: dict[str, Any] = {"id": id_, "clause": clause}
        if isinstance(rule, Grant):
            changes["caps"] = _below(id_, rule.caps)
            changes["duties"] = _below(id_, rule.duties)
        rules.append(dataclasses.replace(rule, **changes))
    count = len(license_.grants)
    return dataclasses.replace(license_, grants=tuple(rules[:count]), prohibitions=tuple(rules[count:]))


def _below(id_: str, parts: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dataclasses.replace(part, id=f"{id_}/{n}/{part.id}") for n, part in enumerate(parts))


LICENSES = built(License).map(_named)
