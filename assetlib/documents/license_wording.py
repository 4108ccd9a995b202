"""A form's mistakes in a librarian's words: what was expected, what stands there, what to write.

Several complaints about one place (a value that could have been of several forms) become one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic_core import ErrorDetails

Place = tuple[str | int, ...]

# What a key takes, where pydantic's own words would be about types.
_WRITE = {
    "assetlib_license": "1, the format of this file",
    "id": "an id such as LIC-2026-0042 (letters, digits, '.', '_' and '-')",
    "sha256": "the 64 hex digits that 'sha256sum FILE' prints",
    "survival": "perpetual, none, {until: 2027-02-28} or {sell_off_days: 90}",
    "use_until": "perpetual, or the last day of use such as 2027-02-28",
    "covers": "what it covers; write for example {character: captain-rhea, facets: [likeness]}",
    "generate": "a window; write for example {from: 2026-08-01, until: 2027-02-28}",
    "during": "a window; write for example {from: 2026-08-01, until: 2027-02-28}",
    "limits": "limits by unit; write for example {shots: 40}",
    "from": "who grants it; write for example {party: jane-doe, capacity: self}",
    "document": "the signed document; write for example {file: consent.pdf, sha256: 9f2c…}",
    "before": "a list of duties; write for example [{approval: by jane-doe, each: batch}]",
    "after": 'a list of duties; write for example [{credit: "Jane Doe"}]',
}
_BY_TYPE = {
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "one word or sentence",
    "tuple_type": "a list in square brackets",
    "list_type": "a list in square brackets",
    "dict_type": "keys and values in braces",
    "model_type": "keys and values in braces",
    "model_attributes_type": "keys and values in braces",
}
_TOO_FEW = "expected at least one"
_QUOTED = re.compile(r"'([^']*)'")
_SHOWN = 60


def worded(errors: Iterable[ErrorDetails], keys: Iterable[str]) -> Iterator[tuple[Place, str]]:
    """(place, sentence) for each place, in the order met; `keys` are all keys a file may have, for suggestions."""
    known = sorted(set(keys))
    told: dict[Place, str] = {}
    for error in errors:
        place, sentence = _one(error, known)
        told[place] = _better(told.get(place), sentence, place)
    for place, sentence in told.items():
        if not _follows(place, sentence, told):
            yield place, sentence


def _follows(place: Place, sentence: str, told: dict[Place, str]) -> bool:
    """Whether a complaint only follows from another: an empty list whose items were wrong, a form not meant."""
    if sentence.startswith(_TOO_FEW):
        return any(other[: len(place)] == place and other != place for other in told)
    above = [told[place[:n]] for n in range(1, len(place)) if place[:n] in told]
    return sentence.startswith("is missing") and any(not other.startswith(_TOO_FEW) for other in above)


def _one(error: ErrorDetails, known: list[str]) -> tuple[Place, str]:
    place = _in_the_file(error["loc"])
    kind, found = error["type"], error["input"]
    if kind == "missing":
        return place, f"is missing{_please(place)}"
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), known, n=1)
        return place, f"unknown key; {f'did you mean {near[0]!r}?' if near else 'remove it'}"
    if kind == "value_error":
        sentence = error["msg"].removeprefix("Value error, ")
        return place, sentence + _near(found, sentence.partition("expected one of ")[2].split(", "))
    return place, f"expected {_expected(error, place)}, found {shown(found)}{_suggestion(error, found)}"


def _expected(error: ErrorDetails, place: Place) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in ("enum", "literal_error") and _key(place) not in _WRITE:
        return "one of " + ", ".join(_QUOTED.findall(str(context.get("expected", ""))))
    if kind == "too_short":
        return _TOO_FEW.removeprefix("expected ")
    if kind in ("greater_than_equal", "greater_than"):
        return f"a number of at least {context.get('ge', context.get('gt'))}"
    if kind == "string_too_short":
        return "some text"
    return _WRITE.get(_key(place)) or _BY_TYPE.get(kind) or error["msg"][0].lower() + error["msg"][1:]


def _suggestion(error: ErrorDetails, found: Any) -> str:
    """A word nearly right is usually a typing error; a single word where a list belongs wants its brackets."""
    if error["type"] in ("enum", "literal_error") and isinstance(found, str):
        return _near(found, _QUOTED.findall(str(error.get("ctx", {}).get("expected", ""))))
    if error["type"] in ("tuple_type", "list_type") and isinstance(found, str):
        return f"; write [{found}]"
    return ""


def _near(found: Any, known: list[str]) -> str:
    near = difflib.get_close_matches(found, known, n=1) if isinstance(found, str) else []
    return f"; did you mean {near[0]!r}?" if near else ""


def _in_the_file(place: Iterable[str | int]) -> Place:
    """Without the names of forms and of choices between them, which no file contains."""
    return tuple(part for part in place if isinstance(part, int) or not _INNER.fullmatch(part))


# pydantic adds the class or the check it tried: ``SellOff``, ``literal['perpetual','none']``, ``function-before[…]``.
_INNER = re.compile(r"[A-Z]\w*|.*\[.*|\[key\]")


def _key(place: Place) -> str:
    return next((part for part in reversed(place) if isinstance(part, str)), "")


def _please(place: Place) -> str:
    written = _WRITE.get(_key(place))
    return f": expected {written}" if written else ""


def _better(before: str | None, sentence: str, place: Place) -> str:
    """One sentence for a place that could have been several things: what it takes, if that is known."""
    if before is None or before == sentence:
        return sentence
    written = _WRITE.get(_key(place))
    if written:
        found = next((text for text in (before, sentence) if ", found " in text), "")
        return f"expected {written}" + (
            ", found " + found.rpartition(", found ")[2].partition("; ")[0] if found else ""
        )
    return before


def shown(value: Any) -> str:
    """What stands in the file, shortened."""
    text = repr(value) if isinstance(value, str) else "keys and values" if isinstance(value, dict) else str(value)
    if isinstance(value, list | tuple):
        text = "[" + ", ".join(map(str, value)) + "]" if value else "an empty list"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
