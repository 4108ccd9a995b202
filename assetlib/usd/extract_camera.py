"""The camera a stage means, at a frame and the next, in millimeters and meters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from assetlib.model.scene import Camera

_FILMBACK_LIMIT_MM = 200.0


def find_camera(stage: Any, cameras: Sequence[Any], wanted: str | None) -> Any | None:
    """The camera prim at `wanted`, else that of the stage's render settings, else the first one; None without any."""
    from pxr import UsdGeom, UsdRender

    if wanted is not None:
        prim = stage.GetPrimAtPath(wanted)
        return prim if prim and prim.IsA(UsdGeom.Camera) else None
    settings = UsdRender.Settings.GetStageRenderSettings(stage)
    named = settings.GetCameraRel().GetTargets() if settings else []
    for path in named:
        prim = stage.GetPrimAtPath(path)
        if prim and prim.IsA(UsdGeom.Camera):
            return prim
    return cameras[0] if cameras else None


def camera_at(
    prim: Any, time: float, to_scene: npt.NDArray[np.float64], next_to_scene: npt.NDArray[np.float64], meters: float
) -> Camera:
    """UsdGeomCamera gives lens and filmback in tenths of a stage unit, distances in stage units."""
    from pxr import UsdGeom

    camera = UsdGeom.Camera(prim)
    lens_mm = _lens_unit(float(camera.GetHorizontalApertureAttr().Get(time)), meters)
    near, far = (float(value) * meters for value in camera.GetClippingRangeAttr().Get(time))
    return Camera(
        path=str(prim.GetPath()),
        to_world=_columns(to_scene),
        next_to_world=_columns(next_to_scene),
        focal_length=float(camera.GetFocalLengthAttr().Get(time)) * lens_mm,
        horizontal_aperture=float(camera.GetHorizontalApertureAttr().Get(time)) * lens_mm,
        vertical_aperture=float(camera.GetVerticalApertureAttr().Get(time)) * lens_mm,
        horizontal_offset=float(camera.GetHorizontalApertureOffsetAttr().Get(time)) * lens_mm,
        vertical_offset=float(camera.GetVerticalApertureOffsetAttr().Get(time)) * lens_mm,
        near=near,
        far=far,
        focus_distance=float(camera.GetFocusDistanceAttr().Get(time)) * meters,
        f_stop=float(camera.GetFStopAttr().Get(time)),
    )


def _lens_unit(aperture: float, meters: float) -> float:
    """Millimeters in a lens unit. Many tools write millimeters into a stage in meters; no filmback is 20 cm wide."""
    strict = 100.0 * meters
    return 1.0 if aperture * strict > _FILMBACK_LIMIT_MM else strict


def _columns(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """A row-vector matrix as a rigid column-vector one: a camera's scale does not change its view."""
    rigid = np.eye(4, dtype=np.float32)
    axes = matrix[:3, :3] / np.linalg.norm(matrix[:3, :3], axis=1, keepdims=True)
    rigid[:3, :3], rigid[:3, 3] = axes.T, matrix[3, :3]
    return rigid


def camera_around(low: npt.NDArray[np.float32], high: npt.NDArray[np.float32]) -> Camera:
    """A 50 mm camera in front and a little above that sees the whole box; for stages that bring no camera."""
    from assetlib.usd.moves import aim

    middle, radius = (low + high) / 2, max(float(np.linalg.norm(high - low)) / 2, 1e-3)
    position = middle + np.array([0.35, 0.25, 1.0]) * radius * 4.6
    matrix = facing(tuple(map(float, position)), tuple(map(float, middle)), aim)
    return Camera(
        path="",
        to_world=matrix,
        next_to_world=matrix,
        focal_length=50.0,
        horizontal_aperture=36.0,
        vertical_aperture=20.25,
        near=radius * 0.01,
        far=radius * 100.0,
        focus_distance=radius * 4.6,
    )


def facing(position: Any, look_at: Any, aim: Any) -> npt.NDArray[np.float32]:
    """Column-vector matrix of a camera at `position` that looks at `look_at`."""
    from pxr import Gf

    pitch, yaw, _ = aim(position, look_at)
    turn = Gf.Matrix4d().SetRotate(Gf.Rotation(Gf.Vec3d(1, 0, 0), pitch) * Gf.Rotation(Gf.Vec3d(0, 1, 0), yaw))
    turn.SetTranslateOnly(Gf.Vec3d(*position))
    return _columns(np.array(turn))
