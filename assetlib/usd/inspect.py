"""What a composed asset is: units, size, prims, variants, skeleton, and what it says about its license.

Opens one tree that is already ours (`foreign.write`, or a version of the library) and returns plain values.
Statements about rights that stand in a file are hints for a person; they grant nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetlib.usd.errors import UsdError
from assetlib.usd.foreign import first_line
from assetlib.usd.plugin import hushed, load

Point = tuple[float, float, float]

_RIGHTS_WORDS = re.compile(r"licen[sc]e|copyright|author|credit|creator|rights|usage|source", re.IGNORECASE)
_SAID_BY_COMPOSITION = re.compile(r"CompositionError|MissingReference|StageMetadata")
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Variants:
    """One variant set: the prim it stands on, its name, its options and the one selected ('' for none)."""

    prim: str
    name: str
    options: tuple[str, ...]
    selected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFacts:
    """`bbox` is (minimum, maximum) in stage units at the first time, None for a stage without geometry.

    `hints` are pairs of (where it stands, what it says).
    """

    default_prim: str
    meters_per_unit: float
    up_axis: str
    prim_count: int
    variants: tuple[Variants, ...]
    has_skel: bool
    bbox: tuple[Point, Point] | None
    start: float
    end: float
    warnings: tuple[str, ...]
    hints: tuple[tuple[str, str], ...]


def load_libraries() -> None:
    """Import OpenUSD and register our schemas, so that forks of this process have both."""
    from pxr import Ar, Sdf, Tf, Usd, UsdGeom, UsdSkel, UsdUtils, UsdValidation

    assert all((Ar, Sdf, Tf, Usd, UsdGeom, UsdSkel, UsdUtils, UsdValidation))
    load()


@hushed()
def inspect_stage(root_layer: Path) -> StageFacts:
    """Compose `root_layer` with its payloads and describe it; raises UsdError when it does not open."""
    from pxr import Tf, Usd, UsdGeom

    load()
    try:
        stage = Usd.Stage.Open(str(root_layer))
    except Tf.ErrorException as error:
        raise UsdError(f"expected a stage at {root_layer.name}, it does not open ({first_line(error)})") from error
    default = stage.GetDefaultPrim()
    return StageFacts(
        default_prim=default.GetName() if default else "",
        meters_per_unit=float(UsdGeom.GetStageMetersPerUnit(stage)),
        up_axis=str(UsdGeom.GetStageUpAxis(stage)),
        prim_count=sum(1 for _ in Usd.PrimRange(stage.GetPseudoRoot(), Usd.PrimAllPrimsPredicate)) - 1,
        variants=tuple(_variants(stage))[:_MOST],
        has_skel=_has_skeleton(stage),
        bbox=_bbox(stage),
        start=float(stage.GetStartTimeCode()),
        end=float(stage.GetEndTimeCode()),
        warnings=tuple(_warnings(stage, root_layer)),
        hints=tuple(dict.fromkeys(_hints(stage)))[:_MOST],
    )


def _variants(stage: Any) -> Iterator[Variants]:
    for prim in stage.TraverseAll():
        sets = prim.GetVariantSets()
        for name in sets.GetNames():
            chosen = sets.GetVariantSet(name)
            yield Variants(
                prim=str(prim.GetPath()),
                name=name,
                options=tuple(chosen.GetVariantNames()),
                selected=chosen.GetVariantSelection(),
            )


def _has_skeleton(stage: Any) -> bool:
    from pxr import UsdSkel

    return any(prim.IsA(UsdSkel.Root) or prim.IsA(UsdSkel.Skeleton) for prim in stage.TraverseAll())


def _bbox(stage: Any) -> tuple[Point, Point] | None:
    from pxr import Usd, UsdGeom

    start = stage.GetStartTimeCode() if stage.HasAuthoredTimeCodeRange() else Usd.TimeCode.Default()
    purposes = [UsdGeom.Tokens.default_, UsdGeom.Tokens.render, UsdGeom.Tokens.proxy]
    cache = UsdGeom.BBoxCache(Usd.TimeCode(start), purposes, useExtentsHint=True)
    extent = cache.ComputeWorldBound(stage.GetPseudoRoot()).ComputeAlignedRange()
    if extent.IsEmpty():
        return None
    low, high = _point(extent.GetMin()), _point(extent.GetMax())
    return (low, high) if all(map(math.isfinite, low + high)) else None


def _point(vector: Any) -> Point:
    return float(vector[0]), float(vector[1]), float(vector[2])


def _warnings(stage: Any, root_layer: Path) -> Iterator[str]:
    from pxr import UsdGeom

    layer = stage.GetRootLayer()
    if not layer.defaultPrim:
        yield "no default prim is named; a reference to it brings nothing"
    if not stage.HasAuthoredMetadata(UsdGeom.Tokens.metersPerUnit):
        yield "its unit of length is not stated; centimeters are assumed"
    if not stage.HasAuthoredMetadata(UsdGeom.Tokens.upAxis):
        yield "its up axis is not stated; Y is assumed"
    folder = f"{root_layer.parent}/"
    errors = [first_line(error) for error in stage.GetCompositionErrors()]
    found = dict.fromkeys(text.replace(folder, "") for text in (*errors, *_validation(stage)))
    yield from list(found)[:_MOST]


def _validation(stage: Any) -> Iterator[str]:
    """What OpenUSD's own validators find, one sentence per kind of error."""
    from pxr import UsdValidation

    validators = UsdValidation.ValidationRegistry().GetOrLoadAllValidators()
    found = UsdValidation.ValidationContext(validators).Validate(stage)
    errors = [error for error in found if not _SAID_BY_COMPOSITION.search(str(error.GetIdentifier()))]
    counts = Counter(str(error.GetIdentifier()) for error in errors)
    messages = {str(error.GetIdentifier()): first_line(error.GetMessage()) for error in reversed(errors)}
    for identifier, count in sorted(counts.items()):
        name = identifier.rpartition(":")[2] or identifier.rpartition(".")[2]
        yield f"{name} ({count}×): {messages[identifier]}"


def _hints(stage: Any) -> Iterator[tuple[str, str]]:
    for layer in stage.GetUsedLayers():
        for key, value in _flat(dict(layer.customLayerData)):
            if _RIGHTS_WORDS.search(key):
                yield "customLayerData", f"{key}: {value}"
        for text in (layer.comment, layer.documentation):
            if text and _RIGHTS_WORDS.search(text):
                yield "comment", text
    for prim in stage.TraverseAll():
        if prim.HasAuthoredMetadata("assetInfo"):
            for key, value in _flat(prim.GetMetadata("assetInfo")):
                if _RIGHTS_WORDS.search(key):
                    yield "assetInfo", f"{key}: {value}"
        yield from _authorship(prim)


def _authorship(prim: Any) -> Iterator[tuple[str, str]]:
    # raw attributes: a file may carry the record without the applied schema, and older tools lack the class
    for attribute in prim.GetAuthoredPropertiesInNamespace("authorship"):
        value = attribute.Get() if hasattr(attribute, "Get") else None
        if value:
            text = ", ".join(map(str, value)) if not isinstance(value, str) else value
            yield "AuthorshipAPI", f"{attribute.GetBaseName()}: {text}"


def _flat(dictionary: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in dictionary.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{name}.")
        else:
            yield name, str(value)
