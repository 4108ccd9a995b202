"""Writing layers at the Sdf level: prims, attributes and samples as specs, then one atomic file.

Nothing here opens a stage: a shot can be written with or without our schemas registered, and composing does not
decide for the process whether they can be registered later.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from assetlib.usd.errors import UsdError

METERS_PER_UNIT = 0.01
"""Shots are written in centimeters: UsdGeomCamera gives lens and filmback in tenths of a unit, so millimeters."""

UNITS_PER_METER = 100.0


def new_layer(rate: Fraction | None = None, frames: tuple[int, int] | None = None, *, comment: str = "") -> Any:
    """An anonymous usda layer with the stage metadata that every layer of a shot carries."""
    from pxr import Sdf, UsdGeom

    layer = Sdf.Layer.CreateAnonymous(".usda")
    layer.defaultPrim = "shot"
    layer.comment = comment
    layer.pseudoRoot.SetInfo("upAxis", UsdGeom.Tokens.y)
    layer.pseudoRoot.SetInfo("metersPerUnit", METERS_PER_UNIT)
    if rate is not None:
        layer.timeCodesPerSecond = layer.framesPerSecond = float(rate)
    if frames is not None:
        layer.startTimeCode, layer.endTimeCode = (float(frame) for frame in frames)
    return layer


def prim(layer: Any, path: str, type_name: str = "", *, kind: str = "", apis: Sequence[str] = ()) -> Any:
    """The prim spec at `path`, made with its ancestors as overs; a type name makes it a def."""
    from pxr import Sdf

    spec = Sdf.CreatePrimInLayer(layer, path)
    if type_name:
        spec.specifier, spec.typeName = Sdf.SpecifierDef, type_name
    if kind:
        spec.kind = kind
    if apis:
        schemas = Sdf.TokenListOp()
        schemas.prependedItems = list(apis)
        spec.SetInfo("apiSchemas", schemas)
    return spec


def attribute(spec: Any, name: str, type_name: str, value: Any = None, *, uniform: bool = False) -> Any:
    """An attribute spec with a default value; `type_name` as usda writes it (``float3``, ``token[]``)."""
    from pxr import Sdf

    variability = Sdf.VariabilityUniform if uniform else Sdf.VariabilityVarying
    found = spec.properties.get(name) or Sdf.AttributeSpec(
        spec, name, Sdf.ValueTypeNames.Find(type_name), variability, declaresCustom=False
    )
    if value is not None:
        found.default = value
    return found


def samples(spec: Any, name: str, type_name: str, values: Mapping[int, Any]) -> None:
    """Time samples of an attribute; a single distinct value is written as the default, for people who edit."""
    if len(set(map(str, values.values()))) == 1:
        attribute(spec, name, type_name, next(iter(values.values())))
        return
    made = attribute(spec, name, type_name)
    for frame, value in values.items():
        made.layer.SetTimeSample(made.path, float(frame), value)


def relationship(spec: Any, name: str, targets: Sequence[str], *, uniform: bool = False) -> None:
    from pxr import Sdf

    made = Sdf.RelationshipSpec(spec, name, custom=False)
    if uniform:
        made.variability = Sdf.VariabilityUniform
    made.targetPathList.explicitItems = list(targets)


def transform_order(spec: Any, names: Sequence[str]) -> None:
    """The order in which transform ops apply, outermost first."""
    attribute(spec, "xformOpOrder", "token[]", list(names), uniform=True)


def vector(values: Sequence[float], *, double: bool = False) -> Any:
    """A 3-vector for a layer, rounded to what a reader of the text wants to see."""
    from pxr import Gf

    x, y, z = (round(float(value), 6) + 0.0 for value in values)
    return Gf.Vec3d(x, y, z) if double else Gf.Vec3f(x, y, z)


def write(layer: Any, path: Path) -> None:
    """Export `layer` to `path` by rename: a reader finds the old file or the new one, never half of one."""
    from pxr import Sdf

    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        if not layer.Export(str(draft)):
            raise UsdError(f"expected to write {path}, the layer could not be exported; check space and permissions")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    if known := Sdf.Layer.Find(str(path)):
        known.Reload(force=True)
