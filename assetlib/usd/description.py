"""What `author_asset` is asked to write, as values: identity, content, references, who made it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assetlib.model.asset import AssetFile, AssetKind
from assetlib.model.model_description import ModelDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignTree:
    """A tree that intake wrote again: its folder and root layer (posix, relative), and what the root measures in.

    `default_prim` '' means the root layer names none; then every root prim is referenced.
    """

    folder: Path
    root: str
    meters_per_unit: float
    up_axis: str
    default_prim: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceFile:
    """A file that shows or sounds the asset, kept beside it and never composed: role such as ``face`` or ``voice``."""

    path: Path
    role: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorship:
    """One authoring step, as UsdMedia.AuthorshipAPI records it. These are claims; signatures prove.

    `digital_source_type` is an IPTC term, '' when nobody declared one: absent never counts as "not AI".
    `instance_id` is a UUID chosen by the caller, so that writing stays the same for the same input.
    """

    created: datetime
    instance_id: str
    digital_source_type: str = ""
    creators: tuple[str, ...] = ()
    copyright_owners: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    usage_terms: str = ""
    description: str = ""
    software: str = "assetlib"
    software_version: str = ""
    inputs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetDescription:
    """An asset version to write. Give a model or a foreign tree; a character with neither gets the mannequin.

    `entity` is the unpinned URI, `policy_id` the stable name of its policy (``urn:uuid:…``). `height` in meters is
    the mannequin's. `thumbnail` is a PNG; without one the slot stays empty until `add_thumbnail`.
    """

    entity: str
    version: str
    kind: AssetKind
    name: str
    policy_id: str
    authorship: Authorship
    model: ModelDescription | None = None
    foreign: ForeignTree | None = None
    references: tuple[ReferenceFile, ...] = ()
    thumbnail: Path | None = None
    height: float = 1.75


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthoredAsset:
    """What was written: the root layer, every file sorted by path, and how the asset may be chosen and played.

    `variants` are (variant set, choices), the chosen one first. `proxy` is true when the figure is the mannequin.
    """

    root: str
    prim: str
    files: tuple[AssetFile, ...]
    variants: tuple[tuple[str, tuple[str, ...]], ...] = ()
    clips: tuple[str, ...] = ()
    proxy: bool = False
