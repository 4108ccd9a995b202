"""Registering pictures against the least that any library must do with them, on the same number of workers.

The least, for each picture: copy it into a store and sync it, SHA-256, one complete decode, the bare PDQ of the three
views that a fingerprint has (full, mirror, center square), and one bare C2PA signature into a new file; the same with
a single view is reported beside it. Registration does that and more: the limits around the decoder, borders trimmed,
the credentials that came along, the signed inventory with every reference verified and recorded as an ingredient,
catalog and ledger. The start of the limited child and the thumbnail are measured by themselves and taken out.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from assetlib.flows.picture_asset import sign_thumbnail
from assetlib.flows.register_asset import register_asset
from assetlib.flows.sign_references import WORKERS
from assetlib.library import Library
from assetlib.protection.references import see_references
from provenance.claims import AssetIdentity

ISSUE = 2
COUNT = 200
_MOST_RATIO = 1.25
_ROUNDS = 3


def run() -> list[dict[str, Any]]:
    """The rows of this benchmark, the best of three rounds each, rounds alternating."""
    with tempfile.TemporaryDirectory(prefix="assetlib-bench-") as scratch:
        return measure(Path(scratch), COUNT)


def measure(folder: Path, count: int) -> list[dict[str, Any]]:
    """The figures for `count` pictures of a megabyte."""
    library = _library(folder)
    pictures = _pictures(folder / "pictures", count)
    megabytes = sum(path.stat().st_size for path in pictures) / 1e6
    least, single, ours = [], [], []
    with ProcessPoolExecutor(WORKERS, initializer=_warm) as readers:
        list(readers.map(_decode_and_hash, map(str, pictures[: 2 * WORKERS])))
        for number in range(_ROUNDS):
            least.append(_timed(partial(_least, library, pictures, folder / f"least-{number}", readers)))
            single.append(_timed(partial(_least, library, pictures, folder / f"single-{number}", readers, 1)))
            ours.append(_timed(partial(_register, library, folder / "pictures", f"plates-{number}")))
    start, thumbnail = _child_start(folder), _thumbnail(library, folder)
    library.close()
    bare, whole = min(least), min(ours)
    ratio = (whole - start - thumbnail) / bare
    told = f"{count} pictures of {megabytes / count:.2f} MB"
    return [
        _row(f"register.least_that_must_be_done ({told})", bare, "s"),
        _row(f"register.least_with_a_single_view ({told})", min(single), "s"),
        _row(f"register.registration ({told})", whole, "s", baseline=bare),
        _row("register.start_of_the_limited_child", start, "s"),
        _row("register.thumbnail", thumbnail, "s"),
        _row(f"register.ratio ({told})", ratio, "x", baseline=bare, demand=_MOST_RATIO),
    ]


def _library(folder: Path) -> Library:
    (folder / "passphrase").write_text("benchmark")
    library = Library.create(folder / "library", name="bench", environ={}, passphrase_file=folder / "passphrase")
    assert library.signer.algorithm
    return library


def _pictures(folder: Path, count: int) -> list[Path]:
    """Pictures of about a megabyte, as a camera's compression leaves them: 1600×1067 JPEG with grain."""
    from PIL import Image

    folder.mkdir()
    chance = np.random.default_rng(20261121)
    paths = [folder / f"plate_{number:04d}.jpg" for number in range(count)]
    for path in paths:
        soft = Image.fromarray(chance.integers(0, 255, (20, 30, 3), dtype=np.uint8))
        base = np.asarray(soft.resize((1600, 1067), Image.Resampling.BICUBIC), dtype=np.int16)
        grain = chance.integers(-24, 25, base.shape, dtype=np.int16)
        Image.fromarray(np.clip(base + grain, 0, 255).astype(np.uint8)).save(path, quality=94)
    return paths


def _least(library: Library, pictures: list[Path], folder: Path, readers: ProcessPoolExecutor, views: int = 3) -> None:
    folder.mkdir()
    list(readers.map(_decode_and_hash, map(str, pictures), [views] * len(pictures), chunksize=8))
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(lambda path: _copy_and_sign(library, path, folder), pictures))


def _warm() -> None:
    importlib.import_module("pdqhash")
    importlib.import_module("PIL.JpegImagePlugin")


def _decode_and_hash(path: str, views: int = 3) -> list[bytes]:
    """Decode, make small and hash: `views` of full, mirror, center square."""
    import pdqhash
    from PIL import Image, ImageOps

    with Image.open(path) as image:
        picture = image.convert("RGB")
    small = picture.resize((512, 512 * picture.height // picture.width), Image.Resampling.BILINEAR)
    seen = [small, ImageOps.mirror(small)][:views]
    if views > 2:
        left, side = (picture.width - picture.height) // 2, picture.height
        seen.append(picture.crop((left, 0, left + side, side)).resize((512, 512), Image.Resampling.BILINEAR))
    return [np.packbits(pdqhash.compute(np.asarray(view))[0].astype(np.uint8)).tobytes() for view in seen]


def _copy_and_sign(library: Library, path: Path, folder: Path) -> str:
    """The engine alone, with the library's key: a claim of one action, no ingredient, nothing judged."""
    import c2pa

    definition = {
        "claim_generator_info": [{"name": "bench", "version": "1"}],
        "title": path.name,
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [_CREATED]}}],
    }
    algorithm = getattr(c2pa.C2paSigningAlg, library.signer.algorithm.upper())
    chain = library.signer.chain_pem.decode("ascii")
    settings = {"version": 1, "builder": {"thumbnail": {"enabled": False}}, "verify": {"verify_after_sign": False}}
    with (
        c2pa.Context.from_dict(settings) as context,
        c2pa.Builder(json.dumps(definition), context) as builder,
        c2pa.Signer.from_callback(library.signer.sign, algorithm, chain, None) as signer,
        path.open("rb") as source,
        (folder / f"signed-{path.name}").open("w+b") as signed,
    ):
        builder.sign(signer, "image/jpeg", source, signed)
    target = folder / path.name
    shutil.copyfile(folder / f"signed-{path.name}", target)
    with target.open("rb") as stream:
        os.fsync(stream.fileno())
        return hashlib.file_digest(stream, "sha256").hexdigest()


_CREATED = {
    "action": "c2pa.created",
    "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
}


def _register(library: Library, folder: Path, name: str) -> None:
    register_asset(library, name, kind="plate", references=[folder], source_type="digitalCapture")


def _child_start(folder: Path) -> float:
    """Starting the limited child and its libraries: one picture of 8×8 pixels."""
    from PIL import Image

    tiny = folder / "tiny.png"
    Image.new("RGB", (8, 8)).save(tiny)
    return min(_timed(lambda: see_references([tiny], previews={})) for _ in range(_ROUNDS))


def _thumbnail(library: Library, folder: Path) -> float:
    identity = AssetIdentity(entity="assetlib:///plates/bench", version="v001", kind="plate")
    pixels = np.zeros((512, 512, 3), dtype=np.uint8)
    return min(_timed(lambda: sign_thumbnail(library, identity, pixels, folder)) for _ in range(_ROUNDS))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _row(name: str, value: float, unit: str, *, baseline: float | None = None, demand: float | None = None) -> Any:
    return {
        "issue": ISSUE,
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 4),
        "ratio": round(value, 4) if unit == "x" else None,
        "demand": demand,
        "met": None if demand is None else value <= demand,
    }
