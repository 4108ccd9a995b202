"""The picture that stands for an asset: a small studio render of its model, or its first reference.

A model that came from outside is pictured in a limited child: the ray caster, the texture decoders and OpenUSD's
schemas read what a stranger wrote, and a crash there must not be one here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from assetlib.flows.given_files import open_plain
from assetlib.intake.answers import Outcome, Unreadable
from assetlib.intake.harness import run_limited
from assetlib.intake.limits import Limits
from assetlib.model.refusals import Refusal
from assetlib.model.scene import Light, LightKind, Scene
from provenance.claims import AssetIdentity, SourceType, reference_image
from provenance.credentials import sign_embedded
from provenance.digest import digest_file

if TYPE_CHECKING:
    from assetlib.library import Library

Pixels = npt.NDArray[np.uint8]
_SIDE = 512
PICTURE_LIMITS = Limits(memory=6 << 30, cpu_seconds=60, wall_seconds=300.0, file_size=1 << 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """(512, 512, 3) 8-bit sRGB, or None with the reason when somebody should hear it."""

    pixels: Pixels | None
    note: str = ""


def asset_thumbnail(root: Path, references: Sequence[Path], *, foreign: bool, work: Path) -> Thumbnail:
    """The picture for the tree of `root`; `foreign` for a model that intake let in, pictured by way of `work`.

    Raises Unreadable for a model that ends the process that pictures it: no shot could use it.
    """
    made = _limited(root, work) if foreign else Thumbnail(pixels=_rendered(root))
    if made.pixels is None and references:
        return replace(made, pixels=_fitted(references[0]))
    return made


def studio(scene: Scene) -> Scene:
    """The scene under even studio light: a soft key from the left, a rim from behind, a dome. Pure."""
    low, high = _bounds(scene)
    reach = float(np.linalg.norm(high - low)) or 1.0
    middle = (low + high) / 2
    return replace(
        scene,
        lights=(
            _area("key", middle, np.array([-0.9, 0.9, 1.1]) * reach, reach * 0.9, (5.2, 4.9, 4.5)),
            _area("rim", middle, np.array([0.9, 0.8, -1.0]) * reach, reach * 0.6, (4.2, 4.8, 6.0)),
            Light(path="/dome", kind=LightKind.DOME, transform=np.eye(4, dtype=np.float32), color=(0.55, 0.57, 0.62)),
        ),
        background=(0.075, 0.08, 0.09),
    )


def portrait(scene: Scene) -> Scene:
    """The scene through a long lens from the front right, filling a square frame. Pure.

    Something wide and low, such as a set, is seen from higher up, so that one looks into it.
    """
    low, high = _bounds(scene)
    middle, radius = (low + high) / 2, float(np.linalg.norm(high - low)) / 2 or 1.0
    lens, aperture = 85.0, 36.0
    away = radius * 0.92 / np.sin(np.arctan(aperture / 2 / lens))
    width, height, depth = high - low
    flat = height < 0.6 * max(width, depth)
    matrix = _looking(middle, np.array([0.5, 0.85, 1.0] if flat else [0.42, 0.22, 1.0]), away * (0.8 if flat else 1.0))
    camera = replace(
        scene.camera,
        to_world=matrix,
        next_to_world=matrix,
        focal_length=lens,
        horizontal_aperture=aperture,
        vertical_aperture=aperture,
        near=away * 0.01,
        far=away * 100.0,
        f_stop=0.0,
    )
    return replace(scene, camera=camera)


def sign_thumbnail(library: Library, identity: AssetIdentity, pixels: Pixels, work: Path) -> bytes:
    """`pixels` as a signed PNG, so that a take can carry it as an ingredient."""
    from assetlib.media.stills import write_png

    unsigned, signed = work / "thumbnail.unsigned.png", work / "thumbnail.png"
    write_png(pixels, unsigned)
    claim = reference_image(
        title=f"{identity.entity.rsplit('/', 1)[-1]} thumbnail",
        asset=identity,
        source=digest_file(unsigned),
        declared=SourceType.ALGORITHMIC_MEDIA,
        role="thumbnail",
        policy=library.settings["rights.policy_url"],
    )
    sign_embedded(unsigned, signed, "image/png", claim, signer=library.signer, trust=library.trust)
    return signed.read_bytes()


def _limited(root: Path, work: Path) -> Thumbnail:
    folder = work / "picture"
    folder.mkdir()
    target = folder / "pixels"
    payload = {"root": root, "target": target}
    answer = run_limited("picture", payload, inputs=[root.parent], output=folder, limits=PICTURE_LIMITS)
    if answer.outcome is Outcome.CRASHED:
        raise Unreadable(f"{root.name}: a picture of it cannot be made: {answer.reason}")
    if not answer.was_read:
        return Thumbnail(pixels=None, note=f"it has no picture: {answer.reason}")
    if not answer.value:
        return Thumbnail(pixels=None)
    with os.fdopen(open_plain(target, follow=False), "rb") as stream:
        pixels = np.frombuffer(stream.read(_SIDE * _SIDE * 3), np.uint8)
    return Thumbnail(pixels=pixels.reshape(_SIDE, _SIDE, 3))


def prepare() -> None:
    """In the limited child: load what every picture needs, before the fork."""
    from assetlib.passes.render import render_passes
    from assetlib.usd.inspect import load_libraries

    assert callable(render_passes)
    load_libraries()


def write_picture(root: Path, target: Path) -> bool:
    """In the limited child: the pixels of `root` as plain bytes; False for a model without anything to see."""
    with np.errstate(all="ignore"):
        pixels = _rendered(root)
    if pixels is not None:
        target.write_bytes(pixels.tobytes())
    return pixels is not None


def _rendered(root: Path) -> Pixels | None:
    from assetlib.passes.render import render_passes
    from assetlib.usd.errors import UsdError
    from assetlib.usd.extract import extract_scene
    from generators.local.render import develop

    try:
        scene = extract_scene(root, 0, search_paths=(root.parent,))
    except (UsdError, Refusal):
        return None  # the picture is a courtesy; what is wrong with the model was said at intake
    if not any(len(mesh.triangles) for mesh in scene.meshes):
        return None
    passes = render_passes(portrait(studio(scene)), width=_SIDE, height=_SIDE)
    return (develop(passes.beauty) * 255 + 0.5).astype(np.uint8)


def _fitted(path: Path) -> Pixels:
    from PIL import Image, ImageOps

    with Image.open(path, formats=("PNG",)) as image:
        return np.asarray(ImageOps.pad(image.convert("RGB"), (_SIDE, _SIDE), color=(28, 30, 34)))


def _bounds(scene: Scene) -> tuple[Any, Any]:
    points = np.concatenate([mesh.points for mesh in scene.meshes if len(mesh.points)])
    low, high = points.min(axis=0), points.max(axis=0)
    inner_low, inner_high = np.percentile(points, (4, 96), axis=0)
    if np.linalg.norm(high - low) < 2.5 * np.linalg.norm(inner_high - inner_low):
        return low, high
    return inner_low, inner_high  # a few far-out points (a sky, a ground's rim) would leave the asset a speck


def _area(name: str, target: Any, offset: Any, size: float, color: tuple[float, float, float]) -> Light:
    """A square light at target + offset that shines at target; brightness falls with distance, so it grows with it."""
    matrix = _looking(target, offset, float(np.linalg.norm(offset)))
    return Light(path=f"/{name}", kind=LightKind.RECT, transform=matrix, color=color, size=(size, size))


def _looking(target: Any, direction: Any, away: float) -> Any:
    """Column-vector matrix of something `away` meters from `target` in `direction`, looking back along its local -Z."""
    back = direction / np.linalg.norm(direction)
    right = np.cross([0.0, 1.0, 0.0], back)
    right /= np.linalg.norm(right)
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = right, np.cross(back, right), back
    matrix[:3, 3] = target + back * away
    return matrix
