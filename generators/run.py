"""The one way to make pixels: check the permit, seal a folder, work isolated, collect, digest.

Nothing is decoded here and no clock but the given one decides. The files handed back lie in
``workdir/output``; all else of the job is wiped. Every refusal comes before a process or a socket exists.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from generators import sandbox
from generators.api import Canceled, Generator, GeneratorError, Plan
from generators.egress import Door, DoorJob
from generators.job_folder import FolderJob, copy_in, is_plain_name, make_job_folder
from generators.model_manifest import ModelManifest, model_of
from generators.registry import home_of
from generators.request import GenerationRequest
from generators.result import GenerationResult, GeneratorIdentity, Output, Produced
from provenance.decision import Permit, check_permit
from provenance.digest import Digest, digest_bytes, digest_stream

Isolation = Literal["best", "required", "in-process"]
Blobs = Callable[[Digest], BinaryIO | Path]
LOCAL = "local"


def generator_id(generator: Generator) -> str:
    """How permits name a generator: ``render@1.0``."""
    return f"{generator.capabilities.name}@{generator.capabilities.version}"


def digests_needed(generator: Generator, request: GenerationRequest, model: ModelManifest | None) -> tuple[Digest, ...]:
    """Every digest that the permit for this work has to name, sorted."""
    model_files = () if model is None else model.digests
    return tuple(sorted({*generator.prepare(request).sends, *request.inputs, *model_files}))


def run(
    generator: Generator,
    request: GenerationRequest,
    *,
    permit: Permit,
    public_key: Ed25519PublicKey,
    blobs: Blobs,
    workdir: Path,
    now: datetime,
    isolation: Isolation = "best",
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    canceled: Callable[[], bool] = lambda: False,
    model_dir: Path | None = None,
    door: Door | None = None,
    limits: sandbox.Limits | None = None,
) -> GenerationResult:
    """Make what `request` says under `permit`; outputs are left in ``workdir/output`` (workdir must be empty).

    `isolation` 'required' fails closed; it is also what 'best' means for a plug-in or a generator that runs
    a model, and neither runs 'in-process'. `model_dir` holds the model's files where `blobs` has the manifest only;
    `door` lets a remote generator send. Raises PermitRefused, Unsupported, Canceled, IsolationUnavailable,
    GeneratorError.
    """
    plan = generator.prepare(request)
    model = _checked(generator, request, plan, permit, public_key, now, blobs)
    if isolation == "in-process" and _is_foreign(generator) and not generator.capabilities.remote:
        raise GeneratorError(
            f"{generator_id(generator)} runs code or weights that are not ours, and never in this process, where the "
            "library's keys are; set generation.isolation to best or required"
        )
    if canceled():
        raise Canceled("canceled before it began")
    started = time.monotonic()
    make_job_folder(workdir)
    try:
        readable = _materialize(request, plan, model, blobs, workdir, model_dir)
        job = FolderJob(workdir, frozenset(permit.digests), progress=progress, canceled=canceled)
        if generator.capabilities.remote:
            produced, level = _work_remote(generator, request, job, permit, door)
        elif isolation == "in-process":
            produced, level = generator.generate(request, job), "in-process"
        else:
            work = sandbox.Work(generator=_place_of(generator), request=request, named=permit.digests)
            produced, reached = sandbox.run_sandboxed(
                workdir,
                work,
                limits=limits or sandbox.Limits(),
                required=isolation == "required" or _is_foreign(generator),
                progress=progress,
                canceled=canceled,
                readable=readable,
            )
            level = str(reached)
        outputs = tuple(_collected(workdir / "output", produced))
    finally:
        sandbox.wipe(workdir)
    return GenerationResult(
        outputs=outputs,
        used_references=tuple(d for d in produced.used_references if d in permit.digests),
        ignored=plan.ignored,
        parameters=produced.parameters,
        identity=_identity(generator, plan, model, door),
        isolation=level,
        seconds=time.monotonic() - started,
        permit=permit.id,
        cost=produced.cost,
    )


def _checked(
    generator: Generator,
    request: GenerationRequest,
    plan: Plan,
    permit: Permit,
    public_key: Ed25519PublicKey,
    now: datetime,
    blobs: Blobs,
) -> ModelManifest | None:
    """Check the permit over all that the work touches; reads the model's manifest once the permit names it."""

    def check(digests: set[Digest]) -> None:
        check_permit(
            permit,
            public_key,
            now=now,
            recipient=plan.recipient,
            generator=generator_id(generator),
            request=request.digest(),
            digests=digests,
        )

    model_digest = model_of(request)
    check({*plan.sends, *request.inputs} | ({model_digest} if model_digest else set()))
    if generator.capabilities.remote == (plan.recipient == LOCAL):
        raise GeneratorError(
            f"a {'remote' if plan.recipient == LOCAL else 'local'} generator plans for {plan.recipient!r}"
        )
    if model_digest is None:
        if generator.capabilities.uses_model and not generator.capabilities.remote:
            raise GeneratorError("this generator needs a registered model; name one (--model)")
        return None
    model = _read_manifest(blobs, model_digest)
    check(set(model.digests))
    return model


