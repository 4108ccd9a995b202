"""Any value of this package as plain JSON: what is hashed, signed and stored. Reading back is `documents`' work."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from typing import Any

from provenance.decision import instant


def to_plain(value: Any) -> Any:
    """Strings, numbers, booleans, None, lists and dicts; times in UTC, bytes in hex, fractions as ``n/d``."""
    match value:
        case None | bool() | int():
            return value
        case Enum():
            return value.value
        case str():
            return value
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case tuple():
            return [to_plain(item) for item in value]
    if dataclasses.is_dataclass(value):
        held = (field for field in dataclasses.fields(value) if field.init)
        return {field.name.rstrip("_"): to_plain(getattr(value, field.name)) for field in held}
    raise TypeError(f"expected a value of the model, found {type(value).__name__}")
