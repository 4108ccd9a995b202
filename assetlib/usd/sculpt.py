"""Writes a model of plain arrays as USD: meshes, preview materials, textures, skeleton and clips.

One layer a department, as an asset's layout asks for it: ``geo.usdc`` (meshes and weights), ``skel.usdc`` (skeleton
and clips), ``mtl.usda`` (materials) and ``maps/*.png``, all sublayers of ``payload.usda``. The same model gives the
same bytes. Under the asset's prim lie ``geo`` (a SkelRoot when there is a skeleton) and ``mtl``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from assetlib.model.model_description import MeshDescription, ModelDescription
from assetlib.usd.plugin import load
from assetlib.usd.shading import bind_faces, write_materials, write_textures
from assetlib.usd.skeleton import bind_skin, write_skeleton

TIME_CODES_PER_SECOND = 24
PAYLOAD = "payload.usda"


def write_model(model: ModelDescription, folder: Path, prim_name: str | None = None) -> Path:
    """Write `model` into `folder` and return ``payload.usda``, whose default prim is `prim_name` or the model's name.

    Layers say metersPerUnit 1, Y up, 24 time codes a second; frame 0 of every clip is time code 0.
    """
    load()
    from pxr import Usd

    folder.mkdir(parents=True, exist_ok=True)
    name = prim_name or model.name
    layers = {layer: new_layer(folder / layer, name) for layer in _departments(model)}
    payload = new_layer(folder / PAYLOAD, name)
    payload.subLayerPaths = [f"./{layer}" for layer in layers]
    stage = Usd.Stage.Open(payload)
    with Usd.EditContext(stage, layers["geo.usdc"]):
        _write_geometry(stage, model, f"/{name}")
    if "skel.usdc" in layers:
        with Usd.EditContext(stage, layers["skel.usdc"]):
            write_skeleton(stage, model, f"/{name}/geo", TIME_CODES_PER_SECOND)
    if "mtl.usda" in layers:
        maps = write_textures(model, folder / "maps")
        with Usd.EditContext(stage, layers["mtl.usda"]):
            write_materials(stage, model, f"/{name}/mtl", maps)
    for layer in (*layers.values(), payload):
        layer.Save()
    return folder / PAYLOAD


def new_layer(path: Path, default_prim: str) -> Any:
    """An empty layer file with the metadata every layer of ours states: units, up axis, rate, default prim."""
    from pxr import Sdf

    layer = Sdf.Layer.CreateNew(str(path))
    layer.defaultPrim = default_prim
    layer.pseudoRoot.SetInfo("metersPerUnit", 1.0)
    layer.pseudoRoot.SetInfo("upAxis", "Y")
    layer.timeCodesPerSecond = layer.framesPerSecond = TIME_CODES_PER_SECOND
    return layer


def _departments(model: ModelDescription) -> tuple[str, ...]:
    """Strongest first: a clip or a material may say more about a mesh than the mesh itself."""
    skeleton = ("skel.usdc",) if model.skeleton else ()
    materials = ("mtl.usda",) if model.materials else ()
    return (*skeleton, *materials, "geo.usdc")


def _write_geometry(stage: Any, model: ModelDescription, root: str) -> None:
    from pxr import UsdGeom, UsdSkel

    UsdGeom.Xform.Define(stage, root)
    scope = UsdSkel.Root if model.skeleton else UsdGeom.Scope
    scope.Define(stage, f"{root}/geo")
    for mesh in model.meshes:
        prim = _write_mesh(stage, mesh, f"{root}/geo/{mesh.name}")
        if model.materials:
            bind_faces(prim, mesh, [f"{root}/mtl/{m.name}" for m in model.materials])
        if model.skeleton:
            bind_skin(prim, mesh, f"{root}/geo/skeleton")


def _write_mesh(stage: Any, mesh: MeshDescription, path: str) -> Any:
    from pxr import Sdf, UsdGeom, Vt

    made = UsdGeom.Mesh.Define(stage, path)
    points = np.ascontiguousarray(mesh.points, np.float32)
    made.CreatePointsAttr(Vt.Vec3fArray.FromNumpy(points))
    made.CreateFaceVertexCountsAttr(Vt.IntArray.FromNumpy(_ints(mesh.face_counts)))
    made.CreateFaceVertexIndicesAttr(Vt.IntArray.FromNumpy(_ints(mesh.face_indices)))
    made.CreateExtentAttr(Vt.Vec3fArray.FromNumpy(np.stack([points.min(0), points.max(0)])))
    made.CreateSubdivisionSchemeAttr("catmullClark" if mesh.subdivide else "none")
    made.CreateDoubleSidedAttr(mesh.double_sided)
    if mesh.normals is not None and not mesh.subdivide:  # a subdivided surface makes its own
        made.CreateNormalsAttr(Vt.Vec3fArray.FromNumpy(np.ascontiguousarray(mesh.normals, np.float32)))
        made.SetNormalsInterpolation("faceVarying")
    if mesh.uv is not None:
        st = UsdGeom.PrimvarsAPI(made).CreatePrimvar("st", Sdf.ValueTypeNames.TexCoord2fArray, "faceVarying")
        st.Set(Vt.Vec2fArray.FromNumpy(np.ascontiguousarray(mesh.uv, np.float32)))
    _write_label(made.GetPrim(), mesh.label)
    return made.GetPrim()


def _write_label(prim: Any, label: str) -> None:
    from pxr import UsdSemantics

    if label:
        UsdSemantics.LabelsAPI.Apply(prim, "assetlib").CreateLabelsAttr([label])


def _ints(array: Any) -> Any:
    return np.ascontiguousarray(array, np.int32)
