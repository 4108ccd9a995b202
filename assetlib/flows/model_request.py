"""What a request to a model needs beside the shot: its files, the cleared reference pictures, the control passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from assetlib.flows.frame_passes import FramedFrame
from assetlib.model.asset import AssetKind
from assetlib.model.refusals import BadInput
from assetlib.model.shot import Shot
from generators.model_manifest import ModelManifest, model_of
from generators.request import ClearedReference, ControlPass, GenerationRequest, MediaRef, PassKind
from provenance.digest import Digest, digest_file

if TYPE_CHECKING:
    from assetlib.library import Library

MANIFEST = "model.json"


def pinned_model(library: Library, model: str) -> Digest:
    """The version that `model` names now, so that question, permit and work mean the same one whatever is registered
    or renamed meanwhile. Raises NotFound, and BadInput for what is no model."""
    with library.catalog.reader() as queries:
        version = queries.version(model)
    if version.kind is not AssetKind.MODEL:
        raise BadInput(f"{model} is a {version.kind.value}; name a registered model: assetlib model list")
    return version.digest


def manifest_digest(library: Library, model: str) -> str:
    """The digest of the manifest that lists a registered model's files. Raises NotFound, BadInput."""
    pin = pinned_model(library, model)
    with library.catalog.reader() as queries:
        version = queries.version(pin)
    return next(file.digest for file in version.files if file.path == MANIFEST)


def lineage(
    library: Library, shot: Shot, model: Digest | None, request: GenerationRequest
) -> dict[Digest, tuple[Digest, ...]]:
    """What each file of the work was made from: a pass from all that the shot shows, any other from its version."""
    shown = tuple(pin.digest for pin in shot.pins)
    with library.catalog.reader() as queries:
        versions = queries.by_digest(shown if model is None else (*shown, model))
    made = {file.digest: (version.digest,) for version in versions for file in version.files}
    return made | {control.media.digest: shown for control in request.controls.passes}


def read_manifest(library: Library, request: GenerationRequest) -> ModelManifest | None:
    digest = model_of(request)
    if digest is None:
        return None
    with library.store.open(digest) as stream:
        return ModelManifest.from_bytes(stream.read())


def depth_controls(framed: tuple[FramedFrame, ...], width: int, height: int) -> Iterator[ControlPass]:
    """One metric depth pass a frame, as `.npy` of float32 meters."""
    for frame in framed:
        assert frame.depth is not None
        media = MediaRef(
            digest=digest_file(frame.depth),
            media_type="application/x-npy",
            width=width,
            height=height,
            colorspace="raw",
            frames=(frame.frame, frame.frame),
        )
        yield ControlPass(kind=PassKind.DEPTH, media=media, space="metric")


def reference_pictures(library: Library, shot: Shot) -> tuple[ClearedReference, ...]:
    """The front reference of every character in the shot."""
    with library.catalog.reader() as queries:
        versions = queries.by_digest([pin.digest for pin in shot.pins])
    found = []
    for version in versions:
        if version.kind is not AssetKind.CHARACTER:
            continue
        pictures = [f for f in version.files if f.path.startswith("refs/") and f.media_type.startswith("image/")]
        for picture in sorted(pictures, key=lambda f: ("front" not in f.path, f.path))[:1]:
            media = MediaRef(
                digest=picture.digest,
                media_type=picture.media_type,
                width=0,
                height=0,
                colorspace="srgb_rec709_display",
            )
            found.append(
                ClearedReference(
                    media=media, entity=version.entity, version=version.version, role="likeness", name=version.name
                )
            )
    return tuple(found)
