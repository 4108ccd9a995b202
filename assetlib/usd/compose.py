"""A shot description becomes USD layers, one per department, that any USD tool can edit.

Strong to weak: lighting, anim, layout, and the sequence as a weaker sublayer of each shot (time samples do not merge
across arcs, and local opinions beat references, so a sequence that were referenced would lose to nothing).

    shots/sq010/sq010.usda                              the sequence: groups, sets shared by its shots
    shots/sq010/sq010_sh0020/v001/sq010_sh0020.usda     root: metadata and pins only
    shots/sq010/sq010_sh0020/v001/sq010_sh0020_{layout,anim,lighting}.usda

Schemas are applied as raw metadata, so that a shot is written alike with and without our plug-in registered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assetlib.model.shot import Pin
from assetlib.model.shot_description import SetUse, ShotDescription
from assetlib.usd.compose_anim import anim_layer
from assetlib.usd.compose_layout import add_groups, add_set, layout_layer
from assetlib.usd.compose_lighting import lighting_layer
from assetlib.usd.errors import UsdError
from assetlib.usd.specs import attribute, new_layer, prim, write

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_VERSION = re.compile(r"v\d{3,}")
_RESERVED = "asset"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedShot:
    """What was written: the layer to open, and every file of the shot with the sequence last."""

    root: Path
    files: tuple[Path, ...]


def compose_sequence(sequence: str, sets: Sequence[SetUse], output: Path, *, search_paths: Sequence[Path] = ()) -> Path:
    """Write the sequence layer with its groups and shared sets; returns its path."""
    _check_names([sequence, *(use.name for use in sets)])
    layer = new_layer(comment=f"Sequence {sequence}: what its shots share.")
    add_groups(layer)
    for use in sets:
        add_set(layer, use, search_paths or (output,))
    _record_pins(layer, tuple(use.pin for use in sets))
    target = _sequence_path(sequence, output)
    write(layer, target)
    return target


def compose_shot(shot: ShotDescription, output: Path, *, search_paths: Sequence[Path] = ()) -> ComposedShot:
    """Write the layers of `shot` under `output` (the tree's top, and where assets are found by default).

    Raises UsdError for names USD cannot hold, unknown variants and clips, and assets in no search path. The root
    is written last, so an interrupted call leaves no shot that opens half. An existing sequence layer is kept; sets
    of it that this shot does not pin are deactivated in its layout.
    """
    _check(shot)
    found_in = tuple(search_paths) or (output,)
    sequence = _sequence_path(shot.sequence, output)
    if not sequence.exists():
        compose_sequence(shot.sequence, (), output, search_paths=found_in)
    folder = sequence.parent / shot.code / shot.version
    departments = {
        "lighting": lighting_layer(shot),
        "anim": anim_layer(shot, found_in),
        "layout": layout_layer(shot, found_in, sequence),
    }
    files = []
    for name, layer in departments.items():
        _record_pins(layer, shot.pins if name != "lighting" else ())
        files.append(folder / f"{shot.code}_{name}.usda")
        write(layer, files[-1])
    root = folder / f"{shot.code}.usda"
    write(_root_layer(shot, [f"./{path.name}" for path in files]), root)
    return ComposedShot(root=root, files=(root, *files, sequence))


def _root_layer(shot: ShotDescription, departments: list[str]) -> Any:
    pacing = shot.pacing
    layer = new_layer(pacing.rate, (pacing.first, pacing.last), comment=f"Shot {shot.code}.")
    layer.subLayerPaths = [*departments, f"../../{shot.sequence}.usda"]
    layer.pseudoRoot.SetInfo("renderSettingsPrimPath", "/Render/previs")
    top = prim(layer, "/shot", apis=["AssetlibShotAPI"])
    for name, value in (("cutIn", pacing.cut_in), ("cutOut", pacing.cut_out), ("handles", pacing.handles)):
        attribute(top, f"shot:{name}", "int", value, uniform=True)
    for name, text in (("timeline", shot.timeline), ("clip", shot.clip or shot.code), ("prompt", shot.prompt)):
        if text:
            attribute(top, f"shot:{name}", "string", text, uniform=True)
    layer.customLayerData = {"assetlib": _shot_data(shot)}
    _record_pins(layer, shot.pins)
    # Flattening drops layer metadata; the prim keeps the pins.
    top.customData = {"assetlib": {"pins": _pins(shot.pins)}}
    return layer


def _shot_data(shot: ShotDescription) -> dict[str, Any]:
    pacing = shot.pacing
    return {
        "entity": f"assetlib://{shot.production}/shots/{shot.code}",
        "version": shot.version,
        "cutIn": pacing.cut_in,
        "cutOut": pacing.cut_out,
        "handles": pacing.handles,
        "rate": f"{pacing.rate.numerator}/{pacing.rate.denominator}",
        "timeScalar": f"{pacing.time_scalar.numerator}/{pacing.time_scalar.denominator}",
    }


def _record_pins(layer: Any, pins: Sequence[Pin]) -> None:
    if pins:
        data = dict(layer.customLayerData)
        data["assetlib"] = {**data.get("assetlib", {}), "pins": _pins(pins)}
        layer.customLayerData = data


def _pins(pins: Sequence[Pin]) -> dict[str, dict[str, str]]:
    return {
        pin.name: {"entity": pin.entity, "version": pin.version, "digest": pin.digest, "role": pin.role} for pin in pins
    }


def _sequence_path(sequence: str, output: Path) -> Path:
    return output / "shots" / sequence / f"{sequence}.usda"


def _check(shot: ShotDescription) -> None:
    names = [subject.name for subject in shot.subjects] + [use.name for use in shot.sets]
    lights = [light.name for light in shot.lights]
    _check_names([shot.code, shot.sequence, shot.camera.name, *names, *lights])
    for label, given in (("subjects and sets", names), ("lights", lights)):
        if twice := sorted({name for name in given if given.count(name) > 1}):
            raise UsdError(f"{shot.code}: expected every name once among its {label}, found twice: {', '.join(twice)}")
    if strangers := [pin.name for pin in shot.pins if pin.name not in names]:
        raise UsdError(f"{shot.code}: expected pins named like the subjects and sets, found {', '.join(strangers)}")
    if not _VERSION.fullmatch(shot.version):
        raise UsdError(f"{shot.code}: expected a version such as v001, found {shot.version!r}")
    if not shot.camera.keys:
        raise UsdError(f"{shot.code}: expected a camera with at least one key, found none")


def _check_names(names: Sequence[str]) -> None:
    for name in names:
        if not _IDENTIFIER.fullmatch(name) or name == _RESERVED:
            raise UsdError(f"expected a name of letters, digits and '_' for USD, found {name!r}; give it another name")
