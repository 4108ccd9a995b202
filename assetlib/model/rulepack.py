"""Rule packs: what unions, laws and platforms ask of a use, as dated data.

A pack only narrows. An entry can ask for fields that a license must record, for duties, or prohibit; it has no
way to say that something is permitted. Which packs bind is the production's word.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from assetlib.model.asset import Facet
from assetlib.model.license import Duty, LicenseKind, Prohibition, Territories


class Confidence(StrEnum):
    """How well an entry is known: read in a digest, page or excerpt of the source, or only believed."""

    VERIFIED = "verified"
    BELIEVED = "believed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEntry:
    """One rule. It binds from `from_` until `until`, where the asked territories touch `jurisdiction` (None: all).

    `facets`, `kinds`, `replicas`, `guild`, `actions`, `purposes`, `media` and `content` narrow what it is about;
    an empty one leaves it open, and an undeclared flag counts as shown. Each word of `requires` names one field, or
    several joined by ``|`` of which one is enough. `says` is the rule as a sentence.
    """

    id: str
    source: str
    says: str
    confidence: Confidence
    from_: datetime | None = None
    until: datetime | None = None
    jurisdiction: Territories | None = None
    guild: str = ""
    facets: tuple[Facet, ...] = ()
    kinds: tuple[LicenseKind, ...] = ()
    replicas: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    duties: tuple[Duty, ...] = ()
    prohibitions: tuple[Prohibition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePack:
    """Entries of one source in one edition. `media` are words it adds to the closed list of media."""

    name: str
    edition: str
    title: str
    entries: tuple[RuleEntry, ...] = ()
    media: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """``sag-aftra-2023@2026-11``: what a decision names and a lawyer confirms."""
        return f"{self.name}@{self.edition}"
