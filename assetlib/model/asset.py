"""Assets, their versions, and what of other people's is in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from provenance.digest import Digest


class AssetKind(StrEnum):
    """The closed list of `conventions`: what an asset is."""

    CHARACTER = "character"
    SET = "set"
    PROP = "prop"
    VEHICLE = "vehicle"
    FX = "fx"
    LOOK = "look"
    PLATE = "plate"
    IMAGE = "image"
    AUDIO = "audio"
    MODEL = "model"

    @property
    def folder(self) -> str:
        """First path segment of the entity URI: ``characters``, ``sets``, …"""
        unchanging = (AssetKind.FX, AssetKind.AUDIO)
        return self.value if self in unchanging else self.value + "s"


class Facet(StrEnum):
    """What of somebody's is in an asset; each facet needs a grant of its own."""

    CHARACTER_IP = "character_ip"
    UNDERLYING_WORK = "underlying_work"
    LIKENESS = "likeness"
    VOICE = "voice"
    PERFORMANCE = "performance"
    LOCATION = "location"
    TRADEMARK = "trademark"
    MUSIC = "music"
    MODEL = "model"
    DATASET = "dataset"
    TOOL_OUTPUT = "tool_output"
    SYNTHETIC_PERFORMER = "synthetic_performer"


class FacetStatus(StrEnum):
    DECLARED = "declared"
    REVIEWED = "reviewed"
    RELEASED = "released"


class DerivationKind(StrEnum):
    """How a child came from a parent. All but `INSPIRED_BY` carry the parent's rights over."""

    REFERENCE = "reference"
    COMPOSITE = "composite"
    ADAPT = "adapt"
    UPSCALE = "upscale"
    TRAINED_INTO = "trained_into"
    MODEL_USED = "model_used"
    INSPIRED_BY = "inspired_by"

    @property
    def transmits_rights(self) -> bool:
        return self is not DerivationKind.INSPIRED_BY


class AssetStatus(StrEnum):
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class FacetClaim:
    """One facet of a version and whose it is; a librarian may add one, only counsel may release one.

    `inherited_from` marks a facet that came with an input of a generated asset: it is decided at that
    input, which belongs to the lineage whether or not an edge says so.
    """

    facet: Facet
    subject: str
    status: FacetStatus = FacetStatus.DECLARED
    by: str = ""
    inherited_from: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFile:
    """One file of a version: path inside the version's tree (posix), digest, bytes, IANA media type."""

    path: str
    digest: Digest
    size: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetVersion:
    """An immutable version of an asset. `digest` is that of its canonical inventory (``asset.json``).

    `entity` is the unpinned URI. `source_type` is an IPTC digital source type term or '' when not declared.
    """

    entity: str
    version: str
    digest: Digest
    kind: AssetKind
    name: str
    facets: tuple[FacetClaim, ...]
    files: tuple[AssetFile, ...]
    source_type: str
    created_by: str
    created_at: datetime
    status: AssetStatus = AssetStatus.ACTIVE
    collections: tuple[str, ...] = ()
    manifest: Digest | None = None
    thumbnail: Digest | None = None

    @property
    def pinned(self) -> str:
        return f"{self.entity}?version={self.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """An edge of the lineage graph, parent → child, by version digest."""

    parent: Digest
    child: Digest
    kind: DerivationKind
    job: str | None = None
