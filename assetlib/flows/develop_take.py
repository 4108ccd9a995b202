"""From a generator's frames to a signed take: 16-bit PNG, half-float EXR, MP4, one signed inventory.

References that carry a signature of their own (reference pictures, thumbnails) become C2PA ingredients; versions signed
by a sidecar are linked by digest in the generation assertion.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.flows.ask import Recorded
from assetlib.flows.frame_passes import FramedFrame
from assetlib.flows.materialize import version_folder
from assetlib.model.asset import AssetFile, AssetVersion
from assetlib.model.record import Fingerprint
from assetlib.model.refusals import VerificationFailed
from assetlib.model.shot import Shot
from generators.model_manifest import model_of
from generators.request import GenerationRequest
from generators.result import GenerationResult, Output
from provenance.claims import DecisionReference, Manifest, ModelIdentity, UsedReference, generated_media, source_type
from provenance.credentials import Ingredient, sign_embedded
from provenance.digest import Digest, canonical_json, digest_bytes
from provenance.packages import inventory, measure, sign_package

if TYPE_CHECKING:
    from assetlib.library import Library
    from generators.api import Generator

_MEDIA_TYPES = {
    ".png": "image/png",
    ".exr": "image/x-exr",
    ".mp4": "video/mp4",
    ".json": "application/json",
    ".c2pa": "application/c2pa",
}
_MOST_INGREDIENTS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Developed:
    """A take's files, stored and signed. `digest` is that of the sequence inventory (``frames.json``)."""

    number: int
    digest: Digest
    files: tuple[AssetFile, ...]
    fingerprints: tuple[Fingerprint, ...]
    source_type: str


def develop_take(
    library: Library,
    job: str,
    seed: int,
    shot: Shot,
    request: GenerationRequest,
    result: GenerationResult,
    framed: tuple[FramedFrame, ...],
    recorded: Recorded,
    work: Path,
    generator: Generator,
) -> Developed:
    """Encode, sign and store. Only the process that owns the library does this; nothing is on record yet."""
    with library.catalog.reader() as queries:
        taken = queries.takes(shot.code)
        versions = queries.by_digest([pin.digest for pin in shot.pins])
    number = max((take.number for take in taken), default=0) + 1
    label = f"{shot.code}_take_{number:03d}"
    folder = work / "take"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    frames = _frames(request, result)
    _write_pictures(folder, label, frames, framed, work, request)
    (folder / "take.json").write_bytes(canonical_json(_account(job, seed, request, result)))
    references, ingredients = _references(versions, work / "tree", recorded)
    claim = _Claim(library, job, seed, request, result, recorded, references, generator)
    _sign_sequence(library, folder, label, number, shot, claim, ingredients)
    _sign_clip(library, folder, label, claim, ingredients)
    files = tuple(_stored(library, folder, path) for path in sorted(folder.rglob("*")) if path.is_file())
    digest = next(file.digest for file in files if file.path == "frames.json")
    return Developed(
        number=number,
        digest=digest,
        files=files,
        fingerprints=tuple(_fingerprints(folder, files)),
        source_type=claim.declared.uri,
    )


def _frames(request: GenerationRequest, result: GenerationResult) -> dict[int, Output]:
    frames = {output.frame: output for output in result.outputs if output.role == "frame" and output.frame is not None}
    first, last = request.frame_range
    missing = [frame for frame in range(first, last + 1) if frame not in frames]
    if missing:
        raise VerificationFailed(f"the generator returned no frame {missing[0]} of {first}-{last}; nothing is kept")
    return dict(sorted(frames.items()))


def _write_pictures(
    folder: Path,
    label: str,
    frames: dict[int, Output],
    framed: tuple[FramedFrame, ...],
    work: Path,
    request: GenerationRequest,
) -> None:
    import numpy as np

    from assetlib.media.clips import write_mp4
    from assetlib.media.color import srgb_decode
    from assetlib.media.exr import write_exr
    from assetlib.media.stills import write_png

    def pixels(frame: int) -> Any:
        return np.load(work / "run" / "output" / frames[frame].name, allow_pickle=False)

    def linear(display: Any) -> Any:
        # a display-referred picture stays what it is: only the sRGB curve is undone, no tone scale
        return srgb_decode(display.astype(np.float32) / np.iinfo(display.dtype).max)

    def write(frame: int) -> None:
        write_png(pixels(frame), folder / f"{label}.{frame:04d}.png")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, frames))
    for frame in framed:
        target = folder / f"{label}.{frame.frame:04d}.exr"
        if _shows_the_passes(request):
            shutil.copyfile(frame.exr, target)
        else:
            write_exr(target, linear(pixels(frame.frame)), rate=request.fps)
    write_mp4((pixels(frame) for frame in frames), folder / f".{label}.unsigned.mp4", rate=request.fps)


def _shows_the_passes(request: GenerationRequest) -> bool:
    """Whether the framed EXR is the picture itself: not for a model's own pixels, nor under a burn-in."""
    return model_of(request) is None and not dict(request.settings).get("burn_in")