def _read_manifest(blobs: Blobs, digest: Digest) -> ModelManifest:
    with _stream(blobs(digest)) as stream:
        data = stream.read()
    if digest_bytes(data) != digest:
        raise GeneratorError(f"expected the model manifest {digest}, found other bytes: run fsck")
    return ModelManifest.from_bytes(data)


@contextlib.contextmanager
def _stream(source: BinaryIO | Path) -> Iterator[BinaryIO]:
    with source.open("rb") if isinstance(source, Path) else source as stream:
        yield stream


def _materialize(
    request: GenerationRequest,
    plan: Plan,
    model: ModelManifest | None,
    blobs: Blobs,
    workdir: Path,
    model_dir: Path | None,
) -> list[Path]:
    """Put the cleared bytes into the folder; returns model files that stay where they are and need a grant."""
    for digest in sorted({*request.inputs, *plan.sends}):
        with _stream(blobs(digest)) as stream:
            copy_in(stream, digest, workdir)
    if model is None:
        return []
    (workdir / "model").mkdir(mode=0o700)
    with (workdir / "model" / "manifest.json").open("xb") as target:
        target.write(model.canonical())
    outside = []
    for file in model.files:
        source = blobs(file.digest) if model_dir is None else model_dir / file.path
        place = workdir / "model" / "files" / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        outside += _link(source, place)
        _check_model_file(place, file.path, file.digest)
    return outside


def _link(source: BinaryIO | Path, place: Path) -> list[Path]:
    """Hard-link a model file; where the file system cannot, point to it; a stream alone is copied."""
    if not isinstance(source, Path):
        with source, place.open("xb") as target:
            for chunk in iter(lambda: source.read(1 << 20), b""):
                target.write(chunk)
        return []
    real = source.resolve(strict=True)
    try:
        os.link(real, place)
    except OSError:
        place.symlink_to(real)
        return [real]
    return []


def _check_model_file(place: Path, name: str, digest: Digest) -> None:
    with place.open("rb") as stream:
        found = digest_stream(stream)[0]
    if found != digest:
        raise GeneratorError(f"model file {name}: expected {digest}, found {found}; register the model again")


def _place_of(generator: Generator) -> str:
    kind = type(generator)
    if "." in kind.__qualname__ or kind.__module__ == "__main__":
        raise GeneratorError(f"expected a generator class at the top of a module, found {kind.__qualname__}")
    return f"{kind.__module__}:{kind.__qualname__}"


def _is_foreign(generator: Generator) -> bool:
    return generator.capabilities.uses_model or not type(generator).__module__.startswith("generators.")


def _work_remote(
    generator: Generator, request: GenerationRequest, job: FolderJob, permit: Permit, door: Door | None
) -> tuple[Produced, str]:
    if door is None:
        raise GeneratorError("this generator sends to a provider and was given no door; onboard the provider first")
    with door.under(permit) as passage:
        produced = generator.generate(request, DoorJob(job, passage))
        return replace(produced, parameters=(*produced.parameters, *passage.record())), "remote"


def _collected(folder: Path, produced: Produced) -> Iterator[Output]:
    """Digest every named output anew; what the generator says about its bytes is not believed."""
    named = [output.name for output in produced.outputs]
    if len(set(named)) != len(named) or not all(map(is_plain_name, named)):
        raise GeneratorError(f"expected one plain and different name for every output, found {named!r}")
    for path in folder.iterdir():
        if path.name not in named:
            _discard(path)
    for output in produced.outputs:
        digest = _digest_of(folder / output.name)
        yield replace(output, media=replace(output.media, digest=digest))


def _discard(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        for inner in path.iterdir():
            _discard(inner)
        path.rmdir()
    else:
        path.unlink()


def _digest_of(path: Path) -> Digest:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise GeneratorError(f"the output {path.name!r} cannot be read: {error.strerror}") from error
    with io.FileIO(handle) as stream:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise GeneratorError(f"expected the output {path.name!r} to be a file")
        return digest_stream(stream)[0]


def _identity(generator: Generator, plan: Plan, model: ModelManifest | None, door: Door | None) -> GeneratorIdentity:
    distribution, digest = home_of(generator)
    return GeneratorIdentity(
        name=generator.capabilities.name,
        version=generator.capabilities.version,
        distribution=distribution,
        distribution_digest=digest,
        model_digests=() if model is None else model.digests,
        provider=plan.recipient,
        model="" if model is None else model.name,
        subprocessors=plan.subprocessors,
        agreement=None if door is None or not generator.capabilities.remote else door.agreement,
    )


def output_path(workdir: Path, output: Output) -> Path:
    """Where `run` left an output."""
    return workdir / "output" / output.name


__all__ = ["Blobs", "Isolation", "digests_needed", "generator_id", "output_path", "run"]
