"""Every file that an asset of ours can reach: in all variants, in dictionaries, in thumbnails.

Rights and exports ask about this closure and not about what is shown: an unselected variant counts. Only for
trees that are already ours; foreign files are scanned by `foreign` in the limited child.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assetlib.usd.errors import UsdError
from assetlib.usd.foreign import first_line
from assetlib.usd.plugin import hushed, load


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """Layers (the root among them) and other files, sorted; `unresolved` are paths that lead nowhere."""

    layers: tuple[Path, ...]
    assets: tuple[Path, ...]
    unresolved: tuple[str, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(sorted({*self.layers, *self.assets}))


def dependencies(root_layer: Path, search_paths: Sequence[Path] = ()) -> Dependencies:
    """The closure of `root_layer`; paths that are not found beside a layer are looked up in `search_paths`.

    Raises UsdError when the layer does not open.
    """
    from pxr import Ar, Tf, UsdUtils

    load()
    context = Ar.DefaultResolverContext([str(folder) for folder in search_paths])
    try:
        with hushed(), Ar.ResolverContextBinder(Ar.ResolverContext(context)):
            layers, assets, unresolved = UsdUtils.ComputeAllDependencies(str(root_layer))
    except Tf.ErrorException as error:
        raise UsdError(f"expected a USD layer at {root_layer}, it does not open ({first_line(error)})") from error
    if not layers:
        raise UsdError(f"expected a USD layer at {root_layer}, found nothing that opens")
    return Dependencies(
        layers=tuple(sorted(Path(layer.realPath) for layer in layers)),
        assets=tuple(sorted(Path(asset) for asset in assets)),
        unresolved=tuple(sorted(map(str, unresolved))),
    )
