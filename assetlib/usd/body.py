"""What stands behind an asset's payload: a sculpted model, the mannequin, or a foreign tree brought to our units.

Whatever it came from, the result is ``payload.usda`` in meters, Y up, with the content under ``geo`` and ``mtl``,
plus what the root layer has to know: the choices it can offer and the clips that can be played.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetlib.model.asset import AssetKind
from assetlib.model.model_description import ModelDescription
from assetlib.usd.description import AssetDescription, ForeignTree
from assetlib.usd.errors import UsdError
from assetlib.usd.inventory import build_inventory
from assetlib.usd.mannequin import mannequin
from assetlib.usd.plugin import hushed
from assetlib.usd.sculpt import PAYLOAD, TIME_CODES_PER_SECOND, new_layer, write_model
from assetlib.usd.specs import attribute, prim, transform_order

SOURCE = "source"
"""Folder of a foreign tree inside the asset's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What one choice changes on one prim below the body: hides it, binds a material, or chooses a variant there."""

    path: str
    hidden: bool = False
    material: str = ""
    variant: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    variant_set: str
    name: str
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The written content. `holds_models` means that it is itself made of components, so its root is an assembly."""

    choices: tuple[Choice, ...] = ()
    clips: tuple[str, ...] = ()
    holds_models: bool = False
    proxy: bool = False
    rate: float = TIME_CODES_PER_SECOND
    frames: tuple[float, float] | None = None


def write_body(description: AssetDescription, output: Path, prim_name: str) -> Body | None:
    """Write the content of `description` into `output`; None for an asset without geometry, such as a plate."""
    if description.model and description.foreign:
        raise UsdError(f"expected a model or a foreign tree for {description.entity}, found both; give one of them")
    if description.foreign:
        return _from_tree(description.foreign, output, prim_name)
    if description.model:
        return _from_model(description.model, output, prim_name)
    if description.kind is AssetKind.CHARACTER:
        return _from_model(mannequin(prim_name, description.height), output, prim_name, proxy=True)
    return None


def _from_model(model: ModelDescription, output: Path, prim_name: str, *, proxy: bool = False) -> Body:
    write_model(model, output, prim_name)
    last = max((float(c.frame_count - 1) * TIME_CODES_PER_SECOND / float(c.rate) for c in model.clips), default=0.0)
    return Body(
        choices=tuple(_sculpted_choices(model)),
        clips=tuple(clip.name for clip in model.clips),
        proxy=proxy,
        frames=(0.0, last) if model.clips else None,
    )


def _sculpted_choices(model: ModelDescription) -> Sequence[Choice]:
    return [
        Choice(
            variant_set=variant.variant_set,
            name=variant.name,
            overrides=(
                *(Override(path=f"geo/{mesh}", hidden=True) for mesh in variant.hidden),
                *(
                    Override(path=f"geo/{mesh}", material=f"mtl/{model.materials[index].name}")
                    for mesh, index in variant.materials
                ),
            ),
        )
        for variant in model.variants
    ]


# A foreign tree ----------------------------------------------------------------------------------


def _from_tree(tree: ForeignTree, output: Path, prim_name: str) -> Body:
    for file in build_inventory(tree.folder):
        target = output / SOURCE / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tree.folder / file.path, target)
    stage = _open(output / SOURCE / tree.root)
    body = _seen_from_outside(stage, tree)
    _write_payload(tree, stage, body, output / PAYLOAD, prim_name)
    return body


def _open(root: Path) -> Any:
    from pxr import Tf, Usd

    try:
        with hushed():
            return Usd.Stage.Open(str(root))
    except Tf.ErrorException as error:
        raise UsdError(f"expected the root layer of a tree that intake wrote at {root}, it does not open") from error


def _seen_from_outside(stage: Any, tree: ForeignTree) -> Body:
    from pxr import Usd, UsdSkel

    top = stage.GetDefaultPrim() if tree.default_prim else stage.GetPseudoRoot()
    if not top:
        raise UsdError(f"expected the default prim {tree.default_prim!r} in {tree.root}, found none")
    below = [found for found in Usd.PrimRange(top) if found != top]
    clips = sorted({found.GetName() for found in below if found.IsA(UsdSkel.Animation)})
    animated = stage.HasAuthoredTimeCodeRange()
    return Body(
        choices=_offered_choices(top) if tree.default_prim else (),
        clips=tuple(clips),
        holds_models=any(found.GetKind() in ("component", "assembly", "group") for found in below),
        rate=stage.GetTimeCodesPerSecond(),
        frames=(stage.GetStartTimeCode(), stage.GetEndTimeCode()) if animated else None,
    )


def _offered_choices(top: Any) -> tuple[Choice, ...]:
    """The tree's own variants, lifted to our root, its present selection first."""
    choices = []
    for name in top.GetVariantSets().GetNames():
        variant_set = top.GetVariantSet(name)
        chosen = variant_set.GetVariantSelection()
        for option in sorted(variant_set.GetVariantNames(), key=lambda o: (o != chosen, o)):
            override = Override(path="geo/asset", variant=(name, option))
            choices.append(Choice(variant_set=name, name=option, overrides=(override,)))
    return tuple(choices)


def _write_payload(tree: ForeignTree, stage: Any, body: Body, path: Path, prim_name: str) -> None:
    """The tree sits one prim below the correction: an own ``xformOpOrder`` on it would undo the tree's transforms."""
    from pxr import Sdf

    layer = new_layer(path, prim_name)
    layer.timeCodesPerSecond = layer.framesPerSecond = body.rate
    prim(layer, f"/{prim_name}", "Xform")
    geo = prim(layer, f"/{prim_name}/geo", "Xform", kind="group" if body.holds_models else "")
    _correct_units(geo, tree)
    asset = prim(layer, f"/{prim_name}/geo/asset", "Xform", kind="group" if body.holds_models else "subcomponent")
    source = f"./{SOURCE}/{tree.root}"
    if tree.default_prim:
        asset.referenceList.prependedItems = [Sdf.Reference(source, f"/{tree.default_prim}")]
    for child in () if tree.default_prim else stage.GetPseudoRoot().GetChildren():
        part = prim(layer, f"/{prim_name}/geo/asset/{child.GetName()}", child.GetTypeName() or "Xform")
        part.referenceList.prependedItems = [Sdf.Reference(source, child.GetPath())]
    layer.Save()


def _correct_units(geo: Any, tree: ForeignTree) -> None:
    """References convert neither units nor the up axis, so the payload does."""
    from pxr import Gf

    order = []
    if not tree.meters_per_unit > 0:
        raise UsdError(f"expected metersPerUnit above 0 for {tree.root}, found {tree.meters_per_unit}")
    if abs(tree.meters_per_unit - 1.0) > 1e-9:
        attribute(geo, "xformOp:scale:size", "float3", Gf.Vec3f(tree.meters_per_unit))
        order.append("xformOp:scale:size")
    if tree.up_axis == "Z":
        attribute(geo, "xformOp:rotateX:upAxis", "float", -90.0)
        order.append("xformOp:rotateX:upAxis")
    if order:
        transform_order(geo, order)
