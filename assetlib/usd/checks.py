"""What assetlib checks on a stage, one function a question; `validators` makes them known to UsdValidation.

They look at every layer that the stage can reach in any variant, and at authored values only: a schema that is not
registered must not silence them. Labels on a stage are advisory, so a finding closes no door by itself; it says that
the stage is not what we wrote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from assetlib.model.asset import AssetKind
from assetlib.model.ids import EntityUri, MalformedReference
from assetlib.usd.foreign import asset_paths, first_line, path_expressions
from assetlib.usd.paths import defect
from assetlib.usd.plugin import hushed
from provenance.digest import parse_digest

_SPACES = ("rights", "assetlib", "manifest")
_LABELS = tuple(f"{space}:" for space in _SPACES)
_TOKENS = {"rights:default": ("deny",), "rights:training": ("deny", "ask")}


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence about a spec of a layer, or about a prim of the stage when `layer` is None."""

    sentence: str
    layer: Any = None
    path: str = "/"
    severity: Severity = Severity.ERROR


# What a stage can reach --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reach:
    layers: tuple[Any, ...]
    assets: tuple[Path, ...]
    unresolved: tuple[str, ...]


def _reach(stage: Any) -> _Reach:
    """The closure in all variants; held layers, because specs die with them."""
    from pxr import Ar, UsdUtils

    with hushed(), Ar.ResolverContextBinder(stage.GetPathResolverContext()):
        layers, assets, unresolved = UsdUtils.ComputeAllDependencies(stage.GetRootLayer().identifier)
    return _Reach(
        layers=tuple(layers) or (stage.GetRootLayer(),),
        assets=tuple(Path(str(asset)) for asset in assets),
        unresolved=tuple(sorted(map(str, unresolved))),
    )


def _label_specs(layer: Any) -> Iterator[Any]:
    """Every authored label attribute of a layer, also inside classes and unselected variants."""
    found: list[Any] = []

    def note(path: Any) -> None:
        if path.IsPropertyPath() and path.name.startswith(_LABELS):
            found.append(layer.GetAttributeAtPath(path))

    layer.Traverse("/", note)
    return (spec for spec in found if spec is not None)


def _is_at_home(spec: Any) -> bool:
    """Labels belong on the default prim of a root layer that names its entity, outside classes and variants."""
    layer, path = spec.layer, spec.path
    home = str(path.GetPrimPath()) == f"/{layer.defaultPrim}" and not path.ContainsPrimVariantSelection()
    return home and "entity" in _said(layer)


def _said(layer: Any) -> Any:
    return dict(layer.customLayerData).get("assetlib", {})


# The checks --------------------------------------------------------------------------------------


def rights_token(stage: Any) -> Iterator[Finding]:
    """Rights labels hold a word that can only say no, and a prim that claims the schema states them."""
    for layer in _reach(stage).layers:
        for spec in _label_specs(layer):
            allowed = _TOKENS.get(spec.name)
            if allowed and spec.default not in allowed:
                words = " or ".join(map(repr, allowed))
                sentence = f"{spec.name} is {spec.default!r}, expected {words}: a label can only say no"
                yield Finding(sentence=sentence, layer=layer, path=str(spec.path))
    for prim in stage.Traverse():
        # The raw metadata: without the plug-in GetAppliedSchemas() leaves our schemas out.
        applied = prim.GetMetadata("apiSchemas")
        if applied and "AssetlibRightsAPI" in applied.GetAddedOrExplicitItems():
            missing = [name for name in _TOKENS if not prim.GetAttribute(name).HasAuthoredValue()]
            if missing:
                yield Finding(
                    sentence=f"{prim.GetPath()} applies AssetlibRightsAPI and does not state {', '.join(missing)}",
                    path=str(prim.GetPath()),
                )


def rights_override(stage: Any) -> Iterator[Finding]:
    """No layer, class or variant changes a label that an asset's own root layer wrote."""
    for layer in _reach(stage).layers:
        for spec in _label_specs(layer):
            if not _is_at_home(spec):
                sentence = f"{spec.path} states a label outside the root layer of an asset; only the asset's own counts"
                yield Finding(sentence=sentence, layer=layer, path=str(spec.path))
    for prim in stage.Traverse():
        for label in (found for space in _SPACES for found in prim.GetAuthoredPropertiesInNamespace(space)):
            stack = label.GetPropertyStack()
            if len(stack) > 1:
                layers = ", ".join(Path(spec.layer.realPath).name for spec in stack)
                sentence = f"{label.GetPath()} is stated more than once ({layers}); the strongest hides the asset's"
                yield Finding(sentence=sentence, path=str(prim.GetPath()))


def entity_uri(stage: Any) -> Iterator[Finding]:
    """Entity labels are unpinned entity URIs and kinds are of the closed list."""
    for layer in _reach(stage).layers:
        for spec in _label_specs(layer):
            sentence = ""
            if spec.name == "assetlib:entity":
                sentence = _entity_defect(str(spec.default or ""), str(_said(layer).get("entity", "")))
            elif spec.name == "assetlib:kind" and spec.default not in set(AssetKind):
                sentence = f"assetlib:kind is {spec.default!r}, expected one of {', '.join(AssetKind)}"
            if sentence:
                yield Finding(sentence=sentence, layer=layer, path=str(spec.path))


