"""The wrong order, kept to show that the harness would notice: bytes move first, the record comes after."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from assetlib.flows import delivery
from assetlib.flows.leaving import place
from assetlib.library import Library
from assetlib.model.record import Departure, ExportState
from tests.stories import export
from tests.stories.export import build, examine, outcome

__all__ = ["build", "examine", "live", "outcome"]


def live(folder: Path) -> None:
    delivery._begin = lambda library, parcel, body, target, _stamps: delivery._departure(library, parcel, body, target)
    delivery.leave = move_then_record
    export.live(folder)


def move_then_record(library: Library, departure: Departure) -> None:
    place(library.staging / departure.stage, Path(departure.target))

    def write(writer: Any, _: int) -> None:
        writer.begin_export(departure)
        writer.settle_export(departure, ExportState.LEFT)

    library.committer.commit("export", {"export": departure.export.id}, write)
