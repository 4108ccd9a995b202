"""The list of a model's files by digest: what a permit names when a request uses a model.

The digest of the manifest's canonical JSON is the model's identity; `generators.local.model_folder`
makes one from a folder, after looking at every file.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from generators.api import GeneratorError
from generators.request import GenerationRequest
from provenance.digest import Digest, canonical_json, digest_bytes, parse_digest

_DIGEST_AT_END = re.compile(r"sha256:[0-9a-f]{64}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One file; `path` is relative, POSIX, without '..'; size in bytes."""

    path: str
    digest: Digest
    size: int

    def __post_init__(self) -> None:
        parts = PurePosixPath(self.path).parts
        if not parts or self.path.startswith("/") or ".." in parts or "\\" in self.path or "\0" in self.path:
            raise ValueError(f"expected a relative path inside the model, found {self.path!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelManifest:
    """`pipeline` is a class of the binding table; `components` are (name, library, class) as scanned."""

    name: str
    pipeline: str
    components: tuple[tuple[str, str, str], ...]
    files: tuple[ModelFile, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "type": "assetlib.model.v1",
            "name": self.name,
            "pipeline": self.pipeline,
            "components": [list(component) for component in self.components],
            "files": [{"path": f.path, "digest": f.digest, "size": f.size} for f in self.files],
        }

    @classmethod
    def from_bytes(cls, data: bytes) -> ModelManifest:
        """Raises GeneratorError for anything that `to_json` did not write."""
        try:
            document = json.loads(data)
            if document["type"] != "assetlib.model.v1":
                raise ValueError(f"expected type 'assetlib.model.v1', found {document['type']!r}")
            return cls(
                name=str(document["name"]),
                pipeline=str(document["pipeline"]),
                components=tuple((str(n), str(lib), str(c)) for n, lib, c in document["components"]),
                files=tuple(
                    ModelFile(path=f["path"], digest=parse_digest(f["digest"]), size=int(f["size"]))
                    for f in document["files"]
                ),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise GeneratorError(f"not a model manifest: {error}; register the model again") from error

    def canonical(self) -> bytes:
        return canonical_json(self.to_json())

    @property
    def digest(self) -> Digest:
        return digest_bytes(self.canonical())

    @property
    def digests(self) -> tuple[Digest, ...]:
        """The manifest's own digest and those of all files: what a permit has to name."""
        return tuple(sorted({self.digest, *(f.digest for f in self.files)}))


def model_of(request: GenerationRequest) -> Digest | None:
    """Digest of the manifest that the request's ("model", …) names, as a digest or a pinned entity URI."""
    named = dict(request.settings).get("model")
    if not named:
        return None
    found = _DIGEST_AT_END.search(named)
    if found is None:
        raise GeneratorError(f"expected a model pinned by digest (…sha256:…), found {named!r}")
    return parse_digest(found.group())
