"""A figure, prop or set as plain arrays, before USD: what a modeler in code hands to `assetlib.usd.sculpt`.

Space: right-handed, Y up, meters, a figure stands at the origin and looks along +Z. Matrices are 4×4, row-major,
acting on column vectors (p' = M @ p), as in `assetlib.model.scene`. Rotations are unit quaternions (w, x, y, z).
Every value checks its own shapes when made, so a model that exists can be written.

>>> plane = MeshDescription(
...     name="floor",
...     points=np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]], np.float32),
...     face_counts=np.array([4], np.int32),
...     face_indices=np.array([3, 2, 1, 0], np.int32),
... )
>>> ModelDescription(name="stage", meshes=(plane,), materials=(Material(name="wood"),)).meshes[0].corner_count
4
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction

import numpy as np

from assetlib.model.scene import Floats, Ints, Material, Texture
from provenance.digest import Digest

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class UnfitModel(ValueError):
    """Arrays that do not fit together; the message names the part, what was expected and what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshDescription:
    """Polygons of any size. V points, F faces, C corners (the sum of `face_counts`).

    points (V, 3); face_counts (F,); face_indices (C,), counter-clockwise seen from outside; normals (C, 3) per
    corner, or None for flat polygons; uv (C, 2) per corner with v up; `material` for all faces, or face_materials
    (F,) for each: indices into `ModelDescription.materials`. joints, weights (V, K): influences on the skeleton,
    each row of weights adds up to 1. `label` is the part's class for segmentation ("head", "coat", "floor").
    """

    name: str
    points: Floats
    face_counts: Ints
    face_indices: Ints
    normals: Floats | None = None
    uv: Floats | None = None
    material: int = 0
    face_materials: Ints | None = None
    joints: Ints | None = None
    weights: Floats | None = None
    double_sided: bool = False
    subdivide: bool = False
    label: str = ""

    def __post_init__(self) -> None:
        _require_identifier("mesh", self.name)
        _require_shape(self.name, "points", self.points, (None, 3))
        _require_finite(self.name, "points", self.points)
        corners, faces = int(self.face_counts.sum()), len(self.face_counts)
        _require_shape(self.name, "face_indices", self.face_indices, (corners,))
        _require_range(self.name, "face_indices", self.face_indices, len(self.points))
        for field, array, shape in (
            ("normals", self.normals, (corners, 3)),
            ("uv", self.uv, (corners, 2)),
            ("face_materials", self.face_materials, (faces,)),
        ):
            if array is not None:
                _require_shape(self.name, field, array, shape)
                _require_finite(self.name, field, array)
        self._require_whole_skinning()

    def _require_whole_skinning(self) -> None:
        if (self.joints is None) != (self.weights is None):
            raise UnfitModel(f"mesh {self.name!r}: expected joints and weights together, found one of them")
        if self.joints is None or self.weights is None:
            return
        _require_shape(self.name, "joints", self.joints, (len(self.points), None))
        _require_shape(self.name, "weights", self.weights, self.joints.shape)
        if not np.allclose(self.weights.sum(axis=1), 1.0, atol=1e-3):
            raise UnfitModel(f"mesh {self.name!r}: expected weights that add up to 1 at every point")

    @property
    def corner_count(self) -> int:
        return len(self.face_indices)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkeletonDescription:
    """Joints as paths, parents first (``hips``, ``hips/spine``, …), with J matrices each.

    bind (J, 4, 4): joint → model space in the pose the mesh was weighted in. rest (J, 4, 4): joint → parent joint.
    """

    joints: tuple[str, ...]
    bind: Floats
    rest: Floats

    def __post_init__(self) -> None:
        for index, joint in enumerate(self.joints):
            for part in joint.split("/"):
                _require_identifier("joint", part)
            parent = joint.rpartition("/")[0]
            if parent and parent not in self.joints[:index]:
                raise UnfitModel(f"joint {joint!r}: expected its parent {parent!r} earlier in the list")
        if len(set(self.joints)) != len(self.joints):
            raise UnfitModel("skeleton: expected every joint once, found a joint twice")
        for field, array in (("bind", self.bind), ("rest", self.rest)):
            _require_shape("skeleton", field, array, (len(self.joints), 4, 4))
            _require_finite("skeleton", field, array)

    def parent_of(self, index: int) -> int:
        """Index of the parent joint, -1 for a root."""
        parent = self.joints[index].rpartition("/")[0]
        return self.joints.index(parent) if parent else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipDescription:
    """An animation clip: N frames for J joints, joint → parent joint, in the order of the skeleton.

    translations (N, J, 3) in meters; rotations (N, J, 4) as w, x, y, z; scales (N, J, 3) or None for 1.
    Frame 0 of the clip is its first frame; `loops` says that frame N would equal frame 0.
    """

    name: str
    translations: Floats
    rotations: Floats
    scales: Floats | None = None
    rate: Fraction = Fraction(24)
    loops: bool = False

    def __post_init__(self) -> None:
        _require_identifier("clip", self.name)
        _require_shape(self.name, "translations", self.translations, (None, None, 3))
        shape = self.translations.shape[:2]
        _require_shape(self.name, "rotations", self.rotations, (*shape, 4))
        if self.scales is not None:
            _require_shape(self.name, "scales", self.scales, (*shape, 3))
        for field, array in (("translations", self.translations), ("rotations", self.rotations)):
            _require_finite(self.name, field, array)
        if not np.allclose(np.linalg.norm(self.rotations, axis=-1), 1.0, atol=1e-3):
            raise UnfitModel(f"clip {self.name!r}: expected unit quaternions as rotations")

    @property
    def frame_count(self) -> int:
        return len(self.translations)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantDescription:
    """A choice in a variant set (``costume``, ``age``, ``look``): meshes to hide, materials to swap by mesh name."""

    variant_set: str
    name: str
    hidden: tuple[str, ...] = ()
    materials: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        _require_identifier("variant set", self.variant_set)
        _require_identifier("variant", self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDescription:
    """A whole model. Materials index `textures`, meshes index `materials`; the first variant of a set is chosen."""

    name: str
    meshes: tuple[MeshDescription, ...]
    materials: tuple[Material, ...] = ()
    textures: tuple[Texture, ...] = ()
    skeleton: SkeletonDescription | None = None
    clips: tuple[ClipDescription, ...] = ()
    variants: tuple[VariantDescription, ...] = ()

    def __post_init__(self) -> None:
        _require_identifier("model", self.name)
        for kind, names in (
            ("mesh", [m.name for m in self.meshes]),
            ("material", [m.name for m in self.materials]),
            ("texture", [t.name for t in self.textures]),
            ("clip", [c.name for c in self.clips]),
        ):
            for name in names:
                _require_identifier(kind, name)
            if len(set(names)) != len(names):
                raise UnfitModel(f"model {self.name!r}: expected every {kind} name once, found {names}")
        for mesh in self.meshes:
            self._require_known_materials(mesh)
            self._require_known_joints(mesh)
        for material in self.materials:
            self._require_known_textures(material)
        self._require_fitting_clips()
        self._require_known_variants()

    def digest(self) -> Digest:
        """Digest over every number and name in it; equal models have equal digests."""
        hasher = hashlib.sha256()
        _feed(hasher, self)
        return Digest("sha256:" + hasher.hexdigest())

    def _require_known_materials(self, mesh: MeshDescription) -> None:
        used = np.array([mesh.material]) if mesh.face_materials is None else mesh.face_materials
        if self.materials or mesh.face_materials is not None:
            _require_range(mesh.name, "material", used, len(self.materials))

    def _require_known_joints(self, mesh: MeshDescription) -> None:
        if mesh.joints is None:
            return
        if self.skeleton is None:
            raise UnfitModel(f"mesh {mesh.name!r}: is weighted to joints, but the model has no skeleton")
        _require_range(mesh.name, "joints", mesh.joints, len(self.skeleton.joints))

    def _require_known_textures(self, material: Material) -> None:
        for index in texture_indices(material):
            if not 0 <= index < len(self.textures):
                raise UnfitModel(
                    f"material {material.name!r}: expected a texture index below {len(self.textures)}, found {index}"
                )

    def _require_fitting_clips(self) -> None:
        joints = len(self.skeleton.joints) if self.skeleton else 0
        for clip in self.clips:
            if clip.translations.shape[1] != joints:
                found = clip.translations.shape[1]
                raise UnfitModel(f"clip {clip.name!r}: expected {joints} joints, found {found}")

    def _require_known_variants(self) -> None:
        meshes = {m.name for m in self.meshes}
        for variant in self.variants:
            unknown = {*variant.hidden, *(name for name, _ in variant.materials)} - meshes
            if unknown:
                raise UnfitModel(f"variant {variant.name!r}: no mesh named {', '.join(sorted(unknown))}")
            for _, index in variant.materials:
                _require_range(variant.name, "material", np.array([index]), len(self.materials))


def _feed(hasher: hashlib._Hash, value: object) -> None:
    """Every value with its kind and length before it, so that no two models run together."""
    if isinstance(value, np.ndarray):
        hasher.update(f"array {value.dtype.str} {value.shape};".encode())
        hasher.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, tuple):
        hasher.update(f"tuple {len(value)};".encode())
        for item in value:
            _feed(hasher, item)
    elif is_dataclass(value):
        hasher.update(f"{type(value).__name__} {len(fields(value))};".encode())
        for field in fields(value):
            _feed(hasher, getattr(value, field.name))
    else:
        text = repr(value).encode()
        hasher.update(f"{type(value).__name__} {len(text)};".encode() + text)


