"""The assets a shot refers to, seen from the shot: where a layer lies, its units, its skeletons and clips.

A shot names an asset by search path (``characters/hero/v003/hero.usda``). Only a file inside one of the given
search paths is ever opened; everything else is refused by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from assetlib.usd.errors import AssetNotFound, UsdError


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetUnits:
    """How an asset's own layer measures: meters per unit, and whether its Z axis points up."""

    meters_per_unit: float
    z_up: bool


def locate(asset: str, search_paths: Sequence[Path]) -> Path:
    """The file of `asset` in the first search path that holds it; raises UsdError or AssetNotFound."""
    parts = PurePosixPath(asset).parts
    if not parts or asset.startswith("/") or ".." in parts or ":" in asset or "\\" in asset:
        raise UsdError(f"expected a search path such as 'characters/hero/v003/hero.usda', found {asset!r}")
    for folder in search_paths:
        found = (folder / asset).resolve()
        if found.is_file() and found.is_relative_to(folder.resolve()):
            return found
    places = ", ".join(str(folder) for folder in search_paths) or "no search path"
    raise AssetNotFound(f"expected {asset} in {places}; check the asset out there or change the shot")


def units_of(path: Path) -> AssetUnits:
    """Units from the layer's metadata; OpenUSD's fallbacks are centimeters and Y up."""
    from pxr import Sdf, Tf, UsdGeom

    try:
        layer = Sdf.Layer.FindOrOpen(str(path))  # held here: specs die with their layer
        root = layer.pseudoRoot
    except (Tf.ErrorException, AttributeError) as error:
        raise UsdError(f"expected a readable USD layer, found {path}: {error}") from error
    said = root.ListInfoKeys()
    meters = float(root.GetInfo("metersPerUnit")) if "metersPerUnit" in said else UsdGeom.LinearUnits.centimeters
    if not meters > 0:
        raise UsdError(f"expected metersPerUnit above 0 in {path}, found {meters}")
    return AssetUnits(meters_per_unit=meters, z_up="upAxis" in said and root.GetInfo("upAxis") == "Z")


def open_asset(path: Path, search_paths: Sequence[Path], variants: Sequence[tuple[str, str]] = ()) -> Any:
    """The asset's stage with `variants` chosen in the session layer; raises UsdError for an unknown choice."""
    from assetlib.usd.stage import open_stage

    stage = open_stage(path, search_paths)
    root = stage.GetDefaultPrim()
    if not root:
        raise UsdError(f"expected a defaultPrim in {path}, found none; a shot can only refer to the default prim")
    stage.SetEditTarget(stage.GetSessionLayer())
    for name, choice in variants:
        known = root.GetVariantSet(name).GetVariantNames()
        if choice not in known:
            offered = ", ".join(known) or "no choice"
            raise UsdError(f"expected variant {name} of {path.name} to be one of {offered}, found {choice!r}")
        root.GetVariantSet(name).SetVariantSelection(choice)
    return stage


def bounds(
    path: Path, search_paths: Sequence[Path], variants: Sequence[tuple[str, str]] = ()
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Lowest and highest corner of an asset in meters with Y up; a unit box on the ground for one without shape."""
    from pxr import Gf, Usd, UsdGeom

    stage = open_asset(path, search_paths, variants)
    units = units_of(path)
    boxes = UsdGeom.BBoxCache(Usd.TimeCode.EarliestTime(), [UsdGeom.Tokens.default_, UsdGeom.Tokens.render])
    box = boxes.ComputeWorldBound(stage.GetDefaultPrim())
    if box.ComputeAlignedRange().IsEmpty():
        return (-0.5, 0.0, -0.5), (0.5, 1.0, 0.5)
    fix = Gf.Matrix4d().SetScale(units.meters_per_unit)
    if units.z_up:
        fix = fix * Gf.Matrix4d().SetRotate(Gf.Rotation(Gf.Vec3d(1, 0, 0), -90.0))
    box.Transform(fix)
    span = box.ComputeAlignedRange()
    low, high = (tuple(map(float, corner)) for corner in (span.GetMin(), span.GetMax()))
    return (low[0], low[1], low[2]), (high[0], high[1], high[2])
