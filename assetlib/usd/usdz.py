"""How OpenUSD itself sees a package: the second opinion of the strict check in `provenance.packages`."""

from __future__ import annotations

from pathlib import Path

from assetlib.usd.errors import UsdError

Entry = tuple[str, int, int]
"""Name, offset of the first data byte, bytes."""


def package_view(path: Path) -> tuple[Entry, ...]:
    """The entries of the ``.usdz`` at `path`, in the order in which OpenUSD finds them; raises UsdError."""
    from pxr import Sdf, Tf

    try:
        archive = Sdf.ZipFile.Open(str(path))
    except Tf.ErrorException as error:
        raise UsdError(f"expected a USD package, {path.name} does not open") from error
    if archive is None:
        raise UsdError(f"expected a USD package, {path.name} does not open")
    infos = ((name, archive.GetFileInfo(name)) for name in archive.GetFileNames())
    return tuple((str(name), int(info.dataOffset), int(info.size)) for name, info in infos)
