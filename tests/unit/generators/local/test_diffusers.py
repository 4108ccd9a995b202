"""The diffusers generator on a tiny random model, in the sandbox, as a studio would run its own."""

import inspect
import io
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generators.api import Canceled, GeneratorError, Unsupported
from generators.local.bindings import BINDINGS
from generators.local.diffusers import DiffusersGenerator, control_picture
from generators.local.model_folder import scan_model
from generators.request import ControlPass, PassKind
from generators.run import output_path, run
from provenance.decision import PermitRefused
from tests.doors import KEY, NOW, Shelf, media, permit_for, request_for

ROOT = Path(__file__).parents[4]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("torch"), pytest.mark.timeout(300)]


def _npy(values):
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


def _png(color):
    buffer = io.BytesIO()
    pixels = np.zeros((48, 48, 3), np.uint8)
    pixels[8:40, 12:36] = color
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


RED, BLUE = _png((220, 30, 20)), _png((20, 40, 210))
EDGES = _png((255, 255, 255))
DEPTH = _npy(np.linspace(1, 9, 64 * 64, dtype=np.float32).reshape(64, 64))


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "tiny"
    subprocess.run(
        [sys.executable, "-m", "tests.tiny_models", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=200,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
    )
    return folder, scan_model(folder, name="tiny")


def _request(manifest, reference=RED, control=DEPTH, kind=PassKind.DEPTH, **changes):
    media_type = "application/x-npy" if control.startswith(b"\x93NUMPY") else "image/png"
    made = request_for([reference], prompt="a figure", frame_range=(1001, 1001), **{"steps": 2, **changes})
    passed = ControlPass(kind=kind, media=media(control, media_type), space="metric" if kind is PassKind.DEPTH else "")
    settings = (("model", f"assetlib:///models/tiny?version={manifest.digest}"), *made.settings)
    return replace(made, controls=replace(made.controls, passes=(passed,)), settings=settings)


@pytest.fixture
def work(tmp_path, model):
    folder, scanned = model
    shelf = Shelf(RED, BLUE, EDGES, DEPTH, scanned.manifest.canonical())
    (tmp_path / "store").mkdir()

    def go(name, request, **changes):
        generator = DiffusersGenerator()
        result = run(
            generator,
            request,
            **{
                "permit": permit_for(generator, request, scanned.manifest),
                "public_key": KEY.public_key(),
                "blobs": shelf.in_folder(tmp_path / "store"),
                "workdir": tmp_path / name,
                "now": NOW,
                "model_dir": folder,
                **changes,
            },
        )
        return result, [np.load(output_path(tmp_path / name, o)) for o in result.outputs]

    go.manifest = scanned.manifest
    return go


def test_the_same_seed_gives_the_same_bits_and_everything_asked_for_changes_the_picture(work):
    request = replace(_request(work.manifest), frame_range=(1001, 1002))
    result, (frame, next_seed) = work("first", request)
    again, _ = work("again", request)
    assert result.outputs == again.outputs
    assert frame.shape == (64, 64, 3)
    assert frame.dtype == np.uint8
    assert result.isolation.startswith("landlock-")
    assert result.identity.model_digests == work.manifest.digests
    assert result.used_references == (request.references[0].media.digest,)
    assert not np.array_equal(frame, next_seed)
    for name, other in {
        "reference": _request(work.manifest, reference=BLUE),
        "control": _request(work.manifest, control=EDGES, kind=PassKind.EDGE),
    }.items():
        _, (changed,) = work(name, other)
        assert not np.array_equal(frame, changed), name


def test_every_frame_gets_the_pass_that_names_it_and_no_other_is_sent(work):
    request = _request(work.manifest)
    far = _npy(np.full((64, 64), 4, np.float32))
    passes = tuple(
        ControlPass(kind=kind, media=replace(media(data, "application/x-npy"), frames=(frame, frame)), space="metric")
        for frame, kind, data in (
            (1001, PassKind.DEPTH, DEPTH),
            (1002, PassKind.DEPTH, far),
            (1003, PassKind.DEPTH, EDGES),
            (1001, PassKind.NORMAL, RED),
        )
    )
    request = replace(request, frame_range=(1001, 1002), controls=replace(request.controls, passes=passes))
    plan = DiffusersGenerator().prepare(request)
    sent = {media(data, "").digest for data in (DEPTH, far, RED)}
    assert set(plan.sends) == sent
    assert plan.ignored == ("control depth", "control normal")


def test_a_cancel_stops_between_steps(work):
    seen = []
    with pytest.raises(Canceled, match="after step"):
        work(
            "canceled",
            _request(work.manifest, steps=500),
            progress=lambda done, _total: seen.append(done),
            canceled=lambda: len(seen) >= 2,
        )
    assert len(seen) < 100


def test_one_changed_weight_is_refused(work, model, tmp_path):
    folder = tmp_path / "changed"
    shutil.copytree(model[0], folder)
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    with pytest.raises(GeneratorError, match=r"unet/diffusion_pytorch_model\.safetensors: expected sha256"):
        work("job", _request(work.manifest), model_dir=folder)


def test_a_permit_that_does_not_name_one_model_file_is_refused(work):
    request = _request(work.manifest)
    fitting = permit_for(DiffusersGenerator(), request, work.manifest)
    weights = work.manifest.files[-1].digest
    short = permit_for(
        DiffusersGenerator(), request, work.manifest, digests=tuple(d for d in fitting.digests if d != weights)
    )
    with pytest.raises(PermitRefused, match=weights):
        work("job", request, permit=short)


def test_model_files_are_linked_and_not_copied(work, model, monkeypatch):
    import generators.run

    seen = []
    real = generators.run._link

    def link(source, place):
        outside = real(source, place)
        seen.append(outside or place.stat().st_ino == source.stat().st_ino)
        return outside

    monkeypatch.setattr(generators.run, "_link", link)
    monkeypatch.setattr(
        generators.run.sandbox, "run_sandboxed", lambda *_, **__: (_ for _ in ()).throw(GeneratorError("stop"))
    )
    with pytest.raises(GeneratorError, match="stop"):
        work("job", _request(work.manifest))
    assert len(seen) == len(work.manifest.files)
    assert all(seen)


def test_every_row_of_the_binding_table_fits_the_installed_class():
    script = (
        "import diffusers, inspect, sys\n"
        "from generators.local.bindings import BINDINGS\n"
        "for name, row in BINDINGS.items():\n"
        "    call = inspect.signature(getattr(diffusers, name).__call__).parameters\n"
        "    missing = [a for a in row.arguments if a not in call]\n"
        "    assert not missing, (name, missing)\n"
        "    import transformers\n"
        "    for library, kind in row.components:\n"
        "        assert hasattr({'diffusers': diffusers, 'transformers': transformers}[library], kind), kind\n"
    )
    subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        check=True,
        timeout=200,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
    )


