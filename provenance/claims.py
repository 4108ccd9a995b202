"""Facts and decisions become C2PA manifest definitions. Pure: nothing is read, nothing is signed.

Five designs: a registered reference, the package of an asset, generated media, a delivered export and
a signed document. Each carries the do-not-train assertion twice: under the CAWG label, and under the
older C2PA label, because one widely used reader honors only that one. No asset's manifest names a
license: versions are immutable, rights change.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from provenance.assertions import (
    AssetClaim,
    DecisionDocument,
    Export,
    Generation,
    Layers,
    LicenseClaim,
    TrainingMining,
    assertion,
    check,
)
from provenance.decision import instant
from provenance.digest import Digest, hex_of
from provenance.errors import InvalidClaim

AGENT = {"name": "assetlib", "version": "0.1.0"}
DEFAULT_POLICY = "urn:assetlib:policy:no-training"

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_LARGEST_LAYERS = 900_000  # the engine takes 1 MB of assertion JSON and refuses 5 MB


class SourceType(StrEnum):
    """The IPTC digital source type vocabulary, closed (cv.iptc.org, 2025)."""

    DIGITAL_CAPTURE = "digitalCapture"
    COMPUTATIONAL_CAPTURE = "computationalCapture"
    NEGATIVE_FILM = "negativeFilm"
    POSITIVE_FILM = "positiveFilm"
    PRINT = "print"
    HUMAN_EDITS = "humanEdits"
    COMPOSITE_CAPTURE = "compositeCapture"
    ALGORITHMICALLY_ENHANCED = "algorithmicallyEnhanced"
    DATA_DRIVEN_MEDIA = "dataDrivenMedia"
    DIGITAL_CREATION = "digitalCreation"
    VIRTUAL_RECORDING = "virtualRecording"
    COMPOSITE_SYNTHETIC = "compositeSynthetic"
    TRAINED_ALGORITHMIC_MEDIA = "trainedAlgorithmicMedia"
    COMPOSITE_WITH_TRAINED = "compositeWithTrainedAlgorithmicMedia"
    ALGORITHMIC_MEDIA = "algorithmicMedia"
    SCREEN_CAPTURE = "screenCapture"
    COMPOSITE = "composite"

    @property
    def uri(self) -> str:
        return _IPTC + self.value


def source_type(term: str) -> SourceType:
    """The term or full URI `term` of the closed IPTC list; raises InvalidClaim for any other."""
    try:
        return SourceType(term.removeprefix(_IPTC))
    except ValueError:
        known = ", ".join(SourceType)
        raise InvalidClaim(f"expected an IPTC digital source type ({known}), found {term!r}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A checked manifest definition. `ingredient_ids` are the labels of the files that must be given with it."""

    definition_json: str
    ingredient_ids: tuple[str, ...] = ()

    @property
    def definition(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.definition_json)
        return document

    @property
    def title(self) -> str:
        return str(self.definition["title"])


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetIdentity:
    """Which version of which asset. `entity` is the unpinned URI."""

    entity: str
    version: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedReference:
    """A reference that went into generated media: `digest` is that of the signed file.

    `label` is the id of its ingredient, or '' for one recorded by digest only (its manifest is a sidecar).
    """

    entity: str
    version: str
    digest: Digest
    label: str = ""
    placed: bool = False  # composited into the picture rather than only looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionReference:
    id: str
    digest: Digest
    policy: Digest | None = None

    def to_json(self) -> dict[str, Any]:
        policy = None if self.policy is None else hex_of(self.policy)
        return {"id": self.id, "sha256": hex_of(self.digest), "outcome": "allow", "policy_sha256": policy}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelIdentity:
    """A generating model by name and digest of its weights; `kind` is a C2PA asset type."""

    name: str
    digest: Digest | None = None
    kind: str = "c2pa.types.model"


def reference_image(
    *,
    title: str,
    asset: AssetIdentity,
    source: Digest,
    declared: SourceType | None,
    role: str = "reference",
    parent: str | None = None,
    policy: str = DEFAULT_POLICY,
) -> Manifest:
    """(a) A registered reference. `parent` labels the original as ingredient: when it came with a manifest of
    its own, and always when nobody `declared` a source type, for then we only claim to have opened it."""
    if declared is None and parent is None:
        raise InvalidClaim(f"{title}: no source type is declared; give the original as parent ingredient")
    if parent is not None:
        first = _action("c2pa.opened", ingredients=(parent,))
    else:
        first = _action("c2pa.created", source=declared)
    claim = {**_identity(asset), "role": role, "source_sha256": hex_of(source)}
    return _manifest(title, [first], [assertion(AssetClaim, claim)], policy)


