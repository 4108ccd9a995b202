"""What comes in at a registration: what intake found in it, and a digest by which the same inputs are known again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assetlib.flows.sign_references import Picture, SignedReference
from assetlib.intake.usd import intake_usd
from assetlib.model.asset import AssetFile
from assetlib.model.model_description import ModelDescription
from assetlib.usd.description import ForeignTree
from provenance.claims import SourceType
from provenance.digest import Digest, canonical_json, digest_bytes, digest_file


@dataclass(slots=True, kw_only=True)
class Incoming:
    """What intake found, on its way into a version."""

    foreign: ForeignTree | None = None
    files: tuple[AssetFile, ...] = ()
    unreadable: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    hints: list[tuple[str, str]] = field(default_factory=list)
    named: tuple[str, ...] = ()

    def add(self, signed: Sequence[SignedReference], declared: SourceType | None) -> None:
        for reference in signed:
            self.hints += reference.hints
            self.warnings += reference.warnings
        if signed and declared is None:
            self.warnings.append("the source type of the references is not declared; say it with --source-type")


def take_in(usd: Path | None, work: Path) -> Incoming:
    """Read the foreign model in the limited subprocess; only its canonical re-export goes on."""
    if usd is None:
        return Incoming()
    taken = intake_usd(usd, work / "foreign")
    return Incoming(
        foreign=ForeignTree(
            folder=work / "foreign",
            root=taken.root,
            meters_per_unit=taken.meters_per_unit,
            up_axis=taken.up_axis,
            default_prim=taken.default_prim,
        ),
        files=taken.files,
        unreadable=list(taken.unreadable),
        warnings=[warning for warning in taken.warnings if not _is_said(warning, taken.unreadable)],
        hints=[(hint.source, hint.text) for hint in taken.hints],
        named=taken.named,
    )


def _is_said(warning: str, unreadable: Sequence[str]) -> bool:
    """Whether a warning only repeats, in the words of the engine, that a named file could not be read."""
    named = [sentence.partition(", named by ")[0] for sentence in unreadable]
    return warning.startswith("Could not open asset ") and any(f"@{name}@" in warning for name in named)


def digest_of_inputs(
    incoming: Incoming,
    pictures: Sequence[Picture],
    facets: Sequence[str],
    height: float,
    declared: SourceType | None,
    model: ModelDescription | None,
) -> Digest:
    """What the version is made from, so that the same inputs are recognized again.

    Of a model it is what intake let in: a stranger's file beside it does not make a new version.
    """
    return digest_bytes(
        canonical_json(
            {
                "usd": [[file.path, file.digest] for file in incoming.files],
                "unreadable": incoming.unreadable,
                "hints": [list(hint) for hint in incoming.hints],
                "references": [[p.role, p.path.name, digest_file(p.path)] for p in pictures],
                "facets": sorted(facets),
                "height": str(height),
                "source_type": None if declared is None else declared.value,
                "model": None if model is None else model.digest(),
            }
        )
    )


def input_note(inputs: Digest) -> bytes:
    """How a version remembers what it was made from."""
    return canonical_json({"inputs": inputs})
