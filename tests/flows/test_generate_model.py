"""A shot made by a model: the model is a licensed asset like any other, and the take says that a model made it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from assetlib.flows import generate_shot as flow
from assetlib.flows.generate_shot import generate_shot
from assetlib.flows.model_request import manifest_digest
from assetlib.flows.register_model import register_model
from assetlib.flows.verify_files import verify_files
from assetlib.library import Library
from assetlib.media.exr import read_exr
from assetlib.media.stills import decode_png16
from assetlib.model.asset import DerivationKind
from assetlib.model.refusals import BadInput, Conflict, Denied
from generators.request import GenerationRequest
from provenance.credentials import read
from tests.flows.studio import ALONE, FRAMES, TOGETHER, Studio, add_terms, build, laid_out, rows
from tests.tiny_models import OFFLINE

ROOT = Path(__file__).parents[2]
SIZE = "64x40"
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("torch"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    """The studio with a tiny model registered and not licensed; the model's own folder lies beside it."""
    pytest.importorskip("diffusers", reason="needs the local extra")
    folder = tmp_path_factory.mktemp("model")
    environ = {**os.environ, **OFFLINE, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    subprocess.run([sys.executable, "-m", "tests.tiny_models", str(folder / "tiny")], cwd=ROOT, env=environ, check=True)
    studio = build(folder / "studio")
    opened = studio.open()
    register_model(opened, folder / "tiny", name="Tiny")
    opened.close()
    return studio


@pytest.fixture
def library(built: Studio, tmp_path: Path) -> Iterator[Library]:
    opened = built.copy(tmp_path / "studio").open()
    yield opened
    opened.close()


def test_the_model_is_licensed_used_and_disclosed(library: Library, tmp_path: Path) -> None:
    """One story, because every step rests on the one before: without a model, unlicensed, licensed, made, proven."""
    with pytest.raises(BadInput, match="name a registered one with --model"):
        generate_shot(library, ALONE, generator="diffusers", size=SIZE)
    with pytest.raises(Denied, match="tiny"):
        generate_shot(library, ALONE, generator="diffusers", model="tiny", size=SIZE)
    add_terms(library, tmp_path, "LIC-2026-0009", covers="asset: [models/tiny], facets: [model]")
    made = generate_shot(library, ALONE, generator="diffusers", model="tiny", seed=3, size=SIZE)
    folder = laid_out(library, ALONE, 1, tmp_path / "take")
    _is_proven(library, folder)
    _is_a_model_s_own_picture(folder)
    _is_disclosed(library, folder)
    _rests_on_the_model(library, made["decision"]["cited"])


def _is_proven(library: Library, folder: Path) -> None:
    verdicts = {Path(v["file"]).name: v["verdict"] for v in verify_files(library, [folder], trust=None)}
    assert verdicts.pop("take.json") == "unknown"
    assert set(verdicts.values()) == {"pass"}
    assert len(verdicts) == 2 * len(FRAMES) + 2


def _is_a_model_s_own_picture(folder: Path) -> None:
    """The EXR shows what the model made, not the previs that steered it."""
    for png, exr in zip(sorted(folder.glob("*.png")), sorted(folder.glob("*.exr")), strict=True):
        linear, _ = read_exr(exr)
        display = decode_png16(png)[..., 0] / 65535
        assert abs(linear["R"] - ((display + 0.055) / 1.055) ** 2.4).mean() < 0.01
    frames = {decode_png16(path).tobytes() for path in folder.glob("*.png")}
    assert len(frames) == len(FRAMES)


def _is_disclosed(library: Library, folder: Path) -> None:
    account = json.loads((folder / "take.json").read_text())
    assert (account["generator"], account["isolation"].startswith("landlock-")) == ("diffusers", True)
    assert len(account["models"]) > 5
    manifest = read(next(folder.glob("*.mp4")), trust=library.trust).active_manifest
    assert manifest is not None
    actions = json.dumps(next(a.data for a in manifest.assertions if a.label.startswith("c2pa.actions")))
    assert "trainedAlgorithmicMedia" in actions
    disclosed = manifest.data_of("c2pa.ai-disclosure")
    assert (disclosed["modelName"], disclosed["modelIdentifier"]) == ("Tiny", manifest_digest(library, "tiny"))
    assert any(one.title.startswith("Ann v001 front") for one in manifest.ingredients)


def _rests_on_the_model(library: Library, cited: list[str]) -> None:
    (take,) = rows(library, lambda queries: queries.takes(ALONE))
    assert "LIC-2026-0009#3.1" in cited
    assert take.source_type.endswith("trainedAlgorithmicMedia")
    model = rows(library, lambda queries: queries.version("tiny"))
    _, derivations = rows(library, lambda queries: queries.closure((take.digest,)))
    assert DerivationKind.MODEL_USED in {d.kind for d in derivations if d.parent == model.digest}
    (permit,) = rows(library, lambda queries: queries.permits(take.decision))
    named = permit.payload.decode()
    front = next(f for f in rows(library, lambda queries: queries.version("ann")).files if f.path.startswith("refs/"))
    assert front.digest in named
    assert all(file.digest in named for file in model.files if file.path.startswith("files/"))


class _Stopped(Exception):
    """Raised in the place of the run, once the permit is there."""


def _stop_before_the_run(monkeypatch: pytest.MonkeyPatch) -> list[GenerationRequest]:
    asked: list[GenerationRequest] = []

    def stop(library: Library, generator: object, request: GenerationRequest, *rest: object) -> None:
        asked.append(request)
        raise _Stopped

    monkeypatch.setattr(flow, "run_under", stop)
    return asked


def test_a_model_registered_under_the_name_while_the_shot_is_framed_is_not_the_one_that_runs(
    built: Studio, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decided was one version; its name means another by the time the work begins."""
    cleared = manifest_digest(library, "tiny")
    add_terms(library, tmp_path, "LIC-2026-0010", covers="asset: [models/tiny], facets: [model]")
    other = tmp_path / "other"
    shutil.copytree(built.folder.parent / "tiny", other)
    scheduler = other / "scheduler" / "scheduler_config.json"
    scheduler.write_text(json.dumps(json.loads(scheduler.read_text()) | {"steps_offset": 7}))
    asked = _stop_before_the_run(monkeypatch)

    def swap(done: int) -> None:
        if done == 850:
            register_model(library, other, name="Tiny")

    with pytest.raises(_Stopped):
        generate_shot(library, ALONE, generator="diffusers", model="tiny", size=SIZE, progress=swap)
    assert manifest_digest(library, "tiny") != cleared
    assert dict(asked[0].settings)["model"] == cleared


def test_a_picture_of_what_was_not_decided_upon_gets_no_permit(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_terms(library, tmp_path, "LIC-2026-0010", covers="asset: [models/tiny], facets: [model]")
    asked = _stop_before_the_run(monkeypatch)
    pictures = flow.reference_pictures
    monkeypatch.setattr(
        flow, "reference_pictures", lambda library, _: pictures(library, rows(library, lambda q: q.shot(TOGETHER)))
    )
    with pytest.raises(Conflict, match="nobody can say what sha256:"):
        generate_shot(library, ALONE, generator="diffusers", model="tiny", size=SIZE)
    assert asked == []


def test_an_asset_that_is_no_model_runs_nothing(library: Library) -> None:
    with pytest.raises(BadInput, match="ann is a character"):
        generate_shot(library, ALONE, generator="diffusers", model="ann", size=SIZE)
