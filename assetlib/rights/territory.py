"""Territories as sets of ISO 3166-1 alpha-2 codes, the whole world, and the world minus some.

A grant for ``WW`` covers every country; an asked ``WW`` is covered only by an unrestricted ``WW``, never by
a list of countries, however long. A prohibition in one country touches an asked ``WW``.
Sets are integers (bit 0 is the unrestricted world, one bit a country): a cover is two machine words of work.

>>> reads = parse_territories(("WW minus CN RU",))
>>> covers(mask_of(reads), cover_mask("DE")), covers(mask_of(reads), cover_mask("CN"))
(True, False)
>>> describe(mask_of(reads))
'WW minus CN, RU'
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from assetlib.model.license import Territories
from assetlib.rights.vocabulary import slot_of

WORLD = "WW"
_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY "
    "BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
    "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR "
    "IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
    "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
    "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
    "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
COUNTRIES = tuple(_CODES.split())

_BIT = {code: 1 << (i + 1) for i, code in enumerate(COUNTRIES)}
UNRESTRICTED = 1
_EVERY_COUNTRY = sum(_BIT.values())
EVERYWHERE = UNRESTRICTED | _EVERY_COUNTRY
WIDTH = len(COUNTRIES) + 1
_MINUS = re.compile(r"WW\s+minus\s+(?:\{(?P<braced>[^{}]*)\}|(?P<plain>[A-Z ,]+))")


class UnknownTerritory(ValueError):
    """Not an ISO 3166-1 alpha-2 code, ``WW`` or ``WW minus …``."""


def parse_territories(words: Iterable[str]) -> Territories:
    """``("US", "GB")``, ``("WW",)`` or ``("WW minus CN RU",)``; raises UnknownTerritory, naming the word."""
    included: set[str] = set()
    excluded: set[str] = set()
    for word in (w.strip() for w in words):
        if minus := _MINUS.fullmatch(word):
            included.add(WORLD)
            excluded |= {_known(code) for code in re.split(r"[,\s]+", (minus["braced"] or minus["plain"]).strip())}
        else:
            included.add(word if word == WORLD else _known(word))
    if excluded and included != {WORLD}:
        raise UnknownTerritory("'WW minus …' already is the whole list; found further territories beside it")
    return Territories(included=tuple(sorted(included)), excluded=tuple(sorted(excluded)))


@lru_cache(maxsize=4096)
def mask_of(territories: Territories) -> int:
    """The set a grant or prohibition names. "WW minus" loses the unrestricted bit, so it never covers an asked WW."""
    mask = 0
    for code in territories.included:
        mask |= EVERYWHERE if code == WORLD else _BIT[_known(code)]
    if territories.excluded:
        mask &= ~(UNRESTRICTED | sum(_BIT[_known(code)] for code in set(territories.excluded)))
    return mask


@lru_cache(maxsize=4096)
def cover_mask(asked: str) -> int:
    """What a grant must contain for an asked territory: for ``WW`` the unrestricted world itself."""
    return UNRESTRICTED if asked == WORLD else mask_of(parse_territories((asked,)))


@lru_cache(maxsize=4096)
def touch_mask(asked: str) -> int:
    """What a prohibition must meet for an asked territory: for ``WW`` any country."""
    return EVERYWHERE if asked == WORLD else mask_of(parse_territories((asked,)))


def covers(granted: int, asked: int) -> bool:
    return granted & asked == asked


@lru_cache(maxsize=4096)
def spread(territories: int, media: tuple[str, ...]) -> int:
    """A territory set in each of `media`: the rectangle of (medium × territory) atoms as one integer."""
    return sum(territories << (WIDTH * slot_of(medium)) for medium in set(media))


def of_medium(atoms: int, medium: str) -> int:
    """The territory set that `atoms` holds for one medium."""
    return (atoms >> (WIDTH * slot_of(medium))) & EVERYWHERE


@lru_cache(maxsize=4096)
def describe(mask: int) -> str:
    """A territory set in words: ``WW``, ``WW minus CN, RU``, ``DE, US`` or ``nowhere``."""
    if mask & UNRESTRICTED:
        return WORLD
    held = [code for code in COUNTRIES if mask & _BIT[code]]
    absent = [code for code in COUNTRIES if not mask & _BIT[code]]
    if not held:
        return "nowhere"
    if len(absent) < len(held):
        return f"WW minus {', '.join(absent)}" if absent else "every country, listed one by one"
    return ", ".join(held)


def words_of(territories: Territories) -> tuple[str, ...]:
    """The words that `parse_territories` reads back."""
    if territories.excluded:
        return (f"WW minus {{{', '.join(territories.excluded)}}}",)
    return territories.included


def _known(code: str) -> str:
    if code not in _BIT:
        raise UnknownTerritory(
            f"expected an ISO 3166-1 code such as US, 'WW', or 'WW minus {{CN, RU}}', found {code!r}"
            + ("; the United Kingdom is GB" if code == "UK" else "")
        )
    return code
