"""Small real assets for the tests of this room, written through pxr."""

from __future__ import annotations

from pathlib import Path

from pxr import Gf, Sdf, Usd, UsdGeom, UsdSkel

from assetlib.model.shot import Pin
from assetlib.usd.plugin import load
from provenance.digest import digest_bytes

load()  # schemas can only be registered before the first stage of the process


def pin(name: str, folder: str = "characters") -> Pin:
    return Pin(name=name, entity=f"assetlib:///{folder}/{name}", version="v001", digest=digest_bytes(name.encode()))


def new_stage(path: Path, *, meters: float = 1.0, up: str = "Y", rate: float = 24.0) -> Usd.Stage:
    path.parent.mkdir(parents=True, exist_ok=True)
    stage = Usd.Stage.CreateNew(str(path))
    UsdGeom.SetStageUpAxis(stage, up)
    UsdGeom.SetStageMetersPerUnit(stage, meters)
    stage.SetTimeCodesPerSecond(rate)
    stage.SetDefaultPrim(UsdGeom.Xform.Define(stage, f"/{path.stem}").GetPrim())
    return stage


def add_box(stage: Usd.Stage, path: str, low: tuple[float, ...], high: tuple[float, ...]) -> UsdGeom.Mesh:
    """An axis-aligned box of six outward quads, flat shaded."""
    corners = [(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    mesh = UsdGeom.Mesh.Define(stage, path)
    mesh.CreatePointsAttr(corners)
    mesh.CreateFaceVertexCountsAttr([4] * 6)
    faces = [0, 1, 3, 2, 4, 6, 7, 5, 0, 4, 5, 1, 2, 3, 7, 6, 0, 2, 6, 4, 1, 5, 7, 3]
    mesh.CreateFaceVertexIndicesAttr(faces)
    mesh.CreateSubdivisionSchemeAttr("none")
    return mesh


def write_box_asset(root: Path, name: str, *, height: float = 1.8, meters: float = 1.0, up: str = "Y") -> str:
    """A box 0.5 m wide that stands on the ground, `height` meters tall; returns its search path."""
    asset = f"characters/{name}/v001/{name}.usda"
    stage = new_stage(root / asset, meters=meters, up=up)
    w, h = 0.25 / meters, height / meters
    low, high = ((-w, 0.0, -w), (w, h, w)) if up == "Y" else ((-w, -w, 0.0), (w, w, h))
    add_box(stage, f"/{name}/geo", low, high)
    colors = stage.GetPrimAtPath(f"/{name}").GetVariantSets().AddVariantSet("costume")
    for choice in ("summer", "winter"):
        colors.AddVariant(choice)
    colors.SetVariantSelection("summer")
    stage.Save()
    return asset


def write_puppet(root: Path, name: str = "puppet", *, rate: float = 24.0, clip_frames: int = 12) -> str:
    """A two-joint column, 2 m tall; clip 'bend' turns the upper joint 0° → 90° about Z; returns its search path."""
    asset = f"characters/{name}/v001/{name}.usda"
    stage = new_stage(root / asset, rate=rate)
    skel_root = UsdSkel.Root.Define(stage, f"/{name}/body")
    joints = ["hips", "hips/chest"]
    rest = [Gf.Matrix4d(1), Gf.Matrix4d().SetTranslate((0, 1, 0))]
    skeleton = UsdSkel.Skeleton.Define(stage, f"/{name}/body/skeleton")
    skeleton.CreateJointsAttr(joints)
    skeleton.CreateRestTransformsAttr(rest)
    skeleton.CreateBindTransformsAttr(rest)
    _bend(stage, f"/{name}/body/clips/bend", joints, clip_frames)
    box = add_box(stage, f"/{name}/body/geo", (-0.1, 0.0, -0.1), (0.1, 2.0, 0.1))
    binding = UsdSkel.BindingAPI.Apply(box.GetPrim())
    binding.CreateSkeletonRel().SetTargets([skeleton.GetPath()])
    top = [1 if point[1] > 1 else 0 for point in box.GetPointsAttr().Get()]
    binding.CreateJointIndicesPrimvar(False, 1).Set(top)
    binding.CreateJointWeightsPrimvar(False, 1).Set([1.0] * 8)
    UsdSkel.BindingAPI.Apply(skel_root.GetPrim())
    stage.Save()
    return asset


def _bend(stage: Usd.Stage, path: str, joints: list[str], frames: int) -> None:
    clip = UsdSkel.Animation.Define(stage, path)
    clip.CreateJointsAttr(joints)
    clip.CreateTranslationsAttr([(0, 0, 0), (0, 1, 0)])
    clip.CreateScalesAttr([(1, 1, 1), (1, 1, 1)])
    rotations = clip.CreateRotationsAttr()
    for frame in range(frames + 1):
        turned = Gf.Quatf(Gf.Rotation(Gf.Vec3d(0, 0, 1), 90.0 * frame / frames).GetQuat())
        rotations.Set([Gf.Quatf(1), turned], float(frame))


def edit_attribute(path: Path, prim: str, name: str, value: object) -> None:
    """What a person does with a text editor: change one default in one layer."""
    layer = Sdf.Layer.FindOrOpen(str(path))
    spec = layer.GetAttributeAtPath(f"{prim}.{name}")
    for time in layer.ListTimeSamplesForPath(spec.path):
        layer.EraseTimeSample(spec.path, time)
    spec.default = value
    layer.Save()
