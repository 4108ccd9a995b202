"""Plain questions in, a license file out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assetlib.documents.templates import TEMPLATES, Question
from assetlib.documents.templates import write_license as fill_template
from assetlib.flows.given_files import LARGEST_PAPER, read_given
from assetlib.model.refusals import BadInput, Conflict


def questions(template: str) -> tuple[Question, ...]:
    return TEMPLATES[template].questions


def refuse_early(template: str, document: Path | None, target: Path) -> None:
    """Raise BadInput or Conflict before anybody answers questions for nothing."""
    if target.exists():
        raise Conflict(f"{target} exists; choose another name")
    if not target.parent.is_dir():
        raise BadInput(f"expected a folder at {target.parent}, found none")
    if TEMPLATES[template].needs_document and document is None:
        raise BadInput("this license needs the signed paper; give it with --document FILE.pdf")
    if document is not None and not document.is_file():
        raise BadInput(f"expected the signed paper at {document}, found no file")


def write_license(template: str, answers: Mapping[str, str], target: Path, *, document: Path | None = None) -> None:
    """Write the YAML; `document` is the signed paper it binds by digest.

    Raises Conflict rather than replace a file, BadInput for answers that make no license or a paper that is not there.
    """
    if target.exists():
        raise Conflict(f"{target} exists; choose another name")
    try:
        paper = None if document is None else (document.name, read_given(document, LARGEST_PAPER))
        text = fill_template(TEMPLATES[template], answers, document=paper)
    except ValueError as error:
        raise BadInput(str(error)) from error
    target.write_text(text, encoding="utf-8")