def asset_package(
    *,
    title: str,
    asset: AssetIdentity,
    inventory: bytes,
    references: Sequence[str] = (),
    declared: SourceType = SourceType.DIGITAL_CREATION,
    policy: str = DEFAULT_POLICY,
) -> Manifest:
    """(b) The signed inventory of a multi-file asset, sequence or USDZ; `references` label its signed images."""
    created = _action("c2pa.created", source=declared, ingredients=tuple(references))
    return _manifest(title, [created], [layers(inventory), assertion(AssetClaim, _identity(asset))], policy)


def generated_media(
    *,
    title: str,
    declared: SourceType,
    when: datetime,
    agent: tuple[str, str],
    job: str,
    generator: str,
    seed: int,
    params: Digest,
    prompt: Digest,
    references: Sequence[UsedReference],
    decision: DecisionReference,
    provider: str = "local",
    model: ModelIdentity | None = None,
    parent: str | None = None,
    inventory: bytes | None = None,
    policy: str = DEFAULT_POLICY,
) -> Manifest:
    """(c) A generated frame, clip or sequence. `agent` is (name, version) of what made it.

    With a trained source type a `model` is required and disclosed; previs has none and says none.
    `parent` labels a provider's own signed output; `inventory` the frames of a sequence.
    """
    _refuse_dishonest_model(title, declared, model)
    name, version = agent
    software = {"name": name, "version": version}
    inputs = tuple(r.label for r in references if r.label and not r.placed)
    extra = {"studio.assetlib.job": job}
    if parent is not None:
        first = _action("c2pa.opened", ingredients=(parent, *inputs), agent=software, when=when, extra=extra)
    else:
        first = _action("c2pa.created", source=declared, ingredients=inputs, agent=software, when=when, extra=extra)
    placed = tuple(r.label for r in references if r.label and r.placed)
    actions = [first, *([_action("c2pa.placed", ingredients=placed)] if placed else [])]
    claim = {
        "schema": 1,
        "job": job,
        "provider": provider,
        "generator": generator,
        "model": None if model is None else {"name": model.name, "sha256": _optional_hex(model.digest)},
        "seed": str(seed),
        "params_sha256": hex_of(params),
        "prompt_sha256": hex_of(prompt),
        "references": [_reference(r) for r in references],
        "decision": decision.to_json(),
    }
    custom = [assertion(Generation, claim)]
    if model is not None:
        custom.insert(0, _disclosure(model))
    if inventory is not None:
        custom.append(layers(inventory))
    return _manifest(title, actions, custom, policy)


def delivered_export(
    *,
    title: str,
    export: str,
    purpose: str,
    recipient: str,
    decision: DecisionReference,
    parent: str,
    transcoded: bool,
    redact: Sequence[str] = (),
    inventory: bytes | None = None,
    policy: str = DEFAULT_POLICY,
) -> Manifest:
    """(d) What leaves the library. `parent` labels the final file it came from; `redact` are assertion URIs
    (``self#jumbf=/c2pa/<manifest>/c2pa.assertions/<label>``) whose bytes must not travel to this recipient."""
    actions = [_action("c2pa.opened", ingredients=(parent,))]
    if transcoded:
        actions.append(_action("c2pa.transcoded", ingredients=(parent,)))
    actions += [_redaction(uri) for uri in redact]
    actions.append({"action": "c2pa.published"})
    claim = {
        "schema": 1,
        "export": export,
        "purpose": purpose,
        "recipient": recipient,
        "decision": decision.to_json(),
    }
    custom = [assertion(Export, claim), *([layers(inventory)] if inventory is not None else [])]
    return _manifest(title, actions, custom, policy, redactions=tuple(redact))


def assembled_cut(
    *,
    title: str,
    declared: SourceType,
    export: str,
    purpose: str,
    recipient: str,
    decision: DecisionReference,
    placed: Sequence[str],
    policy: str = DEFAULT_POLICY,
) -> Manifest:
    """(d) The shots of a cut put together into one clip; `placed` labels the signed clips of its takes."""
    created = _action("c2pa.created", source=declared)
    actions = [created, *([_action("c2pa.placed", ingredients=tuple(placed))] if placed else [])]
    claim = {
        "schema": 1,
        "export": export,
        "purpose": purpose,
        "recipient": recipient,
        "decision": decision.to_json(),
    }
    return _manifest(title, actions, [assertion(Export, claim)], policy)


def signed_document(
    *,
    document: str,
    digest: Digest,
    covers: Sequence[str] | None = None,
    policy: str = DEFAULT_POLICY,
) -> Manifest:
    """(e) A document with the id `document`: a license (`covers` lists its entities), or a decision (None)."""
    claim: dict[str, Any] = {"schema": 1, "id": document, "sha256": hex_of(digest)}
    if covers is None:
        custom = assertion(DecisionDocument, claim)
    else:
        custom = assertion(LicenseClaim, {**claim, "covers": list(covers)})
    created = _action("c2pa.created", source=SourceType.DIGITAL_CREATION)
    return _manifest(document, [created], [custom], policy)