def _account(job: str, seed: int, request: GenerationRequest, result: GenerationResult) -> dict[str, Any]:
    """How it was made, for `take.json` and the audit; wall-clock seconds rounded to milliseconds as text."""
    identity = result.identity
    return {
        "schema": 1,
        "job": job,
        "generator": identity.name,
        "version": identity.version,
        "distribution": identity.distribution,
        "distribution_digest": identity.distribution_digest,
        "models": list(identity.model_digests),
        "provider": identity.provider,
        "isolation": result.isolation,
        "request": request.digest(),
        "seed": str(seed),
        "ignored": list(result.ignored),
        "parameters": dict(result.parameters),
        "seconds": f"{result.seconds:.3f}",
        "permit": result.permit,
    }


def _references(
    versions: tuple[AssetVersion, ...], tree: Path, recorded: Recorded
) -> tuple[tuple[UsedReference, ...], tuple[Ingredient, ...]]:
    """Every version used: with a signed picture it becomes an ingredient, otherwise a link by digest."""
    references: list[UsedReference] = []
    ingredients: list[Ingredient] = []
    for version in versions:
        picture = _signed_picture(version)
        if picture is None or len(ingredients) == _MOST_INGREDIENTS:
            references.append(UsedReference(entity=version.entity, version=version.version, digest=version.digest))
            continue
        label = f"ref{len(ingredients)}"
        path = tree / version_folder(version) / picture.path
        ingredients.append(
            Ingredient(
                path=path,
                media_type=picture.media_type,
                title=f"{version.name} {version.version} {Path(picture.path).name}",
                relationship="inputTo",
                label=label,
            )
        )
        references.append(
            UsedReference(entity=version.entity, version=version.version, digest=picture.digest, label=label)
        )
    return tuple(references), tuple(ingredients)


def _signed_picture(version: AssetVersion) -> AssetFile | None:
    """The front view, else any signed reference, else the signed thumbnail."""
    pictures = [f for f in version.files if f.path.startswith("refs/") and f.media_type.startswith("image/")]
    front = [f for f in pictures if "front" in f.path]
    thumbnail = [f for f in version.files if f.path == "thumbnail.png"]
    return next(iter((*front, *pictures, *thumbnail)), None)


class _Claim:
    """The generation claim, said once and signed over the sequence and over the clip."""

    def __init__(
        self,
        library: Library,
        job: str,
        seed: int,
        request: GenerationRequest,
        result: GenerationResult,
        recorded: Recorded,
        references: tuple[UsedReference, ...],
        generator: Generator,
    ) -> None:
        self.declared = source_type(generator.capabilities.digital_source_type)
        self._fields: dict[str, Any] = {
            "declared": self.declared,
            "when": library.clock(),
            "agent": (result.identity.name, result.identity.version),
            "job": job,
            "generator": result.identity.name,
            "seed": seed,
            "params": request.digest(),
            "prompt": digest_bytes(request.prompt.encode()),
            "references": references,
            "decision": DecisionReference(id=recorded.id, digest=recorded.digest),
            "provider": result.identity.provider,
            "model": _model(request, result),
            "policy": library.settings["rights.policy_url"],
        }

    def over(self, title: str, listed: bytes | None = None) -> Manifest:
        return generated_media(title=title, inventory=listed, **self._fields)


def _model(request: GenerationRequest, result: GenerationResult) -> ModelIdentity | None:
    """The model by the digest of its manifest, which stands for every file of it."""
    digest = model_of(request)
    return None if digest is None else ModelIdentity(name=result.identity.model or "registered model", digest=digest)


def _sign_sequence(
    library: Library,
    folder: Path,
    label: str,
    number: int,
    shot: Shot,
    claim: _Claim,
    ingredients: tuple[Ingredient, ...],
) -> None:
    paths = sorted(path.name for path in folder.iterdir() if path.suffix in (".png", ".exr"))
    entity = f"assetlib://{shot.production}/takes/{shot.code}/take_{number:03d}"
    listed = inventory(entity, "v001", paths[-1], measure(folder, paths))
    (folder / "frames.json").write_bytes(listed)
    manifest = sign_package(
        listed,
        claim.over(f"{label} frames", listed),
        signer=library.signer,
        trust=library.trust,
        ingredients=ingredients,
    )
    (folder / "frames.c2pa").write_bytes(manifest)


def _sign_clip(library: Library, folder: Path, label: str, claim: _Claim, ingredients: tuple[Ingredient, ...]) -> None:
    unsigned = folder / f".{label}.unsigned.mp4"
    sign_embedded(
        unsigned,
        folder / f"{label}.mp4",
        "video/mp4",
        claim.over(f"{label}.mp4"),
        signer=library.signer,
        trust=library.trust,
        ingredients=ingredients,
    )
    unsigned.unlink()


def _stored(library: Library, folder: Path, path: Path) -> AssetFile:
    digest, size = library.store.put_file(path)
    name = str(path.relative_to(folder))
    return AssetFile(path=name, digest=digest, size=size, media_type=_MEDIA_TYPES[path.suffix])


def _fingerprints(folder: Path, files: tuple[AssetFile, ...]) -> Iterator[Fingerprint]:
    from PIL import Image

    from assetlib.protection.fingerprints import fingerprints

    for file in files:
        if not file.path.endswith(".png"):
            continue
        frame = file.path.rsplit(".", 2)[-2]
        with Image.open(folder / file.path) as image:
            for view in fingerprints(image):
                if view.usable:
                    what = f"frame:{frame}/{view.view}"
                    yield Fingerprint(digest=file.digest, what=what, pdq=view.bits, quality=view.quality)
