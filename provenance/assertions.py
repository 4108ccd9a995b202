"""Our own C2PA assertions and the do-not-train assertion, as types; closed and checked both ways.

``schemas/assertions/*.json`` are generated from these types. Manifests carry entity URIs, ids and
digests only, never names of people or license texts: a manifest travels with the file for ever.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from provenance.errors import InvalidClaim

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Entity = Annotated[str, Field(pattern=r"^assetlib://[^\s?#]*/[^\s?#]+$", max_length=1024)]
Version = Annotated[str, Field(pattern=r"^v[0-9]{3,}$")]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/:@ -]{0,199}$")]
RelativePath = Annotated[str, Field(pattern=r"^[^/\\\x00-\x1f][^\\\x00-\x1f]*$", max_length=1024)]


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Assertion(_Closed):
    label: ClassVar[str]


class FileEntry(_Closed):
    """One file of an inventory: path inside its tree (posix), SHA-256, bytes."""

    path: RelativePath
    sha256: Sha256
    size: Annotated[int, Field(ge=0)]


class AssetClaim(_Assertion):
    """This file is (part of) that version of that asset."""

    label: ClassVar[str] = "studio.assetlib.asset"
    schema_: Literal[1] = Field(alias="schema")
    entity: Entity
    version: Version
    kind: Literal["character", "set", "prop", "vehicle", "fx", "look", "plate", "image", "audio", "model"]
    role: Id | None = None
    source_sha256: Sha256 | None = None


class Layers(_Assertion):
    """The inventory of a multi-file asset or sequence; equal to the signed inventory document."""

    label: ClassVar[str] = "studio.assetlib.layers"
    schema_: Literal[1] = Field(alias="schema")
    alg: Literal["sha256"]
    entity: Entity
    version: str
    root: RelativePath
    files: tuple[FileEntry, ...] = Field(min_length=1)


class ModelName(_Closed):
    name: Id
    sha256: Sha256 | None = None


class ReferenceClaim(_Closed):
    """A reference by entity, version and the digest of its signed file."""

    entity: Entity
    version: str
    sha256: Sha256


class DecisionClaim(_Closed):
    """The recorded decision under which this was made; `sha256` is that of its canonical JSON."""

    id: Annotated[str, Field(pattern=r"^D-[0-9]{6,}$")]
    sha256: Sha256
    outcome: Literal["allow"]
    policy_sha256: Sha256 | None = None


class Generation(_Assertion):
    """How it was made. The seed is a string: C2PA numbers end at 64 bits, signed."""

    label: ClassVar[str] = "studio.assetlib.generation"
    schema_: Literal[1] = Field(alias="schema")
    job: Id
    provider: Id
    generator: Id
    model: ModelName | None = None
    seed: Annotated[str, Field(pattern=r"^-?[0-9]{1,40}$")]
    params_sha256: Sha256
    prompt_sha256: Sha256
    references: tuple[ReferenceClaim, ...]
    decision: DecisionClaim


class Export(_Assertion):
    """For whom and for what it left the library."""

    label: ClassVar[str] = "studio.assetlib.export"
    schema_: Literal[1] = Field(alias="schema")
    export: Annotated[str, Field(pattern=r"^EX-[0-9]{6,}$")]
    purpose: Id
    recipient: Id
    decision: DecisionClaim


class LicenseClaim(_Assertion):
    """A signed license document: which entities it covers, and the digest of its canonical JSON."""

    label: ClassVar[str] = "studio.assetlib.license"
    schema_: Literal[1] = Field(alias="schema")
    id: Id
    covers: tuple[Entity, ...]
    sha256: Sha256


class DecisionDocument(_Assertion):
    """A signed decision document; decisions themselves live in the ledger."""

    label: ClassVar[str] = "studio.assetlib.decision"
    schema_: Literal[1] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^D-[0-9]{6,}$")]
    sha256: Sha256


class _Use(_Closed):
    use: Literal["allowed", "notAllowed", "constrained"]
    constraint_info: str | None = None


class TrainingMining(_Assertion):
    """What a machine may learn from this; the four uses of CAWG, under either vocabulary."""

    label: ClassVar[str] = "cawg.training-mining"
    entries: dict[
        Annotated[str, Field(pattern=r"^(cawg|c2pa)\.(data_mining|ai_training|ai_generative_training|ai_inference)$")],
        _Use,
    ] = Field(min_length=4, max_length=4)


ASSERTIONS: tuple[type[_Assertion], ...] = (
    AssetClaim,
    Layers,
    Generation,
    Export,
    LicenseClaim,
    DecisionDocument,
    TrainingMining,
)


def assertion(kind: type[_Assertion], fields: dict[str, Any]) -> dict[str, Any]:
    """``{"label", "data"}`` of a checked assertion; raises InvalidClaim naming every wrong field."""
    return {"label": kind.label, "data": check(kind, fields)}


def check(kind: type[_Assertion], fields: dict[str, Any]) -> dict[str, Any]:
    """`fields` as they will be signed; absent optional fields stay absent."""
    try:
        # through JSON, so that exactly what a reader of the file would parse is what is checked
        model = kind.model_validate_json(_json(fields))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or kind.label}: {e['msg']}" for e in error.errors())
        raise InvalidClaim(f"{kind.label}: {wrong}") from None
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


def _json(fields: dict[str, Any]) -> str:

    try:
        return json.dumps(fields, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidClaim(f"not representable in a manifest: {error}") from None


def json_schemas() -> dict[str, dict[str, Any]]:
    """File name → JSON Schema (2020-12) of every assertion, as committed under ``schemas/assertions``."""
    schemas = {}
    for kind in ASSERTIONS:
        schema = kind.model_json_schema(by_alias=True)
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = kind.label
        schemas[f"{kind.label}.json"] = schema
    return schemas
