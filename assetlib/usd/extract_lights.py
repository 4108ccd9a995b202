"""UsdLux lights at a frame, with sizes in meters and their color as radiance in linear Rec.709."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Light, LightKind
from assetlib.usd.extract_mesh import unit

_KINDS = {
    "DistantLight": (LightKind.DISTANT, ("angle",), (0.53,)),
    "SphereLight": (LightKind.SPHERE, ("radius",), (0.5,)),
    "RectLight": (LightKind.RECT, ("width", "height"), (1.0, 1.0)),
    "DiskLight": (LightKind.DISK, ("radius",), (0.5,)),
    "CylinderLight": (LightKind.SPHERE, ("radius",), (0.5,)),
    "DomeLight": (LightKind.DOME, (), ()),
    "DomeLight_1": (LightKind.DOME, (), ()),
}
LIGHT_TYPES = tuple(_KINDS)
_POINT_RADIUS_METERS = 0.005
_AREA = (LightKind.SPHERE, LightKind.RECT, LightKind.DISK)


def light_at(
    prim: Any, time: float, to_scene: npt.NDArray[np.float64], meters: float, texture: Callable[[Any], int | None]
) -> Light:
    """One light. `to_scene` is its row-vector matrix into the scene, `meters` the size of a stage unit."""
    kind, names, fallbacks = _KINDS[prim.GetTypeName()]
    axes = to_scene[:3, :3]
    stretch = np.linalg.norm(axes, axis=1)
    sizes = tuple(float(_value(prim, name, time, f)) for name, f in zip(names, fallbacks, strict=True))
    color = _color(prim, time)
    normalize = bool(_value(prim, "normalize", time, False))
    if kind in _AREA:
        sizes = tuple(size * float(s) for size, s in zip(sizes, stretch, strict=False))
        if prim.GetTypeName() == "SphereLight" and _value(prim, "treatAsPoint", time, False, prefix=""):
            sizes = (max(sizes[0], _POINT_RADIUS_METERS),)
        if normalize:
            # UsdLux divides by the area in stage units, passes by square meters.
            color = color * meters**2
    image = _value(prim, "texture:file", time, None) if kind in (LightKind.DOME, LightKind.RECT) else None
    return Light(
        path=str(prim.GetPath()),
        kind=kind,
        transform=_rigid(to_scene),
        color=(float(color[0]), float(color[1]), float(color[2])),
        size=sizes,
        texture=texture(image) if image and image.path else None,
        normalize=normalize,
    )


def light_warnings(prim: Any) -> list[str]:
    """What of a light previs does not honor, in sentences."""
    path, found = prim.GetPath(), []
    if prim.GetTypeName() == "CylinderLight":
        found.append(f"{path}: a cylinder light is pictured as a sphere")
    if shaped := _shaping(prim):
        found.append(f"{path}: light shaping is ignored ({', '.join(shaped)})")
    if any(prim.GetRelationship(f"collection:{name}:excludes").HasAuthoredTargets() for name in _LINKS):
        found.append(f"{path}: light linking is ignored")
    return found


def _shaping(prim: Any) -> list[str]:
    """The shaping controls whose values change the light; many exporters write the neutral ones."""
    narrow = float(_value(prim, "shaping:cone:angle", 0.0, 90.0)) < 90.0
    focus = float(_value(prim, "shaping:focus", 0.0, 0.0)) > 0.0
    profile = _value(prim, "shaping:ies:file", 0.0, None)
    used = {"cone": narrow, "focus": focus, "ies": bool(profile and profile.path)}
    return [name for name, is_used in used.items() if is_used]


_LINKS = ("lightLink", "shadowLink")


def _value(prim: Any, name: str, time: float, fallback: Any, *, prefix: str = "inputs:") -> Any:
    attribute = prim.GetAttribute(prefix + name)
    value = attribute.Get(time) if attribute else None
    return fallback if value is None else value


def _color(prim: Any, time: float) -> npt.NDArray[np.float64]:
    from pxr import UsdLux

    color = np.array(_value(prim, "color", time, (1.0, 1.0, 1.0)), np.float64)
    if _value(prim, "enableColorTemperature", time, False):
        color *= np.array(UsdLux.BlackbodyTemperatureAsRgb(float(_value(prim, "colorTemperature", time, 6500.0))))
    intensity = float(_value(prim, "intensity", time, 50000.0 if prim.GetTypeName() == "DistantLight" else 1.0))
    bright = color * intensity * 2.0 ** float(_value(prim, "exposure", time, 0.0))
    return np.asarray(np.nan_to_num(np.maximum(bright, 0.0), posinf=0.0), np.float64)


def _rigid(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Column-vector matrix with the turn and place of a row-vector one, without its scale."""
    rigid = np.eye(4, dtype=np.float32)
    rigid[:3, :3] = unit(matrix[:3, :3].astype(np.float32)).T
    rigid[:3, 3] = matrix[3, :3]
    return rigid