def texture_indices(material: Material) -> tuple[int, ...]:
    """The textures a material reads, in a fixed order."""
    slots = (
        material.base_color_texture,
        material.roughness_texture,
        material.metallic_texture,
        material.emissive_texture,
        material.opacity_texture,
    )
    return tuple(index for index in slots if index is not None)


def _require_identifier(kind: str, name: str) -> None:
    if not _IDENTIFIER.fullmatch(name):
        raise UnfitModel(f"expected a {kind} name of letters, digits and '_' that starts with no digit, found {name!r}")


def _require_shape(part: str, field: str, array: Floats | Ints, shape: tuple[int | None, ...]) -> None:
    fits = array.ndim == len(shape) and all(want in (None, have) for want, have in zip(shape, array.shape, strict=True))
    if not fits:
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise UnfitModel(f"{part!r}: expected {field} of shape ({wanted}), found {array.shape}")


def _require_range(part: str, field: str, array: Ints, limit: int) -> None:
    if array.size and not (array.min() >= 0 and array.max() < limit):
        raise UnfitModel(f"{part!r}: expected {field} from 0 to {limit - 1}, found {array.min()} to {array.max()}")


def _require_finite(part: str, field: str, array: Floats | Ints) -> None:
    if not np.isfinite(array).all():
        raise UnfitModel(f"{part!r}: {field} contains a value that is not a finite number")
