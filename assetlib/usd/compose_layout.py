"""The layout department: which assets stand in the shot, in which variant, the camera and its lens.

    /shot                     assembly
    /shot/chars/rhea          the subject: its marks (xform ops), its pin
    /shot/chars/rhea/asset    the reference to the asset, untouched
    /shot/cams/main           the camera

The reference sits one prim below the marks, because an opinion about ``xformOpOrder`` on the referenced prim itself
would throw away the asset's own transform.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assetlib.model.asset import AssetKind
from assetlib.model.shot import Pin
from assetlib.model.shot_description import BlockingKey, CameraKey, SetUse, ShotCamera, ShotDescription, Subject
from assetlib.usd.assets import locate, open_asset, units_of
from assetlib.usd.moves import Array, aim, travel, unwound
from assetlib.usd.specs import (
    METERS_PER_UNIT,
    UNITS_PER_METER,
    attribute,
    new_layer,
    prim,
    relationship,
    samples,
    transform_order,
    vector,
)

_GROUPS = ("env", "chars", "props")
_SCOPES = ("cams", "lgt")


def subject_path(subject: Subject) -> str:
    """Where a subject lives in the shot: ``/shot/chars/rhea``, or under props for everything that is no character."""
    group = "chars" if subject.kind is AssetKind.CHARACTER else "props"
    return f"/shot/{group}/{subject.name}"


def add_groups(layer: Any) -> None:
    """The frame of every shot: an assembly with groups for env, chars and props, scopes for cameras and lights."""
    prim(layer, "/shot", "Xform", kind="assembly")
    for name in _GROUPS:
        prim(layer, f"/shot/{name}", "Xform", kind="group")
    for name in _SCOPES:
        prim(layer, f"/shot/{name}", "Scope")


def layout_layer(shot: ShotDescription, search_paths: Sequence[Path], sequence: Path) -> Any:
    layer = new_layer(shot.pacing.rate, comment=f"Layout of {shot.code}: assets, variants, camera.")
    prim(layer, "/shot")
    for use in shot.sets:
        add_set(layer, use, search_paths)
    _leave_out_unpinned_sets(layer, shot, sequence)
    for subject in shot.subjects:
        _add_subject(layer, subject, search_paths)
    _add_camera(layer, shot)
    _add_render_settings(layer, shot)
    return layer


def add_set(layer: Any, use: SetUse, search_paths: Sequence[Path]) -> None:
    mark = BlockingKey(frame=0, position=use.position, heading=use.heading)
    _add_reference(layer, f"/shot/env/{use.name}", use.asset, use.pin, use.variants, search_paths, mark, 1.0)


def _add_subject(layer: Any, subject: Subject, search_paths: Sequence[Path]) -> None:
    mark = subject.blocking[0] if subject.blocking else BlockingKey(frame=0)
    path, variants = subject_path(subject), subject.variants
    _add_reference(layer, path, subject.asset, subject.pin, variants, search_paths, mark, subject.scale)


def _add_reference(
    layer: Any,
    path: str,
    asset: str,
    pin: Pin,
    variants: Sequence[tuple[str, str]],
    search_paths: Sequence[Path],
    mark: BlockingKey,
    scale: float,
) -> None:
    from pxr import Sdf

    found = locate(asset, search_paths)
    open_asset(found, search_paths, variants)
    subject = prim(layer, path, "Xform", kind="group")
    subject.customData = {
        "assetlib": {"name": pin.name, "entity": pin.entity, "version": pin.version, "digest": pin.digest}
    }
    _place(subject, mark, scale, found)
    reference = prim(layer, f"{path}/asset", "Xform")
    # Explicit, not prepended: a sequence that refers to another version must not compose underneath.
    reference.referenceList.explicitItems = [Sdf.Reference(asset)]
    for name, choice in variants:
        reference.variantSelections[name] = choice


def _place(subject: Any, mark: BlockingKey, scale: float, asset: Path) -> None:
    """Marks first, then the asset's own units and up axis into the shot's: references convert neither."""
    units = units_of(asset)
    attribute(subject, "xformOp:translate:blocking", "double3", _centimeters(mark.position))
    attribute(subject, "xformOp:rotateY:blocking", "float", round(mark.heading, 6))
    order = ["xformOp:translate:blocking", "xformOp:rotateY:blocking"]
    factor = scale * units.meters_per_unit / METERS_PER_UNIT
    if abs(factor - 1.0) > 1e-9:
        attribute(subject, "xformOp:scale:size", "float3", vector((factor, factor, factor)))
        order.append("xformOp:scale:size")
    if units.z_up:
        attribute(subject, "xformOp:rotateX:upAxis", "float", -90.0)
        order.append("xformOp:rotateX:upAxis")
    transform_order(subject, order)


def _leave_out_unpinned_sets(layer: Any, shot: ShotDescription, sequence: Path) -> None:
    """Only what the shot pins is pictured: deactivate the sequence's other sets."""
    from pxr import Sdf

    shared = Sdf.Layer.FindOrOpen(str(sequence))
    env = shared.GetPrimAtPath("/shot/env") if shared else None
    pinned = {use.name for use in shot.sets}
    for child in env.nameChildren if env else ():
        if child.name not in pinned:
            prim(layer, f"/shot/env/{child.name}").active = False


