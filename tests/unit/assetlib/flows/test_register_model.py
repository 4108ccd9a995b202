"""A model is an asset like any other: signed, whole, without rights until activated; what could run code is refused."""

import json
import struct

import pytest

from assetlib.flows.curate_asset import amend_facets
from assetlib.flows.model_request import manifest_digest
from assetlib.flows.register_model import register_model
from generators.local.model_folder import ModelRefused
from generators.model_manifest import ModelManifest

COMPONENTS = {
    "controlnet": ["diffusers", "ControlNetModel"],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}


def weights(value=0):
    header = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes([value] * 8)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "model"
    for name in COMPONENTS:
        (root / name).mkdir(parents=True)
        (root / name / "config.json").write_text("{}")
        (root / name / "model.safetensors").write_bytes(weights())
    (root / "model_index.json").write_text(
        json.dumps({"_class_name": "StableDiffusionControlNetPipeline", **COMPONENTS})
    )
    (root / "LICENSE.md").write_text("License: CC0-1.0\n")
    return root


def test_a_model_is_a_signed_version_that_holds_its_manifest(library, folder):
    made = register_model(library, folder, name="Own Small")
    assert (made.entity, made.version) == ("assetlib:///models/own-small", "v001")
    with library.catalog.reader() as queries:
        version = queries.version(made.entity)
    assert library.integrity_of(version) == ""
    with library.store.open(manifest_digest(library, made.entity)) as stream:
        manifest = ModelManifest.from_bytes(stream.read())
    assert all(library.store.has(file.digest) for file in manifest.files)


def test_a_stated_license_is_proposed_and_allows_nothing_yet(library, folder):
    made = register_model(library, folder, name="Own Small")
    assert made.rights == "proposed"
    assert len(made.proposed_licenses) == 1


def test_a_model_without_a_readable_license_has_no_rights(library, folder):
    (folder / "LICENSE.md").write_text("Ask us.\n")
    made = register_model(library, folder, name="Own Small")
    assert (made.rights, made.proposed_licenses) == ("none", ())
    assert any("stays denied" in warning for warning in made.warnings)


def test_the_same_folder_again_changes_nothing(library, folder):
    first = register_model(library, folder, name="Own Small")
    size = library.catalog.ledger().size()
    assert register_model(library, folder, name="Own Small").digest == first.digest
    assert library.catalog.ledger().size() == size


def test_other_weights_are_a_new_version(library, folder):
    register_model(library, folder, name="Own Small")
    (folder / "unet" / "model.safetensors").write_bytes(weights(7))
    assert register_model(library, folder, name="Own Small").version == "v002"


def test_a_folder_with_code_is_refused_and_nothing_is_kept(library, folder):
    (folder / "unet" / "pipeline.py").write_text("print('hello')")
    with pytest.raises(ModelRefused, match=r"unet/pipeline\.py"):
        register_model(library, folder, name="Own Small")
    assert list(library.store.digests()) == []
    with library.catalog.reader() as queries:
        assert queries.assets() == ()


def test_the_next_weights_carry_what_was_found_in_the_last(library, folder):
    register_model(library, folder, name="Own Small")
    amend_facets(library, "own-small", ["likeness=jane-doe"], reason="counsel found her in the training set")
    (folder / "unet" / "model.safetensors").write_bytes(weights(1))
    made = register_model(library, folder, name="Own Small")
    with library.catalog.reader() as queries:
        held = {claim.facet.value for claim in queries.version(made.digest).facets}
    assert (made.version, held) == ("v002", {"model", "likeness"})
