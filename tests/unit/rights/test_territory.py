"""Territories as sets."""

from __future__ import annotations

import doctest

import pytest

from assetlib.documents import license_statements
from assetlib.rights import territory, vocabulary
from assetlib.rights.territory import (
    COUNTRIES,
    UnknownTerritory,
    cover_mask,
    describe,
    mask_of,
    parse_territories,
    words_of,
)


def covers(granted: str, asked: str) -> bool:
    return territory.covers(mask_of(parse_territories((granted,))), cover_mask(asked))


def test_the_world_covers_each_country_and_itself() -> None:
    assert all(covers("WW", code) for code in (*COUNTRIES, "WW", "WW minus CN"))


def test_a_list_of_every_country_is_not_the_world() -> None:
    every = mask_of(parse_territories(COUNTRIES))
    assert not territory.covers(every, cover_mask("WW")) and "one by one" in describe(every)


def test_the_world_minus_some_covers_the_others_alone() -> None:
    assert covers("WW minus {CN, RU}", "DE") and not covers("WW minus CN", "CN") and not covers("WW minus CN", "WW")
    assert covers("WW minus CN", "WW minus CN RU") and not covers("WW minus CN RU", "WW minus CN")


@pytest.mark.parametrize("word", ["UK", "us", "EU", "WW minus", "WW minus UK", "", "W"])
def test_what_is_no_territory_is_refused(word: str) -> None:
    with pytest.raises(UnknownTerritory):
        parse_territories((word,))


def test_more_beside_the_world_minus_some_is_refused() -> None:
    with pytest.raises(UnknownTerritory, match="already is the whole list"):
        parse_territories(("WW minus CN", "DE"))


@pytest.mark.parametrize("words", [("DE", "US"), ("WW",), ("WW minus {CN, RU}",)])
def test_territories_are_written_as_they_are_read(words: tuple[str, ...]) -> None:
    assert words_of(parse_territories(words)) == words


def test_the_examples_in_the_docstrings_are_true() -> None:
    for module in (territory, vocabulary, license_statements):
        assert doctest.testmod(module).failed == 0


def test_groups_grant_what_is_below_them_except_training() -> None:
    assert vocabulary.actions_granted(("export",)) == {"export.provider", "export.delivery", "export.publish"}
    assert vocabulary.actions_granted(("train",)) == frozenset()
    assert "train.gen" in vocabulary.actions_prohibited(("train",))


def test_a_final_includes_its_previs_and_not_the_other_way_round() -> None:
    assert "generate.previs" in vocabulary.actions_granted(("generate.final",))
    assert "generate.final" not in vocabulary.actions_granted(("generate.previs",))