def _add_camera(layer: Any, shot: ShotDescription) -> None:
    camera, frames = shot.camera, range(shot.pacing.first, shot.pacing.last + 2)
    spec = prim(layer, f"/shot/cams/{camera.name}", "Camera")
    values = travel([key.frame for key in camera.keys], _camera_rows(camera), frames, camera.ease)
    values[:, 3:6] = _turns(values)
    columns = {frame: [float(v) for v in row] for frame, row in zip(frames, values, strict=True)}
    samples(spec, "xformOp:translate", "double3", {f: _centimeters(row[0:3]) for f, row in columns.items()})
    samples(spec, "xformOp:rotateZXY", "float3", {f: vector(row[3:6]) for f, row in columns.items()})
    transform_order(spec, ["xformOp:translate", "xformOp:rotateZXY"])
    samples(spec, "focalLength", "float", {f: round(row[6], 5) for f, row in columns.items()})
    samples(spec, "focusDistance", "float", {f: round(row[7] * UNITS_PER_METER, 4) for f, row in columns.items()})
    samples(spec, "fStop", "float", {f: round(row[8], 4) for f, row in columns.items()})
    attribute(spec, "horizontalAperture", "float", camera.aperture[0])
    attribute(spec, "verticalAperture", "float", camera.aperture[1])
    attribute(spec, "clippingRange", "float2", _float2(0.05 * UNITS_PER_METER, 1000.0 * UNITS_PER_METER))


def _camera_rows(camera: ShotCamera) -> Array:
    return np.array(
        [
            (*key.position, *key.look_at, key.focal_length, _focus(key), key.f_stop, key.roll)
            for key in sorted(camera.keys, key=lambda key: key.frame)
        ],
        dtype=np.float64,
    )


def _focus(key: CameraKey) -> float:
    if key.focus_distance is not None:
        return key.focus_distance
    return float(np.linalg.norm(np.subtract(key.look_at, key.position)))


def _turns(values: Array) -> Array:
    """The rotation at each sample from where the camera is and what it looks at, without full-turn jumps."""
    turns = [aim(tuple(row[0:3]), tuple(row[3:6]), float(row[9])) for row in values]
    return unwound(np.array(turns, dtype=np.float64))


def _add_render_settings(layer: Any, shot: ShotDescription) -> None:
    from pxr import Gf

    prim(layer, "/Render", "Scope")
    settings = prim(layer, "/Render/previs", "RenderSettings")
    relationship(settings, "camera", [f"/shot/cams/{shot.camera.name}"])
    attribute(settings, "resolution", "int2", Gf.Vec2i(*shot.resolution), uniform=True)
    relationship(settings, "products", ["/Render/previs/frames"])
    product = prim(layer, "/Render/previs/frames", "RenderProduct")
    attribute(product, "productName", "token", f"{shot.code}.####.exr")
    relationship(product, "orderedVars", ["/Render/previs/frames/beauty"])
    beauty = prim(layer, "/Render/previs/frames/beauty", "RenderVar")
    attribute(beauty, "sourceName", "string", "color", uniform=True)


def _centimeters(meters: Sequence[float]) -> Any:
    return vector([value * UNITS_PER_METER for value in meters], double=True)


def _float2(a: float, b: float) -> Any:
    from pxr import Gf

    return Gf.Vec2f(a, b)
