"""Bring in a script: its scenes by number and who is in them, so that shots and contracts mean the same scenes.

An import is a statement about the production, with the file kept as a document; the last one of a production counts.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.documents.script_file import LARGEST, ScriptRefused, read_script
from assetlib.flows.ask import production_of
from assetlib.flows.given_files import read_given
from assetlib.model.asset import AssetKind
from assetlib.model.ids import slug
from assetlib.model.plain import to_plain
from assetlib.model.record import Document, Statement, StatementKind
from assetlib.model.refusals import BadInput, NotFound
from assetlib.model.script import Script, ScriptScene
from provenance.digest import canonical_json, digest_bytes

if TYPE_CHECKING:
    from assetlib.catalog.queries import Queries
    from assetlib.library import Library

_MEDIA_TYPES = {".fountain": "text/vnd.fountain", ".fdx": "application/xml"}


def import_script(
    library: Library, path: Path, *, production: str | None = None, dry_run: bool = False
) -> dict[str, Any]:
    """Scenes added, changed and gone against the last import. Raises BadInput, NotFound for the production."""
    try:
        data = read_given(path, LARGEST)
        script = read_script(data, path.suffix)
    except ScriptRefused as error:
        raise BadInput(f"{path.name}: {error}") from error
    with library.catalog.reader() as queries:
        chosen = production_of(queries, production).id
        before = script_of(queries, chosen)
        cast = _cast(queries, script)
        used = _scenes_in_use(queries, chosen)
    result = _compared(before, script, used) | {"production": chosen, "title": script.title, "characters": cast}
    if not dry_run and (result["added"] or result["changed"] or result["removed"] or before is None):
        _record(library, path, data, chosen, script)
    return result


def show_script(library: Library, *, production: str | None = None) -> dict[str, Any]:
    """The scenes of a production's script; raises NotFound where none was imported."""
    with library.catalog.reader() as queries:
        chosen = production_of(queries, production).id
        script = script_of(queries, chosen)
        if script is None:
            raise NotFound(f"{chosen} has no script; 'assetlib script import FILE' brings one in")
        cast = _cast(queries, script)
        shots = queries.shots(chosen)
    scenes = [
        {
            "scene": scene.number,
            "heading": scene.heading,
            "characters": list(scene.characters),
            "shots": [shot.code for shot in shots if scene.number in shot.scenes],
        }
        for scene in script.scenes
    ]
    return {"production": chosen, "title": script.title, "scenes": scenes, "characters": cast}


def script_of(queries: Queries, production: str) -> Script | None:
    """The script of a production as last imported."""
    told = queries.statements(StatementKind.SCRIPT, production)
    if not told:
        return None
    body = json.loads(told[-1].body)
    scenes = (ScriptScene(**{**scene, "characters": tuple(scene["characters"])}) for scene in body["scenes"])
    return Script(title=body["title"], scenes=tuple(scenes), numbered=body["numbered"])


def demand_scenes(queries: Queries, production: str, scenes: Sequence[str]) -> None:
    """Raise BadInput for a scene that the production's script does not have; without a script any number is taken."""
    script = script_of(queries, production) if scenes else None
    if script is None:
        return
    known = [scene.number for scene in script.scenes]
    if unknown := [scene for scene in scenes if scene not in known]:
        raise BadInput(
            f"scene {', '.join(unknown)} is not in the script of {production}, which has {known[0]} to {known[-1]}; "
            "import the newer script, or correct the number"
        )


def _record(library: Library, path: Path, data: bytes, production: str, script: Script) -> None:
    digest = digest_bytes(data)
    body = canonical_json({**to_plain(script), "file": path.name, "digest": digest})
    library.store.put(io.BytesIO(data))
    document = Document(
        digest=digest,
        media_type=_MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream"),
        name=path.name,
        kind="script",
        filed_by=library.actor,
    )

    def write(writer: Any, index: int) -> None:
        writer.add_document(document)
        writer.add_statement(
            Statement(
                kind=StatementKind.SCRIPT,
                id=f"script-{index}",
                subject=production,
                body=body,
                by=library.actor,
            )
        )

    entry = {"production": production, "script": digest, "scenes": len(script.scenes)}
    library.committer.commit("script.imported", entry, write)


def _compared(before: Script | None, script: Script, used: dict[str, list[str]]) -> dict[str, Any]:
    old = {} if before is None else {scene.number: scene for scene in before.scenes}
    new = {scene.number: scene for scene in script.scenes}
    removed = [number for number in old if number not in new]
    warnings = [] if script.numbered else ["the script has no scene numbers; its order gave them"]
    warnings += [
        f"scene {number} is gone, and {', '.join(used[number])} play in it" for number in removed if number in used
    ]
    return {
        "added": [number for number in new if number not in old],
        "changed": [n for n, s in new.items() if n in old and _said(old[n]) != _said(s)],
        "removed": removed,
        "unchanged": sum(n in old and _said(old[n]) == _said(s) for n, s in new.items()),
        "warnings": warnings,
    }


def _said(scene: ScriptScene) -> tuple[str, tuple[str, ...]]:
    return scene.heading, scene.characters


def _scenes_in_use(queries: Queries, production: str) -> dict[str, list[str]]:
    used: dict[str, list[str]] = {}
    for shot in queries.shots(production):
        for scene in shot.scenes:
            used.setdefault(scene, []).append(shot.code)
    return used


def _cast(queries: Queries, script: Script) -> list[dict[str, Any]]:
    """Everybody who speaks, with the character of the library that has the name; None where nobody has it yet."""
    known = {v.entity.rsplit("/", 1)[-1]: v.entity for v in queries.assets() if v.kind is AssetKind.CHARACTER}
    return [{"name": name, "entity": known.get(_slug(name))} for name in script.characters]


def _slug(name: str) -> str:
    try:
        return slug(name)
    except ValueError:
        return ""
