"""For authors of generators: an echo generator, and the suite that every generator has to pass.

    findings = check_generator(MyGenerator(), request, blobs)
    assert not findings, "\\n".join(findings)

The suite runs the generator in this process, in folders it makes and removes. It asks what `run` relies
on: `prepare` is pure and complete, unnamed digests stay closed, what is ignored is reported, the same seed
gives the same bytes where promised, a cancel is heeded, and nothing is written beside the output.
"""

from __future__ import annotations

import hashlib
import io
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from generators.api import Canceled, Capabilities, Generator, GeneratorError, Job, Plan, Unsupported
from generators.job_folder import FolderJob, copy_in, make_job_folder
from generators.request import GenerationRequest, MediaRef, Modality, PassKind
from generators.result import Output, Produced
from provenance.decision import PermitRefused
from provenance.digest import Digest, digest_file


class EchoGenerator:
    """Frames whose pixels are a function of seed, frame number and the cleared bytes. Makes nothing to look at."""

    capabilities = Capabilities(
        name="echo",
        version="1.0",
        modalities=frozenset({Modality.IMAGE, Modality.VIDEO}),
        controls=frozenset(PassKind),
        digital_source_type="http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia",
        max_references=64,
        multi_character=True,
        deterministic=True,
        cancellable=True,
    )

    def prepare(self, request: GenerationRequest) -> Plan:
        if request.modality not in self.capabilities.modalities:
            raise Unsupported(f"echo makes images and video, asked was {request.modality.value}")
        ignored = tuple(name for name in ("prompt", "negative", "steps", "strength") if getattr(request, name))
        return Plan(recipient="local", sends=request.inputs, ignored=ignored)

    def generate(self, request: GenerationRequest, job: Job) -> Produced:
        key = hashlib.sha256(str(request.seed).encode())
        for digest in request.inputs:
            with job.open(digest) as stream:
                key.update(stream.read())
        first, last = request.frame_range
        outputs = []
        for done, frame in enumerate(range(first, last + 1)):
            if job.canceled():
                raise Canceled(f"canceled before frame {frame}")
            outputs.append(_echo_frame(request, job, key.digest(), frame))
            job.progress(done + 1, last - first + 1)
        return Produced(outputs=tuple(outputs), used_references=tuple(r.media.digest for r in request.references))


def _echo_frame(request: GenerationRequest, job: Job, key: bytes, frame: int) -> Output:
    color = np.frombuffer(hashlib.sha256(key + str(frame).encode()).digest()[:3], np.uint8)
    pixels = np.broadcast_to(color, (request.height, request.width, 3))
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(pixels))
    buffer.seek(0)
    name = f"frame.{frame:04d}.npy"
    media = MediaRef(
        digest=job.put(name, buffer),
        media_type="application/x-npy",
        width=request.width,
        height=request.height,
        colorspace="srgb_rec709_display",
        frames=(frame, frame),
    )
    return Output(media=media, role="frame", name=name, frame=frame)


def check_generator(
    generator: Generator, request: GenerationRequest, blobs: Callable[[Digest], bytes], *, model: Path | None = None
) -> list[str]:
    """What is wrong with `generator`, one sentence each; an empty list is a pass.

    `request` should use everything the generator can; `blobs` gives the bytes of its inputs. `model` is a
    scanned model folder for generators that need one. Remote generators are checked against a server of
    their own and take part in `prepare` only.
    """
    findings = _check_prepare(generator, request)
    if generator.capabilities.remote or findings:
        return findings
    trial = _Trial(generator, request, blobs, model)
    for check in (_check_output, _check_unnamed, _check_same_seed, _check_cancel):
        findings += check(trial)
    return findings


class _Trial:
    """Runs of one generator in fresh folders."""

    def __init__(
        self,
        generator: Generator,
        request: GenerationRequest,
        blobs: Callable[[Digest], bytes],
        model: Path | None,
    ) -> None:
        self.generator, self.request, self.blobs, self.model = generator, request, blobs, model

    def run(
        self, *, leave_out: Digest | None = None, cancel_at: int | None = None
    ) -> tuple[Produced, dict[str, Digest], list[str], list[int]]:
        """The product, digest by output name, files beside the output, and the progress reported."""
        steps: list[int] = []
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "job"
            make_job_folder(folder)
            named = frozenset(self.request.inputs) - {leave_out}
            for digest in named:
                copy_in(io.BytesIO(self.blobs(digest)), digest, folder)
            if self.model is not None:
                (folder / "model").symlink_to(self.model)
            job = FolderJob(
                folder,
                frozenset(named),
                progress=lambda done, _total: steps.append(done),
                canceled=lambda: cancel_at is not None and len(steps) >= cancel_at,
            )
            produced = self.generator.generate(self.request, job)
            written = {path.name: digest_file(path) for path in (folder / "output").iterdir() if path.is_file()}
            allowed = {"output", "inputs", "model", "tmp", "home", "code"}
            beside = [path.name for path in folder.iterdir() if path.name not in allowed]
            beside += [path.name for path in Path(place).iterdir() if path.name != "job"]
            return produced, written, beside, steps


def _check_prepare(generator: Generator, request: GenerationRequest) -> list[str]:
    findings = []
    try:
        first, second = generator.prepare(request), generator.prepare(request)
    except Unsupported as error:
        return [f"prepare refuses the request of the suite: {error}"]
    if first != second:
        findings.append("prepare is not pure: two calls gave two plans")
    unknown = set(first.sends) - set(request.inputs)
    if unknown:
        findings.append(f"the plan sends files that the request does not name: {', '.join(sorted(unknown))}")
    unused = set(request.inputs) - set(first.sends)
    if unused and not first.ignored:
        findings.append(f"the plan neither sends nor ignores: {', '.join(sorted(unused))}")
    if generator.capabilities.remote == (first.recipient == "local"):
        findings.append(f"the recipient {first.recipient!r} does not fit remote={generator.capabilities.remote}")
    return findings


def _check_output(trial: _Trial) -> list[str]:
    produced, written, beside, _steps = trial.run()
    findings = [] if produced.outputs else ["no output was produced"]
    findings += [f"the output {o.name!r} was named and not written" for o in produced.outputs if o.name not in written]
    findings += [
        f"the output {o.name!r} has another digest than reported"
        for o in produced.outputs
        if o.name in written and written[o.name] != o.media.digest
    ]
    findings += [f"{name!r} was written beside the output" for name in beside]
    return findings


def _check_unnamed(trial: _Trial) -> list[str]:
    findings = []
    for digest in trial.generator.prepare(trial.request).sends:
        try:
            trial.run(leave_out=digest)
        except PermitRefused:
            continue
        except GeneratorError as error:
            findings.append(f"a refused file must surface as PermitRefused, found {type(error).__name__}: {error}")
        else:
            findings.append(f"the plan sends {digest}, yet the work succeeds without it: plan only what is used")
    return findings


def _check_same_seed(trial: _Trial) -> list[str]:
    if not trial.generator.capabilities.deterministic:
        return []
    return [] if trial.run()[1] == trial.run()[1] else ["the same seed gave different bytes"]


def _check_cancel(trial: _Trial) -> list[str]:
    if not trial.generator.capabilities.cancellable:
        return []
    try:
        *_, steps = trial.run(cancel_at=1)
    except Canceled:
        return []
    # A job of one step is done when the cancel arrives.
    return [] if len(steps) <= 1 else ["a cancel after the first step was not heeded within one step"]