def redaction_uri(manifest: str, label: str) -> str:
    """The URI by which an assertion of an ingredient's manifest is redacted."""
    return f"self#jumbf=/c2pa/{manifest}/c2pa.assertions/{label}"


def layers(inventory: bytes) -> dict[str, Any]:
    """The inventory document as assertion; raises InvalidClaim when it is malformed or too large for a manifest."""
    if len(inventory) > _LARGEST_LAYERS:
        raise InvalidClaim(f"the inventory has {len(inventory)} bytes, a manifest takes {_LARGEST_LAYERS}; split it")
    try:
        document = json.loads(inventory)
    except ValueError as error:
        raise InvalidClaim(f"expected an inventory in JSON; {error}") from None
    return assertion(Layers, document)


def no_train(policy: str) -> list[dict[str, Any]]:
    """The do-not-train assertion and its older twin; `policy` is where the constraint is explained."""
    return [_no_train("cawg", policy), _no_train("c2pa", policy)]


def _no_train(vocabulary: str, policy: str) -> dict[str, Any]:
    entries: dict[str, Any] = {
        f"{vocabulary}.{use}": {"use": "notAllowed"} for use in ("data_mining", "ai_training", "ai_generative_training")
    }
    entries[f"{vocabulary}.ai_inference"] = {"use": "constrained", "constraint_info": policy}
    return {"label": f"{vocabulary}.training-mining", "data": check(TrainingMining, {"entries": entries})}


def _manifest(
    title: str,
    actions: list[dict[str, Any]],
    custom: list[dict[str, Any]],
    policy: str,
    redactions: tuple[str, ...] = (),
) -> Manifest:
    """Actions come first, and the first of them is created or opened (C2PA 2.x, actions)."""
    cited: dict[str, None] = {}
    for action in actions:
        cited.update(dict.fromkeys(action.get("parameters", {}).get("ingredientIds", ())))
    definition: dict[str, Any] = {
        "claim_generator_info": [AGENT],
        "title": title,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}, *no_train(policy), *custom],
    }
    if redactions:
        definition["redactions"] = list(redactions)
    return Manifest(definition_json=json.dumps(definition), ingredient_ids=tuple(cited))


def _action(
    name: str,
    *,
    source: SourceType | None = None,
    ingredients: tuple[str, ...] = (),
    agent: Mapping[str, str] = AGENT,
    when: datetime | None = None,
    extra: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    if len(set(ingredients)) != len(ingredients):
        raise InvalidClaim(f"{name}: expected each ingredient once, found {list(ingredients)}")
    action: dict[str, Any] = {"action": name, "softwareAgent": dict(agent)}
    if source is not None:
        action["digitalSourceType"] = source.uri
    if when is not None:
        action["when"] = instant(when)
    parameters = {**({"ingredientIds": list(ingredients)} if ingredients else {}), **(extra or {})}
    return {**action, "parameters": parameters} if parameters else action


def _redaction(uri: str) -> dict[str, Any]:
    if "/c2pa.assertions/c2pa." in uri:
        raise InvalidClaim(f"actions and hashes cannot be redacted: {uri}")
    parameters = {"redacted": uri}
    return {"action": "c2pa.redacted", "reason": "c2pa.trade-secret-present", "parameters": parameters}


def _refuse_dishonest_model(title: str, declared: SourceType, model: ModelIdentity | None) -> None:
    trained = declared in (SourceType.TRAINED_ALGORITHMIC_MEDIA, SourceType.COMPOSITE_WITH_TRAINED)
    if trained != (model is not None):
        found = "no model is named" if model is None else f"the model {model.name} is named"
        raise InvalidClaim(f"{title}: the source type is {declared.value}, but {found}")


def _disclosure(model: ModelIdentity) -> dict[str, Any]:
    data = {"modelType": model.kind, "modelName": model.name}
    if model.digest is not None:
        data["modelIdentifier"] = model.digest
    return {"label": "c2pa.ai-disclosure", "data": data}


def _reference(reference: UsedReference) -> dict[str, Any]:
    return {"entity": reference.entity, "version": reference.version, "sha256": hex_of(reference.digest)}


def _identity(asset: AssetIdentity) -> dict[str, Any]:
    return {"schema": 1, "entity": asset.entity, "version": asset.version, "kind": asset.kind}


def _optional_hex(digest: Digest | None) -> str | None:
    return None if digest is None else hex_of(digest)