def test_prepare_says_what_it_cannot_use(work):
    request = _request(work.manifest)
    other = replace(request.controls.passes[0], kind=PassKind.MOTION, media=media(EDGES))
    both = replace(request.controls, lighting="key left", passes=(*request.controls.passes, other))
    plan = DiffusersGenerator().prepare(replace(request, controls=both, strength=0.5))
    assert plan.ignored == ("control motion", "lighting", "strength")
    assert plan.text == ("a figure",)
    assert set(plan.sends) == set(request.inputs)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"width": 63}, "multiples of 8"), ({"settings": ()}, "registered model"), ({"modality": "video"}, "stills")],
)
def test_prepare_refuses_what_it_cannot_do(work, change, message):
    from generators.request import Modality

    change = {k: Modality(v) if k == "modality" else v for k, v in change.items()}
    with pytest.raises(Unsupported, match=message):
        DiffusersGenerator().prepare(replace(_request(work.manifest), **change))


def _pass(kind, space):
    return ControlPass(kind=kind, media=media(b"x"), space=space)


def test_metric_depth_becomes_inverse_with_near_bright_and_nothing_black():
    picture = control_picture(np.array([[1.0, 2.0, 4.0, np.inf]], np.float32), _pass(PassKind.DEPTH, "metric"))
    near, middle, far, nothing = picture[0, :, 0]
    assert near == 255
    assert near > middle > far
    assert nothing == 0


def test_depth_and_normals_whose_space_is_unclear_are_refused():
    with pytest.raises(Unsupported, match="metric"):
        control_picture(np.ones((2, 2), np.float32), _pass(PassKind.DEPTH, ""))
    with pytest.raises(Unsupported, match="view"):
        control_picture(np.ones((2, 2, 3), np.float32), _pass(PassKind.NORMAL, "world"))


def test_the_output_is_labeled_as_made_by_a_trained_model():
    assert DiffusersGenerator.capabilities.digital_source_type.endswith("/trainedAlgorithmicMedia")
    assert inspect.signature(DiffusersGenerator).parameters == {}
    assert BINDINGS
