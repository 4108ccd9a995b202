import io
from dataclasses import replace
from fractions import Fraction
from typing import BinaryIO

import numpy as np
import pytest

from assetlib.model.scene import Passes
from assetlib.passes import archive_bytes, controls_for_render
from generators.api import Canceled, GeneratorError, Unsupported
from generators.local.render import DISPLAY, RenderGenerator, decode, develop, encode
from generators.request import (
    ClearedReference,
    ControlPass,
    Controls,
    GenerationRequest,
    MediaRef,
    Modality,
    PassKind,
)
from provenance.digest import Digest, digest_bytes, digest_stream

WIDTH, HEIGHT = 64, 48


class FolderJob:
    """A job over a dictionary of files; refuses what it was not given."""

    def __init__(self, *files: bytes, cancel_after: int | None = None) -> None:
        self.files = {digest_bytes(f): f for f in files}
        self.made: dict[str, bytes] = {}
        self.steps: list[tuple[int, int]] = []
        self._cancel_after = cancel_after

    def open(self, digest: Digest) -> BinaryIO:
        return io.BytesIO(self.files[digest])

    def put(self, name: str, data: BinaryIO) -> Digest:
        self.made[name] = data.read()
        return digest_stream(io.BytesIO(self.made[name]))[0]

    def progress(self, done: int, total: int) -> None:
        self.steps.append((done, total))

    def canceled(self) -> bool:
        return self._cancel_after is not None and len(self.steps) >= self._cancel_after

    def frame(self, number: int) -> np.ndarray:  # type: ignore[type-arg]
        return np.load(io.BytesIO(self.made[f"frame.{number}.npy"]), allow_pickle=False)


def _archive(level: float, frame: int, alpha: float = 1.0, background: list[float] | None = None) -> bytes:
    plane = np.zeros((HEIGHT, WIDTH), np.float32)
    vector = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    passes = Passes(
        frame=frame,
        beauty=np.full_like(vector, level),
        clay=vector,
        depth=plane,
        normal=vector,
        entity=plane.astype(np.uint16),
        part=plane.astype(np.uint16),
        motion=vector[..., :2].copy(),
        pref=vector,
        alpha=np.full_like(plane, alpha),
        info=(("background", background),),
    )
    return archive_bytes(passes)


def _request(*archives: bytes, plates: tuple[ControlPass, ...] = (), **changes: object) -> GenerationRequest:
    named = [(1001 + i, digest_bytes(a)) for i, a in enumerate(archives)]
    request = GenerationRequest(
        shot="sq010_sh0010",
        modality=Modality.VIDEO,
        width=WIDTH,
        height=HEIGHT,
        frame_range=(1001, 1000 + max(len(archives), 1)),
        fps=Fraction(24),
        seed=0,
        controls=Controls(passes=(*controls_for_render(named, width=WIDTH, height=HEIGHT), *plates)),
    )
    return replace(request, **changes)  # type: ignore[arg-type]


def test_every_frame_is_put_tagged_and_numbered_as_the_cut() -> None:
    archives = (_archive(0.1, 1001), _archive(0.4, 1002))
    job = FolderJob(*archives)
    produced = RenderGenerator().generate(_request(*archives), job)
    assert [(o.frame, o.name, o.role) for o in produced.outputs] == [
        (1001, "frame.1001.npy", "frame"),
        (1002, "frame.1002.npy", "frame"),
    ]
    assert {o.media.colorspace for o in produced.outputs} == {DISPLAY}
    assert job.frame(1001).dtype == np.uint16
    assert job.frame(1001).mean() < job.frame(1002).mean()
    assert job.steps == [(1, 2), (2, 2)]


def test_the_same_request_gives_the_same_bytes() -> None:
    archive = _archive(0.3, 1001)
    jobs = [FolderJob(archive), FolderJob(archive)]
    for job in jobs:
        RenderGenerator().generate(_request(archive, settings=(("burn_in", "STAND-IN"),)), job)
    assert jobs[0].made == jobs[1].made


def test_it_is_previs_and_says_so() -> None:
    capabilities = RenderGenerator().capabilities
    assert capabilities.digital_source_type.endswith("/algorithmicMedia")
    assert not capabilities.uses_model
    assert not capabilities.remote


def test_the_plan_names_exactly_the_bytes_it_reads_and_what_it_ignores() -> None:
    archive = _archive(0.3, 1001)
    media = MediaRef(digest=digest_bytes(b"sheet"), media_type="image/png", width=8, height=8, colorspace=DISPLAY)
    sheet = ClearedReference(media=media, entity="assetlib:///characters/a", version="v001", role="likeness", name="a")
    request = _request(archive, references=(sheet,), prompt="rain", steps=4, settings=(("glow", "1"),))
    plan = RenderGenerator().prepare(request)
    assert plan.sends == (digest_bytes(archive),)
    for word in ("prompt", "steps", "reference a", "glow"):
        assert any(word in i for i in plan.ignored), word


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"frame_range": (1001, 1003)}, "1002"),
        ({"modality": Modality.UPSCALE}, "upscale"),
        ({"settings": (("exposure", "bright"),)}, "exposure"),
        ({"settings": (("burn_in", "<script>"),)}, "burn-in"),
        ({"frame_range": (1002, 1001)}, "empty range"),
    ],
)
def test_what_it_cannot_do_is_refused_before_any_byte(changes: dict[str, object], word: str) -> None:
    request = _request(_archive(0.3, 1001), **changes)
    with pytest.raises(Unsupported, match=word):
        RenderGenerator().prepare(request)
    with pytest.raises(Unsupported, match=word):
        RenderGenerator().generate(request, FolderJob())


