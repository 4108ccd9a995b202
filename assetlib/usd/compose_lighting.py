"""The lighting department: UsdLux lights under /shot/lgt, and the color behind everything."""

from __future__ import annotations

from typing import Any

from assetlib.model.scene import LightKind
from assetlib.model.shot_description import ShotDescription, ShotLight
from assetlib.usd.errors import UsdError
from assetlib.usd.moves import aim
from assetlib.usd.specs import UNITS_PER_METER, attribute, new_layer, prim, samples, transform_order, vector

_TYPES = {
    LightKind.DISTANT: ("DistantLight", ("angle",)),
    LightKind.SPHERE: ("SphereLight", ("radius",)),
    LightKind.RECT: ("RectLight", ("width", "height")),
    LightKind.DISK: ("DiskLight", ("radius",)),
    LightKind.DOME: ("DomeLight", ()),
}


def lighting_layer(shot: ShotDescription) -> Any:
    layer = new_layer(shot.pacing.rate, comment=f"Lighting of {shot.code}.")
    top = prim(layer, "/shot")
    attribute(top, "assetlib:background", "color3f", vector(shot.background))
    for light in shot.lights:
        _add_light(layer, light)
    return layer


def _add_light(layer: Any, light: ShotLight) -> None:
    type_name, sizes = _TYPES[light.kind]
    if light.size and len(light.size) != len(sizes):
        wanted = ", ".join(sizes) or "no size"
        raise UsdError(f"light {light.name}: a {light.kind.value} light takes ({wanted}), found {light.size}")
    spec = prim(layer, f"/shot/lgt/{light.name}", type_name)
    for name, value in zip(sizes, light.size, strict=False):
        attribute(spec, f"inputs:{name}", "float", value if name == "angle" else value * UNITS_PER_METER)
    _add_brightness(spec, light)
    if light.kind is not LightKind.DOME:
        _aim_light(spec, light)


def _add_brightness(spec: Any, light: ShotLight) -> None:
    if light.intensity_keys:
        samples(spec, "inputs:intensity", "float", {frame: float(value) for frame, value in light.intensity_keys})
    else:
        attribute(spec, "inputs:intensity", "float", float(light.intensity))
    attribute(spec, "inputs:exposure", "float", float(light.exposure))
    attribute(spec, "inputs:color", "color3f", vector(light.color))
    if light.kind is not LightKind.DOME:
        attribute(spec, "inputs:normalize", "bool", light.normalize)
    if light.temperature is not None:
        attribute(spec, "inputs:enableColorTemperature", "bool", True)
        attribute(spec, "inputs:colorTemperature", "float", float(light.temperature))


def _aim_light(spec: Any, light: ShotLight) -> None:
    position = [value * UNITS_PER_METER for value in light.position]
    attribute(spec, "xformOp:translate", "double3", vector(position, double=True))
    attribute(spec, "xformOp:rotateZXY", "float3", vector(aim(light.position, light.look_at)))
    transform_order(spec, ["xformOp:translate", "xformOp:rotateZXY"])
