"""A form of what is well written in a file with mistakes, so that sense can be checked in the rest of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from assetlib.documents.license_form import CoversForm, LicenseForm, PermitForm, ProhibitForm
from assetlib.model.asset import AssetKind, Facet
from assetlib.model.license import LicenseKind

Place = tuple[str | int, ...]
_CLAUSES: dict[str, type[BaseModel]] = {"permits": PermitForm, "prohibits": ProhibitForm}
# What stands in for a part that cannot be read, so that nothing is said about it twice.
_COVERS = CoversForm(kind=tuple(AssetKind), facets=tuple(Facet))


def partial_form(content: dict[str, Any]) -> tuple[LicenseForm, Callable[[Place], Place]]:
    """The form without what is wrong, and the way from a place in it to the place in the file."""
    values: dict[str, Any] = {"kind": LicenseKind.LICENSE, "covers": _COVERS, "document": None, "spdx": "?"}
    numbers: dict[str, list[int]] = {}
    for name, field in LicenseForm.model_fields.items():
        key = field.alias or name
        if name in _CLAUSES:
            values[name], numbers[name] = _clauses(_CLAUSES[name], content.get(key))
        elif key in content:
            read = _read(field.annotation, content[key])
            values |= {} if read is _WRONG else {name: read}

    def in_the_file(place: Place) -> Place:
        if len(place) > 1 and place[0] in numbers and isinstance(place[1], int):
            return (place[0], numbers[str(place[0])][place[1]], *place[2:])
        return place

    return LicenseForm.model_construct(**values), in_the_file


_WRONG = object()


def _read(hint: Any, value: Any) -> Any:
    try:
        return TypeAdapter(hint).validate_python(value)
    except ValidationError:
        return _WRONG


def _clauses(form: type[BaseModel], clauses: Any) -> tuple[tuple[Any, ...], list[int]]:
    if not isinstance(clauses, list):
        return (), []
    read = [(number, _read(form, clause)) for number, clause in enumerate(clauses)]
    kept = [(number, one) for number, one in read if one is not _WRONG]
    return tuple(one for _, one in kept), [number for number, _ in kept]
