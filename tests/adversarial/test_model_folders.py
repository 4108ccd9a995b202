"""Model folders that would run code, leave their place or lie about their size are refused by file and reason."""

import json
import os
import pickle
import struct
from pathlib import Path

import pytest

from generators.api import GeneratorError
from generators.local.model_folder import ModelRefused, scan_model
from generators.model_manifest import ModelFile, ModelManifest

COMPONENTS = {
    "controlnet": ["diffusers", "ControlNetModel"],
    "scheduler": ["diffusers", "DDIMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}
INDEX = {"_class_name": "StableDiffusionControlNetPipeline", "safety_checker": [None, None], **COMPONENTS}


def _safetensors(header=None, body=bytes(8)):
    text = json.dumps(header or {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    return struct.pack("<Q", len(text)) + text + body


class _Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/assetlib-model-executed",)


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "model"
    for name, (_, kind) in COMPONENTS.items():
        (root / name).mkdir(parents=True)
        (root / name / "config.json").write_text("{}")
        if kind not in ("DDIMScheduler", "CLIPTokenizer"):
            (root / name / "model.safetensors").write_bytes(_safetensors())
    (root / "model_index.json").write_text(json.dumps(INDEX))
    (root / "LICENSE.md").write_text("CC0-1.0")
    (root / "README.md").write_text("# A model")
    (root / "picture.png").write_bytes(b"png")
    return root


def _index(root, **changes):
    (root / "model_index.json").write_text(json.dumps({**INDEX, **changes}))


def test_a_plain_folder_is_taken_and_the_rest_is_left_and_listed(folder):
    scanned = scan_model(folder, name="m")
    assert scanned.manifest.pipeline == INDEX["_class_name"]
    assert len(scanned.manifest.files) == 1 + 6 + 4
    assert scanned.left == ("LICENSE.md", "README.md", "picture.png")
    assert dict(scanned.licenses)["LICENSE.md"] == "CC0-1.0"
    assert ModelManifest.from_bytes(scanned.manifest.canonical()) == scanned.manifest


def test_a_hub_cache_snapshot_is_taken_with_its_links(folder, tmp_path):
    cache = tmp_path / "models--house--tiny"
    snapshot, blobs = cache / "snapshots" / ("a" * 40), cache / "blobs"
    blobs.mkdir(parents=True)
    for number, path in enumerate(sorted(p for p in folder.rglob("*") if p.is_file())):
        place = snapshot / path.relative_to(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.rename(blobs / f"{number:064x}")
        place.symlink_to(os.path.relpath(blobs / f"{number:064x}", place.parent))
    scanned = scan_model(snapshot, name="m")
    assert len(scanned.manifest.files) == 11
    outside = tmp_path / "outside.safetensors"
    outside.write_bytes(_safetensors())
    link = snapshot / "unet" / "model.safetensors"
    link.unlink()
    link.symlink_to(outside)
    with pytest.raises(ModelRefused, match=r"unet/model\.safetensors: a link that leaves"):
        scan_model(snapshot, name="m")


def _python_component(root):
    (root / "unet" / "evil.py").write_text("open('/tmp/assetlib-model-executed','w')")
    return r"unet/evil\.py"


def _python_named_in_index(root):
    _index(root, unet=["evil", "Evil"])
    (root / "evil.py").write_text("open('/tmp/assetlib-model-executed','w')")
    return r"unet: evil\.Evil"


def _class_name_as_list(root):
    _index(root, _class_name=["pipeline", "Evil"])
    return "expected the name of a pipeline class"


def _unknown_pipeline(root):
    _index(root, _class_name="EvilPipeline")
    return "'EvilPipeline' is not supported"


def _standard_library_as_component(root):
    _index(root, vae=["subprocess", "Popen"])
    return r"vae: subprocess\.Popen"


def _other_class_of_a_known_library(root):
    _index(root, unet=["diffusers", "DiffusionPipeline"])
    return r"unet: diffusers\.DiffusionPipeline"


def _component_outside(root):
    _index(root, **{"../unet": ["diffusers", "UNet2DConditionModel"]})
    return "not the name of a component"


def _pickled_weights(root):
    (root / "unet" / "model.safetensors").unlink()
    (root / "unet" / "diffusion_pytorch_model.bin").write_bytes(pickle.dumps(_Bomb()))
    return r"unet/diffusion_pytorch_model\.bin: files of kind \.bin can run code"


def _pickle_beside_weights(root):
    (root / "vae" / "model.ckpt").write_bytes(pickle.dumps(_Bomb()))
    return r"vae/model\.ckpt"


def _pickle_named_safetensors(root):
    (root / "unet" / "model.safetensors").write_bytes(pickle.dumps(_Bomb()))
    return r"unet/model\.safetensors: not a safetensors file"


def _auto_map(root):
    (root / "tokenizer" / "tokenizer_config.json").write_text('{"auto_map": {"AutoTokenizer": "evil.Evil"}}')
    return r"tokenizer/tokenizer_config\.json: 'auto_map' asks for code"


def _custom_pipeline(root):
    _index(root, custom_pipeline="evil")
    return "'custom_pipeline' asks for code"


def _duplicate_key(root):
    text = json.dumps(INDEX)
    (root / "model_index.json").write_text(text[:-1] + ', "_class_name": "EvilPipeline"}')
    return "a key is given twice"


def _header_longer_than_file(root):
    (root / "unet" / "model.safetensors").write_bytes(struct.pack("<Q", 1 << 40) + b"{}")
    return "not a safetensors file"


def _tensor_beyond_the_file(root):
    header = {"w": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 4 << 40]}}
    (root / "unet" / "model.safetensors").write_bytes(_safetensors(header))
    return "cover"


def _overlapping_tensors(root):
    one = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
    (root / "unet" / "model.safetensors").write_bytes(_safetensors({"a": one, "b": one}))
    return "offsets"


def _bytes_behind_the_tensors(root):
    (root / "unet" / "model.safetensors").write_bytes(_safetensors(body=bytes(8) + b"hidden"))
    return "cover 8 of 14"


def _absolute_link(root):
    (root / "unet" / "config.json").unlink()
    (root / "unet" / "config.json").symlink_to("/etc/hostname")
    return r"unet/config\.json: a link that leaves"


def _linked_folder(root):
    (root / "extra").symlink_to("/etc")
    return "extra: a link to a folder"


def _device(root):
    os.mkfifo(root / "unet" / "pipe.json")
    return r"unet/pipe\.json: expected a file"


def _missing_component(root):
    for path in (root / "vae").iterdir():
        path.unlink()
    return "vae/: missing"


def _deep_json(root):
    (root / "unet" / "config.json").write_text("[" * 200_000)
    return r"unet/config\.json: not readable as JSON"


DEFECTS = {
    name.removeprefix("_"): defect
    for name, defect in list(globals().items())
    if name.startswith("_") and callable(defect)
}
for helper in ("safetensors", "Bomb", "index"):
    DEFECTS.pop(helper)


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_folder_with_this_defect_is_refused_by_name(folder, defect):
    trace = Path("/tmp/assetlib-model-executed")
    trace.unlink(missing_ok=True)
    expected = DEFECTS[defect](folder)
    with pytest.raises(ModelRefused, match=expected):
        scan_model(folder, name="m")
    assert not trace.exists()


def test_more_bytes_than_allowed_are_refused(folder):
    with pytest.raises(ModelRefused, match="allowed are 10"):
        scan_model(folder, name="m", max_bytes=10)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../b", "", "a\\b"])
def test_a_manifest_cannot_place_a_file_outside(path):
    with pytest.raises(ValueError, match="inside the model"):
        ModelFile(path=path, digest="sha256:" + "0" * 64, size=1)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"type": "assetlib.model.v1"}', b"\xff"])
def test_bytes_that_are_no_manifest_are_refused(data):
    with pytest.raises(GeneratorError, match="not a model manifest"):
        ModelManifest.from_bytes(data)
