"""The demo's own shots as scenes, built from their descriptions without a library: what the figures are about."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from assetlib.demo.characters import build_bruno, build_rhea
from assetlib.demo.cut import CastMember, shots
from assetlib.demo.prop import build_prop
from assetlib.demo.sets import build_set
from assetlib.model.asset import AssetKind
from assetlib.model.model_description import ModelDescription
from assetlib.model.scene import Scene
from assetlib.model.shot import Pin
from assetlib.usd.author import author_asset
from assetlib.usd.compose import compose_shot
from assetlib.usd.description import AssetDescription, Authorship
from assetlib.usd.extract import ExtractCache, extract_scene
from provenance.digest import Digest

_NAMESPACE = uuid.UUID("9d1b1a39-7f4e-4f0e-9d0d-6f6a3c1c2a11")
_MADE = datetime(2026, 1, 1, tzinfo=UTC)
_CAST = (
    ("rhea", "characters", AssetKind.CHARACTER, build_rhea),
    ("bruno", "characters", AssetKind.CHARACTER, build_bruno),
    ("terrace", "sets", AssetKind.SET, build_set),
    ("telescope", "props", AssetKind.PROP, build_prop),
)


@contextmanager
def demo_scenes(codes: tuple[str, ...], frame: int) -> Iterator[tuple[tuple[str, Scene], ...]]:
    """The named shots at `frame`; their files are gone afterwards."""
    with TemporaryDirectory() as folder:
        tree = Path(folder)
        cast = {name: _author(tree, name, place, kind, build()) for name, place, kind, build in _CAST}
        roots = {shot.code: compose_shot(shot, tree).root for shot in shots(cast) if shot.code in codes}
        yield tuple(
            (code, extract_scene(roots[code], frame, search_paths=(tree,), cache=ExtractCache())) for code in codes
        )


def _author(tree: Path, name: str, place: str, kind: AssetKind, model: ModelDescription) -> CastMember:
    entity, folder = f"assetlib:///{place}/{name}", f"{place}/{name}/v001"
    described = AssetDescription(
        entity=entity,
        version="v001",
        kind=kind,
        name=name,
        policy_id=f"urn:uuid:{uuid.uuid5(_NAMESPACE, entity)}",
        authorship=Authorship(created=_MADE, instance_id=str(uuid.uuid5(_NAMESPACE, entity + "#1"))),
        model=model,
    )
    authored = author_asset(described, tree / folder)
    pin = Pin(name=name, entity=entity, version="v001", digest=Digest("sha256:" + "0" * 64))
    return CastMember(pin=pin, asset=f"{folder}/{authored.root}")
