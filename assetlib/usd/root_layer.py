"""The root layer of an asset: a short text that says what the asset is and where everything else lies.

Written at the Sdf level with authored values only. The labels on the root prim are advisory: a reader without our
schemas still sees them, and none of them opens a door.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from assetlib.model.asset import AssetKind
from assetlib.usd.body import Body, Choice, Override
from assetlib.usd.description import AssetDescription, Authorship
from assetlib.usd.sculpt import PAYLOAD, new_layer
from assetlib.usd.specs import attribute, prim, relationship
from provenance.decision import instant

THUMBNAIL = "thumbnail.png"
PREVIEWS = "AssetPreviewsAPI"
_AUTHORSHIP = "create"
_CHARACTER_SETS = ("costume", "age", "look")


def write_root(
    path: Path, description: AssetDescription, prim_name: str, body: Body | None, references: Sequence[str]
) -> tuple[Choice, ...]:
    """Write the root layer to `path`; the choices it offers, set by set, the chosen one first."""
    layer = new_layer(path, prim_name)
    _write_layer_metadata(layer, description, body, references)
    _write_class(layer, prim_name)
    root = _write_root_prim(layer, description, prim_name, body, path.name)
    _write_labels(root, description, path)
    _write_authorship(root, description.authorship)
    content = _content_prim(layer, root, body, description.kind)
    if body:
        from pxr import Sdf

        content.payloadList.prependedItems = [Sdf.Payload(f"./{PAYLOAD}")]
    choices = _all_choices(description.kind, body)
    _write_choices(root, content, choices)
    if description.thumbnail:
        declare_thumbnail(root)
    layer.Save()
    return choices


def declare_thumbnail(root: Any) -> None:
    """Point the asset's preview at ``thumbnail.png``; the file must lie beside the root layer."""
    from pxr import Sdf

    picture = {"defaultImage": Sdf.AssetPath(f"./{THUMBNAIL}")}
    root.SetInfo("assetInfo", {**dict(root.assetInfo), "previews": {"thumbnails": {"default": picture}}})
    applied = root.GetInfo("apiSchemas")
    if PREVIEWS not in applied.prependedItems:
        applied.prependedItems = [*applied.prependedItems, PREVIEWS]
        root.SetInfo("apiSchemas", applied)


def is_assembly(kind: AssetKind, body: Body | None) -> bool:
    """A set is made of parts that are assets themselves; so is anything whose content already is."""
    return body is not None and (kind is AssetKind.SET or body.holds_models)


def _write_layer_metadata(
    layer: Any, description: AssetDescription, body: Body | None, references: Sequence[str]
) -> None:
    from pxr import Vt

    said: dict[str, Any] = {"entity": description.entity, "version": description.version}
    if references:
        said["references"] = Vt.StringArray(list(references))
    layer.customLayerData = {"assetlib": said}
    if body:
        layer.timeCodesPerSecond = layer.framesPerSecond = body.rate
    if body and body.frames:
        layer.startTimeCode, layer.endTimeCode = body.frames


def _write_class(layer: Any, prim_name: str) -> None:
    """An empty class that every use inherits: a shot changes all copies at once by an opinion on it."""
    from pxr import Sdf

    for path in ("/__class__", f"/__class__/{prim_name}"):
        Sdf.CreatePrimInLayer(layer, path).specifier = Sdf.SpecifierClass


def _write_root_prim(
    layer: Any, description: AssetDescription, prim_name: str, body: Body | None, file_name: str
) -> Any:
    from pxr import Sdf

    apis = [
        "AssetlibEntityAPI",
        "AssetlibRightsAPI",
        "AssetlibManifestAPI",
        f"AuthorshipAPI:{_AUTHORSHIP}",
        "SemanticsLabelsAPI:assetlib",
    ]
    kind = "assembly" if is_assembly(description.kind, body) else "component"
    root = prim(layer, f"/{prim_name}", "Xform" if body else "Scope", kind=kind, apis=apis)
    root.inheritPathList.prependedItems = [f"/__class__/{prim_name}"]
    root.SetInfo(
        "assetInfo",
        {"identifier": Sdf.AssetPath(f"./{file_name}"), "name": description.name, "version": description.version},
    )
    return root


