"""Canonical JSON to values and back: licenses, provider agreements and worlds as they are signed and stored.

The document of a license is closed: a field that is missing, unknown or of the wrong type is refused.

>>> from assetlib.model.license import Territories
>>> read_plain(Territories, {"included": ["US"], "excluded": []}).included
('US',)
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeVar

from assetlib.model.license import License, ProviderAgreement
from assetlib.model.plain import to_plain
from provenance.decision import parse_instant
from provenance.digest import Digest, canonical_json, digest_bytes, parse_digest

FORMAT = 1
Value = TypeVar("Value")


class DocumentRefused(ValueError):
    """Stored JSON that is not the document it should be."""


def license_to_json(license_: License) -> dict[str, Any]:
    return {"assetlib_license": FORMAT, **to_plain(license_)}


def license_from_json(document: dict[str, Any]) -> License:
    """Raises DocumentRefused, naming the field."""
    if document.get("assetlib_license") != FORMAT:
        raise DocumentRefused(f"expected assetlib_license {FORMAT}, found {document.get('assetlib_license')!r}")
    return read_plain(License, {name: value for name, value in document.items() if name != "assetlib_license"})


def license_digest(license_: License) -> Digest:
    """Digest of the canonical JSON: what a rights-admin signs, and what a decision rests on."""
    return digest_bytes(canonical_json(license_to_json(license_)))


def agreement_to_json(agreement: ProviderAgreement) -> dict[str, Any]:
    return {"assetlib_agreement": FORMAT, **to_plain(agreement)}


def agreement_from_json(document: dict[str, Any]) -> ProviderAgreement:
    """Raises DocumentRefused, naming the field."""
    if document.get("assetlib_agreement") != FORMAT:
        raise DocumentRefused(f"expected assetlib_agreement {FORMAT}, found {document.get('assetlib_agreement')!r}")
    held = {name: value for name, value in document.items() if name != "assetlib_agreement"}
    return read_plain(ProviderAgreement, held)


def parse_json(data: bytes) -> dict[str, Any]:
    """The JSON object in `data`; duplicate keys are refused, since two readers could see two documents."""
    try:
        document = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise DocumentRefused(f"expected a JSON document: {error}") from error
    if not isinstance(document, dict):
        raise DocumentRefused(f"expected a JSON object, found {type(document).__name__}")
    return document


def read_plain(kind: type[Value], document: Any, where: str = "") -> Value:
    """The dataclass `kind` that `to_plain` wrote as `document`; raises DocumentRefused."""
    if not isinstance(document, dict):
        raise DocumentRefused(f"{where or kind.__name__}: expected an object, found {type(document).__name__}")
    fields = _fields(typing.cast("typing.Hashable", kind))
    if unknown := sorted(document.keys() - fields.keys()):
        raise DocumentRefused(f"{where or kind.__name__}: unknown {', '.join(unknown)}")
    if missing := sorted(fields.keys() - document.keys()):
        raise DocumentRefused(f"{where or kind.__name__}: missing {', '.join(missing)}")
    values = {name: _read(hint, document[key], f"{where}.{key}".lstrip(".")) for key, (name, hint) in fields.items()}
    return kind(**values)


@lru_cache(maxsize=128)
def _fields(kind: Any) -> dict[str, tuple[str, Any]]:
    hints = typing.get_type_hints(kind)
    held = (field for field in dataclasses.fields(kind) if field.init)
    return {field.name.rstrip("_"): (field.name, hints[field.name]) for field in held}


def _read(hint: Any, value: Any, where: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        inner = next(a for a in arguments if a is not types.NoneType)
        return None if value is None else _read(inner, value, where)
    if origin is tuple:
        return _read_tuple(arguments, value, where)
    if dataclasses.is_dataclass(hint):
        return read_plain(typing.cast("type[Any]", hint), value, where)
    try:
        return _scalar(hint, value)
    except ValueError as error:
        raise DocumentRefused(f"{where}: {error}") from error


def _read_tuple(arguments: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise DocumentRefused(f"{where}: expected a list, found {type(value).__name__}")
    if arguments[-1] is Ellipsis:
        return tuple(_read(arguments[0], item, f"{where}[{n}]") for n, item in enumerate(value))
    if len(arguments) != len(value):
        raise DocumentRefused(f"{where}: expected {len(arguments)} items, found {len(value)}")
    return tuple(_read(hint, item, where) for hint, item in zip(arguments, value, strict=True))


def _scalar(hint: Any, value: Any) -> Any:
    plain = {bool: bool, int: int}.get(hint, str)
    if type(value) is not plain:
        raise ValueError(f"expected {plain.__name__}, found {value!r}")
    if hint in (bool, int, str):
        return value
    return _from_text(hint, str(value))


def _from_text(hint: Any, value: str) -> Any:
    if hint is Digest:
        return parse_digest(value)
    if hint is datetime:
        return parse_instant(value)
    if hint is date:
        return date.fromisoformat(value)
    if hint is bytes:
        return bytes.fromhex(value)
    if hint is Fraction or issubclass(hint, Enum):
        return hint(value)
    raise TypeError(f"no JSON form for {hint!r}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"duplicate key {next(n for n in names if names.count(n) > 1)!r}")
    return document
