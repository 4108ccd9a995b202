"""Register hundreds of assets from a folder and a sheet: a result per row, resumable, a rerun changes nothing.

Every row is registered by itself, as `asset register` does it. What a row was made from (its cells and the bytes of
its files) is noted beside the version, so that the same row is known again wherever the import was interrupted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assetlib.catalog.refusals import CatalogRefused
from assetlib.documents.import_sheet import SheetRow, read_sheet, sheet_bytes
from assetlib.documents.sheet_lines import SheetRefused
from assetlib.intake.answers import IntakeError
from assetlib.model.asset import AssetKind
from assetlib.model.ids import slug
from assetlib.model.record import Statement, StatementKind
from assetlib.model.refusals import BadInput, Refusal
from assetlib.storage.store import StorageRefused
from assetlib.usd.errors import UsdError
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
    """A row whose cells are in order: where it will lie, its files, and the digests that tell it from others."""

    row: SheetRow
    entity: str
    usd: Path | None
    references: tuple[Path, ...]
    height: float
    files: Digest
    inputs: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Folder:
    """The imported folder: paths that stay inside it, and digests read once. `others` belong to no single row."""

    root: Path
    others: frozenset[Path]
    digests: dict[Path, Digest] = field(default_factory=dict)

    def path(self, text: str) -> Path:
        """Raises BadInput for a path that leaves the folder or leads nowhere."""
        path = self.root / text
        if not path.resolve().is_relative_to(self.root):
            raise BadInput(f"{text!r} leads out of {self.root}; a sheet names files inside the imported folder")
        if not path.exists():
            raise BadInput(f"expected a file or folder {text!r} in {self.root}, found none")
        return path

    def digest(self, path: Path) -> Digest:
        if path not in self.digests:
            self.digests[path] = digest_file(path)
        return self.digests[path]

    def files_of(self, usd: Path | None, references: Iterable[Path]) -> Iterator[tuple[str, Digest]]:
        """What a row is made from: its pictures, its model, and what lies beside the model and is nobody's model."""
        for path in references:
            for file in sorted(path.rglob("*")) if path.is_dir() else (path,):
                if file.is_file():
                    yield file.name, self.digest(file)
        if usd is not None:
            beside = (f for f in sorted(usd.parent.rglob("*")) if f.is_file() and f not in self.others)
            for file in (usd, *beside):
                yield file.relative_to(usd.parent).as_posix(), self.digest(file)


def import_assets(library: Library, directory: Path, sheet: Path, *, dry_run: bool = False) -> Imported:
    """Raises BadInput for a folder or sheet that cannot be read, KeyUnavailable; a bad row is an answer."""
    root = directory.resolve()
    if not root.is_dir():
        raise BadInput(f"expected a folder to import at {directory}, found none")
    rows = _read(sheet)
    assert library.signer is not None  # a key that does not open is one error now, and not one a row
    models = {root / row.usd for row in rows if row.usd}
    folder = _Folder(root=root, others=frozenset(models | {sheet.resolve()}))
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
    try:
        return read_sheet(sheet.read_bytes(), sheet.suffix)
    except OSError as error:
        raise BadInput(f"{sheet}: cannot be read: {error.strerror}") from error
    except SheetRefused as error:
        raise BadInput(f"{sheet.name}: {error}") from error


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
class _Notes:
    """What earlier imports were made from: (entity, inputs), and the entity by files."""

    rows: set[tuple[str, str]]
    files: dict[str, str]

    @classmethod
    def load(cls, library: Library) -> _Notes:
        import json

        with library.catalog.reader() as queries:
            bodies = [json.loads(note.body) for note in queries.statements(StatementKind.NOTE) if note.body[:1] == b"{"]
        imports = [body for body in bodies if "import" in body]
        return cls(
            rows={(body["entity"], body["import"]) for body in imports},
            files={body["files"]: body["entity"] for body in imports},
        )


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
        if (planned.entity, planned.inputs) in noted.rows:
            return _said(row, "known", "nothing changed", planned.entity)
        other = noted.files.get(planned.files, planned.entity)
        if other != planned.entity:
            raise BadInput(f"the same files are registered already as {other}; remove the row, or rename that asset")
        return _register(library, planned, noted, dry_run=dry_run)
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
    usd = folder.path(row.usd) if row.usd else None
    references = tuple(folder.path(text) for text in row.references)
    files = [list(pair) for pair in folder.files_of(usd, references)]
    cells = [row.name, row.kind, row.usd, row.source_type, row.height, sorted(row.facets), sorted(row.collections)]
    return _Planned(
        row=row,
        entity=f"assetlib:///{AssetKind(row.kind).folder}/{name}",
        usd=usd,
        references=references,
        height=_height(row.height),
        files=digest_bytes(canonical_json(files)),
        inputs=digest_bytes(canonical_json([cells, files])),
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


def _register(library: Library, planned: _Planned, noted: _Notes, *, dry_run: bool) -> ImportedRow:
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
    if not dry_run:
        _note(library, planned, done)
        noted.rows.add((planned.entity, planned.inputs))
        noted.files[planned.files] = planned.entity
    unread = tuple(f"unreadable: {item}" for item in done.unreadable)
    return _said(row, result, done.version, done.entity, (*unread, *done.warnings))


def _note(library: Library, planned: _Planned, done: Registered) -> None:
    body = {"entity": planned.entity, "files": planned.files, "import": planned.inputs}

    def write(writer: Any, index: int) -> None:
        writer.add_statement(
            Statement(
                kind=StatementKind.NOTE,
                id=f"import-{index}",
                subject=done.digest,
                body=canonical_json(body),
                by=library.actor,
            )
        )

    library.committer.commit("asset.imported", {**body, "version": done.digest}, write)
