"""Generators on this machine: which there are, and whether one keeps its promises."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from generators.api import GeneratorError
from generators.registry import available, load
from generators.request import (
    ClearedReference,
    ControlPass,
    Controls,
    GenerationRequest,
    MediaRef,
    Modality,
    PassKind,
)
from provenance.digest import Digest, digest_bytes

if TYPE_CHECKING:
    from generators.api import Capabilities, Generator

_WIDTH, _HEIGHT = 64, 48
_FRAMES = (1001, 1003)
_KEPT = "pure, repeatable, uses exactly what it names, writes nowhere else, heeds a cancel"


def list_generators() -> list[dict[str, Any]]:
    """Every installed generator; none is imported for this. Only allowed ones can be loaded."""
    return [
        {
            "name": listed.name,
            "distribution": listed.distribution,
            "version": listed.version,
            "allowed": "built in" if listed.built_in else "only when pinned",
        }
        for listed in available()
    ]


def test_generator(name: str) -> dict[str, Any]:
    """Run the conformance suite with a small request made for it; what is wrong is an answer.

    A generator that runs a model, or sends to a provider, is asked for its plan alone: neither is at hand here, and
    their authors run the whole suite with both. Raises GeneratorRefused for a name that may not be loaded.
    """
    generator = load(name)
    files: dict[Digest, bytes] = {}
    request = _request(generator.capabilities, files)
    checks = (
        _plan_checks(generator, request) if _plan_alone(generator.capabilities) else _all(generator, request, files)
    )
    return {"generator": name, "passed": all(check["passed"] for check in checks), "checks": checks}


test_generator.__test__ = False  # type: ignore[attr-defined]  # pytest: a verb of the command line, no test


def _plan_alone(able: Capabilities) -> bool:
    return able.uses_model or able.remote


def _all(generator: Generator, request: GenerationRequest, files: dict[Digest, bytes]) -> list[dict[str, Any]]:
    from generators.testing import check_generator

    try:
        findings = check_generator(generator, request, files.__getitem__)
    except Exception as error:  # noqa: BLE001  a plug-in may raise anything; that it does is the finding
        findings = [f"it raised {type(error).__name__}: {error}"]
    return _rows("conformance", findings, _KEPT)


def _plan_checks(generator: Generator, request: GenerationRequest) -> list[dict[str, Any]]:
    try:
        first, second = generator.prepare(request), generator.prepare(request)
    except GeneratorError as error:
        return _rows("plan", [f"prepare refuses the suite's request: {error}"], "")
    findings = [] if first == second else ["prepare is not pure: two calls gave two plans"]
    if set(first.sends) - set(request.inputs):
        findings.append("the plan sends files that the request does not name")
    needs = "a provider" if generator.capabilities.remote else "a model"
    return _rows("plan", findings, f"pure, and names what it uses; the work itself needs {needs} and was not tried")


def _rows(check: str, findings: list[str], kept: str) -> list[dict[str, Any]]:
    if not findings:
        return [{"check": check, "passed": True, "sentence": kept}]
    return [{"check": check, "passed": False, "sentence": finding} for finding in findings]


def _request(able: Capabilities, files: dict[Digest, bytes]) -> GenerationRequest:
    """A request that uses what `able` offers (gray passes, a picture, a prompt); its bytes go into `files`."""
    modality = Modality.VIDEO if Modality.VIDEO in able.modalities else min(able.modalities)
    frames = _FRAMES if modality is Modality.VIDEO else (_FRAMES[0], _FRAMES[0])
    settings = (("model", digest_bytes(b"a model")),) if able.uses_model else ()
    return GenerationRequest(
        shot="sq010_sh0010",
        modality=modality,
        width=_WIDTH,
        height=_HEIGHT,
        frame_range=frames,
        fps=Fraction(24),
        seed=7,
        prompt="a gray wall" if able.uses_model or able.remote else "",
        references=(_reference(files),) if able.max_references else (),
        controls=Controls(passes=tuple(_passes(able, frames, files))),
        settings=settings,
    )


def _reference(files: dict[Digest, bytes]) -> ClearedReference:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (_WIDTH, _HEIGHT), (90, 120, 150)).save(buffer, "PNG")
    media = _media(files, buffer.getvalue(), "image/png", "srgb_rec709_display")
    return ClearedReference(media=media, entity="assetlib:///characters/test", version="v001", role="look", name="Test")


def _passes(able: Capabilities, frames: tuple[int, int], files: dict[Digest, bytes]) -> list[ControlPass]:
    """One archive a frame for a generator that shades them, else metric depth where that is a control it offers."""
    if PassKind.BEAUTY in able.controls:
        from assetlib.passes.archive import archive_bytes, controls_for_render

        made = [(frame, _kept(files, archive_bytes(_wall(frame)))) for frame in range(frames[0], frames[1] + 1)]
        return list(controls_for_render(made, width=_WIDTH, height=_HEIGHT))
    if PassKind.DEPTH not in able.controls:
        return []
    return [
        ControlPass(kind=PassKind.DEPTH, media=_depth(frame, files), space="metric")
        for frame in range(frames[0], frames[1] + 1)
    ]


def _depth(frame: int, files: dict[Digest, bytes]) -> MediaRef:
    import numpy as np

    buffer = io.BytesIO()
    np.save(buffer, np.full((_HEIGHT, _WIDTH), frame - 1000.0, np.float32))
    return _media(files, buffer.getvalue(), "application/x-npy", "raw", frames=(frame, frame))


def _wall(frame: int) -> Any:
    import numpy as np

    from assetlib.model.scene import Passes

    plane = np.zeros((_HEIGHT, _WIDTH), np.float32)
    vector = np.zeros((_HEIGHT, _WIDTH, 3), np.float32)
    return Passes(
        frame=frame,
        beauty=np.full_like(vector, 0.1 * (frame - 1000)),
        clay=vector,
        depth=plane,
        normal=vector,
        entity=plane.astype(np.uint16),
        part=plane.astype(np.uint16),
        motion=np.zeros((_HEIGHT, _WIDTH, 2), np.float32),
        pref=vector,
        alpha=np.ones_like(plane),
        info=(("background", [0.0, 0.0, 0.0]),),
    )


def _media(
    files: dict[Digest, bytes], data: bytes, kind: str, colorspace: str, frames: tuple[int, int] | None = None
) -> MediaRef:
    return MediaRef(
        digest=_kept(files, data),
        media_type=kind,
        width=_WIDTH,
        height=_HEIGHT,
        colorspace=colorspace,
        frames=frames,
    )


def _kept(files: dict[Digest, bytes], data: bytes) -> Digest:
    digest = digest_bytes(data)
    files[digest] = data
    return digest
