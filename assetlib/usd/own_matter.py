"""What a layer brings itself instead of referencing it: shapes made of points, and the topology of others' shapes.

A shot's layers place, move, light and dress what is registered. A shape that is written into one belongs to nobody
the library knows, so no decision was asked about it. Cubes and spheres are nobody's; moving an asset's own points
is animation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from assetlib.usd.errors import UsdError
from assetlib.usd.foreign import first_line
from assetlib.usd.plugin import load

_TOPOLOGY = frozenset({"faceVertexCounts", "faceVertexIndices", "curveVertexCounts", "tetVertexIndices"})


def own_matter(layers: Sequence[Path]) -> tuple[str, ...]:
    """``LAYER /path (Mesh)`` for each such prim, in variants too, sorted. Raises UsdError for what does not open."""
    load()
    return tuple(sorted(found for layer in layers for found in _in_layer(layer)))


def _in_layer(path: Path) -> Iterator[str]:
    from pxr import Sdf, Tf

    try:
        layer = Sdf.Layer.OpenAsAnonymous(str(path))
    except Tf.ErrorException as error:
        raise UsdError(f"expected a USD layer at {path}, it does not open ({first_line(error)})") from error
    if layer is None:
        raise UsdError(f"expected a USD layer at {path}, found something else")
    paths: list[Sdf.Path] = []
    layer.Traverse(Sdf.Path.absoluteRootPath, paths.append)
    for place in paths:
        spec = layer.GetObjectAtPath(place)
        if isinstance(spec, Sdf.PrimSpec) and _has_points(spec.typeName):
            yield f"{path.name} {place} ({spec.typeName})"
        elif place.IsPropertyPath() and place.name in _TOPOLOGY:
            yield f"{path.name} {place}"


def _has_points(type_name: str) -> bool:
    """Whether prims of this type carry points or voxels of their own; a type nobody knows is not rendered."""
    from pxr import Tf, Usd, UsdGeom, UsdVol

    known = Usd.SchemaRegistry.GetTypeFromName(type_name) if type_name else Tf.Type()
    bodies = (UsdGeom.PointBased, UsdVol.Volume, UsdVol.FieldBase)
    return any(known.IsA(Tf.Type(body)) for body in bodies)
