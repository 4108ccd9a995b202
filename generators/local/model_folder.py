"""Look at a model folder before any of it is loaded, and list what it needs by digest.

Taken are a hub-cache snapshot (whose links lead into its own blobs folder), a plain folder, and beside a
pipeline an IP-Adapter file. Only safetensors, JSON and tokenizer texts that the pipeline's
`model_index.json` leads to; never Python, never pickle, never a class that the binding table does not
name. Nothing here imports torch or diffusers, and nothing is executed. License files are read as text
and handed back; what they say is for the rights side to judge.
"""

from __future__ import annotations

import json
import os
import stat
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from generators.api import GeneratorError
from generators.local.bindings import BINDINGS, Binding
from generators.model_manifest import ModelFile, ModelManifest
from provenance.digest import digest_stream

_WEIGHTS = ".safetensors"
_TEXTS = frozenset({".json", ".txt", ".model"})
_EXECUTABLE = frozenset({".py", ".pyc", ".so", ".bin", ".pt", ".pth", ".pkl", ".ckpt", ".pickle", ".h5", ".msgpack"})
_LICENSES = ("license", "licence", "copying", "notice", "readme")
_MAX_TEXT = 64 << 20
_MAX_HEADER = 100 << 20  # what the safetensors library itself accepts
_MAX_LICENSE = 1 << 20
_DTYPES = {
    **dict.fromkeys(("F64", "I64", "U64"), 8),
    **dict.fromkeys(("F32", "I32", "U32"), 4),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 2),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2"), 1),
}
ADAPTER = "ip_adapter.safetensors"
# Keys that make a loader import code, or another place's files.
_REMOTE_KEYS = frozenset({"auto_map", "custom_pipeline", "trust_remote_code", "_commit_hash_code"})