def _entity_defect(text: str, said_by_layer: str) -> str:
    try:
        entity = EntityUri.parse(text)
    except MalformedReference as error:
        return str(error)
    if entity.version is not None:
        return f"expected an entity without a version, found {text}; pins lie in the layer that references it"
    if said_by_layer and said_by_layer != text:
        return f"the prim says it is {text}, its layer says {said_by_layer}"
    return ""


def pins(stage: Any) -> Iterator[Finding]:
    """Every asset that a shot's own layers bring in is pinned by digest, and the root layer lists the same pin."""
    layers = stage.GetLayerStack(includeSessionLayers=False)
    listed = {pin.get("digest") for layer in layers for pin in dict(_said(layer).get("pins", {})).values()}
    for layer in layers:
        for spec in _external_arcs(layer):
            sentence = _pin_defect(_pin_of(spec), listed, spec)
            if sentence:
                yield Finding(sentence=sentence, layer=layer, path=str(spec.path))


def _external_arcs(layer: Any) -> list[Any]:
    """Prim specs that reference or load another asset: by search path, not by a path beside the layer."""
    found: list[Any] = []

    def note(path: Any) -> None:
        spec = layer.GetPrimAtPath(path) if path.IsPrimPath() or path.IsPrimVariantSelectionPath() else None
        if spec is None:  # a property, or the variant set itself
            return
        arcs = [*spec.referenceList.GetAddedOrExplicitItems(), *spec.payloadList.GetAddedOrExplicitItems()]
        if any(arc.assetPath and not arc.assetPath.startswith(("./", "../")) for arc in arcs):
            found.append(spec)

    layer.Traverse("/", note)
    return found


def _pin_of(spec: Any) -> Any:
    """The pin written at the arc's prim or the nearest prim above it."""
    path = spec.path
    while not path.IsAbsoluteRootPath():
        above = spec.layer.GetPrimAtPath(path)
        said = dict(above.customData).get("assetlib", {}) if above else {}
        if "digest" in said:
            return said
        path = path.GetParentPath()
    return {}


def _pin_defect(pin: Any, listed: set[Any], spec: Any) -> str:
    if not pin:
        return f"{spec.path} brings in another asset without a pin; say which version by its digest"
    try:
        digest = parse_digest(str(pin["digest"]))
    except ValueError as error:
        return f"{spec.path} is pinned by something that is no digest: {error}"
    if digest not in listed:
        return f"{spec.path} is pinned to {digest}, which the shot's layers do not list among their pins"
    return ""


def path_policy(stage: Any) -> Iterator[Finding]:
    """Every path in every layer is written relatively and leads to a file inside the trees the stage was given."""
    roots = _roots(stage)
    reach = _reach(stage)
    for layer in reach.layers:
        place = _inside(Path(layer.realPath), roots)
        if not place:
            yield Finding(sentence=f"{layer.realPath} lies outside the asset and the search paths", layer=layer)
            continue
        for path in _paths_of(layer):
            if why := defect(place, path):
                yield Finding(sentence=f"@{path}@ in {Path(layer.realPath).name} {why}", layer=layer)
    for asset in reach.assets:
        if not _inside(asset, roots):
            yield Finding(sentence=f"{asset} lies outside the asset and the search paths")


def _paths_of(layer: Any) -> list[str]:
    """From a copy: listing the paths of a layer evaluates its expressions in place."""
    from pxr import Sdf

    written = path_expressions(layer)
    copy = Sdf.Layer.CreateAnonymous()
    copy.TransferContent(layer)
    return [*written, *asset_paths(copy)]


def _roots(stage: Any) -> tuple[Path, ...]:
    """The search paths and the folder of the root layer, widest first."""
    from pxr import Ar

    contexts = [c for c in stage.GetPathResolverContext().Get() if isinstance(c, Ar.DefaultResolverContext)]
    folders = {Path(folder).resolve() for context in contexts for folder in context.GetSearchPath()}
    folders.add(Path(stage.GetRootLayer().realPath).resolve().parent)
    return tuple(sorted(folders, key=lambda folder: (len(folder.parts), str(folder))))


def _inside(path: Path, roots: Sequence[Path]) -> str:
    """`path` as seen from the widest root that holds it, '' when none does. Links are followed first."""
    real = path.resolve()
    return next((real.relative_to(root).as_posix() for root in roots if real.is_relative_to(root)), "")


def unreadable_dependency(stage: Any) -> Iterator[Finding]:
    """Everything the stage names is there and can be read; a rights walk cannot vouch for what it cannot read."""
    for path in _reach(stage).unresolved:
        yield Finding(sentence=f"{path} is named by a layer and is not there")
    for error in stage.GetCompositionErrors():
        yield Finding(sentence=first_line(error), severity=Severity.WARNING)


CHECKS = {
    "RightsToken": rights_token,
    "RightsOverride": rights_override,
    "EntityUri": entity_uri,
    "Pins": pins,
    "PathPolicy": path_policy,
    "UnreadableDependency": unreadable_dependency,
}
"""By the name that UsdValidation knows them under, in the order in which they run."""