def _write_labels(root: Any, description: AssetDescription, path: Path) -> None:
    attribute(root, "assetlib:entity", "string", description.entity, uniform=True)
    attribute(root, "assetlib:kind", "token", description.kind.value, uniform=True)
    attribute(root, "assetlib:version", "string", description.version, uniform=True)
    attribute(root, "rights:default", "token", "deny", uniform=True)
    attribute(root, "rights:training", "token", "deny", uniform=True)
    attribute(root, "rights:policyId", "string", description.policy_id, uniform=True)
    if owners := description.authorship.copyright_owners:
        attribute(root, "rights:holder", "string[]", list(owners), uniform=True)
    # A string, not an asset path: a packager must not pull a manifest into what the manifest is about.
    attribute(root, "manifest:uri", "string", f"./{path.stem}.c2pa", uniform=True)
    attribute(root, "semantics:labels:assetlib", "token[]", [description.kind.value])


def _write_authorship(root: Any, authorship: Authorship) -> None:
    values: tuple[tuple[str, str, Any], ...] = (
        ("contact", "string[]", list(authorship.contacts)),
        ("copyrightOwner", "string[]", list(authorship.copyright_owners)),
        ("created", "string", instant(authorship.created)),
        ("creator", "string[]", list(authorship.creators)),
        ("description", "string", authorship.description),
        ("digitalSourceType", "string", authorship.digital_source_type),
        ("inputs", "string[]", [word for pair in authorship.inputs for word in pair]),
        ("instanceID", "string", authorship.instance_id),
        ("softwarePackage", "string", authorship.software),
        ("softwareVersion", "string", authorship.software_version),
        ("usageTerms", "string", authorship.usage_terms),
    )
    for name, type_name, value in values:
        if value:  # what nobody said stays unsaid
            attribute(root, f"authorship:{_AUTHORSHIP}:{name}", type_name, value, uniform=True)


def _content_prim(layer: Any, root: Any, body: Body | None, kind: AssetKind) -> Any:
    """A component carries its payload itself; an assembly has none, so its content is a model of its own below it."""
    if body is None or not is_assembly(kind, body):
        return root
    return prim(layer, f"{root.path}/model", "Xform", kind="group" if body.holds_models else "component")


# Choices -----------------------------------------------------------------------------------------


def _all_choices(kind: AssetKind, body: Body | None) -> tuple[Choice, ...]:
    """Every character has a costume, an age and a look to choose, so that a shot's choice outlives a new version."""
    choices = body.choices if body else ()
    if kind is not AssetKind.CHARACTER:
        return choices
    offered = {choice.variant_set for choice in choices}
    missing = (Choice(variant_set=name, name="default") for name in _CHARACTER_SETS if name not in offered)
    return (*choices, *missing)


def _write_choices(root: Any, content: Any, choices: Sequence[Choice]) -> None:
    from pxr import Sdf

    below = "" if content == root else f"{content.name}/"
    for name, options in grouped(choices):
        root.variantSetNameList.prependedItems.append(name)
        root.variantSelections[name] = options[0].name
        variant_set = Sdf.VariantSetSpec(root, name)
        for option in options:
            variant = Sdf.VariantSpec(variant_set, option.name).primSpec
            for override in option.overrides:
                _write_override(_over(variant, below + override.path), f"{content.path}", override)


def grouped(choices: Sequence[Choice]) -> list[tuple[str, list[Choice]]]:
    order = list(dict.fromkeys(choice.variant_set for choice in choices))
    by_set = sorted(choices, key=lambda choice: order.index(choice.variant_set))
    return [(name, list(options)) for name, options in groupby(by_set, key=lambda choice: choice.variant_set)]


def _over(spec: Any, path: str) -> Any:
    from pxr import Sdf

    for name in path.split("/"):
        spec = spec.nameChildren.get(name) or Sdf.PrimSpec(spec, name, Sdf.SpecifierOver)
    return spec


def _write_override(spec: Any, content: str, override: Override) -> None:
    from pxr import Sdf

    if override.hidden:
        attribute(spec, "visibility", "token", "invisible")
    if override.variant:
        name, option = override.variant
        spec.variantSelections[name] = option
    if override.material:
        applied = Sdf.TokenListOp()
        applied.prependedItems = ["MaterialBindingAPI"]
        spec.SetInfo("apiSchemas", applied)
        relationship(spec, "material:binding", [f"{content}/{override.material}"])
        # Also over the mesh's own face subsets, which are nearer to the faces.
        spec.relationships["material:binding"].SetInfo("bindMaterialAs", "strongerThanDescendants")
