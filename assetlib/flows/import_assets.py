"""Register hundreds of assets from a folder and a sheet: a result per row, resumable, a rerun changes nothing.

Every row is registered by itself, as `asset register` does it. What a row was made from (its cells, its files, and what
its model asks for beside itself) is noted beside the version, so that the same row is known again wherever the import
was interrupted. A file is read for the rows that depend on it and for no other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.catalog.refusals import CatalogRefused
from assetlib.documents.import_sheet import SheetRow, sheet_bytes
from assetlib.documents.sheet_lines import SheetRefused
from assetlib.intake.answers import IntakeError
from assetlib.intake.sheet import intake_sheet
from assetlib.intake.usd import term_files
from assetlib.model.asset import AssetKind
from assetlib.model.ids import slug
from assetlib.model.record import Statement, StatementKind
from assetlib.model.refusals import BadInput, Refusal
from assetlib.storage.store import StorageRefused
from assetlib.usd.errors import UsdError
from assetlib.usd.foreign import files_named
from provenance.digest import Digest, canonical_json, digest_bytes, digest_file
from provenance.errors import ProvenanceError

if TYPE_CHECKING:
    from assetlib.flows.register_asset import Registered
    from assetlib.library import Library

_KINDS = tuple(kind.value for kind in AssetKind if kind is not AssetKind.MODEL)
_MODELS = frozenset({".usd", ".usda", ".usdc", ".usdz"})
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"})
_LONGEST_NAME = 80
_FORESEEN = (Refusal, CatalogRefused, IntakeError, StorageRefused, UsdError, ProvenanceError, OSError)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedRow:
    """`result` is new, known, would register or failed; `detail` is the version, or the reason."""

    row: int
    name: str
    result: str
    detail: str
    entity: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    rows: tuple[ImportedRow, ...]

    @property
    def failed(self) -> int:
        return sum(row.result == "failed" for row in self.rows)

    def to_json(self) -> dict[str, Any]:
        names = ("row", "name", "result", "detail", "entity")
        rows = [{**{n: getattr(row, n) for n in names}, "warnings": list(row.warnings)} for row in self.rows]
        return {"rows": rows, "failed": self.failed}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """A row whose cells are in order: where it will lie, and its files. `cells` and `own` are what a sheet names: the
    words, and the bytes of model and pictures."""

    row: SheetRow
    entity: str
    usd: Path | None
    references: tuple[Path, ...]
    height: float
    cells: Digest
    own: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    """The imported folder: paths that stay inside it; digests and lists of terms are read once."""

    root: Path
    digests: dict[Path, Digest] = field(default_factory=dict)
    terms: dict[Path, tuple[str, ...]] = field(default_factory=dict)

    def path(self, text: str) -> Path:
        """Raises BadInput for a path that leaves the folder or leads nowhere."""
        path = self.root / text
        try:
            inside, there = path.resolve().is_relative_to(self.root), path.exists()
        except (OSError, ValueError, RuntimeError) as error:  # too long, a NUL, links in a circle
            raise BadInput(f"{text[:200]!r} is no path: {error}") from error
        if not inside:
            raise BadInput(f"{text!r} leads out of {self.root}; a sheet names files inside the imported folder")
        if not there:
            raise BadInput(f"expected a file or folder {text!r} in {self.root}, found none")
        return path

    def model(self, text: str) -> Path:
        """Raises BadInput also for a folder or a pipe."""
        path = self.path(text)
        if not path.is_file():
            raise BadInput(f"expected a plain file {text!r} in {self.root}, found something else")
        return path

    def digest(self, path: Path) -> Digest:
        if path not in self.digests:
            self.digests[path] = digest_file(path)
        return self.digests[path]

    def own_files(self, usd: Path | None, references: Iterable[Path]) -> Iterator[tuple[str, Digest]]:
        """The pictures and the model of a row, as the sheet names them."""
        for path in references:
            for file in sorted(path.rglob("*")) if path.is_dir() else (path,):
                if file.is_file():
                    yield file.name, self.digest(file)
        if usd is not None:
            yield usd.name, self.digest(usd)

    def files(self, planned: _Planned, named: Iterable[str]) -> Digest:
        """Everything a row is made from: its own files, what its model names, and the terms that lie beside."""
        beside = [] if planned.usd is None else [list(pair) for pair in self._beside(planned.usd.parent, named)]
        return digest_bytes(canonical_json([planned.own, beside]))

    def _beside(self, tree: Path, named: Iterable[str]) -> Iterator[tuple[str, Digest | None]]:
        """A name without a file counts too: that it appears makes another asset."""
        for name in named:
            found = files_named(tree, name)
            yield from ((file, self._plain_digest(tree / file)) for file in found)
            if not found:
                yield name, None
        if tree not in self.terms:
            self.terms[tree] = term_files(tree)
        yield from ((name, self.digest(tree / name)) for name in self.terms[tree])

    def _plain_digest(self, path: Path) -> Digest | None:
        """None for a link: intake refuses it, and where it leads is not read here."""
        return self.digest(path) if path.resolve() == path else None


def import_assets(library: Library, directory: Path, sheet: Path, *, dry_run: bool = False) -> Imported:
    """Every row by itself; a bad one is an answer. Raises BadInput for a folder or sheet, KeyUnavailable."""
    root = directory.resolve()
    if not root.is_dir():
        raise BadInput(f"expected a folder to import at {directory}, found none")
    rows = _read(sheet)
    assert library.signer is not None  # a key that does not open is one error now, and not one a row
    folder = _Folder(root=root)
    noted = _Notes.load(library)
    taken: dict[tuple[str, str], int] = {}
    return Imported(rows=tuple(_one(library, row, folder, noted, taken, dry_run=dry_run) for row in rows))


def write_template(path: Path, directory: Path) -> None:
    """A sheet that lists what lies in `directory`, to be completed by a person. Raises BadInput."""
    if not directory.is_dir():
        raise BadInput(f"expected a folder at {directory}, found none")
    if path.exists():
        raise BadInput(f"{path} is there already; name another file for the template")
    try:
        path.write_bytes(sheet_bytes(_listed(directory.resolve()), path.suffix))
    except SheetRefused as error:
        raise BadInput(str(error)) from error


def _read(sheet: Path) -> tuple[SheetRow, ...]:
    if not sheet.is_file():
        raise BadInput(f"expected a sheet at {sheet}, found no plain file")
    try:
        return intake_sheet(sheet)
    except IntakeError as error:
        raise BadInput(str(error)) from error


def _listed(root: Path) -> Iterator[SheetRow]:
    """A row for every model, and one for every folder of pictures without a model."""
    files = [path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink()]
    models = [path for path in files if path.suffix.lower() in _MODELS]
    folders = {path.parent for path in files if path.suffix.lower() in _PICTURES}
    number = 1
    for model in models:
        number += 1
        yield SheetRow(number=number, name=_title(model), kind="prop", usd=model.relative_to(root).as_posix())
    for folder in sorted(folders - {model.parent for model in models} - {root}):
        number += 1
        named = (folder.relative_to(root).as_posix(),)
        yield SheetRow(number=number, name=_title(folder), kind="character", references=named)


def _title(path: Path) -> str:
    return path.stem.replace("_", " ").replace("-", " ").strip().title()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Note:
    """What an earlier import made an entity from; `files` is `_Folder.files` over what the model then named."""

    entity: str
    cells: str
    files: str
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Notes:
    """What earlier imports were made from, by the bytes of model and pictures."""

    by_own: dict[str, list[_Note]]

    @classmethod
    def load(cls, library: Library) -> _Notes:
        import json

        with library.catalog.reader() as queries:
            bodies = [json.loads(note.body) for note in queries.statements(StatementKind.NOTE) if note.body[:1] == b"{"]
        notes = cls(by_own={})
        for body in bodies:
            if "import" in body and "own" in body:
                named = tuple(body["named"])
                notes.add(
                    body["own"], _Note(entity=body["entity"], cells=body["cells"], files=body["files"], named=named)
                )
        return notes

    def add(self, own: str, note: _Note) -> None:
        self.by_own.setdefault(own, []).append(note)

    def alike(self, planned: _Planned, folder: _Folder) -> list[_Note]:
        """Those made from the very files that the row is made from now."""
        return [note for note in self.by_own.get(planned.own, ()) if folder.files(planned, note.named) == note.files]


def _one(
    library: Library,
    row: SheetRow,
    folder: _Folder,
    noted: _Notes,
    taken: dict[tuple[str, str], int],
    *,
    dry_run: bool,
) -> ImportedRow:
    try:
        planned = _plan(row, folder, taken)
        alike = noted.alike(planned, folder)
        if any((note.entity, note.cells) == (planned.entity, planned.cells) for note in alike):
            return _said(row, "known", "nothing changed", planned.entity)
        if other := next((note.entity for note in alike if note.entity != planned.entity), None):
            raise BadInput(f"the same files are registered already as {other}; remove the row, or rename that asset")
        return _register(library, planned, folder, noted, dry_run=dry_run)
    except _FORESEEN as error:
        return _said(row, "failed", str(error))


def _said(row: SheetRow, result: str, detail: str, entity: str = "", warnings: tuple[str, ...] = ()) -> ImportedRow:
    return ImportedRow(row=row.number, name=row.name, result=result, detail=detail, entity=entity, warnings=warnings)


def _plan(row: SheetRow, folder: _Folder, taken: dict[tuple[str, str], int]) -> _Planned:
    """Raises BadInput for the first thing wrong with the row."""
    if row.kind not in _KINDS:
        raise BadInput(f"expected a kind among {', '.join(_KINDS)}; found {row.kind!r}")
    name = _name(row.name)
    first = taken.setdefault((row.kind, name), row.number)
    if first != row.number:
        raise BadInput(f"row {first} is the {row.kind} {name!r} already; a name stands once in a sheet")
    usd = folder.model(row.usd) if row.usd else None
    references = tuple(folder.path(text) for text in row.references)
    own = [list(pair) for pair in folder.own_files(usd, references)]
    cells = [row.name, row.kind, row.usd, row.source_type, row.height, sorted(row.facets), sorted(row.collections)]
    return _Planned(
        row=row,
        entity=f"assetlib:///{AssetKind(row.kind).folder}/{name}",
        usd=usd,
        references=references,
        height=_height(row.height),
        cells=digest_bytes(canonical_json(cells)),
        own=digest_bytes(canonical_json(own)),
    )


def _name(text: str) -> str:
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise BadInput(f"expected a name of at most {_LONGEST_NAME} printable characters, found {text[:100]!r}")
    try:
        return slug(text)
    except ValueError as error:
        raise BadInput(str(error)) from error


def _height(text: str) -> float:
    try:
        height = float(text or 1.8)
    except ValueError:
        height = math.nan
    if not math.isfinite(height):
        raise BadInput(f"expected a height in meters such as 1.75, found {text!r}")
    return height


def _register(library: Library, planned: _Planned, folder: _Folder, noted: _Notes, *, dry_run: bool) -> ImportedRow:
    from assetlib.flows.register_asset import register_asset

    row = planned.row
    with library.catalog.reader() as queries:
        before = {version.digest for version in queries.versions(planned.entity)}
    done = register_asset(
        library,
        row.name,
        kind=row.kind,
        usd=planned.usd,
        references=planned.references,
        source_type=row.source_type or None,
        facets=row.facets,
        height=planned.height,
        collections=row.collections,
        dry_run=dry_run,
    )
    made = "would register" if dry_run else "new"
    result = "known" if done.digest in before else made
    files = folder.files(planned, done.named)
    if not dry_run:
        _note(library, planned, files, done)
    note = _Note(entity=planned.entity, cells=planned.cells, files=files, named=done.named)
    noted.add(planned.own, note)
    unread = tuple(f"unreadable: {item}" for item in done.unreadable)
    return _said(row, result, done.version, done.entity, (*unread, *done.warnings))


def _note(library: Library, planned: _Planned, files: Digest, done: Registered) -> None:
    made_from = digest_bytes(canonical_json([planned.cells, files]))
    body = {"entity": planned.entity, "files": files, "import": made_from}
    told = {**body, "cells": planned.cells, "own": planned.own, "named": list(done.named)}

    def write(writer: Any, index: int) -> None:
        writer.add_statement(
            Statement(
                kind=StatementKind.NOTE,
                id=f"import-{index}",
                subject=done.digest,
                body=canonical_json(told),
                by=library.actor,
            )
        )

    library.committer.commit("asset.imported", {**body, "version": done.digest}, write)
