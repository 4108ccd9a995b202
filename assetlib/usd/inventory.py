"""The files of an asset's tree: path, digest, size and media type, in one fixed order.

The order and the digests go into the signed inventory (``asset.json``), which is not listed in itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from assetlib.model.asset import AssetFile
from assetlib.usd.errors import UsdError
from provenance.digest import digest_stream
from provenance.packages import is_hostile_path

UNLISTED = frozenset({"asset.json"})
"""Files that speak about the inventory and so cannot be in it; the manifest ``*.c2pa`` is the other."""

_MEDIA_TYPES = {
    ".usd": "model/vnd.usd",
    ".usda": "model/vnd.usda",
    ".usdc": "model/vnd.usdc",
    ".usdz": "model/vnd.usdz+zip",
    ".mtlx": "application/mtlx+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".exr": "image/x-exr",
    ".hdr": "image/vnd.radiance",
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".json": "application/json",
    ".txt": "text/plain",
    ".md": "text/markdown",
}


def media_type(path: str) -> str:
    """The IANA media type (or the usual one, where IANA has none) by the file's ending.

    >>> media_type("maps/coat.PNG")
    'image/png'
    """
    return _MEDIA_TYPES.get(Path(path).suffix.lower(), "application/octet-stream")


def build_inventory(tree: Path) -> tuple[AssetFile, ...]:
    """Every file under `tree`, sorted by path; raises UsdError for links, odd names and names that differ by case."""
    files = tuple(sorted((_entry(tree, path) for path in _files(tree)), key=lambda file: file.path))
    if len({file.path.casefold() for file in files}) != len(files):
        raise UsdError(f"expected names in {tree} that differ by more than letter case; rename one of the files")
    return files


def _files(tree: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(tree, onerror=_unreadable):
        for name in (*folders, *names):
            if (Path(folder) / name).is_symlink():
                raise UsdError(f"expected files in {tree}, found a link: {Path(folder) / name}; copy the file instead")
        yield from (Path(folder) / name for name in names if name not in UNLISTED and not name.endswith(".c2pa"))


def _unreadable(error: OSError) -> None:
    """A folder that cannot be listed must not read as an empty one."""
    raise UsdError(f"expected a readable folder at {error.filename}: {error.strerror}") from error


def _entry(tree: Path, path: Path) -> AssetFile:
    relative = path.relative_to(tree).as_posix()
    if is_hostile_path(relative):
        raise UsdError(f"expected a file name that every system can hold, found {relative!r} in {tree}; rename it")
    with path.open("rb") as stream:
        digest, size = digest_stream(stream)
    return AssetFile(path=relative, digest=digest, size=size, media_type=media_type(relative))
