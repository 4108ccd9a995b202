"""The five manifest designs, as definitions."""

from datetime import UTC, datetime
from typing import Any

import pytest

import schemas
from provenance.assertions import ASSERTIONS, Layers, check, json_schemas
from provenance.claims import (
    AssetIdentity,
    DecisionReference,
    Manifest,
    ModelIdentity,
    SourceType,
    UsedReference,
    asset_package,
    delivered_export,
    generated_media,
    redaction_uri,
    reference_image,
    signed_document,
    source_type,
)
from provenance.digest import canonical_json, digest_bytes
from provenance.errors import InvalidClaim

HERO = AssetIdentity(entity="assetlib:///characters/hero", version="v003", kind="character")
SOME = digest_bytes(b"some")
DECISION = DecisionReference(id="D-000912", digest=SOME, policy=SOME)
REFERENCE = UsedReference(entity=HERO.entity, version=HERO.version, digest=SOME, label="ref0")


def inventory(**changes: Any) -> bytes:
    document = {
        "schema": 1,
        "alg": "sha256",
        "entity": HERO.entity,
        "version": "v003",
        "root": "hero.usda",
        "files": [{"path": "hero.usda", "sha256": "0" * 64, "size": 3}],
    }
    return canonical_json({**document, **changes})


def generated(**changes: Any) -> Manifest:
    facts: dict[str, Any] = {
        "title": "sh010_f1001.png",
        "declared": SourceType.TRAINED_ALGORITHMIC_MEDIA,
        "when": datetime(2026, 11, 21, 2, tzinfo=UTC),
        "agent": ("diffusers", "0.42.1"),
        "job": "JOB-77",
        "generator": "diffusers",
        "seed": 2**63,
        "params": SOME,
        "prompt": SOME,
        "references": [REFERENCE],
        "decision": DECISION,
        "model": ModelIdentity(name="example-1", digest=SOME),
    }
    return generated_media(**{**facts, **changes})


def five() -> dict[str, Manifest]:
    return {
        "reference": reference_image(title="a.png", asset=HERO, source=SOME, declared=SourceType.DIGITAL_CAPTURE),
        "package": asset_package(title="hero@v003", asset=HERO, inventory=inventory(), references=["ref0"]),
        "generated": generated(),
        "export": delivered_export(
            title="a.jpg",
            export="EX-000417",
            purpose="delivery",
            recipient="distributor",
            decision=DECISION,
            parent="p0",
            transcoded=True,
        ),
        "document": signed_document(document="LIC-2026-0042", digest=SOME, covers=[HERO.entity]),
    }


def data_of(manifest: Manifest, label: str) -> Any:
    return next(a["data"] for a in manifest.definition["assertions"] if a["label"] == label)


def actions(manifest: Manifest) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = data_of(manifest, "c2pa.actions.v2")["actions"]
    return listed


@pytest.mark.parametrize("name", five())
def test_every_design_forbids_training_under_both_labels(name: str) -> None:
    for vocabulary in ("cawg", "c2pa"):
        entries = data_of(five()[name], f"{vocabulary}.training-mining")["entries"]
        assert {k: v["use"] for k, v in entries.items()} == {
            f"{vocabulary}.data_mining": "notAllowed",
            f"{vocabulary}.ai_training": "notAllowed",
            f"{vocabulary}.ai_generative_training": "notAllowed",
            f"{vocabulary}.ai_inference": "constrained",
        }


@pytest.mark.parametrize("name", five())
def test_the_first_action_is_created_with_a_source_type_or_opened(name: str) -> None:
    first = actions(five()[name])[0]
    assert first["action"] == "c2pa.opened" or first["digitalSourceType"].startswith("http://cv.iptc.org/")


def test_a_source_type_outside_the_iptc_list_is_refused() -> None:
    assert source_type("http://cv.iptc.org/newscodes/digitalsourcetype/print") is SourceType.PRINT
    with pytest.raises(InvalidClaim, match="madeUp"):
        source_type("madeUp")


def test_an_undeclared_reference_only_claims_to_have_been_opened() -> None:
    manifest = reference_image(title="a.png", asset=HERO, source=SOME, declared=None, parent="p0")
    assert [a["action"] for a in actions(manifest)] == ["c2pa.opened"]
    assert manifest.ingredient_ids == ("p0",)
    with pytest.raises(InvalidClaim, match="no source type"):
        reference_image(title="a.png", asset=HERO, source=SOME, declared=None)


def test_a_trained_source_type_needs_its_model_and_previs_has_none() -> None:
    with pytest.raises(InvalidClaim, match="no model is named"):
        generated(model=None)
    with pytest.raises(InvalidClaim, match="the model example-1 is named"):
        generated(declared=SourceType.ALGORITHMIC_MEDIA)
    previs = generated(declared=SourceType.ALGORITHMIC_MEDIA, model=None)
    assert "c2pa.ai-disclosure" not in [a["label"] for a in previs.definition["assertions"]]


def test_a_seed_beyond_64_bits_survives_as_text() -> None:
    assert data_of(generated(), "studio.assetlib.generation")["seed"] == str(2**63)


def test_a_placed_plate_is_a_component_and_not_an_input() -> None:
    plate = UsedReference(entity=HERO.entity, version="v001", digest=SOME, label="plate0", placed=True)
    manifest = generated(references=[REFERENCE, plate])
    created, placed = actions(manifest)
    assert created["parameters"]["ingredientIds"] == ["ref0"]
    assert (placed["action"], placed["parameters"]["ingredientIds"]) == ("c2pa.placed", ["plate0"])


def test_an_export_names_the_redacted_assertion_in_an_action() -> None:
    uri = redaction_uri("urn:c2pa:1", "studio.assetlib.generation")
    manifest = delivered_export(
        title="a.jpg",
        export="EX-000417",
        purpose="delivery",
        recipient="distributor",
        decision=DECISION,
        parent="p0",
        transcoded=False,
        redact=[uri],
    )
    assert manifest.definition["redactions"] == [uri]
    assert [a["action"] for a in actions(manifest)] == ["c2pa.opened", "c2pa.redacted", "c2pa.published"]


@pytest.mark.parametrize(
    "changes",
    [
        {"job": "x\n"},
        {"decision": DecisionReference(id="912", digest=SOME)},
        {"references": [UsedReference(entity="http://elsewhere/x", version="v1", digest=SOME)]},
        {"references": [REFERENCE, REFERENCE]},
    ],
    ids=["control character", "no decision id", "no entity", "ingredient twice"],
)
def test_a_claim_outside_the_schema_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidClaim):
        generated(**changes)


@pytest.mark.parametrize(
    "changes", [{"alg": "md5"}, {"files": []}, {"extra": 1}, {"root": "/etc/passwd"}, {"schema": 2}], ids=str
)
def test_a_malformed_inventory_cannot_be_claimed(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidClaim):
        asset_package(title="hero", asset=HERO, inventory=inventory(**changes))


def test_a_refused_claim_names_every_wrong_field() -> None:
    with pytest.raises(InvalidClaim, match=r"alg.*root"):
        check(Layers, {"schema": 1, "alg": "md5", "entity": HERO.entity, "version": "v1", "root": "", "files": []})


def test_the_committed_schemas_are_those_of_the_types() -> None:
    committed = {p.name: schemas.load(f"assertions/{p.name}") for p in schemas.path("assertions").glob("*.json")}
    assert committed == json_schemas()
    assert len(committed) == len(ASSERTIONS)