def test_a_burn_in_is_plain_to_see_and_keeps_the_upper_picture() -> None:
    archive = _archive(0.3, 1001)
    plain, marked = FolderJob(archive), FolderJob(archive)
    RenderGenerator().generate(_request(archive), plain)
    RenderGenerator().generate(_request(archive, settings=(("burn_in", "STAND-IN"),)), marked)
    changed = (plain.frame(1001) != marked.frame(1001)).any(axis=2)
    assert changed[-20:].mean() > 0.9
    assert not changed[: HEIGHT // 2].any()
    yellow = marked.frame(1001)[-20:]
    assert ((yellow[..., 0] > 50000) & (yellow[..., 2] < 30000)).sum() > 20


def _plate(level: float) -> tuple[bytes, ControlPass]:
    buffer = io.BytesIO()
    np.save(buffer, np.full((HEIGHT, WIDTH, 3), level, np.float32))
    media = MediaRef(
        digest=digest_bytes(buffer.getvalue()),
        media_type="application/x-npy",
        width=WIDTH,
        height=HEIGHT,
        colorspace="lin_rec709_scene",
    )
    return buffer.getvalue(), ControlPass(kind=PassKind.PLATE, media=media)


def test_a_plate_takes_the_place_of_the_background_at_partial_coverage() -> None:
    # Foreground 0.8 covers half of each pixel over a background of 0.2; over a plate of 0.6 the pixel is 0.7.
    data, plate = _plate(0.6)
    archive, expected = _archive(0.5, 1001, alpha=0.5, background=[0.2, 0.2, 0.2]), _archive(0.7, 1001)
    composed, reference = FolderJob(archive, data), FolderJob(expected)
    RenderGenerator().generate(_request(archive, plates=(plate,)), composed)
    RenderGenerator().generate(_request(expected), reference)
    assert np.abs(composed.frame(1001).astype(int) - reference.frame(1001)).max() <= 1


def test_a_pictured_sky_cannot_be_exchanged_for_a_plate() -> None:
    data, plate = _plate(0.6)
    archive = _archive(0.5, 1001, alpha=0.5, background=None)
    with pytest.raises(GeneratorError, match="plain background"):
        RenderGenerator().generate(_request(archive, plates=(plate,)), FolderJob(archive, data))


def test_a_cancel_stops_before_the_next_frame() -> None:
    archives = tuple(_archive(0.1, 1001 + i) for i in range(3))
    job = FolderJob(*archives, cancel_after=1)
    with pytest.raises(Canceled, match="1 of 3"):
        RenderGenerator().generate(_request(*archives), job)
    assert list(job.made) == ["frame.1001.npy"]


@pytest.mark.parametrize("defect", ["no_zip", "truncated", "other_size"])
def test_bytes_that_are_no_passes_are_refused_in_a_sentence(defect: str) -> None:
    good = _archive(0.3, 1001)
    data = {"no_zip": b"zip?", "truncated": good[:999], "other_size": good}[defect]
    request = _request(data)
    if defect == "other_size":
        wide = replace(request.controls.passes[0], media=replace(request.controls.passes[0].media, width=999))
        request = replace(request, controls=Controls(passes=(wide,)))
    with pytest.raises(GeneratorError, match="expected"):
        RenderGenerator().generate(request, FolderJob(data))


def test_the_film_curve_rises_keeps_black_and_never_clips_hard() -> None:
    radiance = np.geomspace(0.0005, 40.0, 400, dtype=np.float32)
    gray = develop(np.repeat(radiance[:, None, None], 3, axis=2))[:, 0]
    assert (np.diff(gray[:, 1]) >= 0).all()
    assert np.ptp(gray, axis=1).max() < 0.01
    assert gray[0].max() < 0.02
    assert 0.9 < gray[-1].min() <= 1.0
    assert gray[np.searchsorted(radiance, 0.18), 1] == pytest.approx(0.46, abs=0.05)
    assert develop(np.full((1, 1, 3), np.nan, np.float32)).max() == pytest.approx(0.0, abs=1e-3)


def test_encoding_is_the_inverse_of_decoding() -> None:
    values = np.linspace(0, 1, 256, dtype=np.float32)
    assert np.allclose(encode(decode(values)), values, atol=1e-5)
