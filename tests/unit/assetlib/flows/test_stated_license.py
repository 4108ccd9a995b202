"""Who is credited when the files themselves state an open license."""

from __future__ import annotations

from dataclasses import dataclass

from assetlib.documents.license_statements import propose
from assetlib.flows.stated_license import _credit


@dataclass(frozen=True, slots=True)
class _Named:
    name: str = "Elephant"


def credit(text: str) -> str:
    return _credit(propose([("README.md", text)]), _Named())  # type: ignore[arg-type]


def test_the_sentence_with_an_author_is_credited_and_not_the_badge_above_it() -> None:
    text = (
        "> [![CC-BY-SA](https://example.org/88x31.png)](http://creativecommons.org/licenses/by-sa/4.0/)\n"
        '"Elephant" by [Muse Studio](https://example.org) is licensed under a '
        "[Creative Commons Attribution-ShareAlike 4.0 International License]"
        "(http://creativecommons.org/licenses/by-sa/4.0/).\n"
    )
    assert credit(text).startswith('Elephant: "Elephant" by Muse Studio is licensed under')


def test_a_bare_name_of_a_license_is_better_than_nothing() -> None:
    assert credit("CC BY 4.0") == "Elephant: CC BY 4.0"