class ModelRefused(GeneratorError):
    """A model folder that will not be loaded; the message names the file and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedModel:
    """What `scan_model` found: the manifest, where each file lies, what was left, and license texts by name."""

    manifest: ModelManifest
    sources: tuple[tuple[str, Path], ...]
    left: tuple[str, ...]
    licenses: tuple[tuple[str, str], ...]


def scan_model(folder: Path, *, name: str, max_bytes: int = 200 << 30) -> ScannedModel:
    """Scan `folder` (a pipeline saved by diffusers); raises ModelRefused naming file and reason.

    `max_bytes` bounds the sum of all files taken. Files it does not need are listed in `left`.
    """
    root = folder.resolve()
    if not root.is_dir():
        raise ModelRefused(f"expected a model folder, found {folder}")
    present = _present(folder)
    index = _json_object(present, "model_index.json")
    binding = _binding(index)
    components = tuple(_components(index, binding))
    needed = ["model_index.json", *_needed(present, components)]
    files = tuple(_take(path, present[path]) for path in needed)
    total = sum(file.size for file in files)
    if total > max_bytes:
        raise ModelRefused(f"the model's files are {total} bytes, allowed are {max_bytes}")
    manifest = ModelManifest(name=name, pipeline=binding.pipeline, components=components, files=files)
    return ScannedModel(
        manifest=manifest,
        sources=tuple((path, present[path]) for path in needed),
        left=tuple(sorted(set(present) - set(needed))),
        licenses=tuple(_license_texts(present)),
    )


def _present(folder: Path) -> dict[str, Path]:
    """Every file by relative POSIX path, with links resolved; refuses links that leave the folder or its cache."""
    allowed = _allowed_roots(folder)
    found: dict[str, Path] = {}
    for place, folders, names in os.walk(folder, followlinks=False):
        for inner in folders:
            if (Path(place) / inner).is_symlink():
                raise ModelRefused(f"{_relative(Path(place) / inner, folder)}: a link to a folder")
        for entry in names:
            path = Path(place) / entry
            real = path.resolve()
            relative = _relative(path, folder)
            if not any(real.is_relative_to(root) for root in allowed):
                raise ModelRefused(f"{relative}: a link that leaves the model folder, to {real}")
            if not real.is_file() or not stat.S_ISREG(real.stat().st_mode):
                raise ModelRefused(f"{relative}: expected a file, found a broken link or a device")
            found[relative] = real
    return found


def _allowed_roots(folder: Path) -> tuple[Path, ...]:
    """The folder; for ``models--x/snapshots/<revision>`` also the blobs folder of the same model."""
    root = folder.resolve()
    if root.parent.name == "snapshots" and root.parent.parent.name.startswith("models--"):
        return root, root.parent.parent / "blobs"
    return (root,)


def _relative(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()


def _json_object(present: dict[str, Path], relative: str) -> dict[str, Any]:
    if relative not in present:
        raise ModelRefused(f"{relative}: missing; a pipeline saved by diffusers has one")
    if present[relative].stat().st_size > _MAX_TEXT:
        raise ModelRefused(f"{relative}: longer than {_MAX_TEXT} bytes")
    try:
        document = json.loads(present[relative].read_bytes(), object_pairs_hook=_once(relative))
    except (ValueError, RecursionError) as error:
        raise ModelRefused(f"{relative}: not readable as JSON ({error})") from error
    if not isinstance(document, dict):
        raise ModelRefused(f"{relative}: expected a JSON object")
    return document


def _once(relative: str) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    """Refuse a key given twice (two readers may take different ones) and keys that lead to foreign code."""

    def build(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        document = dict(pairs)
        if len(document) != len(pairs):
            raise ModelRefused(f"{relative}: a key is given twice")
        remote = sorted(key for key in _REMOTE_KEYS & document.keys() if document[key])
        if remote:
            raise ModelRefused(f"{relative}: {remote[0]!r} asks for code from the model; such models are not loaded")
        return document

    return build


def _binding(index: dict[str, Any]) -> Binding:
    found = index.get("_class_name")
    if not isinstance(found, str):
        raise ModelRefused(f"model_index.json: expected the name of a pipeline class, found {found!r}")
    if found not in BINDINGS:
        known = ", ".join(sorted(BINDINGS))
        raise ModelRefused(f"model_index.json: the pipeline {found!r} is not supported; supported are: {known}")
    return BINDINGS[found]


def _components(index: dict[str, Any], binding: Binding) -> Iterator[tuple[str, str, str]]:
    for name, value in sorted(index.items()):
        if name.startswith("_") or not isinstance(value, list):
            continue
        if value == [None, None]:
            continue
        if len(value) != 2 or not all(isinstance(part, str) for part in value):
            raise ModelRefused(f"model_index.json: {name}: expected [library, class], found {value!r}")
        library, kind = value
        if (library, kind) not in binding.components:
            raise ModelRefused(f"model_index.json: {name}: {library}.{kind} is not a part of {binding.pipeline}")
        if not name.isidentifier():
            raise ModelRefused(f"model_index.json: {name!r} is not the name of a component")
        yield name, library, kind


def _needed(present: dict[str, Path], components: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    for name, _library, kind in components:
        inside = sorted(path for path in present if path.startswith(f"{name}/"))
        if not inside:
            raise ModelRefused(f"{name}/: missing, and model_index.json names it")
        for path in inside:
            _check_kind(path)
        taken = [path for path in inside if PurePosixPath(path).suffix in _TEXTS | {_WEIGHTS}]
        holds_weights = not kind.endswith(("Scheduler", "Tokenizer", "TokenizerFast", "Processor", "Fast", "Pil"))
        if holds_weights and not any(path.endswith(_WEIGHTS) for path in taken):
            raise ModelRefused(f"{name}/: no .safetensors weights; other weight files are not loaded")
        for path in taken:
            if path.endswith(".json"):
                _json_object(present, path)
            if path.endswith(_WEIGHTS):
                _check_weights(path, present[path])
            yield path
    if ADAPTER in present:
        _check_weights(ADAPTER, present[ADAPTER])
        yield ADAPTER


def _check_kind(path: str) -> None:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in _EXECUTABLE:
        raise ModelRefused(f"{path}: files of kind {suffix} can run code when loaded; use safetensors")
    if suffix not in _TEXTS | {_WEIGHTS} and not _is_license(path):
        raise ModelRefused(f"{path}: files of kind {suffix or 'no suffix'} are not part of a model")


def _check_weights(relative: str, path: Path) -> None:
    """Hold the header of a safetensors file against the file's size, without loading a tensor."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= min(_MAX_HEADER, size - 8):
            raise ModelRefused(f"{relative}: not a safetensors file (header of {length} bytes in {size})")
        try:
            header = json.loads(stream.read(length), object_pairs_hook=_once(relative))
            _check_tensors(relative, header, size - 8 - length)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise ModelRefused(f"{relative}: the safetensors header is not readable ({error})") from error


def _check_tensors(relative: str, header: dict[str, Any], size: int) -> None:
    position = 0
    tensors = [(name, t) for name, t in header.items() if name != "__metadata__"]
    for name, tensor in sorted(tensors, key=lambda item: item[1]["data_offsets"]):
        begin, end = tensor["data_offsets"]
        wanted = _DTYPES[tensor["dtype"]]
        for extent in tensor["shape"]:
            if not isinstance(extent, int) or extent < 0:
                raise ValueError(f"shape of {name!r}")
            wanted *= extent
        if begin != position or end - begin != wanted:
            raise ValueError(f"offsets of {name!r}")
        position = end
    if position != size:
        raise ModelRefused(f"{relative}: tensors cover {position} of {size} bytes")


def _take(relative: str, path: Path) -> ModelFile:
    with path.open("rb") as stream:
        digest, size = digest_stream(stream)
    return ModelFile(path=relative, digest=digest, size=size)


def _is_license(path: str) -> bool:
    return PurePosixPath(path).name.lower().startswith(_LICENSES)


def _license_texts(present: dict[str, Path]) -> Iterator[tuple[str, str]]:
    for relative, path in sorted(present.items()):
        if _is_license(relative) and path.stat().st_size <= _MAX_LICENSE:
            yield relative, path.read_text(encoding="utf-8", errors="replace")
