"""Put assets into a shot: pins by digest, and USD layers with a camera and light to start from.

The layers are the truth from then on; they can be edited in any USD tool and published back.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.flows.ask import parse_content
from assetlib.flows.import_script import demand_scenes
from assetlib.flows.materialize import lay_out_layers, lay_out_version, root_layer
from assetlib.model.asset import AssetStatus, AssetVersion
from assetlib.model.ids import EntityUri
from assetlib.model.refusals import BadInput, Conflict
from assetlib.model.shot import Pin, Shot
from assetlib.model.shot_description import SetUse, ShotDescription, Subject
from provenance.digest import Digest
from provenance.packages import inventory, measure

if TYPE_CHECKING:
    from assetlib.library import Library


def block_shot(
    library: Library,
    shot: str,
    *,
    subjects: Sequence[str] = (),
    set_asset: str | None = None,
    size: str = "medium",
    lens: float = 50.0,
    prompt: str = "",
    scenes: Sequence[str] = (),
    content: Sequence[str] = (),
) -> dict[str, Any]:
    """Pin the named assets at their present versions and compose layers. Raises NotFound, Conflict, BadInput."""
    from assetlib.usd.direct import default_description

    if not subjects and set_asset is None:
        raise BadInput("name at least one --subject or a --set")
    if not 1 <= lens <= 2000:
        raise BadInput(f"expected a lens from 1 to 2000 mm, found {lens:g}")
    with library.catalog.reader() as queries:
        found = queries.shot(shot)
        demand_scenes(queries, found.production, scenes)
        players = [queries.version(name) for name in subjects]
        place = None if set_asset is None else queries.version(set_asset)
    for version in (*players, *((place,) if place else ())):
        if version.status is AssetStatus.RETIRED:
            raise Conflict(f"{version.name} is retired; restore it, or choose what supersedes it")
    prepared = replace(
        found,
        prompt=prompt or found.prompt,
        scenes=tuple(scenes) or found.scenes,
        content=parse_content(content) or found.content,
    )
    with _tree(library) as tree:
        for version in (*players, *((place,) if place else ())):
            lay_out_version(library, version, tree)
        description = default_description(
            prepared,
            subjects=tuple(subject_of(version) for version in players),
            sets=() if place is None else (set_of(place),),
            size=size,
            lens_mm=lens,
            search_paths=(tree,),
        )
        return _compose(library, prepared, description, tree)


def put_layers(
    library: Library,
    shot: str,
    description: ShotDescription,
    *,
    scenes: Sequence[str] = (),
    content: tuple[tuple[str, str], ...] = (),
) -> dict[str, Any]:
    """Compose a shot from a director's full description, whose pins are registered versions."""
    with library.catalog.reader() as queries:
        found = queries.shot(shot)
        demand_scenes(queries, found.production, scenes)
        versions = [queries.version(pin.digest) for pin in description.pins]
    prepared = replace(
        found,
        scenes=tuple(scenes) or found.scenes,
        content=content or found.content,
        prompt=description.prompt or found.prompt,
    )
    with _tree(library) as tree:
        for version in versions:
            lay_out_version(library, version, tree)
        return _compose(library, prepared, description, tree)


def publish_shot(library: Library, shot: str, directory: Path) -> dict[str, Any]:
    """Take edited layers back. They pass through intake like any foreign file; asset pins stay as recorded."""
    from assetlib.flows.publish_layers import read_edited_layers

    with library.catalog.reader() as queries:
        found = queries.shot(shot)
    if found.layers is None:
        raise Conflict(f"{shot} has no layers yet; block it first with 'assetlib shot block {shot}'")
    with _tree(library) as tree:
        changed = read_edited_layers(library, found, directory, tree)
        layers = _store_layers(library, found, tree)
    if layers == found.layers:
        return {"shot": shot, "layers": layers, "changed": ["nothing changed"]}
    _commit(library, replace(found, layers=layers))
    return {"shot": shot, "layers": layers, "changed": changed}


def subject_of(version: AssetVersion) -> Subject:
    pin = pin_of(version)
    return Subject(name=pin.name, pin=pin, asset=str(root_layer(version)), kind=version.kind)


def set_of(version: AssetVersion) -> SetUse:
    pin = pin_of(version)
    return SetUse(name=pin.name, pin=pin, asset=str(root_layer(version)))


def pin_of(version: AssetVersion) -> Pin:
    name = EntityUri.parse(version.entity).name.replace("-", "_").replace(".", "_")
    return Pin(name=name, entity=version.entity, version=version.version, digest=version.digest)


def lay_out_shot(library: Library, shot: Shot, tree: Path) -> Path:
    """The shot's layers and every asset they pin as files in `tree`; returns the root layer."""
    if shot.layers is None:
        raise Conflict(f"{shot.code} has no layers yet; put assets into it with 'assetlib shot block {shot.code}'")
    with library.catalog.reader() as queries:
        versions = queries.by_digest([pin.digest for pin in shot.pins])
    for version in versions:
        lay_out_version(library, version, tree)
    lay_out_layers(library, shot.layers, tree)
    return _root_of(shot, tree)


def _root_of(shot: Shot, tree: Path) -> Path:
    return tree / "shots" / shot.sequence / shot.code / "v001" / f"{shot.code}.usda"


def _compose(library: Library, shot: Shot, description: ShotDescription, tree: Path) -> dict[str, Any]:
    from assetlib.usd.compose import compose_shot
    from assetlib.usd.frame import framing

    composed = compose_shot(description, tree)
    layers = _store_layers(library, shot, tree)
    blocked = replace(shot, pins=description.pins, layers=layers)
    _commit(library, blocked)
    middle = (shot.cut_in + shot.cut_out) // 2
    found = framing(composed.root, middle, search_paths=(tree,))
    return {
        "shot": shot.code,
        "layers": layers,
        "assets": [pin.name for pin in description.pins],
        "framing": [_framing_line(one, middle) for one in found],
    }


def _framing_line(one: Any, frame: int) -> str:
    where = "in frame" if one.in_frame else "OUT OF FRAME"
    share = one.screen_height_fraction
    size = f"{share:.0%} of the height" if share <= 1 else "cut by the frame"
    return f"{one.name}: {where} at {frame}, {size}"


def _store_layers(library: Library, shot: Shot, tree: Path) -> Digest:
    """Keep every layer under ``shots/`` by content; the inventory's digest stands for all of them."""
    import io

    paths = sorted(str(path.relative_to(tree)) for path in (tree / "shots").rglob("*") if path.is_file())
    for path in paths:
        library.store.put_file(tree / path)
    root = str(_root_of(shot, tree).relative_to(tree))
    entity = f"assetlib://{shot.production}/shots/{shot.code}"
    listed = inventory(entity, "v001", root, measure(tree, paths))
    digest, _ = library.store.put(io.BytesIO(listed))
    return digest


def _commit(library: Library, shot: Shot) -> None:
    body = {"shot": shot.code, "layers": shot.layers, "pins": sorted(pin.digest for pin in shot.pins)}
    library.committer.commit("shot.blocked", body, lambda write, _: write.put_shot(shot))


@contextmanager
def _tree(library: Library) -> Iterator[Path]:
    work = Path(tempfile.mkdtemp(prefix="shot-", dir=library.staging))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
